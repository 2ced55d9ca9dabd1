"""Seals every stored file under the newest key of DATA_KEYS; `rotate_data_keys` does the same for columns."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.casework import quarantine, storage
from portal.casework.models import Quarantined


class Command(BaseCommand):
    """Run it after `rotate_data_keys` and before the old key is dropped. Safe to stop and to repeat.

    A file that is missing or does not open is named and passed over; then the command ends with an error.
    """

    help = "Seal all papers, certificates and quarantined files under the newest key of DATA_KEYS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        quarantined = Quarantined.objects.order_by("pk").values_list("pk", flat=True)
        papers, left = self._renew(storage.older_than(0), storage.renew)
        infected, also_left = self._renew(quarantined, quarantine.renew)
        self.stdout.write(f"{papers + infected} files sealed anew")
        if left + also_left:
            raise CommandError(f"{left} papers and {also_left} quarantined files are left: missing, or do not open")

    def _renew(self, digests: Iterable[str], renew: Callable[[str], bool]) -> tuple[int, int]:
        """How many were sealed anew, and how many could not be."""
        renewed = left = 0
        for sha256 in digests:
            try:
                renewed += renew(sha256)
            except storage.StoreFaultError as fault:
                left += 1
                self.stderr.write(f"{type(fault).__name__}: {sha256}")
        return renewed, left
