"""What no record names is swept away after a day, and nothing else."""

import os
import time

import pytest

from portal.casework import storage
from portal.documents.tasks import ORPHAN_AGE_S, sweep_orphans


@pytest.fixture
def store(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "papers": {**settings.STORAGES["papers"], "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


def grown_old(store, sha256):
    then = time.time() - ORPHAN_AGE_S - 60
    os.utime(store / storage.path_of(sha256), (then, then))
    return sha256


def test_an_old_orphan_goes_and_a_fresh_one_stays(db, store):
    old, fresh = grown_old(store, storage.put(b"given up")), storage.put(b"just sent")
    assert sweep_orphans() == 1
    assert (storage.exists(old), storage.exists(fresh)) == (False, True)
    assert sweep_orphans() == 0


def test_what_a_case_or_a_certificate_names_stays(store, case_at):
    from portal.demo import papers

    papers.received.cache_clear()
    case = case_at("issued")
    certificate = case.certificates.get()
    named = [*case.attachments.values_list("cleaned_sha256", flat=True), certificate.pdf_sha256]
    for sha256 in named:
        grown_old(store, sha256)
    assert sweep_orphans() == 0
    papers.received.cache_clear()
    assert all(storage.exists(sha256) for sha256 in named)
