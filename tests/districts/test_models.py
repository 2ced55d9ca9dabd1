from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from districts.models import District, Rollout, why_not_live
from districts.territory import IMPORTER
from portal.accounts.actors import Actor
from portal.catalogue.models import Service
from portal.workflow.perform import begin, perform
from tests.districts.managers import manager_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def service():
    return Service.objects.get(code="transfer")


@pytest.fixture
def new_district():
    """A sixth district: planned, not live, with a desk."""
    district = District.objects.create(number=6, name="منطقهٔ ۶")
    district.desks.create(title="باجهٔ ۶", address="خیابان ششم", hours="شنبه تا چهارشنبه", phone="۱۳۷")
    return district


def planned(service, district, day=None):
    return begin(Rollout(workflow="rollout", service=service, district=district, planned_on=day), actor=IMPORTER)


def test_a_live_district_needs_no_excuse(service):
    assert Rollout.objects.is_live(service, 1)
    assert why_not_live(service, District.objects.get(number=1)) == ""


def test_the_refusal_names_the_planned_day_and_the_desk(service, new_district):
    planned(service, new_district, date(2030, 4, 9))
    text = why_not_live(service, new_district, today=date(2030, 1, 1))
    for part in ("۱۴۰۹/۰۱/۲۰", "باجهٔ ۶", "خیابان ششم", "شنبه تا چهارشنبه", "۱۳۷"):
        assert part in text
    assert not Rollout.objects.is_live(service, new_district)


def test_a_planned_day_that_has_passed_is_not_promised(service, new_district):
    planned(service, new_district, date(2020, 4, 9))
    assert "planned for" not in why_not_live(service, new_district)


def test_a_district_without_rollout_or_desk_is_still_answered(service, new_district):
    new_district.desks.update(is_open=False)
    assert "is not live in District 6 yet" in why_not_live(service, new_district)


def test_a_suspended_service_says_so(service):
    rollout = Rollout.objects.get(service=service, district=1)
    perform(rollout, "suspend", actor=manager_of(1), reason="fault")
    assert "suspended" in why_not_live(service, District.objects.get(number=1))


def test_a_service_has_one_rollout_in_a_district(service):
    with pytest.raises(IntegrityError), transaction.atomic():
        planned(service, District.objects.get(number=1))


def test_a_rollout_is_found_by_its_address(service):
    rollout = Rollout.objects.get(service=service, district=3)
    assert rollout.code == "transfer-3"
    assert Rollout.objects.visible_to(manager_of(None)).get(code=rollout.code) == rollout
    assert rollout.get_absolute_url().endswith("/rollouts/transfer-3/")


def test_managers_and_auditors_see_every_rollout_and_nobody_else_one(auditor, reviewer, maryam, actor_of):
    for actor in (manager_of(None), manager_of(2), actor_of(auditor)):
        assert Rollout.objects.visible_to(actor).count() == Rollout.objects.count() > 0
    for actor in (Actor.anonymous(), IMPORTER, actor_of(reviewer), actor_of(maryam)):
        assert not Rollout.objects.visible_to(actor).exists()
