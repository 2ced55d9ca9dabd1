"""Serials and secretariat numbers: taken from a locked counter in the transaction that uses them."""

from datetime import date

from portal.casework.models import Case, next_number
from portal.core.calendar import to_jalali
from portal.core.identifiers import damm_digit


def next_serial(case: Case, day: date) -> str:
    """`U1405-1-000123-4`: city letter and Jalali year, kind of service, gapless serial, Damm digit over the digits."""
    year = to_jalali(day)[0]
    kind = case.service.kind_digit
    serial = f"{next_number(f'serial/{year}/{kind}'):06d}"
    return f"U{year}-{kind}-{serial}-{damm_digit(f'{year}{kind}{serial}')}"


def next_secretariat_number(case: Case, day: date) -> str:
    """`1405/3/104`: Jalali year, district, gapless number of the district's secretariat."""
    year = to_jalali(day)[0]
    return f"{year}/{case.district_id}/{next_number(f'secretariat/{year}/{case.district_id}')}"
