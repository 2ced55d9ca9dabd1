"""An event of the tests' own, and a consumer that counts what it did."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from districts.models import District
from portal.outbox import publish as outbox
from portal.outbox.models import Event, Receipt

NAME = "test.happened"


@pytest.fixture
def done(monkeypatch) -> list[Any]:
    """The subjects for which the effect took place; the consumer claims like a real one."""
    happened: list[Any] = []

    def consume(event: Event, receipt: Receipt) -> None:
        with transaction.atomic():
            receipt.claim()
            happened.append(event.subject_id)

    monkeypatch.setitem(outbox._subscriptions, NAME, ["test.consume"])
    monkeypatch.setitem(outbox._consumers, "test.consume", consume)
    return happened


@pytest.fixture
def happen() -> Callable[[], Event]:
    def make() -> Event:
        subject = District.objects.get(pk=1)
        subject.pk = Event().pk
        with transaction.atomic():
            return outbox.publish(NAME, subject, at=timezone.now())

    return make
