"""The one way to change the register with a trace: call `record` last in the transaction that changes it."""

from django.db import connection, transaction

from portal.accounts.actors import Actor
from portal.parcels import sealing
from portal.parcels.models import RegisterAct
from portal.workflow.perform import begin


def record(kind: str, *, actor: Actor, source_sha256: str, rows: int) -> RegisterAct:
    """Record what the caller's transaction did to the register, and what every table is after it.

    `source_sha256` is the digest of the file or the seed, `rows` how many rows were written. Raises RuntimeError
    outside a transaction: the change and its entry are committed together or not at all.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An act is recorded inside the transaction that changes the register.")
    act = RegisterAct(workflow="register_act", kind=kind, source_sha256=source_sha256, rows=rows)
    with transaction.atomic(), connection.cursor() as cursor:
        # Held until the commit: of two acts at once the later one counts the rows of the earlier one, too.
        cursor.execute(f"LOCK TABLE {RegisterAct._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        return begin(act, actor=actor, tables=sealing.digests())
