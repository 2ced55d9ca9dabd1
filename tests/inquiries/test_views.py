"""The pages of filing, and the case as each of its readers sees it."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inquiries import desk
from portal.accounts.models import Role
from portal.casework.models import Case
from portal.demo import cases
from portal.demo.papers import specimen
from portal.parcels.models import CertificateOnFile

pytestmark = pytest.mark.django_db

DEAL = {
    "deal": "sale", "share": "۶", "notary_number": "۱۲", "notary_city": "ارومیه", "letter_no": "۱۴۰۵/۹۰۰",
    "letter_date": "1405/08/20",
}  # fmt: skip


def text_of(response):
    return response.content.decode()


def upload(browser, draft, document):
    file = SimpleUploadedFile(f"{document}.pdf", specimen(document), "application/pdf")
    return browser.post(reverse("inquiries:papers", args=[draft.pk]), {"document": document, "file": file})


def test_the_four_steps_lead_from_a_parcel_to_a_receipt(client_of, maryam, apartment):
    browser = client_of(maryam)
    assert apartment.code in text_of(browser.get(reverse("inquiries:start")))
    answer = browser.post(reverse("inquiries:start"), {"renovation_code": apartment.code, "capacity": "owner"})
    draft = Case.objects.get(applicant=maryam, state="draft")
    assert answer.url == reverse("inquiries:deal", args=[draft.pk])
    assert browser.post(answer.url, DEAL).url == reverse("inquiries:papers", args=[draft.pk])
    for document in ("inquiry_letter", "identity", "title_deed"):
        assert upload(browser, draft, document).url.endswith(f"#paper-{document}")
    review = reverse("inquiries:review", args=[draft.pk])
    shown = text_of(browser.get(review))
    assert "شش دانگ" in shown and reverse("inquiries:deal", args=[draft.pk]) in shown
    filed = browser.post(review, {"is_declared": "on", "key": uuid4(), "seen": draft.revision})
    receipt = text_of(browser.get(filed.url))
    assert Case.objects.get(pk=draft.pk).reference in receipt


def test_a_mistyped_code_keeps_what_was_typed_and_links_to_the_field(client_of, maryam):
    answer = client_of(maryam).post(reverse("inquiries:start"), {"renovation_code": "۱۲ب", "capacity": "owner"})
    assert answer.status_code == 422
    assert 'href="#id_renovation_code"' in text_of(answer) and "۱۲ب" in text_of(answer)


def test_each_empty_field_of_the_deal_is_named_above_the_form(client_of, maryam, draft):
    answer = client_of(maryam).post(reverse("inquiries:deal", args=[draft.pk]), {})
    assert answer.status_code == 422
    for name in ("deal", "share", "notary_number", "notary_city", "letter_no", "letter_date"):
        assert f'href="#id_{name}"' in text_of(answer)


def test_a_paper_that_is_no_paper_is_refused_beside_its_own_card(client_of, maryam, draft):
    file = SimpleUploadedFile("deed.pdf", b"MZ not a paper", "application/pdf")
    data = {"document": "title_deed", "file": file}
    answer = client_of(maryam).post(reverse("inquiries:papers", args=[draft.pk]), data)
    assert answer.status_code == 422
    assert 'id="error-title_deed"' in text_of(answer) and 'id="error-identity"' not in text_of(answer)


def test_what_is_missing_is_listed_before_filing(client_of, maryam, draft):
    draft.attachments.filter(document="title_deed").delete()
    browser = client_of(maryam)
    address = reverse("inquiries:papers", args=[draft.pk])
    assert 'href="#paper-title_deed"' in text_of(browser.get(address))
    assert f"{address}#paper-title_deed" in text_of(browser.get(reverse("inquiries:review", args=[draft.pk])))


def test_the_draft_of_another_is_not_there(client_of, reza, draft):
    for step in ("resume", "deal", "papers", "review"):
        assert client_of(reza).get(reverse(f"inquiries:{step}", args=[draft.pk])).status_code == 404


def test_a_returned_case_asks_for_the_named_paper_and_nothing_else(client_of, maryam, returned):
    text = text_of(client_of(maryam).get(returned.get_absolute_url()))
    assert 'name="title_deed"' in text and 'name="letter_no"' not in text
    assert "صفحهٔ دوم تار است." in text


def test_an_empty_answer_shows_the_form_again_with_its_error(client_of, maryam, returned):
    address = reverse("workflow:step", args=["cases", returned.reference, "answer"])
    answer = client_of(maryam).post(address, {"key": uuid4(), "seen": returned.revision})
    assert answer.status_code == 422 and 'href="#id_title_deed"' in text_of(answer)


def test_the_reviewer_decides_only_on_the_case_in_hand(client_of, reviewer, actor_of, case_at):
    case = case_at("in_review")
    browser = client_of(reviewer)
    assert 'id="decide"' not in text_of(browser.get(case.get_absolute_url()))
    cases.take(case, actor_of(reviewer))
    text = text_of(browser.get(case.get_absolute_url()))
    assert 'id="decide"' in text and 'name="deed_matches"' in text


def test_an_unanswered_finding_is_shown_beside_its_question(client_of, reviewer, actor_of, case_at):
    case = case_at("in_review")
    cases.take(case, actor_of(reviewer))
    address = reverse("workflow:step", args=["cases", case.reference, "endorse"])
    answer = client_of(reviewer).post(address, {"key": uuid4(), "seen": case.revision, "deed_matches": "yes"})
    assert answer.status_code == 422
    assert text_of(answer).count("finding has-error") == 4


YES = dict.fromkeys(("deed_matches", "letter_matches", "papers_complete", "state_matches", "plan_current"), "yes")


def test_a_guard_that_refuses_leaves_the_findings_and_the_note_in_the_form(client_of, reviewer, actor_of, case_at):
    case = case_at("in_review")
    cases.take(case, actor_of(reviewer))
    address = reverse("workflow:step", args=["cases", case.reference, "endorse"])
    typed = YES | {"key": uuid4(), "seen": case.revision, "plan_current": "no", "note": "عقب‌نشینی روشن نیست"}
    answer = client_of(reviewer).post(address, typed)
    text = text_of(answer)
    assert answer.status_code == 422
    assert "error-summary" in text and "عقب‌نشینی روشن نیست" in text
    assert text.count(" checked") == 5
    assert f'data-posted="{case.get_absolute_url()}"' in text


def test_who_has_not_taken_the_case_keeps_what_was_typed(client_of, reviewer, case_at):
    case = case_at("in_review")
    address = reverse("workflow:step", args=["cases", case.reference, "endorse"])
    text = text_of(
        client_of(reviewer).post(address, YES | {"key": uuid4(), "seen": case.revision, "note": "کار نیمه‌تمام"})
    )
    assert "error-summary" in text and "کار نیمه‌تمام" in text


def test_a_page_that_is_over_leads_back_to_the_record(client_of, reviewer, actor_of, case_at):
    case = case_at("in_review")
    cases.take(case, actor_of(reviewer))
    address = reverse("workflow:step", args=["cases", case.reference, "endorse"])
    assert client_of(reviewer).post(address, YES | {"key": uuid4(), "seen": case.revision - 1}).status_code == 302


def test_the_reviewer_sees_at_once_that_note_8_allows_nothing(client_of, reviewer, case_at, apartment):
    case = case_at("in_review")
    warning = "اجازهٔ صدور پاسخ نمی‌دهد"
    browser = client_of(reviewer)
    assert warning not in text_of(browser.get(case.get_absolute_url()))
    CertificateOnFile.objects.filter(parcel__in=apartment.lineage()).delete()
    assert warning in text_of(browser.get(case.get_absolute_url()))


def test_the_path_begins_with_the_time_that_the_receipt_names(case_at, maryam, actor_of):
    case = case_at("in_intake")
    assert desk.context_of(case, actor_of(maryam))["timeline"][0]["when"] == case.submitted_at


def test_a_refused_answer_keeps_the_new_paper(client_of, maryam, reza, apartment, case_at):
    case = cases.return_for(case_at("in_review"), Role.REVIEWER, {"letter_no": "B02", "title_deed": "B01"}, "")
    cases.file(reza, apartment, letter_no="1405/99", capacity="buyer")
    address = reverse("workflow:step", args=["cases", case.reference, "answer"])
    file = SimpleUploadedFile("deed.pdf", specimen("title_deed"), "application/pdf")
    answer = client_of(maryam).post(
        address, {"key": uuid4(), "seen": case.revision, "letter_no": "1405/99", "title_deed": file}
    )
    text = text_of(answer)
    assert answer.status_code == 422
    assert "error-summary" in text and 'name="kept_title_deed" value="' in text


def test_a_counter_reads_what_it_can_do(client_of, counter_clerk):
    text = text_of(client_of(counter_clerk).get(reverse("casework:cases")))
    assert reverse("casework:track") in text and reverse("verification:home") in text
    assert "دفتر شما" not in text


def test_the_signatory_reads_the_contents_that_the_form_names(client_of, signatory, actor_of, case_at):
    case = case_at("awaiting_signature")
    cases.take(case, actor_of(signatory))
    text = text_of(client_of(signatory).get(case.get_absolute_url()))
    assert 'id="contents"' in text and 'name="contents"' in text and "بلامانع است" in text


def test_the_office_gets_the_answer_and_not_the_file(client_of, notary_clerk, case_at):
    case = case_at("issued")
    text = text_of(client_of(notary_clerk).get(case.get_absolute_url()))
    assert case.certificates.get().serial in text
    for paper in case.attachments.all():
        assert reverse("casework:paper", args=[paper.pk]) not in text
    assert 'id="register"' not in text


def test_a_rejection_comes_with_its_reason_and_the_way_to_object(client_of, maryam, case_at):
    case = case_at("in_intake")
    case = cases.by(Role.HELP_DESK, case, "reject", reason="R01", note="سربرگ ندارد.")
    text = text_of(client_of(maryam).get(case.get_absolute_url()))
    assert "سربرگ ندارد." in text and "R01" in text and "شیوهٔ اعتراض" in text


def test_the_contents_to_be_signed_are_read_in_persian_in_every_language(client_of, signatory, case_at):
    case = case_at("awaiting_signature")
    browser = client_of(signatory)
    browser.cookies["django_language"] = "en"
    page = text_of(browser.get(case.get_absolute_url()))
    paper = page.partition('class="draft-paper"')[2].partition("</ol>")[0]
    assert "Contents of the certificate" in page
    assert "کاربری" in paper or "پلاک" in paper
    assert not any(word in paper for word in ("Purpose", "measured", "floors", "Clearances"))


def test_an_office_that_is_not_in_the_list_is_named_before_filing(client_of, maryam, draft):
    review, warning = reverse("inquiries:review", args=[draft.pk]), "در فهرست دفترخانه‌هایی نیست"
    browser = client_of(maryam)
    assert warning not in text_of(browser.get(review))  # office 12 of Urmia takes part
    draft.inquiry.notary_number = "123456"
    draft.inquiry.save(update_fields=["notary_number"])
    assert warning in text_of(browser.get(review))
