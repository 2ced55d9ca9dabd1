"""Papers issued in earnest: a case, an intent, the engine's page, the seal of a city's own PKI."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.casework.models import Case
from portal.catalogue.models import Service
from portal.documents import issue, signing
from portal.documents.models import Certificate
from portal.workflow.perform import begin
from tests.portal.documents.samples import sample

SIGNATORY = Actor.system("test-signatory")


@pytest.fixture(scope="session")
def city_pki(tmp_path_factory):
    directory = tmp_path_factory.mktemp("verification") / "pki"
    signing.make_pki(directory)
    return directory


@pytest.fixture
def city(db, settings, city_pki, tmp_path):
    """A city that can seal: its keys, and a store of papers of its own."""
    settings.PKI_DIR = city_pki
    settings.STORAGES = {
        **settings.STORAGES,
        "papers": {
            "BACKEND": "portal.casework.storage.DurableFileSystemStorage",
            "OPTIONS": {"location": tmp_path / "papers"},
        },
    }
    issue.seal.cache_clear()
    yield
    issue.seal.cache_clear()


@pytest.fixture
def intend(city, maryam) -> Callable[..., Certificate]:
    """An intent in a filed case of its own; `seed` chooses the contents."""
    case_numbers = iter(range(1, 100))

    def intend(seed: int = 1, *, valid_days: int = 90, office=None) -> Certificate:
        now = timezone.now()
        until = timezone.localdate() + timedelta(days=valid_days)
        case = Case(
            workflow="transfer_inquiry", service=Service.objects.get(kind_digit=1), district_id=3,
            applicant=maryam, office=office, reference=f"1405{next(case_numbers):09d}",
            submitted_at=now - timedelta(days=9), closed_at=now,
        )  # fmt: skip
        begin(case, actor=SIGNATORY)
        snapshot = sample(seed) | {"valid_until": until.isoformat(), "district": 3, "reference": case.reference}
        with transaction.atomic():
            return issue.intend(case, snapshot, actor=SIGNATORY, at=now, valid_until=until)

    return intend


@pytest.fixture
def issued(intend) -> Callable[..., Certificate]:
    def issued(seed: int = 1, *, valid_days: int = 90, office=None) -> Certificate:
        return issue.issue(intend(seed, valid_days=valid_days, office=office))

    return issued


@pytest.fixture
def certificate(issued) -> Certificate:
    return issued()
