"""Reviewer, approver and signatory at their desks, by mouse, with and without JavaScript."""

import pytest
from django.utils.translation import gettext as _

from inquiries.forms import QUESTIONS
from portal.accounts import second_factor
from portal.casework.models import Case

pytestmark = pytest.mark.browser

BROWSERS = [(390, True), (1280, False)]


def take_next(page):
    page.goto("/worklist/")
    page.get_by_role("button", name=_("Next case")).click()
    page.locator("#decide").wait_for()


def decide(page, label):
    page.locator("#decide").get_by_role("button", name=label, exact=True).click()


def confirm(page, user):
    """The fresh code of the app, when the portal asks for it; the page that asked comes back."""
    page.wait_for_url("**/accounts/confirm/**")
    page.fill("[name=code]", second_factor.next_code(user))
    page.get_by_role("button", name=_("Confirm"), exact=True).click()
    page.locator("#decide").wait_for()


@pytest.mark.parametrize(("width", "scripts"), BROWSERS)
def test_a_reviewer_answers_each_question_and_sends_the_case_on(browser_of, reviewer, case_at, settle, width, scripts):
    case = case_at("in_review")
    page = browser_of(reviewer, width=width, scripts=scripts)
    take_next(page)
    assert case.reference in page.url
    decide(page, _("Send for approval"))
    page.locator(".error-summary").wait_for()  # no question was answered
    for question in QUESTIONS:
        page.locator(f"label.finding-yes:has(input[name={question}])").click()
    decide(page, _("Send for approval"))
    page.get_by_text(_("Your findings are recorded.")).wait_for()
    settle()
    case.refresh_from_db()
    assert case.state == "awaiting_approval"


def test_a_refused_decision_keeps_what_was_typed_and_leaves_no_form_to_be_sent_again(browser_of, reviewer, case_at):
    case = case_at("in_review")
    page = browser_of(reviewer)
    take_next(page)
    for question in QUESTIONS:
        page.locator(f"label.finding-no:has(input[name={question}])").click()
    page.locator("[name=note]").first.fill("پلاک با سند یکی نیست.")
    decide(page, _("Send for approval"))
    page.locator(".error-summary").wait_for()
    assert page.locator(".primary-step [name=note]").input_value() == "پلاک با سند یکی نیست."
    assert page.locator(".finding-no input:checked").count() == len(QUESTIONS)
    assert page.url.endswith(case.get_absolute_url())
    page.goto("/worklist/")
    page.go_back()
    page.locator("#decide").wait_for()


@pytest.mark.parametrize(("width", "scripts"), BROWSERS)
def test_a_reviewer_returns_a_case_with_a_coded_reason(browser_of, reviewer, case_at, width, scripts):
    case = case_at("in_review")
    page = browser_of(reviewer, width=width, scripts=scripts)
    take_next(page)
    step = page.locator(".other-step", has=page.locator("[name=item_title_deed]"))
    step.locator("summary").click()
    step.locator("[name=item_title_deed]").select_option("B01")
    step.locator("[name=note]").fill("صفحهٔ دوم تار است.")
    step.get_by_role("button", name=_("Return for correction")).click()
    page.get_by_text(_("The file went back to the applicant.")).wait_for()
    case.refresh_from_db()
    assert (case.state, case.is_paused) == ("returned", True)


def test_a_case_that_was_not_taken_can_only_be_read(browser_of, reviewer, case_at):
    case = case_at("in_review")
    page = browser_of(reviewer)
    page.goto(f"/cases/{case.reference}/")
    assert page.locator("#decide").count() == 0
    page.locator("main").get_by_role("button", name=_("Next case")).click()
    page.locator("#decide").wait_for()


@pytest.mark.parametrize(("width", "scripts"), BROWSERS)
def test_approver_and_signatory_confirm_with_their_app(
    browser_of, approver, signatory, case_at, settle, width, scripts
):
    case = case_at("awaiting_approval")
    desk = browser_of(approver, width=width, scripts=scripts, stepped_up=False)
    take_next(desk)
    decide(desk, _("Approve"))
    confirm(desk, approver)
    decide(desk, _("Approve"))
    desk.get_by_text(_("The file went to the signatory.")).wait_for()

    desk = browser_of(signatory, width=width, scripts=scripts, stepped_up=False)
    take_next(desk)
    assert desk.locator(".draft-paper").is_visible()
    decide(desk, _("Sign"))
    confirm(desk, signatory)
    decide(desk, _("Sign"))
    desk.get_by_text(_("Signed. The certificate is being made.")).wait_for()
    settle()
    assert Case.objects.get(pk=case.pk).state == "issued"
