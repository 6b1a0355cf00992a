"""Power cuts for as long as there is time: `python -m tests.torture.run --minutes 5`, from the project's folder."""

import argparse
import os
import random
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from tests.torture.bench import scratch
from tests.torture.plan import drawn
from tests.torture.trial import Tally

_KEY = 8
_BETWEEN_REPORTS_SECONDS = 10


def main(arguments: list[str]) -> int:
    """Look at states until the time is over; return 1 if something did not hold."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long (default: 5)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what is drawn (default: from the time)")
    parser.add_argument("--only", type=int, metavar="N", help="look at the N-th thing of this seed alone")
    options = parser.parse_args(arguments)
    _say(f"seed {options.seed}")
    sums = _Sums(options.seed)
    if options.only is not None:
        sums.add(options.only, _looked_at(options.seed, options.only))
    else:
        _until(time.monotonic() + options.minutes * 60, options.seed, sums)
    sums.tell()
    return int(sums.violations > 0)


def _looked_at(seed: int, number: int) -> tuple[str, Tally]:
    """Look at one thing in a process of its own; which one follows from the two numbers."""
    chance = random.Random(f"{seed} {number}")
    task = drawn(chance)
    with scratch() as place:
        return task.name, task.run(place, seed=chance.randrange(1 << 30), enough=5)


class _Sums:
    """What all processes have seen together."""

    def __init__(self, seed: int) -> None:
        self.violations = 0
        self._seed = seed
        self._cuts: set[bytes] = set()
        self._second_cuts: set[bytes] = set()
        self._checks = 0
        self._began = time.monotonic()

    def add(self, number: int, found: tuple[str, Tally]) -> None:
        name, tally = found
        self._cuts.update(key[:_KEY] for key in tally.cuts)
        self._second_cuts.update(key[:_KEY] for key in tally.second_cuts)
        self._checks += tally.checks
        self.violations += len(tally.violations)
        for violation in tally.violations:
            _say(f"{violation}\n    to see it again: --seed {self._seed} --only {number}   ({name})")

    def tell(self) -> None:
        _say(
            f"{time.monotonic() - self._began:6.0f} s {len(self._cuts):>10,} distinct states after power cuts "
            f"{len(self._second_cuts):>9,} after another during the recovery {self._checks:>10,} opened "
            f"{self.violations} violations"
        )


def _until(end: float, seed: int, sums: _Sums) -> None:
    """Keep all processors busy until a point of time."""
    running: dict[Future[tuple[str, Tally]], int] = {}
    number = 0
    told = time.monotonic()
    processors = os.cpu_count() or 1
    with ProcessPoolExecutor(processors) as pool:
        while running or time.monotonic() < end:
            while len(running) < processors and time.monotonic() < end:
                running[pool.submit(_looked_at, seed, number)] = number
                number += 1
            done, _ = wait(running, timeout=_BETWEEN_REPORTS_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                sums.add(running.pop(future), future.result())
            if time.monotonic() - told > _BETWEEN_REPORTS_SECONDS:
                told = time.monotonic()
                sums.tell()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
