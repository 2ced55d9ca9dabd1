"""What a step writes: the addressee, the papers, the findings, and only the fields that were asked for."""

from uuid import uuid4

import pytest
from django.urls import reverse

from inquiries.certificate import purpose_of
from inquiries.effects import AlreadyFiled, PaperGone, attach, matter_of, missing_papers
from inquiries.forms import QUESTIONS, AnswerForm
from portal.accounts.models import Office, Role
from portal.casework import storage
from portal.casework.models import Case
from portal.demo import cases
from portal.demo.papers import received
from portal.ledger.models import Entry
from portal.workflow.perform import perform


@pytest.fixture
def returned_for(case_at):
    def make(**items: str) -> Case:
        return cases.return_for(case_at("in_review"), Role.REVIEWER, items, "")

    return make


def answer(case: Case, person, actor_of, **fields) -> Case:
    return perform(case, "answer", actor=actor_of(person), fields=fields, papers={})


def test_a_corrected_notary_becomes_the_addressee_and_the_former_one_sees_nothing(
    returned_for, maryam, notary_clerk, actor_of
):
    case = answer(returned_for(notary_number="B03"), maryam, actor_of, notary_number="13")
    assert case.office == Office.objects.get(kind="notary", number="13")
    case = cases.walk(case, "issued")
    assert not Case.objects.visible_to(actor_of(notary_clerk)).exists()


def test_a_notary_that_takes_no_part_is_no_addressee(returned_for, maryam, actor_of):
    case = answer(returned_for(notary_number="B03"), maryam, actor_of, notary_number="999")
    assert case.office is None


def test_a_corrected_letter_moves_the_matter_and_cannot_take_that_of_another_case(
    returned_for, maryam, reza, apartment, actor_of
):
    case = returned_for(letter_no="B02")
    other = cases.file(reza, apartment, letter_no="1405/99", capacity="buyer")
    with pytest.raises(AlreadyFiled) as already:
        answer(case, maryam, actor_of, letter_no="1405/99")
    assert already.value.reference == other.reference
    assert Case.objects.get(pk=case.pk).inquiry.letter_no == "1405/77"  # nothing was written
    moved = answer(case, maryam, actor_of, letter_no="1405/78")
    assert moved.matter == matter_of(moved) and "1405/78" in moved.matter


def test_a_new_paper_takes_the_place_of_the_old_one_which_stays_as_evidence(returned, maryam, actor_of):
    before = returned.attachments.current().get(document="title_deed")
    papers = {"title_deed": received("identity")}
    perform(returned, "answer", actor=actor_of(maryam), fields={}, papers=papers)
    now = returned.attachments.current().get(document="title_deed")
    before.refresh_from_db()
    assert before.replaced_at and now.received_sha256 == received("identity").received_sha256
    recorded = Entry.objects.of(returned.stream).last().facts["papers"]
    assert [paper["received"] for paper in recorded] == [now.received_sha256]


def test_only_what_was_asked_for_can_be_corrected(returned, maryam, client_of):
    from tests.inquiries.test_kept import upload

    sent = {
        "title_deed": upload(), "letter_no": "9999", "notary_number": "77", "deal": "gift", "share": "1",
        "identity": upload(), "capacity": "heir", "key": uuid4(), "seen": returned.revision,
    }  # fmt: skip
    papers = set(returned.attachments.exclude(document="title_deed").values_list("pk", flat=True))
    client_of(maryam).post(reverse("workflow:step", args=["cases", returned.reference, "answer"]), sent)
    case = Case.objects.get(pk=returned.pk)
    assert case.state == "in_review"
    inquiry = case.inquiry
    assert (inquiry.letter_no, inquiry.notary_number, inquiry.deal, inquiry.capacity) == (
        "1405/77",
        "12",
        "sale",
        "owner",
    )
    current = case.attachments.current()
    assert set(current.exclude(document="title_deed").values_list("pk", flat=True)) == papers
    assert case.attachments.filter(document="title_deed").count() == 2


