"""Loads the frozen holiday table as a new version; with --freeze, makes that table from the holidays package."""

import json
import re
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.catalogue.holidays import FROZEN, frozen_table, store
from portal.catalogue.models import Holiday, HolidayCalendar
from portal.core import canonical
from portal.core.calendar import jalali_year
from portal.core.persian import fa_digits, normalise
from portal.parcels import acts
from portal.parcels.models import RegisterAct

ESTIMATED = "(تخمینی)"
FIRST_YEAR, LAST_YEAR = 1399, 1406


class Command(BaseCommand):
    """Freezing is a developer's act and its result is reviewed and committed; loading is the operator's.

    It stands on this floor because it is an act: the catalogue itself knows no ledger.
    """

    help = "Load portal/catalogue/data/holidays.json as a new version of the holiday calendar."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--freeze", action="store_true", help="rewrite the file from the holidays package first")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["freeze"]:
            FROZEN.write_text(json.dumps(fresh_table(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        table = frozen_table()
        with transaction.atomic():
            is_new = store(table, HolidayCalendar, Holiday)
            if is_new:
                acts.record(
                    RegisterAct.Kind.REFERENCE,
                    actor=Actor.system("holidays"),
                    source_sha256=canonical.digest(table),
                    rows=1 + len(table["holidays"]),
                    changed=(HolidayCalendar, Holiday),
                )
        self.stdout.write(
            f"{table['version']}: {len(table['holidays'])} days {'loaded' if is_new else 'already there'}"
        )


def fresh_table() -> dict[str, Any]:
    """The table of the Jalali years 1399–1406 as the installed holidays package gives it."""
    import holidays  # only here: the portal itself reads the frozen table

    first, last = jalali_year(FIRST_YEAR)[0], jalali_year(LAST_YEAR)[1]
    found: dict[date, str] = holidays.country_holidays("IR", years=range(first.year, last.year + 1), language="fa_IR")
    moment = timezone.localtime().replace(microsecond=0)
    return {
        "version": f"{moment:%Y-%m-%d}",
        "published_at": moment.isoformat(),
        "basis": f"holidays {holidays.__version__}, Iran, years {FIRST_YEAR}–{LAST_YEAR}",
        "holidays": [row(day, name) for day, name in sorted(found.items()) if first <= day <= last],
    }


def row(day: date, names: str) -> dict[str, Any]:
    """One day; several occasions on it are joined with a Persian comma."""
    each = [fa_digits(normalise(name.replace(ESTIMATED, ""))) for name in re.split("[;؛]", names)]
    return {
        "date": day.isoformat(),
        "name": "، ".join(dict.fromkeys(each)),
        "is_estimated": ESTIMATED in names,
    }
