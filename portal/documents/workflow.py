"""The life of a certificate."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.actors import Actor
from portal.documents.models import Certificate
from portal.workflow.permissions import system
from portal.workflow.steps import Facts, Step, Workflow


def keep_paper(certificate: Certificate, actor: Actor, facts: Facts) -> Facts:
    """The signed paper is stored already; from here on the record vouches for its hash."""
    certificate.pdf_sha256 = facts["pdf_sha256"]
    return {"pdf": facts["pdf_sha256"], "unsigned": facts["unsigned_sha256"], "serial": certificate.serial}


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
    ),
)
