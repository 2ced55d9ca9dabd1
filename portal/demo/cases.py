"""Cases of the demonstration, walked to where they stand by the same engine that people use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.utils import timezone

from inquiries import filing
from inquiries.certificate import contents, contents_digest
from inquiries.effects import attach, missing_papers
from inquiries.forms import QUESTIONS
from inquiries.models import Deal
from portal.accounts.actors import Actor
from portal.accounts.models import Role, RoleGrant, User
from portal.casework.models import Assignment, Case
from portal.core.identifiers import RenovationCode
from portal.demo.papers import received
from portal.outbox.models import Receipt
from portal.outbox.publish import deliver
from portal.parcels.models import Parcel
from portal.workflow.perform import begin, perform

DRAFTED = "draft"
WAY = ("in_intake", "in_archive_match", "in_review", "awaiting_approval", "awaiting_signature", "issued")
"""Where a case can be walked to, in order; each stop is a desk, or the end."""


def draft(applicant: User, parcel: Parcel, *, letter_no: str, notary: str = "12", capacity: str = "owner") -> Case:
    """A complete draft: deal, notary, papers; only the declaration is missing."""
    code = RenovationCode.parse(parcel.code)
    case = filing.begin_draft(actor=Actor.of(applicant), renovation_code=code, capacity=capacity)
    filing.keep_deal(
        case,
        {
            "deal": Deal.SALE,
            "share": Fraction(1),
            "notary_number": notary,
            "notary_city": "ارومیه",
            "letter_no": letter_no,
            "letter_date": timezone.localdate() - timedelta(days=2),
            "buyer_national_code": "",
            "planned_on": None,
        },
    )
    for paper in missing_papers(case):
        attach(case, paper.code, received(paper.code))
    return case


def file(applicant: User, parcel: Parcel, **options: Any) -> Case:
    """A filed case, waiting at intake."""
    return perform(draft(applicant, parcel, **options), "submit", actor=Actor.of(applicant), is_declared=True)


def walk(case: Case, target: str) -> Case:
    """Let each desk on the way do its work until the case stands at `target`, one of WAY."""
    for stop, act in zip(WAY, (accept, match, endorse, approve, sign), strict=False):
        if case.state == target:
            return case
        if case.state == stop:
            case = act(case)
    if case.state != target:
        raise ValueError(f"{case} stands at {case.state}, not at {target}")
    return case


def accept(case: Case) -> Case:
    return by(Role.HELP_DESK, case, "accept", is_letter_readable=True, is_identity_matching=True)


def match(case: Case) -> Case:
    return by(Role.ARCHIVIST, case, "match", has_file=True, file_number=f"{case.district_id}/1387")


def endorse(case: Case) -> Case:
    return by(Role.REVIEWER, case, "endorse", findings=dict.fromkeys(QUESTIONS, "yes"), note="")


def approve(case: Case) -> Case:
    return by(Role.APPROVER, case, "approve")


def sign(case: Case) -> Case:
    return by(Role.SIGNATORY, case, "sign", contents=contents_digest(contents(case)))


def return_for(case: Case, role: Role, items: dict[str, str], note: str) -> Case:
    return by(role, case, "return", items=items, note=note)


def by(role: Role, case: Case, action: str, **facts: Any) -> Case:
    """The step by whoever holds the role in the case's district, with the case in hand and a fresh second factor."""
    actor = holder(role, case)
    take(case, actor)
    perform(case, action, actor=actor, **facts)
    settle()
    return Case.objects.get(pk=case.pk)


def holder(role: Role, case: Case) -> Actor:
    grant = RoleGrant.objects.open().filter(role=role, district=case.district_id).select_related("user").first()
    if grant is None:
        raise LookupError(f"nobody is {role} in district {case.district_id}")
    return replace(Actor.of(grant.user), stepped_up_at=timezone.now())


def take(case: Case, actor: Actor) -> None:
    """Put the case into the actor's hand, as "next case" would when its turn comes."""
    taken = {"case": case, "case_revision": case.revision, "user_id": actor.user_id}
    if not Assignment.objects.taken().filter(**taken).exists():
        begin(Assignment(workflow="assignment", **taken), actor=actor, case=str(case.pk), case_revision=case.revision)


def settle(relay: Callable[[Any], Any] = deliver) -> None:
    """Run what follows by itself, until nothing is due: what relay and worker do in a running portal."""
    while due := list(Receipt.objects.due().filter(sent_at=None).order_by("id").values_list("pk", flat=True)[:100]):
        for receipt in due:
            relay(receipt)
