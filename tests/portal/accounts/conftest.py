"""The forms of both doors, and the messages that phones would have received."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from portal.demo.cast import PASSWORD
from portal.demo.models import DemoMessage
from tests.portal.accounts.solving import Patient

NATIONAL_CODE, MOBILE = "9900001060", "09140000001"  # Maryam's


@pytest.fixture(autouse=True)
def demo_messages(settings, db) -> None:
    settings.DEMO = True
    settings.CODE_DELIVERY = "portal.demo.inbox.deliver"
    settings.IDENTITY_CHECK = "portal.demo.identity.believe"


@pytest.fixture(autouse=True)
def easy_puzzles(settings) -> None:
    settings.PUZZLE_BITS = 3


@pytest.fixture
def client() -> Patient:
    return Patient()


@pytest.fixture
def ask() -> Callable[..., object]:
    """Post the citizen's form; the answer of the page."""

    def post(client: Client, national_code: str = NATIONAL_CODE, mobile: str = MOBILE, **fields: str):
        data = {"national_code": national_code, "mobile": mobile, **fields}
        return client.post(reverse("accounts:sign_in"), data)

    return post


@pytest.fixture
def last_code() -> Callable[[], str]:
    return lambda: DemoMessage.objects.latest("made_at").code


@pytest.fixture
def pass_password() -> Callable[..., object]:
    def post(client: Client, password: str = PASSWORD, **fields: str):
        return client.post(
            reverse("accounts:staff_sign_in"), {"username": "reviewer-1", "password": password, **fields}
        )

    return post
