"""The index of a timeline: it can be deleted, spoilt, stale or locked, and the log has it all."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk import timelineindex
from gamesaves.disk.timelineindex import NOTHING, BrokenIndex, EffectRow, EventRow, Mark, TimelineIndex
from gamesaves.errors import Damaged, InvalidValue
from tests.unit.ledgers import World, hit
from tests.unit.systems import Faulty

MARK = Mark(100, "a" * 32, 3, 7)
EVENT = EventRow("one", 7, 3, "a" * 32, "fell", "minor", None, None, None, True, False, "log.jsonl", 0, 100)
EFFECT = EffectRow(7, 3, "a" * 32, 0, "/locations/forest", "set", "1", "one", True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the index is kept; there is nothing yet."""
    return tmp_path / "index" / "universe"


@pytest.fixture
def make(folder: Path, tmp_path: Path) -> Iterator[Callable[[], TimelineIndex]]:
    """Open the index as one more program."""
    opened: list[TimelineIndex] = []

    def make() -> TimelineIndex:
        opened.append(TimelineIndex(folder, tmp_path))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


Make = Callable[[], TimelineIndex]


def filled(index: TimelineIndex) -> TimelineIndex:
    with index.changing() as mark:
        assert mark == NOTHING
        index.add_event(EVENT)
        index.add_effects([EFFECT, EFFECT._replace(number=1, event_id=None)])
        index.set_mark(MARK)
    return index


