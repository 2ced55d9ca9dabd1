import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.catalogue.models import Service
from portal.documents import snapshot
from portal.parcels.facts import blocking_holds, facts_for, open_violations, owing_rial
from portal.parcels.models import CertificateOnFile, DebtLine, Hold, Parcel, ViolationOnFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return Service.objects.get(code="transfer")


def owe(parcel, line, *, year=1405, rial=1_000_000, paid=0, due_on=date(2026, 3, 21), is_common=False):
    return DebtLine.objects.create(
        parcel=parcel, line=line, year=year, due_rial=rial, paid_rial=paid, due_on=due_on, is_common=is_common
    )


def test_the_facts_carry_the_lines_of_the_certificate(apartment, service):
    facts = facts_for(apartment, service)
    lines = {
        "district", "renovation_code", "plate", "postal_code", "address", "owners", "land", "plan", "setbacks",
        "buildings", "note8", "violations", "project", "holds", "sketch", "completion", "permit", "unit",
        "renovation_until", "clearance74_until",
    }  # fmt: skip
    assert lines <= set(facts)
    assert lines <= set(snapshot.Snapshot.__annotations__)
    assert set(facts["land"]) == set(snapshot.Land.__annotations__)
    assert set(facts["plan"]) == set(snapshot.Plan.__annotations__)
    assert json.loads(json.dumps(facts)) == facts


def test_the_apartment_of_the_cast_is_clear(apartment, service):
    facts = facts_for(apartment, service)
    assert facts["note8_basis"] == "completion"
    assert facts["blocking_rial"] == 0
    assert facts["stops"] == []
    assert facts["owners"] == [{"name": "مریم صادقی", "national_code_masked": "990•••••60", "share": {"n": 1, "d": 1}}]
    assert facts["completion"]["no"] in facts["note8"]["document"]


def test_a_house_with_one_owner_of_both_layers_names_him_once(maryam, service):
    house = Parcel.objects.owned_by(maryam.national_code).get(district=3)
    owners = facts_for(house, service)["owners"]
    assert [(owner["name"], owner["share"]) for owner in owners] == [
        ("مریم صادقی", {"n": 1, "d": 2}),
        ("امیر صادقی", {"n": 1, "d": 2}),
    ]


def test_a_waqf_land_names_the_layers_apart(apartment, service):
    house = Parcel.objects.land().filter(district=2, children__isnull=False, ownerships__layer="building").first()
    house.ownerships.filter(layer="land").update(person_name="ادارهٔ اوقاف")
    names = [owner["name"] for owner in facts_for(house, service)["owners"]]
    assert "ادارهٔ اوقاف (عرصه)" in names


def test_an_unpaid_levy_blocks_and_dates_the_clearance(house_with_debts, service):
    facts = facts_for(house_with_debts, service)
    year = max(debt["year"] for debt in facts["debts"])
    assert facts["blocking_rial"] == owing_rial(house_with_debts, service) > 0
    assert facts["renovation_until"] == str(year - 2)
    assert "clearance74_until" in facts, "the clearance of article 74 is another one"


def test_an_article_100_fine_takes_the_clearance_of_article_74_only(apartment, service):
    owe(apartment, DebtLine.Line.ARTICLE100)
    facts = facts_for(apartment, service)
    assert "clearance74_until" not in facts
    assert facts["renovation_until"]


def test_a_neighbours_debt_never_blocks(apartment, service):
    neighbour = apartment.parent.children.exclude(pk=apartment.pk).first()
    owe(neighbour, DebtLine.Line.PERMIT)
    owe(apartment.land(), DebtLine.Line.PERMIT)
    assert owing_rial(apartment, service) == 0


def test_a_debt_of_the_common_areas_is_shown_apart(apartment, service):
    owe(apartment.parent, DebtLine.Line.PERMIT, rial=70_000, is_common=True)
    (common,) = [debt for debt in facts_for(apartment, service)["debts"] if debt["is_common"]]
    assert common["open_rial"] == 70_000
    assert owing_rial(apartment, service) == 70_000


def test_an_instalment_not_yet_due_does_not_block(apartment, service):
    owe(apartment, DebtLine.Line.PERMIT, due_on=timezone.localdate() + timedelta(days=1))
    assert owing_rial(apartment, service) == 0


def test_a_credit_does_not_block(apartment, service):
    owe(apartment, DebtLine.Line.SETBACK_CREDIT)
    assert owing_rial(apartment, service) == 0


def test_what_blocks_a_transfer_is_only_stated_to_a_bank(house_with_debts):
    assert owing_rial(house_with_debts, Service.objects.get(code="bank")) == 0


@pytest.mark.parametrize(
    ("kind", "basis"),
    [
        (CertificateOnFile.Kind.NO_VIOLATION, "no_violation_to_date"),
        (CertificateOnFile.Kind.EXEMPT_1355, "exempt_pre_1355"),
        (CertificateOnFile.Kind.EXEMPT_PLAN, "exempt_pre_masterplan"),
        (CertificateOnFile.Kind.TRANSFER, "none"),
    ],
)
def test_the_basis_of_note_8_follows_the_papers(apartment, service, kind, basis):
    CertificateOnFile.objects.filter(parcel=apartment.parent).update(kind=kind)
    assert facts_for(apartment, service)["note8_basis"] == basis


def test_a_warning_goes_on_the_paper_and_a_stop_does_not(apartment, service):
    for level in Hold.Level:
        Hold.objects.create(
            parcel=apartment, level=level, title=f"سطح {level}", placed_on=date(2026, 1, 1), placed_by="x"
        )
    facts = facts_for(apartment, service)
    assert [hold["title"] for hold in facts["holds"]] == ["سطح 0"]
    assert [hold["level"] for hold in facts["stops"]] == [1, 2]
    assert len(blocking_holds(apartment, service)) == 2


def test_an_open_violation_of_the_building_concerns_the_apartment(apartment, service):
    assert not open_violations(apartment)
    violation = ViolationOnFile.objects.create(
        parcel=apartment.parent, finding="parking", area_m2=12, works_year=1398, found_on=date(2024, 1, 1)
    )
    assert open_violations(apartment)
    ViolationOnFile.objects.filter(pk=violation.pk).update(is_settled=True, ruling_no="1/1403/1")
    assert not open_violations(apartment)
    (stated,) = facts_for(apartment, service)["violations"]
    assert stated["is_settled"]
