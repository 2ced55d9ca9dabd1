"""Sealed bytes, encrypted columns, blind indexes, key rotation."""

import base64
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.core import checks, crypto
from portal.core.crypto import BlindIndexField, EncryptedTextField, SealBrokenError, blind
from portal.core.identifiers import uuid7
from portal.core.management.commands.rotate_data_keys import rotate_model
from portal.parcels.models import Ownership

OLD, NEW = (base64.urlsafe_b64encode(bytes([seed]) * 32).decode() for seed in (1, 2))
CODE = "9900001060"


KEYS_OF_THE_BASE = list(django_settings.DATA_KEYS)


@pytest.fixture(autouse=True)
def one_key(settings: Any) -> None:
    settings.DATA_KEYS = [OLD]
    settings.BLIND_INDEX_KEY = "b" * 40


@pytest.fixture
def person_model(db: None) -> Iterator[Any]:
    """A throw-away model with its table."""
    with isolate_apps("portal.core"):

        class Person(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid7)
            national_code = EncryptedTextField(null=True)
            mobile = EncryptedTextField(blank=True, default="")
            national_code_index = BlindIndexField(source="national_code")

            class Meta:
                app_label = "core"

            def __str__(self) -> str:
                return str(self.pk)

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person


def raw(person: Any, column: str = "national_code") -> bytes:
    """The bytes of a column as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM core_person WHERE id = %s", [person.pk])  # noqa: S608
        return bytes(cursor.fetchone()[0])


# --- bytes ---


@given(st.binary(max_size=200), st.text(max_size=30))
def test_sealed_bytes_open_in_their_own_place_only(data: bytes, place: str) -> None:
    sealed = crypto.seal_bytes(data, place)
    assert crypto.open_bytes(sealed, place) == data
    with pytest.raises(SealBrokenError, match="moved"):
        crypto.open_bytes(sealed, place + "x")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_breaks_the_seal(place: int, change: int) -> None:
    sealed = bytearray(crypto.seal_bytes(b"content", "here"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(SealBrokenError):
        crypto.open_bytes(bytes(sealed), "here")


@pytest.mark.parametrize("broken", [b"", b"x", b"x" * 12])
def test_a_stump_is_refused_like_any_other_broken_value(broken: bytes) -> None:
    with pytest.raises(SealBrokenError):
        crypto.open_bytes(broken, "here")


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert len({crypto.seal_bytes(b"content", "here") for _ in range(50)}) == 50


@pytest.mark.parametrize("keys", [[], ["short"], ["***"], [OLD, OLD]])
def test_unusable_keys_stop_the_start(settings: Any, keys: list[str]) -> None:
    settings.DATA_KEYS = keys
    assert [error.id for error in checks.data_keys_are_usable()] == ["portal.E001"]


@pytest.mark.parametrize("name", ["BLIND_INDEX_KEY", "SEAL_KEY"])
def test_a_short_key_stops_the_start(settings: Any, name: str) -> None:
    setattr(settings, name, "short")
    assert [error.id for error in checks.data_keys_are_usable()] == ["portal.E002"]


# --- columns ---


def test_plain_text_is_on_the_instance_and_not_in_the_table(person_model: Any) -> None:
    made = person_model.objects.create(national_code=CODE, mobile="09123456789")
    assert made.national_code == CODE
    loaded = person_model.objects.get()
    assert (loaded.national_code, loaded.mobile) == (CODE, "09123456789")
    assert CODE.encode() not in raw(made)
    assert b"09123456789" not in raw(made, "mobile")


def test_bulk_created_rows_are_encrypted_too(person_model: Any) -> None:
    person_model.objects.bulk_create(person_model(national_code=str(number)) for number in range(5))
    assert {person.national_code for person in person_model.objects.all()} == set("01234")
    assert person_model.objects.filter(national_code_index=blind("core.Person.national_code", "3")).count() == 1


def test_a_deferred_column_opens_when_asked_for(person_model: Any) -> None:
    person_model.objects.create(national_code=CODE)
    assert person_model.objects.defer("national_code").get().national_code == CODE
    assert person_model.objects.only("national_code").get().national_code == CODE


def test_an_unread_column_survives_a_save(person_model: Any) -> None:
    person_model.objects.create(national_code=CODE)
    person = person_model.objects.get()
    person.mobile = "09120000000"
    person.save()
    assert person_model.objects.get().national_code == CODE


def test_none_stays_none_and_empty_text_is_not_visible_as_such(person_model: Any) -> None:
    person = person_model.objects.create(national_code=None, mobile="")
    loaded = person_model.objects.get(national_code__isnull=True)
    assert (loaded.national_code, loaded.mobile, loaded.national_code_index) == (None, "", None)
    assert len(raw(person, "mobile")) > 0


def test_refreshing_reads_the_row_again(person_model: Any) -> None:
    person = person_model.objects.create(national_code=CODE)
    other = person_model.objects.get()
    other.national_code = "9900001011"
    other.save()
    person.refresh_from_db()
    assert person.national_code == "9900001011"
    assert bytes(person.national_code_index) == blind("core.Person.national_code", "9900001011")


def test_a_ciphertext_moved_to_another_row_does_not_open(person_model: Any) -> None:
    one = person_model.objects.create(national_code=CODE)
    other = person_model.objects.create(national_code="9900001011")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_person SET national_code = %s WHERE id = %s", [raw(one), other.pk])
    moved = person_model.objects.get(pk=other.pk)
    with pytest.raises(SealBrokenError, match="moved"):
        _ = moved.national_code


def test_a_ciphertext_moved_to_another_column_does_not_open(person_model: Any) -> None:
    person = person_model.objects.create(national_code=CODE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_person SET mobile = national_code")
    moved = person_model.objects.get(pk=person.pk)
    with pytest.raises(SealBrokenError, match="core_person|mobile"):
        _ = moved.mobile


def test_a_row_copied_under_another_key_fails_at_once(person_model: Any) -> None:
    person_model.objects.create(national_code=CODE)
    copy = person_model.objects.get()
    copy.pk = uuid.uuid4()
    with pytest.raises(SealBrokenError):
        copy.save(force_insert=True)


def test_a_plain_value_cannot_slip_in_through_update(person_model: Any) -> None:
    person = person_model.objects.create(national_code=CODE)
    with pytest.raises(FieldError, match="whole row"):
        person_model.objects.update(national_code="9900001011")
    with pytest.raises(FieldError, match="whole row"):
        person_model.objects.bulk_update([person], ["national_code"])


@pytest.mark.parametrize("lookup", ["national_code", "national_code__contains", "national_code__in"])
def test_a_search_in_an_encrypted_column_is_refused(person_model: Any, lookup: str) -> None:
    with pytest.raises(FieldError, match="blind index"):
        person_model.objects.filter(**{lookup: CODE}).exists()


# --- blind indexes ---


def test_a_person_is_found_by_the_blind_index(person_model: Any) -> None:
    person = person_model.objects.create(national_code=CODE)
    person_model.objects.create(national_code="9900001011")
    assert person_model.objects.get(national_code_index=blind("core.Person.national_code", CODE)) == person


def test_equal_values_of_two_fields_or_two_keys_do_not_match(settings: Any) -> None:
    one = blind("core.Person.national_code", CODE)
    assert len(one) == crypto.INDEX_BYTES
    assert blind("core.Person.mobile", CODE) != one
    settings.BLIND_INDEX_KEY = "c" * 40
    assert blind("core.Person.national_code", CODE) != one


def test_a_blind_index_without_an_encrypted_source_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with isolate_apps("portal.core"):

        class Careless(models.Model):
            national_code = models.CharField(max_length=10)
            national_code_index = BlindIndexField(source="national_code")

            class Meta:
                app_label = "core"

            def __str__(self) -> str:
                return self.national_code

    monkeypatch.setattr(checks.apps, "get_models", lambda: [Careless])
    assert [error.id for error in checks.blind_indexes_have_a_source()] == ["portal.E003"]


# --- rotation ---


def test_rotation_moves_every_row_to_the_newest_key(person_model: Any, settings: Any) -> None:
    person_model.objects.bulk_create(person_model(national_code=str(number)) for number in range(5))
    person_model.objects.create(national_code=None)
    fields = [person_model._meta.get_field(name) for name in ("national_code", "mobile")]
    settings.DATA_KEYS = [NEW, OLD]
    assert rotate_model(person_model, fields, batch=2) == 6
    assert rotate_model(person_model, fields, batch=2) == 0
    settings.DATA_KEYS = [NEW]
    assert {person.national_code for person in person_model.objects.all()} == {None, *"01234"}


def test_a_value_whose_key_is_gone_says_so(person_model: Any, settings: Any) -> None:
    person_model.objects.create(national_code=CODE)
    settings.DATA_KEYS = [NEW]
    with pytest.raises(SealBrokenError, match="no key"):
        _ = person_model.objects.get().national_code


def test_the_rotation_command_makes_the_old_keys_needless(db: None, settings: Any) -> None:
    settings.DATA_KEYS = [NEW, *KEYS_OF_THE_BASE]
    call_command("rotate_data_keys", stdout=io.StringIO())
    settings.DATA_KEYS = [NEW]
    assert {owner.national_code for owner in Ownership.objects.all()} >= {"9900001060", "9900000021"}
    assert all(person.mobile for person in User.objects.exclude(national_code_index=None))
