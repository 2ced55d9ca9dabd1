from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.catalogue.models import Service
from portal.parcels.models import Hold, Ownership, Parcel, RegistryPlate, holds_on

pytestmark = pytest.mark.django_db


def test_the_tree_leads_up_and_down(make_parcel):
    land, building = make_parcel("3-9-1-1"), make_parcel("3-9-1-1-1")
    apartment, other = make_parcel("3-9-1-1-1-1"), make_parcel("3-9-1-1-1-2")
    make_parcel("3-9-1-2")
    assert apartment.lineage() == [apartment, building, land]
    assert apartment.land() == land
    assert set(land.subtree()) == {land, building, apartment, other}
    assert set(building.subtree()) == {building, apartment, other}
    assert set(apartment.subtree()) == {apartment}


def test_a_code_names_one_present_parcel(make_parcel):
    make_parcel("3-9-1-1")
    with pytest.raises(IntegrityError, match="parcel_code_is_current_once"), transaction.atomic():
        make_parcel("3-9-1-1")


def test_a_retired_parcel_frees_its_code(make_parcel):
    old = make_parcel("3-9-1-1")
    Parcel.objects.filter(pk=old.pk).update(retired_on=date(2024, 1, 1))
    assert make_parcel("3-9-1-1").is_current


def test_a_building_without_land_is_refused(make_parcel):
    with pytest.raises(IntegrityError, match="parcel_has_parent_unless_land"), transaction.atomic():
        make_parcel("3-9-1-1-1")


def test_a_registry_plate_is_unique_even_without_plot(make_parcel):
    plate = {"hoze": "ارومیه", "bakhsh": 9, "asli": 4555, "fari": 65}
    RegistryPlate.objects.create(parcel=make_parcel("3-9-1-1"), **plate)
    with pytest.raises(IntegrityError, match="registry_plate_is_unique"), transaction.atomic():
        RegistryPlate.objects.create(parcel=make_parcel("3-9-1-2"), **plate)


# --- who sees what ------------------------------------------------------------------------------------------------


def test_owners_see_what_they_own_and_what_stands_on_it(maryam, apartment, actor_of):
    seen = Parcel.objects.visible_to(actor_of(maryam))
    house = Parcel.objects.owned_by(maryam.national_code).get(district=3)
    assert apartment in seen
    assert house in seen
    assert house.children.get() in seen


def test_a_neighbour_of_the_same_building_sees_nothing_of_the_apartment(maryam, reza, apartment, actor_of):
    assert apartment not in Parcel.objects.visible_to(actor_of(reza))
    neighbours = apartment.parent.children.exclude(pk=apartment.pk)
    assert neighbours.exists()
    assert not neighbours.filter(pk__in=Parcel.objects.visible_to(actor_of(maryam))).exists()
    assert apartment.parent not in Parcel.objects.visible_to(actor_of(maryam))


def test_staff_see_their_district_only(reviewer, other_reviewer, apartment, actor_of):
    assert apartment in Parcel.objects.visible_to(actor_of(reviewer))
    assert apartment not in Parcel.objects.visible_to(actor_of(other_reviewer))
    assert not Ownership.objects.visible_to(actor_of(other_reviewer)).filter(parcel=apartment).exists()


def test_nobody_sees_nothing():
    assert not Parcel.objects.visible_to(Actor.anonymous()).exists()
    assert not Ownership.objects.visible_to(Actor.anonymous()).exists()
    assert not Parcel.objects.visible_to(Actor.system("timer")).exists()


def test_a_former_owner_sees_it_no_more(maryam, apartment, actor_of):
    Ownership.objects.filter(parcel=apartment).update(valid_to=timezone.localdate())
    assert apartment not in Parcel.objects.visible_to(actor_of(maryam))


def test_staff_without_a_national_code_own_nothing(reviewer):
    assert not Parcel.objects.owned_by(reviewer.national_code).exists()
    assert not Parcel.objects.owned_by("").exists()


def test_the_public_map_shows_outline_code_and_use_only(apartment):
    (feature,) = Parcel.objects.filter(pk=apartment.land().pk).for_public_map()
    assert set(feature["properties"]) == {"code", "use", "use_label"}
    ring = feature["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]


# --- holds --------------------------------------------------------------------------------------------------------


@pytest.fixture
def service():
    return Service.objects.get(code="transfer")


def hold(**target):
    return Hold.objects.create(title="توقف", level=Hold.Level.STOP, placed_on=date(2026, 1, 1), placed_by="x", **target)


def test_a_hold_on_land_reaches_the_apartment_only_with_its_subtree(apartment, service):
    land_only = hold(parcel=apartment.land())
    assert list(holds_on(apartment, service)) == []
    assert list(holds_on(apartment.land(), service)) == [land_only]
    everything = hold(parcel=apartment.land(), covers_subtree=True)
    assert list(holds_on(apartment, service)) == [everything]


def test_a_hold_on_an_apartment_does_not_touch_its_neighbour(apartment, service):
    hold(parcel=apartment)
    neighbour = apartment.parent.children.exclude(pk=apartment.pk).first()
    assert not holds_on(neighbour, service).exists()


def test_a_hold_on_a_person_follows_what_the_person_owns(maryam, apartment, house_with_debts, service):
    placed = hold(national_code=maryam.national_code)
    assert list(holds_on(apartment, service)) == [placed]
    assert not holds_on(house_with_debts, service).exists()


def test_a_hold_for_one_service_leaves_the_others_free(apartment, service):
    hold(parcel=apartment, service=Service.objects.get(code="bank"))
    assert not holds_on(apartment, service).exists()


def test_a_lifted_hold_is_over(apartment, service):
    placed = hold(parcel=apartment)
    Hold.objects.filter(pk=placed.pk).update(lifted_at=timezone.now())
    assert not holds_on(apartment, service).exists()


def test_a_hold_needs_a_target():
    with pytest.raises(IntegrityError, match="hold_has_a_target"), transaction.atomic():
        hold()


def test_a_citizen_does_not_read_holds(maryam, reviewer, other_reviewer, apartment, actor_of):
    placed = hold(parcel=apartment)
    assert placed not in Hold.objects.visible_to(actor_of(maryam))
    assert placed in Hold.objects.visible_to(actor_of(reviewer))
    assert placed not in Hold.objects.visible_to(actor_of(other_reviewer))
