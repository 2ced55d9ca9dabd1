"""Filters of the paper's templates: the snapshot's ASCII values as a Persian reader expects them.

Paper is Persian in every language of the site, so nothing here asks for the active translation.
"""

import re
import unicodedata
from datetime import date, datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.core.calendar import MONTHS, TEHRAN, jalali, to_jalali
from portal.core.persian import fa_digits, number_in_words, ordinal_in_words, share_in_words
from portal.documents.snapshot import Plate, Share

register = template.Library()


_CODE = re.compile(r"([0-9۰-۹]+(?:[-–/×][0-9۰-۹]+)+)")
_POINT = re.compile(r"(?<=[0-9۰-۹])\.(?=[0-9۰-۹])")


@register.filter
def fa(value: object) -> str:
    """Persian digits. For bare numbers; text needs `prose`, a code `ltr`."""
    return fa_digits(value)


@register.filter
def prose(text: str) -> SafeString:
    """Free text with Persian digits, the codes in it set apart: what a clerk typed must not print in reverse."""
    parts = _CODE.split(text)
    return format_html_join(
        "", "{}", ((ltr(part) if i % 2 else fa_digits(_POINT.sub("٫", part)),) for i, part in enumerate(parts))
    )


@register.filter
def ltr(code: object) -> SafeString:
    """A machine identifier with Persian digits, in its own left-to-right box that never breaks.

    Without it a hyphenated code after a Persian word prints in reverse (Unicode rules W2 and W4), and the same code in
    a cell of its own does not.
    """
    return format_html('<span class="num" dir="ltr">{}</span>', fa_digits(code))


@register.filter
def letter_no(number: str) -> str:
    """The number of a letter in the direction of its first letter: «۲۲۰/ص» runs with the text, «A/220» does not."""
    directions = (unicodedata.bidirectional(mark) for mark in number)
    first = next((one for one in directions if one in ("L", "R", "AL")), "L")
    return ltr(number) if first == "L" else fa_digits(number)


@register.filter
def latin(code: object) -> SafeString:
    """As `ltr`, with digits and letters as they are: serials, digests, addresses to type."""
    return format_html('<span class="num" dir="ltr">{}</span>', str(code))


@register.filter
def decimal(text: str) -> str:
    """«212.40» as «۲۱۲٫۴۰», with thousands signs."""
    whole, point, rest = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", "٬")
    return fa_digits(f"{grouped}٫{rest}" if point else grouped)


@register.filter
def day(iso: str) -> SafeString:
    """ISO date as a Jalali date."""
    return ltr(jalali(date.fromisoformat(iso)))


@register.filter
def day_in_letters(iso: str) -> str:
    """«بیست و نهم اسفند یک هزار و چهارصد و پنج»."""
    year, month, number = to_jalali(date.fromisoformat(iso))
    in_words = number_in_words(year)
    # A year of the fourteenth century is read with its «یک», so that nothing can be written before it.
    if in_words.startswith("هزار"):
        in_words = f"یک {in_words}"
    return f"{ordinal_in_words(number)} {MONTHS[month - 1]} {in_words}"


@register.filter
def moment_day(instant: str) -> SafeString:
    """UTC instant as the Jalali day in Tehran."""
    return ltr(jalali(_local(instant)))


@register.filter
def moment_time(instant: str) -> SafeString:
    """UTC instant as the time of day in Tehran."""
    return ltr(_local(instant).strftime("%H:%M"))


@register.filter
def share(value: Share) -> str:
    return share_in_words(value["n"], value["d"])


@register.filter
def plate(value: Plate) -> SafeString:
    """Main and sub number: ۱۲۳۴/۵۶, or the main number alone."""
    return ltr("/".join(part for part in (value["asli"], value["fari"]) if part))


def _local(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(TEHRAN)
