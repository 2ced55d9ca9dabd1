"""Create the city's certificate authority and seal, once."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.documents.pki import make_pki


class Command(BaseCommand):
    help = "Create the root, the issuing authority and the seal in PKI_DIR; does nothing when they are there."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", default="شهرداری ارومیه", help="name in the certificates")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = Path(settings.PKI_DIR)
        made = make_pki(directory, organisation=options["organisation"])
        self.stdout.write(f"{directory}: {'created' if made else 'already there'}")
