"""The contents of a transfer certificate: what the signatory reads, and the frozen snapshot that is signed.

Lines follow inquiries.md 1.8 (column T); shapes and formats are those of `portal.documents.snapshot`.
"""

import secrets
from datetime import UTC, date, datetime

from django.utils import timezone, translation

from inquiries.models import Deal, Inquiry
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.casework.models import Case
from portal.casework.timeline import moments
from portal.core.calendar import jalali
from portal.core.canonical import digest
from portal.core.persian import share_in_words
from portal.parcels.facts import facts_for
from portal.workflow.steps import Facts

CITY = "ارومیه"
PURPOSE = {
    Deal.SALE: "نقل و انتقال قطعی",
    Deal.SETTLEMENT: "صلح",
    Deal.GIFT: "هبه",
    Deal.IRREVOCABLE_MANDATE: "وکالت بلاعزل",
    Deal.OTHER: "نقل و انتقال",
}
CAPACITY = {"owner": "مالک", "attorney": "وکیل مالک", "heir": "وارث", "guardian": "ولی یا قیم", "buyer": "خریدار"}
DECISION = "انجام معامله از نظر این شهرداری، با رعایت مفاد این گواهی و در مهلت اعتبار آن، بلامانع است."
LIMITS = (
    "این گواهی فقط برای معاملهٔ یادشده و ارائه به دفترخانهٔ نام‌برده صادر شده و برای منظور دیگر اعتبار ندارد.",
    "این گواهی سند مالکیت نیست.",
    "هر تغییر در بنا یا مالکیت پس از تاریخ صدور، این گواهی را بی‌اعتبار می‌کند.",
)
POSTS = ("کارشناس شهرسازی", "مدیر شهرسازی منطقه", "صاحب‌امضای مجاز")
NOT_PRINTED = (
    "looked_up_at", "map_data_as_of", "level", "note8_basis", "debts", "blocking_rial", "stops",
)  # fmt: skip


def contents(case: Case, facts: Facts | None = None) -> Facts:
    """What the certificate will say, without what only the signature brings (serial, number, times).

    Two calls give the same value as long as neither the inquiry nor the register changes. `facts` are those of the
    register, where the caller has asked for them already.
    """
    inquiry: Inquiry = case.inquiry
    facts = facts_for(case.parcel, case.service) if facts is None else facts
    found = {name: value for name, value in facts.items() if name not in NOT_PRINTED}
    with translation.override("fa"):
        return found | {
            "v": 1,
            "city": CITY,
            "kind": "transfer",
            "purpose": purpose_of(inquiry),
            "reference": case.reference or "",
            "addressee": addressee(inquiry),
            "applicant": {"name": case.applicant.full_name, "capacity": CAPACITY[inquiry.capacity]},
            "basis": basis_of(case, facts),
            "decision": DECISION,
            "limits": list(LIMITS),
        }


def contents_digest(values: Facts) -> str:
    """The digest that the signatory's form carries: it names exactly what was read."""
    return digest(values)


def freeze(case: Case, *, signatory: Actor, at: datetime, valid_until: date) -> Facts:
    """The snapshot to be signed: the contents, the signers, the dates and a nonce that makes its digest unguessable."""
    people = User.objects.in_bulk([case.reviewer_id, case.approver_id, signatory.user_id])
    times = [_decided_at(case, "endorse"), _decided_at(case, "approve"), at]
    signers = [
        {"post": post, "name": people[user].full_name, "at": _instant(when)}
        for post, user, when in zip(POSTS, (case.reviewer_id, case.approver_id, signatory.user_id), times, strict=True)
    ]
    return contents(case) | {
        "issued_at": _instant(at),
        "valid_until": valid_until.isoformat(),
        "signers": signers,
        "nonce": secrets.token_hex(16),
    }


def purpose_of(inquiry: Inquiry) -> str:
    """The kind of deal and the share it is about: an answer for one dang is none for six."""
    share = inquiry.share
    words = share_in_words(share.numerator, share.denominator) if share else ""
    return f"{PURPOSE[Deal(inquiry.deal)]} {words}".rstrip()


def addressee(inquiry: Inquiry) -> Facts:
    return {
        "office": "دفتر اسناد رسمی",
        "number": inquiry.notary_number,
        "city": inquiry.notary_city,
        "letter_no": inquiry.letter_no,
        "letter_date": inquiry.letter_date.isoformat() if inquiry.letter_date else "",
    }


def basis_of(case: Case, facts: Facts) -> str:
    """On what the answer rests: the last certificate on file and the applicant's declaration."""
    declared = case.inquiry.declared_at
    declaration = f"اظهار متقاضی در {jalali(timezone.localtime(declared))}" if declared else "اظهار متقاضی"
    paper = facts.get("completion")
    if not paper:
        return f"دفتر املاک شهرداری و {declaration}"
    return f"{paper['title']} شمارهٔ {paper['no']} مورخ {jalali(date.fromisoformat(paper['date']))} و {declaration}"


def _decided_at(case: Case, act: str) -> datetime:
    """When the last step of this name was taken, from the ledger."""
    return [moment.at for moment in moments(case) if moment.act == act][-1]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
