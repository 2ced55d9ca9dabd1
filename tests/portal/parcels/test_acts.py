"""Every change of the register is a record with one entry, made in the transaction of the change."""

import csv
import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from portal.accounts.actors import Actor
from portal.catalogue.models import Service
from portal.demo import city
from portal.ledger.models import Entry
from portal.oversight import fsck
from portal.parcels import acts, sealing
from portal.parcels.management.commands import import_holidays
from portal.parcels.models import DebtLine, Hold, Level, Parcel, RegisterAct


def newest() -> RegisterAct:
    return RegisterAct.objects.latest("state_since")


@pytest.fixture
def new_building(db, tmp_path):
    """A file with one building for a piece of land of the city that has room for it."""
    path = tmp_path / "parcels.csv"
    land = Parcel.objects.filter(level=Level.PARCEL).earliest("pk")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["code"], [f"{land.district_id}-{land.region}-{land.block}-{land.house}-99"]])
    return path


def test_the_city_came_by_one_act(db):
    act = RegisterAct.objects.get()
    assert (act.kind, act.state, act.revision) == (RegisterAct.Kind.BUILD, "done", 1)
    entry = Entry.objects.of(act.stream).get()
    assert (entry.kind, entry.actor) == ("register_act.begin", "system/demo-city")
    assert entry.facts["tables"] == sealing.digests()
    made = city.build(1, 120, today=act.state_since.astimezone(city.TEHRAN).date())
    assert act.source_sha256 == hashlib.sha256(made.source.encode()).hexdigest()
    assert act.rows == len(made)


def test_an_import_is_an_act_with_the_digest_of_its_file(new_building):
    call_command("import_parcels", str(new_building), stdout=StringIO())
    assert RegisterAct.objects.count() == 2
    act = newest()
    assert (act.kind, act.rows) == (RegisterAct.Kind.IMPORT, 2)  # the node and its code's history
    assert act.source_sha256 == hashlib.sha256(new_building.read_bytes()).hexdigest()
    entry = Entry.objects.of(act.stream).get()
    assert entry.actor == "system/register-import"
    assert set(entry.facts["tables"]) == {"parcels_parcel", "parcels_codehistory", "parcels_registryplate"}
    assert list(fsck.faults()) == []


def test_an_import_does_not_vouch_for_what_it_did_not_write(new_building):
    Hold.objects.all().delete()  # quietly, before somebody imports in good faith
    call_command("import_parcels", str(new_building), stdout=StringIO())
    assert [fault.subject for fault in fsck.faults()] == ["register parcels_hold"]


def test_what_was_not_imported_is_no_act(new_building):
    call_command("import_parcels", str(new_building), dry_run=True, stdout=StringIO())
    new_building.write_text("code\n9-1-1-1\n")
    with pytest.raises(CommandError):
        call_command("import_parcels", str(new_building), stdout=StringIO(), stderr=StringIO())
    assert RegisterAct.objects.count() == 1


def record(rows: int = 1) -> RegisterAct:
    return acts.record(
        RegisterAct.Kind.IMPORT, actor=Actor.system("test"), source_sha256="0" * 64, rows=rows, changed=[DebtLine]
    )


def test_an_act_taken_back_leaves_nothing(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        DebtLine.objects.all().delete()
        record()
        raise ZeroDivisionError
    assert RegisterAct.objects.count() == 1
    assert list(fsck.faults()) == []


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record()


def test_of_two_acts_at_once_the_later_one_counts_both(run_together):
    def forget(line: str):
        def act() -> None:
            with transaction.atomic():
                DebtLine.objects.filter(line=line).delete()
                record()

        return act

    assert run_together(forget("renovation"), forget("waste")) == ["ok", "ok"]
    assert RegisterAct.objects.count() == 3
    assert list(fsck.faults()) == []


def test_only_an_auditor_reads_the_acts(db, auditor, reviewer, maryam, actor_of):
    assert RegisterAct.objects.visible_to(actor_of(auditor)).count() == 1
    for actor in (actor_of(reviewer), actor_of(maryam), Actor.anonymous(), Actor.system("register-import")):
        assert not RegisterAct.objects.visible_to(actor).exists()


# --- reference data ------------------------------------------------------------------------------------------------


def test_the_city_vouches_for_the_reference_data_that_migrations_brought(db):
    assert {model._meta.db_table for model in sealing.reference()} <= set(sealing.digests())
    assert all(acts.is_sealed(model) for model in sealing.tables())


def test_a_new_version_of_the_holidays_is_an_act_on_its_two_tables(db, monkeypatch):
    table = import_holidays.frozen_table()
    monkeypatch.setattr(import_holidays, "frozen_table", lambda: table | {"version": "next"})
    call_command("import_holidays", stdout=StringIO())
    act = newest()
    assert (act.kind, act.rows) == (RegisterAct.Kind.REFERENCE, 1 + len(table["holidays"]))
    assert set(Entry.objects.of(act.stream).get().facts["tables"]) == {
        "catalogue_holidaycalendar",
        "catalogue_holiday",
    }
    assert list(fsck.faults()) == []


def test_a_version_that_is_there_already_is_no_act(db):
    call_command("import_holidays", stdout=StringIO())
    assert RegisterAct.objects.count() == 1


def test_reference_data_changed_rightly_are_recorded_with_a_reason_only(db):
    Service.objects.filter(code="bank").update(is_open=True)
    with pytest.raises(CommandError, match="--because"):
        call_command("record_reference", stdout=StringIO())
    assert [fault.subject for fault in fsck.faults()] == ["reference catalogue_service"]
    call_command("record_reference", because="release 2", stdout=StringIO())
    assert newest().source_sha256 == hashlib.sha256(b"release 2").hexdigest()
    assert list(fsck.faults()) == []


def test_the_first_record_needs_no_reason(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM ledger_entry WHERE kind = 'register_act.begin'")
    assert not acts.is_sealed(Service)
    call_command("record_reference", stdout=StringIO())
    assert acts.is_sealed(Service) and not acts.is_sealed(Parcel)
