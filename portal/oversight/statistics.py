"""The public figures: answered inquiries in all, by district and by Jalali month. No person can be told from them."""

from collections import Counter
from datetime import date
from typing import TypedDict

from django.db.models import Max, Sum

from portal.casework.models import DailyCount
from portal.core.calendar import to_jalali

Month = tuple[int, int]
"""Jalali year and month."""


class Totals(TypedDict):
    """`counted_to` is the last day of which a case is counted, None while there is none."""

    total: int
    by_district: dict[int, int]
    counted_to: date | None


class Figures(TypedDict):
    """Everything of one counting; months are without gaps from the first to the last.

    A month in which no district closed anything has no figures (None): between the published history and the portal's
    own first answer nothing was counted, which is not the same as nothing answered.
    """

    totals: Totals
    months: list[Month]
    by_month: dict[int, list[int | None]]


def totals() -> Totals:
    """{"total": 16244, "by_district": {1: 8427, …}, "counted_to": date}, from the counters kept at each closing."""
    rows = DailyCount.objects.values("district").annotate(cases=Sum("closed"), last=Max("day")).order_by("district")
    by_district = {row["district"]: row["cases"] for row in rows}
    return {
        "total": sum(by_district.values()),
        "by_district": by_district,
        "counted_to": max((row["last"] for row in rows), default=None),
    }


def figures() -> Figures:
    """The totals, and the same cases by Jalali month."""
    by_month: dict[int, Counter[Month]] = {}
    for district, day, closed in DailyCount.objects.values_list("district", "day", "closed"):
        year, month, _day = to_jalali(day)
        by_month.setdefault(district, Counter())[year, month] += closed
    told = {month for counted in by_month.values() for month in counted}
    months = _months_between(told)
    return {
        "totals": totals(),
        "months": months,
        "by_month": {
            district: [counted[month] if month in told else None for month in months]
            for district, counted in sorted(by_month.items())
        },
    }


def _months_between(seen: set[Month]) -> list[Month]:
    if not seen:
        return []
    first, last = min(seen), max(seen)
    ordinals = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(ordinal // 12, ordinal % 12 + 1) for ordinal in ordinals]
