"""What the page of an inquiry shows to whom."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inquiries.certificate import contents, contents_digest
from inquiries.forms import QUESTIONS, ReturnForm, items_of
from inquiries.models import Finding
from inquiries.workflow import DESKS, STATES
from portal.accounts.actors import Actor
from portal.casework.deadlines import answer_by, closures, remaining
from portal.casework.models import Case, CaseView
from portal.casework.readers import by_unit
from portal.casework.timeline import Moment, moments
from portal.casework.worklist import ahead_of, has_taken, waiting_for
from portal.catalogue.models import ReasonCode
from portal.core.calendar import describe_derivation
from portal.core.persian import isolated
from portal.core.templatetags.ui import in_dang, jalali
from portal.documents.models import Revocation
from portal.parcels.facts import facts_for, facts_in_words
from portal.workflow.perform import steps_for
from portal.workflow.views import blank_form

FINDING_TONES: dict[str, str] = {
    Finding.Outcome.YES: "ok",
    Finding.Outcome.NO: "no",
    Finding.Outcome.NOT_APPLICABLE: "plain",
}
PATH = (
    "in_intake",
    "in_archive_match",
    "in_review",
    "in_debt_check",
    "awaiting_approval",
    "awaiting_signature",
    "issued",
)
"""The usual way, for the part of the timeline that lies ahead."""
HAVE_CERTIFICATE = ("in_issue", "issued", "expired", "revoked")
WAITING = {state for states in DESKS.values() for state in states}
"""States in which a case waits its turn at a desk."""
BESIDE_PATH = {"in_triage": "in_archive_match", "in_issue": "awaiting_signature"}
"""States that last a moment: where on the usual way they come after."""


def context_of(case: Case, actor: Actor, *, action: str = "", form: Any = None) -> dict[str, Any]:
    """Everything the case page needs; `form` is the bound form of `action` when it did not pass."""
    is_applicant = case.applicant_id is not None and actor.user_id == case.applicant_id
    is_staff = actor.is_citywide or case.district_id in actor.district_ids
    is_taken = has_taken(case, actor)
    steps = steps_for(case, actor) if is_applicant or is_taken or form is not None else []
    forms = {
        step.action: form if step.action == action and form is not None else blank_form(step, case) for step in steps
    }
    labels = next((blank.items for blank in forms.values() if isinstance(blank, ReturnForm)), None) or items_of(case)
    path = list(moments(case))
    certificate = case.certificates.order_by("-id").first() if case.state in HAVE_CERTIFICATE else None
    today = timezone.localdate()
    context: dict[str, Any] = {
        "case": case,
        "inquiry": case.inquiry,
        "state": STATES[case.state],
        "is_applicant": is_applicant,
        "is_staff": is_staff,
        "is_taken": is_taken,
        "steps": [
            {"step": step, "form": forms[step.action], "is_open": step.action == action} for step in steps
        ],
        "timeline": timeline_of(case, path, labels, is_applicant=is_applicant),
        "facts": filed_facts(case),
        "papers": papers_in_force(case, labels) if is_applicant or is_staff else [],
        "certificate": certificate if certificate and certificate.pdf_sha256 else None,
        "due": remaining(case, today, closures(today)) if case.due_on and not case.closed_at else None,
        "asked": asked_of(case, labels) if case.returned_from else [],
        "answer_by": answer_by(case) if case.state == "returned" else None,
        "derivation": describe_derivation(case.clock),
        "today": today,
    }  # fmt: skip
    join_fields(context["asked"], context["steps"])
    if is_applicant:
        context["ahead"] = ahead_of(case) if case.state in WAITING else None
        context["readers"] = by_unit(CaseView.objects.visible_to(actor).filter(case=case).order_by("-id")[:200])
    elif is_staff:
        context |= for_desk(case, path)
        if action != "sign" and "sign" in forms:
            forms["sign"].initial["contents"] = contents_digest(context["contents"])  # of this reading, not of another
        context |= {
            "has_desk": not actor.roles.isdisjoint(DESKS),
            "waits_for_me": not is_taken and waiting_for(actor).filter(pk=case.pk).exists(),
        }
    if is_applicant or is_staff:
        context["rejection"] = rejection_of(case, path) if case.state == "rejected" else None
    return context


def join_fields(asked: list[dict[str, Any]], steps: list[dict[str, Any]]) -> None:
    """Put the field of the answer's form beside the reason for which it is asked again."""
    form = next((entry["form"] for entry in steps if entry["step"].action == "answer"), None)
    for entry in asked:
        entry["field"] = form[entry["name"]] if form and entry["name"] in form.fields else None


