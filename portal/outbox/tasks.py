"""The one task through which every effect runs."""

from uuid import UUID

from celery import shared_task

from portal.outbox.publish import deliver


@shared_task(name="outbox.deliver")
def deliver_receipt(receipt_id: str) -> None:
    """Safe to run twice, late, or next to itself: the consumer claims the receipt in its own transaction."""
    deliver(UUID(receipt_id))
