"""A puzzle after the second failure: work for the browser, or a picture for who has no scripts (reliability.md 4.5).

Failures are counted by what was typed and by network, never by whether such a person exists; so known and unknown
numbers meet the puzzle at the same try. It slows a machine that guesses at many numbers, and locks nobody out.
"""

import hashlib
import io
import random
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont

from portal.accounts import limits
from portal.accounts.limits import Limit, TooManyTries
from portal.core.errors import Refusal
from portal.core.identifiers import only_digits
from portal.core.persian import fa_digits

FREE_FAILURES = 2
FAILURES_COUNT_S = 15 * 60
LIFE_S = 10 * 60
PARTS = 16  # many small searches take a steadier time than a long one, and show how far it is
DIGITS = 5
SEED = "__Host-puzzle" if settings.SESSION_COOKIE_SECURE else "puzzle"  # cookie: ties a puzzle to one browser
PICTURE = "picture"  # the purpose of a token that shows the digits and answers nothing; the others are pages
PICTURES_PER_NETWORK = (Limit(120, 10 * 60),)


class Unsolved(Refusal):
    """A puzzle is due and was not answered."""

    code = "puzzle_unsolved"
    message = _("Before this, we check that it is not a machine that asks. What you entered is kept.")


class PuzzleOver(Unsolved):
    """Expired, used before, or made for another browser or page."""

    code = "puzzle_over"
    message = _("The check had run out. There is a new one below; what you entered is kept. Please try once more.")


class PuzzleWrong(Unsolved):
    """The answer is not the right one."""

    code = "puzzle_wrong"
    message = _("The digits were not those of the picture. There is a new picture below; what you entered is kept.")


# --- when a puzzle is due -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries, as far as it can be told before anything is proved: a typed name of some kind, and an address."""

    kind: str
    name: str
    address: str

    def owes_puzzle(self, *, asking: bool = False) -> bool:
        """True from the third try on. Who is `asking` for a code gives up the one that is under way."""
        by_name = self.name and limits.count(self._kind, self.name, seconds=FAILURES_COUNT_S, ahead=asking)
        by_network = self._network and limits.count("failure/network", self._network, seconds=FAILURES_COUNT_S)
        return max(by_name or 0, by_network or 0) >= FREE_FAILURES

    def failed(self) -> None:
        limits.note(self._kind, self.name)
        if self._network:
            limits.note("failure/network", self._network)

    def awaits(self, until: datetime) -> None:
        """A code is under way: a failure from `until` on, unless it is redeemed; the one before is a failure now."""
        limits.count_at_once(self._kind, self.name)
        limits.note(self._kind, self.name, at=until)
        if self._network:
            limits.note("failure/network", self._network, at=until)

    def succeeded(self) -> None:
        """Wipes the failures of the name. The network keeps its own, or one good account would cover any guessing."""
        limits.forget(self._kind, self.name)
        if self._network:
            limits.forget_one_ahead("failure/network", self._network)

    @property
    def _kind(self) -> str:
        return f"failure/{self.kind}"

    @property
    def _network(self) -> str:
        return limits.limited_network(self.address)


# --- the puzzle ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Puzzle:
    """Find, for each part, a counter such that SHA-256("nonce:part:counter") begins with `bits` zero bits."""

    token: str
    nonce: str
    bits: int
    seed: str
    parts: int = PARTS

    @cached_property
    def picture(self) -> str:
        """Where the digits are drawn for who asks."""
        return f"{reverse('accounts:puzzle')}?{urlencode({'of': _signed(self.nonce, self.bits, PICTURE, self.seed)})}"


def make(request: HttpRequest, purpose: str) -> Puzzle:
    """A new puzzle for this browser and for one page; `tie` it to the answer. Costs neither a row nor a picture."""
    nonce, bits = secrets.token_urlsafe(16), settings.PUZZLE_BITS
    seed = _seed(request) or secrets.token_urlsafe(16)
    return Puzzle(_signed(nonce, bits, purpose, seed), nonce, bits, seed)


