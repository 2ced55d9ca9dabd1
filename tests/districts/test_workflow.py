from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from districts.models import District, Rollout
from districts.territory import IMPORTER
from portal.accounts.actors import Actor
from portal.accounts.models import Role
from portal.catalogue.models import Service
from portal.core.errors import GuardFailed, IllegalStep, NotAllowed
from portal.workflow.perform import begin, perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def rollout():
    District.objects.create(number=6, name="منطقهٔ ۶")
    service = Service.objects.get(code="transfer")
    return begin(Rollout(workflow="rollout", service=service, district_id=6), actor=IMPORTER)


def manager_of(district):
    somebody = replace(Actor.system("test"), code="user/test")
    return replace(somebody, grants=frozenset({(Role.ROLLOUT_MANAGER, district)}))


def test_a_rollout_is_announced_goes_live_is_suspended_and_resumed(rollout):
    day = timezone.localdate() + timedelta(days=30)
    rollout = perform(rollout, "announce", actor=manager_of(6), planned_on=day)
    assert (rollout.state, rollout.planned_on) == ("planned", day)
    rollout = perform(rollout, "go_live", actor=manager_of(6))
    assert (rollout.state, rollout.live_on) == ("live", timezone.localdate())
    rollout = perform(rollout, "suspend", actor=manager_of(None))
    assert rollout.suspended_on == timezone.localdate()
    rollout = perform(rollout, "resume", actor=manager_of(6))
    assert (rollout.state, rollout.suspended_on) == ("live", None)


def test_the_manager_of_another_district_may_not_go_live(rollout):
    with pytest.raises(NotAllowed):
        perform(rollout, "go_live", actor=manager_of(1))


def test_a_going_live_in_the_future_is_only_announced(rollout):
    with pytest.raises(GuardFailed):
        perform(rollout, "go_live", actor=IMPORTER, effective_on=timezone.localdate() + timedelta(days=1))


def test_a_live_service_does_not_go_live_again(rollout):
    rollout = perform(rollout, "go_live", actor=IMPORTER)
    with pytest.raises(IllegalStep):
        perform(rollout, "go_live", actor=IMPORTER)
