"""The published inquiries up to 1401/10/25, taken in as closed cases.

The source gives one total for each district and the day it went live; nothing else. So the cases are spread evenly
over the working days in between, and neither kind nor applicant is invented.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from districts.territory import IMPORTER, PUBLISHED
from portal.casework.models import Case, DailyCount
from portal.casework.models import Counter as Serial
from portal.catalogue.holidays import closures
from portal.core.calendar import TEHRAN, Closures, from_jalali, jalali_ascii, to_jalali
from portal.core.identifiers import make_reference
from portal.workflow.perform import import_closed

REPORTED_ON = from_jalali(1401, 10, 25)
PUBLISHED_TOTALS = {1: 8427, 5: 5270, 3: 1891, 4: 656}
TOTAL = 16_244
RECORDED_KIND = 0  # the kind digit of no service
BATCH = 2_000


@dataclass(frozen=True)
class Recorded:
    """One closed case of the source: its district, and the day that the even spread gives it."""

    district: int
    day: date
    reference: str


def is_replayed() -> bool:
    return Case.objects.filter(channel=Case.Channel.HISTORY).exists()


def replay(closed: Closures, progress: Callable[[int], None] = lambda cases: None) -> int:
    """Take all of them in, batch by batch, each in its own transaction; returns how many are new.

    A replay that was cut off goes on where it stopped, because each reference follows from the data alone.
    """
    known = set(Case.objects.filter(channel=Case.Channel.HISTORY).values_list("reference", flat=True))
    records = [record for record in recorded(closed) if record.reference not in known]
    done = 0
    for batch in _batches(records):
        _take_in(batch)
        done += len(batch)
        progress(done)
    return done
