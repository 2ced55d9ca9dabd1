"""Deadlines are found by a sweep, never by a message that waits in a queue."""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TypeVar

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.casework import originals, quarantine, sealing
from portal.casework.deadlines import answer_by
from portal.casework.models import Assignment, Case
from portal.casework.worklist import held_cases, holder_is_there
from portal.catalogue import rules
from portal.catalogue.holidays import closures
from portal.core.calendar import add_working_days, local_date
from portal.core.errors import Refusal
from portal.workflow.models import Stateful
from portal.workflow.perform import perform

S = TypeVar("S", bound=Stateful)

TIMER = Actor.system("deadline-timer")
DRAFT_LIFE = timedelta(days=30)
USUAL_DAYS_IN_HAND = 2  # working days, where the catalogue has no rule for the state
log = logging.getLogger(__name__)


@shared_task
def sweep_deadlines() -> None:
    """End what waited too long for its applicant or in a colleague's hand; running it twice changes nothing."""
    for case in forgotten_drafts():
        with by_itself(case):
            perform(case, "expire", actor=TIMER, seen=case.revision)
    for case in lapsed_returns():
        with by_itself(case):
            perform(case, "lapse", actor=TIMER, seen=case.revision)
    for assignment in left_behind():
        with by_itself(assignment):
            perform(assignment, "release", actor=TIMER, seen=assignment.revision, why="left")
    for assignment in held_too_long():
        with by_itself(assignment):
            perform(assignment, "release", actor=TIMER, seen=assignment.revision, why="late")
    for request in originals.overdue():
        with by_itself(request):
            perform(request, "lapse", actor=TIMER, seen=request.revision)


@shared_task
def sweep_quarantine() -> int:
    """Forget infected files after their time; returns how many."""
    return quarantine.sweep()


@shared_task
def seal_openings() -> None:
    """Enter into the ledger who opened which file since the last time; see `portal.casework.sealing`."""
    sealing.seal_openings()


@contextmanager
def by_itself(record: Stateful) -> Iterator[None]:
    """What goes wrong with one record is logged, and the sweep goes on with the others."""
    try:
        yield
    except SoftTimeLimitExceeded:
        raise
    except Refusal:
        return  # somebody acted in the meantime
    except Exception:
        log.exception("sweep: %s is left as it is", record.stream)


def forgotten_drafts() -> list[Case]:
    old = Case.objects.filter(state="draft", state_since__lt=timezone.now() - DRAFT_LIFE)
    return list(old.order_by("state_since")[:500])


def lapsed_returns() -> list[Case]:
    """Returned cases whose working days for an answer are over."""
    waiting = Case.objects.open().filter(state="returned", paused_at__isnull=False)
    oldest = waiting.order_by("paused_at").select_related("service")[:5000]
    return over(
        oldest,
        alike=lambda case: (case.service_id, local_date(case.paused_at or case.state_since)),
        last_day=answer_by,
    )


def left_behind() -> list[Assignment]:
    """Cases in the hand of somebody who is inactive, or no longer holds the role of the desk in the district."""
    return list(held_cases().exclude(holder_is_there()).order_by("pk"))


def held_too_long() -> list[Assignment]:
    """Cases in a hand for longer than the working days of their state and one more."""
    held = held_cases().filter(holder_is_there()).select_related("case__service").order_by("pk")
    return over(
        held,
        alike=lambda one: (one.case.service_id, one.case.state, local_date(one.state_since)),
        last_day=last_day_in_hand,
    )


def last_day_in_hand(assignment: Assignment) -> date:
    """The last day, inclusive, on which the case may stay in this hand."""
    taken_on = local_date(assignment.state_since)
    case = assignment.case
    days = rules.working_days(case.service, case.state, taken_on) if case.service else None
    return add_working_days(taken_on, USUAL_DAYS_IN_HAND if days is None else days + 1, closures(taken_on)).date


def over(records: Iterable[S], *, alike: Callable[[S], Hashable], last_day: Callable[[S], date]) -> list[S]:
    """The records whose last day has passed; it is asked once for all that are `alike`, not thousands of times."""
    groups: defaultdict[Hashable, list[S]] = defaultdict(list)
    for record in records:
        groups[alike(record)].append(record)
    today = timezone.localdate()
    passed: list[S] = []
    for group in groups.values():
        with by_itself(group[0]):
            if last_day(group[0]) < today:
                passed += group
    return passed
