from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from districts.territory import PUBLISHED
from portal.casework.models import Case, DailyCount
from portal.catalogue.holidays import closures
from portal.core.identifiers import parse_reference
from portal.demo import history
from portal.ledger.models import Entry

pytestmark = pytest.mark.django_db
LIVE = {known.number: known.live_on for known in PUBLISHED}


def test_the_records_are_exactly_the_published_figures():
    records = list(history.recorded())
    assert Counter(record.district for record in records) == {1: 8427, 5: 5270, 3: 1891, 4: 656}
    assert len(records) == len({record.reference for record in records}) == 16_244
    assert all(parse_reference(record.reference).kind == 0 for record in records)


def test_they_fall_on_working_days_between_going_live_and_the_report():
    first = min(LIVE.values())
    closed = closures(first, days=(history.REPORTED_ON - first).days)
    days = {(record.district, record.day) for record in history.recorded()}
    assert all(closed.is_working(day) for _, day in days)
    assert all(LIVE[district] <= day <= history.REPORTED_ON for district, day in days)


def test_they_are_spread_evenly():
    per_day = Counter((record.district, record.day) for record in history.recorded())
    for district in (1, 3, 4, 5):
        counts = [count for (number, _), count in per_day.items() if number == district]
        assert max(counts) - min(counts) <= 1


def test_the_replay_enters_each_case_once_with_its_entry_and_its_count():
    call_command("replay_history", stdout=StringIO())
    cases = Case.objects.filter(channel=Case.Channel.HISTORY)
    assert cases.count() == 16_244
    assert cases.filter(service=None, applicant=None, parcel=None, state="closed").count() == 16_244
    assert Entry.objects.filter(kind="recorded_inquiry.import", seq=1).count() == 16_244
    counted = DailyCount.objects.filter(day__lte=history.REPORTED_ON).values_list("district")
    assert dict(counted.annotate(Sum("closed"))) == {1: 8427, 5: 5270, 3: 1891, 4: 656}
    public = Client().get(reverse("oversight:statistics_json")).json()
    assert public == {"total": 16_244, "by_district": {"1": 8427, "3": 1891, "4": 656, "5": 5270}}
    one = cases.order_by("reference").first()
    (entry,) = Entry.objects.of(one.stream)
    assert entry.facts["effective_on"] == one.effective_on.isoformat()
    assert entry.facts["record"] == Case.objects.get(pk=one.pk).record_digest()

    out = StringIO()
    call_command("replay_history", stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert cases.count() == 16_244
