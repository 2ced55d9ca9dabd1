"""The public figures: answered inquiries in all, by district and by Jalali month. No person can be told from them."""

from collections import Counter
from datetime import date
from typing import TypedDict

from django.core.cache import cache
from django.db.models import Count, Max
from django.db.models.functions import Coalesce, TruncDate

from portal.casework.models import Case
from portal.core.calendar import to_jalali

KEPT_S = 60
"""Figures are counted once a minute, not once a visit."""

Month = tuple[int, int]
"""Jalali year and month."""


class Totals(TypedDict):
    """`counted_to` is the last day of which a case is counted, None while there is none."""

    total: int
    by_district: dict[int, int]
    counted_to: date | None


class Figures(TypedDict):
    """Everything of one counting; months are without gaps from the first to the last."""

    totals: Totals
    months: list[Month]
    by_month: dict[int, list[int]]


def totals() -> Totals:
    """{"total": 16244, "by_district": {1: 8427, …}, "counted_to": date}."""
    return figures()["totals"]


def figures() -> Figures:
    """The last counting, at most a minute old."""
    kept: Figures | None = cache.get("oversight/figures")
    if kept is None:
        kept = _counted()
        cache.set("oversight/figures", kept, KEPT_S)
    return kept


def _counted() -> Figures:
    answered = Case.objects.filter(closed_at__isnull=False, district__isnull=False)
    day = Coalesce("effective_on", TruncDate("closed_at"))
    rows = answered.annotate(day=day).values_list("district_id", "day").annotate(cases=Count("pk"))
    by_district: Counter[int] = Counter()
    by_month: dict[int, Counter[Month]] = {}
    for district, closed_on, cases in rows:
        year, month, _day = to_jalali(closed_on)
        by_district[district] += cases
        by_month.setdefault(district, Counter())[year, month] += cases
    months = _months_between({month for counted in by_month.values() for month in counted})
    counted_to = answered.annotate(day=day).aggregate(last=Max("day"))["last"]
    return {
        "totals": {
            "total": by_district.total(),
            "by_district": dict(sorted(by_district.items())),
            "counted_to": counted_to,
        },
        "months": months,
        "by_month": {district: [counted[month] for month in months] for district, counted in sorted(by_month.items())},
    }


def _months_between(seen: set[Month]) -> list[Month]:
    if not seen:
        return []
    first, last = min(seen), max(seen)
    ordinals = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(ordinal // 12, ordinal % 12 + 1) for ordinal in ordinals]
