"""The clock of a case: working days from a rule of the catalogue, stopped while the applicant has the ball."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.casework.models import Case
from portal.catalogue import rules
from portal.catalogue.holidays import closures
from portal.catalogue.models import DeadlineRule
from portal.core.calendar import Closures, add_working_days, local_date, working_days_between
from portal.core.templatetags.ui import fa


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


def remaining(case: Case, today: date, closed: Closures) -> dict[str, Any] | None:
    """The badge of a deadline: {label, tone}; None for a case without one or answered already."""
    if case.due_on is None or case.closed_at:
        return None
    if case.is_paused:
        return {"label": _("clock stopped"), "tone": "plain"}
    days = abs(working_days_between(today, case.due_on, closed))
    shown = {"days": fa(days)}
    if case.due_on < today:
        label = ngettext("%(days)s working day late", "%(days)s working days late", days) % shown
        return {"label": label if days else _("due yesterday"), "tone": "no"}
    label = ngettext("%(days)s working day left", "%(days)s working days left", days) % shown
    return {"label": label if days else _("due today"), "tone": "go" if days > 1 else "wait"}
