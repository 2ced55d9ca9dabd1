"""Seals every stored file under the newest key of DATA_KEYS; `rotate_data_keys` does the same for columns."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.casework import quarantine, storage
from portal.casework.models import Quarantined


class Command(BaseCommand):
    """Run it after `rotate_data_keys` and before the old key is dropped. Safe to stop and to repeat."""

    help = "Seal all papers, certificates and quarantined files under the newest key of DATA_KEYS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        renewed = damaged = 0
        for sha256 in storage.older_than(0):
            try:
                renewed += storage.renew(sha256)
            except storage.StoreFaultError as fault:
                damaged += 1
                self.stderr.write(f"{type(fault).__name__}: {sha256}")
        renewed += sum(quarantine.renew(sha256) for sha256 in Quarantined.objects.values_list("pk", flat=True))
        self.stdout.write(f"{renewed} files sealed anew, {damaged} left because they do not open")
