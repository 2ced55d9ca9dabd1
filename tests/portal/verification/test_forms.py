"""Reading what people copy from a paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.verification.forms import parse_code, parse_serial

SERIAL = "U1405-1-000123-4"


@pytest.mark.parametrize(
    "typed",
    [SERIAL, "u1405-1-000123-4", "U۱۴۰۵-۱-۰۰۰۱۲۳-۴", "U١٤٠٥-١-٠٠٠١٢٣-٤", "U1405 1 000123 4", "14051000123 4",
     "U14O5-l-OOO123-4", "U1405–1–000123–4", "\u200fU1405-1-000123-4\u200e", " سریال U1405-1-000123-4 "],
)  # fmt: skip
def test_a_serial_is_read_as_printed(typed):
    assert parse_serial(typed) == SERIAL


@pytest.mark.parametrize("typed", ["", "U1405", "X1405-1-000123-4", "U1405-1-0001234-4"])
def test_what_is_no_serial_never_becomes_one(typed):
    assert "-" not in parse_serial(typed)


@pytest.mark.parametrize("typed", ["9F2C71A0", "9f2c 71a0", "۹F۲C۷۱A۰", "9f2c7la0", "9F2C7IAO"])
def test_a_code_is_read_as_printed(typed):
    assert parse_code(typed) == "9F2C71A0"


@given(st.text(max_size=200))
def test_reading_never_fails_and_settles_at_once(text):
    assert parse_serial(parse_serial(text)) == parse_serial(text)
    assert parse_code(parse_code(text)) == parse_code(text)
    assert len(parse_code(text)) <= 40


@given(st.text(alphabet="0123456789abcdef", min_size=16, max_size=16))
def test_every_printed_code_reads_as_itself(code):
    assert parse_code(f"{code[:8]} {code[8:]}") == code.upper()
