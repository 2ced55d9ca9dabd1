"""What the benchmarks share: interleaved timing, medians with quartiles, and the machine's load beside each figure."""

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Timing:
    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_ms)

    @property
    def wall(self) -> float:
        return statistics.median(self.wall_ms)

    def row(self, name: str) -> str:
        low, _, high = statistics.quantiles(self.cpu_ms, n=4)
        size = f"{statistics.median(self.size) / 1000:7.1f} kB" if any(self.size) else ""
        return f"  {name:<52}{self.cpu:8.1f} ms CPU [{low:.1f} to {high:.1f}] {self.wall:8.1f} ms wall {size}"


def interleave(
    variants: Mapping[str, Callable[[int], bytes | None]], *, rounds: int, warm_up: int = 2
) -> dict[str, Timing]:
    """Run every variant on the same seed before going on to the next seed; garbage is collected outside the clock."""
    timings = {name: Timing() for name in variants}
    for seed in range(-warm_up, rounds):
        for name, run in variants.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            made = run(seed + warm_up)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if seed >= 0:
                timings[name].cpu_ms.append(cpu * 1000)
                timings[name].wall_ms.append(wall * 1000)
                timings[name].size.append(len(made or b""))
    return timings


def heading(title: str) -> None:
    print(f"\n{title}\n  load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")


def verdict(claim: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> bool:
    """Print a claim against its bound; True when it holds."""
    bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    holds = value >= at_least if at_least is not None else value <= (at_most or 0)
    print(f"  {'PASS' if holds else 'FAIL'}  {claim}: {value:.2f} ({bound})")
    return holds


def resident_mb() -> float:
    """Resident memory of this process, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
