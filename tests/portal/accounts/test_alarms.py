"""One alarm when, of everybody's tries together, far too many fail."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from portal.accounts import alarms, limits
from portal.accounts.models import Alarm, Attempt
from portal.accounts.tasks import forget_old, watch_tries
from tests.portal.accounts.people import sign_in_as

CODE, STAFF = Alarm.Kind.CODE, Alarm.Kind.STAFF

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def operators(settings) -> None:
    settings.ADMINS = [("", "operator@example.org")]
    settings.ALARM_TRIES, settings.ALARM_FAILED_PERCENT = 10, 50


def tries(kind: Alarm.Kind, *, failed: int, good: int = 0) -> None:
    for number in range(failed + good):
        alarms.tried(kind, failed=number < failed)


def count(what: str) -> int:
    return limits.count(what, alarms.EVERYBODY, seconds=60)


def minutes_pass(minutes: int) -> None:
    for attempt in Attempt.objects.all():
        Attempt.objects.filter(pk=attempt.pk).update(at=attempt.at - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("failed", "good", "rings"), [(5, 5, True), (10, 0, True), (4, 6, False), (9, 0, False), (40, 60, False)]
)
def test_it_takes_enough_tries_and_enough_failures(failed, good, rings):
    tries(CODE, failed=failed, good=good)
    watch_tries()
    assert Alarm.objects.exists() is rings


def test_an_episode_is_one_alarm_one_mail_and_one_line_of_error(caplog):
    caplog.set_level(logging.WARNING)
    tries(CODE, failed=10)
    watch_tries()
    tries(CODE, failed=10)
    watch_tries()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.tries, alarm.failures, alarm.ended_at) == ("code", 20, 20, None)
    assert alarm.mailed_at and len(mail.outbox) == 1 and "10 of 10" in mail.outbox[0].body
    assert [record.levelname for record in caplog.records if "Alarm" in record.message] == ["ERROR"]


def test_it_ends_by_itself_and_the_next_episode_is_a_new_one():
    tries(STAFF, failed=10)
    watch_tries()
    minutes_pass(11)
    watch_tries()
    assert Alarm.objects.get().ended_at
    tries(STAFF, failed=10)
    watch_tries()
    assert Alarm.objects.filter(ended_at=None).count() == 1 and Alarm.objects.count() == 2 == len(mail.outbox)


def test_the_two_kinds_are_counted_apart():
    tries(CODE, failed=0, good=100)
    tries(STAFF, failed=10)
    watch_tries()
    assert Alarm.objects.get().kind == STAFF


def test_a_mail_that_failed_is_sent_the_next_minute(settings):
    tries(CODE, failed=10)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.nowhere.EmailBackend"
    with pytest.raises(ImportError):
        watch_tries()
    assert Alarm.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = working
    watch_tries()
    assert Alarm.objects.get().mailed_at and len(mail.outbox) == 1


def test_without_operators_nothing_is_marked_as_mailed_and_the_check_warns(settings, caplog):
    settings.ADMINS = []
    assert [warning.id for warning in alarms.somebody_is_mailed()] == ["portal.W001"]
    tries(CODE, failed=10)
    watch_tries()
    assert Alarm.objects.get().mailed_at is None and mail.outbox == []
    assert [record.levelname for record in caplog.records if "Alarm" in record.message] == ["ERROR"]
    settings.ADMINS = [("", "operator@example.org")]
    assert alarms.somebody_is_mailed() == []
    watch_tries()
    assert Alarm.objects.get().mailed_at and len(mail.outbox) == 1


def test_an_alarm_of_last_week_is_no_news():
    then = timezone.now() - timedelta(days=7)
    Alarm.objects.create(kind=CODE, began_at=then, ended_at=then, tries=1, failures=1)
    watch_tries()
    assert mail.outbox == []


def test_doors_count_their_tries(client, reviewer, maryam, ask, last_code, pass_password):
    ask(client)
    client.post(reverse("accounts:code"), {"code": f"{(int(last_code()) + 1) % 10**6:06}"})
    client.post(reverse("accounts:code"), {"code": last_code()})
    client.post(reverse("accounts:sign_out"))
    pass_password(client, password="not this one at all")
    pass_password(client)
    client.post(reverse("accounts:staff_totp"), {"code": "123456"})
    counted = {kind: (count(f"tried/{kind}"), count(f"tried/{kind}/failed")) for kind in Alarm.Kind}
    assert counted == {CODE: (2, 1), STAFF: (3, 2)}


def test_auditors_see_it_on_their_first_page_and_nobody_else_does(auditor, maryam, reviewer):
    tries(CODE, failed=10)
    watch_tries()
    cases = reverse("casework:cases")
    assert sign_in_as(auditor).get(reverse("accounts:home"))["Location"] == cases
    for person, sees in ((auditor, True), (maryam, False), (reviewer, False)):
        assert ("alert-danger" in sign_in_as(person).get(cases).content.decode()) is sees
    Alarm.objects.update(ended_at=timezone.now())
    assert "alert-danger" not in sign_in_as(auditor).get(cases).content.decode()


def test_old_alarms_are_forgotten_and_open_ones_kept():
    long_ago = timezone.now() - timedelta(days=400)
    Alarm.objects.create(kind=CODE, began_at=long_ago, ended_at=long_ago, tries=1, failures=1)
    Alarm.objects.create(kind=STAFF, began_at=long_ago, tries=1, failures=1)
    forget_old()
    assert Alarm.objects.get().kind == STAFF
