"""The doors, the pages about oneself, the rollouts, the demonstration, the errors, and English: no barrier anywhere."""

import pytest
from django.urls import reverse

from districts.models import District, Rollout
from portal.accounts import second_factor
from portal.core.persian import ascii_digits
from portal.demo import cases
from portal.demo.cast import PASSWORD, person_of
from tests.browser.accessibility import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["fa", "en"]
BREAKING = [("/forbidden/", 403), ("/no-such-page/", 404), ("/too-many/", 429), ("/broken/", 500)]


@pytest.fixture
def inspector():
    return Inspector()


def press(page, selector):
    page.locator(selector).first.click()


def speak_english(page, live_server):
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])


def test_the_citizens_door(browser_of, inspector):
    page, phone = browser_of(), browser_of()
    page.goto("/accounts/sign-in/")
    press(page, "main form button[type=submit]")
    inspector.look(page, "sign-in with errors")
    page.fill("[name=national_code]", "9900500008")  # nobody's yet
    page.fill("[name=mobile]", "09140000777")
    press(page, "main form button[type=submit]")
    page.wait_for_url("**/accounts/sign-in/code/")
    inspector.look(page, "code")
    page.fill("[name=code]", "000000")
    page.keyboard.press("Enter")
    page.locator(".error-summary, .alert-danger").first.wait_for()
    inspector.look(page, "wrong code")
    phone.goto("/demo/inbox/")
    page.fill("[name=code]", ascii_digits(phone.locator("tbody tr").first.locator("th").inner_text()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/sign-in/name/")
    inspector.look(page, "name")
    assert inspector.found == {}


def test_the_door_of_staff(browser_of, inspector, reviewer):
    page = browser_of()
    page.goto(reverse("accounts:staff_sign_in"))
    inspector.look(page, "staff sign-in")
    page.fill("[name=username]", "reviewer-1")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/staff/code/")
    inspector.look(page, "code of the app")
    page.fill("[name=code]", "000000")
    page.keyboard.press("Enter")
    page.locator(".error-summary, .alert-danger").first.wait_for()
    inspector.look(page, "wrong code of the app")
    assert inspector.found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_a_member_of_staff_about_oneself(browser_of, live_server, inspector, approver, language):
    page = browser_of(approver)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    second_factor.recovery_codes(approver)
    for name in ("totp_setup", "recovery_codes", "password", "sessions", "step_up"):
        answer = page.goto(reverse(f"accounts:{name}"))
        assert answer.status == 200 and page.url.endswith(reverse(f"accounts:{name}")), name
        inspector.look(page, name, language=language)
    assert inspector.found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demonstration(browser_of, live_server, inspector, reviewer, language):
    for who in (None, reviewer):
        page = browser_of(who)
        page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        for name in ("cast", "inbox"):
            page.goto(reverse(f"demo:{name}"))
            inspector.look(page, f"{name} for {who}", language=language)
    assert inspector.found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rollouts_with_their_steps(browser_of, live_server, inspector, language):
    District.objects.create(number=6, name="منطقهٔ ۶")
    page = browser_of(person_of("rollout"))
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.goto(reverse("districts:rollouts"))
    inspector.look(page, "rollouts", language=language)
    press(page, "form[action$='/rollouts/new/'] button")
    page.wait_for_url("**/districts/rollouts/*-6/")
    states = dict.fromkeys(Rollout.objects.values_list("state", flat=True))
    for state in states:
        rollout = Rollout.objects.filter(state=state).order_by("-district").first()
        page.goto(rollout.get_absolute_url())
        inspector.look(page, f"rollout {state}", language=language)
        for form in page.locator("details:has(form)").all():
            form.locator("summary").first.click()
        for button in page.locator("form[action*='/steps/'] button[type=submit]").all()[:1]:
            button.click()  # with nothing filled in: its errors, or the next state
            inspector.look(page, f"rollout {state} after a step", language=language)
    assert len(states) > 1
    assert inspector.found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_errors(browser_of, live_server, inspector, settings, maryam, language):
    settings.ROOT_URLCONF = "tests.architecture.breaking"
    page = browser_of(maryam)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    for path, status in BREAKING:
        assert page.goto(path).status == status
        inspector.look(page, path, language=language)
    page.goto("/inquiries/transfer/")
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    press(page, "form:has(#id_renovation_code) .actions button")
    page.locator(".lost").wait_for()
    inspector.look(page, "without the token", language=language)
    assert inspector.found == {}


def test_the_way_of_an_inquiry_in_english(browser_of, live_server, aside, request, maryam, apartment):
    inspector = Inspector(widths=(390,))  # longer words hurt where there is least room
    draft = cases.draft(maryam, apartment, letter_no="1405/1")
    page = browser_of(maryam)
    speak_english(page, live_server)
    steps = [f"/inquiries/transfer/{draft.pk}/{step}/" for step in ("deal", "papers", "review")]
    for path in ("/", "/cases/", reverse("parcels:mine"), "/inquiries/transfer/", *steps):
        page.goto(path)
        inspector.look(page, path, language="en")
    page.check("[name=is_declared]")
    press(page, "main form .actions button")
    page.wait_for_url("**/cases/*/?filed=1")
    inspector.look(page, "filed", language="en")
    case = maryam.cases.get(state="in_intake")
    desks = (("help_desk", cases.accept), ("archivist", cases.match), ("reviewer", cases.endorse),
             ("approver", cases.approve), ("signatory", cases.sign))  # fmt: skip
    for person, decide in desks:
        desk = browser_of(request.getfixturevalue(person))
        speak_english(desk, live_server)
        desk.goto("/worklist/")
        inspector.look(desk, f"worklist of {person}", language="en")
        press(desk, "form[action$='/worklist/next/'] button")
        desk.wait_for_url(f"**/cases/{case.reference}/")
        inspector.look(desk, f"desk of {person}", language="en")
        desk.context.close()
        case = aside(lambda decide=decide, case=case: decide(type(case).objects.get(pk=case.pk)))
    page.goto(f"/cases/{case.reference}/")
    inspector.look(page, "issued", language="en")
    assert inspector.found == {}
