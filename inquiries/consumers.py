"""What follows by itself from a step of an inquiry. Each consumer may run twice: it claims its receipt in `perform`."""

from portal.accounts.actors import Actor
from portal.casework.models import Case
from portal.core.errors import NotYet
from portal.documents.issue import ISSUER
from portal.documents.models import Certificate
from portal.outbox.models import Event, Receipt
from portal.parcels.facts import owing_rial
from portal.workflow.perform import perform

TRIAGE = Actor.system("triage-rule")
DEBT_CHECK = Actor.system("debt-check")
REVOCATION = Actor.system("revocation")
TIMER = Actor.system("deadline-timer")


def choose_route(event: Event, receipt: Receipt) -> None:
    """After the archive match: without visits every file goes to review."""
    perform(Case.objects.get(pk=event.subject_id), "route", actor=TRIAGE, once=receipt)


def check_debts(event: Event, receipt: Receipt) -> None:
    """After the review, and again when the applicant says the debts are settled: ask the register, not a person."""
    case = Case.objects.get(pk=event.subject_id)
    if case.state != "in_debt_check":
        receipt.claim()
        return
    owing: int = owing_rial(case.parcel, case.service)
    perform(case, "owe" if owing else "clear", actor=DEBT_CHECK, once=receipt, owing_rial=owing)


def complete(event: Event, receipt: Receipt) -> None:
    """The paper is stored: the case is answered."""
    certificate = Certificate.objects.select_related("case").get(pk=event.subject_id)
    perform(certificate.case, "complete", actor=ISSUER, once=receipt, serial=certificate.serial)


def expire(event: Event, receipt: Receipt) -> None:
    """The certificate's validity is over, and so is the case's."""
    perform(_issued_case(event), "expire", actor=TIMER, once=receipt)


def revoke(event: Event, receipt: Receipt) -> None:
    """The certificate lost its force at once; its case follows, so that the matter can be filed anew."""
    case = _issued_case(event)
    reason = Certificate.objects.get(pk=event.subject_id).revoked_for
    perform(case, "revoke", actor=REVOCATION, once=receipt, reason=reason)


def _issued_case(event: Event) -> Case:
    """The case of the certificate, once it is completed. Raises NotYet: events may overtake one another."""
    case = Certificate.objects.select_related("case").get(pk=event.subject_id).case
    if case.state == "in_issue":
        raise NotYet
    return case
