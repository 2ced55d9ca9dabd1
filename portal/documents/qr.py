"""The QR of the verification address.

Alphanumeric mode (capitals, digits and ``$%*+-./:``) needs a third fewer modules than bytes, so they are larger and
survive a bad photocopy. It has no ``?`` and no ``=``, hence the path ``/V/SERIAL/HASH16``; the server matches without
regard to case.
"""

import re

import segno

from portal.documents.canonical import printed_digest
from portal.documents.drawing import Pen, rectangle

_QUIET = 3  # modules of white around the code; the page adds more
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


def verify_url(base: str, serial: str, digest: str) -> str:
    """``HTTPS://HOST/V/SERIAL/HASH16`` from the base ``https://host/v``. Raises ValueError when not encodable."""
    url = f"{base.rstrip('/')}/{serial}/{printed_digest(digest)}".upper()
    if not _ALPHANUMERIC.fullmatch(url):
        raise ValueError(f"not a QR alphanumeric address: {url}")
    return url


def matrix(url: str, digest: str) -> list[bytearray]:
    """Modules, 1 is dark. The mask follows from the digest: searching for the best costs four times the rest."""
    code = segno.make_qr(url, error="m", mode="alphanumeric", mask=int(digest[:2], 16) % 8)
    return [bytearray(row) for row in code.matrix]


def side(modules: list[bytearray]) -> int:
    """Length of a side in modules, quiet zone included."""
    return len(modules) + 2 * _QUIET


def paint(modules: list[bytearray], pen: Pen) -> None:
    """Dark modules, those side by side merged, in a box of `side` x `side`."""
    runs = (
        rectangle(start + _QUIET, y + _QUIET, length, 1)
        for y, row in enumerate(modules)
        for start, length in _runs(row)
    )
    pen.fill(" ".join(runs), "#000000")


def _runs(row: bytearray) -> list[tuple[int, int]]:
    return [(match.start(), match.end() - match.start()) for match in re.finditer(rb"\x01+", bytes(row))]
