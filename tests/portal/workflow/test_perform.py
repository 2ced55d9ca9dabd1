"""The engine: one winner, nothing half done, nothing without a trace."""

from uuid import uuid4

import pytest

from portal.accounts.models import Role
from portal.casework.models import Assignment, Case
from portal.core.errors import AlreadyDone, GuardFailed, IllegalStep, KeyReused, NotAllowed, StaleRecord, StepUpNeeded
from portal.demo import cases
from portal.ledger.models import Entry
from portal.outbox.models import Event
from portal.workflow.models import FormKey, Once
from portal.workflow.perform import perform, steps_for


def test_a_step_moves_records_and_publishes_in_one_go(case_at, reviewer, actor_of):
    case = case_at("in_intake")
    moved = cases.accept(case)
    entry = Entry.objects.of(case.stream).last()
    assert (moved.state, moved.revision) == ("in_archive_match", case.revision + 1)
    assert (entry.kind, entry.facts["from"], entry.facts["to"]) == (
        "transfer_inquiry.accept", "in_intake", "in_archive_match",
    )  # fmt: skip
    assert Event.objects.filter(name="transfer_inquiry.accept", subject_id=case.pk, entry_id=entry.pk).count() == 1


def test_a_guard_that_refuses_leaves_nothing_behind(case_at, help_desk, actor_of):
    case = case_at("in_intake")
    before = Entry.objects.count(), Event.objects.count()
    with pytest.raises(GuardFailed):  # not taken with "next case"
        perform(case, "accept", actor=actor_of(help_desk))
    case.refresh_from_db()
    assert (case.state, Entry.objects.count(), Event.objects.count()) == ("in_intake", *before)


def test_a_stranger_may_not_take_the_step(case_at, other_reviewer, actor_of):
    with pytest.raises(NotAllowed):
        perform(case_at("in_review"), "endorse", actor=actor_of(other_reviewer), findings={}, note="")


def test_an_old_revision_is_refused(case_at, reviewer, actor_of):
    case = case_at("in_review")
    with pytest.raises(StaleRecord):
        perform(case, "endorse", actor=actor_of(reviewer), seen=case.revision - 1, findings={}, note="")


def test_a_step_the_table_lacks_is_refused(case_at, signatory, actor_of):
    with pytest.raises(IllegalStep):
        perform(case_at("in_review"), "sign", actor=actor_of(signatory))


def test_approving_needs_a_fresh_second_factor(case_at, approver, actor_of):
    case = case_at("awaiting_approval")
    with pytest.raises(StepUpNeeded):
        perform(case, "approve", actor=actor_of(approver, stepped_up=False))


def test_the_same_form_is_answered_once(case_at, maryam, actor_of):
    case, actor, key = case_at("in_intake"), actor_of(maryam), uuid4()
    once = Once(actor=actor.code, key=key, content=b"withdraw", location="/cases/")
    perform(case, "withdraw", actor=actor, once=once)
    with pytest.raises(AlreadyDone) as done:
        perform(case, "withdraw", actor=actor, once=once)
    assert done.value.location == "/cases/"


def test_the_same_key_with_other_content_is_refused(case_at, maryam, actor_of):
    case, actor, key = case_at("in_intake"), actor_of(maryam), uuid4()
    FormKey.objects.create(actor=actor.code, key=key, fingerprint="0" * 64, location="/")
    with pytest.raises(KeyReused):
        perform(case, "withdraw", actor=actor, once=Once(actor=actor.code, key=key, content=b"x", location="/"))


def test_buttons_come_from_the_table(case_at, maryam, reviewer, other_reviewer, actor_of):
    case = case_at("in_review")
    assert {step.action for step in steps_for(case, actor_of(reviewer))} == {"endorse", "return", "reject"}
    assert {step.action for step in steps_for(case, actor_of(maryam))} == {"withdraw"}
    assert steps_for(case, actor_of(other_reviewer)) == []


@pytest.mark.django_db(transaction=True)
def test_of_eight_simultaneous_decisions_one_wins(case_at, reviewer, actor_of, run_together):
    case = case_at("in_review")
    actor = actor_of(reviewer)
    cases.take(case, actor)
    before = Entry.objects.of(case.stream).count()

    def endorse():
        perform(case, "endorse", actor=actor, findings=dict.fromkeys(["deed_matches"], "yes"), note="")

    def reject():
        perform(case, "reject", actor=actor, reason="R01", note="حق درخواست ندارد.")

    outcomes = run_together(*[endorse, reject] * 4)
    assert sorted(outcomes) == ["IllegalStep"] * 7 + ["ok"]
    assert Entry.objects.of(case.stream).count() == before + 1
    assert (
        Event.objects.filter(
            subject_id=case.pk, name__in=["transfer_inquiry.endorse", "transfer_inquiry.reject"]
        ).count()
        == 1
    )


@pytest.mark.django_db(transaction=True)
def test_of_eight_simultaneous_filings_one_is_accepted(draft, maryam, actor_of, run_together):
    actor = actor_of(maryam)
    outcomes = run_together(*[lambda: perform(draft, "submit", actor=actor, is_declared=True)] * 8)
    assert sorted(outcomes) == ["IllegalStep"] * 7 + ["ok"]
    assert Case.objects.filter(reference__isnull=False, channel="citizen").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_ask_together_get_different_cases(case_at, reza, reviewer, actor_of, run_together):
    from portal.accounts import grants
    from portal.accounts.actors import Actor
    from portal.accounts.models import User
    from portal.casework.worklist import take_next
    from portal.parcels.models import Parcel

    case_at("in_review")
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    case_at("in_review", applicant=reza, parcel=old_house, letter_no="1405/78")
    colleague = User.objects.create(username="colleague", full_name="همکار", is_staff_member=True)
    grants.grant(colleague, Role.REVIEWER, actor=Actor.system("test"), district=old_house.district)
    outcomes = run_together(lambda: take_next(actor_of(reviewer)), lambda: take_next(actor_of(colleague)))
    assert outcomes == ["ok", "ok"]
    assert Assignment.objects.filter(case__state="in_review").values("case").distinct().count() == 2
