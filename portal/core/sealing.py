"""Digests of rows and tables, computed where the rows are: what an entry of the ledger vouches for.

A row is the SHA-256 of the JSON array of its columns, UTF-8, times in UTC and bytes in hex, so that no setting of a
session changes it. Many rows are the SHA-256 of theirs in the order of their keys.
"""

from __future__ import annotations  # fields are generic in the stubs only

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The digest of no rows: SHA-256 of nothing."""


def table_digest(model: type[models.Model], columns: Iterable[models.Field[Any, Any]]) -> str:
    """SHA-256 in hex of all rows of the model's table, by these columns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows_sql(model, columns)} FROM {_quoted(model._meta.db_table)}")  # noqa: S608 own names
        return str(cursor.fetchone()[0])


def rows_sql(model: type[models.Model], columns: Iterable[models.Field[Any, Any]]) -> str:
    """The aggregate that gives the digest in hex of whichever rows of the model a statement selects."""
    listed = ", ".join(_column(field) for field in columns)
    row = f"sha256(convert_to(json_build_array({listed})::text, 'UTF8'))"
    key = _quoted(model._meta.pk.column)
    # Without FILTER the missing right side of an outer join would be hashed as a row of NULLs.
    rows = f"string_agg({row}, ''::bytea ORDER BY {key}) FILTER (WHERE {key} IS NOT NULL)"
    return f"encode(sha256(coalesce({rows}, ''::bytea)), 'hex')"


def _column(field: models.Field[Any, Any]) -> str:
    """A column in a form that does not depend on TimeZone or bytea_output; JSON has its own forms for the rest."""
    name = _quoted(field.column)
    match field:
        case models.DateTimeField():
            return f"{name} AT TIME ZONE 'UTC'"
        case models.BinaryField():
            return f"encode({name}, 'hex')"
        case _:
            return name


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
