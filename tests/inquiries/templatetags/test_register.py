"""The register on a desk speaks the digits of the page; the paper stays Persian."""

import pytest
from django.utils.translation import override

from inquiries.templatetags import register


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fa", ["۱۲٬۳۴۵٫۶۰", "۱۴۰۵/۰۱/۰۱", "سه دانگ مشاع از شش دانگ", "۱۲۳۴/۵۶"]),
        ("en", ["12,345.60", "1405/01/01", "3 of 6 dang", "1234/56"]),
    ],
)
def test_values_follow_the_language_of_the_page(language, shown):
    with override(language):
        values = [
            register.decimal("12345.60"),
            register.day("2026-03-21"),
            register.share({"n": 1, "d": 2}),
            register.plate({"bakhsh": "5", "asli": "1234", "fari": "56"}),
        ]
    assert all(text in value for text, value in zip(shown, values, strict=True))
