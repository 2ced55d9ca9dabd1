"""The one byte form of a record: what is hashed, chained, stamped and signed.

UTF-8 JSON with sorted ASCII keys, no spaces, whole numbers below 2**53 and no floats; strings exactly as they stand. On
this subset RFC 8785 (JCS) gives the same bytes, so an outsider needs no tool of ours (reliability.md 2.3).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence


class NotCanonical(TypeError):
    """A value without a single byte form: a float, a large number, bytes, a set, a key that is not ASCII text."""


def canonical_bytes(value: object) -> bytes:
    """The canonical JSON of strings, whole numbers, booleans, None, lists and mappings. Raises NotCanonical."""
    _refuse_ambiguous(value, "$")
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _refuse_ambiguous(value: object, path: str) -> None:
    match value:
        case None | bool() | str():
            return
        case int() if abs(value) < 2**53:
            return
        case bytes() | bytearray() | memoryview():
            raise NotCanonical(f"{path}: bytes have no canonical form")
        case Mapping():
            for key, item in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise NotCanonical(f"{path}: key {key!r} is not ASCII text")
                _refuse_ambiguous(item, f"{path}.{key}")
        case Sequence():
            for index, item in enumerate(value):
                _refuse_ambiguous(item, f"{path}[{index}]")
        case _:
            raise NotCanonical(f"{path}: {type(value).__name__} has no canonical form")
