"""Which papers a transfer inquiry needs, from the catalogue and from the capacity in which the applicant files."""

from datetime import date

from inquiries.models import Capacity
from portal.casework.models import Case
from portal.catalogue import rules
from portal.catalogue.models import RequiredDocument

FOR_CAPACITY = {
    Capacity.ATTORNEY: {"representation"},
    Capacity.HEIR: {"representation"},
    Capacity.GUARDIAN: {"representation"},
}


def papers_of(case: Case, on: date) -> list[RequiredDocument]:
    """Every paper that the form offers, required ones first, in the catalogue's order."""
    needed = {paper.pk for paper in required_papers(case, on)}
    return sorted(rules.documents(case.service, on), key=lambda paper: (paper.pk not in needed, paper.position))


def required_papers(case: Case, on: date) -> list[RequiredDocument]:
    extra = FOR_CAPACITY.get(Capacity(case.inquiry.capacity), set())
    return [paper for paper in rules.documents(case.service, on) if paper.is_required or paper.code in extra]
