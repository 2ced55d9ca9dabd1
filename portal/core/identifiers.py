"""Identifiers of people, property and papers: parsing, check digits, masking. Pure functions.

Sample numbers and sources: the municipality's identifier paper (national code, legal person, renovation code).
Everything is kept as ASCII text, because leading zeros matter; screens show Persian digits.
"""

import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from portal.core.persian import ascii_digits, fa_digits, normalise

# --- record ids ---------------------------------------------------------------------------------------------------


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    version, variant = 0x7 << 76, 0b10 << 62
    value = milliseconds << 80 | version | secrets.randbits(12) << 64 | variant | secrets.randbits(62)
    return uuid.UUID(int=value)


# --- digits -------------------------------------------------------------------------------------------------------

_SEPARATORS = re.compile(r"[\s\-\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def only_digits(text: str) -> str:
    """ASCII digits with spaces, hyphens and invisible marks removed; "" when anything else is left."""
    digits = _SEPARATORS.sub("", ascii_digits(str(text)))
    return digits if digits.isascii() and digits.isdigit() else ""


_DAMM = ("0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
         "3674209581", "5869720134", "8945362017", "9438617205", "2581436790")  # fmt: skip


def damm_digit(digits: str) -> str:
    """The check digit to append. It catches every single wrong digit and every swap of neighbours."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def damm_ok(digits: str) -> bool:
    """True when the last digit is the Damm digit of those before it."""
    return digits.isascii() and digits.isdigit() and damm_digit(digits) == "0"


# --- people -------------------------------------------------------------------------------------------------------


def parse_national_code(text: str) -> str:
    """The 10 ASCII digits of a person's national code. Raises ValueError with a sentence for the citizen."""
    code = only_digits(text)
    if len(code) != 10:
        raise ValueError(_("A national code has exactly 10 digits. Check it on the national card and type it again."))
    if not is_national_code(code):
        raise ValueError(_("This national code is not correct. Compare it digit by digit with the national card."))
    return code


def is_national_code(code: str) -> bool:
    """Weights 10…2 over nine digits, modulo 11. All-equal digits pass the sum but were never issued."""
    if not re.fullmatch(r"[0-9]{10}", code) or len(set(code)) == 1:
        return False
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 11
    return int(code[9]) == (remainder if remainder < 2 else 11 - remainder)


_LEGAL_WEIGHTS = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)


def is_legal_person_id(code: str) -> bool:
    """The 11-digit national id of a legal person (by-law of 1387/06/10)."""
    if not re.fullmatch(r"[0-9]{11}", code) or len(set(code)) == 1 or code[3:9] == "000000":
        return False
    shift = int(code[9]) + 2
    remainder = sum((int(digit) + shift) * weight for digit, weight in zip(code, _LEGAL_WEIGHTS, strict=False)) % 11
    return int(code[10]) == remainder % 10


def parse_legal_person_id(text: str) -> str:
    """The 11 ASCII digits of a legal person's national id. Raises ValueError."""
    code = only_digits(text)
    if not is_legal_person_id(code):
        raise ValueError(_("This national id of a legal person is not correct. Copy its 11 digits from the gazette."))
    return code


def parse_mobile(text: str) -> str:
    """An Iranian mobile number as 09xxxxxxxxx; +98, 0098 and a missing zero are understood. Raises ValueError."""
    digits = only_digits(str(text).strip().removeprefix("+"))
    local = re.fullmatch(r"(?:0098|98|0)?(9[0-9]{9})", digits)
    if local is None:
        raise ValueError(_("A mobile number has 11 digits and begins with 09. Check it and type it again."))
    return f"0{local[1]}"


def mask_national_code(code: str) -> str:
    """First three and last two digits: 990•••••60."""
    return f"{code[:3]}{'•' * max(len(code) - 5, 0)}{code[-2:]}" if len(code) > 5 else "•" * len(code)


def mask_mobile(mobile: str) -> str:
    """First four and last two digits: 0914•••••01."""
    return f"{mobile[:4]}•••••{mobile[-2:]}" if len(mobile) == 11 else "•" * len(mobile)


def mask_name(name: str) -> str:
    """The first letter of each part: «مریم رضایی» → «م••• ر•••»."""
    return " ".join(f"{part[0]}•••" for part in normalise(name).split())


# --- property -----------------------------------------------------------------------------------------------------

_POSTAL_PATTERN = re.compile(r"(?!(\d)\1{3})[13-9]{4}[1346-9][013-9]{5}")


def parse_postal_code(text: str) -> str:
    """The 10 ASCII digits of a postal code. Raises ValueError. There is no check digit."""
    code = only_digits(text)
    if len(code) != 10 or len(set(code)) == 1:
        raise ValueError(_("A postal code has exactly 10 digits. You find it on utility bills; type it again."))
    return code


def is_plausible_postal_code(code: str) -> bool:
    """A widely copied pattern and only a hint: it may raise a warning, never block a citizen."""
    return _POSTAL_PATTERN.fullmatch(code) is not None


LEVELS = ("district", "region", "block", "parcel", "building", "apartment", "shop")
"""The seven parts of a renovation code, most general first."""

DEFAULT_WIDTHS = (3, 5, 5, 5, 5, 5, 5)
"""The most digits of each part; a city may narrow them with the setting RENOVATION_CODE_WIDTHS."""


