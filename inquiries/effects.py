"""What the steps of an inquiry write, and the rules that guard them; each runs inside `perform`.

Database only, and one look whether the store holds a paper.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.models import why_not_live
from inquiries.certificate import contents, contents_digest, freeze
from inquiries.models import Capacity, Finding, Inquiry
from inquiries.papers import required_papers
from portal.accounts.actors import Actor
from portal.accounts.models import Office, User
from portal.casework import deadlines, storage
from portal.casework.models import Attachment, Case, CaseQuerySet, Deficiency, Remark, count_closed, next_number
from portal.casework.worklist import has_taken
from portal.catalogue import rules
from portal.core.calendar import local_date, to_jalali
from portal.core.errors import GuardFailed, Refusal, StaleRecord
from portal.core.identifiers import make_reference
from portal.core.persian import isolated
from portal.core.templatetags.ui import fa
from portal.documents.issue import intend
from portal.parcels.facts import blocking_holds, facts_for, open_violations, owing_rial
from portal.parcels.models import Ownership, Parcel
from portal.workflow.steps import Facts

CASE_FILES, CASE_BYTES = 20, 25 * 1024**2


class AlreadyFiled(Refusal):
    """An open case about the same matter exists; `reference` is its tracking code."""

    code = "already_filed"

    def __init__(self, reference: str) -> None:
        shown = {"code": isolated(fa(reference))}
        super().__init__(_("This inquiry is already filed. Its tracking code is %(code)s.") % shown)
        self.reference = reference


class NotYours(Refusal):
    """The register does not name the applicant as an owner, and no other right was claimed."""

    code = "not_yours"
    message = gettext_lazy(
        "The register does not show you as an owner of this property. Choose the right in which you file, or ask the "
        "service desk of the district."
    )


# --- guards --------------------------------------------------------------------------------------------------------


def is_live_here(case: Case, actor: Actor, facts: Facts) -> None:
    """The service must be live in the parcel's district on the day of filing."""
    if why := why_not_live(case.service, case.parcel.district):
        raise GuardFailed(why)


def is_complete(case: Case, actor: Actor, facts: Facts) -> None:
    """Every required field and paper is there, and the declaration is made."""
    inquiry = case.inquiry
    if not inquiry.has_deal:
        raise GuardFailed(_("Complete the second step (the deal and the notary) before you file."))
    missing = missing_papers(case)
    if missing:
        titles = "، ".join(str(paper) for paper in missing)
        raise GuardFailed(_("Send these papers before you file: %(papers)s") % {"papers": titles})
    if not facts.get("is_declared"):
        raise GuardFailed(_("Tick the declaration before you file."))


def is_not_filed_yet(case: Case, actor: Actor, facts: Facts) -> None:
    """One open case per letter, and one per parcel, service and applicant (reliability.md T17).

    The parcel's row is locked first, so that of two simultaneous filings the second sees the first.
    """
    others = others_about_the_parcel(case)
    same = others.filter(matter=matter_of(case)).first() or others.filter(applicant=case.applicant_id).first()
    if same:
        raise AlreadyFiled(same.reference or "")


def is_in_hand(case: Case, actor: Actor, facts: Facts) -> None:
    """Cases are decided in the order in which "next case" hands them out."""
    if not has_taken(case, actor):
        raise GuardFailed(_("Take this file from your worklist with “next case” before you decide."))


def is_not_own_case(case: Case, actor: Actor, facts: Facts) -> None:
    """Nobody decides about their own application."""
    if actor.user_id == case.applicant_id:
        raise GuardFailed(_("You are the applicant of this file; a colleague must decide."))


def four_eyes(case: Case, actor: Actor, facts: Facts) -> None:
    """The approver is nobody who ever reviewed the file, and the signatory is neither of them."""
    has_reviewed = Finding.objects.filter(inquiry=case.inquiry, author=actor.user_id).exists()
    if has_reviewed or actor.user_id in (case.reviewer_id, case.approver_id):
        raise GuardFailed(_("You have already decided on this file in another role; a colleague must take this step."))


def all_findings_pass(case: Case, actor: Actor, facts: Facts) -> None:
    """A finding that says no leads to a return or a rejection, never to an approval."""
    if any(outcome == Finding.Outcome.NO for outcome in facts["findings"].values()):
        raise GuardFailed(_("A finding says “no”. Return the file to the applicant or reject it with a reason."))


def nothing_holds(case: Case, actor: Actor, facts: Facts) -> None:
    """A hold of level stop or stop-issue, or an unsettled violation, keeps the file where it is."""
    if blocking_holds(case.parcel, case.service):
        raise GuardFailed(_("A hold in the register stops this parcel. The file waits here, or is rejected with R08."))
    if open_violations(case.parcel):
        raise GuardFailed(_("An unsettled violation stands in the register. The file waits here until it is settled."))


