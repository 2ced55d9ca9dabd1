"""Claim: a worker that issues thousands of papers does not grow.

Renders, attaches and seals varied certificates in one process. Arguments: the document at which the count begins and
the one at which it ends (default 400 and 2,000; `100 500` is a quick look).
"""

import gc
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import _papers as papers
from _measuring import heading, resident_mb, verdict

from portal.documents import signing

SIGNED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def main(first: int = 400, last: int = 2000) -> int:
    heading(f"Memory between documents {first} and {last}")
    with tempfile.TemporaryDirectory() as name:
        signing.make_pki(Path(name))
        seal = signing.Seal.load(Path(name))
        began, at_first = time.perf_counter(), 0.0
        for number in range(1, last + 1):
            seal.seal(papers.ours(number), signed_at=SIGNED_AT)
            if number == first:
                gc.collect()
                at_first = resident_mb()
            if number % max(1, last // 8) == 0:
                print(
                    f"  {number:6} documents {resident_mb():8.1f} MB {time.perf_counter() - began:8.0f} s", flush=True
                )
    gc.collect()
    return 0 if verdict("growth in MB", resident_mb() - at_first, at_most=10) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
