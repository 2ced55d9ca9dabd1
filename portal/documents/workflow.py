"""The life of a certificate."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.core.errors import GuardFailed
from portal.documents.forms import RevokeForm
from portal.documents.models import Certificate
from portal.workflow.permissions import staff, system
from portal.workflow.steps import Facts, Step, Workflow


def keep_paper(certificate: Certificate, actor: Actor, facts: Facts) -> Facts:
    """The signed paper is stored already; from here on the record vouches for its hash."""
    certificate.pdf_sha256 = facts["pdf_sha256"]
    return {"pdf": facts["pdf_sha256"], "unsigned": facts["unsigned_sha256"], "serial": certificate.serial}


def is_not_own(certificate: Certificate, actor: Actor, facts: Facts) -> None:
    if actor.user_id == certificate.applicant_id:
        raise GuardFailed(_("This certificate was issued to you; a colleague must decide."))


def keep_reason(certificate: Certificate, actor: Actor, facts: Facts) -> Facts:
    certificate.revoked_for = facts["reason"]
    return {"serial": certificate.serial, "reason": facts["reason"]}


def revoke_from(state: str) -> Step:
    """Also what has expired, or the public check would go on calling a forgery found late genuine."""
    return Step(
        action="revoke", source=state, target="revoked", by=staff(Role.APPROVER), needs_step_up=True,
        guards=(is_not_own,), effect=keep_reason, form=RevokeForm, label=_("Revoke this certificate"),
        done=_("The certificate is revoked. Whoever verifies it is told so from this moment."), look="danger",
    )  # fmt: skip


CERTIFICATE = Workflow(
    "certificate",
    "intended",
    {
        "intended": _("being issued"),
        "issued": _("valid"),
        "expired": _("expired"),
        "superseded": _("superseded"),
        "revoked": _("revoked"),
    },
    (
        Step(action="issue", source="intended", target="issued", by=system("issuer"), effect=keep_paper),
        Step(action="expire", source="issued", target="expired", by=system("deadline-timer")),
        revoke_from("issued"),
        revoke_from("expired"),
    ),
)
