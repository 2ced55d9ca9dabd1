"""No file of the project names a package registry: where packages come from is each machine's own affair."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# One letter of each name stands in brackets, so that this file passes its own check.
HOSTS = (
    r"py[p]i\.org", r"python[h]osted", r"npm[j]s\.(?:org|com)", r"yarn[p]kg\.com", r"npm[m]irror", r"deb\.debia[n]",
    r"un[p]kg\.com", r"jsdeliv[r]", r"cdn[j]s\.", r"fonts\.google[a]pis",
)  # fmt: skip
PATTERN = re.compile("|".join(HOSTS).encode(), re.IGNORECASE)


def project_files() -> list[Path]:
    """What git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.split(b"\0") if name and (path := ROOT / name.decode()).is_file()]


def mentions(path: Path) -> list[str]:
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if match := PATTERN.search(line):
            found.append(f"{path.relative_to(ROOT)}:{number}: {match.group().decode()}")
    return found


def main() -> int:
    found = [line for path in project_files() for line in mentions(path)]
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
