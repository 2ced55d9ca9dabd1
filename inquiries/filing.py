"""A draft: found or begun, filled step by step, not yet vouched for by the ledger."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.models import why_not_live
from inquiries.effects import AlreadyFiled, NotYours, attach, is_owner
from inquiries.models import Capacity, Inquiry
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.casework.models import Case
from portal.casework.uploads import CleanUpload
from portal.catalogue.models import Service
from portal.core.errors import IllegalStep, Refusal
from portal.core.identifiers import RenovationCode
from portal.parcels.lookup import find
from portal.parcels.models import Parcel
from portal.workflow.perform import begin

SERVICE = "transfer"


def begin_draft(*, actor: Actor, renovation_code: RenovationCode, capacity: str) -> Case:
    """The applicant's draft about this property: the one that exists, or a new one. Raises Refusal with the way on."""
    service = Service.objects.get(code=SERVICE)
    parcel = _found(renovation_code)
    if why := why_not_live(service, parcel.district):
        raise Refusal(why)
    if capacity == Capacity.OWNER and not is_owner(User.objects.get(pk=actor.person_id), parcel):
        raise NotYours
    mine = Case.objects.filter(applicant=actor.user_id, parcel=parcel, service=service)
    if filed := mine.open().first():
        raise AlreadyFiled(filed.reference or "")
    draft = mine.filter(state="draft").select_related("inquiry").first()
    if draft is None:
        return _new_draft(actor, service, parcel, capacity)
    with transaction.atomic():
        _lock(draft)
        draft.inquiry.capacity = capacity
        draft.inquiry.save(update_fields=["capacity"])
    return draft


def _new_draft(actor: Actor, service: Service, parcel: Parcel, capacity: str) -> Case:
    with transaction.atomic():
        draft = Case(
            workflow="transfer_inquiry", service=service, parcel=parcel, district=parcel.district,
            applicant_id=actor.user_id,
        )  # fmt: skip
        begin(draft, actor=actor, service=service.code)
        Inquiry.objects.create(case=draft, renovation_code=parcel.code, capacity=capacity)
    return draft


def _found(code: RenovationCode) -> Parcel:
    found = find(str(code))
    if found.parcel is None:
        raise Refusal(
            found.notice
            or _("No property of this city has this renovation code. Check it against the renovation bill, or point at "
                 "the property on the map.")
        )  # fmt: skip
    return found.parcel


def deal_of(draft: Case) -> dict[str, Any]:
    """What was typed into the second step before; only what is there, so that defaults still show."""
    inquiry = draft.inquiry
    known = {
        "deal": inquiry.deal,
        "share": inquiry.share,
        "notary_number": inquiry.notary_number,
        "notary_city": inquiry.notary_city,
        "letter_no": inquiry.letter_no,
        "letter_date": inquiry.letter_date,
        "buyer_national_code": inquiry.buyer_national_code,
        "planned_on": inquiry.planned_on,
    }
    return {name: value for name, value in known.items() if value}


def keep_deal(draft: Case, facts: dict[str, Any]) -> None:
    """Save the second step into the draft. Raises IllegalStep once it is filed."""
    share = facts.pop("share")
    with transaction.atomic():
        _lock(draft)
        inquiry = draft.inquiry
        inquiry.share_numerator, inquiry.share_denominator = share.numerator, share.denominator
        for name, value in facts.items():
            setattr(inquiry, name, value if value is not None or name == "planned_on" else "")
        inquiry.save()


def keep_paper(draft: Case, document: str, clean: CleanUpload) -> None:
    """Put a checked paper into the draft. Raises TooMuchPaper, and IllegalStep once it is filed."""
    with transaction.atomic():
        _lock(draft)
        attach(draft, document, clean)


def _lock(draft: Case) -> None:
    """Hold the row until the commit: what another window filed meanwhile is sealed, and changes by steps only."""
    if Case.objects.select_for_update(of=("self",)).get(pk=draft.pk).state != "draft":
        raise IllegalStep
