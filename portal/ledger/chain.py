"""Append to a record's chain (reliability.md 2.3 and 2.4).

One entry's link *is* its RFC 6962 leaf hash, `SHA256(0x00 || HMAC-SHA256(salt, canonical body))`, so the chain of a
record and the tree of the whole city are made of the same hashes. Imported by the engine only (an import contract
says so): there is no second way to write history.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from portal.core.canonical import canonical_bytes
from portal.core.identifiers import uuid7
from portal.ledger.models import GENESIS, Entry, Head, Pending

VERSION = 1
Facts = dict[str, Any]


class ClockWentBack(RuntimeError):
    """The database clock is behind the record's last entry: nothing may be written (reliability.md T13)."""


def leaf_hash(salt: bytes, body: bytes) -> bytes:
    """The 32-byte leaf hash of an entry; only the salted commitment is ever published."""
    return hashlib.sha256(b"\x00" + commitment(salt, body)).digest()


def commitment(salt: bytes, body: bytes) -> bytes:
    """HMAC-SHA256(salt, body): says nothing about the body to one who lacks the 32 random bytes of the salt."""
    return hmac.new(salt, body, hashlib.sha256).digest()


@dataclass(frozen=True)
class Place:
    """The end of a chain, locked until the transaction ends: where and when the next entry will stand."""

    stream: str
    seq: int
    prev: bytes
    at: datetime


def lock(stream: str) -> Place:
    """Lock the end of `stream` and read the clock; the act and its entry then carry one time. Raises ClockWentBack."""
    if not connection.in_atomic_block:
        raise RuntimeError("The ledger is written inside the business transaction.")
    seq, last, last_at, now = _lock_head(stream)
    if last_at is not None and now < last_at:
        raise ClockWentBack(stream)
    return Place(stream, seq + 1, last, now)


def append(place: Place, kind: str, *, actor: str, data: Facts) -> Entry:
    """Chain one entry at `place`; raises rather than leave a change unlogged."""
    entry = _entry(place, kind, actor, data)
    entry.save(force_insert=True)
    Pending.objects.create(entry_id=entry.pk, leaf_hash=entry.leaf_hash)
    Head.objects.filter(stream=place.stream).update(seq=entry.seq, last=entry.leaf_hash, last_at=entry.at)
    return entry


def append_first(rows: Iterable[tuple[str, str, Facts]], *, actor: str) -> list[Entry]:
    """Open many new streams at once, each with its first entry; `rows` are (stream, kind, data). For imports."""
    with transaction.atomic():
        now = database_now()
        entries = [_entry(Place(stream, 1, GENESIS, now), kind, actor, data) for stream, kind, data in rows]
        Head.objects.bulk_create(
            [Head(stream=e.stream, seq=1, last=e.leaf_hash, last_at=now) for e in entries], batch_size=5000
        )
        Entry.objects.bulk_create(entries, batch_size=5000)
        Pending.objects.bulk_create([Pending(entry_id=e.pk, leaf_hash=e.leaf_hash) for e in entries], batch_size=5000)
    return entries


def database_now() -> datetime:
    """Time comes from the database only (reliability.md T13)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _lock_head(stream: str) -> tuple[int, bytes, datetime | None, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_head (stream, seq, last, last_at) VALUES (%s, 0, %s, NULL) ON CONFLICT DO NOTHING",
            [stream, GENESIS],
        )
        cursor.execute("SELECT seq, last, last_at FROM ledger_head WHERE stream = %s FOR UPDATE", [stream])
        seq, last, last_at = cursor.fetchone()
        # Read the clock after the lock is held: a waiter must not carry a time older than its predecessor's.
        cursor.execute("SELECT clock_timestamp()")
        return seq, bytes(last), last_at, cursor.fetchone()[0]


def _entry(place: Place, kind: str, actor: str, data: Facts) -> Entry:
    identity: UUID = uuid7()
    body = canonical_bytes(
        {
            "v": VERSION,
            "id": str(identity),
            "stream": place.stream,
            "seq": place.seq,
            "prev": place.prev.hex(),
            "kind": kind,
            "at": place.at.isoformat(),
            "actor": actor,
            "data": data,
        }
    )
    salt = secrets.token_bytes(32)
    return Entry(
        id=identity, stream=place.stream, seq=place.seq, kind=kind, at=place.at, actor=actor,
        body=body, salt=salt, leaf_hash=leaf_hash(salt, body),
    )  # fmt: skip
