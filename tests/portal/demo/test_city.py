from datetime import date
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.core.calendar import to_jalali
from portal.core.identifiers import is_national_code
from portal.demo import city
from portal.demo.people import CITIZEN_ONE, CITIZEN_TWO
from portal.parcels import ownership
from portal.parcels.models import (
    CertificateOnFile,
    CodeHistory,
    Ownership,
    Parcel,
    PermitOnFile,
    RegistryPlate,
    ViolationOnFile,
)

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def small():
    return city.build(1, 120, today=DAY)


def test_the_same_seed_makes_the_same_city_with_the_same_ids(small):
    again = city.build(1, 120, today=DAY)
    assert city.digest(again) == city.digest(small)
    assert [p.pk for p in again.records[Parcel]] == [p.pk for p in small.records[Parcel]]
    assert city.digest(city.build(2, 120, today=DAY)) != city.digest(small)


def test_the_year_in_a_number_is_the_year_of_its_paper(small):
    papers = [(row.number, row.issued_on) for kind in (PermitOnFile, CertificateOnFile) for row in small.records[kind]]
    papers += [(row.ruling_no, row.ruling_on) for row in small.records[ViolationOnFile] if row.ruling_on]
    assert papers
    assert [number for number, day in papers if number.split("/")[1] != str(to_jalali(day)[0])] == []


def test_nobody_real_owns_anything(small):
    codes = {row.national_code for row in small.records[Ownership]}
    persons = {code for code in codes if len(code) == 10}
    assert all(code.startswith("990") and is_national_code(code) for code in persons)
    assert codes - persons <= {"99000123457"}


def test_shares_of_every_title_make_the_whole(small):
    totals = {}
    for row in small.records[Ownership]:
        key = row.parcel_id, row.layer
        totals[key] = totals.get(key, Fraction(0)) + row.share
    assert set(totals.values()) == {Fraction(1)}


def test_codes_and_plates_are_unique_and_each_node_has_its_history(small):
    parcels, plates = small.records[Parcel], small.records[RegistryPlate]
    assert len({parcel.code for parcel in parcels}) == len(parcels)
    assert len({(p.bakhsh, p.asli, p.fari, p.qate) for p in plates}) == len(plates)
    assert {row.parcel_id for row in small.records[CodeHistory]} == {parcel.pk for parcel in parcels}


@pytest.mark.django_db
def test_the_cast_owns_what_the_story_needs():
    apartment, house = city.parcels_of(CITIZEN_ONE.national_code)
    assert (apartment.level, apartment.district_id, house.level, house.district_id) == ("apartment", 1, "parcel", 3)
    assert apartment.parent.certificateonfiles.get().kind == CertificateOnFile.Kind.COMPLETION_DIVIDED
    assert {row.share for row in house.ownerships.all()} == {Fraction(1, 2)}
    old_house, owing_house = city.parcels_of(CITIZEN_TWO.national_code)
    assert (old_house.district_id, owing_house.district_id) == (1, 4)
    assert old_house.certificateonfiles.get().kind == CertificateOnFile.Kind.EXEMPT_PLAN
    assert any(line.open_rial for line in owing_house.debtlines.filter(line="renovation"))


@pytest.mark.django_db
def test_what_is_stored_is_what_was_built():
    from django.utils import timezone

    built = city.build(1, 120, today=timezone.localdate())
    stored = {row.pk: row for row in Ownership.objects.all()}
    assert len(stored) == len(built.records[Ownership])
    for row in built.records[Ownership][::20]:
        assert stored[row.pk].national_code == row.national_code
        assert stored[row.pk].share == row.share
    parcel = built.records[Parcel][0]
    found = Parcel.objects.get(pk=parcel.pk)
    assert (found.address, found.outline_cm, found.measured_area_m2) == (
        parcel.address,
        parcel.outline_cm,
        parcel.measured_area_m2,
    )
    assert list(ownership.faults()) == []


@pytest.mark.django_db
def test_a_second_city_is_politely_refused():
    before, out = Parcel.objects.count(), StringIO()
    call_command("build_city", parcels=120, stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert Parcel.objects.count() == before


@pytest.mark.django_db
def test_a_city_too_small_to_live_in_is_refused():
    with pytest.raises(CommandError, match="at least 100"):
        call_command("build_city", parcels=20)