def for_desk(case: Case, path: list[Moment]) -> dict[str, Any]:
    """What staff see besides: the register, the findings, the remarks, the contents to be signed."""
    is_to_be_signed = case.state in ("awaiting_approval", "awaiting_signature")
    known = (facts_for if is_to_be_signed else facts_in_words)(case.parcel, case.service)
    has_remarks = any("note" in moment.facts for moment in path)  # each remark stands in the ledger by its digest
    return {
        "register": known,
        "findings": findings_of(case) if case.reviewer_id else [],
        "remarks": case.remarks.select_related("author").order_by("-id")[:20] if has_remarks else [],
        "contents": contents(case, known) if is_to_be_signed else None,
    }


def findings_of(case: Case) -> list[dict[str, Any]]:
    """The answers of the last review, in the order of the check list."""
    answers = {finding.question: finding for finding in case.inquiry.findings.filter(revision=latest_round(case))}
    return [
        {"question": label, "finding": answers[question], "tone": FINDING_TONES[answers[question].outcome]}
        for question, label in QUESTIONS.items()
        if question in answers
    ]


def latest_round(case: Case) -> Subquery:
    """The revision of the case in which it was reviewed last."""
    rounds = Finding.objects.filter(inquiry=case.inquiry).order_by("-revision")
    return Subquery(rounds.values("revision")[:1])


def filed_facts(case: Case) -> list[dict[str, Any]]:
    """What the applicant filed: terms and values. `group` is "parcel" or "deal", `kind` says how a value is shown."""
    inquiry = case.inquiry
    office = {"number": inquiry.notary_number, "city": inquiry.notary_city}
    letter = {"no": isolated(inquiry.letter_no), "date": jalali(inquiry.letter_date) if inquiry.letter_date else ""}
    rows = [
        ("parcel", _("Renovation code"), inquiry.renovation_code, "code"),
        ("parcel", _("Files as"), inquiry.get_capacity_display(), ""),
        ("deal", _("Kind of deed"), inquiry.get_deal_display(), ""),
        ("deal", _("Share to be transferred"), in_dang(inquiry.share), ""),
        ("deal", _("Notary office"), _("No. %(number)s, %(city)s") % office if inquiry.notary_number else "", ""),
        ("deal", _("Inquiry letter"), _("No. %(no)s of %(date)s") % letter if inquiry.letter_no else "", ""),
        ("deal", _("National code of the buyer"), inquiry.buyer_national_code, "masked"),
        ("deal", _("Planned day of the deed"), jalali(inquiry.planned_on) if inquiry.planned_on else "", ""),
    ]
    return [{"group": group, "term": term, "value": value, "kind": kind} for group, term, value, kind in rows if value]


def papers_in_force(case: Case, titles: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"paper": paper, "title": titles.get(paper.document, paper.document), "pages": range(1, paper.pages + 1)}
        for paper in case.attachments.current().order_by("id")
    ]


def paper_rows(draft: Case, offered: Iterable[Any], needed: Iterable[Any], form: Any) -> list[dict[str, Any]]:
    """One row a paper for the third step: what is required, what has come, what was wrong with the last try."""
    required = {paper.pk for paper in needed}
    sent = {paper.document: paper for paper in draft.attachments.current()}
    failed = form.data.get("document", "") if form.is_bound else ""
    return [
        {
            "paper": paper,
            "is_required": paper.pk in required,
            "sent": sent.get(paper.code),
            "errors": form.errors.get("file", []) if paper.code == failed else [],
        }
        for paper in offered
    ]


