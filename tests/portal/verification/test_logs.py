"""A verification code must not lie in a log."""

import logging

import pytest

from portal.verification.logs import MaskCodes


@pytest.mark.parametrize("path", ["/V/U1405-1-000123-4/9F2C71A05B3E88D4", "/v/u1405-1-000123-4/9f2c71a05b3e88d4"])
def test_the_code_of_an_address_is_masked(path):
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Not Found", path)})
    assert MaskCodes().filter(record)
    assert record.getMessage() == f"Not Found: {path.rpartition('/')[0]}/-"


def test_other_lines_stay_as_they_are():
    record = logging.makeLogRecord({"msg": "Not Found: %s", "args": ("/verify/file/",)})
    MaskCodes().filter(record)
    assert record.getMessage() == "Not Found: /verify/file/"


def test_a_refused_address_leaves_no_code_in_the_log(client, certificate, capsys):
    handler = logging.getLogger().handlers
    console = next(one for one in handler if any(isinstance(mask, MaskCodes) for mask in one.filters))
    lines: list[str] = []
    emit, console.emit = console.emit, lambda record: lines.append(console.format(record))
    try:
        client.get(f"/V/{certificate.serial}/{'A' * 16}")
    finally:
        console.emit = emit
    assert any("/V/" in line for line in lines)
    assert not any("A" * 16 in line for line in lines)
