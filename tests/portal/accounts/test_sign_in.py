"""A citizen's one-time code: reliability.md 4.5."""

import logging
import re
import threading
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import sign_in
from portal.accounts.models import Attempt, CodeChallenge, SignIn
from portal.core.persian import fa_digits
from portal.demo.models import DemoMessage
from tests.portal.accounts.register import ASKED
from tests.portal.accounts.solving import Patient

NATIONAL_CODE, MOBILE = "9900001060", "09140000001"  # Maryam's
NEW_CODE, NEW_MOBILE = "9900500008", "09140000777"  # nobody's yet
CODE = reverse("accounts:code")

pytestmark = pytest.mark.django_db


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_citizen_signs_in_with_the_code(client, maryam, ask, last_code):
    assert ask(client)["Location"] == CODE
    response = client.post(CODE, {"code": last_code()})
    assert response["Location"] == reverse("accounts:home")
    assert client.session["_auth_user_id"] == str(maryam.pk)


@pytest.mark.parametrize("script", [fa_digits, lambda code: code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))])
def test_digits_of_any_script_are_understood(client, maryam, ask, last_code, script):
    ask(client, script(NATIONAL_CODE), script(MOBILE))
    client.post(CODE, {"code": f" {script(last_code())} "})
    assert is_signed_in(client)


def test_the_first_visit_asks_the_name_once_and_registers(client, ask, last_code):
    ask(client, NEW_CODE, NEW_MOBILE, next="/accounts/sessions/")
    assert client.post(CODE, {"code": last_code()})["Location"] == reverse("accounts:name")
    assert sign_in.person_of(NEW_CODE) is None and not is_signed_in(client)
    assert client.post(reverse("accounts:name"), {"full_name": "علی"}).status_code == 422
    response = client.post(reverse("accounts:name"), {"full_name": "علي كريمي"})
    assert response["Location"] == "/accounts/sessions/"
    person = sign_in.person_of(NEW_CODE)
    assert (person.full_name, person.mobile) == ("علی کریمی", NEW_MOBILE)
    assert client.session["_auth_user_id"] == str(person.pk)


def test_the_name_page_is_closed_to_who_has_not_proved_the_mobile(client, ask):
    ask(client, NEW_CODE, NEW_MOBILE)
    assert client.post(reverse("accounts:name"), {"full_name": "علی کریمی"})["Location"] == reverse("accounts:sign_in")
    assert sign_in.person_of(NEW_CODE) is None


