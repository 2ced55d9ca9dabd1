from datetime import date, timedelta

import pytest
from django.utils import timezone

from districts.models import District, Rollout
from districts.territory import IMPORTER
from districts.workflow import ROLLOUT
from portal.catalogue.models import Service
from portal.core.errors import GuardFailed, IllegalStep, NotAllowed
from portal.ledger.models import Entry
from portal.workflow.perform import begin, perform, steps_for
from tests.districts.managers import manager_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def rollout():
    District.objects.create(number=6, name="منطقهٔ ۶")
    service = Service.objects.get(code="transfer")
    return begin(Rollout(workflow="rollout", service=service, district_id=6), actor=IMPORTER)


def test_a_rollout_is_announced_goes_live_is_suspended_and_resumed(rollout):
    day = timezone.localdate() + timedelta(days=30)
    rollout = perform(rollout, "announce", actor=manager_of(6), planned_on=day)
    assert (rollout.state, rollout.planned_on) == ("planned", day)
    rollout = perform(rollout, "go_live", actor=manager_of(6))
    assert (rollout.state, rollout.live_on) == ("live", timezone.localdate())
    rollout = perform(rollout, "suspend", actor=manager_of(None), reason="maintenance")
    assert rollout.suspended_on == timezone.localdate()
    rollout = perform(rollout, "resume", actor=manager_of(6))
    assert (rollout.state, rollout.suspended_on) == ("live", None)


def test_the_ledger_keeps_the_reason_of_a_suspension(rollout):
    rollout = perform(rollout, "go_live", actor=manager_of(6))
    perform(rollout, "suspend", actor=manager_of(6), reason="legal_order")
    assert list(Entry.objects.of(rollout.stream))[-1].facts["reason"] == "legal_order"


def test_the_manager_of_another_district_may_not_go_live(rollout):
    with pytest.raises(NotAllowed):
        perform(rollout, "go_live", actor=manager_of(1))


@pytest.mark.parametrize("action", ["go_live", "suspend", "resume"])
def test_what_opens_or_closes_a_service_needs_a_fresh_second_factor(action):
    [step] = [step for step in ROLLOUT.steps if step.action == action]
    assert step.needs_step_up


def test_the_import_of_history_only_records_what_went_live(rollout):
    assert [step.action for step in steps_for(rollout, IMPORTER)] == ["record"]
    rollout = perform(rollout, "record", actor=IMPORTER, effective_on=date(2022, 1, 1))
    assert steps_for(rollout, IMPORTER) == []
    with pytest.raises(NotAllowed):
        perform(rollout, "suspend", actor=IMPORTER, reason="fault")


def test_a_going_live_in_the_future_is_only_announced(rollout):
    with pytest.raises(GuardFailed):
        perform(rollout, "go_live", actor=manager_of(6), effective_on=timezone.localdate() + timedelta(days=1))


def test_a_day_that_has_passed_is_not_announced(rollout):
    with pytest.raises(GuardFailed):
        perform(rollout, "announce", actor=manager_of(6), planned_on=timezone.localdate() - timedelta(days=1))


def test_a_step_never_counts_from_before_the_one_it_follows(rollout):
    today = timezone.localdate()
    rollout = perform(rollout, "go_live", actor=manager_of(6), effective_on=today - timedelta(days=2))
    with pytest.raises(GuardFailed):
        perform(rollout, "suspend", actor=manager_of(6), effective_on=today - timedelta(days=3), reason="fault")
    rollout = perform(rollout, "suspend", actor=manager_of(6), effective_on=today - timedelta(days=1), reason="fault")
    with pytest.raises(GuardFailed):
        perform(rollout, "resume", actor=manager_of(6), effective_on=today - timedelta(days=2))


def test_a_live_service_does_not_go_live_again(rollout):
    rollout = perform(rollout, "go_live", actor=manager_of(6))
    with pytest.raises(IllegalStep):
        perform(rollout, "go_live", actor=manager_of(6))
