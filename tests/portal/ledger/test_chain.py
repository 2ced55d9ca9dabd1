"""The chain: unbroken under load, append-only, and never ahead of the clock."""

import hashlib
import json

import pytest
from django.db import DatabaseError, connection, transaction

from portal.ledger import chain
from portal.ledger.models import GENESIS, Entry, Head, Pending


def test_each_link_is_the_leaf_hash_of_the_entry_before(db):
    with transaction.atomic():
        first = chain.append(chain.lock("test/1"), "one", actor="system/test", data={"n": 1})
        second = chain.append(chain.lock("test/1"), "two", actor="system/test", data={"n": 2})
    assert json.loads(first.body)["prev"] == GENESIS.hex()
    assert json.loads(second.body)["prev"] == first.leaf_hash.hex()
    commitment = chain.commitment(second.salt, second.body)
    assert second.leaf_hash == hashlib.sha256(b"\x00" + commitment).digest()
    assert bytes(Head.objects.get(stream="test/1").last) == second.leaf_hash
    assert Pending.objects.filter(entry_id__in=[first.pk, second.pk]).count() == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_appended_outside_a_transaction():
    with pytest.raises(RuntimeError):
        chain.append(chain.lock("test/1"), "one", actor="system/test", data={})


def test_a_failed_append_takes_the_business_change_with_it(db):
    with pytest.raises(TypeError), transaction.atomic():
        Head.objects.create(stream="business", last=GENESIS)
        chain.append(chain.lock("test/1"), "one", actor="system/test", data={"area": 1.5})
    assert not Head.objects.filter(stream="business").exists()


@pytest.mark.django_db(transaction=True)
def test_eight_simultaneous_appends_leave_an_unbroken_chain(run_together):
    def append():
        with transaction.atomic():
            chain.append(chain.lock("test/race"), "entry", actor="system/test", data={})

    assert run_together(*[append] * 8) == ["ok"] * 8
    entries = list(Entry.objects.of("test/race"))
    assert [entry.seq for entry in entries] == list(range(1, 9))
    links = [GENESIS.hex(), *(bytes(entry.leaf_hash).hex() for entry in entries)]
    assert [json.loads(bytes(entry.body))["prev"] for entry in entries] == links[:-1]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_entry SET kind = 'x'", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry"],
)
def test_the_table_refuses_to_change(db, statement):
    with transaction.atomic():
        chain.append(chain.lock("test/1"), "one", actor="system/test", data={})
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_clock_that_went_back_stops_the_writing(db):
    with transaction.atomic():
        chain.append(chain.lock("test/1"), "one", actor="system/test", data={})
        Head.objects.filter(stream="test/1").update(last_at="2100-01-01T00:00:00Z")
        with pytest.raises(chain.ClockWentBack):
            chain.append(chain.lock("test/1"), "two", actor="system/test", data={})
