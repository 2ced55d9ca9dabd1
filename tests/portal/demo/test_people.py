from fractions import Fraction
from random import Random

import pytest

from portal.core.identifiers import is_national_code
from portal.demo.people import CITIZEN_ONE, CITIZEN_TWO, FIRST_SERIAL, Population, national_code


@pytest.mark.parametrize("serial", [FIRST_SERIAL, 123_456, 999_999])
def test_made_up_codes_are_valid_and_in_the_range_that_nobody_holds(serial):
    code = national_code(serial)
    assert is_national_code(code)
    assert code.startswith("990")


def test_the_cast_has_codes_below_those_of_the_city():
    for person in (CITIZEN_ONE, CITIZEN_TWO):
        assert is_national_code(person.national_code)
        assert int(person.national_code[3:9]) < FIRST_SERIAL


def test_the_shares_of_every_household_make_exactly_the_whole():
    people = Population(Random(1))
    households = [people.household() for _ in range(500)]
    assert {len(household) for household in households} >= {1, 2, 3, 4}
    for household in households:
        assert sum(Fraction(numerator, denominator) for _, numerator, denominator in household) == 1
        assert len({person.national_code for person, *_ in household}) == len(household)
