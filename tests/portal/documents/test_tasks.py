"""What no record names is swept away after two days, and nothing else."""

import os
import time

import pytest

from inquiries import kept
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


def test_an_orphan_outlives_every_token_that_can_still_name_it(db, store):
    assert ORPHAN_AGE_S > kept.AGE_S
    at_the_end = storage.put(b"sent a day ago")
    then = time.time() - kept.AGE_S - 60
    os.utime(store / storage.path_of(at_the_end), (then, then))
    assert sweep_orphans() == 0 and storage.exists(at_the_end)


def test_what_was_put_again_is_no_orphan(db, store):
    sha256 = grown_old(store, storage.put(b"given up two days ago"))
    assert storage.put(b"given up two days ago") == sha256
    assert sweep_orphans() == 0 and storage.exists(sha256)


@pytest.mark.parametrize("change", ["named", "put again"])
def test_what_changes_during_the_walk_is_seen_before_the_removal(draft, store, monkeypatch, change):
    sha256 = grown_old(store, storage.put(b"nearly lost"))
    walk = storage.older_than

    def slow_walk(age_s):
        for found in walk(age_s):
            if change == "named":
                draft.attachments.filter(document="title_deed").update(cleaned_sha256=found)
            else:
                storage.put(b"nearly lost")
            yield found

    monkeypatch.setattr(storage, "older_than", slow_walk)
    assert sweep_orphans() == 0 and storage.exists(sha256)


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
