"""What was committed happens, once; what was not committed never does (reliability.md 3.2.3)."""

import select
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.casework.models import Case
from portal.core.errors import IllegalStep
from portal.demo import cases
from portal.outbox import publish as outbox
from portal.outbox.models import DEAD_AFTER_TRIES, RESEND_AFTER, Event, Receipt
from portal.outbox.publish import deliver, relay_due
from portal.workflow.perform import perform


class WorkerLost(Exception):
    pass


def lose_messages():
    """As if the broker had forgotten what it was told."""
    Receipt.objects.filter(done_at=None).update(sent_at=timezone.now() - RESEND_AFTER - timedelta(seconds=1))


def test_an_event_has_one_receipt_a_consumer(db, done, happen):
    event = happen()
    assert [receipt.consumer for receipt in event.receipts.all()] == ["test.consume"]


def test_an_event_without_consumers_leaves_nothing_to_do(db, happen):
    assert not happen().receipts.exists()


def test_what_rolls_back_is_never_sent(db, done, happen):
    with pytest.raises(WorkerLost), transaction.atomic():
        happen()
        raise WorkerLost
    assert not Event.objects.filter(name="test.happened").exists()
    assert relay_due(deliver) == 0 and done == []


def test_a_relay_killed_half_way_repeats_messages_but_no_effect(db, done, happen):
    events = [happen() for _ in range(5)]
    sent = []

    def send(receipt_id):
        if len(sent) == 3:
            raise WorkerLost
        sent.append(receipt_id)

    with pytest.raises(WorkerLost):
        relay_due(send)
    assert Receipt.objects.due().count() == 5  # nothing was marked: the kill came before the commit
    relay_due(sent.append)
    assert len(sent) == 3 + 5
    outcomes = [deliver(receipt_id) for receipt_id in sent]
    assert done == [event.subject_id for event in events]
    assert outcomes.count("done") == 5 and outcomes.count("again") == 3


def test_a_lost_message_is_sent_again_after_a_while_and_not_before(db, done, happen):
    happen()
    assert relay_due(lambda receipt_id: None) == 1
    assert relay_due(deliver) == 0
    lose_messages()
    assert relay_due(deliver) == 1
    assert len(done) == 1 and not Receipt.objects.filter(done_at=None).exists()


def test_workers_that_are_away_for_hours_use_up_no_try(db, done, happen):
    happen()
    sent = []
    for _ in range(100):  # more than four hours of messages that nobody took
        relay_due(sent.append)
        lose_messages()
    receipt = Receipt.objects.get(consumer="test.consume")
    assert (len(sent), receipt.tries, receipt.dead_at) == (100, 0, None)
    assert deliver(sent[-1]) == "done" and len(done) == 1
    assert deliver(sent[0]) == "again"


@pytest.fixture
def poison(monkeypatch, done) -> list[int]:
    """A consumer that takes its worker along: no line after it runs. Returns the tries counted at each run."""
    runs: list[int] = []

    def kill(event, receipt):
        runs.append(Receipt.objects.get(pk=receipt.pk).tries)
        raise KeyboardInterrupt

    monkeypatch.setitem(outbox._consumers, "test.consume", kill)
    return runs


def deliver_and_lose(receipt_id):
    with suppress(KeyboardInterrupt):
        deliver(receipt_id)


def test_a_poisonous_receipt_is_begun_eight_times_and_then_kept_as_dead(db, poison, happen, caplog):
    happen()
    for _ in range(DEAD_AFTER_TRIES + 3):
        relay_due(deliver_and_lose)
        lose_messages()
    receipt = Receipt.objects.dead().get()
    assert (poison, receipt.tries) == ([1, 2, 3, 4, 5, 6, 7, 8], 8)
    assert [record.levelname for record in caplog.records if "1 receipts gave up" in record.message] == ["ERROR"]


def test_copies_of_a_poisonous_message_kill_no_more_than_eight_workers(db, poison, happen):
    receipt = happen().receipts.get()
    for _ in range(DEAD_AFTER_TRIES):
        deliver_and_lose(receipt.pk)
    assert deliver(receipt.pk) == "spent" and len(poison) == 8


def test_a_person_may_let_a_dead_receipt_run_again(db, poison, done, happen, monkeypatch):
    receipt = happen().receipts.get()
    Receipt.objects.filter(pk=receipt.pk).update(tries=DEAD_AFTER_TRIES, dead_at=timezone.now())
    assert deliver(receipt.pk) == "spent" and relay_due(deliver) == 0
    monkeypatch.setitem(outbox._consumers, "test.consume", lambda event, receipt: receipt.claim())
    Receipt.objects.filter(pk=receipt.pk).update(tries=0, dead_at=None)
    assert relay_due(deliver) == 1
    receipt.refresh_from_db()
    assert receipt.done_at


