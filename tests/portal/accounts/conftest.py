"""One citizen, one reviewer, and the messages that phones would have received."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from districts.models import District
from portal.accounts import grants, second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import Role, User
from portal.demo.models import DemoMessage

PASSWORD = "four unrelated quiet words"
NATIONAL_CODE, MOBILE = "9900001060", "09140000001"
OTHER_CODE, OTHER_MOBILE = "9900000021", "09140000002"


@pytest.fixture(autouse=True)
def demo_messages(settings, db) -> None:
    settings.DEMO = True
    settings.CODE_DELIVERY = "portal.demo.inbox.deliver"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def maryam(db) -> User:
    person = User(full_name="مریم صادقی", national_code=NATIONAL_CODE, mobile=MOBILE, is_mobile_verified=True)
    person.set_unusable_password()
    person.save()
    return person


@pytest.fixture
def reviewer(db) -> User:
    person = User(username="reviewer", full_name="الهام قاسمی", is_staff_member=True)
    person.set_password(PASSWORD)
    person.save()
    second_factor.enrol(person, second_factor.new_secret())
    district, _ = District.objects.get_or_create(number=1, defaults={"name": "منطقهٔ ۱"})
    grants.grant(person, Role.REVIEWER, actor=Actor.system("test"), district=district)
    return person


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
        return client.post(reverse("accounts:staff_sign_in"), {"username": "reviewer", "password": password, **fields})

    return post
