"""How a test answers the puzzle of a page: by work, as js/puzzle.js does, or by reading the picture."""

import hashlib
from itertools import count
from typing import Any

from django.test import Client

from portal.accounts import puzzle
from portal.accounts.puzzle import Puzzle


def work(posed: Puzzle) -> dict[str, str]:
    """The fields of a form whose script did the work."""
    return {"puzzle": posed.token, "puzzle_work": ".".join(str(_counter(posed, part)) for part in range(posed.parts))}


def reading(posed: Puzzle) -> dict[str, str]:
    """The fields of a form whose reader saw the picture."""
    return {"puzzle": posed.token, "puzzle_work": "", "puzzle_digits": puzzle.digits_of(posed.nonce)}


def _counter(posed: Puzzle, part: int) -> int:
    return next(n for n in count() if zero_bits(f"{posed.nonce}:{part}:{n}") >= posed.bits)


def zero_bits(text: str) -> int:
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(text.encode()).digest())
    return len(bits) - len(bits.lstrip("0"))


def posed_by(response: Any) -> Puzzle | None:
    """The puzzle that a page carries."""
    return response.context.get("puzzle") if response.context else None


class Patient(Client):
    """A person with scripts: a form that comes back for want of a puzzle is sent once more, whole and answered."""

    def post(self, path: str, data: Any = None, *args: Any, **extra: Any) -> Any:
        response = super().post(path, data, *args, **extra)
        posed = posed_by(response)
        if posed is None or not response.context.get("notice"):
            return response
        return super().post(path, {**(data or {}), **work(posed)}, *args, **extra)
