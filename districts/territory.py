"""Urmia's districts, desks and the published history of going live, as data.

Dates are officials' statements in the city's news of 1401/10/25 and 1402/08/01. The addresses and hours of the desks
are placeholders for the city to replace.
"""

from dataclasses import dataclass
from datetime import date

from districts.models import District, Rollout, ServiceDesk
from portal.accounts.actors import Actor
from portal.catalogue.models import Service
from portal.core.calendar import from_jalali
from portal.core.persian import fa_digits
from portal.workflow.perform import begin, perform

IMPORTER = Actor.system("history-import")
HOURS = "شنبه تا چهارشنبه ۷:۳۰ تا ۱۴:۱۵، پنجشنبه ۷:۳۰ تا ۱۳"


@dataclass(frozen=True)
class Known:
    """What is published about one district."""

    number: int
    live_on: date
    street: str


PUBLISHED = (
    Known(1, from_jalali(1399, 7, 20), "خیابان دانشکده"),
    Known(5, from_jalali(1399, 8, 20), "بلوار رسالت"),
    Known(3, from_jalali(1400, 3, 4), "خیابان کاشانی"),
    Known(4, from_jalali(1401, 7, 23), "خیابان امام خمینی"),
    Known(2, from_jalali(1402, 8, 1), "خیابان استادان"),
)
"""In the order of going live."""

FAMILIES = ("transfer", "bank", "office")
"""Codes of the three services that went live together: the inquiries for transfer, banks and offices."""


def load_districts() -> None:
    """Districts and desks; rows that exist are left as the city has edited them."""
    named = [District(number=known.number, name=f"منطقهٔ {fa_digits(known.number)}") for known in PUBLISHED]
    District.objects.bulk_create(named, ignore_conflicts=True)
    for known in PUBLISHED:
        ServiceDesk.objects.get_or_create(
            district_id=known.number,
            title="باجهٔ راهنمای شهروندسپاری",
            defaults={
                "address": f"{known.street}، ساختمان شهرداری منطقهٔ {fa_digits(known.number)}، طبقهٔ همکف",
                "hours": HOURS,
                "phone": f"۱۳۷ داخلی {fa_digits(known.number)}",
            },
        )


def load_rollouts() -> int:
    """Take each published going-live through the engine; what is there already is left alone. Returns how many."""
    made = 0
    for known in PUBLISHED:
        for service in Service.objects.filter(code__in=FAMILIES):
            if Rollout.objects.filter(service=service, district=known.number).exists():
                continue
            rollout = begin(Rollout(workflow="rollout", service=service, district_id=known.number), actor=IMPORTER)
            perform(rollout, "record", actor=IMPORTER, effective_on=known.live_on)
            made += 1
    return made
