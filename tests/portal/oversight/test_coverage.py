"""The map of the home page: districts drawn from their outlines, north up."""

import pytest

from districts.models import District
from portal.oversight.coverage import WIDTH, coverage_of

pytestmark = pytest.mark.django_db

SOUTH = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
NORTH = [[0, 1000], [1000, 1000], [1000, 2000], [0, 2000]]


@pytest.fixture
def two_districts():
    District.objects.all().delete()
    District.objects.create(number=1, name="۱", outline_cm=SOUTH)
    District.objects.create(number=2, name="۲", outline_cm=NORTH)


def test_the_northern_district_is_drawn_above(two_districts):
    south, north = coverage_of("transfer").by_number
    assert north.label_y < south.label_y


def test_the_map_keeps_the_shape_of_the_city(two_districts):
    assert coverage_of("transfer").height == 2 * WIDTH


def test_a_district_without_a_rollout_is_not_called_live(two_districts):
    coverage = coverage_of("transfer")
    assert coverage.live == 0
    assert {district.state for district in coverage.districts} == {"planned"}


def test_without_outlines_there_is_no_map_but_the_list_stays():
    District.objects.all().delete()
    District.objects.create(number=3, name="۳")
    coverage = coverage_of("transfer")
    assert coverage.height == 0
    assert [district.path for district in coverage.districts] == [""]
