import pytest
from django.test import Client
from django.urls import reverse

from portal.parcels.models import Ownership, Parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    return Client(headers={"accept-language": "fa"})


def test_my_parcels_are_those_and_no_others(client_of, maryam, apartment, house_with_debts):
    text = client_of(maryam).get(reverse("parcels:mine")).content.decode()
    assert apartment.code in text
    assert "سه دانگ" in text
    assert house_with_debts.code not in text


def test_who_owns_nothing_is_shown_the_way(client_of, reviewer):
    response = client_of(reviewer).get(reverse("parcels:mine"))
    assert response.status_code == 200
    assert reverse("districts:coverage") in response.content.decode()


def test_a_stranger_is_asked_to_sign_in_for_his_parcels(stranger):
    assert stranger.get(reverse("parcels:mine")).status_code == 302


def test_the_public_page_of_a_parcel_tells_nothing_of_owner_or_debt(stranger, house_with_debts):
    text = stranger.get(reverse("parcels:public_parcel", args=[house_with_debts.code])).content.decode()
    assert house_with_debts.code in text
    for owner in Ownership.objects.filter(parcel=house_with_debts):
        assert owner.person_name not in text
    assert "ریال" not in text


def test_the_plan_links_every_parcel_of_the_neighbourhood(stranger, apartment):
    land = apartment.land()
    text = stranger.get(reverse("parcels:map", args=[land.district_id, land.region])).content.decode()
    for parcel in Parcel.objects.land().filter(district=land.district_id, region=land.region):
        assert reverse("parcels:public_parcel", args=[parcel.code]) in text
    assert "مریم صادقی" not in text


def test_a_typed_code_leads_to_the_land_in_any_digits(stranger, apartment):
    from portal.core.persian import fa_digits

    response = stranger.get(reverse("parcels:city_map"), {"text": fa_digits(apartment.land().code)})
    assert response.url == reverse("parcels:public_parcel", args=[apartment.land().code])


@pytest.mark.parametrize("text", ["", "کد", "3-99-99-99", "1111111111"])
def test_a_wrong_code_is_answered_on_the_page(stranger, text):
    assert stranger.get(reverse("parcels:city_map"), {"text": text}).status_code == 422


@pytest.mark.parametrize("path", ["map/9/9/", "map/parcels/3-99-99-99/", "map/parcels/x/"])
def test_what_is_not_there_is_not_found(stranger, path):
    assert stranger.get(f"/parcels/{path}").status_code == 404


def test_the_map_service_gives_outline_code_and_use_of_a_box(stranger, apartment):
    lons, lats = zip(*apartment.land().outline_wgs84, strict=True)
    box = {"west": min(lons), "east": max(lons), "south": min(lats), "north": max(lats)}
    features = stranger.get(reverse("parcels:map_features"), box).json()["features"]
    assert apartment.land().code in {feature["properties"]["code"] for feature in features}
    assert all(set(feature["properties"]) == {"code", "use", "use_label"} for feature in features)


@pytest.mark.parametrize("box", [{}, {"west": 45, "east": 46, "south": 37, "north": 38}, {"west": "x"}])
def test_a_box_that_is_none_or_too_wide_is_refused(stranger, box):
    assert stranger.get(reverse("parcels:map_features"), box).status_code == 422


def test_a_click_answers_with_the_code(stranger, apartment):
    outline = apartment.land().outline_wgs84
    longitude, latitude = (sum(axis) / len(axis) for axis in zip(*outline, strict=True))
    address = reverse("parcels:map_point")
    found = stranger.get(address, {"longitude": longitude, "latitude": latitude})
    assert found.json()["code"] == apartment.land().code
    assert stranger.get(address, {"longitude": 44.2, "latitude": 37.1}).status_code == 404
    assert stranger.get(address, {"longitude": "nan", "latitude": 37.1}).status_code == 422


def test_a_typed_code_is_shown_on_the_map_without_personal_data(stranger, apartment):
    address = reverse("parcels:map_locate")
    feature = stranger.get(address, {"code": apartment.code}).json()
    assert feature["properties"]["code"] == apartment.land().code
    assert set(feature["properties"]) == {"code", "use", "use_label"}
    assert stranger.get(address, {"code": "3-99-99-99"}).status_code == 404
    assert stranger.get(address, {"code": "کد"}).status_code == 422


def test_the_districts_are_five_outlines(stranger):
    features = stranger.get(reverse("parcels:map_districts")).json()["features"]
    assert [feature["properties"]["number"] for feature in features] == [1, 2, 3, 4, 5]
