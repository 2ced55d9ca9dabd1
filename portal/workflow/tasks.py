"""What the engine forgets in time. The ledger is the evidence and forgets nothing."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.outbox.publish import forget_done
from portal.workflow.models import FormKey

FORM_KEYS_KEPT = timedelta(days=30)  # no page stays open for longer than that
EVENTS_KEPT = timedelta(days=90)


@shared_task
def forget_old() -> None:
    """Delete the keys of forms of last month, and the done effects of last quarter. Safe to run twice."""
    now = timezone.now()
    FormKey.objects.filter(at__lt=now - FORM_KEYS_KEPT).delete()
    forget_done(now - EVENTS_KEPT)
