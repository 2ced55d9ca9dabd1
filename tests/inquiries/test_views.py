"""The pages of filing, and the case as each role sees it."""

import pytest

pytestmark = pytest.mark.django_db

DEAL = {
    "deal": "sale",
    "share": "۶",
    "notary_number": "۱۲",
    "notary_city": "ارومیه",
    "letter_no": "۱۴۰۵/۹۰۰",
    "letter_date": "1405/08/20",
}


def text_of(response):
    return response.content.decode()
