"""Infected files: sealed, dated, out of reach of every page, and gone after ninety days."""

import base64
import hashlib
import io
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from inquiries.forms import paper_field
from portal.casework import quarantine, storage, tasks
from portal.casework.models import Quarantined
from portal.demo.scanning import EICAR

pytestmark = pytest.mark.django_db
DATA = b"harmful " * 100
SHA256 = hashlib.sha256(DATA).hexdigest()


def files():
    """What lies in the quarantine."""
    place = storages["quarantine"].path("")
    return [path for path in Path(place).rglob("*") if path.is_file()]


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


def test_of_one_sender_only_a_few_are_kept_a_day_and_the_log_names_the_others(caplog):
    for number in range(5):
        quarantine.keep(DATA + b"%d" % number, "Some-Virus", sender="maryam")
    assert Quarantined.objects.count() == len(files()) == 3
    assert hashlib.sha256(DATA + b"4").hexdigest() in caplog.text and "maryam" not in caplog.text
    quarantine.keep(DATA, "Some-Virus", sender="reza")
    assert Quarantined.objects.count() == 4


def test_the_form_says_who_sends(maryam, reza):
    def send(person, number):
        data = b"%PDF-1.7\n% " + EICAR + b"%d" % number
        paper_field("paper", person.pk).clean(SimpleUploadedFile("a.pdf", data, content_type="application/pdf"))

    for number in range(4):
        with pytest.raises(ValidationError):
            send(maryam, number)
    assert Quarantined.objects.count() == 3
    with pytest.raises(ValidationError):
        send(reza, 3)
    assert Quarantined.objects.count() == 4


def test_a_file_that_is_there_already_does_not_count():
    for _ in range(5):
        quarantine.keep(DATA, "Some-Virus", sender="maryam")
    for number in range(2):
        quarantine.keep(DATA + b"%d" % number, "Some-Virus", sender="maryam")
    assert Quarantined.objects.count() == len(files()) == 3


def test_a_crash_between_row_and_file_leaves_what_the_sweep_finds(monkeypatch):
    def crash(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(quarantine, "_put", crash)
        with pytest.raises(OSError, match="No space"):
            quarantine.keep(DATA, "Some-Virus")
    assert Quarantined.objects.get().sha256 == SHA256 and files() == []
    quarantine.keep(DATA, "Some-Virus")
    assert quarantine.open(SHA256) == DATA


def test_a_crash_after_the_file_leaves_its_row(monkeypatch):
    written = quarantine._put

    def write_and_crash(*args):
        written(*args)
        raise OSError

    monkeypatch.setattr(quarantine, "_put", write_and_crash)
    with pytest.raises(OSError):
        quarantine.keep(DATA, "Some-Virus")
    Quarantined.objects.update(at=timezone.now() - timedelta(days=91))
    assert len(files()) == 1 and tasks.sweep_quarantine() == 1 and files() == []


def test_a_file_sent_again_while_the_sweep_runs_stays(monkeypatch):
    """The sweep has listed it as old; it comes again before its turn."""
    quarantine.keep(DATA, "Some-Virus")
    quarantine.keep(DATA + b"!", "Some-Virus")
    Quarantined.objects.update(at=timezone.now() - timedelta(days=91))
    Quarantined.objects.filter(sha256=SHA256).update(at=timezone.now() - timedelta(days=90, minutes=1))
    store, removed = storages["quarantine"], []

    def delete_slowly(name):
        type(store).delete(store, name)
        removed.append(name)
        if len(removed) == 1:
            quarantine.keep(DATA, "Some-Virus")

    monkeypatch.setattr(store, "delete", delete_slowly)
    assert tasks.sweep_quarantine() == 1
    assert quarantine.open(SHA256) == DATA and Quarantined.objects.get().sha256 == SHA256


def test_a_file_sent_again_while_it_is_being_removed_is_there_afterwards(run_together, monkeypatch):
    quarantine.keep(DATA, "Some-Virus")
    Quarantined.objects.update(at=timezone.now() - timedelta(days=91))
    store, removed = storages["quarantine"], threading.Event()

    def delete_slowly(name):
        type(store).delete(store, name)
        removed.set()
        assert waits_for_a_lock()

    monkeypatch.setattr(store, "delete", delete_slowly)

    def send_again():
        assert removed.wait(20)
        quarantine.keep(DATA, "Some-Virus")

    assert run_together(quarantine.sweep, send_again) == ["ok", "ok"]
    assert quarantine.open(SHA256) == DATA and Quarantined.objects.get().sha256 == SHA256


def waits_for_a_lock():
    """Whether somebody waits for a lock of this transaction, within 20 s."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute(waiting)
            if cursor.fetchone():
                return True
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.05)")
    return False


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
    assert said.getvalue() == "2 files sealed anew\n"
    settings.DATA_KEYS = [new]
    assert (storage.open(paper), storage.open(fresh), quarantine.open(SHA256)) == (b"paper", b"another paper", DATA)


def test_what_is_missing_or_does_not_open_is_named_stops_nothing_and_fails_at_the_end(settings, place):
    settings.DATA_KEYS = [key(b"o")]
    lost = storage.put(b"lost")
    quarantine.keep(DATA, "Some-Virus")
    settings.DATA_KEYS = [key(b"p")]
    missing, whole = sorted((DATA + b"1", DATA + b"2"), key=lambda data: hashlib.sha256(data).digest())
    for data in (missing, whole):
        quarantine.keep(data, "Some-Virus")
    missing, whole = hashlib.sha256(missing).hexdigest(), hashlib.sha256(whole).hexdigest()
    storages["quarantine"].delete(storage.path_of(missing))
    settings.DATA_KEYS = [key(b"n"), key(b"p")]
    said, wrong = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="1 papers and 2 quarantined files"):
        call_command("rotate_file_keys", stdout=said, stderr=wrong)
    assert said.getvalue() == "1 files sealed anew\n"
    named = {f"FileDamagedError: {lost}", f"FileDamagedError: {SHA256}", f"FileMissingError: {missing}"}
    assert set(wrong.getvalue().split("\n")) - {""} == named
    settings.DATA_KEYS = [key(b"n")]
    assert quarantine.open(whole).startswith(DATA)


def test_a_row_that_is_gone_since_it_was_listed_is_no_fault():
    assert quarantine.renew(SHA256) is False
