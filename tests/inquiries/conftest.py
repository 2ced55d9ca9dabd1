"""Short ways to let somebody act, and to give the parcel a debt or a hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.casework.models import Case
from portal.demo import cases
from portal.parcels.models import DebtLine, Hold
from portal.workflow.perform import perform


@pytest.fixture
def act(actor_of: Callable[..., Any]) -> Callable[..., Case]:
    """`act(reviewer, case, "endorse", …)`: the person takes the case in hand and takes the step."""

    def make(person: Any, case: Case, action: str, **facts: Any) -> Case:
        actor = actor_of(person)
        case = Case.objects.get(pk=case.pk)
        cases.take(case, actor)
        perform(case, action, actor=actor, **facts)
        cases.settle()
        return Case.objects.get(pk=case.pk)

    return make


@pytest.fixture
def debt(apartment: Any) -> DebtLine:
    """A renovation levy on Maryam's apartment that is due and unpaid."""
    return DebtLine.objects.create(
        parcel=apartment, line=DebtLine.Line.RENOVATION, year=1390, due_rial=1_250_000, paid_rial=0,
        due_on=timezone.localdate() - timedelta(days=400),
    )  # fmt: skip


@pytest.fixture
def hold(apartment: Any) -> Callable[..., Hold]:
    def make(level: int) -> Hold:
        return Hold.objects.create(
            parcel=apartment, level=level, title="آزمون", placed_on=timezone.localdate(), placed_by="test"
        )

    return make
