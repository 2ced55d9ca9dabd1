"""Jalali dates and working days. Pure: no database, no clock of its own.

Dates are stored Gregorian and shown Jalali. jdatetime does the conversion; its 33-year leap rule is right for the
years of any living file (1403 is leap, 1404 is not).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jdatetime
from django.utils.translation import gettext as _

from portal.core.persian import ascii_digits, fa_digits, normalise

TEHRAN = ZoneInfo("Asia/Tehran")
MONTHS = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")
WEEKDAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
"""In the order of date.weekday(): Monday is 0. A Persian week begins on Saturday, 5."""
THURSDAY, FRIDAY, SATURDAY, SUNDAY = 3, 4, 5, 6


# --- Jalali -------------------------------------------------------------------------------------------------------


def to_jalali(day: date) -> tuple[int, int, int]:
    """(year, month, day) of a Gregorian date; of an aware datetime, in Tehran."""
    converted = jdatetime.date.fromgregorian(date=local_date(day))
    return converted.year, converted.month, converted.day


def from_jalali(year: int, month: int, day: int) -> date:
    """The Gregorian date. Raises ValueError for a day that does not exist, such as 30 Esfand of a common year."""
    converted: date = jdatetime.date(year, month, day).togregorian()
    return converted


def local_date(moment: date) -> date:
    """The calendar day in Tehran. A naive datetime is refused, since its day is unknown."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no day in Tehran")
    return moment.astimezone(TEHRAN).date()


def is_leap(year: int) -> bool:
    """True when Esfand of this Jalali year has 30 days."""
    return bool(jdatetime.date(year, 1, 1).isleap())


_TYPED_DATE = re.compile(r"(1[2-5]\d\d)\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{1,2})")


def parse_jalali(text: str) -> date:
    """A typed Jalali date, year first, in any digits, divided by / - . or spaces. Raises ValueError to be shown."""
    found = _TYPED_DATE.fullmatch(ascii_digits(normalise(text)))
    if found is None:
        raise ValueError(_("Write the date as year/month/day, for example 1405/08/20."))
    year, month, day = (int(part) for part in found.groups())
    try:
        return from_jalali(year, month, day)
    except ValueError:
        raise ValueError(_("There is no such day in the calendar. Check the month and the day.")) from None


def jalali(moment: date | None) -> str:
    """«۱۴۰۱/۱۰/۲۵»; an empty string for None."""
    return fa_digits(jalali_ascii(moment)) if moment else ""


def jalali_ascii(moment: date) -> str:
    """1401/10/25, for form values, file names and sealed papers."""
    return "{:04d}/{:02d}/{:02d}".format(*to_jalali(moment))


def jalali_long(moment: date | None) -> str:
    """«یکشنبه ۲۵ دی ۱۴۰۱»."""
    if moment is None:
        return ""
    year, month, day = to_jalali(moment)
    weekday = WEEKDAYS[local_date(moment).weekday()]
    return fa_digits(f"{weekday} {day} {MONTHS[month - 1]} {year}")


def jalali_time(moment: datetime | None) -> str:
    """«۱۴۰۱/۱۰/۲۵، ۰۹:۳۰», in Tehran."""
    if moment is None:
        return ""
    return f"{jalali(moment)}، {fa_digits(format(moment.astimezone(TEHRAN), '%H:%M'))}"


def jalali_year(year: int) -> tuple[date, date]:
    """First and last day of a Jalali year, both inclusive."""
    return from_jalali(year, 1, 1), from_jalali(year + 1, 1, 1) - timedelta(days=1)


def jalali_month(year: int, month: int) -> tuple[date, date]:
    """First and last day of a Jalali month, both inclusive: reports select by range, never by __month."""
    following = from_jalali(year + 1, 1, 1) if month == 12 else from_jalali(year, month + 1, 1)
    return from_jalali(year, month, 1), following - timedelta(days=1)


def day_range(first: date, last: date) -> tuple[datetime, datetime]:
    """The half-open range of aware moments that covers these days in Tehran, for filters on timestamps."""
    begin = datetime.combine(first, time.min, tzinfo=TEHRAN)
    return begin, datetime.combine(last + timedelta(days=1), time.min, tzinfo=TEHRAN)


# --- working days -------------------------------------------------------------------------------------------------


def _usual_hours() -> dict[int, time]:
    return dict.fromkeys((SATURDAY, SUNDAY, 0, 1, 2), time(14, 15)) | {THURSDAY: time(13, 0)}


