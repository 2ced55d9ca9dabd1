"""Digests of the register: equal for equal rows under every setting, another one for every other row."""

import hashlib

import pytest
from django.db import connection

from districts.models import District
from portal.catalogue.models import FeeRule, Service
from portal.core.crypto import EncryptedTextField
from portal.parcels import sealing
from portal.parcels.models import DebtLine, Deed, Hold, Ownership, Parcel, RegisterAct

pytestmark = pytest.mark.django_db


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_table_of_register_and_reference_data_has_a_digest_of_its_own():
    digests = sealing.digests()
    assert {model._meta.db_table for model in (Parcel, Ownership, DebtLine, Hold, District, Service)} < set(digests)
    assert RegisterAct._meta.db_table not in digests
    filled = {table: digest for table, digest in digests.items() if digest != sealing.EMPTY}
    assert set(digests) - set(filled) == {FeeRule._meta.db_table}  # the tariff is the city's to load
    assert all(len(digest) == 64 for digest in filled.values()) and len(set(filled.values())) == len(filled)


def test_digests_of_some_tables_are_theirs_only():
    assert sealing.digests([Hold]) == {Hold._meta.db_table: sealing.digests()[Hold._meta.db_table]}


def test_a_table_without_rows_has_the_digest_of_nothing():
    DebtLine.objects.all().delete()
    assert sealing.digests()[DebtLine._meta.db_table] == sealing.EMPTY == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("setting", [
    "TimeZone TO 'America/New_York'",
    "DateStyle TO 'German'",
    "bytea_output TO 'escape'",
    "extra_float_digits TO -15",
    "IntervalStyle TO 'sql_standard'",
    "enable_seqscan TO off",
])  # fmt: skip
def test_no_setting_of_the_session_changes_a_digest(setting):
    before = sealing.digests()
    execute(f"SET LOCAL {setting}")
    assert sealing.digests() == before


def test_the_place_of_a_row_in_the_file_changes_nothing():
    before = sealing.digests()
    execute("UPDATE parcels_ownership SET id = id")  # every row moves to the end of the table
    assert sealing.digests() == before


def test_one_changed_row_changes_the_digest_of_its_table_and_of_no_other():
    before = sealing.digests()
    deed = Deed.objects.earliest("pk")
    Deed.objects.filter(pk=deed.pk).update(issued_on="1999-01-01")
    after = sealing.digests()
    assert {table for table in after if after[table] != before[table]} == {Deed._meta.db_table}


def test_a_text_that_moves_to_the_next_column_changes_the_digest():
    """Rows are no plain concatenation: "ab" + "c" is another row than "a" + "bc"."""
    hold = Hold.objects.earliest("pk")
    table, seen = Hold._meta.db_table, set()
    for title, reference in (("ab", "c"), ("a", "bc"), ("ab", ""), ("", "ab")):
        Hold.objects.filter(pk=hold.pk).update(title=title, reference=reference)
        seen.add(sealing.digests()[table])
    assert len(seen) == 4


def test_a_value_encrypted_anew_changes_nothing_and_another_person_does():
    owner = Ownership.objects.earliest("pk")
    before = sealing.digests()
    owner.save()
    assert sealing.digests() == before
    owner.national_code = "9900000021"
    owner.save()
    assert sealing.digests() != before


def test_an_encrypted_column_without_an_index_is_one_that_only_its_key_can_change():
    """What the digests leave out is bound to its row by the cipher; a new such column is a choice, made here."""
    left_out = {
        f"{model._meta.db_table}.{field.column}"
        for model in sealing.tables()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField) and f"{field.name}_index" not in {f.name for f in model._meta.fields}
    }
    assert left_out == {"parcels_parcel.address", "parcels_deed.number"}
