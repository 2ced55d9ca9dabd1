"""What every record with a life cycle has in common, and the memory of forms already received."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.canonical import digest
from portal.core.errors import AlreadyDone, KeyReused
from portal.core.identifiers import uuid7


class Stateful(models.Model):
    """A record whose states are a table of steps; only the engine writes `state`, `revision` and `state_since`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.CharField(max_length=40, editable=False)
    state = models.CharField(_("state"), max_length=40, editable=False)
    state_since = models.DateTimeField(_("in this state since"), editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def stream(self) -> str:
        """The record's chain in the ledger."""
        return f"{self._meta.model_name}/{self.pk}"

    def sealed_record(self) -> dict[str, Any]:
        """The columns that the ledger vouches for, as text; a model with parts adds theirs."""
        return columns_of(self)

    def record_digest(self) -> str:
        """SHA-256 of the sealed record: `fsck` compares it with the last entry, and so finds a quiet edit."""
        return digest(self.sealed_record())


def columns_of(record: models.Model, *, leave: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Every stored column of `record` that says something, as text, except those named in `leave`.

    Empty columns are left out, so that a column added later does not break the seals of the records before it.
    """
    named = {
        f.attname: _text(getattr(record, f.attname)) for f in record._meta.concrete_fields if f.attname not in leave
    }
    return {name: value for name, value in named.items() if not _is_empty(value)}


def _is_empty(value: Any) -> bool:
    """True for nothing, no text, no items and no flag; zero is a value."""
    return value is False or (value != 0 and not value)


def _text(value: Any) -> Any:
    """A form that is the same before saving and after loading."""
    match value:
        case None | bool() | int() | str():
            return value
        case bytes() | memoryview():
            return bytes(value).hex()
        case list() | dict():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return str(value)


class FormKey(models.Model):
    """A form that was received: the same key with the same content is answered again, not done again."""

    actor = models.CharField(max_length=80)
    key = models.UUIDField()
    fingerprint = models.CharField(max_length=64)
    location = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="form_key_once_per_actor")]

    def __str__(self) -> str:
        return str(self.key)


class Once:
    """Claims a form's key inside the transaction that does the form's work (reliability.md 3.2.2)."""

    def __init__(self, *, actor: str, key: UUID, content: bytes, location: str) -> None:
        self.actor, self.key, self.location = actor, key, location
        self.fingerprint = hashlib.sha256(content).hexdigest()

    def claim(self) -> None:
        """Raises AlreadyDone for the same form, KeyReused for another one under the same key."""
        made, created = FormKey.objects.get_or_create(
            actor=self.actor,
            key=self.key,
            defaults={"fingerprint": self.fingerprint, "location": self.location},
        )
        if created:
            return
        if made.fingerprint != self.fingerprint:
            raise KeyReused
        raise AlreadyDone(made.location)
