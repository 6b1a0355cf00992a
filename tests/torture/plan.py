"""What is recorded, and how much of what a power cut may leave of it is looked at."""

import itertools
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.torture.incidents import creation, killed, older_copy, other_log, snapshots_thinned_out
from tests.torture.judging import LedgerJudge
from tests.torture.simulator import Effort
from tests.torture.storejudging import StoreJudge
from tests.torture.storesteps import STORE_STEPS, store_step
from tests.torture.trial import Judge, Recording, Tally, Trial
from tests.torture.workloads import CORE, STEPS, sequence

DEEP = Effort(whole=256, torn=None, renamed=60, drawn=60)
WIDE = Effort(whole=8, torn=8, renamed=4, drawn=4)

Fresh = Callable[[], Path]
"""Gives an empty folder."""


@dataclass(frozen=True, slots=True)
class Task:
    """A number of recordings, and how thoroughly each is looked at.

    Attributes:
        most: how many of the states of one recording are looked at, None for all.
        least: how many distinct states there must be in the end.
        recover_every: after one in so many states the recovery is cut again.
    """

    name: str
    recordings: Callable[[Fresh], Iterator[Recording]]
    effort: Effort = WIDE
    most: int | None = None
    least: int = 0
    recover_every: int = 120
    judge: type[Judge] = LedgerJudge

    def run(self, place: Path, *, seed: int = 0, enough: int = 20) -> Tally:
        """Do it in a folder that is this task's own; `enough` violations end it."""
        tally = Tally()
        trial = Trial(place / "state", self.judge(), tally, enough=enough)
        for recording in self.recordings(lambda: _emptied(place / "recorded")):
            trial.run(recording, self.effort, seed, most=self.most, recover_every=self.recover_every)
            if len(tally.violations) >= enough:
                break
        return tally


def _emptied(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


# The recordings of a ledger


SPECIAL: dict[str, Callable[[Path], Recording]] = {
    "create": creation,
    "snapshots thinned out": snapshots_thinned_out,
    "an older copy": older_copy,
    "another log": other_log,
}


def _special(name: str, fresh: Fresh) -> Iterator[Recording]:
    yield SPECIAL[name](fresh())


def _sequence(names: Sequence[str], fresh: Fresh) -> Iterator[Recording]:
    yield sequence(fresh(), names)


def _pairs(first: str, fresh: Fresh) -> Iterator[Recording]:
    for second in STEPS:
        yield sequence(fresh(), [first, second])


def _triples(first: str, fresh: Fresh) -> Iterator[Recording]:
    for others in itertools.product(CORE, repeat=2):
        yield sequence(fresh(), [first, *others])


def _kills(name: str, fresh: Fresh) -> Iterator[Recording]:
    for after in itertools.count(1):
        recording = killed(fresh(), name, after)
        if not recording.first:
            return
        yield recording


def _store(name: str, fresh: Fresh) -> Iterator[Recording]:
    yield store_step(fresh(), name)


def ci() -> list[Task]:
    """Return what each run of the tests looks at."""
    return [
        *(Task(name, partial(_special, name), DEEP, most=1080) for name in SPECIAL),
        *(Task(f"{name} alone", partial(_sequence, [name]), DEEP, most=1080, recover_every=100) for name in STEPS),
        *(Task(f"{name} and another", partial(_pairs, name), most=40) for name in STEPS),
        *(Task(f"{name} and two others", partial(_triples, name), most=12) for name in CORE),
        *(Task(f"{name} killed", partial(_kills, name), most=12) for name in (*STEPS, "create")),
        *(Task(f"store: {name}", partial(_store, name), most=150, judge=StoreJudge) for name in STORE_STEPS),
    ]


def task_of(name: str) -> Task:
    """Return a quick look at one recording, or one step with the process killed at each operation."""
    effort = Effort(whole=64, torn=24, renamed=16, drawn=16)
    kind, _, step = name.partition(": ")
    if kind == "store":
        return Task(name, partial(_store, step), effort, most=400, recover_every=4, judge=StoreJudge)
    if name.endswith(" killed"):
        return Task(name, partial(_kills, name.removesuffix(" killed")), WIDE, most=10)
    return Task(
        name,
        partial(_special, name) if name in SPECIAL else partial(_sequence, [name]),
        effort,
        most=400,
        recover_every=4,
    )


def drawn(chance: random.Random) -> Task:
    """Return something to look at, of any kind."""
    effort = Effort(whole=64, torn=chance.choice((20, 200)), renamed=40, drawn=chance.choice((10, 100)))
    names = tuple(chance.choices(list(STEPS), k=chance.choice((1, 2, 3, 3, 3, 4))))
    special, store = chance.choice(list(SPECIAL)), chance.choice(list(STORE_STEPS))
    tasks = [
        Task(" ".join(names), partial(_sequence, names), effort),
        Task(f"{names[0]} killed", partial(_kills, names[0]), effort, most=100),
        Task(special, partial(_special, special), effort),
        Task(f"store: {store}", partial(_store, store), effort, most=500, judge=StoreJudge),
    ]
    return chance.choices(tasks, weights=(20, 2, 1, 2))[0]
