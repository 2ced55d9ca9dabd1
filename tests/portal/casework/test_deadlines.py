"""The clock: working days, stopped while the applicant has the ball, each date with its derivation."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from portal.casework import deadlines
from portal.casework.models import Case
from portal.catalogue import rules
from portal.catalogue.holidays import closures
from portal.core.calendar import describe_derivation, local_date, working_days_between


def left(case: Case, day) -> int:
    return working_days_between(day, case.due_on, closures(day))


def test_the_deadline_is_the_catalogues_working_days_after_filing(case_at):
    case = case_at("in_intake")
    filed_on = local_date(case.submitted_at)
    assert left(case, filed_on) == rules.working_days(case.service, "total", filed_on)
    assert "".join(str(line) for line in describe_derivation(case.clock))


def test_the_clock_stops_and_goes_on_with_the_days_that_were_left(case_at):
    case = case_at("in_review")
    before = left(case, timezone.localdate())
    stopped_at = timezone.now()
    deadlines.stop(case, stopped_at)
    assert case.is_paused and case.days_left == before
    due_before = case.due_on
    back = stopped_at + timedelta(days=9)
    deadlines.go_on(case, back)
    assert not case.is_paused and case.days_left is None
    assert left(case, local_date(back)) == before
    assert case.due_on > due_before


def test_the_pause_is_told_in_the_derivation(case_at):
    case = case_at("in_review")
    now = timezone.now()
    deadlines.stop(case, now)
    deadlines.go_on(case, now + timedelta(days=5))
    pauses = [line for line in case.clock if line["why"] == "stopped"]
    assert pauses == [
        {
            "day": local_date(now).isoformat(), "count": 0, "why": "stopped",
            "until": local_date(now + timedelta(days=5)).isoformat(),
        }
    ]  # fmt: skip


def test_a_pause_within_a_day_costs_no_day(case_at):
    case = case_at("in_review")
    due = case.due_on
    now = timezone.now()
    deadlines.stop(case, now)
    deadlines.go_on(case, now)
    assert case.due_on == due


def test_a_late_case_stays_late(case_at):
    case = case_at("in_review")
    now = timezone.now() + timedelta(days=200)
    due = case.due_on
    deadlines.stop(case, now)
    assert case.days_left < 0
    deadlines.go_on(case, now + timedelta(days=3))
    assert case.due_on >= due


def test_overdue_means_open_past_its_day_and_not_waiting_for_the_applicant(case_at):
    case = case_at("in_review")
    assert not Case.objects.overdue(case.due_on).exists()
    tomorrow = case.due_on + timedelta(days=1)
    assert case in Case.objects.overdue(tomorrow)
    Case.objects.filter(pk=case.pk).update(paused_at=timezone.now())
    assert not Case.objects.overdue(tomorrow).exists()


@pytest.mark.parametrize(
    ("due", "today", "label", "tone"),
    [
        ("2026-11-25", "2026-11-22", "3 working days left", "go"),
        ("2026-11-22", "2026-11-22", "due today", "wait"),
        ("2026-11-22", "2026-11-24", "2 working days late", "no"),
    ],
)
def test_the_badge_of_a_deadline_counts_working_days(db, due, today, label, tone):
    case, day = Case(due_on=date.fromisoformat(due)), date.fromisoformat(today)
    with override("en"):
        assert deadlines.remaining(case, day, closures(day)) == {"label": label, "tone": tone}
