"""Who never signs in: follows a case, checks a paper. And the door, by keyboard alone."""

import pytest
from django.utils.translation import gettext as _

from portal.core.persian import ascii_digits, fa_digits
from portal.demo.cast import CITIZENS
from tests.browser.accessibility import WIDTHS

pytestmark = pytest.mark.browser

BROWSERS = [(390, True), (1280, False)]


@pytest.mark.parametrize(("width", "scripts"), BROWSERS)
def test_a_case_is_followed_with_its_code_and_four_digits(browser_of, maryam, case_at, width, scripts):
    case = case_at("in_review")
    page = browser_of(width=width, scripts=scripts)
    page.goto("/track/")
    page.fill("[name=reference]", fa_digits(case.reference))
    page.fill("[name=last_four]", fa_digits(maryam.mobile[-4:]))
    page.get_by_role("button", name=_("Where is my case?")).click()
    page.locator("#found").wait_for()
    assert page.locator("main").get_by_text(_("under review")).first.is_visible()
    assert maryam.full_name not in page.content()


@pytest.mark.parametrize(("width", "scripts"), BROWSERS)
def test_a_paper_is_verified_by_its_link_and_by_typing(browser_of, case_at, aside, width, scripts):
    certificate = aside(lambda: case_at("issued").certificates.get())
    page = browser_of(width=width, scripts=scripts)
    page.goto(f"/V/{certificate.serial}/{certificate.code}")
    assert page.locator("[data-verdict]").get_attribute("data-verdict") == "issued"
    page.goto("/verify/")
    page.fill("[name=serial]", fa_digits(certificate.serial.lower()))
    page.fill("[name=code]", certificate.code[:8].lower())
    page.get_by_role("button", name=_("Verify"), exact=True).click()
    page.locator("[data-verdict=issued]").wait_for()
    page.goto("/verify/")
    page.fill("[name=serial]", certificate.serial)
    page.fill("[name=code]", "0" * 8)
    page.get_by_role("button", name=_("Verify"), exact=True).click()
    page.locator("[data-verdict=unknown]").wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_citizen_signs_in_by_keyboard_alone(browser_of, maryam, width):
    citizen = next(person for person in CITIZENS if person.key == "maryam")
    page = browser_of(width=width)
    page.goto("/accounts/sign-in/")
    tab_to(page, "national_code")
    page.keyboard.type(fa_digits(citizen.national_code))
    tab_to(page, "mobile")
    page.keyboard.type(fa_digits(citizen.mobile))
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/sign-in/code/")
    phone = browser_of()
    phone.goto("/demo/inbox/")
    code = ascii_digits(phone.locator("tbody tr").first.locator("th").inner_text())
    tab_to(page, "code")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/")
    assert maryam.full_name in page.content()


def tab_to(page, name):
    """Press Tab until the field has the focus, which must be to be seen there."""
    for _press in range(40):
        if page.evaluate("document.activeElement.name") == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {name}")