@dataclass(frozen=True, order=True)
class RenovationCode:
    """The municipality's own key of a property (کد نوسازی): seven integers, zeros for unused levels.

    The logical order is kept everywhere; pages print it inside <bdi dir="ltr">.
    """

    parts: tuple[int, ...]

    @classmethod
    def parse(cls, text: str, *, widths: tuple[int, ...] = DEFAULT_WIDTHS) -> Self:
        """Any digits; parts divided by - / . or a space; a missing tail is zeros. Raises ValueError."""
        cleaned = ascii_digits(normalise(text))
        pieces = re.split(r"\s*[-/.\s]\s*", cleaned) if cleaned else []
        is_numeric = all(piece.isascii() and piece.isdigit() for piece in pieces)
        if not pieces or not is_numeric or len(pieces) > len(LEVELS):
            raise ValueError(_("Write the renovation code with hyphens between its numbers, like 3-2-145-18-1-4-0."))
        if any(len(piece) > width for piece, width in zip(pieces, widths, strict=False)):
            raise ValueError(_("One part of this renovation code is too long. Copy it again from the renovation bill."))
        return cls.of(*(int(piece) for piece in pieces))

    @classmethod
    def of(cls, *parts: int) -> Self:
        """From integers, tail optional. Raises ValueError for a gap such as a building without a parcel."""
        whole = (*parts, *[0] * (len(LEVELS) - len(parts)))
        if len(whole) != len(LEVELS) or any(part < 0 for part in whole):
            raise ValueError(_("A renovation code has at most seven parts, none of them negative."))
        code = cls(whole)
        if code._has_gap():
            raise ValueError(_("This renovation code skips a level. Copy all its parts from the renovation bill."))
        return code

    def _has_gap(self) -> bool:
        # A shop may stand directly on a parcel, and an apartment number is not given to it.
        used = [index for index in range(self.depth) if not self.parts[index]]
        may_be_zero = {4, 5} if self.parts[6] and not self.parts[5] else set()
        return not self.parts[0] or not set(used) <= may_be_zero

    @property
    def depth(self) -> int:
        """How many levels are used, 1 (a district) to 7 (a shop)."""
        return max((index + 1 for index, part in enumerate(self.parts) if part), default=0)

    @property
    def level(self) -> str:
        """One of LEVELS."""
        return LEVELS[self.depth - 1]

    @property
    def district(self) -> int:
        return self.parts[0]

    @property
    def parent(self) -> "RenovationCode | None":
        """The code one level up, or None above a district."""
        above = [*self.parts]
        above[self.depth - 1] = 0
        return RenovationCode(tuple(above)) if any(above) else None

    @property
    def ancestors(self) -> tuple["RenovationCode", ...]:
        """Nearest first."""
        found = []
        code = self.parent
        while code is not None:
            found.append(code)
            code = code.parent
        return tuple(found)

    @property
    def prefix(self) -> str:
        """The used parts with a closing hyphen: every descendant's text begins with it."""
        return "".join(f"{part}-" for part in self.parts[: self.depth])

    def contains(self, other: "RenovationCode") -> bool:
        """True for itself and for everything below it."""
        return self == other or self in other.ancestors

    @property
    def is_complete(self) -> bool:
        """True from the parcel level down: something that can have an owner."""
        return self.depth >= 4

    def __str__(self) -> str:
        return "-".join(str(part) for part in self.parts)

    @property
    def fa(self) -> str:
        """With Persian digits, in logical order."""
        return fa_digits(str(self))


def resolve_renovation_code(text: str, is_known: Callable[[RenovationCode], bool]) -> RenovationCode:
    """Reads a code that may have been copied from a screen which prints it reversed.

    The reversed reading is taken only when it alone is known to the register. Raises ValueError when the text is no
    code in either order.
    """
    straight = _parsed_or_none(text)
    pieces = re.split(r"[-/.\s]+", ascii_digits(normalise(text)))
    turned = _parsed_or_none("-".join(reversed(pieces))) if len(pieces) == len(LEVELS) else None
    known = [code for code in (straight, turned) if code is not None and is_known(code)]
    if turned is not None and known == [turned]:
        return turned
    return straight if straight is not None else RenovationCode.parse(text)


def _parsed_or_none(text: str) -> RenovationCode | None:
    try:
        return RenovationCode.parse(text)
    except ValueError:
        return None


def registry_plate_text(*, asli: int, fari: int, bakhsh: str | int, qate: int | None = None) -> str:
    """The one printed form of a registry plate; its parts are stored apart because free text swaps them."""
    plate = f"پلاک ثبتی {fari} فرعی از {asli} اصلی، بخش {bakhsh}" if fari else f"پلاک ثبتی {asli} اصلی، بخش {bakhsh}"
    return fa_digits(f"{plate}، قطعهٔ {qate}" if qate is not None else plate)


# --- references ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """A tracking reference (کد رهگیری): 4-digit Jalali year, district, kind, 6-digit serial, Damm digit."""

    year: int
    district: int
    kind: int
    serial: int

    def __str__(self) -> str:
        body = f"{self.year:04d}{self.district:d}{self.kind:d}{self.serial:06d}"
        return body + damm_digit(body)


def make_reference(year: int, district: int, kind: int, serial: int) -> str:
    """The 13 digits. Raises ValueError when a part does not fit its width."""
    fits = 1000 <= year <= 9999 and 0 <= district <= 9 and 0 <= kind <= 9 and 0 <= serial <= 999_999
    if not fits:
        raise ValueError(f"reference parts out of range: {year}, {district}, {kind}, {serial}")
    return str(Reference(year, district, kind, serial))


def parse_reference(text: str) -> Reference:
    """From anything a citizen may type. Raises ValueError with a sentence for the citizen."""
    digits = only_digits(text)
    if len(digits) != 13:
        raise ValueError(_("A tracking code has 13 digits. Copy it from the receipt or the text message."))
    if not damm_ok(digits):
        raise ValueError(_("This tracking code has a wrong digit. Compare it with the receipt and type it again."))
    return Reference(int(digits[:4]), int(digits[4]), int(digits[5]), int(digits[6:12]))