def note8_allows(case: Case, actor: Actor, facts: Facts) -> None:
    """Note 8 of article 100: no clearance for a building without a completion or no-violation paper or an exemption."""
    known = facts_for(case.parcel, case.service)
    if known["note8_basis"] == "none" and known["buildings"]:
        raise GuardFailed(
            _(
                "The register holds neither a completion or no-violation certificate nor an exemption for this "
                "building, so note 8 of article 100 allows no clearance. Ask the applicant for the certificate with "
                "B15, or reject the file with R11."
            )
        )


def is_still_clear(case: Case, actor: Actor, facts: Facts) -> None:
    """Debts are asked once more before the decision: the check may be days old (reliability.md T32)."""
    if owing_rial(case.parcel, case.service):
        raise GuardFailed(_("The register shows new unpaid debts since the check. Send the file back to the reviewer."))


def is_entitled(case: Case, actor: Actor, facts: Facts) -> None:
    """Who files as owner is an owner on the day of filing, not only on the day the draft was begun."""
    if case.inquiry.capacity == Capacity.OWNER and not is_owner(User.objects.get(pk=actor.person_id), case.parcel):
        raise NotYours


def facts_are_those_shown(case: Case, actor: Actor, facts: Facts) -> None:
    """What is signed is what the signatory read: the register has not changed since the page was made (T26)."""
    if facts.get("contents") != contents_digest(contents(case)):
        raise StaleRecord


# --- effects -------------------------------------------------------------------------------------------------------


