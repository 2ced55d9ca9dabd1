"""After two failures, the next try needs a puzzle: reliability.md 4.5."""

import base64
import io
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from portal.accounts import limits, puzzle, second_factor
from portal.accounts.models import Attempt, CodeChallenge, SignIn
from portal.accounts.puzzle import Trier
from portal.core.persian import fa_digits
from portal.demo.cast import PASSWORD
from portal.demo.models import DemoMessage
from tests.portal.accounts.people import sign_in_as
from tests.portal.accounts.solving import Patient, posed_by, reading, work

NATIONAL_CODE, MOBILE = "9900001060", "09140000001"  # Maryam's
NEW_CODE, NEW_MOBILE = "9900500008", "09140000777"  # nobody's yet
ASK, CODE = reverse("accounts:sign_in"), reverse("accounts:code")
STAFF, TOTP, STEP_UP = reverse("accounts:staff_sign_in"), reverse("accounts:staff_totp"), reverse("accounts:step_up")
PAIR = {"national_code": NATIONAL_CODE, "mobile": MOBILE}

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A browser that answers no puzzle by itself."""
    return Client()


@pytest.fixture
def owing(client, maryam):
    """Two codes were asked for with Maryam's number and redeemed by nobody; what her third request is answered."""
    for _ in range(2):
        assert Client().post(ASK, PAIR).status_code == 302
    return client.post(ASK, PAIR)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def later(**delay: int) -> None:
    """As if everything had happened so much earlier."""
    for attempt in Attempt.objects.all():
        Attempt.objects.filter(pk=attempt.pk).update(at=attempt.at - timedelta(**delay))


# --- when ---------------------------------------------------------------------------------------------------------


def test_the_happy_way_never_meets_a_puzzle(client, maryam, reviewer, last_code):
    for _ in range(3):
        pages = [client.get(ASK), client.post(ASK, PAIR, follow=True)]
        done = client.post(CODE, {"code": last_code()})
        assert done.status_code == 302 and not any(posed_by(page) for page in pages)
        client.post(reverse("accounts:sign_out"))
        later(minutes=6)  # for the limit of codes only


def test_the_third_request_for_a_code_needs_a_puzzle(owing):
    assert owing.status_code == 422 and posed_by(owing)
    assert DemoMessage.objects.count() == 2
    page = owing.content.decode()
    assert f'value="{MOBILE}"' in page and f'value="{NATIONAL_CODE}"' in page


@pytest.mark.parametrize("answer", [work, reading], ids=["work", "picture"])
def test_an_answer_of_either_kind_opens_the_door(client, owing, answer):
    response = client.post(ASK, {**PAIR, **answer(posed_by(owing))})
    assert response.status_code == 302 and DemoMessage.objects.count() == 3


def test_a_quarter_of_an_hour_later_nothing_is_owed(client, owing):
    later(minutes=15)
    assert client.post(ASK, PAIR).status_code == 302


def test_the_third_try_of_a_code_needs_a_puzzle_and_is_not_lost(client, maryam, last_code):
    client.post(ASK, PAIR)
    code = last_code()
    assert posed_by(client.post(CODE, {"code": wrong(code)})) is None
    second = client.post(CODE, {"code": wrong(code)})
    assert posed_by(second)
    held = client.post(CODE, {"code": code})
    assert held.status_code == 422 and f'value="{code}"' in held.content.decode()
    assert CodeChallenge.objects.get().tries == 2
    assert client.post(CODE, {"code": code, **work(posed_by(second))}).status_code == 302


def test_a_code_that_is_under_way_is_no_failure_yet(client, maryam, last_code):
    client.post(ASK, PAIR)
    client.post(CODE, {"again": "1"})
    assert posed_by(client.post(CODE, {"code": wrong(last_code())}))  # the code given up, and this one
    later(minutes=2)
    assert Trier("mobile", MOBILE, "127.0.0.1").owes_puzzle()


def test_asking_again_needs_the_puzzle_as_well(client, maryam):
    client.post(ASK, PAIR)
    client.post(CODE, {"again": "1"})
    held = client.post(CODE, {"again": "1", "code": "123"})
    assert held.status_code == 422 and held.context["goes_on"] == "[name=again]"
    assert DemoMessage.objects.count() == 2
    client.post(CODE, {"again": "1", **work(posed_by(held))})
    assert DemoMessage.objects.count() == 3


