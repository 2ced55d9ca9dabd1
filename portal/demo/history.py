"""The published inquiries up to 1401/10/25, taken in as closed cases.

The source gives one total for each district and the day it went live; nothing else. So the cases are spread evenly
over the working days in between, and neither kind nor applicant is invented.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F

from districts.territory import IMPORTER, PUBLISHED
from portal.casework.models import Case, DailyCount
from portal.catalogue.holidays import closures
from portal.core.calendar import TEHRAN, Closures, from_jalali, to_jalali
from portal.core.identifiers import make_reference
from portal.workflow.perform import import_closed

REPORTED_ON = from_jalali(1401, 10, 25)
PUBLISHED_TOTALS = {1: 8427, 5: 5270, 3: 1891, 4: 656}
TOTAL = 16_244
RECORDED_KIND = 0  # the kind digit of no service
SOURCE = "urmia-1401-10-25"
BATCH = 2_000


@dataclass(frozen=True)
class Recorded:
    """One closed case of the source: its district, and the day that the even spread gives it."""

    district: int
    day: date
    reference: str


def replay(progress: Callable[[int], None] = lambda cases: None) -> int:
    """Take in what is not there yet, batch by batch, each in its own transaction; returns how many are new.

    A replay that was cut off goes on where it stopped, because each reference follows from the data alone.
    """
    known = set(Case.objects.filter(channel=Case.Channel.HISTORY).values_list("reference", flat=True))
    missing = (record for record in recorded() if record.reference not in known)
    done = 0
    while batch := list(islice(missing, BATCH)):
        _take_in(batch)
        done += len(batch)
        progress(done)
    return done


def recorded() -> Iterator[Recorded]:
    """Every published case with its day, district by district in the order of going live."""
    first = min(known.live_on for known in PUBLISHED)
    closed = closures(first, days=(REPORTED_ON - first).days)
    for known in PUBLISHED:
        serials: Counter[int] = Counter()
        for day in spread(PUBLISHED_TOTALS.get(known.number, 0), known.live_on, REPORTED_ON, closed):
            year = to_jalali(day)[0]
            serials[year] += 1
            yield Recorded(known.number, day, make_reference(year, known.number, RECORDED_KIND, serials[year]))


def spread(total: int, first: date, last: date, closed: Closures) -> Iterator[date]:
    """`total` days, in order, as even as whole numbers allow over the working days from `first` to `last`."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    working = [day for day in days if closed.is_working(day)]
    return (working[index * len(working) // total] for index in range(total))


def _take_in(batch: list[Recorded]) -> None:
    cases = [_case(record) for record in batch]
    facts = [{"source": SOURCE, "district": r.district, "effective_on": r.day.isoformat()} for r in batch]
    with transaction.atomic():
        import_closed(cases, state="closed", actor=IMPORTER, recorded=facts)
        counts = Counter((record.day, record.district) for record in batch)
        DailyCount.objects.bulk_create(
            (DailyCount(day=day, district_id=district) for day, district in counts), ignore_conflicts=True
        )
        for (day, district), closed in counts.items():
            DailyCount.objects.filter(day=day, district=district).update(closed=F("closed") + closed)


def _case(record: Recorded) -> Case:
    """The hour is noon, because the source has none; `effective_on` is what counts."""
    noon = datetime.combine(record.day, time(12), tzinfo=TEHRAN)
    return Case(
        workflow="recorded_inquiry",
        reference=record.reference,
        district_id=record.district,
        channel=Case.Channel.HISTORY,
        effective_on=record.day,
        submitted_at=noon,
        closed_at=noon,
    )