def file_case(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Give the tracking code, start the clock, fix the addressee."""
    now = timezone.now()
    inquiry = case.inquiry
    inquiry.declared_at = now
    inquiry.save(update_fields=["declared_at"])
    case.district = case.parcel.district
    case.submitted_at = now
    case.matter = matter_of(case)
    case.office = addressee_of(inquiry)
    deadlines.start(case, now)
    # The counter's row is locked last, for it is held until the commit.
    year = to_jalali(local_date(now))[0]
    series = f"case/{year}/{case.district_id}/{case.service.kind_digit}"
    case.reference = make_reference(year, case.parcel.district_id, case.service.kind_digit, next_number(series))
    return {
        "reference": case.reference,
        "service": case.service.code,
        "district": case.district_id,
        "parcel": str(case.parcel_id),
        "papers": [paper.recorded() for paper in case.attachments.current().order_by("id")],
        "due_on": str(case.due_on or ""),
        "holidays": case.clock[0].get("version", "") if case.clock else "",
    }


def note_archive(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Record under which number the paper file stands in the archive, or that there is none."""
    return {"file_number": facts["file_number"], "has_file": facts["has_file"]}


def keep_findings(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Store the reviewer's answers; the reviewer is from now on barred from approving and signing."""
    case.reviewer_id = actor.user_id
    Finding.objects.bulk_create(
        Finding(inquiry=case.inquiry, revision=case.revision, question=q, outcome=outcome, author_id=actor.person_id)
        for q, outcome in facts["findings"].items()
    )
    recorded: Facts = {"findings": dict(facts["findings"])}
    if facts.get("note"):
        recorded["note"] = Remark.write(case, facts["note"], actor=actor, is_for_applicant=False).digest
    return recorded


def return_case(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Ask for named corrections; the clock stops, the place in the queue stays."""
    case.returned_from = case.state
    if case.state == "in_review":
        case.reviewer_id = actor.user_id
    deadlines.stop(case, timezone.now())
    note = facts.get("note")
    remark = Remark.write(case, note, actor=actor) if note else None
    Deficiency.objects.bulk_create(
        Deficiency(case=case, reason=reason, item=item, remark=remark) for item, reason in facts["items"].items()
    )
    return {"items": dict(facts["items"])} | ({"note": remark.digest} if remark else {})


def ask_to_settle(case: Case, actor: Actor, facts: Facts) -> Facts:
    """The register shows unpaid lines that block a transfer: the applicant settles them, then answers."""
    case.returned_from = case.state
    deadlines.stop(case, timezone.now())
    Deficiency.objects.create(case=case, reason="B14", item="debts")
    return {"owing_rial": facts["owing_rial"]}


def note_clearance(case: Case, actor: Actor, facts: Facts) -> Facts:
    return {"owing_rial": facts["owing_rial"]}


def answer(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Take the corrected fields and papers, and nothing else; the clock goes on with the days that were left."""
    now = timezone.now()
    for item, value in facts["fields"].items():
        setattr(case.inquiry, item, value)
    if facts["fields"]:
        case.inquiry.save(update_fields=list(facts["fields"]))
        case.matter = matter_of(case)
        case.office = addressee_of(case.inquiry)
        if same := others_about_the_parcel(case).filter(matter=case.matter).first():
            raise AlreadyFiled(same.reference or "")
    papers = [attach(case, document, clean) for document, clean in facts["papers"].items()]
    case.deficiencies.filter(answered_at=None).update(answered_at=now)
    deadlines.go_on(case, now)
    return {"fields": sorted(facts["fields"]), "papers": [paper.recorded() for paper in papers]}


class TooMuchPaper(Refusal):
    """The case holds as many papers as one case may (reliability.md 4.4)."""

    code = "too_much_paper"
    message = gettext_lazy(
        "The papers of one case may have 25 megabytes and 20 files, replaced ones included. Send this paper as a "
        "smaller picture, or bring it to the service desk."
    )


class PaperGone(Refusal):
    """The store does not hold the bytes of a paper: no record may name them."""

    code = "paper_gone"
    message = gettext_lazy(
        "The file of a paper that you sent before is no longer here. Choose it again and send the form once more; "
        "everything else that you entered is kept."
    )


def attach(case: Case, document: str, clean: Any) -> Attachment:
    """Put a cleaned upload, whose bytes are stored already, in the place of the paper in force.

    Raises PaperGone and TooMuchPaper.
    """
    if not storage.exists(clean.cleaned_sha256):
        raise PaperGone
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)  # two uploads at once must not both be the last
        return _attach(case, document, clean)


def _attach(case: Case, document: str, clean: Any) -> Attachment:
    held = case.attachments.aggregate(files=Count("pk"), size=Sum("size_bytes", default=0))
    if held["files"] >= CASE_FILES or held["size"] + clean.size > CASE_BYTES:
        raise TooMuchPaper
    case.attachments.current().filter(document=document).update(replaced_at=timezone.now())
    return Attachment.objects.create(
        case=case,
        document=document,
        shown_name=clean.shown_name,
        media_type=clean.media_type,
        pages=clean.pages,
        size_bytes=clean.size,
        received_sha256=clean.received_sha256,
        cleaned_sha256=clean.cleaned_sha256,
    )


def keep_approver(case: Case, actor: Actor, facts: Facts) -> Facts:
    case.approver_id = actor.user_id
    return {}


def send_back(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Back to the reviewer with a reason; an approval given before no longer counts."""
    case.approver_id = None
    return {"note": Remark.write(case, facts["note"], actor=actor, is_for_applicant=False).digest}


def sign(case: Case, actor: Actor, facts: Facts) -> Facts:
    """Freeze what was read into the intent of a certificate; a worker makes the paper from it."""
    now = timezone.now()
    valid_until = rules.valid_until(case.service, local_date(now), case.district_id)
    snapshot = freeze(case, signatory=actor, at=now, valid_until=valid_until)
    certificate = intend(case, snapshot, actor=actor, at=now, valid_until=valid_until)
    return {"certificate": str(certificate.pk), "serial": certificate.serial, "contents": facts["contents"]}


def close_answered(case: Case, actor: Actor, facts: Facts) -> Facts:
    """The answer is out: the case is closed and counted."""
    case.closed_at = timezone.now()
    count_closed(case, local_date(case.closed_at))
    return {"serial": facts["serial"]}


def note_revocation(case: Case, actor: Actor, facts: Facts) -> Facts:
    return {"reason": facts["reason"]}


def close(case: Case, actor: Actor, facts: Facts) -> None:
    case.closed_at = timezone.now()
    case.paused_at = None


def reject(case: Case, actor: Actor, facts: Facts) -> Facts:
    close(case, actor, facts)
    remark = Remark.write(case, facts["note"], actor=actor)
    if case.state == "in_review":
        case.reviewer_id = actor.user_id
    return {"reason": facts["reason"], "note": remark.digest}


# --- shared answers ------------------------------------------------------------------------------------------------


def is_owner(person: User, parcel: Parcel) -> bool:
    """True when the register names the person as an owner of the node or of what it stands on."""
    owned = Ownership.objects.open().of_person(person.national_code)
    return owned.filter(parcel__in=parcel.lineage()).exists()


def matter_of(case: Case) -> str:
    """What the case is about: one open case per service, parcel and letter of a notary office."""
    inquiry: Inquiry = case.inquiry
    return f"{case.service.code}/{case.parcel_id}/{inquiry.notary_number}/{inquiry.letter_no}"[:120]


def others_about_the_parcel(case: Case) -> CaseQuerySet:
    """The other open cases of this service about the parcel, whose row stays locked until the commit."""
    Parcel.objects.select_for_update(of=("self",)).get(pk=case.parcel.pk)
    return Case.objects.open().exclude(pk=case.pk).filter(parcel=case.parcel_id, service=case.service_id)


def addressee_of(inquiry: Inquiry) -> Office | None:
    """The notary office named in the inquiry, when it takes part: it may read the answer."""
    named = Office.objects.filter(kind=Office.Kind.NOTARY, city=inquiry.notary_city, number=inquiry.notary_number)
    return named.filter(is_active=True).first()


def missing_papers(case: Case, on: date | None = None) -> list[Any]:
    """The required papers of the service that are not attached yet, and those that the capacity calls for."""
    present = set(case.attachments.current().values_list("document", flat=True))
    return [paper for paper in required_papers(case, on or timezone.localdate()) if paper.code not in present]
