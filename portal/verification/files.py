"""The full check of a file: seal, coverage, record and bytes, each told apart, so that a reader knows what is wrong.

Every one must hold. Common viewers call a paper "valid" to which a page was added after sealing (reliability.md T27).
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from portal.documents.models import Certificate
from portal.verification import answers
from portal.verification.examiner import Report

TIME_S = 20  # by the wall clock; the examiner itself may use 10 s of CPU


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: what was asked, whether it holds, and what was seen."""

    question: Any
    holds: bool
    finding: Any


@dataclass(frozen=True, slots=True)
class Examination:
    """`certificate` only when every check holds."""

    checks: list[Check]
    certificate: Certificate | None
    verdict: answers.Verdict | None  # altered or foreign; None when genuine


def examine(pdf: bytes) -> Examination:
    report = inspected(pdf)
    issued = answers.find_file(hashlib.sha256(pdf).hexdigest())
    recorded = answers.find_record(report.record_sha256)
    checks = [_seal(report), _content(report), _end(report), _record(report, recorded), _bytes(issued)]
    is_genuine = report.is_genuine and issued is not None and issued == recorded
    if is_genuine and all(check.holds for check in checks):
        return Examination(checks, issued, None)
    resembles = report.is_ours or recorded is not None
    return Examination(checks, None, answers.VERDICTS["altered" if resembles else "foreign"])


def same_bytes() -> list[Check]:
    """The report of a file known by its digest alone: equal bytes have equal seals, examined when they were stored."""
    return [
        Check(
            _("Is it, byte for byte, the file that was issued?"),
            True,
            _(
                "Yes; so its seal, its pages and its data are those examined on the day of issue. The file stayed "
                "here with you."
            ),
        )
    ]


def inspected(pdf: bytes) -> Report:
    """The report of the caged examiner; `unreadable` when the file was too much for it."""
    # S603: fixed program and module, no shell; the file goes through standard input.
    command = [sys.executable, "-m", "portal.verification.examiner", str(settings.PKI_DIR)]
    try:
        result = subprocess.run(  # noqa: S603
            command, input=pdf, capture_output=True, timeout=TIME_S, cwd=settings.BASE_DIR, env={"PYTHONUTF8": "1"}
        )
    except subprocess.TimeoutExpired:
        return Report()
    if not result.stdout:
        return Report()
    return Report(**json.loads(result.stdout))


def _seal(report: Report) -> Check:
    question = _("Is it sealed by the municipality of Urmia?")
    if report.fault in {"not_a_pdf", "unreadable"}:
        return Check(question, False, _("It is not a readable PDF file."))
    if not report.is_sealed:
        return Check(question, False, _("It carries no electronic seal."))
    if report.fault == "several_signatures":
        return Check(question, False, _("It carries several signatures; our papers carry exactly one seal."))
    if not report.is_ours:
        return Check(question, False, _("It carries a seal, but not ours: the key does not lead to the city's root."))
    return Check(question, True, _("Yes; the key leads to the city's root."))


def _content(report: Report) -> Check:
    question = _("Is the sealed content unchanged?")
    if report.bottom_line and not report.fault:
        return Check(question, True, _("Yes; the seal fits what it covers."))
    if not report.is_sealed or report.fault == "several_signatures":
        return Check(question, False, _("There is no single seal to check it by."))
    if not report.is_intact:
        return Check(question, False, _("No; the content was changed, or the seal was taken from another paper."))
    if report.is_ours:
        return Check(question, False, _("No; something was changed that the seal forbids."))
    return Check(question, False, _("It cannot be said: a seal that is not ours proves nothing to us."))


def _end(report: Report) -> Check:
    question = _("Does the seal cover the whole file?")
    if report.whole_file:
        return Check(question, True, _("Yes; nothing was added after sealing."))
    if not report.is_sealed or report.fault == "several_signatures":
        return Check(question, False, _("There is no single seal to check it by."))
    return Check(question, False, _("No; something was added or cut off after sealing."))


def _record(report: Report, recorded: Certificate | None) -> Check:
    question = _("Are the attached data those on record?")
    if recorded:
        return Check(question, True, _("Yes; their digest is that of a certificate on record."))
    if not report.record_sha256:
        return Check(question, False, _("No data are attached; our papers always carry them."))
    return Check(question, False, _("No certificate on record has these data."))


def _bytes(issued: Certificate | None) -> Check:
    question = _("Is it, byte for byte, the file that was issued?")
    if issued:
        return Check(question, True, _("Yes; every byte is as stored."))
    return Check(question, False, _("No; no file that we issued has these bytes."))
