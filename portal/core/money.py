"""Whole rials, shown in Persian with the toman figure beside them. No float comes near."""

from decimal import Decimal

from portal.core.persian import fa_decimal, fa_number, number_in_words


def rial(amount_rial: int) -> str:
    """«۱٬۲۵۰٬۰۰۰ ریال»."""
    return f"{fa_number(amount_rial)} ریال"


def toman(amount_rial: int) -> str:
    """The same amount in the everyday unit, a tenth: «۱۲۵٬۰۰۰ تومان»."""
    return f"{fa_decimal(Decimal(amount_rial) / 10, 1)} تومان"


def rial_and_toman(amount_rial: int) -> str:
    """«۱٬۲۵۰٬۰۰۰ ریال (۱۲۵٬۰۰۰ تومان)»."""
    return f"{rial(amount_rial)} ({toman(amount_rial)})"


def rial_in_words(amount_rial: int) -> str:
    """«یک میلیون و دویست و پنجاه هزار ریال», for receipts and certificates."""
    return f"{number_in_words(amount_rial)} ریال"
