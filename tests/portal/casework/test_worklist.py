"""The worklist: by time of filing and nothing else, one case in hand, and back to the same reviewer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from districts.models import District
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Role, RoleGrant, User
from portal.casework import worklist
from portal.casework.models import Assignment, Case
from portal.casework.worklist import ahead_of, has_taken, in_hand, take_next, waiting_for
from portal.core.calendar import local_date
from portal.core.errors import GuardFailed, NotAllowed
from portal.demo import cases
from portal.ledger.models import Entry
from portal.parcels.models import Parcel
from portal.workflow.perform import perform

SYSTEM = Actor.system("test")


def test_the_oldest_comes_first(two_cases, reviewer, actor_of):
    assert list(waiting_for(actor_of(reviewer))) == list(two_cases)
    assert take_next(actor_of(reviewer)) == two_cases[0]


def test_nobody_gets_a_second_case_before_the_first_is_done(two_cases, reviewer, actor_of):
    actor = actor_of(reviewer)
    assert take_next(actor) == take_next(actor) == two_cases[0]
    perform(two_cases[0], "reject", actor=actor, reason="R01", note="حق درخواست ندارد.")
    assert take_next(actor) == two_cases[1]


def test_a_case_in_a_colleagues_hand_is_passed_over(two_cases, reviewer, colleague, actor_of):
    take_next(actor_of(reviewer))
    assert take_next(actor_of(colleague)) == two_cases[1]


def test_an_empty_worklist_gives_nothing(other_reviewer, two_cases, actor_of):
    assert take_next(actor_of(other_reviewer)) is None
    assert not waiting_for(actor_of(other_reviewer)).exists()


def test_taking_is_recorded_in_a_chain_of_its_own(two_cases, reviewer, actor_of):
    case = take_next(actor_of(reviewer))
    entry = Entry.objects.filter(kind="assignment.begin").latest("at")
    assert entry.actor == f"user/{reviewer.pk}"
    assert (entry.facts["case"], entry.facts["case_revision"]) == (str(case.pk), case.revision)


def test_an_assignment_ends_when_the_case_moves(two_cases, reviewer, maryam, actor_of):
    actor = actor_of(reviewer)
    case = take_next(actor)
    perform(case, "withdraw", actor=actor_of(maryam))
    case = Case.objects.get(pk=case.pk)
    assert in_hand(actor) is None and not has_taken(case, actor)
    assert not Assignment.objects.live().filter(case=case).exists()


def test_a_case_that_was_not_handed_out_cannot_be_decided(two_cases, reviewer, actor_of):
    take_next(actor_of(reviewer))
    with pytest.raises(GuardFailed):
        perform(two_cases[1], "reject", actor=actor_of(reviewer), reason="R01", note="بیرون از نوبت.")


def test_an_answered_case_keeps_its_place_and_its_reviewer(two_cases, reviewer, colleague, maryam, actor_of):
    first, second = two_cases
    cases.return_for(first, Role.REVIEWER, {"letter_no": "B01"}, "شماره ناخواناست.")
    assert take_next(actor_of(colleague)) == second
    perform(first, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/79"}, papers={})
    assert waiting_for(actor_of(reviewer)).first() == first  # before the other one, as it was
    assert first not in waiting_for(actor_of(colleague))


def test_a_case_of_a_reviewer_who_left_goes_to_a_colleague(two_cases, reviewer, colleague, maryam, actor_of):
    first, _second = two_cases
    cases.return_for(first, Role.REVIEWER, {"letter_no": "B01"}, "شماره ناخواناست.")
    perform(first, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/79"}, papers={})
    grants.revoke(RoleGrant.objects.get(user=reviewer), actor=SYSTEM)
    assert waiting_for(actor_of(colleague)).first() == first


def test_nobody_is_offered_a_case_on_which_they_decided_before(case_at, reviewer, approver, actor_of):
    district = District.objects.get(pk=1)
    for person in (reviewer, approver):
        for role in (Role.REVIEWER, Role.APPROVER, Role.SIGNATORY):
            grants.grant(person, role, actor=SYSTEM, district=district)
    case = case_at("awaiting_approval")
    decided = case.reviewer
    other = approver if decided == reviewer else reviewer
    assert case not in waiting_for(actor_of(decided)) and case in waiting_for(actor_of(other))
    cases.take(case, actor_of(other))
    case = perform(case, "approve", actor=actor_of(other))
    assert case not in waiting_for(actor_of(decided)) and case not in waiting_for(actor_of(other))


def test_citizens_and_offices_have_no_worklist(two_cases, maryam, notary_clerk, auditor, actor_of):
    for person in (maryam, notary_clerk, auditor):
        assert not waiting_for(actor_of(person)).exists()


def test_each_desk_waits_for_its_own_states(case_at, help_desk, archivist, reviewer, approver, signatory, actor_of):
    desks = (
        ("in_intake", help_desk), ("in_archive_match", archivist), ("in_review", reviewer),
        ("awaiting_approval", approver), ("awaiting_signature", signatory),
    )  # fmt: skip
    case = case_at("in_intake")
    for state, person in desks:
        case = cases.walk(case, state)
        assert [desk for _state, desk in desks if case in waiting_for(actor_of(desk))] == [person], state


@pytest.mark.django_db(transaction=True)
def test_eight_colleagues_share_two_cases_without_a_clash(two_cases, reviewer, run_together, actor_of):
    district = District.objects.get(pk=1)
    people = [User.objects.create(username=f"c{n}", full_name="همکار", is_staff_member=True) for n in range(8)]
    for person in people:
        grants.grant(person, Role.REVIEWER, actor=SYSTEM, district=district)
    taken = []
    outcomes = run_together(*[lambda person=person: taken.append(take_next(actor_of(person))) for person in people])
    assert outcomes == ["ok"] * 8
    assert sorted(str(case.pk) for case in taken if case) == sorted(str(case.pk) for case in two_cases)


def test_the_applicant_learns_how_many_files_are_ahead(case_at, reza, apartment):
    first = case_at("in_intake")
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    second = case_at("in_intake", applicant=reza, parcel=old_house, letter_no="1405/78")
    assert (ahead_of(first), ahead_of(second)) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_one_reviewer_who_asks_in_four_windows_at_once_holds_one_case(two_cases, reviewer, actor_of, run_together):
    actor = actor_of(reviewer)
    assert run_together(*[lambda: take_next(actor)] * 4) == ["ok"] * 4
    assert Assignment.objects.filter(user=reviewer, case__in=two_cases).count() == 1


def came_back(case: Case, maryam, actor_of) -> Case:
    """Returned by its reviewer and answered: it waits for the same one."""
    cases.return_for(case, Role.REVIEWER, {"letter_no": "B01"}, "شماره ناخواناست.")
    return perform(case, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/79"}, papers={})


def test_a_case_of_a_reviewer_who_went_to_another_district_goes_to_a_colleague(
    two_cases, reviewer, colleague, maryam, actor_of
):
    first = came_back(two_cases[0], maryam, actor_of)
    grants.revoke(RoleGrant.objects.get(user=reviewer), actor=SYSTEM)
    grants.grant(reviewer, Role.REVIEWER, actor=SYSTEM, district=District.objects.get(pk=3))
    assert take_next(actor_of(colleague)) == first


def test_a_case_for_which_its_reviewer_does_not_come_goes_to_a_colleague_after_a_week(
    two_cases, reviewer, colleague, maryam, actor_of, on_day
):
    first = came_back(two_cases[0], maryam, actor_of)
    came_on = local_date(first.state_since)
    on_day(came_on + timedelta(days=6))
    assert first not in waiting_for(actor_of(colleague))
    on_day(came_on + timedelta(days=8))
    assert take_next(actor_of(colleague)) == first


def test_a_released_case_may_be_taken_again_by_the_same_person(two_cases, reviewer, actor_of):
    actor = actor_of(reviewer)
    first = take_next(actor)
    perform(Assignment.objects.live().get(case=first), "release", actor=Actor.system("deadline-timer"), why="late")
    assert in_hand(actor) is None and not has_taken(first, actor)
    assert take_next(actor) == first and has_taken(first, actor)


def test_nobody_releases_by_hand(two_cases, reviewer, colleague, actor_of):
    take_next(actor_of(reviewer))
    for person in (reviewer, colleague):
        with pytest.raises(NotAllowed):
            perform(Assignment.objects.live().get(), "release", actor=actor_of(person), why="late")


def test_who_comes_upon_a_case_just_taken_asks_again(two_cases, reviewer, actor_of, monkeypatch):
    """The race itself needs a commit between two looks at one row; here the constraint speaks once, as it does then."""
    clashes = [IntegrityError('duplicate key value violates "assignment_one_per_case_and_revision"')]

    def begin(assignment, **options):
        if clashes:
            raise clashes.pop()
        return really_begin(assignment, **options)

    really_begin = worklist.begin
    monkeypatch.setattr(worklist, "begin", begin)
    assert take_next(actor_of(reviewer)) == two_cases[0]
    assert clashes == []


def test_another_broken_rule_is_not_tried_again(two_cases, reviewer, actor_of, monkeypatch):
    def begin(assignment, **options):
        raise IntegrityError("another constraint")

    monkeypatch.setattr(worklist, "begin", begin)
    with pytest.raises(IntegrityError, match="another"):
        take_next(actor_of(reviewer))
