"""Vouches in the ledger for districts, desks and the catalogue as they stand, with a reason."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.actors import Actor
from portal.catalogue.models import Service
from portal.parcels import acts

FIRST = "first record"


class Command(BaseCommand):
    """Once after the first deployment, and after each release or edict that changes these tables.

    The reason is asked for from the second time on: who only repeats the command must not vouch for a quiet change.
    """

    help = "Record an act that seals districts, desks and the catalogue as they are now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--because", default="", help="release, edict or order that the change follows from")

    def handle(self, *, because: str, **_options: Any) -> None:
        if acts.is_sealed(Service) and not because:
            raise CommandError("They are recorded already. Run fsck; if they were changed rightly, say --because WHAT.")
        act = acts.record_reference(actor=Actor.system("reference"), because=because or FIRST)
        self.stdout.write(f"{act.rows} rows are recorded by act {act.pk}.")
