"""Enters into the ledger the people who stand in the database without an entry."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts import people
from portal.accounts.actors import Actor


class Command(BaseCommand):
    """Once after the upgrade from a version that entered nobody, and after an import of people.

    The reason is asked for as soon as anybody has an entry: who only repeats the command must not adopt an invented
    person.
    """

    help = "Record the people who have no entry in the ledger, as they are now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--because", default="", help="order or import that the people come from")

    def handle(self, *, because: str, **_options: Any) -> None:
        if people.is_recording() and not because:
            raise CommandError("People are recorded already. Run fsck; if some came rightly, say --because WHAT.")
        count = people.adopt(actor=Actor.system("people"), because=because or "first record")
        self.stdout.write(f"{count} people are recorded.")