def tie(posed: Puzzle, response: HttpResponse) -> None:
    """Give the browser the half of the puzzle that no page shows; it is forgotten when the browser is closed."""
    response.set_signed_cookie(
        SEED,
        posed.seed,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def solve(request: HttpRequest, purpose: str) -> None:
    """Raises Unsolved unless the form answers a puzzle of this browser and purpose, for the first and only time."""
    token = request.POST.get("puzzle", "")
    if not token:
        raise Unsolved
    try:
        nonce, bits = _told(token, purpose, request)
        # A wrong answer uses the puzzle up as well: a picture can be guessed at once.
        limits.take("puzzle", nonce, (Limit(1, LIFE_S),))
    except (signing.BadSignature, TooManyTries):
        raise PuzzleOver from None
    is_worked_out = _is_worked_out(nonce, bits, request.POST.get("puzzle_work", ""))
    if not is_worked_out and not _is_read(nonce, request.POST.get("puzzle_digits", "")):
        raise PuzzleWrong


def _signed(nonce: str, bits: int, purpose: str, seed: str) -> str:
    return signing.dumps([nonce, bits], salt=_salt(purpose, seed))


def _told(token: str, purpose: str, request: HttpRequest) -> tuple[str, int]:
    """Nonce and difficulty of a token. Raises BadSignature unless it was made lately for this browser and purpose."""
    seed = _seed(request)
    if not seed:
        raise signing.BadSignature("The browser brings no seed.")
    nonce, bits = signing.loads(token, salt=_salt(purpose, seed), max_age=LIFE_S)
    return nonce, bits


def _seed(request: HttpRequest) -> str:
    """What the browser's cookie holds; "" without one, or when it was not made here."""
    return str(request.get_signed_cookie(SEED, default=""))


def _salt(purpose: str, seed: str) -> str:
    return f"portal.accounts.puzzle|{purpose}|{seed}"


def _is_worked_out(nonce: str, bits: int, work: str) -> bool:
    counters = work[: PARTS * 12].split(".")
    return len(counters) == PARTS and all(
        counter.isascii() and counter.isdigit() and _zero_bits(f"{nonce}:{part}:{counter}") >= bits
        for part, counter in enumerate(counters)
    )


def _zero_bits(text: str) -> int:
    return 256 - int.from_bytes(hashlib.sha256(text.encode()).digest(), "big").bit_length()


def _is_read(nonce: str, typed: str) -> bool:
    return constant_time_compare(only_digits(typed), digits_of(nonce))


# --- the picture --------------------------------------------------------------------------------------------------

FONT = settings.BASE_DIR / "static" / "fonts" / "vazirmatn-arabic.woff2"
SIZE = (280, 88)
INK, PAPER = (18, 35, 63), (255, 255, 255)


def digits_of(nonce: str) -> str:
    """The digits of the picture, which only the server can tell from the nonce. No 0: in Persian it is a dot."""
    return "".join(str(byte % 9 + 1) for byte in _keyed("picture", nonce)[:DIGITS])


def _keyed(what: str, nonce: str) -> bytes:
    return salted_hmac(f"portal.accounts.puzzle.{what}", nonce, algorithm="sha256").digest()


def picture(request: HttpRequest, token: str) -> bytes:
    """The PNG of a puzzle that a page of this browser carries. Raises BadSignature, TooManyTries."""
    nonce, _bits = _told(token, PICTURE, request)
    limits.take_for_network("picture/network", limits.client_address(request), PICTURES_PER_NETWORK)
    return _drawn(nonce)


def _drawn(nonce: str) -> bytes:
    """The digits in Persian: each turned, placed and weighed by chance, under strokes and dots.

    The chance is one for each nonce: who asks again sees the same picture, and cannot lay many over each other.
    """
    chance = random.Random(_keyed("strokes", nonce))  # noqa: S311  from a keyed digest, which only the server has
    picture = Image.new("RGB", SIZE, PAPER)
    step = (SIZE[0] - 40) // DIGITS
    for place, digit in enumerate(fa_digits(digits_of(nonce))):
        font = ImageFont.truetype(str(FONT), chance.randint(46, 58))
        font.set_variation_by_axes([chance.randint(300, 800)])
        glyph = Image.new("L", (88, 88))
        ImageDraw.Draw(glyph).text((44, 44), digit, fill=255, font=font, anchor="mm")
        glyph = glyph.rotate(chance.uniform(-24, 24), Image.Resampling.BICUBIC)
        at = (20 + place * step + step // 2 - 44 + chance.randint(-6, 6), chance.randint(-9, 9))
        picture.paste(INK, at, glyph)
    draw = ImageDraw.Draw(picture)
    for _stroke in range(7):
        ends = [(chance.randint(0, SIZE[0]), chance.randint(0, SIZE[1])) for _end in range(3)]
        draw.line(ends, fill=chance.choice((INK, PAPER, (90, 110, 140))), width=chance.randint(1, 2))
    for _dot in range(260):
        draw.point((chance.randrange(SIZE[0]), chance.randrange(SIZE[1])), fill=INK)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
