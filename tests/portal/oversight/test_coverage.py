"""The map of the home page: districts drawn from their outlines, north up."""

from datetime import date

import pytest

from districts.models import District
from portal.oversight.coverage import WIDTH, coverage_of

pytestmark = pytest.mark.django_db


def square(*, south: int) -> list[list[int]]:
    return [[0, south], [1000, south], [1000, south + 1000], [0, south + 1000]]


@pytest.fixture
def two_outlines():
    District.objects.update(outline_cm=None)
    District.objects.filter(number=1).update(outline_cm=square(south=0))
    District.objects.filter(number=2).update(outline_cm=square(south=1000))


def test_the_northern_district_is_drawn_above(two_outlines):
    south, north, *_others = coverage_of("transfer").by_number
    assert north.label_y < south.label_y


def test_the_map_keeps_the_shape_of_the_city(two_outlines):
    assert coverage_of("transfer").height == 2 * WIDTH


def test_without_outlines_there_is_no_map_but_the_list_stays():
    District.objects.update(outline_cm=None)
    coverage = coverage_of("transfer")
    assert coverage.height == 0
    assert [district.path for district in coverage.districts] == [""] * 5


def test_districts_stand_in_the_order_of_going_live():
    coverage = coverage_of("transfer")
    assert [district.number for district in coverage.districts] == [1, 5, 3, 4, 2]
    assert coverage.districts[0].live_on == date(2020, 10, 11)
    assert coverage.live == 5


def test_a_district_without_a_rollout_is_not_called_live():
    coverage = coverage_of("no-such-service")
    assert coverage.live == 0
    assert {district.state for district in coverage.districts} == {"planned"}
