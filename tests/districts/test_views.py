import pytest
from django.test import Client
from django.urls import reverse

from districts.models import ServiceDesk

pytestmark = pytest.mark.django_db


@pytest.fixture
def coverage_page():
    return lambda **query: Client(headers={"accept-language": "en"}).get(reverse("districts:coverage"), query)


def test_a_stranger_reads_desks_and_going_live(coverage_page):
    response = coverage_page()
    assert response.status_code == 200
    text = response.content.decode()
    for desk in ServiceDesk.objects.all():
        assert desk.address in text


@pytest.mark.parametrize("code", ["3-2-145-18", "۳-۲-۱۴۵-۱۸", "3"])
def test_a_renovation_code_finds_its_district(coverage_page, code):
    assert coverage_page(code=code).context["found"].number == 3


@pytest.mark.parametrize("code", ["", "کد", "9-1-1-1", "3-2-145-18-1-4-0-7"])
def test_a_wrong_code_is_explained(coverage_page, code):
    response = coverage_page(code=code)
    assert response.status_code == 422
    assert response.context["form"].errors["code"]
