"""Infected files, kept sealed for ninety days so that an incident can be looked into. No page serves them.

They are sealed for another context than papers are, so one that is moved into the store of papers does not open.

A row comes before its file and goes after it, and whoever removes a file holds its row: no file stays without a row,
and the sweep takes away nothing that was sent again.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.casework.models import Quarantined
from portal.casework.storage import FileDamagedError, FileMissingError, path_of
from portal.core import crypto

KEPT_FOR = timedelta(days=90)
# They lie on the disk of the papers for long: a few tell what is going round, and nobody fills the disk with them.
FILES_PER_PERSON = (Limit(3, 24 * 3600),)
log = logging.getLogger(__name__)


def keep(data: bytes, found: str, *, sender: str = "") -> None:
    """Store the bytes and note what was found; the same file sent again, by anybody, is one, dated anew.

    Of what one sender adds beyond FILES_PER_PERSON neither file nor row is kept: the log names digest and finding.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if not Quarantined.objects.filter(pk=sha256).exists():
        try:
            limits.take("quarantine", sender, FILES_PER_PERSON)
        except limits.TooManyTries:
            log.warning("quarantine: %s holds %s; not kept, its sender sent too many", sha256, found[:200])
            return
    noted = {"found": found[:200], "size_bytes": len(data), "at": timezone.now()}
    Quarantined.objects.update_or_create(sha256=sha256, defaults=noted)
    if not storages["quarantine"].exists(path_of(sha256)):
        _put(sha256, data)
    log.warning("quarantine: %s holds %s", sha256[:12], found[:200])


def open(sha256: str) -> bytes:
    """The infected bytes, for whoever looks into an incident from a shell. Mind where they go.

    Raises FileMissingError or FileDamagedError.
    """
    try:
        return crypto.open_bytes(_sealed(sha256), _context(sha256))
    except crypto.SealBrokenError as error:
        raise FileDamagedError(sha256) from error


def renew(sha256: str) -> bool:
    """Seal the file under the newest key, when it is not. Raises FileMissingError or FileDamagedError."""
    with transaction.atomic():
        if _held(sha256) is None or crypto.is_sealed_with_newest_key(_sealed(sha256)):
            return False
        _put(sha256, open(sha256))
    return True


def sweep() -> int:
    """Forget what was last sent KEPT_FOR ago; returns how many. The file goes first, and one sent again stays."""
    limit = timezone.now() - KEPT_FOR
    old = Quarantined.objects.filter(at__lt=limit).order_by("at").values_list("pk", flat=True)[:1000]
    return sum(_forget(sha256, limit) for sha256 in old)


def _forget(sha256: str, limit: datetime) -> bool:
    with transaction.atomic():
        row = _held(sha256)
        if row is None or row.at >= limit:
            return False
        storages["quarantine"].delete(path_of(sha256))
        row.delete()
    return True


def _held(sha256: str) -> Quarantined | None:
    """The row, locked until the commit."""
    return Quarantined.objects.select_for_update().filter(pk=sha256).first()


def _put(sha256: str, data: bytes) -> None:
    storages["quarantine"].save(path_of(sha256), ContentFile(crypto.seal_bytes(data, _context(sha256))))


def _sealed(sha256: str) -> bytes:
    try:
        with storages["quarantine"].open(path_of(sha256)) as file:
            return file.read()
    except FileNotFoundError as error:
        raise FileMissingError(sha256) from error


def _context(sha256: str) -> str:
    return f"quarantine/{sha256}"
