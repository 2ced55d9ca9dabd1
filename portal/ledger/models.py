"""The evidence: one chain of entries for each record, and the queue that the city's tree is built from."""

import json
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.identifiers import uuid7

GENESIS = bytes(32)  # the `prev` of a first entry


class Head(models.Model):
    """The end of one chain; its row lock is the order of the record's history."""

    stream = models.CharField(max_length=80, primary_key=True)
    seq = models.PositiveIntegerField(default=0)
    last = models.BinaryField(max_length=32)
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.stream}: {self.seq}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, actor: Any) -> Self:
        """Only auditors read the ledger as such; others see their record's timeline through the record."""
        return self if actor.is_auditor else self.none()

    def of(self, stream: str) -> Self:
        return self.filter(stream=stream).order_by("seq")


class Entry(models.Model):
    """One act. `body` is canonical JSON, `leaf_hash` its salted link; the table refuses UPDATE and DELETE."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stream = models.CharField(_("record"), max_length=80)
    seq = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("act"), max_length=60)
    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("actor"), max_length=80)
    body = models.BinaryField()
    salt = models.BinaryField(max_length=32)
    leaf_hash = models.BinaryField(max_length=32)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="ledger_entry_once_per_place"),
            models.CheckConstraint(condition=models.Q(seq__gt=0), name="ledger_entry_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.kind}"

    @property
    def facts(self) -> dict[str, Any]:
        """The recorded facts: ids, codes, amounts and digests."""
        return json.loads(bytes(self.body))["data"]


class Pending(models.Model):
    """Committed entries that the sequencer has not yet moved into the tree."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.entry_id)
