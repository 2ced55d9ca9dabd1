"""Synthetic persons and how they share a title. No real person holds a code that begins with 990."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from portal.core.identifiers import is_national_code
from portal.demo import names

FIRST_SERIAL = 100_000  # the serials below belong to the named cast
WAQF_OFFICE = ("ادارهٔ اوقاف و امور خیریه", "99000123457")


@dataclass(frozen=True)
class Person:
    name: str
    national_code: str


CITIZEN_ONE = Person("مریم صادقی", "9900001060")
CITIZEN_TWO = Person("رضا کریمی‌پور", "9900000021")


def national_code(serial: int) -> str:
    """The valid code of a six-digit serial in the range that no person holds."""
    body = f"990{serial:06d}"
    return next(code for digit in range(10) if is_national_code(code := f"{body}{digit}"))


class Population:
    """Hands out new persons and, now and then, one who already owns something."""

    def __init__(self, random: Random):
        self.random = random
        self.persons: list[Person] = []

    def anyone(self) -> Person:
        if self.persons and self.random.random() < 0.06:
            return self.random.choice(self.persons)
        first = self.random.choice(names.WOMEN if self.random.random() < 0.5 else names.MEN)
        family = self.random.choice(names.FAMILIES)
        person = Person(f"{first} {family}", national_code(FIRST_SERIAL + len(self.persons)))
        self.persons.append(person)
        return person

    def household(self) -> list[tuple[Person, int, int]]:
        """(person, numerator, denominator): one owner, a couple, or heirs; the shares make exactly the whole."""
        draw = self.random.random()
        shares = [(1, 1)] if draw < 0.7 else [(1, 2), (1, 2)] if draw < 0.9 else list(self._heirs())
        people: list[Person] = []
        while len(people) < len(shares):
            person = self.anyone()
            if person not in people:
                people.append(person)
        return [(person, *share) for person, share in zip(people, shares, strict=True)]

    def _heirs(self) -> Iterator[tuple[int, int]]:
        """A widow's eighth, and the rest to the children: a son's part is twice a daughter's."""
        sons, daughters = self.random.randint(1, 2), self.random.randint(0, 2)
        parts = 2 * sons + daughters
        yield 1, 8
        yield from [(14, 8 * parts)] * sons
        yield from [(7, 8 * parts)] * daughters
