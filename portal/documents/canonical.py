"""The one byte form of a snapshot, and its digest.

What is hashed, stamped, printed and encoded in the QR is the SHA-256 of these bytes, not of the PDF (which contains
them). Anyone can detach the JSON from the paper and compare.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence


class NotCanonical(ValueError):
    """A value that has no single byte form: a float, ``None``, a key that is no string, or another type."""


def canonical_bytes(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. Takes str, int, bool, lists and string-keyed mappings only."""
    _refuse_ambiguous(value, "$")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def printed_digest(full: str) -> str:
    """The first 16 hex digits in capitals: what the paper prints and the QR carries."""
    return full[:16].upper()


def _refuse_ambiguous(value: object, path: str) -> None:
    # bool is an int and is fine; a float would print differently elsewhere, None is an absent key written down.
    if isinstance(value, str | int):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{path}: key {key!r} is not a string")
            _refuse_ambiguous(item, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        for index, item in enumerate(value):
            _refuse_ambiguous(item, f"{path}[{index}]")
    else:
        raise NotCanonical(f"{path}: {type(value).__name__} has no canonical form")
