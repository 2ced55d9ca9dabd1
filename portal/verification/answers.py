"""What a stranger may learn of a certificate: how it stands, for whom and for what, and the facts printed on it.

Whoever holds serial and code, or the file itself, holds the paper: that is the right to this answer, so nothing here
asks `visible_to`. The facts come from the frozen snapshot, never from the register as it is today.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.identifiers import mask_name
from portal.core.persian import fa_digits
from portal.documents.canonical import printed_digest
from portal.documents.models import Certificate
from portal.documents.snapshot import Addressee, Plate

TYPED, PRINTED = 8, 16  # hex digits of the digest: what a person types at least, what the QR carries
_NOBODY = "0" * 64  # stands in for the digest of an unknown serial: the same comparison is made
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first thing on the page. `tone`: ok, no, past or soon; never told by colour alone."""

    code: str
    tone: str
    icon: str
    title: Any
    text: Any


VERDICTS = {
    verdict.code: verdict
    for verdict in (
        Verdict(
            "issued", "ok", "check", gettext_lazy("This certificate is valid"),
            gettext_lazy("The municipality of Urmia issued it and it is in force today."),
        ),
        Verdict(
            "expired", "past", "clock", gettext_lazy("This certificate has expired"),
            gettext_lazy("It was genuine, but its time is over. Do not act on it: ask for a new one."),
        ),
        Verdict(
            "superseded", "past", "clock", gettext_lazy("This certificate has been superseded"),
            gettext_lazy("A newer certificate took its place. Do not act on this one: ask for the newer one."),
        ),
        Verdict(
            "revoked", "no", "cross", gettext_lazy("This certificate has been revoked"),
            gettext_lazy("The municipality of Urmia took it back. Do not act on it."),
        ),
        Verdict(
            "intended", "soon", "clock", gettext_lazy("This certificate is still being issued"),
            gettext_lazy(
                "It is signed, but its paper is not ready. It is not valid yet: check again in a few minutes."
            ),
        ),
        Verdict(
            "unknown", "no", "cross", gettext_lazy("No such certificate was found"),
            gettext_lazy(
                "No certificate has this serial together with this code. Compare both with the paper, character by "
                "character. If they are as printed, do not accept the paper."
            ),
        ),
        Verdict(
            "altered", "no", "cross", gettext_lazy("This file is not genuine"),
            gettext_lazy(
                "It resembles a certificate of Urmia, but it is not the file that was issued. Do not accept it."
            ),
        ),
        Verdict(
            "foreign", "no", "cross", gettext_lazy("This file is not a certificate of Urmia"),
            gettext_lazy("The municipality of Urmia did not issue it. Do not accept it as a certificate."),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One certificate as a stranger sees it. Names are masked; the page shows the rest as printed."""

    verdict: Verdict
    since: datetime | None  # when a revoked or superseded certificate lost its force
    purpose: str = ""
    addressee: str = ""
    letter_no: str = ""
    letter_date: date | None = None
    issued_at: datetime | None = None
    valid_until: date | None = None
    serial: str = ""
    digest: str = ""  # as printed, in two halves
    number: str = ""
    district: int = 0
    renovation_code: str = ""
    plate: str = ""
    section: str = ""
    area_m2: Decimal | None = None
    owners: tuple[str, ...] = ()
    decision: str = ""

    @property
    def is_told(self) -> bool:
        """An intent says no more than that it is one."""
        return self.verdict.code != "intended"


def find(serial: str, code: str, *, at_least: int) -> Certificate | None:
    """The certificate of this serial whose digest begins with `code`; `at_least` is TYPED or PRINTED.

    An unknown serial, a wrong code and a malformed one cost the same query and the same comparison.
    """
    certificate = Certificate.objects.filter(serial=serial).first()
    printed = printed_digest(certificate.digest if certificate else _NOBODY)
    length = min(max(len(code), at_least), PRINTED)
    matches = hmac.compare_digest(printed[:length].encode(), code.encode())
    return certificate if certificate and matches else None


def find_file(sha256: str) -> Certificate | None:
    """The certificate whose signed file has exactly this SHA-256 (lower-case hex)."""
    if not _SHA256.fullmatch(sha256):
        return None
    return Certificate.objects.exclude(pdf_sha256="").filter(pdf_sha256=sha256).first()


def find_record(sha256: str) -> Certificate | None:
    """The certificate named by the digest of the data attached to a file, whole as they were signed."""
    if not _SHA256.fullmatch(sha256):
        return None
    return Certificate.objects.filter(digest=sha256).first()


def state_of(certificate: Certificate) -> str:
    """The state by today's date: the last valid day may be over before the sweep has come by."""
    if certificate.state == "issued" and certificate.valid_until < timezone.localdate():
        return "expired"
    return certificate.state


def answer_for(certificate: Certificate) -> Answer:
    verdict = VERDICTS[state_of(certificate)]
    if verdict.code == "intended":
        return Answer(verdict, since=None)
    record = certificate.frozen()
    letter_date = record["addressee"]["letter_date"]
    return Answer(
        verdict,
        since=certificate.state_since if verdict.code in {"revoked", "superseded"} else None,
        purpose=record["purpose"],
        addressee=_addressee(record["addressee"]),
        letter_no=record["addressee"]["letter_no"],
        letter_date=date.fromisoformat(letter_date) if letter_date else None,
        issued_at=datetime.fromisoformat(record["issued_at"]),
        valid_until=date.fromisoformat(record["valid_until"]),
        serial=record["serial"],
        digest=f"{certificate.code[:8]} {certificate.code[8:]}",
        number=record["number"],
        district=record["district"],
        renovation_code=record["renovation_code"],
        plate=_plate(record["plate"]),
        section=record["plate"]["bakhsh"],
        area_m2=Decimal(record["land"]["measured_m2"]),
        owners=tuple(mask_name(owner["name"]) for owner in record["owners"]),
        decision=record["decision"],
    )


def _addressee(addressee: Addressee) -> str:
    """As the paper has it, in Persian on every page, so that the two can be compared."""
    if not addressee["number"]:
        return f"{addressee['office']} {addressee['city']}"
    with translation.override("fa"):
        return fa_digits(_("%(office)s no. %(number)s, %(city)s") % addressee)


def _plate(plate: Plate) -> str:
    """Main and sub number as the paper writes them: 1234/56."""
    return f"{plate['asli']}/{plate['fari']}" if plate["fari"] else plate["asli"]
