"""Infected files, kept sealed for ninety days so that an incident can be looked into. No page serves them.

They are sealed for another context than papers are, so one that is moved into the store of papers does not open.
"""

import hashlib
import logging
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from portal.casework.models import Quarantined
from portal.casework.storage import path_of
from portal.core import crypto

KEPT_FOR = timedelta(days=90)
log = logging.getLogger(__name__)


def keep(data: bytes, found: str) -> None:
    """Store the bytes and note what was found; the same file sent again is one, dated anew."""
    sha256 = hashlib.sha256(data).hexdigest()
    _put(sha256, data)
    noted = {"found": found[:200], "size_bytes": len(data), "at": timezone.now()}
    Quarantined.objects.update_or_create(sha256=sha256, defaults=noted)
    log.warning("quarantine: %s holds %s", sha256[:12], found[:200])


def open(sha256: str) -> bytes:
    """The infected bytes, for whoever looks into an incident from a shell. Mind where they go."""
    return crypto.open_bytes(_sealed(sha256), _context(sha256))


def renew(sha256: str) -> bool:
    """Seal the file under the newest key, when it is not."""
    if crypto.is_sealed_with_newest_key(_sealed(sha256)):
        return False
    _put(sha256, open(sha256))
    return True


def sweep() -> int:
    """Forget what was last sent KEPT_FOR ago; the file goes first, so that no file stays without its row."""
    old = list(Quarantined.objects.filter(at__lt=timezone.now() - KEPT_FOR).order_by("at")[:1000])
    for row in old:
        storages["quarantine"].delete(path_of(row.sha256))
        row.delete()
    return len(old)


def _put(sha256: str, data: bytes) -> None:
    storages["quarantine"].save(path_of(sha256), ContentFile(crypto.seal_bytes(data, _context(sha256))))


def _sealed(sha256: str) -> bytes:
    with storages["quarantine"].open(path_of(sha256)) as file:
        return file.read()


def _context(sha256: str) -> str:
    return f"quarantine/{sha256}"
