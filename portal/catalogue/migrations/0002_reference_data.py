"""Loads the reference data: services, papers, reasons, deadlines, validity, debts, working week, holidays."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

from django.db import migrations

from portal.catalogue.holidays import frozen_table, store

REFERENCE = Path(__file__).parent.parent / "data" / "reference.json"
NAMES = (
    "BlockingDebt", "DeadlineRule", "Holiday", "HolidayCalendar", "ReasonCode", "RequiredDocument", "Service",
    "ValidityRule", "WorkingWeek",
)  # fmt: skip


def load(apps: Any, _schema_editor: Any) -> None:
    rows = json.loads(REFERENCE.read_text(encoding="utf-8"))
    model = {name: apps.get_model("catalogue", name) for name in NAMES}
    start = {"valid_from": date.fromisoformat(rows["valid_from"])}
    service = {row["code"]: model["Service"].objects.create(**row, **start) for row in rows["services"]}
    for position, row in enumerate(rows["documents"], start=1):
        for code, need in row.pop("need").items():
            model["RequiredDocument"].objects.create(
                **row, **start, need=need, position=position, service=service[code]
            )
    for row in rows["reasons"]:
        is_rejection = row["code"].startswith("R")
        objection = {key: rows[key] if is_rejection else "" for key in ("objection", "objection_en")}
        stage = "reject" if is_rejection else "return"
        model["ReasonCode"].objects.create(**{"basis": "inquiries 1.11"} | row, **start, **objection, stage=stage)
    for name, key in (("DeadlineRule", "deadlines"), ("ValidityRule", "validities")):
        for row in rows[key]:
            model[name].objects.create(**row | {"service": service[row["service"]]}, **start)
    for row in rows["debts"]:
        for code, effect in row.pop("effect").items():
            model["BlockingDebt"].objects.create(**row, **start, effect=effect, service=service[code])
    for row in rows["working_week"]:
        hours = {key: time.fromisoformat(row[key]) for key in ("opens_at", "closes_at")}
        model["WorkingWeek"].objects.create(**row | hours, **start, basis=rows["working_week_basis"])
    store(frozen_table(), model["HolidayCalendar"], model["Holiday"])


def unload(apps: Any, _schema_editor: Any) -> None:
    children_first = [name for name in NAMES if name not in {"Service", "HolidayCalendar"}]
    for name in [*children_first, "Service", "HolidayCalendar"]:
        apps.get_model("catalogue", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.RunPython(load, unload)]
