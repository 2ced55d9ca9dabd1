"""Every migration can run while the code before it still serves: nothing is renamed, dropped or made NOT NULL at once.

A library of the tests, so it is called here instead of standing in INSTALLED_APPS.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("portal", "districts", "inquiries", "commissions")


def main() -> int:
    import django
    from django.apps import apps
    from django_migration_linter import MigrationLinter

    django.setup()
    ours = [app.label for app in apps.get_app_configs() if app.name.split(".")[0] in PACKAGES]
    linter = MigrationLinter(path=str(ROOT), include_apps=ours, no_cache=True, quiet=["ok", "ignore"])
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    sys.exit(main())
