"""A universe that several programs have open: what others do to its files, and what the disk does."""

import errno
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files, timelineindex
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.errors import Closed, FlushFailed, InvalidValue, SavesError
from gamesaves.services.universe import Universe
from tests.integration.stores import Quick, codes, edit, in_threads, kept, read
from tests.unit.systems import Faulty


def event(number: int, path: str = "/locations/forest/fallen") -> TimelineEvent:
    return TimelineEvent(
        event_id=f"event-{number}",
        timeline_position=number,
        kind="fell",
        scope="major",
        location="forest",
        effects=[Effect(increment=path)],
    )


@pytest.fixture
def stores(root: Path, quick: Quick) -> Iterator[list[SaveStore]]:  # noqa: ARG001 - flushes are not what it is about
    stores = [SaveStore(root) for _ in range(2)]
    stores[0].universes.create("World", world={"locations": {"forest": {"names": ["a", "b"]}}})
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def first(stores: list[SaveStore]) -> Universe:
    return stores[0].universes.open("World")


@pytest.fixture
def second(stores: list[SaveStore]) -> Universe:
    return stores[1].universes.open("World")


def ids(universe: Universe) -> list[str | None]:
    return [one.event_id for one in universe.events()]


def is_folded(universe: Universe) -> bool:
    """Whether the world is what its events make of it."""
    return universe.world == universe.world_at(universe.timeline_position)


def test_check_tells_what_a_universe_lacks_whose_log_was_replaced(stores: list[SaveStore], first: Universe) -> None:
    first.publish(event(1))
    first.flush()
    log = first.folder / "log.jsonl"
    older = log.with_name("older")
    older.write_bytes(log.read_bytes())
    first.publish(event(2))
    older.replace(log)
    first.close()
    assert list((first.folder / "branches").iterdir())
    (problem,) = [one for one in stores[1].check() if one.code == "older_copy"]
    assert "saves universe merge" in str(problem.hint)
    _, _, lines = str(problem.hint).splitlines()[0].rpartition(" ")
    again = stores[1].universes.open("World")
    again.merge(lines)
    assert ids(again) == ["event-1", "event-2"]
    assert "older_copy" not in codes(stores[1].check())


def databases(store: SaveStore) -> list[Path]:
    return sorted(store.root.glob(".saves/*/index/universe-*/*.sqlite"))


# Edits by hand


def test_an_edit_of_the_world_counts_for_everybody_and_for_its_past(first: Universe, second: Universe) -> None:
    first.publish(event(1))
    first.flush()
    edit(first.folder / "world_state.json", locations={"forest": {"names": ["a", "c", "b"], "fallen": 1, "trees": 5}})
    edit(first.folder / "universe.json", title="Another world")
    first.publish(event(2))
    first.flush()
    for universe in (first, second):
        assert universe.title == "Another world"
        assert universe.world.locations == {"forest": {"names": ["a", "c", "b"], "fallen": 2, "trees": 5}}
        assert is_folded(universe)
    second.publish(event(1).model_copy(update={"event_id": "late"}))
    assert first.world.locations["forest"] == {"names": ["a", "c", "b"], "fallen": 3, "trees": 5}
    assert is_folded(first)


def test_a_universe_keeps_its_id(stores: list[SaveStore], first: Universe) -> None:
    first.flush()
    first.close()
    edit(first.folder / "universe.json", universe_id="other", title="Another world")
    universe = stores[0].universes.open(first.id)
    universe.publish(event(1))
    assert codes(universe.problems) == ["wrong_id"]
    assert (universe.data.universe_id, universe.title) == (first.id, "World")
    assert "universe.json" in kept(stores[0])


def test_an_edit_while_it_is_closed_by_one_and_open_in_another_is_there_for_both(
    first: Universe, second: Universe
) -> None:
    first.publish(event(1))
    first.flush()
    assert second.world.locations["forest"]["fallen"] == 1
    edit(first.folder / "world_state.json", npcs={"tom": {"mood": "glad"}})
    first.close()
    assert second.world.npcs == {"tom": {"mood": "glad"}}
    assert is_folded(second)
    assert read(second.folder / "world_state.json")["npcs"] == {"tom": {"mood": "glad"}}


