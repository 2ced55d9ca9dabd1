"""The digest of rows: each row by itself, in the order of the keys, and a missing row is none."""

import hashlib
import json

import pytest
from django.db import connection

from portal.catalogue.models import Service
from portal.core.sealing import EMPTY, rows_sql, table_digest

pytestmark = pytest.mark.django_db

FIELDS = [Service._meta.get_field(name) for name in ("code", "kind_digit")]


def by_hand(codes: list[str]) -> str:
    rows = Service.objects.filter(code__in=codes).order_by("pk").values_list("code", "kind_digit")
    hashes = [hashlib.sha256(json.dumps(list(row)).encode()).digest() for row in rows]
    return hashlib.sha256(b"".join(hashes)).hexdigest()


def test_a_digest_is_what_an_outsider_computes():
    assert table_digest(Service, FIELDS) == by_hand(["transfer", "bank", "office"])


def test_the_right_side_of_an_outer_join_without_rows_is_empty():
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rows_sql(Service, FIELDS)} FROM unnest(%s) WITH ORDINALITY AS wanted (asked, place)"  # noqa: S608
            " LEFT JOIN catalogue_service ON code = asked GROUP BY place ORDER BY place",
            [["bank", "nothing"]],
        )
        assert [digest for (digest,) in cursor.fetchall()] == [by_hand(["bank"]), EMPTY]
    assert hashlib.sha256().hexdigest() == EMPTY
