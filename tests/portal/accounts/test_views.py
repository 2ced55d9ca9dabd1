"""Staff: password, then a second factor, then a step up before deciding."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import limits, second_factor
from portal.accounts.actors import Actor
from portal.accounts.middleware import STEPPED_UP
from portal.accounts.models import Role, RoleGrant, SignIn
from portal.accounts.views import STAFF_PENDING
from portal.demo.cast import PASSWORD
from portal.demo.models import DemoMessage
from tests.portal.accounts.people import sign_in_as
from tests.portal.accounts.solving import Patient

TOTP, STEP_UP, SESSIONS = reverse("accounts:staff_totp"), reverse("accounts:step_up"), reverse("accounts:sessions")
SETUP = reverse("accounts:totp_setup")

pytestmark = pytest.mark.django_db


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_staff_need_password_and_app_code(client, reviewer, pass_password):
    assert pass_password(client, next="/accounts/sessions/")["Location"] == TOTP
    assert not is_signed_in(client) and client.get(SESSIONS).status_code == 302
    assert client.post(TOTP, {"code": second_factor.next_code(reviewer)})["Location"] == "/accounts/sessions/"
    assert client.get(SESSIONS).status_code == 200


def test_the_code_page_is_closed_without_the_password(client, reviewer):
    response = client.post(TOTP, {"code": second_factor.next_code(reviewer)})
    assert response["Location"] == reverse("accounts:staff_sign_in") and not is_signed_in(client)


def test_the_password_holds_five_minutes(client, reviewer, pass_password):
    pass_password(client)
    session = client.session
    session[STAFF_PENDING] = {**session[STAFF_PENDING], "at": (timezone.now() - timedelta(minutes=6)).isoformat()}
    session.save()
    client.post(TOTP, {"code": second_factor.next_code(reviewer)})
    assert not is_signed_in(client)


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client, reviewer, pass_password):
    wrong_password = pass_password(Patient(), password="not this one")
    wrong_name = Patient().post(reverse("accounts:staff_sign_in"), {"username": "nobody", "password": "not this one"})
    assert wrong_password.status_code == wrong_name.status_code == 422
    assert wrong_password.context["form"].errors == wrong_name.context["form"].errors


def test_a_citizen_cannot_come_in_by_the_staff_door(client, maryam):
    maryam.username = "maryam"
    maryam.set_password("four unrelated quiet words")
    maryam.save()
    data = {"username": "maryam", "password": "four unrelated quiet words"}
    assert client.post(reverse("accounts:staff_sign_in"), data).status_code == 422


def test_five_wrong_passwords_lock_the_address_out_and_nobody_else(reviewer, pass_password):
    attacker, person = Patient(REMOTE_ADDR="203.0.113.9"), Patient(REMOTE_ADDR="198.51.100.7")
    statuses = [pass_password(attacker, password=f"guess number {n}").status_code for n in range(5)]
    assert statuses == [422, 422, 422, 422, 429]
    assert pass_password(attacker).status_code == 429
    assert pass_password(person).status_code == 302


def test_a_used_app_code_is_refused(reviewer, pass_password):
    code = second_factor.next_code(reviewer)
    for client, status in [(Patient(), 302), (Patient(), 422)]:
        pass_password(client)
        assert client.post(TOTP, {"code": code}).status_code == status


def test_wrong_app_codes_are_limited(client, reviewer, pass_password):
    pass_password(client)
    statuses = [client.post(TOTP, {"code": "12345678"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert client.post(TOTP, {"code": second_factor.next_code(reviewer)}).status_code == 429


def test_a_recovery_code_works_once(reviewer, pass_password):
    code = second_factor.recovery_codes(reviewer)[0]
    for client, status in [(Patient(), 302), (Patient(), 422)]:
        pass_password(client)
        assert client.post(TOTP, {"code": code}).status_code == status
    assert len(second_factor.recovery_codes(reviewer)) == 9


def test_secrets_of_the_second_factor_are_encrypted(reviewer):
    secret = second_factor.new_secret()
    second_factor.enrol(reviewer, secret, actor=Actor.of(reviewer))
    stored = Authenticator.objects.get(user=reviewer, type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored


def test_staff_sign_in_works_when_the_cache_is_gone(client, settings, reviewer, pass_password):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    pass_password(client)
    client.post(TOTP, {"code": second_factor.next_code(reviewer)})
    assert is_signed_in(client)


# --- enrolment ----------------------------------------------------------------------------------------------------


def test_without_an_app_the_first_way_leads_to_enrolment(client, reviewer, pass_password):
    Authenticator.objects.filter(user=reviewer).delete()
    assert pass_password(client)["Location"] == SETUP
    page = client.get(SETUP)
    assert not is_signed_in(client) and "data:image/svg+xml" in page.content.decode()
    assert client.post(SETUP, {"code": "000000"}).status_code == 422
    code = code_of(page.context["secret"])
    assert client.post(SETUP, {"code": code})["Location"] == reverse("accounts:recovery_codes")
    assert is_signed_in(client) and second_factor.is_enrolled(reviewer)
    assert len(client.get(reverse("accounts:recovery_codes")).context["codes"]) == 10


def code_of(secret: str) -> str:
    """What an app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // second_factor.PERIOD_S))


