"""Persian text: the one normaliser, digits, numbers in words. Pure functions."""

import re
import unicodedata
from decimal import Decimal

_FA = "۰۱۲۳۴۵۶۷۸۹"
_AR = "٠١٢٣٤٥٦٧٨٩"
_TO_ASCII = str.maketrans(_FA + _AR, "0123456789" * 2)
_TO_FA = str.maketrans("0123456789" + _AR, _FA * 2)

ZWNJ = "\u200c"
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ہ": "ه", "ە": "ه"} | dict(zip(_AR, _FA, strict=True)))
# The tanvin of «لطفاً» stays: it is spelling, the other marks are help for readers.
_DROPPED = re.compile(
    "[\u0610-\u061a\u0640\u064c-\u0652\u0656-\u065f\u0670\u06d6-\u06dc"  # harakat, Quranic marks, tatweel
    "\u061c\u200b\u200d\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]"  # bidi and invisible marks
    "|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_SEARCH_LETTERS = str.maketrans(
    {"آ": "ا", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ی", "ة": "ه", "ۀ": "ه", "ۂ": "ه"}
)
_PUNCTUATION = re.compile(r"[^\w\s]|_")


def ascii_digits(text: str) -> str:
    """Persian and Arabic digits become 0–9; everything else stays."""
    return text.translate(_TO_ASCII)


def fa_digits(value: object) -> str:
    """0–9 and Arabic digits become ۰–۹; everything else stays."""
    return str(value).translate(_TO_FA)


def isolated(text: object) -> str:
    """A code within a sentence, in the direction of its own first letter (left to right if it has none).

    `U1405-1-000123-4` stays in order in Persian text, and «۲۲۰/ص» in English text.
    """
    return f"\u2068{text}\u2069"


def normalise(text: str, *, keep_lines: bool = False) -> str:
    """The form in which Persian text is stored and shown.

    Arabic ye and kaf become Persian, presentation forms are unfolded, harakat (but the tanvin of «لطفاً»), tatweel and
    every direction mark are dropped, spaces are single, a ZWNJ stands only between two characters. Idempotent. With
    `keep_lines` line breaks survive (at most one empty line in a row).
    """
    text = unicodedata.normalize("NFC", _unfold(text))
    text = _DROPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").translate(_LETTERS))
    # Dropping a mark can leave a base letter beside a combining one: compose once more.
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    lines = [_single_spaced(line) for line in text.split("\n")]
    if not keep_lines:
        return _single_spaced(" ".join(lines))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


_PRESENTATION_FORM = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")


def _unfold(text: str) -> str:
    # Only the Arabic presentation forms: NFKC elsewhere would turn ² into 2 and m² is a unit here.
    return _PRESENTATION_FORM.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def _single_spaced(line: str) -> str:
    line = re.sub(rf"[^\S{ZWNJ}]+", " ", line)
    line = re.sub(rf"{ZWNJ}{{2,}}", ZWNJ, line)
    line = re.sub(rf"{ZWNJ}*(?: {ZWNJ}*)+", " ", line)
    return line.strip(f" {ZWNJ}")


def search_key(text: str) -> str:
    """The form in which Persian text is compared: folded letters, ASCII digits, no ZWNJ, punctuation as spaces."""
    text = normalise(text).replace("ـ", "").translate(_SEARCH_LETTERS)
    text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    text = ascii_digits(text.translate(_LETTERS).translate(_SEARCH_LETTERS)).replace(ZWNJ, "").replace("ء", "")
    return " ".join(_PUNCTUATION.sub(" ", text.casefold()).split())


def search_keys(text: str) -> tuple[str, ...]:
    """The search key and, when a ZWNJ was there, the variant with a space in its place («راه آهن»)."""
    joined, spaced = search_key(text), search_key(normalise(text).replace(ZWNJ, " "))
    return (joined,) if joined == spaced else (joined, spaced)


def fa_number(value: int) -> str:
    """Whole number with Persian digits and thousands signs: ۱٬۲۵۰٬۰۰۰."""
    return fa_digits(f"{value:,}".replace(",", "٬").replace("-", "−"))


def fa_decimal(value: Decimal | int, places: int = 2) -> str:
    """Decimal with ٫ and without trailing zeros: ۱۲۳٫۵."""
    text = f"{value:,.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return fa_digits(text.replace(",", "٬").replace(".", "٫").replace("-", "−"))


_ONES = ("", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده", "یازده", "دوازده", "سیزده", "چهارده",
         "پانزده", "شانزده", "هفده", "هجده", "نوزده")  # fmt: skip
_TENS = ("", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")
_HUNDREDS = ("", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد")
_SCALES = ("", "هزار", "میلیون", "میلیارد", "تریلیون", "کوادریلیون", "کوینتیلیون")


def number_in_words(value: int) -> str:
    """Persian words, as receipts and certificates need them. Raises ValueError from 10²¹ on."""
    if value < 0:
        return f"منفی {number_in_words(-value)}"
    if value == 0:
        return "صفر"
    if value >= 1000 ** len(_SCALES):
        raise ValueError(f"too large to be put into words: {value}")
    groups: list[str] = []
    for scale in _SCALES:
        value, below = divmod(value, 1000)
        if below:
            groups.append(f"{_below_thousand(below)} {scale}".strip())
        if not value:
            break
    return " و ".join(reversed(groups))


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10) if rest >= 20 else (0, rest)
    return " و ".join(word for word in (_HUNDREDS[hundreds], _TENS[tens], _ONES[ones]) if word)


def ordinal_in_words(value: int) -> str:
    """«یکم»، «سوم»، «بیست و سوم», as used for plates and sittings."""
    words = number_in_words(value)
    if words.endswith("سه"):
        return f"{words.removesuffix('سه')}سوم"
    return f"{words}‌ام" if words.endswith("ی") else f"{words}م"


def share_in_words(numerator: int, denominator: int) -> str:
    """A share of a property in دانگ, a sixth of the whole: (1, 2) → «سه دانگ مشاع از شش دانگ».

    A share that is no number of whole or half دانگ is said as the fraction it is: «۳۲ سهم مشاع از ۹٬۶۰۰ سهم».
    """
    if denominator <= 0 or not 0 < numerator <= denominator:
        raise ValueError(f"not a share: {numerator}/{denominator}")
    if numerator == denominator:
        return "شش دانگ"
    halves, rest = divmod(numerator * 12, denominator)
    if rest:
        return f"{fa_number(numerator)} سهم مشاع از {fa_number(denominator)} سهم شش دانگ"
    whole, half = divmod(halves, 2)
    amount = " و ".join(part for part in (_ONES[whole], "نیم" if half else "") if part)
    return f"{amount} دانگ مشاع از شش دانگ"
