"""Filters for the register's facts on a desk: as those of the paper, but in the digits and dates of the page.

The facts come as the snapshot has them: ASCII decimals, ISO dates, shares as fractions. Names, uses and addresses are
quotes of Persian data and stay as they are.
"""

from datetime import date
from fractions import Fraction

from django import template
from django.utils.safestring import SafeString

from portal.core.templatetags import ui
from portal.core.templatetags.ui import fa
from portal.documents.snapshot import Plate, Share

register = template.Library()


@register.filter
def decimal(text: str) -> str:
    """«212.40» as «۲۱۲٫۴۰», with thousands signs."""
    whole, point, rest = text.partition(".")
    if fa("0") == "0":
        return f"{int(whole):,}{point}{rest}"
    return fa(f"{int(whole):,}{point}{rest}").replace(",", "٬").replace(".", "٫")


@register.filter
def day(iso: str) -> SafeString:
    """ISO date as a Jalali date."""
    return ui.code(ui.jalali(date.fromisoformat(iso)))


@register.filter
def share(value: Share) -> str:
    return ui.in_dang(Fraction(value["n"], value["d"]))


@register.filter
def plate(value: Plate) -> SafeString:
    """Main and sub number: ۱۲۳۴/۵۶, or the main number alone."""
    return ui.code("/".join(part for part in (value["asli"], value["fari"]) if part))
