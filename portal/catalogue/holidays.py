"""Holidays: the frozen table, its versions, and what it means for deadlines."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import models

from portal.catalogue.models import Holiday, HolidayCalendar, WorkingWeek
from portal.core.calendar import TEHRAN, Closures

FROZEN = Path(__file__).parent / "data" / "holidays.json"


def frozen_table() -> dict[str, Any]:
    """{"version", "published_at", "basis", "holidays": [{"date", "name", "is_estimated"}, …]}."""
    table: dict[str, Any] = json.loads(FROZEN.read_text(encoding="utf-8"))
    return table


def store(table: dict[str, Any], calendars: type[models.Model], holidays: type[models.Model]) -> bool:
    """Writes a table as a new version; False when that version is already there.

    The model classes are arguments because a migration has its own.
    """
    if calendars._default_manager.filter(version=table["version"]).exists():
        return False
    calendar = calendars._default_manager.create(
        version=table["version"], published_at=datetime.fromisoformat(table["published_at"]), basis=table["basis"]
    )
    holidays._default_manager.bulk_create(
        holidays(
            calendar_id=calendar.pk,
            date=date.fromisoformat(row["date"]),
            name=row["name"],
            is_estimated=row["is_estimated"],
        )
        for row in table["holidays"]
    )
    return True


def calendar_on(day: date) -> HolidayCalendar | None:
    """The newest version published by the end of this day, else the oldest there is."""
    end_of_day = datetime.combine(day + timedelta(days=1), time.min, tzinfo=TEHRAN)
    versions = HolidayCalendar.objects.order_by("published_at")
    return versions.filter(published_at__lt=end_of_day).last() or versions.first()


def closures(on: date, *, days: int = 400) -> Closures:
    """What does not count as a working day, as it was known on this day, for the `days` that follow it."""
    calendar = calendar_on(on)
    if calendar is None:
        raise HolidayCalendar.DoesNotExist("no holiday calendar is loaded: run import_holidays")
    nearby = Holiday.objects.filter(calendar=calendar, date__range=(on - timedelta(days=7), on + timedelta(days=days)))
    week = {hours.weekday: hours for hours in WorkingWeek.objects.on(on).order_by("valid_from")}
    counted = {weekday for weekday, hours in week.items() if hours.counts_for_deadlines}
    return Closures(
        holidays=dict(nearby.values_list("date", "name")),
        closed_weekdays=frozenset(range(7)) - counted,
        closes_at={weekday: hours.closes_at for weekday, hours in week.items()},
        version=calendar.version,
    )
