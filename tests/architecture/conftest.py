"""One record of every kind that stands in an address, and the people who must not see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from districts.models import Rollout
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Membership, Office, Role, User
from portal.casework import originals
from portal.demo import cases
from portal.parcels.models import Parcel


@dataclass(frozen=True)
class Samples:
    """`present` names Maryam's records by route, `absent` the same addresses with nothing behind them."""

    present: dict[str, dict[str, Any]]
    absent: dict[str, dict[str, Any]]

    def of(self, name: str) -> dict[str, Any]:
        return self.present.get(name, {})


@pytest.fixture
def samples(case_at, maryam) -> Samples:
    """Maryam's answered case, her draft in another district, her paper and her certificate."""
    case = case_at("issued")
    house = Parcel.objects.current().owned_by(maryam.national_code).get(district=3)
    draft = cases.draft(maryam, house, letter_no="1405/90")
    paper = case.attachments.first()
    certificate = case.certificates.get()
    land = case.parcel.land()
    rollout = Rollout.objects.get(service__code="transfer", district=1)
    asked = originals.ask(paper, actor=cases.holder(Role.ARCHIVIST, case), reason="unreadable")

    def rows(
        reference: str, pk: Any, paper_pk: Any, asked_pk: Any, serial: str, code: str, rollout: str
    ) -> dict[str, dict[str, Any]]:
        drafts = ("resume", "deal", "papers", "review", "discard")
        return {f"inquiries:{name}": {"pk": pk} for name in drafts} | {
            "casework:case": {"reference": reference},
            "casework:readers": {"reference": reference},
            "casework:paper": {"pk": paper_pk},
            "casework:paper_page": {"pk": paper_pk, "page": 1},
            "casework:ask_original": {"pk": paper_pk},
            "casework:original": {"pk": asked_pk},
            "documents:certificate": {"serial": serial},
            "documents:pdf": {"serial": serial},
            "verification:link": {"serial": serial, "code": code},
            "workflow:step": {"kind": "cases", "reference": reference, "action": "withdraw"},
            "parcels:map": {"district": land.district_id, "region": land.region},
            "parcels:public_parcel": {"code": land.code},
            "districts:rollout": {"code": rollout},
            "demo:enter": {"key": "maryam"},
        }

    return Samples(
        present=rows(case.reference, draft.pk, paper.pk, asked.pk, certificate.serial, certificate.code, rollout.code),
        absent=rows("1405110999999", uuid4(), uuid4(), uuid4(), "U1405-1-999999-9", "0" * 16, "nothing-9"),
    )


@pytest.fixture
def foreign_notary(db) -> User:
    """A clerk of notary office 13, to whom nothing is addressed."""
    clerk = User.objects.create(username="notary-13", full_name="دفتریار دیگر", is_staff_member=True)
    Membership.objects.create(user=clerk, office=Office.objects.get(kind="notary", number="13"))
    grants.grant(clerk, Role.NOTARY_CLERK, actor=Actor.system("test"))
    return clerk


@pytest.fixture
def undone() -> Any:
    """`with undone():` what happens inside is taken back, durable transactions included."""

    @contextmanager
    def block() -> Iterator[None]:
        atomic = transaction.atomic()
        atomic._from_testcase = True  # as Django's own TestCase does, so that `durable=True` is allowed inside
        with atomic:
            yield
            transaction.set_rollback(True)

    return block
