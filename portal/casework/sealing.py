"""Who opened which file goes into the ledger by the range: an entry a reading would be 25 entries a case.

Every few minutes one entry of the chain `readers` seals the openings since the one before it: the keys between which
they lie, how many they are, and their digest. The ranges follow each other without a gap, those without an opening
included, so that nobody can fill a quiet night afterwards.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.db import connection, transaction

from portal.accounts.actors import Actor
from portal.casework.models import CaseView
from portal.core.sealing import rows_sql
from portal.ledger import chain
from portal.ledger.models import Entry

STREAM, KIND = "readers", "readers.seal"
SEALER = Actor.system("reader-sealer")
FIRST = UUID(int=0)
COLUMNS = ("id", "case", "user", "unit", "purpose", "at")  # fixed: another row of them gives other digests
MARGIN = timedelta(minutes=3)
"""How old an opening must be: two minutes by which clocks may differ, and the longest transaction (30 s), twice."""
MOST = 50_000  # openings in one seal: what Postgres hashes within the time-out of a statement


@dataclass(frozen=True, slots=True)
class Seal:
    """The openings with `after` < key ≤ `until`, in the order of their keys."""

    after: str
    until: str
    count: int
    digest: str

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self | None:
        """None when the facts are not those of a seal."""
        try:
            after, until = UUID(facts["after"]), UUID(facts["until"])
            return cls(str(after), str(until), int(facts["count"]), str(facts["digest"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def seal_openings() -> int:
    """Seal what no entry holds yet and is old enough; returns how many openings. Safe to run twice and at once."""
    done = 0
    while True:
        seal = _seal_next()
        done += seal.count
        if seal.count < MOST:
            return done


def _seal_next() -> Seal:
    with transaction.atomic():
        place = chain.lock(STREAM)
        last = Entry.objects.of(STREAM).last()
        after = UUID(last.facts["until"]) if last else FIRST
        until = max(after, key_at(int((place.at - MARGIN).timestamp() * 1000)))
        unsealed = CaseView.objects.filter(id__gt=after, id__lte=until).order_by("id").values_list("id", flat=True)
        until = next(iter(unsealed[MOST - 1 : MOST]), until)
        [(count, digest)] = counted([(str(after), str(until))])
        seal = Seal(str(after), str(until), count, digest)
        chain.append(place, KIND, actor=SEALER.code, data=asdict(seal))
    return seal


def key_at(milliseconds: int) -> UUID:
    """The last key before this moment in Unix milliseconds: an id of version 7 begins with its time."""
    return UUID(int=(milliseconds << 80) - 1)


def counted(ranges: Iterable[tuple[str, str]]) -> list[tuple[int, str]]:
    """For each range (after, until) how many openings it has now, and their digest; one statement for all."""
    view, pairs = CaseView._meta, list(ranges)
    fields = {field.name: field for field in view.concrete_fields}
    rows = rows_sql(CaseView, [fields[name] for name in COLUMNS])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(id), {rows}"  # noqa: S608 own names
            " FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS range (after, until, place)"
            f" LEFT JOIN {view.db_table} ON id > after AND id <= until GROUP BY place ORDER BY place",
            [[after for after, _until in pairs], [until for _after, until in pairs]],
        )
        return [(int(count), str(digest)) for count, digest in cursor.fetchall()]
