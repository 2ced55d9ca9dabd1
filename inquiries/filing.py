"""A draft: found or begun, filled step by step, not yet vouched for by the ledger."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from districts.models import why_not_live
from inquiries.effects import AlreadyFiled
from inquiries.models import Capacity, Inquiry
from portal.accounts.actors import Actor
from portal.casework.models import Case
from portal.catalogue.models import Service
from portal.core.errors import Refusal
from portal.core.identifiers import RenovationCode
from portal.parcels.lookup import find
from portal.parcels.models import Ownership, Parcel, national_code_of
from portal.workflow.perform import begin

SERVICE = "transfer"


class NotYours(Refusal):
    """The register does not name the applicant as an owner, and no other right was claimed."""

    code = "not_yours"


def begin_draft(*, actor: Actor, renovation_code: RenovationCode, capacity: str) -> Case:
    """The applicant's draft about this property: the one that exists, or a new one. Raises Refusal with the way on."""
    service = Service.objects.get(code=SERVICE)
    parcel = _found(renovation_code)
    if why := why_not_live(service, parcel.district):
        raise Refusal(why)
    if capacity == Capacity.OWNER and not _owns(actor, parcel):
        raise NotYours(
            _("The register does not show you as an owner of this property. Choose the right in which you file, "
              "or ask the service desk of the district.")
        )  # fmt: skip
    mine = Case.objects.filter(applicant=actor.user_id, parcel=parcel, service=service)
    if filed := mine.open().first():
        raise AlreadyFiled(filed.reference or "")
    draft = mine.filter(state="draft").select_related("inquiry").first()
    if draft is None:
        return _new_draft(actor, service, parcel, capacity)
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


def _owns(actor: Actor, parcel: Parcel) -> bool:
    """True when the register names the person as an owner of the node or of what it stands on."""
    return Ownership.objects.open().of_person(national_code_of(actor)).filter(parcel__in=parcel.lineage()).exists()


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
    """Save the second step into the draft."""
    inquiry = draft.inquiry
    share = facts.pop("share")
    inquiry.share_numerator, inquiry.share_denominator = share.numerator, share.denominator
    for name, value in facts.items():
        setattr(inquiry, name, value if value is not None or name == "planned_on" else "")
    inquiry.save()
