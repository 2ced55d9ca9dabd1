"""An upload that was good in a form that was not: remembered in the page, so that nobody sends a file twice.

The bytes are in the store already; the page carries only their description, signed and bound to the case. A token is
never signed anew: the store promises to keep the bytes for a while from when they were put, and not from the last try.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from django.core import signing

from portal.casework import storage

AGE_S = storage.PROMISED_S


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """What an attachment needs to know of a cleaned upload, without its bytes."""

    media_type: str
    pages: int
    size: int
    received_sha256: str
    cleaned_sha256: str
    shown_name: str

    @classmethod
    def of(cls, clean: Any) -> "KeptUpload":
        return cls(**{field.name: getattr(clean, field.name) for field in fields(cls)})


def remember(clean: Any, *, case: UUID, document: str) -> str:
    """A token for a hidden field of the form."""
    return signing.dumps(asdict(KeptUpload.of(clean)), salt=f"kept/{case}/{document}", compress=True)


def recall(token: str, *, case: UUID, document: str) -> KeptUpload | None:
    """The upload behind a token of this case and document; None for any other, after a day, and without its file."""
    try:
        kept = KeptUpload(**signing.loads(token, salt=f"kept/{case}/{document}", max_age=AGE_S))
    except signing.BadSignature:
        return None
    return kept if storage.exists(kept.cleaned_sha256) else None
