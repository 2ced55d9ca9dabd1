"""Infected files: sealed, dated, out of reach of every page, and gone after ninety days."""

import base64
import hashlib
import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone

from portal.casework import quarantine, storage, tasks
from portal.casework.models import Quarantined

pytestmark = pytest.mark.django_db
DATA = b"harmful " * 100
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    for name in ("papers", "quarantine"):
        store = {**settings.STORAGES[name], "OPTIONS": {"location": tmp_path / name}}
        settings.STORAGES = {**settings.STORAGES, name: store}
    return tmp_path


def test_it_is_kept_sealed_and_opens_again(place):
    quarantine.keep(DATA, "Some-Virus")
    assert quarantine.open(SHA256) == DATA
    assert b"harmful" not in (place / "quarantine" / storage.path_of(SHA256)).read_bytes()
    assert not storage.exists(SHA256)


def test_moved_among_the_papers_it_does_not_open(place):
    quarantine.keep(DATA, "Some-Virus")
    moved = place / "papers" / storage.path_of(SHA256)
    moved.parent.mkdir(parents=True)
    (place / "quarantine" / storage.path_of(SHA256)).rename(moved)
    with pytest.raises(storage.FileDamagedError):
        storage.open(SHA256)


def test_the_same_file_again_is_one_row_with_the_later_date():
    quarantine.keep(DATA, "Some-Virus")
    Quarantined.objects.update(at=timezone.now() - timedelta(days=80))
    quarantine.keep(DATA, "Some-Virus.B")
    row = Quarantined.objects.get()
    assert (row.sha256, row.found, row.size_bytes) == (SHA256, "Some-Virus.B", len(DATA))
    assert timezone.now() - row.at < timedelta(minutes=5)


def test_after_ninety_days_both_file_and_row_are_gone_and_younger_ones_stay():
    quarantine.keep(DATA, "Some-Virus")
    Quarantined.objects.update(at=timezone.now() - timedelta(days=90, minutes=1))
    quarantine.keep(DATA + b"!", "Some-Virus")
    assert tasks.sweep_quarantine() == 1
    assert tasks.sweep_quarantine() == 0
    assert not storages["quarantine"].exists(storage.path_of(SHA256))
    young = Quarantined.objects.get()
    assert storages["quarantine"].exists(storage.path_of(young.sha256))


def test_a_sweep_that_died_between_file_and_row_is_finished_by_the_next():
    quarantine.keep(DATA, "Some-Virus")
    storages["quarantine"].delete(storage.path_of(SHA256))
    Quarantined.objects.update(at=timezone.now() - timedelta(days=91))
    assert tasks.sweep_quarantine() == 1 and not Quarantined.objects.exists()


def test_a_row_says_neither_whose_file_it_was_nor_its_name():
    assert {field.name for field in Quarantined._meta.get_fields()} == {"sha256", "found", "size_bytes", "at"}


def test_the_sweep_is_on_the_timetable():
    tasks_of = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.sweep_quarantine.name in tasks_of


# --- keys ------------------------------------------------------------------------------------------------------------


def key(letter):
    return base64.urlsafe_b64encode(letter * 32).decode()


def test_rotation_makes_the_old_key_needless_for_papers_and_quarantine(settings, place):
    old, new = key(b"o"), key(b"n")
    settings.DATA_KEYS = [old]
    paper = storage.put(b"paper")
    quarantine.keep(DATA, "Some-Virus")
    settings.DATA_KEYS = [new, old]
    fresh = storage.put(b"another paper")
    said = io.StringIO()
    call_command("rotate_file_keys", stdout=said)
    assert said.getvalue().startswith("2 files")
    settings.DATA_KEYS = [new]
    assert (storage.open(paper), storage.open(fresh), quarantine.open(SHA256)) == (b"paper", b"another paper", DATA)


def test_a_file_that_does_not_open_is_named_and_stops_nothing(settings, place):
    settings.DATA_KEYS = [key(b"o")]
    lost = storage.put(b"lost")
    settings.DATA_KEYS = [key(b"n"), key(b"p")]
    said = io.StringIO()
    call_command("rotate_file_keys", stdout=io.StringIO(), stderr=said)
    assert f"FileDamagedError: {lost}" in said.getvalue()
