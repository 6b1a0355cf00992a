"""What is recorded, and how much of what a power cut may leave of it is looked at."""

import itertools
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.torture.judging import LedgerJudge
from tests.torture.simulator import Effort
from tests.torture.storejudging import StoreJudge
from tests.torture.storescenes import STORE_STEPS, store_step
from tests.torture.trial import Judge, Recording, Tally, Trial
from tests.torture.workloads import CORE, STEPS, creation, killed, sequence

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
    recover_every: int = 100
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


def _create(fresh: Fresh) -> Iterator[Recording]:
    yield creation(fresh())


def _alone(name: str, fresh: Fresh) -> Iterator[Recording]:
    yield sequence(fresh(), [name])


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
        Task("create", _create, DEEP),
        *(Task(f"{name} alone", partial(_alone, name), DEEP) for name in STEPS),
        *(Task(f"{name} and another", partial(_pairs, name), most=40) for name in STEPS),
        *(Task(f"{name} and two others", partial(_triples, name), most=12) for name in CORE),
        *(Task(f"{name} killed", partial(_kills, name), most=12) for name in STEPS),
        *(Task(f"store: {name}", partial(_store, name), most=200, judge=StoreJudge) for name in STORE_STEPS),
    ]


def endless(chance: random.Random) -> Iterator[Task]:
    """Return ever more, of every kind, in no order."""
    while True:
        names = tuple(chance.choices(list(STEPS), k=chance.choice((1, 2, 3, 3, 3, 4))))
        effort = Effort(whole=64, torn=chance.choice((20, 200)), renamed=40, drawn=chance.choice((10, 100)))
        tasks = [
            Task(" ".join(names), lambda fresh, names=names: iter([sequence(fresh(), names)]), effort),
            Task(f"{names[0]} killed", partial(_kills, names[0]), effort, most=200),
            Task("create", _create, effort),
            Task("store", partial(_store, chance.choice(list(STORE_STEPS))), effort, most=500, judge=StoreJudge),
        ]
        yield chance.choices(tasks, weights=(20, 4, 1, 2))[0]
