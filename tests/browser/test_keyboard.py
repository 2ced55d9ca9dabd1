"""The whole way of a citizen and one decision of a reviewer, without a pointer."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries.forms import QUESTIONS
from portal.casework.models import Case
from portal.core.calendar import jalali
from portal.core.persian import ascii_digits, fa_digits
from portal.demo.cast import CITIZENS
from tests.browser.accessibility import WIDTHS
from tests.browser.keyboard import Keyboard

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def without_pointer(monkeypatch):
    """Neither mouse nor script may help: what would press, fill or focus without the keyboard is out of reach."""
    from playwright.sync_api import Locator, Mouse, Page

    def refuse(*_args, **_options):
        raise AssertionError("only the keyboard is in use here")

    for kind in (Page, Locator):
        for act in ("click", "dblclick", "tap", "fill", "check", "focus", "press", "select_option", "set_input_files"):
            monkeypatch.setattr(kind, act, refuse)
    for act in ("click", "move", "down"):
        monkeypatch.setattr(Mouse, act, refuse)


def sign_in(page, keyboard, phone):
    citizen = next(person for person in CITIZENS if person.key == "maryam")
    page.goto("/accounts/sign-in/")
    keyboard.fill("[name=national_code]", fa_digits(citizen.national_code))
    keyboard.fill("[name=mobile]", fa_digits(citizen.mobile))
    keyboard.keys.press("Enter")
    page.wait_for_url("**/accounts/sign-in/code/")
    phone.goto("/demo/inbox/")
    keyboard.fill("[name=code]", ascii_digits(phone.locator("tbody tr").first.locator("th").inner_text()))
    keyboard.keys.press("Enter")
    page.wait_for_url("**/cases/")


def tell_the_deal(page, keyboard):
    keyboard.fill("[name=notary_number]", "۱۲")
    keyboard.fill("[name=letter_no]", "۱۴۰۵/۷۷۱")
    keyboard.fill("[name=letter_date]", jalali(timezone.localdate() - timedelta(days=1)))
    keyboard.choose("[name=deal]", "sale")
    keyboard.press("main form .actions button")
    page.wait_for_url("**/papers/")


def send_paper(page, keyboard, document, path):
    keyboard.send_file(f"#file-{document}", path)
    page.locator(f"#paper-{document} .upload-note:not(:empty)").wait_for()
    keyboard.press(f"#paper-{document} button[type=submit]")
    page.locator(f"#paper-{document} .paper-sent").wait_for()
    assert not keyboard.is_lost(), "the answer took the focus away"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_citizen_signs_in_files_and_gets_the_receipt_by_keyboard_alone(browser_of, maryam, letter, photos, width):
    page = browser_of(width=width)
    keyboard = Keyboard(page)
    sign_in(page, keyboard, browser_of())
    keyboard.press("main a[href$='/inquiries/transfer/']")
    page.wait_for_url("**/inquiries/transfer/")
    keyboard.press("form:has(input[value^='1-']) button.choose")
    page.wait_for_url("**/deal/")
    tell_the_deal(page, keyboard)
    for document, path in {"inquiry_letter": letter, **photos}.items():
        send_paper(page, keyboard, document, path)
    keyboard.press("main .actions a[href$='/review/']")
    page.wait_for_url("**/review/")
    keyboard.press("[name=is_declared]", "Space")
    keyboard.press("main form .actions button")
    page.get_by_text(_("Your inquiry is filed")).wait_for()
    filed = Case.objects.get(applicant=maryam, state="in_intake")
    assert f"/cases/{filed.reference}/" in page.url
    assert filed.inquiry.letter_no == "1405/771"
    assert filed.attachments.count() == 3


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_meets_the_fields_in_the_order_of_the_page(browser_of, maryam, draft, width):
    page = browser_of(maryam, width=width)
    page.goto(f"/inquiries/transfer/{draft.pk}/deal/")
    assert Keyboard(page).order_in("main form[novalidate]") == [
        "notary_number", "notary_city", "letter_no", "letter_date", "deal", "share", "buyer_national_code",
        "planned_on", "submit",
    ]  # fmt: skip


def test_an_error_leads_the_keyboard_to_the_field(browser_of, maryam, draft):
    page = browser_of(maryam)
    keyboard = Keyboard(page)
    page.goto(f"/inquiries/transfer/{draft.pk}/deal/")
    keyboard.to("[name=letter_no]")
    keyboard.keys.press("Control+a")
    keyboard.keys.press("Delete")
    keyboard.press("main form .actions button")
    page.locator(".error-summary").wait_for()
    assert keyboard.is_at(".error-summary")
    keyboard.press(".error-summary a")
    assert keyboard.is_at("[name=letter_no]")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_menu_leads_to_every_place_by_keyboard(browser_of, maryam, width):
    page = browser_of(maryam, width=width)
    keyboard = Keyboard(page)
    page.goto("/cases/")
    if width < 600:
        keyboard.press("[popovertarget=menu]")
        page.locator("#menu").wait_for()
        keyboard.press("#menu a[href$='/parcels/mine/']")
    else:
        keyboard.press("header a[href$='/parcels/mine/']")
    page.wait_for_url("**/parcels/mine/")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_reviewer_takes_a_case_and_sends_it_on_by_keyboard_alone(browser_of, reviewer, case_at, settle, width):
    case = case_at("in_review")
    page = browser_of(reviewer, width=width)
    keyboard = Keyboard(page)
    page.goto("/worklist/")
    keyboard.press("form[action$='/worklist/next/'] button")
    page.wait_for_url(f"**/cases/{case.reference}/")
    for question in QUESTIONS:
        keyboard.press(f"[name={question}]", "Space")
        while not page.locator(f"[name={question}][value=yes]").is_checked():
            keyboard.keys.press("ArrowDown")
    keyboard.press("#decide .primary-step button[type=submit]")
    page.get_by_text(_("Your findings are recorded.")).wait_for()
    settle()
    assert Case.objects.get(pk=case.pk).state == "awaiting_approval"
    answers = case.inquiry.findings.values_list("outcome", flat=True)
    assert set(answers) == {"yes"} and len(answers) == len(QUESTIONS)
