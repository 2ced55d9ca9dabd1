"""The one way to change the register or the reference data with a trace: call `record` last in the transaction.

An act seals the tables that it changed and no other, so that an import of parcels does not vouch for a hold that
somebody lifted by hand.
"""

import hashlib
from collections.abc import Iterable

from django.db import connection, models, transaction

from portal.accounts.actors import Actor
from portal.ledger.models import Entry
from portal.parcels import sealing
from portal.parcels.models import RegisterAct
from portal.workflow.perform import begin


def record(
    kind: str, *, actor: Actor, source_sha256: str, rows: int, changed: Iterable[type[models.Model]]
) -> RegisterAct:
    """Record what the caller's transaction did to the tables `changed`, and what each of them is after it.

    `source_sha256` is the digest of the file, the seed or the reason, `rows` how many rows were written. Raises
    RuntimeError outside a transaction: the change and its entry are committed together or not at all.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An act is recorded inside the transaction that changes the register.")
    act = RegisterAct(workflow="register_act", kind=kind, source_sha256=source_sha256, rows=rows)
    with transaction.atomic(), connection.cursor() as cursor:
        # Held until the commit: of two acts at once the later one counts the rows of the earlier one, too.
        cursor.execute(f"LOCK TABLE {RegisterAct._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        return begin(act, actor=actor, tables=sealing.digests(changed))


def record_reference(*, actor: Actor, because: str) -> RegisterAct:
    """Vouch for all reference data as they stand; the ledger keeps the digest of the reason."""
    with transaction.atomic():
        rows = sum(model._default_manager.count() for model in sealing.reference())
        source = hashlib.sha256(because.encode()).hexdigest()
        return record(
            RegisterAct.Kind.REFERENCE, actor=actor, source_sha256=source, rows=rows, changed=sealing.reference()
        )


def is_sealed(model: type[models.Model]) -> bool:
    """Whether some act vouches for the table, in whatever form it is now."""
    entries = Entry.objects.filter(kind="register_act.begin")
    return any(model._meta.db_table in entry.facts.get("tables", {}) for entry in entries.iterator())