@dataclass(frozen=True)
class Closures:
    """Which days do not count, and which version of the holiday table says so.

    A weekday may be closed for deadlines and yet open for filing, as Thursday usually is: `closes_at` holds the
    closing time of each weekday on which a filing counts as filed that day.
    """

    holidays: Mapping[date, str] = field(default_factory=dict)
    closed_weekdays: frozenset[int] = frozenset({THURSDAY, FRIDAY})
    closes_at: Mapping[int, time] = field(default_factory=_usual_hours)
    version: str = ""

    def reason(self, day: date) -> dict[str, str] | None:
        """Why this day does not count, or None for a working day."""
        if day in self.holidays:
            return {"why": "holiday", "name": self.holidays[day]}
        if day.weekday() in self.closed_weekdays:
            return {"why": "weekend", "name": WEEKDAYS[day.weekday()]}
        return None

    def is_working(self, day: date) -> bool:
        return self.reason(day) is None

    def is_open_for_filing(self, day: date) -> bool:
        return day not in self.holidays and day.weekday() in self.closes_at

    def next_working(self, day: date) -> date:
        """This day or the first working day after it."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day


@dataclass(frozen=True)
class Deadline:
    """The last day of a period and, for the citizen, every step of how it was counted.

    `derivation` can go into a JSON column: [{"day": "2026-03-21", "why": "holiday", "name": "…", "count": 0}, …].
    A case whose clock was stopped puts {"why": "stopped", "day": …, "until": …} between two derivations.
    """

    date: date
    derivation: list[dict[str, Any]]


def add_working_days(start: date, days: int, closed: Closures) -> Deadline:
    """The n-th working day after the day of filing.

    `start` is a date, or an aware moment: filed after closing time, or on a day closed for filing, it counts as filed
    on the next working day. Raises ValueError for a negative number of days.
    """
    if days < 0:
        raise ValueError("a period is not negative")
    filed, steps = _day_of_filing(start, closed)
    day, counted = filed, 0
    while counted < days:
        day += timedelta(days=1)
        reason = closed.reason(day)
        counted += reason is None
        steps.append(_step(day, counted, **(reason or {"why": "working"})))
    return Deadline(day, steps)


def _day_of_filing(start: date, closed: Closures) -> tuple[date, list[dict[str, Any]]]:
    filed = local_date(start)
    steps = [_step(filed, 0, why="filed", version=closed.version)]
    if closed.is_open_for_filing(filed):
        closes_at = closed.closes_at[filed.weekday()]
        if not isinstance(start, datetime) or start.astimezone(TEHRAN).time() < closes_at:
            return filed, steps
        steps.append(_step(filed, 0, why="after_hours", name=format(closes_at, "%H:%M")))
        filed += timedelta(days=1)
    while (reason := closed.reason(filed)) is not None:
        steps.append(_step(filed, 0, **reason))
        filed += timedelta(days=1)
    steps.append(_step(filed, 0, why="counts_from"))
    return filed, steps


def _step(day: date, count: int, **facts: str) -> dict[str, Any]:
    return {"day": day.isoformat(), "count": count, **facts}


def working_days_between(start: date, end: date, closed: Closures) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` is earlier."""
    first, last = sorted((local_date(start), local_date(end)))
    days = (last - first).days
    count = sum(closed.is_working(first + timedelta(days=offset)) for offset in range(1, days + 1))
    return count if local_date(end) >= local_date(start) else -count


def describe_derivation(derivation: list[dict[str, Any]]) -> list[str]:
    """The steps as sentences for the citizen, one a day."""
    return [_sentence(step) for step in derivation]


def _sentence(step: dict[str, Any]) -> str:
    day = jalali_long(date.fromisoformat(step["day"]))
    match step["why"]:
        case "filed":
            return _("Filed on %(day)s.") % {"day": day}
        case "after_hours":
            facts = {"day": day, "time": fa_digits(step["name"])}
            return _("On %(day)s office hours ended at %(time)s, so it counts from the next working day.") % facts
        case "holiday":
            return _("%(day)s does not count: holiday (%(name)s).") % {"day": day, "name": step["name"]}
        case "weekend":
            return _("%(day)s does not count: weekend.") % {"day": day}
        case "counts_from":
            return _("It counts as filed on %(day)s.") % {"day": day}
        case "stopped":
            facts = {"day": day, "until": jalali_long(date.fromisoformat(step["until"]))}
            return _("From %(day)s to %(until)s the clock stood still: the applicant had to answer.") % facts
        case _:
            return _("%(day)s is working day %(count)s.") % {"day": day, "count": fa_digits(step["count"])}
