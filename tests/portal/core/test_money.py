"""Rials and tomans."""

from portal.core import money


def test_an_amount_is_shown_in_rials_with_tomans_beside_it() -> None:
    assert money.rial_and_toman(1_250_000) == "۱٬۲۵۰٬۰۰۰ ریال (۱۲۵٬۰۰۰ تومان)"


def test_a_single_rial_is_not_lost_in_tomans() -> None:
    assert money.toman(1_250_005) == "۱۲۵٬۰۰۰٫۵ تومان"


def test_an_amount_is_put_into_words() -> None:
    assert money.rial_in_words(1_250_000) == "یک میلیون و دویست و پنجاه هزار ریال"
