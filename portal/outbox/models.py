"""Effects that must happen after a commit, and never be lost (reliability.md 3.2.3)."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.core.errors import AlreadyDone
from portal.core.identifiers import uuid7

RESEND_AFTER = timedelta(seconds=150)  # longer than a task may run and than the broker's visibility time-out
DEAD_AFTER_TRIES = 8


class Event(models.Model):
    """Something that happened; it carries ids only. Named `workflow.action`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    subject_model = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    entry_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.subject_id}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def due(self) -> Self:
        """Not done, not dead, and either never sent or sent and begun so long ago that the message must be lost."""
        return self.filter(Q(sent_at=None) | Q(sent_at__lt=timezone.now() - RESEND_AFTER), done_at=None, dead_at=None)

    def dead(self) -> Self:
        return self.exclude(dead_at=None)


class Receipt(models.Model):
    """One consumer's duty towards one event; marked done in the same transaction as the effect.

    `tries` counts deliveries that a worker began, never messages: while no worker is there, nothing is used up.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="receipts")
    consumer = models.CharField(max_length=80)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="outbox_receipt_once")]
        indexes = [
            models.Index("sent_at", name="outbox_receipt_open", condition=Q(done_at=None, dead_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} of {self.event_id}"

    @classmethod
    def begin(cls, receipt_id: UUID) -> bool:
        """Count a try; False when the receipt is done, dead, or has no try left.

        To be committed before the consumer runs: a task that kills its worker has been counted as well. The relay's
        waiting begins anew, so that it sends no copy while this one runs.
        """
        open_ones = cls.objects.filter(pk=receipt_id, done_at=None, dead_at=None, tries__lt=DEAD_AFTER_TRIES)
        return bool(open_ones.update(tries=F("tries") + 1, sent_at=timezone.now()))

    def claim(self) -> None:
        """Mark done inside the caller's transaction; raises AlreadyDone when another run was first."""
        if not Receipt.objects.filter(pk=self.pk, done_at=None).update(done_at=timezone.now(), error=""):
            raise AlreadyDone