def test_the_answer_form_offers_exactly_what_was_asked(returned_for):
    form = AnswerForm(subject=returned_for(letter_no="B02", share="B05", identity="B01"))
    assert {name for name in form.fields if not name.startswith("kept_")} == {
        "seen", "key", "letter_no", "share", "identity",
    }  # fmt: skip


def test_a_second_return_asks_anew(returned, reviewer, maryam, actor_of, act):
    perform(returned, "answer", actor=actor_of(maryam), fields={}, papers={"title_deed": received("title_deed")})
    case = act(reviewer, returned, "return", items={"title_deed": "B04"}, note="")
    assert [asked.reason for asked in case.deficiencies.filter(answered_at=None)] == ["B04"]
    assert case.deficiencies.count() == 2


def test_findings_are_kept_with_their_author_and_told_to_the_ledger(case_at, act, reviewer):
    findings = dict.fromkeys(QUESTIONS, "yes") | {"plan_current": "na"}
    case = act(reviewer, case_at("in_review"), "endorse", findings=findings, note="برای همکاران")
    assert {f.question: f.outcome for f in case.inquiry.findings.all()} == findings
    assert {f.author for f in case.inquiry.findings.all()} == {reviewer}
    facts = Entry.objects.of(case.stream).get(kind="transfer_inquiry.endorse").facts
    assert facts["findings"] == findings and facts["note"] == case.remarks.get().digest
    assert not case.remarks.get().is_for_applicant


def test_what_is_missing_follows_the_papers_in_force(draft):
    assert missing_papers(draft) == []
    draft.attachments.filter(document="identity").update(replaced_at="2026-01-01T00:00:00Z")
    assert [paper.code for paper in missing_papers(draft)] == ["identity"]
    attach(draft, "identity", received("identity"))
    assert missing_papers(draft) == []


def test_no_record_names_a_paper_that_the_store_does_not_hold(draft):
    identity = received("identity")
    before = list(draft.attachments.order_by("pk").values_list("pk", "replaced_at"))
    storage.remove(identity.cleaned_sha256)
    try:
        with pytest.raises(PaperGone):
            attach(draft, "identity", identity)
        assert list(draft.attachments.order_by("pk").values_list("pk", "replaced_at")) == before
    finally:
        storage.put(identity.cleaned)
    assert attach(draft, "identity", identity).cleaned_sha256 == identity.cleaned_sha256


def test_the_signature_freezes_who_decided_and_when(case_at):
    case = case_at("issued")
    snapshot = case.certificates.get().frozen()
    names = [signer["name"] for signer in snapshot["signers"]]
    assert names[:2] == [case.reviewer.full_name, case.approver.full_name] and len(set(names)) == 3
    times = [signer["at"] for signer in snapshot["signers"]]
    assert times == sorted(times) and snapshot["issued_at"] == times[-1]
    assert snapshot["addressee"]["letter_no"] == "1405/77" and len(snapshot["nonce"]) == 32


@pytest.mark.parametrize(("dang", "words"), [(6, "نقل و انتقال قطعی شش دانگ"), (3, "سه دانگ مشاع از شش دانگ")])
def test_the_purpose_names_the_share_that_is_transferred(draft, dang, words):
    draft.inquiry.share_numerator, draft.inquiry.share_denominator = dang, 6
    assert words in purpose_of(draft.inquiry)


def test_serials_and_numbers_are_gapless_also_after_a_failure(case_at, reza, signatory, actor_of, monkeypatch):
    from inquiries import effects
    from portal.parcels.models import Parcel

    first = case_at("issued").certificates.get()
    house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    second = case_at("awaiting_signature", applicant=reza, parcel=house, letter_no="1405/78")

    def fail(*_args, **_facts):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(effects, "intend", lambda *args, **facts: (intend(*args, **facts), fail()))
        from portal.documents.issue import intend

        with pytest.raises(RuntimeError):
            cases.sign(second)
    certificate = cases.sign(second).certificates.get()
    assert int(certificate.serial.split("-")[2]) == int(first.serial.split("-")[2]) + 1
