"""Every check of `make check`, one line each; all are run, and one failure fails the whole.

Run it through `stack.py exec`: the migration linter reads the database, and the settings want their keys.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("style", [f"{BIN}/ruff", "check", "--quiet", "."]),
    ("layout", [f"{BIN}/ruff", "format", "--check", "--quiet", "."]),
    ("import rules", [f"{BIN}/lint-imports"]),
    ("types", [f"{BIN}/mypy", "--no-error-summary"]),
    ("templates", [f"{BIN}/djlint", "--lint", "--quiet", "templates"]),
    ("translations", [PYTHON, "scripts/messages.py", "check"]),
    ("settings", [PYTHON, "manage.py", "check", "--fail-level", "WARNING"]),
    ("migrations made", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("migrations safe", [PYTHON, "scripts/check_migrations.py"]),
    ("compose file", [f"{BIN}/check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]),
    ("vendored files", ["sha256sum", "--quiet", "--strict", "--check", "static/vendor/SHA256SUMS"]),
    ("no registry hosts", [PYTHON, "scripts/check_hosts.py"]),
)


def passes(name: str, command: list[str]) -> bool:
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"check: {name:<18} {verdict:<6} {time.monotonic() - begun:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def main(names: list[str]) -> int:
    """Run the checks named, or all."""
    unknown = set(names) - {name for name, _command in CHECKS}
    if unknown:
        print(f"check: no such check: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    failed = [name for name, command in CHECKS if (not names or name in names) and not passes(name, command)]
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
