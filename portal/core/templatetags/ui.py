"""What every template draws with: digits, money, dates, codes, icons, badges. A builtin, so no {% load %}.

Filters follow the language of the page: Persian digits and words in Persian, Latin digits in English. Codes meant to
be copied keep Latin digits underneath (`data-copy`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.core import calendar, identifiers, money, persian

register = template.Library()

# State of a Stateful record → tone of its badge. "wait" (saffron) means one thing: it is the reader's turn.
TONES = {
    "draft": "idle",
    "planned": "idle",
    "withdrawn": "plain",
    "expired": "plain",
    "closed": "plain",
    "superseded": "plain",
    "returned": "wait",
    "awaiting_payment": "wait",
    "awaiting_applicant": "wait",
    "issued": "ok",
    "valid": "ok",
    "live": "ok",
    "settled": "ok",
    "approved": "ok",
    "rejected": "no",
    "revoked": "no",
    "suspended": "no",
    "failed": "no",
}
JALALI_MONTHS = (
    "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar",
    "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
)  # fmt: skip


def _is_persian() -> bool:
    return (get_language() or "fa").startswith("fa")


@register.filter
def fa(value: object) -> str:
    """Digits of the page's language; everything else stays."""
    if value is None:
        return ""
    return persian.fa_digits(value) if _is_persian() else str(value)


@register.filter
def number(value: int | Decimal | None) -> str:
    """A whole number or a decimal with thousands signs: ۱۶٬۲۴۴."""
    if value is None:
        return ""
    if not _is_persian():
        return f"{value:,}"
    return persian.fa_number(value) if isinstance(value, int) else persian.fa_decimal(value)


@register.filter
def rial(amount_rial: int | None) -> str:
    """۱٬۲۵۰٬۰۰۰ ریال."""
    if amount_rial is None:
        return ""
    return money.rial(amount_rial) if _is_persian() else f"{amount_rial:,} rials"


@register.filter
def toman(amount_rial: int | None) -> str:
    """The same rials in the everyday unit: ۱۲۵٬۰۰۰ تومان."""
    if amount_rial is None:
        return ""
    if _is_persian():
        return money.toman(amount_rial)
    figure = f"{Decimal(amount_rial) / 10:,.1f}".removesuffix(".0")
    return f"{figure} tomans"


@register.filter
def jalali(day: date | None) -> str:
    """۱۴۰۱/۱۰/۲۵."""
    if day is None:
        return ""
    return calendar.jalali(day) if _is_persian() else calendar.jalali_ascii(day)


@register.filter
def jalali_time(instant: datetime | None) -> str:
    """۱۴۰۱/۱۰/۲۵، ۰۹:۳۰ in Tehran."""
    if instant is None:
        return ""
    if _is_persian():
        return calendar.jalali_time(instant)
    return f"{calendar.jalali_ascii(instant)}, {instant.astimezone(calendar.TEHRAN):%H:%M}"


@register.filter
def jalali_long(value: date | None) -> str:
    """یکشنبه ۲۵ دی ۱۴۰۱; in English "Sunday 25 Dey 1401"."""
    if value is None:
        return ""
    if _is_persian():
        return calendar.jalali_long(value)
    year, month, day = calendar.to_jalali(value)
    return f"{calendar.local_date(value):%A} {day} {JALALI_MONTHS[month - 1]} {year}"


def month_name(year: int, month: int) -> str:
    """A Jalali month as a label: «دی ۱۴۰۱», "Dey 1401"."""
    return f"{calendar.MONTHS[month - 1]} {fa(year)}" if _is_persian() else f"{JALALI_MONTHS[month - 1]} {year}"


@register.filter
def moment(value: date | None) -> str:
    """A date as a date, a datetime with its hour."""
    return jalali_time(value) if isinstance(value, datetime) else jalali(value)


@register.filter
def area(value: Decimal | None) -> str:
    """Square metres with at most two places: ۱۲۳٫۵ مترمربع."""
    if value is None:
        return ""
    figure = persian.fa_decimal(value) if _is_persian() else f"{value:,.2f}".rstrip("0").rstrip(".")
    return _("%(figure)s m²") % {"figure": figure}


@register.filter
def in_dang(share: Fraction | None) -> str:
    """A share of the whole as people say it: «سه دانگ مشاع از شش دانگ»; in English "3 of 6 dang"."""
    if share is None:
        return ""
    if _is_persian():
        return persian.share_in_words(share.numerator, share.denominator)
    return f"{share * 6} of 6 dang"


@register.filter
def code(value: object) -> SafeString:
    """A code, number or phone in its own left-to-right island, digits of the page's language."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', fa(value))


@register.filter
def isolated(value: object) -> str:
    """What somebody typed as a number, in the direction of its own first letter: «۲۲۰/ص»."""
    return persian.isolated(fa(value))


@register.filter
def masked(value: str | None) -> str:
    """A national code of which only the ends are shown."""
    return code(identifiers.mask_national_code(value)) if value else ""


@register.filter
def tone(state: str) -> str:
    """The badge tone of a state; a state without a row is under way."""
    return TONES.get(str(state), "go")


@register.simple_tag
def icon(name: str, label: str = "", *, mirror: bool = False) -> SafeString:
    """An icon of static/icons/sprite.svg. Without `label` it is decoration; `mirror` turns arrows in Persian."""
    described = format_html('role="img" aria-label="{}"', label) if label else format_html('aria-hidden="{}"', "true")
    classes = "icon icon-mirror" if mirror else "icon"
    drawing = f"{static('icons/sprite.svg')}#{name}"
    return format_html('<svg class="{}" {}><use href="{}"></use></svg>', classes, described, drawing)


@register.simple_tag
def badge(label: str, tone: str = "go") -> SafeString:
    """{% badge case.get_state_display case.state|tone %}: idle, go, wait, ok, no or plain."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, label)


@register.filter
def tags_of(message: object) -> str:
    """The tone of a Django message in components/alert.html: error → danger, debug → info."""
    level = getattr(message, "level_tag", "info")
    return {"error": "danger", "debug": "info"}.get(level, level)


@register.filter
def nth(items: Sequence[object], place: int) -> object:
    """items[place]; components/table.html finds the column of a cell with it."""
    return items[place]
