"""The life of a transfer inquiry: every guard, every way out, and nobody in two roles."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from districts.models import District
from inquiries.certificate import contents, contents_digest
from inquiries.forms import QUESTIONS
from inquiries.workflow import STATES, TRANSFER_INQUIRY
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.casework import deadlines
from portal.casework.models import Case
from portal.casework.timeline import moments
from portal.core.calendar import local_date
from portal.core.errors import GuardFailed, IllegalStep, NotAllowed, StaleRecord, StepUpNeeded
from portal.demo import cases
from portal.documents.models import Certificate
from portal.documents.tasks import sweep_validity
from portal.ledger.models import Entry
from portal.parcels.models import Ownership
from portal.workflow.perform import perform

YES = {"findings": dict.fromkeys(QUESTIONS, "yes"), "note": ""}
SYSTEM = Actor.system("test")


def test_the_usual_way_from_filing_to_expiry(case_at):
    case = case_at("issued")
    assert [moment.act for moment in moments(case)] == [
        "begin", "submit", "accept", "match", "route", "endorse", "clear", "approve", "sign", "complete",
    ]  # fmt: skip
    assert case.closed_at and case.certificates.get().state == "issued"


def test_every_state_has_a_label_and_every_step_ends_in_a_state():
    assert set(STATES) == set(TRANSFER_INQUIRY.states)
    assert TRANSFER_INQUIRY.final_states == {"rejected", "withdrawn", "revoked"}


# --- withdrawing, rejecting, returning -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["in_intake", "in_archive_match", "in_review", "awaiting_approval"])
def test_the_applicant_may_withdraw_until_it_is_approved(case_at, maryam, reza, actor_of, state):
    case = case_at(state)
    with pytest.raises(NotAllowed):
        perform(case, "withdraw", actor=actor_of(reza))
    withdrawn = perform(case, "withdraw", actor=actor_of(maryam))
    assert withdrawn.state == "withdrawn" and withdrawn.closed_at
    with pytest.raises(IllegalStep):
        perform(withdrawn, "withdraw", actor=actor_of(maryam))


@pytest.mark.parametrize("state", ["awaiting_signature", "issued"])
def test_and_not_afterwards(case_at, maryam, actor_of, state):
    with pytest.raises(IllegalStep):
        perform(case_at(state), "withdraw", actor=actor_of(maryam))


def test_a_returned_case_may_be_withdrawn(returned, maryam, actor_of):
    withdrawn = perform(returned, "withdraw", actor=actor_of(maryam))
    assert (withdrawn.state, withdrawn.paused_at) == ("withdrawn", None)


def test_a_draft_is_discarded_by_its_owner_only(draft, maryam, reza, actor_of):
    with pytest.raises(NotAllowed):
        perform(draft, "discard", actor=actor_of(reza))
    assert perform(draft, "discard", actor=actor_of(maryam)).state == "withdrawn"


@pytest.mark.parametrize(("state", "desk"), [("in_intake", "help_desk"), ("in_review", "reviewer")])
def test_a_rejection_is_coded_and_explained(case_at, act, request, state, desk):
    case = act(request.getfixturevalue(desk), case_at(state), "reject", reason="R01", note="حق درخواست ندارد.")
    entry = Entry.objects.of(case.stream).last()
    remark = case.remarks.get()
    assert (case.state, entry.facts["reason"], entry.facts["note"]) == ("rejected", "R01", remark.digest)
    assert remark.is_for_applicant and "حق" not in bytes(entry.body).decode()


@pytest.mark.parametrize(
    ("state", "desk"), [("in_intake", "help_desk"), ("in_archive_match", "archivist"), ("in_review", "reviewer")]
)
def test_a_returned_case_comes_back_to_where_it_was_with_its_place_in_the_queue(
    case_at, act, maryam, request, actor_of, state, desk
):
    case = case_at(state)
    filed_at, reference = case.submitted_at, case.reference
    case = act(request.getfixturevalue(desk), case, "return", items={"letter_no": "B01"}, note="")
    assert (case.state, case.returned_from, case.is_paused) == ("returned", state, True)
    case = perform(case, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/78"}, papers={})
    assert (case.state, case.submitted_at, case.reference) == (state, filed_at, reference)
    assert not case.is_paused and case.inquiry.letter_no == "1405/78"
    assert not case.deficiencies.filter(answered_at=None).exists()


def test_the_clock_stands_while_the_applicant_has_the_ball(case_at, act, reviewer, maryam, actor_of, monkeypatch):
    case = act(reviewer, case_at("in_review"), "return", items={"letter_no": "B01"}, note="")
    left, due = case.days_left, case.due_on
    later = timezone.now() + timedelta(days=10)
    monkeypatch.setattr("inquiries.effects.timezone.now", lambda: later)
    case = perform(case, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/78"}, papers={})
    assert case.due_on > due and case.days_left is None
    probe = Case.objects.get(pk=case.pk)
    deadlines.stop(probe, later)
    assert probe.days_left == left
    assert any(line["why"] == "stopped" and line["until"] == local_date(later).isoformat() for line in case.clock)


def test_a_case_that_waits_for_its_applicant_cannot_be_decided(returned, reviewer, actor_of):
    for action in ("endorse", "reject", "return"):
        with pytest.raises(IllegalStep):
            perform(returned, action, actor=actor_of(reviewer), **YES)


# --- guards --------------------------------------------------------------------------------------------------------


def test_a_finding_that_says_no_is_no_way_to_an_approval(case_at, act, reviewer):
    findings = YES["findings"] | {"deed_matches": "no"}
    with pytest.raises(GuardFailed):
        act(reviewer, case_at("in_review"), "endorse", findings=findings, note="")
    assert Case.objects.get().state == "in_review" and not Case.objects.get().inquiry.findings.exists()


def test_a_case_out_of_hand_is_not_decided(case_at, reviewer, actor_of):
    with pytest.raises(GuardFailed):
        perform(case_at("in_review"), "endorse", actor=actor_of(reviewer), **YES)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize(
    ("state", "desk", "action"),
    [("in_review", "reviewer", "endorse"), ("awaiting_approval", "approver", "approve")],
)
def test_a_hold_stops_the_file_until_it_is_lifted(case_at, act, hold, request, level, state, desk, action):
    case, person = case_at(state), request.getfixturevalue(desk)
    facts = YES if action == "endorse" else {}
    placed = hold(level)
    with pytest.raises(GuardFailed):
        act(person, case, action, **facts)
    placed.lifted_at = timezone.now()
    placed.save()
    assert act(person, case, action, **facts).state != state


def test_a_warning_stops_nothing(case_at, act, hold, reviewer):
    hold(0)
    assert act(reviewer, case_at("in_review"), "endorse", **YES).state == "awaiting_approval"


def test_a_hold_placed_after_the_approval_stops_the_signature(case_at, act, hold, signatory):
    case = case_at("awaiting_signature")
    hold(2)
    with pytest.raises(GuardFailed):
        act(signatory, case, "sign", contents=contents_digest(contents(case)))
    assert not Certificate.objects.exists()


def test_what_is_signed_is_what_was_read(case_at, act, signatory, apartment):
    case = case_at("awaiting_signature")
    read = contents_digest(contents(case))
    with pytest.raises(StaleRecord):
        act(signatory, case, "sign", contents="0" * 64)
    Ownership.objects.filter(parcel=apartment).update(person_name="نامی دیگر")
    with pytest.raises(StaleRecord):
        act(signatory, case, "sign", contents=read)
    assert not Certificate.objects.exists()
    case = Case.objects.get(pk=case.pk)
    assert act(signatory, case, "sign", contents=contents_digest(contents(case))).state == "issued"


@pytest.mark.parametrize(("state", "desk", "action"), [
    ("awaiting_approval", "approver", "approve"), ("awaiting_signature", "signatory", "sign"),
])  # fmt: skip
def test_a_decision_needs_a_fresh_second_factor(case_at, actor_of, request, state, desk, action):
    actor = actor_of(request.getfixturevalue(desk), stepped_up=False)
    case = case_at(state)
    cases.take(case, actor)
    with pytest.raises(StepUpNeeded):
        perform(case, action, actor=actor, contents=contents_digest(contents(case)))


# --- four eyes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def omnipotent(reviewer, approver, signatory):
    """Three people, each with all three rights in district 1: only the four eyes stand between them."""
    for person in (reviewer, approver, signatory):
        for role in (Role.REVIEWER, Role.APPROVER, Role.SIGNATORY):
            grants.grant(person, role, actor=SYSTEM, district=District.objects.get(pk=1))
    return {"a": reviewer, "b": approver, "c": signatory}


@pytest.mark.parametrize("trio", ["aaa", "aab", "aba", "baa", *("".join(p) for p in permutations("abc"))])
def test_three_decisions_need_three_people(case_at, act, omnipotent, trio):
    first, second, third = (omnipotent[letter] for letter in trio)
    case = act(first, case_at("in_review"), "endorse", **YES)
    if first == second:
        with pytest.raises(GuardFailed):
            act(second, case, "approve")
        return
    case = act(second, case, "approve")
    facts = {"contents": contents_digest(contents(case))}
    if third in (first, second):
        with pytest.raises(GuardFailed):
            act(third, case, "sign", **facts)
        assert Case.objects.get(pk=case.pk).state == "awaiting_signature"
        return
    assert act(third, case, "sign", **facts).state == "issued"


OWN = {
    "in_intake": {"accept": {}, "return": {"items": {}}, "reject": {"reason": "R01", "note": "x"}},
    "in_archive_match": {"match": {"has_file": False, "file_number": ""}},
    "in_review": {"endorse": YES, "reject": {"reason": "R01", "note": "x"}},
    "awaiting_approval": {"approve": {}, "send_back": {"note": "x"}},
    "awaiting_signature": {"sign": {"contents": ""}},
}


@pytest.mark.parametrize("state", OWN)
def test_nobody_decides_about_their_own_application(case_at, act, maryam, state):
    case = case_at(state)
    for role in (Role.HELP_DESK, Role.ARCHIVIST, Role.REVIEWER, Role.APPROVER, Role.SIGNATORY):
        grants.grant(maryam, role, actor=SYSTEM, district=District.objects.get(pk=1))
    for action, facts in OWN[state].items():
        with pytest.raises(GuardFailed):
            act(maryam, case, action, **facts)
    assert Case.objects.get(pk=case.pk).state == state


def test_a_file_that_was_sent_back_needs_a_new_approval(case_at, act, reviewer, approver, signatory):
    case = act(signatory, case_at("awaiting_signature"), "send_back", note="طبقه را دوباره ببینید.")
    assert (case.state, case.approver_id, case.reviewer_id) == ("in_review", None, reviewer.pk)
    case = act(reviewer, case, "endorse", **YES)
    assert case.state == "awaiting_approval"
    case = act(approver, case, "approve")
    assert case.approver_id == approver.pk
    assert case.inquiry.findings.values("revision").distinct().count() == 2  # both rounds stay readable


# --- debts ---------------------------------------------------------------------------------------------------------


def test_debts_come_back_until_the_register_says_they_are_paid(case_at, act, reviewer, maryam, actor_of, debt):
    case = act(reviewer, case_at("in_review"), "endorse", **YES)
    assert (case.state, case.returned_from) == ("returned", "in_debt_check")
    assert Entry.objects.of(case.stream).last().facts["owing_rial"] == 1_250_000
    assert [(asked.reason, asked.item) for asked in case.deficiencies.all()] == [("B14", "debts")]

    perform(case, "answer", actor=actor_of(maryam), fields={}, papers={})
    cases.settle()
    case = Case.objects.get(pk=case.pk)
    assert case.state == "returned"  # the applicant said so, the register did not

    debt.paid_rial = debt.due_rial
    debt.save()
    perform(case, "answer", actor=actor_of(maryam), fields={}, papers={})
    cases.settle()
    case = Case.objects.get(pk=case.pk)
    assert case.state == "awaiting_approval" and case.reviewer_id == reviewer.pk
    assert Entry.objects.of(case.stream).last().facts["owing_rial"] == 0


def test_a_debt_that_is_not_due_yet_blocks_nothing(case_at, act, reviewer, debt):
    debt.due_on = timezone.localdate() + timedelta(days=1)
    debt.save()
    assert act(reviewer, case_at("in_review"), "endorse", **YES).state == "awaiting_approval"


# --- the end of validity -------------------------------------------------------------------------------------------


def test_a_certificate_expires_the_day_after_its_last_day_and_its_case_with_it(case_at, monkeypatch):
    case = case_at("issued")
    certificate = case.certificates.get()
    monkeypatch.setattr("portal.documents.tasks.timezone.localdate", lambda: certificate.valid_until)
    sweep_validity()
    assert Certificate.objects.get(pk=certificate.pk).state == "issued"
    day_after = certificate.valid_until + timedelta(days=1)
    monkeypatch.setattr("portal.documents.tasks.timezone.localdate", lambda: day_after)
    sweep_validity()
    cases.settle()
    entries = Entry.objects.count()
    sweep_validity()
    cases.settle()
    assert Certificate.objects.get(pk=certificate.pk).state == "expired"
    assert Case.objects.get(pk=case.pk).state == "expired"
    assert Entry.objects.count() == entries