def databases(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sqlite"))


class Watched(sqlite3.Connection):
    """A connection that tells of each statement before it is done."""

    before: Callable[[str], None] = staticmethod(lambda _: None)

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        Watched.before(statement)
        return super().execute(statement, values)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    monkeypatch.setattr(Watched, "before", staticmethod(lambda _: None))
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    return Watched


# Filling it


def test_what_is_added_is_found_by_every_program(make: Make) -> None:
    first, second = filled(make()), make()
    for index in (first, second):
        assert index.mark == MARK
        assert index.has("one") is True
        assert index.has("two") is None
        assert index.find("SELECT path FROM effects ORDER BY number") == [("/locations/forest",)] * 2
    with second.changing():
        second.set_in_force("one", in_force=False)
    assert first.has("one") is False
    assert first.find("SELECT in_force FROM effects ORDER BY number") == [(0,), (1,)]
    with first.changing() as mark:
        assert mark == MARK
        first.clear()
    assert (second.mark, second.has("one")) == (NOTHING, None)


def test_what_goes_wrong_in_the_middle_leaves_nothing(make: Make) -> None:
    index = make()

    def fail() -> None:
        with index.changing():
            index.add_event(EVENT)
            raise KeyError("lost")

    with pytest.raises(KeyError):
        fail()
    assert filled(index).has("one") is True


def test_one_in_memory_needs_no_file(tmp_path: Path) -> None:
    index = filled(TimelineIndex(None, tmp_path))
    assert index.mark == MARK
    index.start_over(in_memory=False)
    assert index.mark == NOTHING
    index.close()
    assert list(tmp_path.iterdir()) == []


def test_an_event_is_read_from_its_line(world: World, folder: Path) -> None:
    event = hit(world.created(), 9)
    lines = world.lines()
    index = TimelineIndex(folder, world.folder)
    with index.changing():
        index.add_event(EVENT._replace(start=len(lines[0]), length=len(lines[1])))
        index.add_event(EVENT._replace(event_id="two", start=len(lines[0]) + 1, length=len(lines[1])))
    assert index.events({event.hash: 1}) == {event.hash: event}
    with pytest.raises(BrokenIndex):
        index.events({"of another event": 1})
    with pytest.raises(Damaged) as caught:
        index.events({event.hash: 1, "no line": 2})
    assert caught.value.path == str(world.log)
    index.close()


# Files that cannot be used


def test_one_that_is_deleted_while_it_is_in_use_does_not_touch_the_next(make: Make, folder: Path) -> None:
    first = filled(make())
    (old,) = databases(folder)
    old.unlink()
    second, third = filled(make()), make()
    with first.changing():
        first.clear()
    first.close()
    assert second.mark == third.mark == MARK
    with third.changing():
        third.clear()
    assert second.mark == NOTHING
    assert databases(folder) != [old]


@pytest.mark.parametrize(
    "spoilt", [b"no database at all", b"SQLite format 3\0" + bytes(84), b"\xff" * 5000], ids=range(3)
)
def test_a_file_that_is_no_database_is_replaced(make: Make, folder: Path, spoilt: bytes) -> None:
    filled(make()).close()
    (old,) = databases(folder)
    old.write_bytes(spoilt)
    assert filled(make()).mark == MARK
    assert len(databases(folder)) == 1


@pytest.mark.parametrize("version", [0, 1, 3])
def test_one_of_another_format_is_made_anew(make: Make, folder: Path, version: int) -> None:
    filled(make()).close()
    (file,) = databases(folder)
    connection = sqlite3.connect(file)
    connection.executescript(f"DROP TABLE effects; CREATE TABLE effects (other TEXT); PRAGMA user_version = {version}")
    connection.close()
    assert filled(make()).mark == MARK
    assert databases(folder) == [file]


def test_one_that_was_spoilt_while_it_was_open_is_replaced(make: Make, folder: Path) -> None:
    index = filled(make())
    (old,) = databases(folder)
    connection = sqlite3.connect(old)
    connection.execute("DROP TABLE mark")
    connection.close()
    with pytest.raises(BrokenIndex, match="no such table") as caught:
        index.mark  # noqa: B018
    assert caught.value.spoilt
    index.start_over(in_memory=False)
    assert filled(index).mark == MARK
    assert len(databases(folder)) == 1
    assert databases(folder) != [old]


def test_where_the_folder_cannot_be_made_it_is_kept_in_memory(make: Make, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_bytes(b"")
    assert filled(make()).mark == MARK
    assert folder.read_bytes() == b""


def test_where_a_spoilt_file_cannot_be_removed_it_is_kept_in_memory(make: Make, folder: Path, faulty: Faulty) -> None:
    folder.mkdir(parents=True)
    (folder / "0.sqlite").write_bytes(b"no database at all")
    faulty.fail("unlink", ".sqlite", errno.EACCES)
    index = filled(make())
    assert index.mark == MARK
    index.start_over(in_memory=False)
    assert filled(index).mark == MARK
    assert [path.name for path in databases(folder)] == ["0.sqlite"]


def test_one_that_another_program_keeps_is_left_to_it(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelineindex, "BUSY_SECONDS", 0.01)
    first, second = filled(make()), make()
    assert second.mark == MARK
    with first.changing():
        with pytest.raises(BrokenIndex, match="locked") as caught:
            second.set_mark(NOTHING)
        assert not caught.value.spoilt
        second.start_over(in_memory=True)
        assert filled(second).mark == MARK
    assert len(databases(folder)) == 1


def test_one_that_another_program_keeps_while_it_is_opened_is_left_to_it(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelineindex, "BUSY_SECONDS", 0.01)
    folder.mkdir(parents=True)
    (folder / "0.sqlite").touch()
    other = sqlite3.connect(folder / "0.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert filled(make()).mark == MARK
    other.close()
    assert make().mark == NOTHING
    assert [path.name for path in databases(folder)] == ["0.sqlite"]


def test_two_programs_may_make_it_at_once(make: Make, folder: Path, watched: type[Watched]) -> None:
    folder.mkdir(parents=True)
    (folder / "0.sqlite").touch()

    def overtake(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            watched.before = lambda _: None
            filled(make())

    watched.before = overtake
    assert make().mark == MARK


def test_what_the_disk_does_not_take_is_not_there(make: Make, watched: type[Watched]) -> None:
    index = make()
    assert index.mark == NOTHING

    def fail(statement: str) -> None:
        if statement == "COMMIT":
            watched.before = lambda _: None
            raise sqlite3.OperationalError("database or disk is full")

    watched.before = fail
    with pytest.raises(BrokenIndex, match="full"):
        filled(index)
    assert filled(index).mark == MARK


def test_a_number_that_is_no_tick_is_refused(make: Make) -> None:
    with pytest.raises(InvalidValue, match="larger than any tick"):
        make().find("SELECT ?", [1 << 63])


def test_it_can_be_closed_twice_and_used_again(make: Make) -> None:
    index = filled(make())
    index.close()
    index.close()
    assert index.mark == MARK
