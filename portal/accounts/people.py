"""The one way to enter or change a person: each time an entry in the ledger commits to the whole of it.

The entry holds a keyed digest of what names, admits and identifies the person: the columns of the row and the secrets
of the second factor, in plain text, so that a rotation of keys changes nothing and an older ciphertext put back does.
Who lacks the key of the blind indexes cannot try names against it. `manage.py fsck` computes it again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from portal.accounts import adapter
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.core.canonical import canonical_bytes
from portal.core.crypto import BlindIndexField, blind
from portal.ledger import chain
from portal.ledger.models import Entry

RECORDED = (
    "id", "username", "full_name", "post", "national_code", "national_code_index", "mobile", "mobile_index",
    "is_mobile_verified", "is_staff_member", "is_active", "password", "joined_at",
)  # fmt: skip
ENTER, CHANGE, ADOPT = "person.enter", "person.change", "person.adopt"
KINDS = (ENTER, CHANGE, ADOPT)
BATCH = 500


def enter(person: User, *, actor: Actor) -> User:
    """Store a new person with the first entry about them."""
    with transaction.atomic():
        person.save(force_insert=True)
        _record(person.pk, ENTER, actor=actor)
    return person


def change(person: User, *columns: str, actor: Actor) -> None:
    """Store these columns of the person, the blind indexes of encrypted ones included."""
    fields = User._meta.concrete_fields
    indexes = [f.name for f in fields if isinstance(f, BlindIndexField) and f.source in columns]
    with changing(person, *columns, actor=actor):
        person.save(update_fields=[*columns, *indexes])


@contextmanager
def changing(person: User, *what: str, actor: Actor, because: str = "") -> Iterator[None]:
    """What is done inside is one transaction with its entry; changes of one person follow each other.

    The entry commits to the reason, if there is one, without telling it.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        yield
        reason = {"because": _commitment(because)} if because else {}
        _record(person.pk, CHANGE, actor=actor, changed=list(what), **reason)


def record_digest(person: User, factors: Iterable[Authenticator]) -> str:
    """The keyed digest of a stored person. Raises SealBrokenError when a ciphertext was not made for its place."""
    row: dict[str, Any] = {name: _text(getattr(person, name)) for name in RECORDED}
    # As text, so that no number in it, whatever somebody wrote there, is without a canonical form.
    row["factors"] = sorted(json.dumps(adapter.facts_of(factor), sort_keys=True) for factor in factors)
    return blind("accounts.User.record", canonical_bytes(row).decode()).hex()


def unrecorded() -> QuerySet[User]:
    """The people about whom there is no entry."""
    stream = Concat(Value("user/"), Cast(OuterRef("pk"), CharField()))
    return User.objects.filter(~Exists(Entry.objects.filter(stream=stream, kind__in=KINDS)))


def is_recording() -> bool:
    """Whether any person has an entry: people were kept without one before."""
    return Entry.objects.filter(kind__in=KINDS).exists()


def adopt(*, actor: Actor, because: str) -> int:
    """Enter whoever stands in the database without an entry, as they are; returns how many."""
    reason = _commitment(because)
    keys = list(unrecorded().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            for key in keys[start : start + BATCH]:
                User.objects.select_for_update().get(pk=key)
                _record(key, ADOPT, actor=actor, because=reason)
    return len(keys)


def _record(key: UUID, kind: str, *, actor: Actor, **facts: Any) -> None:
    """Chain what the database holds now, not what some instance remembers."""
    digest = record_digest(User.objects.get(pk=key), Authenticator.objects.filter(user=key))
    chain.append(chain.lock(f"user/{key}"), kind, actor=actor.code, data={"record": digest, **facts})


def _commitment(reason: str) -> str:
    return hashlib.sha256(reason.encode()).hexdigest()


def _text(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case UUID():
            return str(value)
        case _:
            return value
