"""What the ledger vouches for in the register: one SHA-256 a table, computed where the rows are.

A table's digest is the SHA-256 of its rows' SHA-256 in the order of their keys; a row is the JSON array of its columns,
UTF-8, times in UTC and bytes in hex, so that no setting of a session changes it. Encrypted columns stay out, because a
rotation of keys rewrites them without changing what they say; their blind indexes stay in and commit to the plain text.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from districts.models import Neighbourhood
from portal.core.crypto import EncryptedTextField
from portal.parcels.models import RegisterAct

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The digest of a table without rows: SHA-256 of nothing."""


def tables() -> tuple[type[models.Model], ...]:
    """Every table of the register, one that is added later included; the acts themselves have their own entries."""
    own = (model for model in apps.get_app_config("parcels").get_models() if model is not RegisterAct)
    return (Neighbourhood, *own)


def digests() -> dict[str, str]:
    """Table → SHA-256 of all its rows, in hex."""
    with connection.cursor() as cursor:
        return {model._meta.db_table: _digest(cursor, model) for model in tables()}


def _digest(cursor: CursorWrapper, model: type[models.Model]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(_column(f) for f in model._meta.concrete_fields if not isinstance(f, EncryptedTextField))
    key = quoted(model._meta.pk.column)
    row = f"sha256(convert_to(json_build_array({columns})::text, 'UTF8'))"
    rows = f"coalesce(string_agg({row}, ''::bytea ORDER BY {key}), ''::bytea)"
    cursor.execute(f"SELECT encode(sha256({rows}), 'hex') FROM {quoted(model._meta.db_table)}")  # noqa: S608 own names
    return str(cursor.fetchone()[0])


def _column(field: models.Field[Any, Any]) -> str:
    """A column in a form that does not depend on TimeZone or bytea_output; JSON has its own forms for the rest."""
    name = connection.ops.quote_name(field.column)
    match field:
        case models.DateTimeField():
            return f"{name} AT TIME ZONE 'UTC'"
        case models.BinaryField():
            return f"encode({name}, 'hex')"
        case _:
            return name
