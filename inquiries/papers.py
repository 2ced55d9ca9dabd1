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
    return sorted(rules.documents(case.service, on), key=lambda paper: (not is_required(paper, case), paper.position))


def required_papers(case: Case, on: date) -> list[RequiredDocument]:
    return [paper for paper in rules.documents(case.service, on) if is_required(paper, case)]


def is_required(paper: RequiredDocument, case: Case) -> bool:
    return paper.is_required or paper.code in FOR_CAPACITY.get(Capacity(case.inquiry.capacity), set())
