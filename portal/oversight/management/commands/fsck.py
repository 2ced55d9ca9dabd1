"""manage.py fsck: check every promise about the records from the evidence; exit 1 when one is broken."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from portal.casework.models import Attachment
from portal.ledger.models import Entry, Head
from portal.oversight import fsck


class Command(BaseCommand):
    help = __doc__

    def handle(self, **_options: Any) -> None:
        begun = time.monotonic()
        found = 0
        with transaction.atomic(durable=True):
            # One snapshot for all checks: what moves meanwhile is no fault.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for fault in fsck.faults():
                found += 1
                self.stdout.write(str(fault))
            self.stdout.write(f"fsck: {self.counted()}, {found} faults, {time.monotonic() - begun:.1f} s")
        if found:
            sys.exit(1)

    def counted(self) -> str:
        """How much was checked, so that an empty database does not pass for a good one."""
        models = [("chains", Head), ("entries", Entry), *((m.__name__, m) for m in fsck.stateful_models())]
        models += [("attachments", Attachment)]
        return ", ".join(f"{model._base_manager.count()} {name}" for name, model in models)  # type: ignore[attr-defined]