def test_redeeming_a_code_wipes_the_failures_of_the_number(client, maryam, last_code):
    client.post(ASK, PAIR)
    client.post(CODE, {"again": "1"})
    assert client.post(CODE, {"code": last_code()}).status_code == 302
    assert Client().post(ASK, PAIR).status_code == 302


def test_a_wrong_password_twice_and_the_third_needs_a_puzzle(client, reviewer, pass_password):
    for _ in range(2):
        seen = pass_password(client, password="not this one at all")
    held = pass_password(Client(REMOTE_ADDR="198.51.100.7"))
    assert held.status_code == 422 and PASSWORD not in held.content.decode()
    assert "گذرواژه را دوباره" in held.content.decode() and "data-continue" not in held.content.decode()
    assert pass_password(client, **work(posed_by(seen))).status_code == 302


def test_wrong_app_codes_need_a_puzzle_at_the_door_and_at_the_desk(client, reviewer, pass_password):
    pass_password(client)
    for _ in range(2):
        page = client.post(TOTP, {"code": "12345678"})
    assert posed_by(page) and client.post(TOTP, {"code": second_factor.next_code(reviewer)}).status_code == 422
    inside = sign_in_as(reviewer)
    held = inside.post(STEP_UP, {"code": second_factor.next_code(reviewer), "next": "/accounts/sessions/"})
    assert held.status_code == 422 and "/accounts/sessions/" in held.content.decode()
    answered = {"code": second_factor.next_code(reviewer), **work(posed_by(held))}
    assert inside.post(STEP_UP, answered).status_code == 302
    assert not Trier("second factor", str(reviewer.pk), "").owes_puzzle()


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("203.0.113.5", "203.0.113.99", True),
        ("203.0.113.5", "203.0.114.5", False),
        ("2001:db8:1:2::3", "2001:db8:1:9::1", True),
        ("2001:db8:1:2::3", "2001:db8:2:2::3", False),
    ],
)
def test_failures_count_for_the_network_too(reviewer, pass_password, first, second, is_same):
    for name in ("nobody", "somebody"):
        Client(REMOTE_ADDR=first).post(STAFF, {"username": name, "password": "not this one at all"})
    for address in (ASK, STAFF):
        assert bool(posed_by(Client(REMOTE_ADDR=second).get(address))) is is_same
    assert (pass_password(Client(REMOTE_ADDR=second)).status_code == 422) is is_same


def test_a_good_account_covers_no_guessing_from_its_network(reviewer):
    there = "203.0.113.5"
    for name in ("nobody", "somebody"):
        Trier("user name", name, there).failed()
    Trier("user name", "reviewer-1", there).succeeded()
    assert Trier("user name", "reviewer-1", there).owes_puzzle()


def test_the_machine_of_the_demonstration_is_counted_by_number_only(client, maryam):
    for mobile in ("09140000111", "09140000112", "09140000113"):
        assert client.post(ASK, {**PAIR, "mobile": mobile}).status_code == 302
    assert posed_by(Client().get(ASK)) is None


# --- the same for everybody ---------------------------------------------------------------------------------------


def faceless(response) -> tuple[int, str]:
    by_chance = r'(csrfmiddlewaretoken|name="puzzle"|data-nonce|src="/accounts/puzzle.png)[^>]*'
    body = re.sub(by_chance, "", response.content.decode())
    return response.status_code, re.sub(r"[0-9۰-۹]+", "#", body)


@pytest.mark.parametrize("pair", [(NEW_CODE, NEW_MOBILE), (NEW_CODE, MOBILE), (NATIONAL_CODE, NEW_MOBILE)])
def test_the_puzzle_does_not_tell_who_is_known(maryam, ask, pair):
    answers = []
    for who in [(NATIONAL_CODE, MOBILE), pair]:
        clients = [Client() for _ in range(3)]
        asked = [faceless(ask(each, *who)) for each in clients]
        tries = [faceless(clients[1].post(CODE, {"code": "000000"})) for _ in range(3)]
        again = faceless(clients[1].post(CODE, {"again": "1"}))
        answers.append((asked, tries, again))
        Attempt.objects.all().delete()
    assert answers[0] == answers[1]
    assert [status for status, _page in answers[0][0]] == [302, 302, 422]


# --- what is no answer --------------------------------------------------------------------------------------------


def no_counters(fields):
    return {**fields, "puzzle_work": ""}


def few_counters(fields):
    return {**fields, "puzzle_work": fields["puzzle_work"].rpartition(".")[0]}


def too_little_work(fields):
    return {**fields, "puzzle_work": ".".join("0" for _ in range(puzzle.PARTS))}


