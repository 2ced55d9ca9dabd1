"""manage.py import_parcels FILE: parcels from CSV or GeoJSON, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.core.persian import fa_number
from portal.parcels import importing

SHOWN_FAULTS = 200


class Command(BaseCommand):
    help = "Check a CSV or GeoJSON file of parcels and take it in, all or nothing. Sample: docs/import_parcels.csv"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *, file: Path, dry_run: bool, **_options: object) -> None:
        with translation.override("fa"):
            self._import(file, dry_run=dry_run)

    def _import(self, file: Path, *, dry_run: bool) -> None:
        try:
            checked = importing.check(importing.read(file))
        except importing.UnreadableFile as error:
            raise CommandError(str(error)) from error
        for fault in checked.faults[:SHOWN_FAULTS]:
            self.stderr.write(str(fault))
        if checked.faults:
            count = {"count": fa_number(len(checked.faults))}
            raise CommandError(_("%(count)s faults; nothing was imported. Mend the rows and run it again.") % count)
        count = {"count": fa_number(len(checked.parcels))}
        if dry_run:
            self.stdout.write(_("%(count)s rows are right; nothing was written.") % count)
            return
        importing.save(checked, today=timezone.localdate())
        self.stdout.write(_("%(count)s parcels were imported.") % count)
