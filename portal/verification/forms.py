"""What a person copies from a paper. Forms are forgiving: a wrong character is answered like a wrong code."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.casework.uploads import FILE_BYTES
from portal.core.forms import PortalForm
from portal.core.persian import ascii_digits, normalise
from portal.verification.answers import PRINTED, TYPED

_DIGIT_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SERIAL = re.compile(r"U?(\d{4})(\d)(\d{6})(\d)")
_SEPARATORS = re.compile(r"[^0-9A-Z]")
_AS_PRINTED = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
LONGEST = 40  # characters of a serial or code that are looked at


def parse_serial(text: str) -> str:
    """`u1405 ۱ 000123-4` → `U1405-1-000123-4`. What has no such shape comes back as it is, and is found nowhere."""
    plain = _SEPARATORS.sub("", ascii_digits(normalise(text)).upper())[:LONGEST]
    found = _SERIAL.fullmatch(plain.translate(_DIGIT_LOOKALIKES))
    return f"U{'-'.join(found.groups())}" if found else plain


def parse_code(text: str) -> str:
    """Capital hex digits without spaces; O is read as 0, I and L as 1, because hex has no such letters."""
    plain = _SEPARATORS.sub("", ascii_digits(normalise(text)).upper())[:LONGEST]
    return plain.translate(_DIGIT_LOOKALIKES)


def is_typed_part(code: str) -> bool:
    """True for a beginning of the printed digits that a person may type, but that is no whole code of a link."""
    return TYPED <= len(parse_code(code)) < PRINTED


class TypedForm(PortalForm):
    """Serial and the beginning of the digest."""

    serial = forms.CharField(
        label=_("Serial"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs=_AS_PRINTED),
        error_messages={"required": _("Enter the serial; it is printed at the foot of the paper, beside the QR code.")},
    )
    code = forms.CharField(
        label=_("First eight characters of the digest"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs=_AS_PRINTED),
        error_messages={
            "required": _("Enter the first eight characters of the digest; it is printed below the serial.")
        },
    )

    def clean_serial(self) -> str:
        return parse_serial(self.cleaned_data["serial"])

    def clean_code(self) -> str:
        code = parse_code(self.cleaned_data["code"])
        if not TYPED <= len(code) <= PRINTED:
            raise ValidationError(
                _("Type at least the first eight characters of the digest, digits and letters A to F.")
            )
        return code


class FileForm(PortalForm):
    """The file itself, or only the SHA-256 that the browser worked out of it."""

    digest = forms.RegexField(r"^[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)
    paper = forms.FileField(
        label=_("PDF file of the certificate"),
        required=False,
        error_messages={"empty": _("This file is empty, so it is no certificate. Choose it again.")},
    )

    def clean_paper(self) -> Any:
        paper = self.cleaned_data.get("paper")
        if paper and paper.size > FILE_BYTES:
            raise ValidationError(
                _("This file is larger than 5 MB. The certificates of Urmia are much smaller, so it is none of them.")
            )
        return paper

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("digest") and not cleaned.get("paper"):
            self.add_error("paper", _("Choose the PDF file of the certificate."))
        return cleaned
