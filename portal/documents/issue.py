"""From a frozen snapshot to a stored paper: intent first, rendered once, found by hash (reliability.md 3.2.5)."""

import hashlib
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings

from portal.accounts.actors import Actor
from portal.casework import storage
from portal.casework.models import Case
from portal.core.calendar import local_date
from portal.core.canonical import canonical_bytes
from portal.documents import numbering
from portal.documents.models import Certificate
from portal.workflow.perform import Claim, begin, perform

TEMPLATE = "transfer/1"
ISSUER = Actor.system("issuer")


def intend(case: Case, snapshot: dict[str, Any], *, actor: Actor, at: datetime, valid_until: Any) -> Certificate:
    """Freeze the snapshot under a fresh serial and number, inside the transaction of the signature.

    A crash after this leaves an intent that a worker finishes; never two papers, never a lost one. Nothing is written
    outside the database here.
    """
    day = local_date(at)
    serial = numbering.next_serial(case, day)
    number = numbering.next_secretariat_number(case, day)
    frozen = canonical_bytes(snapshot | {"serial": serial, "number": number})
    digest = hashlib.sha256(frozen).hexdigest()
    certificate = Certificate(
        workflow="certificate", case=case, serial=serial, number=number, template=TEMPLATE,
        digest=digest, snapshot=frozen.decode(), issued_at=at, valid_until=valid_until,
    )  # fmt: skip
    return begin(certificate, actor=actor, serial=serial, number=number, snapshot=digest, template=TEMPLATE)


def issue(certificate: Certificate, *, once: Claim | None = None) -> Certificate:
    """Render, seal and store the paper of an intent, then move it to `issued`. Safe to run twice.

    The unsigned bytes are a function of the snapshot alone; only the signature carries the time.
    """
    from portal.documents import engine, signing  # the engine loads fonts and Pango: workers only

    unsigned = engine.render_certificate(
        certificate.frozen(), seal_key=settings.SEAL_KEY.encode(), verify_base=verify_base()
    )
    pdf = seal().seal(unsigned, signed_at=certificate.issued_at)
    inspection = signing.inspect(pdf, root=signing.root_certificate(settings.PKI_DIR))
    if not inspection.is_genuine:
        raise RuntimeError(f"{certificate.serial}: the paper just sealed does not verify")
    return perform(
        certificate,
        "issue",
        actor=ISSUER,
        once=once,
        pdf_sha256=storage.put(pdf),
        unsigned_sha256=hashlib.sha256(unsigned).hexdigest(),
    )


def verify_base() -> str:
    """What the QR begins with, in the capitals that keep it in alphanumeric mode."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/V".upper()


@cache
def seal() -> Any:
    """The city's seal with its key loaded once a process: 10 ms a signature instead of 190."""
    from portal.documents.signing import Seal

    return Seal.load(settings.PKI_DIR)
