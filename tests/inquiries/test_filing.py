"""Filing: whose property, which district, once; in two tabs, by double click and in a race."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from districts.models import Rollout
from inquiries import filing
from inquiries.effects import AlreadyFiled, attach, missing_papers
from inquiries.filing import NotYours
from inquiries.models import Capacity
from portal.accounts.actors import Actor
from portal.accounts.models import Office
from portal.casework.models import Case
from portal.core.errors import GuardFailed, IllegalStep, Refusal
from portal.core.identifiers import RenovationCode, damm_ok, parse_reference
from portal.core.persian import fa_digits
from portal.demo import cases
from portal.demo.cast import person_of
from portal.demo.papers import received
from portal.ledger.models import Entry
from portal.parcels.models import Parcel
from portal.workflow.perform import perform


def code_of(parcel: Parcel) -> RenovationCode:
    return RenovationCode.parse(parcel.code)


def begin(person, parcel, capacity="owner"):
    return filing.begin_draft(actor=Actor.of(person), renovation_code=code_of(parcel), capacity=capacity)


# --- which property --------------------------------------------------------------------------------------------------


def test_an_owner_begins_a_draft_and_finds_it_again(maryam, apartment):
    draft = begin(maryam, apartment)
    assert (draft.state, draft.reference, draft.district_id) == ("draft", None, 1)
    assert begin(maryam, apartment) == draft


def test_another_capacity_changes_the_same_draft(maryam, apartment):
    draft = begin(maryam, apartment)
    assert begin(maryam, apartment, Capacity.HEIR) == draft
    assert Case.objects.get(pk=draft.pk).inquiry.capacity == Capacity.HEIR


def test_a_property_of_somebody_else_is_not_filed_as_an_owner(reza, apartment):
    with pytest.raises(NotYours):
        begin(reza, apartment)
    assert not Case.objects.exists()
    assert begin(reza, apartment, Capacity.BUYER).applicant == reza


def test_a_person_without_a_national_code_owns_nothing(reviewer, apartment):
    with pytest.raises(NotYours):
        begin(reviewer, apartment)


@pytest.mark.parametrize("code", ["9-1-1-1-0-0-0", "1-99999-1-1-0-0-0"])
def test_a_parcel_of_another_city_is_refused_with_the_way_on(maryam, code):
    with pytest.raises(Refusal, match="نقشه"):
        filing.begin_draft(actor=Actor.of(maryam), renovation_code=RenovationCode.parse(code), capacity="owner")


@pytest.fixture
def suspend(actor_of):
    """`suspend()`: the rollout manager stops transfers in district 1."""

    def stop() -> None:
        rollout = Rollout.objects.get(service__code="transfer", district=1)
        perform(rollout, "suspend", actor=actor_of(person_of("rollout")), reason="test")

    return stop


def test_a_district_that_is_not_live_names_its_desk(maryam, apartment, suspend):
    suspend()
    with pytest.raises(Refusal) as refused:
        begin(maryam, apartment)
    desk = apartment.district.desks.get()
    assert desk.address in str(refused.value) and desk.phone in str(refused.value)


def test_a_district_suspended_after_the_draft_takes_no_filing(draft, maryam, actor_of, suspend):
    suspend()
    with pytest.raises(GuardFailed):
        perform(draft, "submit", actor=actor_of(maryam), is_declared=True)
    draft.refresh_from_db()
    assert (draft.state, draft.reference) == ("draft", None)


# --- completeness --------------------------------------------------------------------------------------------------


def test_a_draft_without_its_deal_is_not_filed(maryam, apartment, actor_of):
    with pytest.raises(GuardFailed):
        perform(begin(maryam, apartment), "submit", actor=actor_of(maryam), is_declared=True)


def test_a_draft_without_a_required_paper_is_not_filed_and_the_paper_is_named(draft, maryam, actor_of):
    paper = draft.attachments.get(document="title_deed")
    paper.replaced_at = timezone.now()
    paper.save()
    with pytest.raises(GuardFailed, match="سند مالکیت"):
        perform(draft, "submit", actor=actor_of(maryam), is_declared=True)


def test_an_attorney_must_show_the_mandate(draft, maryam, actor_of, apartment):
    begin(maryam, apartment, Capacity.ATTORNEY)
    with pytest.raises(GuardFailed):
        perform(Case.objects.get(pk=draft.pk), "submit", actor=actor_of(maryam), is_declared=True)


def test_a_draft_without_the_declaration_is_not_filed(draft, maryam, actor_of):
    with pytest.raises(GuardFailed):
        perform(draft, "submit", actor=actor_of(maryam), is_declared=False)


def test_filing_gives_a_code_an_addressee_and_a_deadline(draft, maryam, actor_of):
    case = perform(draft, "submit", actor=actor_of(maryam), is_declared=True)
    assert len(case.reference) == 13 and damm_ok(case.reference) and parse_reference(case.reference).district == 1
    assert case.office == Office.objects.get(kind="notary", number="12")
    assert case.due_on > timezone.localdate() and case.inquiry.declared_at
    facts = Entry.objects.of(case.stream).last().facts
    assert facts["reference"] == case.reference and len(facts["papers"]) == case.attachments.current().count()


def test_no_personal_data_stand_in_the_ledger(draft, maryam, actor_of):
    case = perform(draft, "submit", actor=actor_of(maryam), is_declared=True)
    told = b"".join(bytes(entry.body) for entry in Entry.objects.of(case.stream)).decode()
    names = [paper.shown_name for paper in case.attachments.all()]
    for secret in (maryam.national_code, maryam.mobile, maryam.full_name, *names):
        assert secret not in told


# --- once ----------------------------------------------------------------------------------------------------------


def test_a_second_filing_answers_with_the_code_of_the_first(case_at, maryam, apartment):
    case = case_at("in_intake")
    with pytest.raises(AlreadyFiled) as already:
        begin(maryam, apartment)
    assert already.value.reference == case.reference
    assert f"\u2068{fa_digits(case.reference)}\u2069" in str(already.value)


def test_so_does_a_letter_that_somebody_else_has_filed(case_at, reza, apartment, actor_of):
    case = case_at("in_intake")
    twin = cases.draft(reza, apartment, letter_no="1405/77", capacity="buyer")
    with pytest.raises(AlreadyFiled) as already:
        perform(twin, "submit", actor=actor_of(reza), is_declared=True)
    assert already.value.reference == case.reference


def test_another_letter_about_the_same_property_is_another_matter(case_at, reza, apartment):
    case_at("in_intake")
    assert cases.file(reza, apartment, letter_no="1405/99", capacity="buyer").state == "in_intake"


def test_after_a_withdrawal_the_same_letter_may_be_filed_again(case_at, maryam, apartment, actor_of):
    perform(case_at("in_intake"), "withdraw", actor=actor_of(maryam))
    assert cases.file(maryam, apartment, letter_no="1405/77").state == "in_intake"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_letter_the_second_learns_the_code_of_the_first(
    draft, maryam, reza, apartment, run_together
):
    twin = cases.draft(reza, apartment, letter_no="1405/77", capacity="buyer")
    told = []

    def file(case, person):
        try:
            perform(case, "submit", actor=Actor.of(person), is_declared=True)
        except AlreadyFiled as already:
            told.append(already.reference)
            raise

    outcomes = run_together(lambda: file(draft, maryam), lambda: file(twin, reza))
    assert sorted(outcomes) == ["AlreadyFiled", "ok"]
    assert told == [Case.objects.get(reference__isnull=False).reference]


@pytest.mark.django_db(transaction=True)
def test_four_tabs_with_a_draft_each_file_one_case(maryam, apartment, draft, run_together):
    """Drafts begun at the same moment may be several; filed is one of them."""
    twins = [draft]
    for number in range(3):
        twin = filing._new_draft(Actor.of(maryam), draft.service, apartment, "owner")
        filing.keep_deal(twin, filing.deal_of(draft) | {"letter_no": f"1405/{number}"})
        for paper in missing_papers(twin):
            attach(twin, paper.code, received(paper.code))
        twins.append(twin)
    actor = Actor.of(maryam)
    outcomes = run_together(*[lambda c=c: perform(c, "submit", actor=actor, is_declared=True) for c in twins])
    assert sorted(outcomes) == ["AlreadyFiled"] * 3 + ["ok"]


# --- over HTTP -----------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(client_of, maryam):
    return client_of(maryam)


def test_an_empty_first_step_says_what_is_missing(browser):
    page = browser.post(reverse("inquiries:start"), {})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"renovation_code", "capacity"}


@pytest.mark.parametrize("typed", ["abc", "0-0-0-0", "1-2-3-4-5-6-7-8", "۱-۲-۰-۴", "1" * 60])
def test_what_is_no_renovation_code_is_explained(browser, typed):
    page = browser.post(reverse("inquiries:start"), {"renovation_code": typed, "capacity": "owner"})
    assert page.status_code == 422 and "renovation_code" in page.context["form"].errors
    assert not Case.objects.exists()


@pytest.mark.parametrize("digits", ["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"])
def test_persian_and_arabic_digits_find_the_same_property(browser, apartment, digits):
    typed = apartment.code.translate(str.maketrans("0123456789", digits)).replace("-", " / ")
    page = browser.post(reverse("inquiries:start"), {"renovation_code": typed, "capacity": "owner"})
    assert page.status_code == 302 and Case.objects.get().parcel == apartment


def test_a_duplicate_leads_to_the_first_case(browser, case_at, apartment):
    case = case_at("in_intake")
    page = browser.post(reverse("inquiries:start"), {"renovation_code": apartment.code, "capacity": "owner"})
    assert page.status_code == 302 and page.url == case.get_absolute_url()


def test_not_yours_stays_on_the_page_with_the_way_on(client_of, reza, apartment):
    page = client_of(reza).post(reverse("inquiries:start"), {"renovation_code": apartment.code, "capacity": "owner"})
    assert page.status_code == 422 and "renovation_code" in page.context["form"].errors


def test_extra_fields_change_nothing(browser, draft, reza):
    extra = {
        "is_declared": "on", "state": "issued", "district": "3", "revision": "99", "reference": "1" * 13,
        "applicant": str(reza.pk), "submitted_at": "2001-01-01", "due_on": "2099-01-01", "fee": "0", "is_staff": "1",
        "seen": draft.revision, "key": uuid4(),
    }  # fmt: skip
    browser.post(reverse("inquiries:review", args=[draft.pk]), extra)
    case = Case.objects.get(pk=draft.pk)
    assert (case.state, case.district_id, case.applicant_id) == ("in_intake", 1, draft.applicant_id)
    assert case.reference != "1" * 13 and timezone.now() - case.submitted_at < timedelta(minutes=5)


def test_a_double_click_files_once_and_both_lead_to_the_case(browser, draft):
    form = {"is_declared": "on", "key": str(uuid4()), "seen": str(draft.revision)}
    url = reverse("inquiries:review", args=[draft.pk])
    first, second = browser.post(url, form), browser.post(url, form)
    case = Case.objects.get(reference__isnull=False)
    assert case.reference in first.url
    assert case.reference in (second.url + str(browser.get(second.url, follow=True).redirect_chain))
    assert Entry.objects.of(case.stream).filter(kind="transfer_inquiry.submit").count() == 1


def test_the_back_button_leads_to_the_case_and_changes_nothing(browser, case_at):
    case = case_at("in_intake")
    for name in ("resume", "deal", "papers", "review"):
        page = browser.get(reverse(f"inquiries:{name}", args=[case.pk]))
        assert page.status_code == 302 and page.url == case.get_absolute_url()
    assert browser.post(reverse("inquiries:discard", args=[case.pk])).url == case.get_absolute_url()
    assert browser.post(reverse("inquiries:deal", args=[case.pk]), {"letter_no": "9"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "in_intake" and case.inquiry.letter_no == "1405/77"


def test_an_old_tab_is_told_that_the_page_is_old(browser, draft):
    page = browser.post(
        reverse("inquiries:review", args=[draft.pk]),
        {"is_declared": "on", "key": uuid4(), "seen": str(draft.revision + 1)},
    )
    assert page.status_code == 422
    assert Case.objects.get(pk=draft.pk).state == "draft"


def test_a_draft_is_resumed_where_it_was_left(browser, maryam, apartment, draft):
    assert browser.get(reverse("inquiries:resume", args=[draft.pk])).url.endswith("/review/")
    draft.attachments.filter(document="identity").update(replaced_at=timezone.now())
    assert browser.get(reverse("inquiries:resume", args=[draft.pk])).url.endswith("/papers/")
    draft.inquiry.letter_no = ""
    draft.inquiry.save()
    assert browser.get(reverse("inquiries:resume", args=[draft.pk])).url.endswith("/deal/")


# --- what another window filed meanwhile -----------------------------------------------------------------------------


@pytest.fixture
def left_behind(draft, actor_of, maryam) -> Case:
    """The draft as a request holds it that began before another window filed it."""
    perform(Case.objects.get(pk=draft.pk), "submit", actor=actor_of(maryam), is_declared=True)
    return draft


def test_a_paper_that_arrives_after_filing_is_not_taken(left_behind):
    in_force = set(left_behind.attachments.current())
    with pytest.raises(IllegalStep):
        filing.keep_paper(left_behind, "title_deed", received("title_deed"))
    assert set(left_behind.attachments.all()) == in_force


def test_the_deal_is_not_changed_after_filing(left_behind):
    with pytest.raises(IllegalStep):
        filing.keep_deal(left_behind, filing.deal_of(left_behind) | {"letter_no": "1405/99"})
    assert Case.objects.get(pk=left_behind.pk).inquiry.letter_no == "1405/77"


def test_a_paper_under_another_name_is_not_even_looked_at(draft, client_of, maryam, monkeypatch):
    monkeypatch.setattr("inquiries.forms.uploads.clean", lambda *_args, **_options: pytest.fail("the file was opened"))
    upload = SimpleUploadedFile("deed.png", b"any", "image/png")
    url = reverse("inquiries:papers", args=[draft.pk])
    assert client_of(maryam).post(url, {"document": "of-my-own", "file": upload}).status_code == 404
