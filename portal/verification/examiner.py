"""Looks at one file of unknown origin inside a small cage: python -m portal.verification.examiner PKI_DIRECTORY < FILE

Answers on standard output with one line of JSON (`Report`). A hostile PDF may unpack to any size or turn in circles,
so the process limits itself before the first byte is read, and its end is the caller's answer.
"""

import hashlib
import json
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

CPU_S = 10
MEMORY_BYTES = 768 * 1024**2
ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """What `signing.inspect` found, without the attachment itself: its digest names the record."""

    is_sealed: bool = False
    is_ours: bool = False
    is_intact: bool = False
    bottom_line: bool = False
    whole_file: bool = False
    record_sha256: str = ""
    fault: str = "unreadable"

    @property
    def is_genuine(self) -> bool:
        return self.is_sealed and self.bottom_line and self.whole_file and not self.fault


def main(directory: str) -> None:
    from portal.documents import signing

    authority = signing.root_certificate(Path(directory))
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, ANSWER_BYTES),
    ):  # fmt: skip
        resource.setrlimit(limit, (value, value))
    found = signing.inspect(sys.stdin.buffer.read(), authority)
    report = Report(
        is_sealed=found.is_sealed,
        is_ours=found.is_ours,
        is_intact=found.is_intact,
        bottom_line=found.bottom_line,
        whole_file=found.whole_file,
        record_sha256=hashlib.sha256(found.attached_json).hexdigest() if found.attached_json else "",
        fault=found.fault,
    )
    sys.stdout.write(json.dumps(asdict(report)))


if __name__ == "__main__":
    main(sys.argv[1])
