from datetime import date
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from portal.parcels import ownership
from portal.parcels.models import Ownership

pytestmark = pytest.mark.django_db
CODES = ("9900000013", "9900001011", "9900000021")


def give(parcel, share, code=CODES[0], layer=Ownership.Layer.LAND):
    return ownership.record_share(
        parcel, layer=layer, person_name="مالک", national_code=code, share=Fraction(share), since=date(2024, 1, 1)
    )


def test_odd_shares_add_up_exactly(make_parcel):
    parcel = make_parcel("3-9-1-1")
    for share, code in zip(("1/8", "7/12", "7/24"), CODES, strict=True):
        give(parcel, share, code)
    assert ownership.open_total(parcel, Ownership.Layer.LAND) == 1


def test_more_than_the_whole_is_refused(make_parcel):
    parcel = make_parcel("3-9-1-1")
    give(parcel, "2/3")
    with pytest.raises(ownership.SharesExceedWhole):
        give(parcel, "3401/9600", CODES[1])
    give(parcel, "1/3", CODES[1])


def test_land_and_building_are_counted_apart(make_parcel):
    parcel = make_parcel("3-9-1-1")
    give(parcel, 1)
    give(parcel, 1, layer=Ownership.Layer.BUILDING)
    assert ownership.open_total(parcel, Ownership.Layer.BUILDING) == 1


def test_a_closed_share_makes_room(make_parcel):
    parcel = make_parcel("3-9-1-1")
    ownership.close_share(give(parcel, 1), on=date(2025, 1, 1))
    give(parcel, 1, CODES[1])
    assert Ownership.objects.filter(parcel=parcel).count() == 2


@pytest.mark.parametrize("share", [0, -1, "7/6"])
def test_a_share_that_is_none_is_refused(make_parcel, share):
    with pytest.raises(ValueError, match="share"):
        give(make_parcel("3-9-1-1"), share)


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 6), (7, 6)])
def test_the_database_refuses_it_too(make_parcel, numerator, denominator):
    with pytest.raises(IntegrityError, match="ownership_share_within_whole"), transaction.atomic():
        Ownership.objects.create(
            parcel=make_parcel("3-9-1-1"),
            layer="land",
            person_name="مالک",
            national_code=CODES[0],
            share_numerator=numerator,
            share_denominator=denominator,
            valid_from=date(2024, 1, 1),
        )


def test_the_check_of_the_register_finds_an_overfull_title(make_parcel):
    parcel = make_parcel("3-9-1-1")
    give(parcel, 1)
    assert list(ownership.faults()) == []
    other = give(make_parcel("3-9-1-2"), "1/2", CODES[1])
    Ownership.objects.filter(pk=other.pk).update(parcel=parcel)  # a quiet edit of the table
    assert list(ownership.faults()) == [f"parcel/{parcel.pk}: open shares of land make 3/2"]
