"""The clock of a case: working days from a rule of the catalogue, stopped while the applicant has the ball."""

from datetime import date, datetime

from portal.casework.models import Case
from portal.catalogue import rules
from portal.catalogue.holidays import closures
from portal.catalogue.models import DeadlineRule
from portal.core.calendar import add_working_days, local_date, working_days_between


def start(case: Case, now: datetime) -> None:
    """Set the deadline of the whole service from the moment of filing, with its derivation."""
    deadline = rules.deadline(case.service, DeadlineRule.TOTAL, now)
    if deadline is not None:
        case.due_on = deadline.date
        case.clock = deadline.derivation


def answer_by(case: Case) -> date:
    """The last day on which the applicant may answer a return, inclusive."""
    returned_on = local_date(case.paused_at or case.state_since)
    days = rules.working_days(case.service, "returned", returned_on)
    if days is None:
        raise DeadlineRule.DoesNotExist(f"{case.service}: no period for answering a return")
    return add_working_days(returned_on, days, closures(returned_on)).date


def stop(case: Case, now: datetime) -> None:
    """Keep how many working days are left; a late case keeps its lateness as a negative number."""
    case.paused_at = now
    if case.due_on is not None:
        case.days_left = working_days_between(local_date(now), case.due_on, closures(local_date(now)))


def go_on(case: Case, now: datetime) -> None:
    """Count the days that were left from today; the citizen reads in the derivation how the new date came about."""
    today = local_date(now)
    stopped = local_date(case.paused_at) if case.paused_at else today
    if case.due_on is not None:
        deadline = add_working_days(now, max(case.days_left or 0, 0), closures(today))
        pause = {"day": stopped.isoformat(), "count": 0, "why": "stopped", "until": today.isoformat()}
        case.clock = [*case.clock, pause, *deadline.derivation]
        case.due_on = max(case.due_on, deadline.date)
    case.paused_at = None
    case.days_left = None
