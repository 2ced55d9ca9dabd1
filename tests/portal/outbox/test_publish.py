"""What was committed happens, once; what was not committed never does (reliability.md 3.2.3)."""

import select
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


def test_a_receipt_without_luck_is_tried_eight_times_and_then_kept_as_dead(db, done, happen, caplog):
    happen()
    sent = []
    for _ in range(DEAD_AFTER_TRIES + 3):
        relay_due(sent.append)
        lose_messages()
    receipt = Receipt.objects.dead().get()
    assert (len(sent), receipt.tries) == (8, 8)
    assert "1 receipts gave up" in caplog.text
    assert deliver(receipt.pk) == "done" and len(done) == 1  # a person may still let it run


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