@pytest.mark.parametrize("next_url", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_after_signing_in_nobody_is_sent_elsewhere(client, maryam, ask, last_code, next_url):
    ask(client, next=next_url)
    assert client.post(CODE, {"code": last_code()})["Location"] == reverse("accounts:home")


# --- the code -----------------------------------------------------------------------------------------------------


def test_only_the_hmac_of_the_code_is_kept(client, maryam, ask, last_code):
    ask(client)
    code, challenge = last_code(), CodeChallenge.objects.get()
    assert len(bytes(challenge.digest)) == 32
    assert code not in repr(challenge.__dict__) and code not in repr(dict(client.session))


def test_an_expired_code_is_refused(client, maryam, ask, last_code):
    ask(client)
    CodeChallenge.objects.update(expires_at=timezone.now())
    assert client.post(CODE, {"code": last_code()}).status_code == 422
    assert not is_signed_in(client)


def test_a_code_lives_two_minutes(client, maryam, ask):
    ask(client)
    challenge = CodeChallenge.objects.get()
    assert challenge.expires_at - challenge.made_at == timedelta(seconds=120)


def test_a_code_works_once(client, maryam, ask, last_code):
    ask(client)
    pending = sign_in.Pending.of(client.session)
    sign_in.redeem(pending, last_code(), address="")
    with pytest.raises(sign_in.CodeOver):
        sign_in.redeem(pending, last_code(), address="")


def test_a_code_works_in_its_own_session_only(maryam, ask, last_code):
    mine, other = Patient(), Patient()
    ask(mine)
    code = last_code()
    ask(other)
    assert other.post(CODE, {"code": code}).status_code == 422
    assert mine.post(CODE, {"code": code}).status_code == 302


def test_a_code_of_another_purpose_is_refused(client, maryam, ask, last_code):
    ask(client)
    CodeChallenge.objects.update(purpose="other")
    assert client.post(CODE, {"code": last_code()}).status_code == 422


def test_after_five_wrong_tries_the_right_code_is_refused_too(client, maryam, ask, last_code):
    ask(client)
    code = last_code()
    for _ in range(5):
        assert client.post(CODE, {"code": wrong(code)}).status_code == 422
    assert client.post(CODE, {"code": code}).status_code == 422
    assert not is_signed_in(client)


def test_a_new_code_kills_the_one_before(client, maryam, ask, last_code):
    ask(client)
    first = last_code()
    client.post(CODE, {"again": "1"})
    assert client.post(CODE, {"code": first}).status_code == 422
    assert client.post(CODE, {"code": last_code()}).status_code == 302


def test_signing_in_changes_the_session_key(client, maryam, ask, last_code):
    ask(client)
    before = client.session.session_key
    client.post(CODE, {"code": last_code()})
    assert client.session.session_key != before


def test_what_was_typed_stays_in_the_form(client):
    response = client.post(reverse("accounts:sign_in"), {"national_code": "123", "mobile": NEW_MOBILE})
    assert response.status_code == 422
    assert 'value="123"' in response.content.decode() and f'value="{NEW_MOBILE}"' in response.content.decode()


def test_the_code_field_helps_phones(client, maryam, ask):
    ask(client)
    page = client.get(CODE).content.decode()
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page


# --- equal answers ------------------------------------------------------------------------------------------------


def faceless(response) -> tuple[int, str, str]:
    """Status, place and body without what differs from request to request."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.status_code, response.get("Location", ""), re.sub(r"[0-9۰-۹]+", "#", body)


@pytest.mark.parametrize(
    ("national_code", "mobile"),
    [(NEW_CODE, NEW_MOBILE), (NEW_CODE, MOBILE), (NATIONAL_CODE, NEW_MOBILE)],
    ids=["unknown", "mobile of another", "another mobile"],
)
def test_answers_do_not_tell_who_is_known(maryam, ask, last_code, national_code, mobile):
    answers = []
    for pair in [(NATIONAL_CODE, MOBILE), (national_code, mobile)]:
        client = Patient()
        asked = faceless(ask(client, *pair))
        shown = faceless(client.get(CODE))
        refused = faceless(client.post(CODE, {"code": wrong(last_code() or "1")}))
        answers.append((asked, shown, refused))
        Attempt.objects.all().delete()
    assert answers[0] == answers[1]
    assert DemoMessage.objects.count() == 2  # one message each, whoever it is


@pytest.mark.parametrize("pair", [(NEW_CODE, MOBILE), (NATIONAL_CODE, NEW_MOBILE)])
def test_a_pair_that_does_not_match_gets_a_notice_without_a_code(client, maryam, ask, pair):
    ask(client, *pair)
    message = DemoMessage.objects.get()
    assert (message.code, message.purpose) == ("", "mismatch")


def test_a_text_message_never_opens_a_staff_account(client, reviewer, ask):
    reviewer.national_code, reviewer.mobile = NEW_CODE, NEW_MOBILE
    reviewer.save()
    ask(client, NEW_CODE, NEW_MOBILE)
    assert DemoMessage.objects.get().code == ""


def test_a_closed_account_gets_no_code(client, maryam, ask):
    maryam.is_active = False
    maryam.save()
    ask(client)
    assert DemoMessage.objects.get().code == ""


@pytest.fixture
def register(settings):
    settings.IDENTITY_CHECK = "tests.portal.accounts.register.believe"
    ASKED.clear()
    return ASKED


@pytest.mark.parametrize(
    "pair",
    [(NATIONAL_CODE, MOBILE), (NEW_CODE, NEW_MOBILE), (NEW_CODE, MOBILE), (NATIONAL_CODE, NEW_MOBILE)],
    ids=["known", "unknown", "mobile of another", "another mobile"],
)
def test_the_operators_are_asked_about_everybody_as_often(client, maryam, ask, register, pair):
    """Else the time of the answer would tell whom we know."""
    ask(client, *pair)
    assert [asked[:2] for asked in register] == [pair]
    client.post(CODE, {"code": "000000"})
    assert len(register) == 1


@pytest.mark.parametrize("pair", [(NATIONAL_CODE, MOBILE), (NEW_CODE, NEW_MOBILE)], ids=["known", "unknown"])
def test_the_operators_are_asked_as_often_about_who_redeems(client, maryam, ask, register, last_code, pair):
    ask(client, *pair)
    register.clear()
    client.post(CODE, {"code": last_code()})
    assert [asked[:2] for asked in register] == [pair]


@pytest.mark.parametrize("answer", ["refuse", "fail"])
def test_whom_we_know_comes_in_whatever_the_operators_say(client, maryam, ask, last_code, settings, answer):
    settings.IDENTITY_CHECK = f"tests.portal.accounts.register.{answer}"
    ask(client)
    client.post(CODE, {"code": last_code()})
    assert is_signed_in(client)
    stranger = Patient()
    assert ask(stranger, NEW_CODE, NEW_MOBILE).status_code == 302 and last_code() == ""


@pytest.mark.django_db(transaction=True)
def test_the_operators_are_asked_outside_of_transactions(ask, last_code, register):
    client = Patient()
    ask(client, NEW_CODE, NEW_MOBILE)
    client.post(CODE, {"code": last_code()})
    asked = len(register)
    client.post(reverse("accounts:name"), {"full_name": "علی کریمی"})
    assert is_signed_in(client) and len(register) == asked + 1
    assert not any(is_inside for _code, _mobile, is_inside in register)


@pytest.fixture
def entering_together(monkeypatch) -> None:
    """Two new people are entered at one moment: each browser has found nobody before."""
    enter, both = sign_in.people.enter, threading.Barrier(2)

    def together(*args, **options):
        both.wait(timeout=20)
        return enter(*args, **options)

    monkeypatch.setattr(sign_in.people, "enter", together)


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_register_one_person(run_together, last_code, entering_together):
    challenges = []
    for address in ("198.51.100.7", "203.0.113.9"):
        pending = sign_in.ask_code(NEW_CODE, NEW_MOBILE, address=address)
        challenges.append(sign_in.redeem(pending, last_code(), address=address))
    people = []
    acts = [lambda challenge=each: people.append(sign_in.register(challenge, "علی کریمی")) for each in challenges]
    assert run_together(*acts) == ["ok", "ok"]
    assert people[0].pk == people[1].pk == sign_in.person_of(NEW_CODE).pk


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_at_once_with_two_mobiles_one_is_refused(run_together, last_code, entering_together):
    challenges = []
    for mobile in ("09120000666", "09120000777"):
        pending = sign_in.ask_code(NEW_CODE, mobile, address="198.51.100.7")
        challenges.append(sign_in.redeem(pending, last_code(), address="198.51.100.7"))
    acts = [lambda challenge=each: sign_in.register(challenge, "علی کریمی") for each in challenges]
    assert sorted(run_together(*acts)) == ["CodeOver", "ok"]


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [(NATIONAL_CODE, MOBILE), (NEW_CODE, NEW_MOBILE)], ids=["known", "unknown"])
def test_a_number_gets_three_codes_in_a_quarter_of_an_hour(maryam, ask, pair):
    statuses = [ask(Patient(), *pair).status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert DemoMessage.objects.count() == 3


def test_a_number_gets_ten_codes_a_day(maryam, ask):
    for _ in range(10):
        assert ask(Patient()).status_code == 302
        for attempt in Attempt.objects.all():
            Attempt.objects.filter(pk=attempt.pk).update(at=attempt.at - timedelta(minutes=16))
    response = ask(Patient())
    assert response.status_code == 429 and int(response["Retry-After"]) > 3600


def test_a_network_gets_thirty_codes_an_hour(ask):
    for number in range(31):
        client = Patient(REMOTE_ADDR=f"203.0.113.{number}")
        last = ask(client, NATIONAL_CODE, f"0914000{number:04}")
    assert last.status_code == 429
    assert ask(Patient(REMOTE_ADDR="198.51.100.1")).status_code == 302


def test_asking_again_is_limited_as_well(client, maryam, ask):
    ask(client)
    for _ in range(5):
        client.post(CODE, {"again": "1"})
    assert DemoMessage.objects.count() == 3


# --- what must not be needed, and what must not be seen -------------------------------------------------------------


def test_sign_in_works_when_the_cache_is_gone(client, settings, maryam, ask, last_code):
    from django.core.cache import cache

    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    with pytest.raises(Exception, match="refused"):
        cache.set("probe", 1)
    ask(client)
    assert client.post(CODE, {"code": last_code()}).status_code == 302
    assert is_signed_in(client)


def test_logs_hold_neither_code_nor_national_code_nor_mobile(client, caplog, maryam, ask, last_code):
    caplog.set_level(logging.DEBUG)
    ask(client)
    code = last_code()
    client.post(CODE, {"code": wrong(code)})
    client.post(CODE, {"code": code})
    client.post(reverse("accounts:staff_sign_in"), {"username": NATIONAL_CODE, "password": "a-secret-word"})
    assert caplog.records
    for secret in (code, NATIONAL_CODE, MOBILE, "a-secret-word"):
        assert secret not in caplog.text


def test_leaving_ends_the_session(client, maryam, ask, last_code):
    ask(client)
    client.post(CODE, {"code": last_code()})
    client.post(reverse("accounts:sign_out"))
    assert not is_signed_in(client)
    assert SignIn.objects.get().ended_by == "signed_out"


def test_who_waits_with_a_proved_mobile_does_not_slip_into_the_account_of_who_came_meanwhile(ask, last_code):
    code_of_nobody = "9907776661"
    waiting, owner = Patient(), Patient()
    for browser, mobile in ((waiting, "09120000666"), (owner, "09120000777")):
        ask(browser, code_of_nobody, mobile)
        assert browser.post(reverse("accounts:code"), {"code": last_code()}).url == reverse("accounts:name")
    owner.post(reverse("accounts:name"), {"full_name": "سارا محمدی"})
    assert is_signed_in(owner)
    assert waiting.post(reverse("accounts:name"), {"full_name": "کسی دیگر"}).status_code == 422
    assert not is_signed_in(waiting)
