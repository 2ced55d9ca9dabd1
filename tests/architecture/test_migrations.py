"""The migrations say what the models say, and the evidence is out of their reach."""

import re

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.architecture.sources import PACKAGES, ROOT


def test_the_migrations_are_made(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_each_app_has_one_last_migration(db):
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}


def test_no_migration_changes_history():
    """A "data fix" must not touch the evidence (reliability.md T10); the ledger's own app creates it and no more."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("migrations/*.py")]
    evidence = re.compile(r"ledger_(entry|head|pending)|get_model\(\s*[\"']ledger")
    touching = [
        str(path.relative_to(ROOT))
        for path in files
        if path.parts[-3] != "ledger" and evidence.search(path.read_text())
    ]
    assert files and touching == []


@pytest.mark.parametrize("trigger", ["ledger_entry_no_change", "ledger_entry_no_truncate"])
def test_the_evidence_refuses_changes_always(db, trigger):
    """`A` fires in every replication role, so that `session_replication_role` does not switch it off (T09)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = %s", [trigger])
        assert cursor.fetchone() == ("A",)
