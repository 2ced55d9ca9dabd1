"""Publish an event in the business transaction, and deliver it afterwards to each consumer that subscribed."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from portal.core.errors import AlreadyDone, IllegalStep
from portal.outbox.models import DEAD_AFTER_TRIES, Event, Receipt

Consumer = Callable[[Event, Receipt], Any]
CHANNEL = "outbox"
log = logging.getLogger(__name__)

_subscriptions: dict[str, list[str]] = {}
_consumers: dict[str, Consumer] = {}


def subscribe(name: str, consumer: Consumer) -> None:
    """Deliver each event called `name` to `consumer(event, receipt)`, which claims the receipt with its effect."""
    key = f"{consumer.__module__}.{consumer.__name__}"
    if key in _subscriptions.setdefault(name, []):
        raise ValueError(f"{key} is subscribed to {name} twice")
    _subscriptions[name].append(key)
    _consumers[key] = consumer


def subscriptions() -> dict[str, list[str]]:
    return {name: list(keys) for name, keys in sorted(_subscriptions.items())}


def publish(name: str, subject: models.Model, *, at: datetime, entry_id: UUID | None = None) -> Event:
    """Write the event and a receipt for each consumer; the relay hears of them at COMMIT."""
    event = Event.objects.create(
        name=name, subject_model=subject._meta.label, subject_id=subject.pk, entry_id=entry_id, at=at
    )
    Receipt.objects.bulk_create([Receipt(event=event, consumer=key) for key in _subscriptions.get(name, [])])
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
    return event


def relay_due(send: Callable[[UUID], None], *, limit: int = 500) -> int:
    """Hand every due receipt to `send` and mark it sent, or bury it when no try is left; returns how many were due.

    Any number of relays may run at once. A crash in between sends some of them again, which their claims make harmless.
    """
    with transaction.atomic():
        due = list(Receipt.objects.due().order_by("id").select_for_update(skip_locked=True, of=("self",))[:limit])
        spent = [receipt.pk for receipt in due if receipt.tries >= DEAD_AFTER_TRIES]
        fresh = [receipt.pk for receipt in due if receipt.tries < DEAD_AFTER_TRIES]
        for receipt_id in fresh:
            send(receipt_id)
        Receipt.objects.filter(pk__in=fresh).update(sent_at=timezone.now())
        _bury(spent)
    return len(due)


def _bury(spent: list[UUID]) -> None:
    """After the last try a receipt stays in the table, visible, with an alarm in the log."""
    if spent:
        Receipt.objects.filter(pk__in=spent).update(dead_at=timezone.now())
        log.error("outbox: %d receipts gave up; see `manage.py fsck`", len(spent))


def deliver(receipt_id: UUID) -> str:
    """Run one consumer; returns `done`, `again` (somebody else did it), `moot` (the record has moved on) or `spent`.

    A spent receipt was begun DEAD_AFTER_TRIES times without an end; it is not run any more, and the relay buries it.
    """
    has_begun = Receipt.begin(receipt_id)
    receipt = Receipt.objects.select_related("event").get(pk=receipt_id)
    if not has_begun:
        return "again" if receipt.done_at else "spent"
    try:
        _consumers[receipt.consumer](receipt.event, receipt)
    except AlreadyDone:
        return "again"
    except IllegalStep:
        # The subject took another way in the meantime (withdrawn, say): the duty has lapsed.
        Receipt.objects.filter(pk=receipt.pk, done_at=None).update(done_at=timezone.now(), error="moot")
        return "moot"
    except Exception as error:
        Receipt.objects.filter(pk=receipt.pk).update(error=f"{type(error).__name__}"[:200])
        raise
    return "done"


def forget_done(before: datetime) -> None:
    """Delete receipts done before this moment, and the events older than it towards which nobody has a duty left.

    Events are messages, not evidence: what happened stands in the ledger.
    """
    Receipt.objects.filter(done_at__lt=before).delete()
    Event.objects.filter(at__lt=before).exclude(Exists(Receipt.objects.filter(event=OuterRef("pk")))).delete()
