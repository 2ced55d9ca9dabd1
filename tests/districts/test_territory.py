from datetime import date

import pytest

from districts.models import District, Rollout, ServiceDesk
from districts.territory import load_districts, load_rollouts
from portal.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_the_five_districts_went_live_on_the_published_days():
    live = dict(Rollout.objects.live().filter(service__code="transfer").values_list("district_id", "live_on"))
    assert live == {
        1: date(2020, 10, 11),
        5: date(2020, 11, 10),
        3: date(2021, 5, 25),
        4: date(2022, 10, 15),
        2: date(2023, 10, 23),
    }


def test_each_going_live_stands_in_the_ledger_with_its_day():
    rollout = Rollout.objects.get(service__code="transfer", district=5)
    begun, live = Entry.objects.of(rollout.stream)
    assert (begun.kind, live.kind) == ("rollout.begin", "rollout.record")
    assert live.actor == "system/history-import"
    assert live.facts["effective_on"] == "2020-11-10"


def test_loading_twice_changes_nothing():
    ServiceDesk.objects.filter(district=1).update(address="نشانی تازه")
    load_districts()
    assert load_rollouts() == 0
    assert District.objects.count() == 5
    assert ServiceDesk.objects.get(district=1).address == "نشانی تازه"


def test_every_district_has_an_open_desk_with_address_and_hours():
    for district in District.objects.all():
        desk = district.desks.get(is_open=True)
        assert desk.address
        assert desk.hours
        assert desk.phone
