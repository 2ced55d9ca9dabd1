"""A citizen files: with and without JavaScript, with a lost connection, with impatience."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from portal.casework import storage
from portal.casework.models import Attachment, Case
from portal.core.calendar import jalali

pytestmark = pytest.mark.browser

CASE = re.compile(r"/cases/\d{13}/")


def press(page, label, within=""):
    page.locator(within or "main").get_by_role("button", name=label).first.click()


def choose_property(page):
    page.goto("/inquiries/transfer/")
    page.locator("form:has(input[value^='1-'])").get_by_role("button").click()
    page.wait_for_url("**/deal/")


def tell_the_deal(page):
    page.select_option("[name=deal]", "sale")
    page.fill("[name=notary_number]", "۱۲")
    page.fill("[name=letter_no]", "۱۴۰۵/۹۹۱")
    page.fill("[name=letter_date]", jalali(timezone.localdate() - timedelta(days=1)))
    press(page, _("Continue"))
    page.wait_for_url("**/papers/")


def send_paper(page, document, path):
    page.set_input_files(f"#file-{document}", path)
    press(page, _("Send"), f"#paper-{document}")
    page.locator(f"#paper-{document} .paper-sent").wait_for()


def declare(page):
    page.get_by_role("link", name=_("Continue")).click()
    page.wait_for_url("**/review/")
    page.check("[name=is_declared]")


@pytest.fixture
def at_review(browser_of, maryam, draft):
    """The last step of a complete draft, declared: one press is missing."""

    def make(**options):
        page = browser_of(maryam, **options)
        page.goto(f"/inquiries/transfer/{draft.pk}/review/")
        page.check("[name=is_declared]")
        return page

    return make


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, False)])
def test_a_citizen_files_and_gets_a_tracking_code(browser_of, maryam, letter, photos, width, scripts):
    page = browser_of(maryam, width=width, scripts=scripts)
    choose_property(page)
    tell_the_deal(page)
    for document, path in {"inquiry_letter": letter, **photos}.items():
        send_paper(page, document, path)
    declare(page)
    press(page, _("File the inquiry"))
    page.get_by_text(_("Your inquiry is filed")).wait_for()
    filed = Case.objects.get(applicant=maryam, state="in_intake")
    assert f"/cases/{filed.reference}/" in page.url
    assert len(filed.reference) == 13
    assert filed.attachments.count() == 3
    assert filed.inquiry.letter_no == "1405/991"


def test_a_draft_goes_on_where_it_was_left_on_another_device(browser_of, maryam):
    first = browser_of(maryam, width=390)
    choose_property(first)
    tell_the_deal(first)
    second = browser_of(maryam)
    second.goto("/cases/")
    second.get_by_role("link", name=_("Continue")).click()
    second.wait_for_url("**/papers/")


def test_a_large_photo_is_made_smaller_before_it_is_sent(browser_of, maryam, photos):
    page = browser_of(maryam, width=390)
    choose_property(page)
    tell_the_deal(page)
    page.set_input_files("#file-title_deed", photos["title_deed"])
    page.locator("#paper-title_deed canvas.upload-thumb").wait_for()
    is_smaller = "size => document.querySelector('#file-title_deed').files[0].size < size"
    page.wait_for_function(is_smaller, arg=photos["title_deed"].stat().st_size)
    press(page, _("Send"), "#paper-title_deed")
    page.locator("#paper-title_deed .paper-sent").wait_for()
    kept = storage.open(Attachment.objects.get(document="title_deed").cleaned_sha256)
    with Image.open(io.BytesIO(kept)) as picture:
        assert max(picture.size) == 2000


def test_the_progress_of_a_paper_is_shown(browser_of, maryam, photos):
    page = browser_of(maryam)
    choose_property(page)
    tell_the_deal(page)
    page.set_input_files("#file-identity", photos["identity"])
    page.evaluate("""() => {
      window.shown = new Set();
      new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(
        node => window.shown.add(node.nodeName === "#text" ? node.data : node.className)
      ))).observe(document.querySelector("#paper-identity"), { childList: true, subtree: true });
    }""")
    press(page, _("Send"), "#paper-identity")
    page.locator("#paper-identity .paper-sent").wait_for()
    shown = page.evaluate("[...window.shown]")
    assert "upload-progress" in shown
    assert _("Sent. The file is being checked…") in shown


def test_a_connection_lost_on_the_way_costs_one_more_press(browser_of, maryam, letter):
    page = browser_of(maryam, width=390)
    choose_property(page)
    tell_the_deal(page)
    page.set_input_files("#file-inquiry_letter", letter)
    page.route("**/papers/", lambda route: route.abort("connectionreset"))
    press(page, _("Send"), "#paper-inquiry_letter")
    again = page.locator("#paper-inquiry_letter").get_by_role("button", name=_("Try again"))
    again.wait_for()
    assert Attachment.objects.count() == 0
    assert page.evaluate("document.querySelector('#file-inquiry_letter').files.length") == 1
    page.unroute("**/papers/")
    again.click()
    page.locator("#paper-inquiry_letter .paper-sent").wait_for()
    assert Attachment.objects.count() == 1


def test_a_file_of_a_wrong_kind_is_refused_with_the_way_on(browser_of, maryam, tmp_path):
    page = browser_of(maryam, scripts=False)
    choose_property(page)
    tell_the_deal(page)
    program = tmp_path / "deed.jpg"
    program.write_bytes(b"MZ" + bytes(2000))
    page.set_input_files("#file-title_deed", program)
    press(page, _("Send"), "#paper-title_deed")
    page.locator("#error-title_deed").wait_for()
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_files_one_case(at_review, maryam, scripts):
    page = at_review(scripts=scripts)
    page.get_by_role("button", name=_("File the inquiry")).dblclick()
    page.wait_for_url(CASE)
    assert Case.objects.filter(applicant=maryam, reference__isnull=False).count() == 1


def test_after_filing_the_way_back_leads_to_the_case(at_review, maryam):
    page = at_review()
    press(page, _("File the inquiry"))
    page.wait_for_url(CASE)
    page.go_back()
    if "/review/" in page.url:  # the browser kept the page; pressing again is harmless
        press(page, _("File the inquiry"))
    page.wait_for_url(CASE)
    assert Case.objects.filter(applicant=maryam, reference__isnull=False).count() == 1


def test_the_second_of_two_tabs_leads_to_the_case_of_the_first(at_review, maryam):
    first, second = at_review(), at_review()
    for tab in (first, second):
        press(tab, _("File the inquiry"))
        tab.wait_for_url(CASE)
    assert first.url.split("?")[0] == second.url.split("?")[0]
    assert Case.objects.filter(applicant=maryam, reference__isnull=False).count() == 1


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, False)])
def test_a_returned_case_is_answered_with_what_was_asked(browser_of, maryam, returned, photos, width, scripts):
    page = browser_of(maryam, width=width, scripts=scripts)
    page.goto(f"/cases/{returned.reference}/")
    assert page.locator(".answer input[type=file]:not([capture])").count() == 1
    page.set_input_files("#id_title_deed", photos["title_deed"])
    press(page, _("Send the correction"))
    page.get_by_text(_("Thank you. Your file is back in its place in the queue.")).wait_for()
    returned.refresh_from_db()
    assert returned.state == "in_review"