def test_a_key_that_an_edit_of_a_world_leaves_out_stays_and_the_rest_is_taken_in(
    first: Universe, second: Universe
) -> None:
    first.publish(event(1))
    first.flush()
    edit(first.folder / "world_state.json", npcs={"tom": {}}, locations=...)
    first.close()
    assert (second.world.npcs, second.world.locations["forest"]["fallen"]) == ({"tom": {}}, 1)
    assert is_folded(second)


def test_a_world_whose_list_of_events_was_taken_out_gets_it_back(first: Universe) -> None:
    first.publish(event(1))
    first.flush()
    edit(first.folder / "world_state.json", major_events=...)
    first.flush()
    first.publish(event(2))
    assert [one.event_id for one in first.world.major_events] == ["event-1", "event-2"]


def test_a_tick_that_no_timeline_has_is_refused(first: Universe) -> None:
    first.publish(event(1))
    with pytest.raises(InvalidValue):
        first.publish(event(2).model_copy(update={"timeline_position": 1 << 70}))
    with pytest.raises(InvalidValue):
        first.events(until=1 << 70)
    assert ids(first) == ["event-1"]


# The index


def deleted(path: Path) -> None:
    path.unlink()


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


def other_tables(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE effects")
    connection.close()


def emptied(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("DELETE FROM events; DELETE FROM effects; DELETE FROM mark")
    connection.close()


@pytest.mark.parametrize("spoil", [deleted, garbage, other_tables, emptied])
def test_an_index_may_be_spoilt_at_any_time(
    stores: list[SaveStore], first: Universe, second: Universe, spoil: Callable[[Path], None]
) -> None:
    first.publish(event(2))
    assert ids(second) == ["event-2"]
    (index,) = databases(stores[0])
    spoil(index)
    first.publish(event(1))
    second.publish(event(3))
    with SaveStore(stores[0].root) as store:
        for universe in (first, second, store.universes.open("World")):
            assert ids(universe) == ["event-1", "event-2", "event-3"]
            assert universe.world.locations["forest"]["fallen"] == 3
            assert is_folded(universe)


def test_an_index_of_another_log_is_noticed(root: Path, first: Universe, second: Universe) -> None:
    older = root.parent / "older"
    first.publish(event(1))
    shutil.copytree(first.folder, older)
    first.publish(event(2))
    assert ids(second) == ["event-1", "event-2"]
    (older / "log.jsonl").replace(first.folder / "log.jsonl")
    assert ids(second) == ["event-1"]
    first.publish(event(3))
    assert ids(first) == ids(second) == ["event-1", "event-3"]
    assert is_folded(first)


def test_an_index_that_another_program_keeps_is_done_without(
    stores: list[SaveStore], first: Universe, second: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelineindex, "BUSY_SECONDS", 0.01)
    first.publish(event(1))
    (index,) = databases(stores[0])
    other = sqlite3.connect(index, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first.publish(event(2))
    assert ids(first) == ids(second) == ["event-1", "event-2"]
    other.execute("ROLLBACK")
    other.close()
    second.publish(event(3))
    assert ids(first) == ids(second) == ["event-1", "event-2", "event-3"]
    assert databases(stores[0]) == [index]


def test_where_no_index_can_be_written_it_is_kept_in_memory(root: Path, first: Universe) -> None:
    first.publish(event(1))
    first.close()
    for index in root.glob(".saves/*/index"):
        shutil.rmtree(index)
        index.write_bytes(b"")
    with SaveStore(root) as store:
        universe = store.universes.open("World")
        universe.publish(event(2))
        assert ids(universe) == ["event-1", "event-2"]


def test_events_keep_their_places_when_another_program_builds_the_index_again(
    root: Path, first: Universe, second: Universe
) -> None:
    copy = root.parent / "copy"
    shutil.copytree(root, copy)
    with SaveStore(copy) as store:
        store.universes.open("World").publish(event(1))
    for number in (2, 3):
        first.publish(event(number))
    assert ids(second) == ["event-2", "event-3"]
    first.merge(copy / "universes" / first.folder.name)
    assert ids(first) == ids(second) == ["event-1", "event-2", "event-3"]


# The disk


def test_a_universe_that_fails_at_any_operation_is_as_before_and_goes_on(root: Path, first: Universe) -> None:
    first.publish(event(1))
    step = 0
    while True:
        system = Faulty()
        left = [step]

        def fail(_call: str, _path: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise OSError(errno.EIO, "Input/output error")

        before, world = ids(first), first.world
        number = len(before) + 1
        with files.using(system):
            system.before = fail
            outcomes = [before, [*before, f"event-{number}"]]
            try:
                first.publish(event(number))
                del outcomes[0]
            except FlushFailed:
                # Nobody knows whether it is there until the log is read again.
                pass
            except SavesError:
                del outcomes[1]
        with SaveStore(root) as store:
            there = ids(store.universes.open("World"))
            assert there in outcomes
            assert ids(first) == there
            assert first.world == store.universes.open("World").world
            assert (first.world == world) == (there == before)
        if left[0] >= 0:
            return
        step += 1


# The end


def test_what_is_closed_says_so(stores: list[SaveStore], first: Universe) -> None:
    first.publish(event(1))
    first.close()
    first.close()
    for ask in (first.events, lambda: first.world, lambda: first.world_at(1), lambda: first.publish(event(2))):
        with pytest.raises(Closed):
            ask()
    assert ids(stores[0].universes.open("World")) == ["event-1"]


def test_it_may_be_used_and_closed_from_several_threads(stores: list[SaveStore], first: Universe) -> None:
    def use(number: int) -> None:
        for one in range(5):
            first.publish(event(10 * number + one))
            assert f"event-{10 * number + one}" in ids(first)

    assert in_threads(4, use) == []
    assert in_threads(4, lambda _: first.close()) == []
    assert first.problems == []
    universe = stores[0].universes.open("World")
    assert len(ids(universe)) == 20
    assert is_folded(universe)


def test_second_copies_of_a_universe_are_told_until_they_have_been_joined(root: Path, first: Universe) -> None:
    first.publish(event(1))
    first.close()
    folder, elsewhere = first.folder, shutil.copytree(root, root.with_name("elsewhere"))
    with SaveStore(elsewhere) as store:
        other = store.universes.open(first.id)
        other.publish(event(2))
        other.close()
    away = shutil.copytree(other.folder, folder.with_name(f"{folder.name} (copy)"))
    log = folder / "log (1).jsonl"
    shutil.copy(other.folder / "log.jsonl", log)
    shutil.copy(folder / "world_state.json", folder / "world_state - Copy.json")

    def found(store: SaveStore) -> dict[tuple[str, str], Any]:
        return {(one.code, Path(one.path or "").name): one for one in store.check()}

    with SaveStore(root) as store:
        universe = store.universes.open(first.id)
        universe.publish(event(3))
        told = found(store)
        copies = [("conflict_copy", log.name), ("duplicate_universe", away.name)]
        assert set(told) == {*copies, ("conflict_copy", "world_state - Copy.json")}
        assert told[copies[0]].hint == f"Join what it has: saves universe merge {shlex.join((folder.name, str(log)))}"
        assert "both were played since they parted" in told[copies[1]].message
        join = f'Join them: saves universe merge {folder.name} "{away}"'
        assert told[copies[1]].hint == f"{join}\nThen move it out of the store."
        universe.merge(log)
        assert ids(universe) == ["event-1", "event-2", "event-3"]
        told = found(store)
        assert told[copies[0]].hint == "The history has all of it: delete it."
        assert told[copies[1]].hint == "Move it out of the store."


def test_a_universe_in_a_folder_of_another_name_is_told(root: Path, first: Universe) -> None:
    first.close()
    folder = first.folder
    stray = folder.rename(folder.with_name("elsewhere"))
    stray.with_name("link").symlink_to(stray)
    with SaveStore(root) as store:
        (problem,) = store.check()
        assert (problem.code, problem.severity, problem.path) == ("misnamed_universe", "warning", str(stray))
        assert problem.hint == f"Rename it to {folder.name}."
    stray.with_name("link").unlink()
    with SaveStore(root) as store:
        for name in ("elsewhere", "World"):
            with pytest.raises(InvalidValue, match=folder.name) as refused:
                store.campaigns.create("Road", universe=name)
            assert f"Rename the folder to {folder.name}" in str(refused.value.hint)
        assert store.campaigns.list() == []
    twin = shutil.copytree(stray, stray.with_name("elsewhere_too"))
    with SaveStore(root) as store:
        assert {one.code: one.path for one in store.check()} == {
            "misnamed_universe": str(stray),
            "duplicate_universe": str(twin),
        }
    shutil.rmtree(twin)
    stray.rename(folder)
    with SaveStore(root) as store:
        assert store.check() == []