def odd_counters(fields):
    return {**fields, "puzzle_work": ".".join("۱" for _ in range(puzzle.PARTS))}


def wrong_picture(fields):
    return {"puzzle": fields["puzzle"], "puzzle_digits": "00000"}


def forged(fields):
    body, _, mark = fields["puzzle"].rpartition(":")
    return {**fields, "puzzle": f"{body}:{mark[::-1]}"}


def easier(fields):
    """The nonce as it is and no difficulty, under the old signature."""
    _, stamp, mark = fields["puzzle"].split(":")
    body = base64.urlsafe_b64encode(b'["nonce",0]').decode().rstrip("=")
    return {**fields, "puzzle": f"{body}:{stamp}:{mark}"}


@pytest.mark.parametrize(
    "spoil",
    [no_counters, few_counters, too_little_work, odd_counters, wrong_picture, forged, easier],
    ids=lambda spoil: spoil.__name__,
)
def test_no_other_answer_is_taken(client, owing, spoil):
    response = client.post(ASK, {**PAIR, **spoil(work(posed_by(owing)))})
    assert response.status_code == 422 and DemoMessage.objects.count() == 2
    page = response.content.decode()
    assert f'value="{MOBILE}"' in page and response.context["notice"] and "goes_on" not in response.context
    assert posed_by(response).nonce != posed_by(owing).nonce


def test_an_answer_is_taken_once(client, owing):
    answer = work(posed_by(owing))
    assert client.post(ASK, {**PAIR, **answer}).status_code == 302
    later(minutes=3)  # for the limit of codes; the answer's own trace stays young
    used = client.post(CODE, {"again": "1", **answer})
    assert used.status_code == 422
    again = client.post(ASK, {**PAIR, **answer})
    assert again.status_code == 422 and str(puzzle.PuzzleOver.message) in again.content.decode()


def test_a_wrong_reading_uses_the_picture_up(client, owing):
    client.post(ASK, {**PAIR, **wrong_picture(work(posed_by(owing)))})
    response = client.post(ASK, {**PAIR, **reading(posed_by(owing))})
    assert response.status_code == 422 and DemoMessage.objects.count() == 2


def test_an_answer_ends_with_its_ten_minutes(client, owing, monkeypatch):
    answer = work(posed_by(owing))
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + puzzle.LIFE_S + 1)
    response = client.post(ASK, {**PAIR, **answer})
    assert response.status_code == 422 and str(puzzle.PuzzleOver.message) in response.content.decode()


def test_an_answer_of_another_browser_is_refused(client, owing):
    other = Client()
    posed = posed_by(other.post(ASK, PAIR))
    assert client.post(ASK, {**PAIR, **work(posed)}).status_code == 422
    assert other.post(ASK, {**PAIR, **reading(posed)}).status_code == 302


def test_an_answer_of_another_page_is_refused(client, owing, reviewer, pass_password):
    for _ in range(2):
        page = pass_password(client, password="not this one at all")
    assert client.post(ASK, {**PAIR, **work(posed_by(page))}).status_code == 422
    assert DemoMessage.objects.count() == 2


# --- the picture --------------------------------------------------------------------------------------------------


def test_the_picture_is_drawn_and_its_digits_stand_nowhere_in_the_page(client, owing):
    posed, page = posed_by(owing), owing.content.decode()
    digits = puzzle.digits_of(posed.nonce)
    assert len(digits) == puzzle.DIGITS and "0" not in digits
    assert f'src="{posed.picture}"' in page and 'loading="lazy"' in page
    answer = client.get(posed.picture)
    assert answer["Content-Type"] == "image/png" and "no-store" in answer["Cache-Control"]
    seen = Image.open(io.BytesIO(answer.content))
    assert seen.size == puzzle.SIZE and len(seen.getcolors(100_000)) > 20
    told = base64.b64decode(posed.token.split(":")[0] + "==").decode()
    assert not any(text in place for text in (digits, fa_digits(digits)) for place in (page, told, posed.picture))


def test_who_asks_again_sees_the_same_picture(client, owing):
    posed, other = posed_by(owing), posed_by(client.post(ASK, PAIR))
    assert client.get(posed.picture).content == client.get(posed.picture).content != client.get(other.picture).content


def test_a_page_under_a_puzzle_costs_neither_a_session_nor_a_picture(owing, drawn):
    before = Session.objects.count()
    for address in (ASK, STAFF):
        network_owes()
        fresh = Client(REMOTE_ADDR="198.51.100.9")
        assert posed_by(fresh.get(address)) and posed_by(fresh.post(address, {}))
    assert Session.objects.count() == before and drawn == []


