"""An operators' register for tests: it notes who was asked about, and whether that was inside a transaction."""

from django.db import connection

ASKED: list[tuple[str, str, bool]] = []


def believe(national_code: str, mobile: str) -> bool:
    ASKED.append((national_code, mobile, connection.in_atomic_block))
    return True


def refuse(national_code: str, mobile: str) -> bool:
    ASKED.append((national_code, mobile, connection.in_atomic_block))
    return False


def fail(national_code: str, mobile: str) -> bool:
    raise TimeoutError(f"{national_code} {mobile}")
