"""After failed tries: the browser works for the person, and without scripts the person reads a picture."""

import pytest
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from portal.accounts import puzzle
from portal.accounts.models import CodeChallenge
from portal.core.persian import fa_digits
from portal.demo.cast import CITIZENS
from portal.demo.models import DemoMessage
from tests.browser.accessibility import WIDTHS, sideways_overflow, small_targets, violations

pytestmark = pytest.mark.browser

MARYAM = next(person for person in CITIZENS if person.key == "maryam")


@pytest.fixture(autouse=True)
def two_failures(maryam, browser_of, live_server) -> None:
    """Two codes that nobody redeemed."""
    page = browser_of(scripts=False)
    ask(page)
    page.get_by_role("button", name=_("Send a new code")).click()
    page.locator(".alert-success").wait_for()


def ask(page):
    page.goto("/accounts/sign-in/")
    page.fill("[name=national_code]", MARYAM.national_code)
    page.fill("[name=mobile]", fa_digits(MARYAM.mobile))
    page.get_by_role("button", name=_("Send the code")).click()


def newest_code() -> str:
    return DemoMessage.objects.latest("made_at").code


def drawn_for(page) -> list[str]:
    """The pictures that the browser asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/puzzle.png" in request.url else None)
    return asked


def barriers(page) -> list[str]:
    wide = ["wider than the window"] if sideways_overflow(page) > 0 else []
    return [*violations(page), *small_targets(page), *wide]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_browser_works_and_the_form_goes_on_by_itself(browser_of, aside, width):
    page = browser_of(width=width)
    posts = []
    page.on("request", lambda request: posts.append(request.post_data) if request.method == "POST" else None)
    drawn = drawn_for(page)
    ask(page)
    page.wait_for_url("**/accounts/sign-in/code/")
    assert drawn == []
    assert len(posts) == 2 and "puzzle_work" not in posts[0]
    assert posts[1].partition("puzzle_work=")[2].partition("&")[0].count(".") == puzzle.PARTS - 1
    page.fill("[name=code]", aside(newest_code))
    page.get_by_role("button", name=_("Sign in"), exact=True).click()
    page.wait_for_url("**/cases/")


@pytest.mark.parametrize(("width", "language"), [(390, "fa"), (1280, "en")])
def test_the_work_is_told_calmly_and_hinders_nobody(browser_of, aside, live_server, settings, width, language):
    page = browser_of(width=width)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    drawn = drawn_for(page)
    ask_in(page, language)
    page.wait_for_url("**/accounts/sign-in/code/")
    code = aside(newest_code)
    for _try in range(2):
        page.fill("[name=code]", f"{(int(code) + 1) % 10**6:06}")
        page.locator("main button[type=submit]").first.click()
        page.locator(".error-summary").wait_for()
    line = page.locator("[data-puzzle-line]")
    expect(line).to_have_text(page.locator("[data-puzzle]").get_attribute("data-done"))
    assert line.get_attribute("role") == "status" and not page.locator("[data-puzzle-picture]").is_visible()
    assert barriers(page) == [] and drawn == []
    page.fill("[name=code]", code)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/cases/")


def ask_in(page, language):
    page.goto("/accounts/sign-in/")
    assert page.get_attribute("html", "lang") == language
    page.fill("[name=national_code]", MARYAM.national_code)
    page.fill("[name=mobile]", MARYAM.mobile)
    page.locator("main button[type=submit]").first.click()


@pytest.mark.parametrize(("width", "language"), [(390, "fa"), (1280, "en")])
def test_without_scripts_the_digits_are_read_from_a_picture(browser_of, aside, live_server, width, language):
    page = browser_of(width=width, scripts=False)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    ask_in(page, language)
    picture = page.locator("[data-puzzle-picture] img")
    expect(picture).to_have_js_property("naturalWidth", puzzle.SIZE[0])  # the policy lets it in
    assert sideways_overflow(page) <= 0
    page.fill("[name=puzzle_digits]", "00000")
    page.locator("main button[type=submit]").first.click()
    assert page.input_value("[name=mobile]") and page.input_value("[name=puzzle_digits]") == ""
    read_picture(page)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/accounts/sign-in/code/")
    assert aside(CodeChallenge.objects.count) == 3
    page.fill("[name=code]", aside(newest_code))
    read_picture(page)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/cases/")


def read_picture(page):
    nonce = page.locator("[data-puzzle]").get_attribute("data-nonce")
    page.fill("[name=puzzle_digits]", fa_digits(puzzle.digits_of(nonce)))


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1280, "fa")])
def test_the_picture_stands_there_when_the_script_does_not_come(browser_of, live_server, width, language):
    page = browser_of(width=width)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.route("**/js/puzzle*", lambda route: route.abort())
    ask_in(page, language)
    page.locator("[name=puzzle_digits]").wait_for()
    picture = page.locator("[data-puzzle-picture] img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", puzzle.SIZE[0])
    assert barriers(page) == []
    read_picture(page)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/accounts/sign-in/code/")
