"""From a recording to a verdict on every state that a power cut may leave of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gamesaves.disk import files
from gamesaves.disk.ledger import Ledger
from gamesaves.errors import SavesError
from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout
from tests.torture.invariants import Check, Demand, Looker, Violation, require
from tests.torture.reading import History
from tests.torture.recorder import Recorder
from tests.torture.scenes import NAME, Recording
from tests.torture.simulator import CrashState, Effort, crash_states
from tests.unit.ledgers import KARA, Plain

AGAIN = Effort(whole=4, swept=2, drawn=2)
SECOND_CUTS = 12
"""How many of the states that a cut of a recovery may leave are judged."""


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


def _world(bench: Bench, demand: Demand) -> Looker:
    return Looker(bench.root, Plain(demand.newest), NAME)


def judge(bench: Bench, state: Layout, demand: Demand) -> None:
    """Open a state with the real code and play on; raise `Violation` where something is not as it must be."""
    bench.show(state)
    world = _world(bench, demand)
    with files.using(bench.watcher):
        try:
            _judge(bench, world, Check(world, state, demand))
        except SavesError as error:
            raise Violation(f"{type(error).__name__}: {error}") from error
        finally:
            world.drop()


def _judge(bench: Bench, world: Looker, check: Check) -> None:
    check.left()
    if not world.log.exists():
        require(not world.folder.exists(), "there is a folder without a log")
        world.created().close()
        return
    if check.way < 2:
        _look_only(bench, world)
    ledger = world.open()
    check.opened(ledger)
    check.reported(ledger)
    if 1 <= check.way <= 2:
        world.drop()
        ledger = world.open()
        check.opened(ledger)
    ledger.close()
    check.settled()
    _go_on(bench, world)
    check.settled()


def _look_only(bench: Bench, world: Looker) -> None:
    changes = bench.watcher.changes
    world.open(writing=False).close()
    require(bench.watcher.changes == changes, "looking has changed something")


def _go_on(bench: Bench, world: Looker) -> None:
    """Open once more, which finds nothing to do, and commit something."""
    changes = bench.watcher.changes
    ledger = world.open()
    told = [one.code for one in ledger.problems]
    require(not told, f"opening it again finds {told}")
    require(bench.watcher.changes == changes, "opening it again changes something")
    before = History.of(world.log.read_bytes())
    event = _commit(world, ledger)
    ledger.close()
    after = History.of(world.log.read_bytes())
    require(not after.tail, "the log is damaged by the next commit")
    require(after.hashes[: len(before.hashes)] == before.hashes, "the next commit changed the history")
    require(after.hashes[-1] == event, "the next commit is not there")


def _commit(world: Looker, ledger: Ledger) -> str:
    documents = {KARA: {**ledger.tree(KARA), "after": 1}}
    event = ledger.commit("turn", documents, data={"messages": [{"id": "after"}]}, turn_taken=True)
    rows = History.of(world.log.read_bytes()).rows
    require(ledger.rows("messages") == rows, "the chat is not the log's after another message")
    return event.hash


class Trial:
    """Judges states, each once, and counts them."""

    def __init__(self, place: Path, tally: Tally) -> None:
        self.tally = tally
        self._bench = Bench(place / "state")
        self._seen: set[tuple[bytes, int]] = set()

    def run(self, recording: Recording, effort: Effort, seed: int, *, recover_every: int) -> None:
        """Judge what power cuts may leave of a recording, and after some of them what cuts of the recovery may.

        Args:
            recover_every: the recovery of one in so many states is cut again.
        """
        self._seen.clear()
        for number, state in enumerate(self._new(recording, effort, seed)):
            demand = Demand.of(recording, state.acknowledged)
            where = f"{recording.name!r}, seed {seed}, behind {recording.ops[state.moment]}"
            self._judge(state.layout, demand, where)
            if number % recover_every == recover_every - 1:
                self._recovered(state.layout, demand, seed + number, f"{where}; then recovering")

    def _new(self, recording: Recording, effort: Effort, seed: int) -> Iterator[CrashState]:
        chance = random.Random(seed)
        for state in crash_states(recording.base, recording.ops, effort, chance, first=recording.first):
            key = state.layout.key()
            if (key, state.acknowledged) not in self._seen:
                self._seen.add((key, state.acknowledged))
                self.tally.cuts.add(key)
                yield state

    def _judge(self, state: Layout, demand: Demand, where: str) -> None:
        self.tally.checks += 1
        try:
            judge(self._bench, state, demand)
        except Violation as violation:
            self.tally.violations.append(f"{violation}\n    in {where}")
        except Exception as error:  # noqa: BLE001 - the core may raise its own errors only
            self.tally.violations.append(f"a traceback: {error!r}\n    in {where}")

    def _recovered(self, state: Layout, demand: Demand, seed: int, where: str) -> None:
        """Record how the core recovers from a state, and judge what a power cut in the middle of that may leave."""
        try:
            recorder, again = self._recovery(state, demand)
        except Exception:  # noqa: BLE001 - the state itself has been judged, and this told
            return
        chance = random.Random(seed)
        found = {(cut.layout.key(), cut.acknowledged): cut for cut in crash_states(state, recorder.ops, AGAIN, chance)}
        found.pop((state.key(), 0), None)
        for key, acknowledged in chance.sample(list(found), min(SECOND_CUTS, len(found))):
            cut = found[key, acknowledged]
            self.tally.second_cuts.add(key)
            asked = replace(again, safe=again.safe + acknowledged)
            self._judge(cut.layout, asked, f"{where}, behind {recorder.ops[cut.moment]}")

    def _recovery(self, state: Layout, demand: Demand) -> tuple[Recorder, Demand]:
        self._bench.show(state)
        recorder = Recorder(self._bench.root, state)
        self._bench.watcher = recorder
        world = _world(self._bench, demand)
        with files.using(recorder):
            check = Check(world, state, demand)
            if not world.log.exists():
                return recorder, demand
            told: list[str] = []

            def tell(_ledger: str, event: object) -> None:
                told.append(getattr(event, "hash", ""))
                recorder.mark("recovered")

            world.tell = tell
            try:
                world.open().close()
            finally:
                world.drop()
        there = check.before.hashes
        return recorder, replace(
            demand, hashes=(*there, *told), safe=len(there), keep=demand.keep | check.foreign, marks=check.marks
        )
