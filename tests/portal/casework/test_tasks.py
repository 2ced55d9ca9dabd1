"""The sweep: what waited too long ends, each by itself, and twice is as once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import District
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Role, RoleGrant, User
from portal.casework import deadlines, tasks
from portal.casework.models import Assignment, Case
from portal.casework.worklist import has_taken, in_hand, take_next, waiting_for
from portal.catalogue.holidays import closures
from portal.catalogue.models import DeadlineRule, Service
from portal.core.calendar import add_working_days, local_date
from portal.core.errors import GuardFailed
from portal.demo import cases
from portal.ledger.models import Entry
from portal.parcels.models import Parcel
from portal.workflow.perform import perform

SYSTEM = Actor.system("test")


def test_a_return_may_be_answered_on_its_last_day_and_lapses_on_the_next(returned, on_day):
    last = deadlines.answer_by(returned)
    on_day(last)
    tasks.sweep_deadlines()
    returned.refresh_from_db()
    assert returned.state == "returned"
    on_day(last + timedelta(days=1))
    tasks.sweep_deadlines()
    returned.refresh_from_db()
    assert (returned.state, returned.paused_at) == ("expired", None) and returned.closed_at


def test_a_forgotten_draft_ends_after_thirty_days(draft, on_day):
    day = local_date(draft.state_since)
    on_day(day + timedelta(days=29))
    tasks.sweep_deadlines()
    assert Case.objects.get(pk=draft.pk).state == "draft"
    on_day(day + timedelta(days=32))
    tasks.sweep_deadlines()
    assert Case.objects.get(pk=draft.pk).state == "expired"


def test_sweeping_twice_changes_nothing(returned, on_day):
    on_day(timezone.localdate() + timedelta(days=400))
    tasks.sweep_deadlines()
    entries = Entry.objects.count()
    tasks.sweep_deadlines()
    assert Entry.objects.count() == entries


def test_a_case_that_moved_since_it_was_found_is_left_alone(returned, maryam, actor_of, on_day, monkeypatch):
    found = Case.objects.get(pk=returned.pk)
    perform(returned, "withdraw", actor=actor_of(maryam))
    monkeypatch.setattr(tasks, "lapsed_returns", lambda: [found])
    tasks.sweep_deadlines()
    assert Case.objects.get(pk=returned.pk).state == "withdrawn"


@pytest.fixture
def two_returned(two_cases) -> list[Case]:
    return [cases.return_for(case, Role.REVIEWER, {"letter_no": "B01"}, "شماره ناخواناست.") for case in two_cases]


def test_a_case_without_a_rule_does_not_stop_the_others(two_returned, on_day, caplog):
    odd, usual = two_returned
    Case.objects.filter(pk=odd.pk).update(service=Service.objects.get(code="bank"))  # it has no period for answers
    on_day(timezone.localdate() + timedelta(days=60))
    tasks.sweep_deadlines()
    assert [Case.objects.get(pk=case.pk).state for case in (odd, usual)] == ["returned", "expired"]
    assert [record.levelname for record in caplog.records if str(odd.pk) in record.message] == ["ERROR"]


def test_a_broken_record_does_not_stop_the_others(draft, reza, on_day, caplog):
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    other = cases.draft(reza, old_house, letter_no="1405/78")
    Case.objects.filter(pk=draft.pk).update(workflow="forgotten_workflow")
    on_day(timezone.localdate() + timedelta(days=60))
    tasks.sweep_deadlines()
    assert [Case.objects.get(pk=case.pk).state for case in (draft, other)] == ["draft", "expired"]
    assert str(draft.pk) in caplog.text


def test_the_limit_of_a_day_is_asked_once_for_all_its_cases(two_returned):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            tasks.lapsed_returns()
        return len(asked)

    both = queries()
    Case.objects.filter(pk=two_returned[1].pk).update(paused_at=None)
    assert queries() == both


# --- letting go ----------------------------------------------------------------------------------------------------


def revoke(person: User) -> None:
    grants.revoke(RoleGrant.objects.get(user=person), actor=SYSTEM)


def deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def move(person: User) -> None:
    revoke(person)
    grants.grant(person, Role.REVIEWER, actor=SYSTEM, district=District.objects.get(pk=3))


def change_desk(person: User) -> None:
    revoke(person)
    grants.grant(person, Role.ARCHIVIST, actor=SYSTEM, district=District.objects.get(pk=1))


@pytest.mark.parametrize("leave", [revoke, deactivate, move, change_desk])
def test_the_case_of_a_colleague_who_left_is_free_at_once(two_cases, reviewer, colleague, actor_of, leave):
    taken = take_next(actor_of(reviewer))
    leave(reviewer)
    assert take_next(actor_of(colleague)) == two_cases[1]
    assignment = Assignment.objects.get(case=taken, user=reviewer)
    perform(two_cases[1], "reject", actor=actor_of(colleague), reason="R01", note="حق درخواست ندارد.")
    tasks.sweep_deadlines()
    assert take_next(actor_of(colleague)) == taken
    entry = Entry.objects.of(assignment.stream).last()
    assert (entry.kind, entry.actor, entry.facts["why"]) == ("assignment.release", "system/deadline-timer", "left")


def test_a_case_held_too_long_goes_to_a_colleague(two_cases, reviewer, colleague, actor_of, on_day):
    actor = actor_of(reviewer)
    taken = take_next(actor)
    assignment = Assignment.objects.live().get(case=taken)
    last = tasks.last_day_in_hand(assignment)
    on_day(last)
    tasks.sweep_deadlines()
    assert in_hand(actor) == assignment
    on_day(last + timedelta(days=1))
    tasks.sweep_deadlines()
    assert in_hand(actor) is None and not has_taken(taken, actor)
    with pytest.raises(GuardFailed):
        perform(taken, "reject", actor=actor, reason="R01", note="دیر شد.")
    assert take_next(actor_of(colleague)) == taken
    assert Entry.objects.of(assignment.stream).last().facts["why"] == "late"


def test_a_case_may_be_held_one_day_longer_than_its_rule_and_two_without_one(two_cases, reviewer, actor_of):
    taken = take_next(actor_of(reviewer))
    assignment = Assignment.objects.live().get(case=taken)
    day = local_date(assignment.state_since)
    rules = DeadlineRule.objects.filter(service=taken.service, state="in_review")
    rules.update(working_days=4)
    assert tasks.last_day_in_hand(assignment) == add_working_days(day, 5, closures(day)).date
    rules.delete()
    assert tasks.last_day_in_hand(assignment) == add_working_days(day, 2, closures(day)).date


def test_a_reviewer_who_let_a_case_go_does_not_keep_it_for_later(
    two_cases, reviewer, colleague, maryam, actor_of, on_day
):
    first, _second = two_cases
    cases.return_for(first, Role.REVIEWER, {"letter_no": "B01"}, "شماره ناخواناست.")
    perform(first, "answer", actor=actor_of(maryam), fields={"letter_no": "1405/79"}, papers={})
    assert take_next(actor_of(reviewer)) == first and first not in waiting_for(actor_of(colleague))
    assignment = Assignment.objects.live().get(case=first)
    assert perform(assignment, "release", actor=tasks.TIMER, why="late").state == "released"
    assert take_next(actor_of(colleague)) == first


def test_what_a_colleague_holds_in_time_stays_in_hand(two_cases, reviewer, colleague, actor_of):
    for person in (reviewer, colleague):
        take_next(actor_of(person))
    entries = Entry.objects.count()
    tasks.sweep_deadlines()
    assert Entry.objects.count() == entries


def test_an_assignment_whose_case_moved_is_not_released_any_more(two_cases, reviewer, maryam, actor_of, on_day):
    taken = take_next(actor_of(reviewer))
    assignment = Assignment.objects.live().get(case=taken)
    perform(taken, "withdraw", actor=actor_of(maryam))
    deactivate(reviewer)
    on_day(timezone.localdate() + timedelta(days=9))
    tasks.sweep_deadlines()
    assignment.refresh_from_db()
    assert assignment.state == "taken"
