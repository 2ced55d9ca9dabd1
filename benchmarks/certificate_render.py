"""Claim: a certificate costs a third of the naive WeasyPrint call, and a sixth of a browser started for it."""

import sys
from functools import partial

import _papers as papers
from _measuring import heading, interleave, verdict

NAIVE, FIXED, PLAIN, OURS, BROWSER = (
    "naive call (N1)",
    "naive call, fixed tables",
    "the same without frame and band",
    "this engine, PDF/A-3u with record",
    "Chromium",
)


def main(rounds: int = 21) -> int:
    heading("Certificate, one by one")
    timings = interleave(
        {
            NAIVE: papers.naive,
            FIXED: partial(papers.naive, fixed_tables=True),
            PLAIN: partial(papers.naive, fixed_tables=True, with_ornament=False),
            OURS: papers.ours,
        },
        rounds=rounds,
    )
    for name, timing in timings.items():
        print(timing.row(name))
    holds = [
        verdict("CPU, naive call over ours", timings[NAIVE].cpu / timings[OURS].cpu, at_least=2.8),
        verdict("CPU, naive call without ornament over ours", timings[PLAIN].cpu / timings[OURS].cpu, at_least=2.8),
    ]
    if papers.chromium():
        heading("Against a browser started for each document")
        timings = interleave({BROWSER: papers.cold_chromium, OURS: papers.ours}, rounds=7, warm_up=1)
        for name, timing in timings.items():
            print(timing.row(name))
        holds.append(verdict("wall time, Chromium over ours", timings[BROWSER].wall / timings[OURS].wall, at_least=6))
    else:
        print("  Chromium is not installed: not compared")
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
