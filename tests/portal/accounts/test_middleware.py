"""Sessions end in time, and rights follow the ledger at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import grants, sign_in
from portal.accounts.actors import Actor
from portal.accounts.models import Role, RoleGrant, SignIn
from tests.portal.accounts.people import sign_in_as

SESSIONS = reverse("accounts:sessions")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (15, 302)])
def test_a_staff_session_closes_after_fifteen_idle_minutes(reviewer, minutes, status):
    client = sign_in_as(reviewer)
    SignIn.objects.update(seen_at=timezone.now() - timedelta(minutes=minutes))
    assert client.get(SESSIONS).status_code == status


def test_who_works_on_stays_signed_in(reviewer):
    client = sign_in_as(reviewer)
    for _ in range(3):
        SignIn.objects.update(seen_at=timezone.now() - timedelta(minutes=10))
        assert client.get(SESSIONS).status_code == 200
    assert SignIn.objects.get().seen_at > timezone.now() - timedelta(minutes=1)


def test_no_session_lasts_longer_than_eight_hours(reviewer):
    client = sign_in_as(reviewer)
    SignIn.objects.update(opened_at=timezone.now() - timedelta(hours=8))
    assert client.get(SESSIONS).status_code == 302
    assert SignIn.objects.get().ended_by == "elapsed"


def test_a_citizen_has_an_hour(maryam):
    client = sign_in_as(maryam)
    SignIn.objects.update(seen_at=timezone.now() - timedelta(minutes=59))
    assert client.get(SESSIONS).status_code == 200
    SignIn.objects.update(seen_at=timezone.now() - timedelta(minutes=60))
    assert client.get(SESSIONS).status_code == 302


def test_a_second_sign_in_of_staff_closes_the_first(reviewer):
    first, second = sign_in_as(reviewer), sign_in_as(reviewer)
    assert second.get(SESSIONS).status_code == 200
    assert first.get(SESSIONS).status_code == 302


def test_a_closed_session_says_why(reviewer):
    first = sign_in_as(reviewer)
    sign_in_as(reviewer)
    page = first.get(SESSIONS, follow=True)
    assert page.request["PATH_INFO"] == reverse("accounts:staff_sign_in")
    assert page.context["closed"] == "replaced"


def test_a_citizen_may_have_two_sessions_and_close_the_other(maryam):
    first, second = sign_in_as(maryam), sign_in_as(maryam)
    assert first.get(SESSIONS).status_code == second.get(SESSIONS).status_code == 200
    second.post(reverse("accounts:end_sessions"))
    assert first.get(SESSIONS).status_code == 302
    assert second.get(SESSIONS).status_code == 200


def test_a_session_that_was_not_opened_here_is_refused(reviewer):
    client = Client()
    client.force_login(reviewer, backend=sign_in.BACKEND)  # no second factor was shown
    assert client.get(SESSIONS).status_code == 302


def test_a_dismissed_person_is_out_at_the_next_request(reviewer):
    client = sign_in_as(reviewer)
    reviewer.is_active = False
    reviewer.save()
    assert client.get(SESSIONS).status_code == 302


def test_grants_take_effect_on_the_next_request(reviewer):
    client = sign_in_as(reviewer)
    held = RoleGrant.objects.get(user=reviewer)
    assert client.get(SESSIONS).wsgi_request.actor.holds(Role.REVIEWER, held.district_id)
    grants.revoke(held, actor=Actor.system("test"))
    assert not client.get(SESSIONS).wsgi_request.actor.holds(Role.REVIEWER, held.district_id)
    grants.grant(reviewer, Role.ARCHIVIST, actor=Actor.system("test"), district=held.district)
    assert client.get(SESSIONS).wsgi_request.actor.holds(Role.ARCHIVIST, held.district_id)
