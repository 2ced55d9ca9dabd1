"""A certificate is revoked by the approver with a coded reason; everybody who asks is told at once."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from portal.casework.models import Case
from portal.core.errors import IllegalStep, NotAllowed, NotYet
from portal.demo import cases
from portal.documents.models import Certificate
from portal.documents.tasks import TIMER
from portal.ledger.models import Entry
from portal.outbox.models import Receipt
from portal.outbox.publish import deliver
from portal.oversight import fsck
from portal.workflow.perform import perform


@pytest.fixture
def certificate(case_at) -> Certificate:
    return case_at("issued").certificates.get()


def form(certificate: Certificate, **typed: str) -> dict[str, object]:
    return {"seen": certificate.revision, "key": uuid4()} | typed


def step(certificate: Certificate) -> str:
    return reverse("workflow:step", args=["certificates", certificate.serial, "revoke"])


def verdict(certificate: Certificate) -> str:
    url = reverse("verification:link", args=[certificate.serial, certificate.code])
    return Client(headers={"accept-language": "fa"}).get(url).content.decode()


def test_the_approver_revokes_it_and_whoever_verifies_is_told_at_once(client_of, approver, certificate, monkeypatch):
    monkeypatch.setattr(cases, "settle", lambda: None)  # the workers are away
    assert 'data-verdict="issued"' in verdict(certificate)
    browser = client_of(approver)
    assert "ابطال این گواهی" in browser.get(certificate.get_absolute_url()).content.decode()
    assert browser.post(step(certificate), form(certificate, reason="forgery")).status_code == 302
    assert 'data-verdict="revoked"' in verdict(certificate)
    entry = Entry.objects.of(certificate.stream).last()
    assert (entry.kind, entry.actor) == ("certificate.revoke", f"user/{approver.pk}")
    assert entry.facts["reason"] == "forgery"


def test_the_case_follows_and_the_applicant_reads_why(client_of, approver, maryam, certificate):
    client_of(approver).post(step(certificate), form(certificate, reason="violation"))
    cases.settle()
    case = Case.objects.get(pk=certificate.case_id)
    assert case.state == "revoked"
    page = client_of(maryam).get(case.get_absolute_url()).content.decode()
    assert "تخلف ساختمانی آشکار شده" in page and "این گواهی باطل شده است" in page
    assert list(fsck.faults()) == []
    assert cases.file(maryam, case.parcel, letter_no="1405/78").state == "in_intake"  # the matter is open to a new one


def test_without_a_reason_nothing_is_revoked(client_of, approver, certificate):
    answer = client_of(approver).post(step(certificate), form(certificate))
    assert answer.status_code == 422 and "دلیل را برگزینید" in answer.content.decode()
    certificate.refresh_from_db()
    assert certificate.state == "issued"


@pytest.mark.parametrize("person", ["reviewer", "signatory", "auditor", "maryam"])
def test_nobody_else_of_the_case_may(client_of, certificate, person, request):
    answer = client_of(request.getfixturevalue(person)).post(step(certificate), form(certificate, reason="order"))
    assert answer.status_code == 403
    certificate.refresh_from_db()
    assert certificate.state == "issued"


def test_it_asks_for_a_fresh_second_factor(client_of, approver, certificate):
    browser = client_of(approver, stepped_up=False)
    answer = browser.post(step(certificate), form(certificate, reason="order"))
    assert answer.headers["Location"].startswith(reverse("accounts:step_up"))


def test_nobody_revokes_a_certificate_of_their_own(actor_of, maryam, certificate):
    with pytest.raises(NotAllowed):
        perform(certificate, "revoke", actor=actor_of(maryam), reason="register")


def test_a_forgery_found_after_the_time_is_over_is_no_longer_called_genuine(actor_of, approver, certificate):
    perform(certificate, "expire", actor=TIMER)
    cases.settle()
    perform(certificate, "revoke", actor=actor_of(approver), reason="forgery")
    cases.settle()
    assert 'data-verdict="revoked"' in verdict(certificate)
    assert Case.objects.get(pk=certificate.case_id).state == "revoked"
    with pytest.raises(IllegalStep):
        perform(certificate, "revoke", actor=actor_of(approver), reason="order")


def test_a_revocation_that_overtakes_the_completion_waits_for_it(case_at, actor_of, approver, monkeypatch):
    signable = case_at("awaiting_signature")
    monkeypatch.setattr(cases, "settle", lambda: None)
    case = cases.sign(signable)
    made = Receipt.objects.get(event__name="certificate.begin")
    assert deliver(made.pk) == "done"  # the paper is there, and nobody has completed the case yet
    perform(case.certificates.get(), "revoke", actor=actor_of(approver), reason="order")
    completion, revocation = (
        Receipt.objects.get(event__name=f"certificate.{act}", done_at=None) for act in ("issue", "revoke")
    )
    with pytest.raises(NotYet):
        deliver(revocation.pk)
    assert [deliver(completion.pk), deliver(revocation.pk)] == ["done", "done"]
    case.refresh_from_db()
    assert case.state == "revoked"
    assert list(fsck.faults()) == []
