"""Two cases before the same desk, a second reviewer, and another day."""

from datetime import datetime, time

import pytest
from django.utils import timezone

from districts.models import District
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Role, User
from portal.casework import tasks
from portal.casework.models import Case
from portal.parcels.models import Parcel


@pytest.fixture
def two_cases(case_at, reza) -> tuple[Case, Case]:
    """Maryam's case and then Reza's, both before the reviewer of district 1."""
    first = case_at("in_review")
    old_house = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    return first, case_at("in_review", applicant=reza, parcel=old_house, letter_no="1405/78")


@pytest.fixture
def colleague(db) -> User:
    """A second reviewer of district 1."""
    person = User.objects.create(username="colleague", full_name="همکار", is_staff_member=True)
    grants.grant(person, Role.REVIEWER, actor=Actor.system("test"), district=District.objects.get(pk=1))
    return person


@pytest.fixture
def on_day(monkeypatch):
    """Let the sweep run on another day; the records stay as they are."""

    def go_to(day):
        monkeypatch.setattr(tasks.timezone, "localdate", lambda *args: day)
        noon = timezone.make_aware(datetime.combine(day, time(12)))
        monkeypatch.setattr(tasks.timezone, "now", lambda: noon)

    return go_to
