"""Deadlines are found by a sweep, never by a message that waits in a queue."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.casework.deadlines import answer_by
from portal.casework.models import Case
from portal.core.errors import Refusal
from portal.workflow.perform import perform

TIMER = Actor.system("deadline-timer")
DRAFT_LIFE = timedelta(days=30)


@shared_task
def sweep_deadlines() -> None:
    """Close what waited too long for its applicant; running it twice changes nothing."""
    for case in [*forgotten_drafts(), *lapsed_returns()]:
        try:
            perform(case, "expire" if case.state == "draft" else "lapse", actor=TIMER, seen=case.revision)
        except Refusal:
            continue  # the applicant acted in the meantime


def forgotten_drafts() -> list[Case]:
    return list(Case.objects.filter(state="draft", state_since__lt=timezone.now() - DRAFT_LIFE)[:500])


def lapsed_returns() -> list[Case]:
    """Returned cases whose working days for an answer are over."""
    today = timezone.localdate()
    waiting = Case.objects.open().filter(state="returned", paused_at__isnull=False).select_related("service")
    return [case for case in waiting[:5000] if answer_by(case) < today]
