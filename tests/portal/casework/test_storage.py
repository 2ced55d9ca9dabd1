"""The store of papers on a real directory: whole or refused, never wrong."""

import hashlib
import os
import threading
import time

import pytest
from django.conf import settings

from portal.casework import storage
from portal.core import crypto

PAPER = "سند مالکیت".encode() * 1000


@pytest.fixture(autouse=True)
def papers(tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "papers": {
            "BACKEND": "portal.casework.storage.DurableFileSystemStorage",
            "OPTIONS": {"location": tmp_path / "papers"},
        },
    }
    return tmp_path / "papers"


def files_in(directory):
    return [path for path in directory.rglob("*") if path.is_file()]


def test_what_was_put_comes_back_by_its_digest():
    digest = storage.put(PAPER)
    assert digest == hashlib.sha256(PAPER).hexdigest()
    assert storage.exists(digest)
    assert storage.open(digest) == PAPER


def test_a_file_lies_under_its_digest_two_directories_deep(papers):
    digest = storage.put(PAPER)
    assert files_in(papers) == [papers / digest[:2] / digest[2:4] / digest]


def test_only_the_owner_of_the_process_can_read_a_stored_file(papers):
    storage.put(PAPER)
    (path,) = files_in(papers)
    assert path.stat().st_mode & 0o077 == 0


def test_the_stored_bytes_do_not_show_the_content(papers):
    storage.put(PAPER)
    (path,) = files_in(papers)
    assert "سند".encode() not in path.read_bytes()


def test_an_empty_paper_is_a_paper_too():
    assert storage.open(storage.put(b"")) == b""


def test_the_same_content_is_stored_once(papers):
    assert storage.put(PAPER) == storage.put(PAPER)
    assert len(files_in(papers)) == 1


def test_two_writers_of_the_same_content_leave_one_whole_file(papers):
    together = threading.Barrier(8)
    digests = []

    def write():
        together.wait()
        digests.append(storage.put(PAPER))

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(digests) == 8
    assert len(set(digests)) == 1
    assert len(files_in(papers)) == 1
    assert storage.open(digests[0]) == PAPER


@pytest.mark.parametrize("position", [0, 1, 20, -1])
def test_a_flipped_byte_is_found_and_never_served(papers, position):
    digest = storage.put(PAPER)
    (path,) = files_in(papers)
    stored = bytearray(path.read_bytes())
    stored[position] ^= 1
    path.write_bytes(stored)
    with pytest.raises(storage.FileDamagedError):
        storage.open(digest)


@pytest.mark.parametrize("length", [0, 1, 13, 400])
def test_a_file_cut_short_is_found_and_never_served(papers, length):
    digest = storage.put(PAPER)
    (path,) = files_in(papers)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(storage.FileDamagedError):
        storage.open(digest)


def test_a_file_moved_to_the_name_of_another_is_not_served():
    first, second = storage.put(PAPER), storage.put(b"another paper")
    root = settings.STORAGES["papers"]["OPTIONS"]["location"]
    (root / storage.path_of(first)).replace(root / storage.path_of(second))
    with pytest.raises(storage.FileDamagedError):
        storage.open(second)


def test_well_sealed_bytes_of_another_content_are_not_served(papers):
    digest = storage.put(PAPER)
    (path,) = files_in(papers)
    path.write_bytes(crypto.seal_bytes(b"another paper", digest))
    with pytest.raises(storage.FileDamagedError):
        storage.open(digest)


def test_putting_the_content_again_mends_a_damaged_file(papers):
    digest = storage.put(PAPER)
    (path,) = files_in(papers)
    path.write_bytes(b"damaged")
    storage.put(PAPER)
    assert storage.open(digest) == PAPER


def test_putting_forgotten_content_again_makes_it_young(papers):
    digest = storage.put(PAPER)
    (path,) = files_in(papers)
    then = time.time() - 3 * storage.PROMISED_S
    os.utime(path, (then, then))
    assert list(storage.older_than(storage.PROMISED_S)) == [digest]
    storage.put(PAPER)
    assert list(storage.older_than(storage.PROMISED_S)) == []
    assert storage.open(digest) == PAPER


def test_a_file_that_is_not_there_is_not_old():
    assert not storage.is_older_than(0, "0" * 64)


def test_a_digest_that_was_never_stored_is_missing():
    digest = hashlib.sha256(b"never").hexdigest()
    assert not storage.exists(digest)
    with pytest.raises(storage.FileMissingError):
        storage.open(digest)


@pytest.mark.parametrize("digest", ["", "ab", "../../etc/passwd", "A" * 64, "0" * 63 + "/", "0" * 65])
def test_a_name_that_is_no_digest_is_refused(digest):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.open(digest)


def test_a_failed_write_leaves_nothing_behind(papers, monkeypatch):
    def no_space(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        storage.put(PAPER)
    assert files_in(papers) == []
