"""Claims about issuing: the seal is a small share of the work, and the pictures cost next to nothing."""

import functools
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import _papers as papers
from _measuring import heading, interleave, verdict

from portal.core.canonical import digest
from portal.documents import qr, signing, sketch, stamp
from portal.documents.raw import Raw
from tests.portal.documents.samples import sample

SIGNED_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
RENDER, SEAL, PICTURES = "render, record attached", "seal, RSA-3072 PAdES B-B", "stamp, QR and sketch of one paper"


def pictures(seed: int) -> bytes:
    """Everything drawn anew for one paper, up to the bytes that go into the page."""
    snapshot = sample(seed)
    full = digest(snapshot)
    spec = stamp.spec_of(snapshot["serial"], full, papers.KEY)
    modules = qr.matrix(qr.verify_url(papers.BASE, snapshot["serial"], full), full)
    plot = sketch.Plot(snapshot["sketch"])
    plot.labels()
    drawn = (
        Raw(stamp.SIZE, stamp.SIZE, functools.partial(stamp.paint, spec)),
        Raw(qr.side(modules), qr.side(modules), functools.partial(qr.paint, modules)),
        Raw(plot.width, plot.height, plot.paint),
    )
    return b"".join(picture.operators for picture in drawn)


def main(rounds: int = 25) -> int:
    with tempfile.TemporaryDirectory() as name:
        signing.make_pki(Path(name))
        seal = signing.Seal.load(Path(name))
        unsigned: dict[int, bytes] = {}

        def render(seed: int) -> bytes:
            unsigned[seed] = papers.ours(seed)
            return unsigned[seed]

        heading("Issuing a certificate")
        timings = interleave(
            {
                RENDER: render,
                SEAL: lambda seed: seal.seal(unsigned.pop(seed), signed_at=SIGNED_AT),
                PICTURES: pictures,
            },
            rounds=rounds,
            warm_up=3,
        )
    for label, timing in timings.items():
        print(timing.row(label))
    share = timings[SEAL].cpu / (timings[SEAL].cpu + timings[RENDER].cpu)
    holds = [
        verdict("seal, per cent of issue time", 100 * share, at_most=15),
        verdict("pictures, per cent of issue time", 100 * timings[PICTURES].cpu / timings[RENDER].cpu, at_most=8),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
