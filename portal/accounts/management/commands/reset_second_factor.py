"""Lets a member of staff whose phone is lost connect a new one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts import second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import User


class Command(BaseCommand):
    """For who has neither the phone nor a recovery code, and was seen in person."""

    help = "Remove the app and the recovery codes of a member of staff and close their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--because", required=True, help="who ordered it and how the person was recognised")

    def handle(self, *, username: str, because: str, **_options: Any) -> None:
        person = User.objects.filter(username=username, is_staff_member=True).first()
        if person is None:
            raise CommandError(f"No member of staff has the user name {username}.")
        if not because.strip():
            raise CommandError("Say --because: the ledger commits to the reason.")
        second_factor.reset(person, actor=Actor.system("second-factor"), because=because)
        self.stdout.write(f"{username} connects an app with the next sign-in; until then the password alone opens.")
