import pytest

from portal.parcels import lookup
from portal.parcels.models import Parcel, RegistryPlate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["3-9-1-1", "۳-۹-۱-۱-۰-۰-۰", "٣/٩/١/١", " 3.9.1.1 ", "0-0-0-1-1-9-3"])
def test_a_code_is_found_in_any_digits_and_when_pasted_backwards(make_parcel, text):
    parcel = make_parcel("3-9-1-1")
    assert lookup.find(text).parcel == parcel


def test_an_unknown_code_finds_nothing():
    assert lookup.find("3-99-99-99") == lookup.Found()


@pytest.mark.parametrize("text", ["", "پلاک", "3-9-1-1-1-1-1-1", "3--9"])
def test_text_that_is_no_code_is_explained(text):
    with pytest.raises(ValueError, match=r"\w"):
        lookup.find(text)


def test_the_search_stays_among_what_one_may_see(make_parcel):
    make_parcel("3-9-1-1")
    assert lookup.find("3-9-1-1", Parcel.objects.none()).parcels == ()


def test_a_click_inside_finds_the_land_and_outside_nothing(make_parcel):
    left, right = make_parcel("3-9-1-1", at=0), make_parcel("3-9-1-2", at=1)
    for parcel in (left, right):
        longitude, latitude = (sum(axis) / 4 for axis in zip(*parcel.outline_wgs84, strict=True))
        assert lookup.at_degrees(longitude, latitude).parcel == parcel
    assert lookup.at_degrees(longitude, latitude + 0.01).parcel is None


def test_every_parcel_of_the_city_is_found_by_a_click_on_it(db):
    for parcel in Parcel.objects.land():
        longitude, latitude = (sum(axis) / len(axis) for axis in zip(*parcel.outline_wgs84, strict=True))
        assert lookup.at_degrees(longitude, latitude).parcel == parcel


def test_a_plate_is_found_by_its_parts(make_parcel):
    parcel, unit = make_parcel("3-9-1-1"), make_parcel("3-9-1-2")
    RegistryPlate.objects.create(parcel=parcel, hoze="ارومیه", bakhsh=9, asli=4555, fari=65)
    RegistryPlate.objects.create(parcel=unit, hoze="ارومیه", bakhsh=9, asli=4555, fari=65, qate=3)
    assert lookup.by_plate(bakhsh=9, asli=4555, fari=65).parcel == parcel
    assert lookup.by_plate(bakhsh=9, asli=4555, fari=65, qate=3).parcel == unit
    assert lookup.by_plate(bakhsh=9, asli=65, fari=4555).parcel is None


def test_a_postal_code_finds_its_parcels(apartment):
    assert apartment in lookup.by_postal_code(apartment.postal_code).parcels
    with pytest.raises(ValueError, match=r"\w"):
        lookup.by_postal_code("123")
