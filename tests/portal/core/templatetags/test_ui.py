"""What templates draw with follows the language of the page and never lets markup through."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation


def drawn(source: str, language: str = "fa", **context: object) -> str:
    with translation.override(language):
        return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "value", "persian", "english"),
    [
        ("{{ value|fa }}", 12, "۱۲", "12"),
        ("{{ value|number }}", 16244, "۱۶٬۲۴۴", "16,244"),
        ("{{ value|number }}", Decimal("1.50"), "۱٫۵", "1.50"),
        ("{{ value|rial }}", 1250000, "۱٬۲۵۰٬۰۰۰ ریال", "1,250,000 rials"),
        ("{{ value|toman }}", 1250000, "۱۲۵٬۰۰۰ تومان", "125,000 tomans"),
        ("{{ value|jalali }}", date(2023, 1, 15), "۱۴۰۱/۱۰/۲۵", "1401/10/25"),
        ("{{ value|jalali_long }}", date(2023, 1, 15), "یکشنبه ۲۵ دی ۱۴۰۱", "Sunday 25 Dey 1401"),
        ("{{ value|moment }}", datetime(2023, 1, 15, 6, 0, tzinfo=UTC), "۱۴۰۱/۱۰/۲۵، ۰۹:۳۰", "1401/10/25, 09:30"),
        ("{{ value|area }}", Decimal("123.50"), "۱۲۳٫۵ مترمربع", "123.5 m²"),
    ],
)
def test_values_are_written_as_the_language_writes_them(source, value, persian, english):
    assert drawn(source, value=value) == persian
    assert drawn(source, "en", value=value) == english


@pytest.mark.parametrize("name", ["fa", "number", "rial", "toman", "jalali", "jalali_long", "moment", "area", "masked"])
def test_nothing_is_drawn_for_nothing(name):
    assert drawn(f"{{{{ value|{name} }}}}", value=None) == ""


def test_codes_stand_in_an_island_of_their_own_direction():
    assert drawn("{{ '1-4-32'|code }}") == '<bdi class="code" dir="ltr">۱-۴-۳۲</bdi>'


def test_markup_in_a_value_is_escaped():
    assert "<b>" not in drawn("{{ value|code }}{% badge value %}{% icon 'x' value %}", value="<b>")


def test_saffron_is_kept_for_the_readers_turn():
    assert drawn("{{ 'returned'|tone }} {{ 'issued'|tone }} {{ 'anything'|tone }}") == "wait ok go"


def test_an_icon_without_a_label_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in drawn("{% icon 'check' %}")
    assert 'role="img" aria-label="تأیید"' in drawn("{% icon 'check' 'تأیید' %}")
