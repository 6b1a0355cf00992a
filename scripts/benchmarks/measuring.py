"""Timing two things turn by turn, and what came of it."""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Step = Callable[[], float]
"""Does something once, and returns how many milliseconds the part of it that counts took."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: the sizes that promises are made for, and how often each thing is done."""

    turns: int = 2_000
    rested_turns: int = 150
    opens: int = 60
    starts: int = 30
    long_campaign: int = 10_000
    short_campaign: int = 100
    compared_turns: int = 1_000
    campaigns: int = 1_000
    profiles: int = 10_000
    timelines: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    edits: int = 1_000
    runs: int = 2_000


QUICK = Scale(turns=300, rested_turns=30, opens=12, starts=7, timelines=(1_000, 20_000), edits=200, runs=80)


@dataclass(frozen=True, slots=True)
class Spread:
    """Samples of one thing.

    Attributes:
        median, p99: in `unit`.
        unit: ms, KB or %.
    """

    median: float
    p99: float
    count: int
    unit: str = "ms"

    @classmethod
    def of(cls, samples: list[float]) -> "Spread":
        ordered = sorted(samples)
        return cls(median(ordered), ordered[math.ceil(0.99 * len(ordered)) - 1], len(ordered))

    @classmethod
    def size(cls, size: float) -> "Spread":
        return cls(size / 1024, size / 1024, 1, "KB")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report.

    Attributes:
        result: what is compared with the target, in `unit`: ×, ms or KB; None where `note` says why there is none.
        target: the most that `result` may be; None where it is only reported.
        at_least: the target is the least that it may be, instead.
    """

    what: str
    measured: Spread
    baseline: Spread | None
    result: float | None
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None or self.result is None:
            return ""
        met = self.result >= self.target if self.at_least else self.result <= self.target
        return "ok" if met else "short"


def ratio(what: str, measured: Spread, baseline: Spread, target: float | None = None, *, p99: bool = False) -> Row:
    """Compare medians, or p99s, by how many times the one is the other."""
    result = measured.p99 / baseline.p99 if p99 else measured.median / baseline.median
    return Row(what, measured, baseline, result, "×", target)


def difference(what: str, measured: Spread, baseline: Spread, target: float | None = None) -> Row:
    """Compare medians by how much longer the one takes, in milliseconds."""
    return Row(what, measured, baseline, measured.median - baseline.median, "ms", target)


def ahead(what: str, ours: Spread, theirs: Spread | None) -> Row:
    """Compare medians by how many times as long another library takes; None where it is not installed."""
    if theirs is None:
        return Row(what, ours, None, None, "×", 1, at_least=True, note="not installed")
    return Row(what, ours, theirs, theirs.median / ours.median, "×", 1, at_least=True)


def plain(what: str, measured: Spread, target: float | None = None) -> Row:
    """Compare the p99 with a fixed limit."""
    return Row(what, measured, None, measured.p99, measured.unit, target)


def timed(call: Callable[[], object]) -> float:
    """Return how many milliseconds a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def interleaved(count: int, *steps: Step) -> list[Spread]:
    """Do the steps in turn, `count` times, so that a busy moment of the machine hits all of them alike."""
    samples: list[list[float]] = [[] for _ in steps]
    warm_up = 1 + count // 20
    for number in range(warm_up + count):
        for step, taken in zip(steps, samples, strict=True):
            milliseconds = step()
            if number >= warm_up:
                taken.append(milliseconds)
    return [Spread.of(taken) for taken in samples]


def file_system(folder: Path) -> str:
    """Return what `folder` lies on, as far as this system says."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "a file system of unknown kind"
    mounts = [line.split()[:3] for line in lines]
    holding = [mount for mount in mounts if os.path.commonpath([folder, mount[1]]) == mount[1]]
    device, _, kind = max(reversed(holding), key=lambda mount: len(mount[1]))
    note = ", where flushing costs nothing: the ratios of turns say little" if kind in ("tmpfs", "ramfs") else ""
    return f"{kind} on {device}{note}"
