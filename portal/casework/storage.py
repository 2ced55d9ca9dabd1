"""The store of papers: attachments and issued certificates, found by the SHA-256 of their content.

What lies in the store is sealed (reliability.md 4.6) with the digest as its context, so a file moved to another name
does not open. What leaves it has been hashed again: wrong bytes are never served. The same content put twice, by
anybody, at once or years apart, is one file.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils import timezone

from portal.core import crypto

DIGEST = re.compile(r"[0-9a-f]{64}")
CHUNK_BYTES = 1024**2

PROMISED_S = 24 * 3600
"""How long whoever put a file may take to name it in a record. Nothing so young is removed."""


class StoreFaultError(Exception):
    """The store does not hold what the database says it holds: a matter for the operator, not for the reader."""


class FileMissingError(StoreFaultError):
    """No file has this digest."""


class FileDamagedError(StoreFaultError):
    """The stored bytes do not open, or are not those of the digest."""


def put(data: bytes) -> str:
    """Stores the bytes and returns their SHA-256 in lower-case hex; durable when it returns. Safe to repeat.

    It always writes: a damaged copy of the same content is mended, and a forgotten one counts as young again, on any
    kind of store, before a sweep takes it away.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    _papers().save(path_of(sha256), ContentFile(crypto.seal_bytes(data, sha256)))
    return sha256


def open(sha256: str) -> bytes:
    """The bytes with this digest. Raises FileMissingError or FileDamagedError."""
    sealed = _sealed(sha256)
    try:
        data = crypto.open_bytes(sealed, sha256)
    except crypto.SealBrokenError as error:
        raise FileDamagedError(sha256) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FileDamagedError(sha256)
    return data


def renew(sha256: str) -> bool:
    """Seal the file under the newest key, when it is not. Raises FileMissingError or FileDamagedError."""
    if crypto.is_sealed_with_newest_key(_sealed(sha256)):
        return False
    _papers().save(path_of(sha256), ContentFile(crypto.seal_bytes(open(sha256), sha256)))
    return True


def _sealed(sha256: str) -> bytes:
    try:
        with _papers().open(path_of(sha256)) as file:
            return file.read()
    except FileNotFoundError as error:
        raise FileMissingError(sha256) from error


def exists(sha256: str) -> bool:
    """Whether a file stands under this digest; only `open` tells whether it is whole."""
    return _papers().exists(path_of(sha256))


def older_than(age_s: float) -> Iterator[str]:
    """The digests of the files written more than so many seconds ago."""
    papers = _papers()
    for first in _folders(papers, ""):
        for second in _folders(papers, first):
            for name in papers.listdir(f"{first}/{second}")[1]:
                if DIGEST.fullmatch(name) and is_older_than(age_s, name):
                    yield name


def is_older_than(age_s: float, sha256: str) -> bool:
    """Whether the file was written more than so many seconds ago; False when there is none."""
    try:
        written_at = _papers().get_modified_time(path_of(sha256))
    except FileNotFoundError:
        return False
    return written_at < timezone.now() - timedelta(seconds=age_s)


def _folders(papers: Storage, path: str) -> list[str]:
    return sorted(papers.listdir(path)[0]) if not path or papers.exists(path) else []


def remove(sha256: str) -> None:
    """Forget a file that no record names any more."""
    _papers().delete(path_of(sha256))


def path_of(sha256: str) -> str:
    """`ab/cd/abcd…`: at most 256 entries in each of the upper directories. Raises ValueError."""
    if not DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _papers() -> Storage:
    return storages["papers"]


class DurableFileSystemStorage(FileSystemStorage):
    """Files that are either wholly there or not at all, also after a power cut: write aside, fsync, rename, fsync.

    A name says what is in the file, so a file that exists is replaced by one of equal content and no name is altered.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        self._make_directories(target.parent)
        aside = target.with_name(f"{target.name}.{secrets.token_hex(8)}.part")
        try:
            with aside.open("xb") as file:
                aside.chmod(0o600)
                for chunk in content.chunks(CHUNK_BYTES):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        _fsync_directory(target.parent)
        return name

    def _make_directories(self, directory: Path) -> None:
        """Creates what is missing; a directory entry is durable only when its parent is synced too."""
        if directory.is_dir():
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = Path(self.location)
        for parent in directory.parents:
            _fsync_directory(parent)
            if parent in (root, root.parent):
                return


def _fsync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
