"""From a recording to a verdict on every state that a power cut may leave of it, and counts of what was looked at."""

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout, Op
from tests.torture.simulator import CrashState, Effort, crash_states

AGAIN = Effort(whole=4, torn=2, renamed=2, drawn=2)
"""How much of what a second cut may leave is built, for each recovery."""
SECOND_CUTS = 12
"""How many of these states are judged."""


class Violation(AssertionError):
    """Something that must hold does not."""


def require(holds: object, text: str) -> None:
    if not holds:
        raise Violation(text)


class Recording(Protocol):
    """What was done in a folder.

    Attributes:
        first: the number of the first operation that is not another recording's too.
        lost: what is missing in the end, although the power held.
    """

    @property
    def name(self) -> str: ...
    @property
    def base(self) -> Layout: ...
    @property
    def ops(self) -> list[Op]: ...
    @property
    def first(self) -> int: ...
    @property
    def lost(self) -> tuple[str, ...]: ...


class Judge(Protocol):
    """Knows what must hold of the states that a power cut leaves of a recording."""

    def demand(self, recording: Any, acknowledged: int) -> Any:
        """Return what is asked of a state after so many acknowledgements."""

    def look(self, bench: Bench, state: Layout, demand: Any) -> None:
        """Open a state with the real code and play on; raise `Violation` where something is not as it must be."""

    def recovery(self, bench: Bench, state: Layout, demand: Any) -> tuple[list[Op], Callable[[int], Any]]:
        """Recover from a state; return what was done, and what is asked after so many more acknowledgements."""


@dataclass
class Tally:
    """What was looked at.

    Attributes:
        cuts, second_cuts: hashes of the distinct states after a power cut, and after one during the recovery from it.
        checks: how many times a state was opened and judged.
        violations: what is wrong, and how to see it again.
    """

    cuts: set[bytes] = field(default_factory=set)
    second_cuts: set[bytes] = field(default_factory=set)
    checks: int = 0
    violations: list[str] = field(default_factory=list)


class Trial:
    """Judges states, each once, and counts them.

    Args:
        enough: how many violations end it.
    """

    def __init__(self, place: Path, judge: Judge, tally: Tally, *, enough: int = 20) -> None:
        self.tally = tally
        self._judge = judge
        self._bench = Bench(place)
        self._seen: set[tuple[bytes, int]] = set()
        self._enough = enough
        self._since_recovery = 0

    def run(
        self, recording: Recording, effort: Effort, seed: int, *, most: int | None = None, recover_every: int = 100
    ) -> None:
        """Judge what power cuts may leave of a recording, and after some of them what cuts of the recovery may.

        Args:
            most: a sample of so many states is judged, None for all.
            recover_every: the recovery of one in so many states is cut again.
        """
        self._seen.clear()
        self.tally.violations += [f"{text}\n    in {recording.name!r}" for text in recording.lost]
        cuts: Iterable[CrashState] = self._new(recording, effort, seed)
        if most is not None:
            every = list(cuts)
            cuts = random.Random(seed).sample(every, min(most, len(every)))
        for number, cut in enumerate(cuts):
            self.tally.cuts.add(cut.layout.key)
            demand = self._judge.demand(recording, cut.acknowledged)
            where = f"{recording.name!r} (seed {seed}), behind {recording.ops[cut.moment]}"
            self._look(cut.layout, demand, where)
            self._since_recovery += 1
            if self._since_recovery >= recover_every:
                self._since_recovery = 0
                self._recover(cut.layout, demand, seed + number, where)
            if len(self.tally.violations) >= self._enough:
                break

    def _new(self, recording: Recording, effort: Effort, seed: int) -> Iterator[CrashState]:
        chance = random.Random(f"{recording.name} {seed}")
        for cut in crash_states(recording.base, recording.ops, effort, chance, first=recording.first):
            key = cut.layout.key
            if (key, cut.acknowledged) not in self._seen:
                self._seen.add((key, cut.acknowledged))
                yield cut

    def _look(self, state: Layout, demand: Any, where: str) -> None:
        self.tally.checks += 1
        with _untraced(self.tally.checks % 64 != 0):
            try:
                self._judge.look(self._bench, state, demand)
            except Violation as violation:
                self.tally.violations.append(f"{violation}\n    in {where}")
            except Exception as error:  # noqa: BLE001 - the core raises its own errors, and only where it must
                self.tally.violations.append(f"{type(error).__name__}: {error}\n    in {where}")

    def _recover(self, state: Layout, demand: Any, seed: int, where: str) -> None:
        try:
            ops, asked = self._judge.recovery(self._bench, state, demand)
        except Exception:  # noqa: BLE001 - the state itself has been judged, and this told
            return
        chance = random.Random(seed)
        found = {(cut.layout.key, cut.acknowledged): cut for cut in crash_states(state, ops, AGAIN, chance)}
        found.pop((state.key, 0), None)
        for key, acknowledged in chance.sample(list(found), min(SECOND_CUTS, len(found))):
            cut = found[key, acknowledged]
            self.tally.second_cuts.add(key)
            self._look(cut.layout, asked(acknowledged), f"{where}; then recovering (seed {seed}), {ops[cut.moment]}")


@contextmanager
def _untraced(quick: bool) -> Iterator[None]:
    """Let no debugger and no measurement of coverage look on, where there are thousands of the same kind."""
    trace = sys.gettrace()
    if quick:
        sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)
