"""Sensitive columns and files at rest: AES-256-GCM bound to its place, and blind indexes for look-ups.

A stored value is one key-id byte, a 96-bit random nonce and the ciphertext with its tag. The associated data is
table ‖ column ‖ row id, so a ciphertext copied to another row or column does not open. Keys come from
`settings.DATA_KEYS` (URL-safe base64 of 32 bytes each, newest first); the key id is a digest of the key, so the list
can be reordered and shortened freely.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

NONCE_BYTES = 12
INDEX_BYTES = 16


if TYPE_CHECKING:
    _TextBase = models.Field[str, str]
else:
    _TextBase = models.Field  # generic in the stubs only


class SealBrokenError(Exception):
    """The ciphertext was changed, moved from its place, or its key is no longer in DATA_KEYS."""


# --- bytes --------------------------------------------------------------------------------------------------------


def data_keys() -> dict[int, AESGCM]:
    """Key id → cipher, newest key first. Raises ValueError when a key is unusable."""
    return _ciphers(tuple(settings.DATA_KEYS))


@lru_cache(maxsize=4)
def _ciphers(encoded: tuple[str, ...]) -> dict[int, AESGCM]:
    ciphers: dict[int, AESGCM] = {}
    for text in encoded:
        try:
            key = base64.urlsafe_b64decode(text)
        except binascii.Error as error:
            raise ValueError("a key is not URL-safe base64") from error
        if len(key) != 32:
            raise ValueError("a key does not have 32 bytes")
        key_id = hashlib.sha256(b"portal data key id" + key).digest()[0]
        if key_id in ciphers:
            raise ValueError("two keys share their id byte: replace the newer one")
        ciphers[key_id] = AESGCM(key)
    if not ciphers:
        raise ValueError("there is no key")
    return ciphers


def seal_bytes(data: bytes, context: str) -> bytes:
    """Encrypts under the newest key; `context` names the one place where it may be opened."""
    key_id, cipher = next(iter(data_keys().items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    return bytes([key_id]) + nonce + cipher.encrypt(nonce, data, context.encode())


def open_bytes(sealed: bytes, context: str) -> bytes:
    """The inverse of `seal_bytes`. Raises SealBrokenError."""
    sealed = bytes(sealed)
    cipher = data_keys().get(sealed[0]) if sealed else None
    if cipher is None:
        raise SealBrokenError(f"{context}: no key for this value")
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError(f"{context}: changed, or moved from another place") from error


def is_sealed_with_newest_key(sealed: bytes) -> bool:
    return bool(sealed) and bytes(sealed)[0] == next(iter(data_keys()))


# --- columns ------------------------------------------------------------------------------------------------------


class Sealed(bytes):
    """A stored value that was not opened yet."""


class _Opening(DeferredAttribute):
    """Opens the value on first access and keeps the plain text on the instance."""

    def __get__(self, instance: models.Model | None, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if instance is not None and isinstance(value, Sealed):
            field: EncryptedTextField = self.field  # type: ignore[assignment]
            value = instance.__dict__[field.attname] = field.opened(value, instance.pk)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Without this the instance's own __dict__ would answer and nothing would be opened.
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(_TextBase):
    """Text at rest as AES-256-GCM ciphertext in a bytea column; plain text on the instance.

    The primary key must be set before saving (ours are UUIDs made by the default). Look-ups other than isnull are
    refused: search by a BlindIndexField. Empty text is stored encrypted as well, so that its absence is not visible.
    """

    descriptor_class = _Opening
    description = "encrypted text"

    def get_internal_type(self) -> str:
        return "BinaryField"

    def context(self, pk: object) -> str:
        """The associated data: the place to which a ciphertext is bound."""
        return f"{self.model._meta.db_table}|{self.column}|{self.model._meta.pk.to_python(pk)}"

    def sealed(self, text: str, pk: object) -> Sealed:
        if pk is None:
            raise FieldError(f"{self}: the row needs its primary key before it can be encrypted")
        return Sealed(seal_bytes(text.encode(), self.context(pk)))

    def opened(self, value: bytes, pk: object) -> str:
        return open_bytes(value, self.context(pk)).decode()

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, instance: models.Model, add: bool) -> Sealed | None:
        # Opening first makes a row copied under another key fail here, not at its first reader.
        text = getattr(instance, self.attname)
        return None if text is None else self.sealed(str(text), instance.pk)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise FieldError(f"{self}: only a whole row can be encrypted; load it and save it")
        return connection.Database.Binary(bytes(value))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self} is encrypted: look it up by its blind index")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, (str, Sealed)) else str(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **options: Any) -> Any:
        defaults: dict[str, Any] = {"max_length": self.max_length, "empty_value": None if self.null else ""}
        return super().formfield(form_class or forms.CharField, choices_form_class, **{**defaults, **options})


class BlindIndexField(models.BinaryField):
    """HMAC-SHA-256 of an encrypted field's plain text, cut to 16 bytes: equal texts can be found, not read.

    `User.objects.filter(national_code_index=blind("accounts.User.national_code", code))`

    It is computed when the row is saved, so `save(update_fields=…)` with the source must name the index as well.
    """

    description = "blind index"

    def __init__(self, *, source: str, **options: Any) -> None:
        self.source = source
        options.setdefault("db_index", True)
        options.setdefault("null", True)
        options["editable"] = False
        super().__init__(max_length=INDEX_BYTES, **options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        options.pop("max_length", None)
        return name, path, arguments, {**options, "source": self.source}

    def pre_save(self, instance: models.Model, add: bool) -> bytes | None:
        text = getattr(instance, self.source)
        index = blind(f"{instance._meta.label}.{self.source}", text) if text else None
        setattr(instance, self.attname, index)
        return index


def blind(field: str, value: str) -> bytes:
    """The blind index of a value; `field` is "app.Model.field", so equal texts in two fields do not match."""
    key: str = settings.BLIND_INDEX_KEY
    return hmac.digest(key.encode(), f"{field}\x00{value}".encode(), "sha256")[:INDEX_BYTES]
