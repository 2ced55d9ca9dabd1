"""What follows by itself happens once, however often and late it is delivered."""

import pytest

from inquiries import consumers
from portal.casework.models import Case, DailyCount
from portal.demo import cases
from portal.ledger.models import Entry
from portal.outbox.models import Receipt
from portal.outbox.publish import deliver
from portal.workflow.perform import perform


def receipt_of(case: Case, consumer: str) -> Receipt:
    return Receipt.objects.filter(consumer=f"inquiries.consumers.{consumer}").latest("id")


@pytest.fixture
def stop_relay(monkeypatch):
    """`stop_relay()`: from now on, what follows from a step waits."""
    return lambda: monkeypatch.setattr(cases, "settle", lambda: None)


def test_the_route_is_chosen_once(case_at, stop_relay):
    case = case_at("in_archive_match")
    stop_relay()
    case = cases.match(case)
    receipt = receipt_of(case, "choose_route")
    assert [deliver(receipt.pk) for _ in range(3)] == ["done", "again", "again"]
    assert Case.objects.get(pk=case.pk).state == "in_review"
    assert Entry.objects.of(case.stream).filter(kind="transfer_inquiry.route").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_workers_choose_one_route(case_at, stop_relay, run_together):
    case = case_at("in_archive_match")
    stop_relay()
    case = cases.match(case)
    receipt = receipt_of(case, "choose_route")
    assert run_together(*[lambda: deliver(receipt.pk)] * 8) == ["ok"] * 8
    assert Entry.objects.of(case.stream).filter(kind="transfer_inquiry.route").count() == 1
    receipt.refresh_from_db()
    assert receipt.done_at and receipt.error in ("", "moot")


def test_an_answer_that_is_not_about_debts_asks_no_register(returned, maryam, actor_of, monkeypatch):
    monkeypatch.setattr(consumers, "owing_rial", lambda *_args: pytest.fail("the register was asked"))
    perform(returned, "answer", actor=actor_of(maryam), fields={}, papers={})
    receipt = receipt_of(returned, "check_debts")
    assert deliver(receipt.pk) == "done"
    assert Case.objects.get(pk=returned.pk).state == "in_review"


def test_a_worker_lost_between_signature_and_paper_leaves_an_intent_that_the_next_one_finishes(
    case_at, stop_relay, monkeypatch
):
    from portal.documents import consumers as documents

    case = case_at("awaiting_signature")
    stop_relay()
    case = cases.sign(case)
    receipt = Receipt.objects.get(consumer="portal.documents.consumers.make_paper")
    with monkeypatch.context() as lost:
        lost.setattr(documents, "issue", lambda *_args, **_options: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(MemoryError):
            deliver(receipt.pk)
    certificate = case.certificates.get()
    assert (certificate.state, certificate.pdf_sha256) == ("intended", "")
    assert Case.objects.get(pk=case.pk).state == "in_issue"
    assert deliver(receipt.pk) == "done"
    assert deliver(receipt.pk) == "again"
    certificate.refresh_from_db()
    assert certificate.state == "issued" and certificate.pdf_sha256


def test_an_answer_is_counted_once(case_at, stop_relay):
    case = case_at("awaiting_signature")
    stop_relay()
    case = cases.sign(case)
    deliver(Receipt.objects.get(consumer="portal.documents.consumers.make_paper").pk)
    receipt = receipt_of(case, "complete")
    assert [deliver(receipt.pk) for _ in range(2)] == ["done", "again"]
    assert DailyCount.objects.get().closed == 1 and Case.objects.get(pk=case.pk).state == "issued"