def test_the_password_alone_cannot_replace_the_app(client, reviewer, pass_password):
    pass_password(client)
    assert client.get(SETUP)["Location"] == TOTP


def test_changing_the_factor_closes_other_sessions(reviewer):
    client = sign_in_as(reviewer, stepped_up=True)
    before = SignIn.objects.get()
    secret = client.get(SETUP).context["secret"]
    client.post(SETUP, {"code": code_of(secret)})
    before.refresh_from_db()
    assert before.ended_by == "factor"
    assert SignIn.objects.get(ended_at=None).user == reviewer


def test_a_new_password_needs_a_step_up_twelve_characters_and_closes_other_sessions(reviewer):
    url = reverse("accounts:password")
    assert STEP_UP in sign_in_as(reviewer).get(url)["Location"]
    client = sign_in_as(reviewer, stepped_up=True)
    assert client.post(url, {"password": "short-one", "again": "short-one"}).status_code == 422
    old = SignIn.objects.get(ended_at=None)
    assert (
        client.post(
            url, {"password": "five other calm green hills", "again": "five other calm green hills"}
        ).status_code
        == 302
    )
    old.refresh_from_db()
    reviewer.refresh_from_db()
    assert old.ended_at and reviewer.check_password("five other calm green hills")


# --- step up ------------------------------------------------------------------------------------------------------


def test_step_up_marks_the_session_under_a_new_key_and_returns(reviewer):
    client = sign_in_as(reviewer)
    before = client.session.session_key
    response = client.post(STEP_UP, {"code": second_factor.next_code(reviewer), "next": "/accounts/sessions/"})
    assert response["Location"] == "/accounts/sessions/"
    assert client.session.session_key != before
    assert client.get(SESSIONS).wsgi_request.actor.has_stepped_up


def test_step_up_refuses_a_replayed_code(reviewer):
    code = second_factor.next_code(reviewer)
    assert sign_in_as(reviewer).post(STEP_UP, {"code": code}).status_code == 302
    client = sign_in_as(reviewer)
    assert client.post(STEP_UP, {"code": code}).status_code == 422
    assert STEPPED_UP not in client.session


def test_step_up_leads_nowhere_else(reviewer):
    data = {"code": second_factor.next_code(reviewer), "next": "https://elsewhere.example/"}
    assert sign_in_as(reviewer).post(STEP_UP, data)["Location"] == reverse("accounts:home")


def test_step_up_grows_old(reviewer, settings):
    client = sign_in_as(reviewer)
    session = client.session
    session[STEPPED_UP] = (timezone.now() - timedelta(seconds=settings.STEP_UP_AGE_S)).isoformat()
    session.save()
    assert not client.get(SESSIONS).wsgi_request.actor.has_stepped_up


def test_a_citizen_has_nothing_to_step_up_with(maryam):
    assert sign_in_as(maryam).get(STEP_UP).status_code == 403


def test_no_session_of_staff_begins_by_text_message(client, reviewer, ask):
    reviewer.national_code, reviewer.mobile = "9900500008", "09140000777"
    reviewer.save()
    ask(client, "9900500008", "09140000777")
    client.post(reverse("accounts:code"), {"code": "123456"})
    assert [message.code for message in DemoMessage.objects.all()] == [""]
    assert not is_signed_in(client) and not SignIn.objects.exists()


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.REVIEWER, "casework:worklist"),
        (Role.AUDITOR, "casework:cases"),
        (Role.ROLLOUT_MANAGER, "districts:rollouts"),
        (None, "casework:cases"),
    ],
)
def test_each_role_has_its_first_page(reviewer, role, place):
    RoleGrant.objects.filter(user=reviewer).update(revoked_at=timezone.now())
    if role:
        RoleGrant.objects.create(user=reviewer, role=role)
    assert sign_in_as(reviewer).get(reverse("accounts:home"))["Location"] == reverse(place)


def test_a_network_over_its_limit_is_refused_the_right_password_too(client, reviewer, pass_password, monkeypatch):
    monkeypatch.setattr(limits, "WRONG_PASSWORDS_PER_NETWORK", (limits.Limit(2, 3600),))
    away = {"REMOTE_ADDR": "203.0.113.9"}
    for name in ("somebody", "another"):
        client.post(reverse("accounts:staff_sign_in"), {"username": name, "password": "not this one"}, **away)
    right = {"username": "reviewer-1", "password": PASSWORD}
    assert client.post(reverse("accounts:staff_sign_in"), right, **away).status_code == 429
    assert pass_password(client).status_code == 302
