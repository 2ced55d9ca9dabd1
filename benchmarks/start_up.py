"""The README's first command: how long until the demo city is served, the first time and every other time.

Set-up of packages is not in it (that depends on the network); `make run` prints its own seconds for that.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measuring import heading, verdict

ROOT = Path(__file__).parent.parent
PHASES = {"City": r"City: [\d,]+ in ([\d.]+) s", "History": r"History: [\d,]+ in ([\d.]+) s"}
LIMIT_S = 300


def start(run_dir: Path) -> tuple[float, str]:
    """Seconds until the page is served, and what the start printed; the portal is stopped again."""
    servers = {"DATABASE_URL", "REDIS_URL"}  # the benchmark wants servers of its own
    env = {name: value for name, value in os.environ.items() if name not in servers}
    env |= {"RUN_DIR": str(run_dir), "PORT": "8799", "PYTHONUNBUFFERED": "1"}
    begun = time.monotonic()
    with (run_dir.parent / "output").open("w+") as output:
        stack = subprocess.Popen([sys.executable, "scripts/stack.py", "run"], cwd=ROOT, env=env, stdout=output)
        while not (run_dir / "url").exists() and stack.poll() is None and time.monotonic() - begun < LIMIT_S:
            time.sleep(0.05)
        took = time.monotonic() - begun
        stack.send_signal(signal.SIGINT)
        stack.wait(60)
        output.seek(0)
        return took, output.read()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="portal-start-") as folder:
        run_dir = Path(folder) / "run"
        heading("From an installed checkout to a served page with the demo city and its history")
        first, printed = start(run_dir)
        second, _ = start(run_dir)
    seconds = {name: float(match[1]) for name, sign in PHASES.items() if (match := re.search(sign, printed))}
    print(f"  first start {first:.1f} s, second start {second:.1f} s: {first / second:.1f} times faster")
    holds = [
        verdict("seconds to build the city", seconds["City"], at_most=15),
        verdict("seconds to replay the history", seconds["History"], at_most=30),
        verdict("seconds of the first start", first, at_most=60),
        verdict("seconds of the second start", second, at_most=6),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
