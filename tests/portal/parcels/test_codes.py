from datetime import date

import pytest

from portal.core.errors import Refusal
from portal.core.identifiers import RenovationCode
from portal.parcels import codes, lookup
from portal.parcels.models import CodeHistory, Level, Parcel

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 21)


def land(code):
    parcel = Parcel(level=Level.PARCEL)
    parcel.rename_to(RenovationCode.parse(code))
    return parcel


def test_renaming_moves_the_whole_subtree_and_the_old_code_still_finds_it(make_parcel):
    parcel, building, apartment = make_parcel("3-9-1-1"), make_parcel("3-9-1-1-1"), make_parcel("3-9-1-1-1-4")
    codes.rename(parcel, RenovationCode.parse("3-9-7-5"), on=DAY)
    assert [p.code for p in Parcel.objects.filter(pk__in=[parcel.pk, building.pk, apartment.pk]).order_by("code")] == [
        "3-9-7-5-0-0-0",
        "3-9-7-5-1-0-0",
        "3-9-7-5-1-4-0",
    ]
    found = lookup.find("۳-۹-۱-۱-۱-۴")
    assert found.parcel == apartment
    assert "۳-۹-۷-۵-۱-۴-۰" in found.notice
    first, second = apartment.code_history.order_by("valid_from")
    assert (first.valid_to, second.valid_from, second.act) == (date(2025, 3, 20), DAY, CodeHistory.Act.RENAME)


def test_a_taken_code_is_refused_and_nothing_changes(make_parcel):
    parcel = make_parcel("3-9-1-1")
    make_parcel("3-9-1-2")
    with pytest.raises(codes.CodeTaken):
        codes.rename(parcel, RenovationCode.parse("3-9-1-2"), on=DAY)
    assert Parcel.objects.get(pk=parcel.pk).code == "3-9-1-1-0-0-0"
    assert parcel.code_history.count() == 1


def test_a_new_code_names_the_same_level(make_parcel):
    with pytest.raises(ValueError, match="same level"):
        codes.rename(make_parcel("3-9-1-1"), RenovationCode.parse("3-9-1-1-1"), on=DAY)


def test_after_merging_each_old_code_leads_to_the_new_parcel(make_parcel):
    one, two = make_parcel("3-9-1-1"), make_parcel("3-9-1-2")
    merged = codes.merge([one, two], land("3-9-1-1"), on=DAY)
    assert not Parcel.objects.get(pk=one.pk).is_current
    assert lookup.find("3-9-1-1").parcel == merged
    assert lookup.find("3-9-1-1").notice == ""
    assert lookup.find("3-9-1-2").parcel == merged
    assert lookup.by_code(RenovationCode.parse("3-9-1-2")) == merged


def test_after_splitting_the_old_code_names_all_successors(make_parcel):
    old = make_parcel("3-9-1-1")
    parts = codes.split(old, [land("3-9-1-11"), land("3-9-1-12")], on=DAY)
    found = lookup.find("3-9-1-1")
    assert list(found.parcels) == parts
    assert found.parcel is None
    assert "۳-۹-۱-۱۲-۰-۰-۰" in found.notice
    assert lookup.by_code(RenovationCode.parse("3-9-1-1")) is None


def test_land_with_a_building_is_not_merged_away(make_parcel):
    parcel = make_parcel("3-9-1-1")
    make_parcel("3-9-1-1-1")
    with pytest.raises(Refusal):
        codes.merge([parcel], land("3-9-1-3"), on=DAY)
    assert Parcel.objects.get(pk=parcel.pk).is_current
