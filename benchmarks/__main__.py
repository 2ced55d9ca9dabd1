"""Run each benchmark in a process of its own; exit 1 when a claim fails. Names as arguments choose some of them."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    files = [file for file in sorted(HERE.glob("*.py")) if not file.name.startswith("_")]
    chosen = [file for file in files if not names or file.stem in names]
    failed = [file.stem for file in chosen if subprocess.run([sys.executable, str(file)], check=False).returncode]
    print(f"\n{len(chosen)} benchmarks, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
