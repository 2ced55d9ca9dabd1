"""Openings go into the ledger by the range, each once, and the table refuses to change."""

import hashlib
import json
import time
from datetime import UTC, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.casework import sealing, tasks
from portal.casework.models import CaseView, opened
from portal.core.identifiers import uuid7
from portal.core.sealing import EMPTY
from portal.ledger.models import Entry


@pytest.fixture
def at_once(monkeypatch) -> None:
    monkeypatch.setattr(sealing, "MARGIN", timedelta(0))


@pytest.fixture
def view(draft, reviewer, actor_of):
    """`view()` logs one opening, and returns when the millisecond of its key is over."""

    def make() -> CaseView:
        made = opened(draft, actor=actor_of(reviewer), purpose="read")
        time.sleep(0.002)
        assert made is not None
        return made

    return make


def seals() -> list[sealing.Seal]:
    found = [sealing.Seal.of(entry.facts) for entry in Entry.objects.of(sealing.STREAM)]
    assert all(found)
    return [seal for seal in found if seal]


def test_the_ranges_follow_each_other_and_hold_each_opening_once(at_once, view):
    views = [view(), view()]
    tasks.seal_openings()
    tasks.seal_openings()  # a redelivered message
    views.append(view())
    tasks.seal_openings()
    assert [seal.count for seal in seals()] == [2, 0, 1]
    assert seals()[1].digest == EMPTY
    assert [seal.after for seal in seals()] == [str(sealing.FIRST), *(seal.until for seal in seals()[:-1])]
    assert all(seals()[0].after < str(one.pk) <= seals()[0].until for one in views[:2])


def test_an_outsider_can_compute_the_digest(at_once, view):
    """SHA-256 over the SHA-256 of each row, a JSON array as Postgres writes it."""
    rows = sorted((view(), view()), key=lambda one: one.pk)
    tasks.seal_openings()
    texts = [
        [str(one.pk), str(one.case_id), str(one.user_id), one.unit, one.purpose,
         f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".")]
        for one in rows
    ]  # fmt: skip
    hashes = [hashlib.sha256(json.dumps(text).encode()).digest() for text in texts]
    assert seals()[0].digest == hashlib.sha256(b"".join(hashes)).hexdigest()


def test_what_may_still_be_overtaken_waits(view):
    """An opening of an open transaction, or of a machine whose clock is behind, may yet come with an older key."""
    made = view()
    tasks.seal_openings()
    [seal] = seals()
    assert seal.count == 0 and seal.until < str(made.pk)
    behind = timezone.now() - sealing.MARGIN
    assert abs(int(seal.until.replace("-", "")[:12], 16) / 1000 - behind.timestamp()) < 60


def test_many_openings_are_several_seals(at_once, view, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 2)
    for _one in range(5):
        view()
    assert sealing.seal_openings() == 5
    assert [seal.count for seal in seals()] == [2, 2, 1]


def test_a_key_stands_between_the_moments():
    made = uuid7()
    milliseconds = made.int >> 80
    assert sealing.key_at(milliseconds) < made <= sealing.key_at(milliseconds + 1)


@pytest.mark.parametrize("facts", [{}, {"after": "x"}, {"after": None, "until": 3, "count": 1, "digest": ""}])
def test_what_is_no_seal_is_none(facts):
    assert sealing.Seal.of(facts) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_seal_nothing_twice(at_once, view, run_together):
    for _one in range(3):
        view()
    assert run_together(*[sealing.seal_openings] * 3) == ["ok"] * 3
    assert [seal.count for seal in seals()] == [3, 0, 0]
    assert [seal.after for seal in seals()[1:]] == [seal.until for seal in seals()[:-1]]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE casework_caseview SET unit = 'x'", "DELETE FROM casework_caseview", "TRUNCATE casework_caseview"],
)
def test_who_opened_a_file_is_only_ever_added(view, statement):
    view()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert CaseView.objects.get().unit == "reviewer/1"