def asked_of(case: Case, labels: dict[str, Any]) -> list[dict[str, Any]]:
    """The open deficiencies in words: which field or paper, why, and what to do."""
    open_ones = list(case.deficiencies.filter(answered_at=None).select_related("remark").order_by("id"))
    reasons = {
        r.code: r for r in ReasonCode.objects.on(timezone.localdate()).filter(code__in={d.reason for d in open_ones})
    }
    labels = labels | {"debts": _("Municipal debts")}
    return [
        {
            "name": d.item,
            "item": labels.get(d.item, d.item),
            "reason": reasons.get(d.reason),
            "note": d.remark.text if d.remark else "",
        }
        for d in open_ones
    ]


def rejection_of(case: Case, path: list[Moment]) -> dict[str, Any] | None:
    """The coded reason with the way to object, and the reviewer's explanation."""
    last = [moment for moment in path if moment.act == "reject"]
    if not last:
        return None
    reason = ReasonCode.objects.filter(code=last[-1].facts["reason"]).order_by("-valid_from").first()
    remark = case.remarks.filter(is_for_applicant=True).order_by("-id").first()
    return {"reason": reason, "note": remark.text if remark else ""}


TITLES = {
    "submit": gettext_lazy("Filed"),
    "accept": gettext_lazy("Initial check passed"),
    "match": gettext_lazy("Matched with the archive"),
    "route": gettext_lazy("Assigned to review"),
    "endorse": gettext_lazy("Reviewed"),
    "clear": gettext_lazy("No debts in the way"),
    "owe": gettext_lazy("Unpaid debts found"),
    "approve": gettext_lazy("Approved"),
    "send_back": gettext_lazy("Sent back to the reviewer"),
    "sign": gettext_lazy("Signed"),
    "complete": gettext_lazy("Certificate issued"),
    "return": gettext_lazy("Returned for correction"),
    "answer": gettext_lazy("Correction received"),
    "reject": gettext_lazy("Rejected"),
    "withdraw": gettext_lazy("Withdrawn"),
    "expire": gettext_lazy("Validity ended"),
    "revoke": gettext_lazy("Certificate revoked"),
    "lapse": gettext_lazy("Closed: no correction arrived in time"),
}


def timeline_of(case: Case, path: list[Moment], labels: dict[str, Any], *, is_applicant: bool) -> list[dict[str, Any]]:
    """What happened, from the ledger, and what lies ahead on the usual way; entries for the timeline component."""
    done = [
        {
            "title": TITLES.get(moment.act, moment.act),
            "status": "done",
            "when": case.submitted_at if moment.act == "submit" else moment.at,  # the minute that the receipt names
            "unit": moment.unit,
            "note": note_on(moment, labels),
        }
        for moment in path
        if moment.act != "begin"
    ]
    if case.state in ("rejected", "withdrawn", "revoked"):
        done[-1]["status"] = "refused"
    if case.closed_at or case.state == "expired":
        return done
    turn = "yours" if case.state == "returned" and is_applicant else "now"
    here = {"title": STATES[case.state], "status": turn}
    start = case.returned_from if case.state == "returned" else BESIDE_PATH.get(case.state, case.state)
    ahead = PATH[PATH.index(start) + (case.state != "returned") :] if start in PATH else PATH[-1:]
    coming = [{"title": STATES[state], "status": "next"} for state in ahead]
    if coming and case.due_on and not case.is_paused:
        coming[-1]["expected"] = _("by %(day)s") % {"day": jalali(case.due_on)}
    return [*done, here, *coming]


def note_on(moment: Moment, labels: dict[str, Any]) -> str:
    """What a line of the timeline says besides: on a return what is asked and why, on an issue the serial."""
    match moment.act:
        case "return":
            asked = moment.facts.get("items", {})
            return "، ".join(f"{labels.get(item, item)} ({reason})" for item, reason in asked.items())
        case "complete":
            return _("Serial %(serial)s") % {"serial": isolated(moment.facts.get("serial", ""))}
        case "revoke":
            return str(Revocation(moment.facts["reason"]).label)
        case _:
            return ""
