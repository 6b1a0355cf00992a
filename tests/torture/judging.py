"""The verdict on a state of one ledger."""

from collections.abc import Callable
from dataclasses import replace

from gamesaves.disk import files
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout, Op
from tests.torture.invariants import Check, Demand, Looker
from tests.torture.reading import History
from tests.torture.recorder import Recorder
from tests.torture.scenes import NAME, LedgerRecording
from tests.torture.trial import require
from tests.unit.ledgers import KARA, Plain


class LedgerJudge:
    """Knows what must hold of a ledger."""

    def demand(self, recording: LedgerRecording, acknowledged: int) -> Demand:
        return Demand.of(recording, acknowledged)

    def look(self, bench: Bench, state: Layout, demand: Demand) -> None:
        bench.show(state)
        world = _world(bench, demand)
        with files.using(bench.watcher):
            try:
                _look(bench, world, Check(world, state, demand))
            finally:
                world.drop()

    def recovery(self, bench: Bench, state: Layout, demand: Demand) -> tuple[list[Op], Callable[[int], Demand]]:
        bench.show(state)
        recorder = Recorder(bench.root, state)
        bench.watcher = recorder
        world = _world(bench, demand)
        check = Check(world, state, demand)
        told = list(check.before.hashes)

        def tell(_ledger: str, event: Event) -> None:
            told.append(event.hash)
            recorder.mark(event.hash)

        world.tell = tell
        with files.using(recorder):
            try:
                if world.log.exists():
                    world.open().close()
            finally:
                world.drop()
        there = len(check.before.hashes)
        keep = demand.keep | check.foreign
        again = replace(demand, hashes=tuple(told), safe=there, keep=keep, marks=check.marks)
        return recorder.ops, lambda acknowledged: replace(again, safe=there + acknowledged)


def _world(bench: Bench, demand: Demand) -> Looker:
    return Looker(bench.root, Plain(demand.newest), NAME)


def _look(bench: Bench, world: Looker, check: Check) -> None:
    check.left()
    if not world.log.exists():
        require(not world.folder.exists(), "there is a folder without a log")
        world.created().close()
        return
    if check.way == 0:
        _look_only(bench, world)
    ledger = world.open()
    check.opened(ledger)
    check.reported(ledger)
    if check.way == 1:
        world.drop()
        ledger = world.open()
        check.opened(ledger)
    ledger.close()
    check.settled()
    if check.way % 2 == 0:
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
    # What an older copy lacks is told until it is taken back.
    told = [one.code for one in ledger.problems if one.code != "older_copy"]
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
