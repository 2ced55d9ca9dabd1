"""Redis gone: filing works, papers wait, nothing is lost (reliability.md R10)."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError

from portal.celery import app
from portal.outbox.models import RESEND_AFTER, Receipt

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting CACHES")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def no_redis(settings, tmp_path):
    """A cache whose server does not answer."""
    gone = {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock?db=1"}
    settings.CACHES = {"default": gone}
    with pytest.raises(ConnectionError):
        cache.get("anything")


def relay_once(redis_url: str) -> subprocess.CompletedProcess[str]:
    """The real relay in a process of its own, on the database of this test."""
    name = connection.settings_dict["NAME"]
    host = connection.settings_dict["HOST"]
    url = f"postgres://{connection.settings_dict['USER']}@/{name}?host={host}"
    environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": redis_url}
    command = [sys.executable, "manage.py", "relay", "--once"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.django_db(transaction=True)
def test_a_relay_without_its_broker_fails_loudly_and_loses_nothing(done, happen, tmp_path):
    for _ in range(3):
        happen()
    relayed = relay_once(f"unix://{tmp_path}/nobody.sock")
    assert relayed.returncode != 0
    assert list(Receipt.objects.values_list("sent_at", "tries")) == [(None, 0)] * 3


@pytest.mark.django_db(transaction=True)
def test_a_relay_with_its_broker_hands_everything_over(done, happen):
    for _ in range(3):
        happen()
    relayed = relay_once(os.environ.get("REDIS_URL", settings.CACHES["default"]["LOCATION"]))
    assert relayed.returncode == 0, relayed.stderr
    assert set(Receipt.objects.values_list("tries", flat=True)) == {0}  # sending is not trying
    assert not Receipt.objects.due().exists()


@pytest.mark.django_db(transaction=True)
def test_a_copy_ends_when_the_next_one_may_be_sent(done, happen):
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(app.conf.task_default_queue)
        queue.clear()
        before = timezone.now()
        happen()
        relay_once(os.environ.get("REDIS_URL", settings.CACHES["default"]["LOCATION"]))
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
    ends = datetime.fromisoformat(message.headers["expires"])
    assert before + RESEND_AFTER <= ends <= timezone.now() + RESEND_AFTER


def test_a_citizen_files_and_follows_a_case(no_redis, draft, maryam, client_of):
    browser = client_of(maryam)
    form = {"is_declared": "on", "seen": draft.revision, "key": uuid4()}
    filed = browser.post(reverse("inquiries:review", args=[draft.pk]), form)
    draft.refresh_from_db()
    assert draft.state == "in_intake" and filed.status_code == 302
    assert browser.get(draft.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    "name", ["oversight:home", "oversight:statistics", "oversight:statistics_json", "casework:track"]
)
def test_the_public_pages_are_shown(no_redis, db, client, name):
    assert client.get(reverse(name)).status_code == 200


def test_a_case_can_be_tracked(no_redis, case_at, client):
    case = case_at("in_intake")
    asked = {"reference": case.reference, "last_four": "0001"}
    assert client.post(reverse("casework:track"), asked).status_code == 200