def network_owes() -> None:
    for _ in range(2):
        Trier("mobile", "", "198.51.100.7").failed()


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """The nonces of all pictures that were drawn."""
    nonces, draw = [], puzzle._drawn
    monkeypatch.setattr(puzzle, "_drawn", lambda nonce: nonces.append(nonce) or draw(nonce))
    return nonces


def test_the_seed_of_the_puzzle_is_in_a_cookie_that_no_script_reads(client, owing):
    kept = client.cookies[puzzle.SEED]
    assert kept["httponly"] and kept["samesite"] == "Lax" and not kept["max-age"]
    assert posed_by(owing).seed in kept.value and posed_by(owing).seed not in owing.content.decode()


def test_over_tls_the_seed_has_the_cookie_of_this_host_only(settings, rf):
    settings.SESSION_COOKIE_SECURE = True
    response = HttpResponse()
    puzzle.tie(puzzle.make(rf.get("/"), "sign_in"), response)
    assert response.cookies[puzzle.SEED]["secure"] and response.cookies[puzzle.SEED]["path"] == "/"


def test_a_seed_that_was_not_made_here_is_replaced(client, owing):
    client.cookies[puzzle.SEED] = "mine:forged"
    posed = posed_by(client.post(ASK, {**PAIR, **work(posed_by(owing))}))
    assert posed.seed != "mine" and client.post(ASK, {**PAIR, **work(posed)}).status_code == 302


@pytest.mark.parametrize("of", ["", "x", "a:b:c"])
def test_a_picture_of_nothing_is_absent(client, owing, drawn, of):
    assert client.get(reverse("accounts:puzzle"), {"of": of}).status_code == 404 and drawn == []


def test_a_picture_is_shown_in_its_own_browser_and_for_its_ten_minutes(client, owing, drawn, monkeypatch):
    posed = posed_by(owing)
    assert Client().get(posed.picture).status_code == 404
    assert client.get(reverse("accounts:puzzle"), {"of": posed.token}).status_code == 404  # an answer's token
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + puzzle.LIFE_S + 1)
    assert client.get(posed.picture).status_code == 404 and drawn == []


def test_the_token_of_a_picture_answers_no_page(client, owing):
    posed = posed_by(owing)
    token = parse_qs(urlsplit(posed.picture).query)["of"][0]
    assert client.post(ASK, {**PAIR, **work(posed), "puzzle": token}).status_code == 422


def test_a_network_gets_so_many_pictures_and_no_more(drawn, monkeypatch):
    monkeypatch.setattr(puzzle, "PICTURES_PER_NETWORK", (limits.Limit(2, 600),))
    network_owes()
    fresh = Client(REMOTE_ADDR="198.51.100.9")
    posed = posed_by(fresh.get(ASK))
    answers = [fresh.get(posed.picture) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429] and len(drawn) == 2
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("script", [fa_digits, lambda code: code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))])
def test_the_picture_is_read_in_any_script(client, owing, script):
    answer = reading(posed_by(owing))
    answer["puzzle_digits"] = f" {script(answer['puzzle_digits'])} "
    assert client.post(ASK, {**PAIR, **answer}).status_code == 302


# --- the notice to the handset ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [(NATIONAL_CODE, MOBILE), (NEW_CODE, NEW_MOBILE), (NEW_CODE, MOBILE)])
def test_after_five_wrong_codes_the_owner_of_the_number_is_told_once(maryam, ask, pair):
    for _ in range(2):
        browser = Patient()
        ask(browser, *pair)
        for _try in range(5):
            browser.post(CODE, {"code": "000000"})
    notices = DemoMessage.objects.filter(purpose="guessing")
    assert [(notice.mobile, notice.code) for notice in notices] == [(pair[1], "")]
    later(minutes=61)
    browser = Patient()
    ask(browser, *pair)
    for _try in range(5):
        browser.post(CODE, {"code": "000000"})
    assert notices.all().count() == 2


def test_four_wrong_codes_are_no_news(client, maryam, last_code):
    patient = Patient()
    patient.post(ASK, PAIR)
    code = last_code()
    for _ in range(4):
        patient.post(CODE, {"code": wrong(code)})
    assert patient.post(CODE, {"code": code}).status_code == 302
    assert not DemoMessage.objects.filter(purpose="guessing").exists()
    assert SignIn.objects.filter(user=maryam).exists()
