import pytest

from portal.documents.templatetags import paper


def test_a_code_stands_alone_left_to_right_and_is_escaped():
    assert paper.ltr("4-1-12") == '<span class="num" dir="ltr">۴-۱-۱۲</span>'
    assert "<b>" not in paper.latin("<b>A1")


def test_the_number_of_a_letter_runs_as_its_first_letter_does():
    assert paper.letter_no("220/ص") == "۲۲۰/ص"
    assert paper.letter_no("1405/77") == paper.ltr("1405/77")
    assert paper.letter_no("A-220/ص") == paper.ltr("A-220/ص")


def test_codes_inside_typed_text_are_set_apart_and_its_markup_is_escaped():
    assert paper.prose("پلاک 12-14 <b>") == 'پلاک <span class="num" dir="ltr">۱۲-۱۴</span> &lt;b&gt;'
    assert paper.prose("طبقهٔ 3، 45.50 متر.") == "طبقهٔ ۳، ۴۵٫۵۰ متر."


@pytest.mark.parametrize(
    ("text", "shown"), [("212.40", "۲۱۲٫۴۰"), ("0.00", "۰٫۰۰"), ("12345.60", "۱۲٬۳۴۵٫۶۰"), ("7", "۷")]
)
def test_a_decimal_keeps_its_places(text, shown):
    assert paper.decimal(text) == shown


@pytest.mark.parametrize(
    ("iso", "letters"),
    [
        ("2025-03-20", "سی‌ام اسفند یک هزار و چهارصد و سه"),  # the leap day of 1403
        ("2026-03-20", "بیست و نهم اسفند یک هزار و چهارصد و چهار"),
        ("2026-03-21", "یکم فروردین یک هزار و چهارصد و پنج"),
    ],
)
def test_the_last_day_is_written_in_letters(iso, letters):
    assert paper.day_in_letters(iso) == letters


def test_an_instant_is_shown_in_tehran():
    assert "۲۳:۵۹" in paper.moment_time("2026-11-20T20:29:00Z")
    assert "۱۴۰۵/۰۸/۳۰" in paper.moment_day("2026-11-20T20:31:00Z")


def test_a_plate_without_sub_number_is_the_main_number():
    assert "۱۲/۳" in paper.plate({"bakhsh": "1", "asli": "12", "fari": "3"})
    assert paper.plate({"bakhsh": "1", "asli": "12", "fari": ""}).endswith(">۱۲</span>")
