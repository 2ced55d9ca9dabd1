"""Jalali dates, and working days with the holidays of 1405."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import calendar
from portal.core.calendar import TEHRAN, Closures, add_working_days, from_jalali, to_jalali
from portal.core.persian import fa_digits

HOLIDAYS_1405 = (
    (1, 1), (1, 2), (1, 3), (1, 4), (1, 12), (1, 13), (1, 25), (3, 6), (3, 14), (3, 15), (4, 3), (4, 4), (5, 13),
    (5, 21), (5, 22), (5, 30), (6, 8), (8, 22), (10, 2), (10, 16), (11, 4), (11, 22), (12, 10), (12, 19), (12, 20),
    (12, 29),
)  # fmt: skip
CLOSED = Closures({from_jalali(1405, month, day): f"تعطیل {month}/{day}" for month, day in HOLIDAYS_1405}, version="t")
DAYS = st.dates(date(1921, 4, 1), date(2070, 1, 1))
DAYS_OF_1405 = st.dates(from_jalali(1405, 1, 1), from_jalali(1405, 11, 1))

# --- Jalali ---


@given(DAYS)
def test_a_date_survives_the_way_to_jalali_and_back(day: date) -> None:
    assert from_jalali(*to_jalali(day)) == day


@given(DAYS, st.sampled_from("/-. "), st.booleans())
def test_a_typed_date_is_read_in_any_digits_and_separators(day: date, separator: str, is_persian: bool) -> None:
    text = calendar.jalali_ascii(day).replace("/", separator)
    assert calendar.parse_jalali(fa_digits(text) if is_persian else text) == day


@pytest.mark.parametrize(
    ("year", "first_day"),
    [
        (1393, "2014-03-21"),
        (1399, "2020-03-20"),
        (1400, "2021-03-21"),
        (1401, "2022-03-21"),
        (1402, "2023-03-21"),
        (1403, "2024-03-20"),
        (1404, "2025-03-21"),
        (1405, "2026-03-21"),
        (1408, "2029-03-20"),
    ],
)
def test_years_begin_on_the_published_day(year: int, first_day: str) -> None:
    assert calendar.jalali_year(year)[0].isoformat() == first_day


def test_leap_years_are_those_of_the_calendar() -> None:
    assert [year for year in range(1393, 1410) if calendar.is_leap(year)] == [1395, 1399, 1403, 1408]


@pytest.mark.parametrize("text", ["1399/12/30", "1403/12/30", "1403/06/31"])
def test_existing_month_ends_are_accepted(text: str) -> None:
    assert calendar.jalali_ascii(calendar.parse_jalali(text)) == text


@pytest.mark.parametrize("text", ["1400/12/30", "1404/12/30", "1403/07/31", "1403/13/01", "1403/00/10", "1403/01/00"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such day"):
        calendar.parse_jalali(text)


@pytest.mark.parametrize(
    "text", ["", "1403/1", "03/01/01", "2024/03/20", "1403//01/01", "1403/1/1/1", "دیروز", "14030101"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="year/month/day"):
        calendar.parse_jalali(text)


def test_dates_are_shown_short_and_long() -> None:
    day = date(2023, 1, 15)
    assert calendar.jalali(day) == "۱۴۰۱/۱۰/۲۵"
    assert calendar.jalali_long(day) == "یکشنبه ۲۵ دی ۱۴۰۱"
    assert calendar.jalali(None) == calendar.jalali_long(None) == ""


def test_a_moment_belongs_to_its_day_in_tehran() -> None:
    late_in_utc = datetime(2023, 1, 14, 21, 0, tzinfo=UTC)
    assert calendar.jalali(late_in_utc) == "۱۴۰۱/۱۰/۲۵"
    assert calendar.jalali_time(late_in_utc) == "۱۴۰۱/۱۰/۲۵، ۰۰:۳۰"
    with pytest.raises(ValueError, match="naive"):
        calendar.jalali(datetime(2023, 1, 14, 21, 0))  # noqa: DTZ001  that is the point


@given(st.integers(1300, 1450))
def test_the_months_of_a_year_follow_each_other_without_a_gap(year: int) -> None:
    months = [calendar.jalali_month(year, month) for month in range(1, 13)]
    assert (months[0][0], months[-1][1]) == calendar.jalali_year(year)
    for (_first, last), (following, _last) in zip(months, months[1:], strict=False):
        assert following == last + timedelta(days=1)


def test_the_range_of_days_is_half_open_in_tehran() -> None:
    begin, end = calendar.day_range(date(2023, 1, 15), date(2023, 1, 15))
    assert begin == datetime(2023, 1, 14, 20, 30, tzinfo=UTC)
    assert end - begin == timedelta(days=1)


# --- working days ---


def test_nowruz_thursday_and_friday_do_not_count() -> None:
    deadline = add_working_days(from_jalali(1405, 1, 5), 3, CLOSED)  # a Wednesday
    assert to_jalali(deadline.date) == (1405, 1, 10)
    assert [step["why"] for step in deadline.derivation] == [
        "filed", "weekend", "weekend", "working", "working", "working",
    ]  # fmt: skip


def test_every_holiday_between_is_named() -> None:
    deadline = add_working_days(from_jalali(1405, 1, 10), 2, CLOSED)
    assert to_jalali(deadline.date) == (1405, 1, 15)
    assert [(step["why"], step.get("name")) for step in deadline.derivation if step["why"] == "holiday"] == [
        ("holiday", "تعطیل 1/12"),
        ("holiday", "تعطیل 1/13"),
    ]


@pytest.mark.parametrize(("hour", "last"), [(time(14, 14), (1405, 2, 7)), (time(14, 15), (1405, 2, 8))])
def test_a_filing_after_hours_counts_from_the_next_working_day(hour: time, last: tuple[int, int, int]) -> None:
    filed = datetime.combine(from_jalali(1405, 2, 6), hour, tzinfo=TEHRAN)  # a Sunday
    assert to_jalali(add_working_days(filed, 1, CLOSED).date) == last


def test_thursday_is_open_for_filing_and_closed_for_deadlines() -> None:
    thursday, friday = from_jalali(1405, 2, 10), from_jalali(1405, 2, 11)
    assert to_jalali(add_working_days(thursday, 1, CLOSED).date) == (1405, 2, 12)
    assert to_jalali(add_working_days(friday, 1, CLOSED).date) == (1405, 2, 13)
    in_the_afternoon = datetime.combine(thursday, time(13, 0), tzinfo=TEHRAN)
    assert to_jalali(add_working_days(in_the_afternoon, 1, CLOSED).date) == (1405, 2, 13)


def test_the_year_ends_in_the_next_year() -> None:
    closed = Closures({**CLOSED.holidays, from_jalali(1406, 1, 1): "نوروز", from_jalali(1406, 1, 2): "نوروز"})
    assert to_jalali(add_working_days(from_jalali(1405, 12, 26), 1, closed).date) == (1406, 1, 3)


@given(DAYS_OF_1405, st.integers(1, 30))
def test_a_deadline_is_a_working_day_and_its_derivation_counts_up_to_it(start: date, days: int) -> None:
    deadline = add_working_days(start, days, CLOSED)
    assert CLOSED.is_working(deadline.date)
    assert [step["count"] for step in deadline.derivation if step["why"] == "working"] == list(range(1, days + 1))
    assert deadline.derivation[-1]["day"] == deadline.date.isoformat()
    assert json.loads(json.dumps(deadline.derivation)) == deadline.derivation


@given(DAYS_OF_1405, st.integers(0, 20))
def test_a_longer_period_never_ends_earlier(start: date, days: int) -> None:
    assert add_working_days(start, days, CLOSED).date < add_working_days(start, days + 1, CLOSED).date


@given(DAYS_OF_1405.filter(CLOSED.is_working), st.integers(0, 20))
def test_counting_back_gives_the_period(start: date, days: int) -> None:
    end = add_working_days(start, days, CLOSED).date
    assert calendar.working_days_between(start, end, CLOSED) == days
    assert calendar.working_days_between(end, start, CLOSED) == -days


def test_the_derivation_is_told_in_sentences() -> None:
    filed = datetime.combine(from_jalali(1405, 1, 11), time(15), tzinfo=TEHRAN)
    told = calendar.describe_derivation(add_working_days(filed, 1, CLOSED).derivation)
    assert len(told) == 7
    assert "سه‌شنبه ۱۱ فروردین ۱۴۰۵" in told[0]
    assert "۱۴:۱۵" in told[1]
    assert "تعطیل 1/12" in told[2]
    assert "یکشنبه ۱۶ فروردین ۱۴۰۵" in told[-1]


def test_a_stopped_clock_is_told_as_well() -> None:
    pause = {"day": "2026-04-05", "count": 0, "why": "stopped", "until": "2026-04-08"}
    (told,) = calendar.describe_derivation([pause])
    assert "یکشنبه ۱۶ فروردین ۱۴۰۵" in told
    assert "چهارشنبه ۱۹ فروردین ۱۴۰۵" in told


def test_a_negative_period_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 4, 1), -1, CLOSED)
