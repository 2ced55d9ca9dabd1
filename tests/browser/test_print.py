"""On paper: the case and the answer of the check, without what only a screen can use."""

import pytest
from django.utils.translation import gettext as _

from portal.core.persian import fa_digits

pytestmark = pytest.mark.browser

ONLY_ON_SCREEN = "nav, form, button, .btn, .skip-link, .menu, .top-tools, .breadcrumb, .foot-grid, [popover]"


def print_of(page):
    page.emulate_media(media="print")
    return page


def still_there(page) -> list[str]:
    """What a printer would put on paper although nobody can press it there."""
    elements = page.locator(ONLY_ON_SCREEN).all()
    return [one.evaluate("one => one.outerHTML.slice(0, 80)") for one in elements if one.is_visible()]


def pages_of(page) -> int:
    return page.pdf(format="A4").count(b"/Type /Page\n")


def test_the_case_of_a_citizen_is_printed_to_be_read(browser_of, maryam, case_at):
    case = case_at("in_review")
    page = browser_of(maryam)
    page.goto(f"{case.get_absolute_url()}?filed=1")
    assert page.locator("form").count() > 0  # on the screen there is something to leave out
    print_of(page)
    assert still_there(page) == []
    assert page.get_by_text(fa_digits(case.reference)).first.is_visible()
    assert page.get_by_text(_("Path of the case")).first.is_visible()
    assert page.get_by_text(_("What you filed")).first.is_visible()
    assert 1 <= pages_of(page) <= 3


def test_the_answer_of_the_check_is_printed_on_one_sheet(browser_of, case_at, aside):
    certificate = aside(lambda: case_at("issued").certificates.get())
    page = browser_of()
    page.goto(f"/V/{certificate.serial}/{certificate.code}")
    print_of(page)
    assert still_there(page) == []
    assert page.locator("[data-verdict=issued]").is_visible()
    assert page.locator("main").get_by_text(certificate.serial).first.is_visible()
    assert pages_of(page) == 1