def test_no_copy_is_sent_while_a_worker_is_at_it(db, done, happen, monkeypatch):
    due = []

    def consume(event, receipt):
        due.append(Receipt.objects.due().count())
        receipt.claim()

    monkeypatch.setitem(outbox._consumers, "test.consume", consume)
    receipt = happen().receipts.get()
    relay_due(lambda receipt_id: None)
    lose_messages()  # the message waited long before a worker took it
    assert deliver(receipt.pk) == "done" and due == [0]


@pytest.mark.django_db(transaction=True)
def test_a_try_is_committed_before_the_consumer_runs(done, happen, monkeypatch):
    seen = []

    def consume(event, receipt):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT tries FROM outbox_receipt WHERE id = %s", [receipt.pk])
            seen.append(cursor.fetchone()[0])
        other.close()
        receipt.claim()

    monkeypatch.setitem(outbox._consumers, "test.consume", consume)
    assert deliver(happen().receipts.get().pk) == "done" and seen == [1]


def test_done_receipts_and_their_events_are_forgotten_and_open_duties_are_not(db, done, happen):
    old, half_done, young = happen(), happen(), happen()
    long_ago = timezone.now() - timedelta(days=91)
    Event.objects.filter(pk__in=[old.pk, half_done.pk]).update(at=long_ago)
    Receipt.objects.filter(event__in=[old, young]).update(done_at=timezone.now())
    Receipt.objects.filter(event=old).update(done_at=long_ago)
    Receipt.objects.create(event=half_done, consumer="test.other", done_at=long_ago)
    outbox.forget_done(timezone.now() - timedelta(days=90))
    assert set(Event.objects.filter(name="test.happened")) == {half_done, young}
    assert set(Receipt.objects.values_list("event", "consumer")) >= {
        (half_done.pk, "test.consume"), (young.pk, "test.consume"),
    }  # fmt: skip
    assert not Receipt.objects.filter(consumer="test.other").exists()


def test_a_consumer_that_fails_keeps_its_duty_and_says_only_what_kind_of_error(db, monkeypatch, done, happen):
    def fail(event, receipt):
        raise ValueError("۰۹۱۴۰۰۰۰۰۰۱ is personal and stays out of the table")

    monkeypatch.setitem(outbox._consumers, "test.consume", fail)
    receipt = happen().receipts.get()
    with pytest.raises(ValueError):
        deliver(receipt.pk)
    receipt.refresh_from_db()
    assert (receipt.done_at, receipt.error) == (None, "ValueError")


def test_a_duty_towards_a_record_that_moved_on_lapses(db, monkeypatch, done, happen):
    def moved_on(event, receipt):
        raise IllegalStep

    monkeypatch.setitem(outbox._consumers, "test.consume", moved_on)
    receipt = happen().receipts.get()
    assert deliver(receipt.pk) == "moot"
    assert deliver(receipt.pk) == "again"
    receipt.refresh_from_db()
    assert receipt.done_at and receipt.error == "moot"


def test_a_withdrawn_case_is_not_routed_any_more(case_at, maryam, actor_of, monkeypatch):
    monkeypatch.setattr(cases, "settle", lambda: None)
    case = cases.match(case_at("in_archive_match"))
    receipt = Receipt.objects.get(event__subject_id=case.pk, consumer="inquiries.consumers.choose_route")
    assert deliver(receipt.pk) == "done"
    perform(Case.objects.get(pk=case.pk), "withdraw", actor=actor_of(maryam))
    Receipt.objects.filter(pk=receipt.pk).update(done_at=None)
    assert deliver(receipt.pk) == "moot"
    assert Case.objects.get(pk=case.pk).state == "withdrawn"


def test_two_subscriptions_of_one_consumer_are_a_mistake():
    from inquiries.consumers import choose_route

    with pytest.raises(ValueError, match="twice"):
        outbox.subscribe("transfer_inquiry.match", choose_route)


@pytest.mark.django_db(transaction=True)
def test_three_relays_share_the_work_without_a_duplicate(done, happen, run_together):
    for _ in range(20):
        happen()
    sent = []

    def relay():
        while relay_due(sent.append, limit=3):
            pass

    assert run_together(relay, relay, relay) == ["ok"] * 3
    assert len(sent) == len(set(sent)) == 20


@pytest.mark.django_db(transaction=True)
def test_eight_workers_with_the_same_message_do_it_once(done, happen, run_together):
    receipt = happen().receipts.get()
    assert run_together(*[lambda: deliver(receipt.pk)] * 8) == ["ok"] * 8
    assert len(done) == 1


@pytest.mark.django_db(transaction=True)
def test_the_relay_hears_of_an_event_at_its_commit(done, happen):
    listener = connection.copy()
    listener.ensure_connection()
    with listener.cursor() as cursor:
        cursor.execute(f"LISTEN {outbox.CHANNEL}")
    try:
        with transaction.atomic():
            happen()
            assert not select.select([listener.connection], [], [], 0.2)[0]
        assert select.select([listener.connection], [], [], 10)[0]
    finally:
        listener.close()
