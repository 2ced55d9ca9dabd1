from datetime import timedelta

import pytest
from django.utils import timezone

from portal.accounts.limits import CODES_PER_NUMBER
from portal.accounts.models import Attempt, CodeChallenge
from portal.accounts.tasks import TRACES_KEPT, forget_old

pytestmark = pytest.mark.django_db


def test_yesterdays_tries_and_codes_are_forgotten_and_todays_stay(client, ask):
    ask(client)
    tries = Attempt.objects.count()
    Attempt.objects.create(key=b"k" * 16, at=timezone.now() - timedelta(days=1, minutes=1))
    forget_old()
    assert Attempt.objects.count() == tries and CodeChallenge.objects.count() == 1
    CodeChallenge.objects.update(made_at=timezone.now() - timedelta(days=1, minutes=1))
    forget_old()
    assert not CodeChallenge.objects.exists()


def test_nothing_is_forgotten_that_a_limit_still_counts():
    assert max(limit.seconds for limit in CODES_PER_NUMBER) <= TRACES_KEPT.total_seconds()
