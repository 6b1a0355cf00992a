"""From a log and its snapshots to a state: what opening reads, and what it makes of damage."""

import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk import jsontext, log, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.disk.state import State
from gamesaves.errors import Damaged, FileProblem, NewerFormat, NotFound
from gamesaves.rules.patch import PatchError
from tests.unit.ledgers import DATA, KARA, World, codes, hit
from tests.unit.systems import Faulty


def state_of(ledger: Ledger) -> tuple[Any, ...]:
    return ledger.head.hash, ledger.head.turn, ledger.head.played, ledger.state.trees, ledger.state.revisions


def played(world: World, turns: int = 5, snapshot_at: tuple[int, ...] = ()) -> tuple[Any, ...]:
    """Play some turns, with a snapshot after some of the events; return the state at the end."""
    ledger = world.created()
    for hp in range(turns):
        hit(ledger, hp)
        if ledger.head.seq in snapshot_at:
            ledger.write_snapshot()
    ledger.close()
    return state_of(ledger)


def rewrite(world: World, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Change the lines of the log; return its new bytes."""
    data = b"".join(change(world.lines()))
    world.log.write_bytes(data)
    return data


def append(world: World, **fields: Any) -> None:
    """Add an event to the log that follows on the last, whatever else it says."""
    last = world.events()[-1]
    event = Event(last.seq + 1, last.at, "turn", last.turn, prev=last.hash)
    with open(world.log, "ab") as file:
        file.write(log.encode_event(replace(event, **fields))[0])


# Snapshots and tails


def test_only_the_tail_behind_the_newest_snapshot_is_read(world: World) -> None:
    state = played(world, 5, (3, 5))
    rewrite(world, lambda lines: [bytes(len(line)) for line in lines[:4]] + lines[4:])
    ledger = world.open(writing=False)
    assert state_of(ledger) == state
    assert ledger.replayed == 1


@pytest.mark.parametrize("lost", ["snapshots", "documents", "both"])
@pytest.mark.parametrize("writing", [True, False])
def test_the_state_is_the_same_without_snapshots_or_documents(world: World, lost: str, writing: bool) -> None:
    state = played(world, 8, (3, 6))
    if lost != "documents":
        shutil.rmtree(world.folder / "snapshots")
    if lost != "snapshots":
        for key in (DATA, KARA):
            world.document(key).unlink()
    ledger = world.open(writing=writing)
    assert state_of(ledger) == state
    assert ledger.replayed == (3 if lost == "documents" else 9)
    assert ledger.read_only is None
    ledger.close()
    assert world.document(KARA).exists() is (writing or lost == "snapshots")


def test_a_damaged_snapshot_is_named_and_the_one_before_is_used(world: World) -> None:
    state = played(world, 5, (3, 5))
    world.snapshots[-1].write_bytes(world.snapshots[-1].read_bytes().replace(b'"turn":4', b'"turn":9'))
    ledger = world.open()
    assert state_of(ledger) == state
    assert ledger.replayed == 3
    assert [(one.severity, one.path) for one in ledger.problems] == [("warning", str(world.snapshots[-1]))]


@pytest.mark.parametrize("damage", ["unreadable", "folder"])
def test_a_snapshot_that_cannot_be_read_keeps_nobody_from_playing(world: World, faulty: Faulty, damage: str) -> None:
    state = played(world, 5, (3, 5))
    newest = world.snapshots[-1]
    if damage == "folder":
        newest.unlink()
        newest.mkdir()
    else:
        faulty.fail("read", newest.name)
    ledger = world.open()
    assert state_of(ledger) == state
    assert codes(ledger.problems) == ["io_error"]
    hit(ledger, 50)
    ledger.write_snapshot()
    assert ledger.close() == []


def test_a_snapshot_that_moved_in_the_log_is_found_by_its_hash(world: World) -> None:
    state = played(world, 5, (3,))
    world.log.write_bytes(b"\n\n" + world.log.read_bytes())
    ledger = world.open()
    assert state_of(ledger) == state
    assert ledger.replayed == 3
    hit(ledger, 50)
    assert len(world.events()) == 7


def test_snapshots_of_another_history_are_left_alone(world: World) -> None:
    state = played(world, 3, (3,))
    (snapshot,) = world.snapshots
    foreign = replace(snapshots.load(snapshot), hash="0" * 32)
    snapshots.write(snapshot.parent, foreign, {})
    snapshots.write(snapshot.parent, replace(foreign, seq=4), {})
    snapshot.unlink()
    ledger = world.open()
    assert state_of(ledger) == state
    assert ledger.read_only is None
    assert ledger.problems == []
    ledger.write_snapshot()
    assert [one.name[:9] for one in world.snapshots] == ["000000003", "000000004", "000000004"]


def test_a_snapshot_of_a_newer_format_is_not_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "VERSION", 2)
    state = played(world, 3, (3,))
    monkeypatch.undo()
    ledger = world.open()
    assert state_of(ledger) == state
    assert "a newer program has written it" in ledger.problems[0].message


# A log that lost its end


def test_a_log_cut_at_any_byte_opens_at_its_last_whole_event(world: World) -> None:
    played(world, 2)
    shutil.rmtree(world.root / ".saves")
    data = world.log.read_bytes()
    ends = [sum(map(len, world.lines()[:count])) for count in range(4)]
    for cut in range(ends[1] - 1, len(data) + 1):
        for key in (DATA, KARA):
            world.document(key).unlink(missing_ok=True)
        world.log.write_bytes(data[:cut])
        whole = sum(end - 1 <= cut for end in ends[1:])
        assert world.open(writing=False).head.seq == whole
        assert world.log.read_bytes() == data[:cut]
        if cut % 8 == 0 or cut + 1 in ends or cut in ends or cut - 1 in ends:
            ledger = world.open()
            assert (ledger.head.seq, ledger.read_only) == (whole, None)
            assert world.log.read_bytes() == data[: ends[whole]]
            ledger.close()


@pytest.mark.parametrize(
    "tail", [b'{"seq":7,"at":"2026', bytes(300), b"x", b"{}\n", b'\r\n{"seq":7\n', bytes(300) + b"\n", b"\n \n{"]
)
def test_a_torn_tail_is_set_aside_cut_and_reported(world: World, tail: bytes) -> None:
    state = played(world)
    data = world.log.read_bytes()
    world.log.write_bytes(data + tail)
    reading = world.open(writing=False)
    assert state_of(reading) == state
    assert world.log.read_bytes() == data + tail
    ledger = world.open()
    assert state_of(ledger) == state
    assert world.log.read_bytes() == data
    assert world.kept == {"log.jsonl": tail}
    (problem,) = ledger.problems
    assert (problem.code, problem.severity) == ("torn_line", "warning")
    assert "the log was cut short while event 7 was written" in problem.message
    hit(ledger, 50)
    assert len(world.events()) == 7


@pytest.mark.parametrize("tail", [b'{"seq":7', b"{}\n"])
@pytest.mark.parametrize("writing", [True, False])
def test_a_torn_tail_is_no_obstacle_to_documents_that_lag_behind(world: World, tail: bytes, writing: bool) -> None:
    ledger = world.created()
    hit(ledger, 5)
    hit(ledger, 6)
    world.kill()
    world.log.write_bytes(world.log.read_bytes() + tail)
    ledger = world.open(writing=writing)
    assert ledger.tree(KARA)["hp"] == 6
    assert [event.seq for event in ledger.events()] == [1, 2, 3]


def test_blanks_behind_the_last_line_are_no_torn_tail(world: World) -> None:
    played(world)
    data = world.log.read_bytes()
    world.log.write_bytes(data + b"\n  \r\n\t")
    ledger = world.open()
    assert ledger.problems == []
    assert world.log.read_bytes() == data


@pytest.mark.parametrize("snapshot_at", [(), (6,), (4,)])
def test_a_last_line_that_lost_its_newline_gets_it_back(
    world: World, faulty: Faulty, snapshot_at: tuple[int, ...]
) -> None:
    state = played(world, 5, snapshot_at)
    data = world.log.read_bytes()
    world.log.write_bytes(data[:-1])
    assert state_of(world.open(writing=False)) == state
    ledger = world.open()
    assert state_of(ledger) == state
    assert ledger.head.offset == len(data)
    assert world.log.read_bytes() == data
    faulty.fail("write", "log.jsonl", errno.ENOSPC, times=1)
    with pytest.raises(Exception, match="the disk is full"):
        hit(ledger, 50)
    assert world.log.read_bytes() == data
    hit(ledger, 51)
    ledger.write_snapshot()
    ledger.close()
    assert len(world.events()) == 7
    assert world.open().replayed == 0


def test_a_log_that_is_behind_a_snapshot_may_only_be_read(world: World) -> None:
    played(world, 5, (6,))
    data = rewrite(world, lambda lines: lines[:4])
    for writing in (True, False):
        ledger = world.open(writing=writing)
        assert ledger.head.seq == 4
        assert isinstance(ledger.read_only, Damaged)
        assert "it is of event 6, but the log ends with event 4" in ledger.read_only.message
        assert "beyond" not in codes(ledger.problems)
    with pytest.raises(Damaged, match="it is of event 6"):
        hit(ledger, 50)
    assert world.log.read_bytes() == data
    assert world.snapshots


def test_a_torn_tail_is_not_cut_where_a_snapshot_is_beyond_it(world: World) -> None:
    played(world, 5, (6,))
    data = rewrite(world, lambda lines: [*lines[:4], b'{"seq":5'])
    ledger = world.open()
    assert ledger.read_only is not None
    assert world.log.read_bytes() == data


@pytest.mark.parametrize("log_is", ["missing", "empty", "torn", "zeros"])
def test_where_only_a_snapshot_is_left_its_state_can_be_read(world: World, log_is: str) -> None:
    state = played(world, 5, (6,))
    if log_is == "missing":
        world.log.unlink()
    else:
        world.log.write_bytes({"empty": b"", "torn": b'{"seq":1', "zeros": bytes(500)}[log_is])
    ledger = world.open()
    assert state_of(ledger) == state
    assert isinstance(ledger.read_only, Damaged)
    assert "the log ends with event 0" in ledger.read_only.message
    assert world.document(KARA).exists()


@pytest.mark.parametrize("log_is", ["missing", "empty", "torn", "no folder"])
def test_where_there_is_no_event_and_no_snapshot_there_is_nothing_to_open(world: World, log_is: str) -> None:
    played(world)
    if log_is == "no folder":
        shutil.rmtree(world.folder)
    elif log_is == "missing":
        world.log.unlink()
    else:
        world.log.write_bytes({"empty": b"", "torn": b'{"seq":1'}[log_is])
    for writing in (True, False):
        with pytest.raises(Damaged, match="there is no event in the log") as caught:
            world.open(writing=writing)
        assert caught.value.hint


def test_a_bad_first_line_with_others_behind_it_is_damage(world: World) -> None:
    played(world)
    data = rewrite(world, lambda lines: [b"x" + lines[0], *lines[1:]])
    with pytest.raises(Damaged, match="the log is damaged in its first line"):
        world.open()
    assert world.log.read_bytes() == data


# Corruption in the middle


def flip(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[3].replace(b"turn", b"torn", 1), *lines[4:]]


def drop(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], *lines[4:]]


def swap(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def double(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[2], *lines[3:]]


def zero(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], bytes(len(lines[3]) - 1) + b"\n", *lines[4:]]


def join(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[3][:-1], *lines[4:]]


def double_the_last(lines: list[bytes]) -> list[bytes]:
    return [*lines, lines[-1]]


@pytest.mark.parametrize("damage", [flip, drop, swap, double, zero, join])
@pytest.mark.parametrize("writing", [True, False])
def test_damage_in_the_middle_opens_read_only_at_the_last_good_state_and_drops_no_byte(
    world: World, damage: Any, writing: bool
) -> None:
    played(world, 8)
    data = rewrite(world, damage)
    documents = {path: path.read_bytes() for path in world.folder.rglob("*.json")}
    ledger = world.open(writing=writing)
    assert (ledger.head.seq, ledger.tree(KARA)["hp"]) == (3, 1)
    assert isinstance(ledger.read_only, Damaged)
    assert "the log is damaged after event 3" in ledger.read_only.message
    with pytest.raises(Damaged):
        hit(ledger, 50)
    assert ledger.close() == []
    assert world.log.read_bytes() == data
    assert {path: path.read_bytes() for path in world.folder.rglob("*.json")} == documents
    assert world.recovered == []


def test_damage_is_named_before_a_snapshot_that_is_beyond_the_log(world: World) -> None:
    played(world, 8, (9,))
    rewrite(world, lambda lines: flip(lines)[:6])
    ledger = world.open()
    assert ledger.read_only is not None
    assert "the log is damaged after event 3" in ledger.read_only.message
    assert ledger.head.seq == 3


def test_the_last_line_twice_is_damage(world: World) -> None:
    played(world, 3)
    data = rewrite(world, double_the_last)
    ledger = world.open()
    assert ledger.head.seq == 4
    assert ledger.read_only is not None
    assert world.log.read_bytes() == data


@pytest.mark.parametrize("damage", [flip, drop, swap, double, zero, join])
def test_damage_before_a_snapshot_does_not_end_the_game(world: World, damage: Any) -> None:
    state = played(world, 8, (6,))
    data = rewrite(world, damage)
    ledger = world.open()
    assert state_of(ledger) == state
    assert ledger.read_only is None
    hit(ledger, 50)
    assert world.log.read_bytes().startswith(data)
    assert world.open(writing=False).tree(KARA)["hp"] == 50


@pytest.mark.parametrize("damage", [flip, drop, zero])
def test_a_document_of_a_damaged_past_is_set_aside_where_the_ledger_can_be_written(world: World, damage: Any) -> None:
    played(world, 2)
    old = world.document(KARA).read_bytes()
    ledger = world.open()
    for hp in range(20, 26):
        hit(ledger, hp)
    ledger.write_snapshot()
    ledger.close()
    rewrite(world, damage)
    world.document(KARA).write_bytes(old)
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 25
    ledger.close()
    assert world.read(KARA)["hp"] == 25


def test_a_document_of_a_damaged_past_is_left_alone_where_the_ledger_can_only_be_read(world: World) -> None:
    played(world, 8)
    rewrite(world, flip)
    world.edit(KARA, hp=77, revision="4-00000000")
    before = world.document(KARA).read_bytes()
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 1
    assert world.document(KARA).read_bytes() == before


# What a log may say


@pytest.mark.parametrize(
    "changes",
    [
        {"../../evil": [{"op": "add", "path": "", "value": {}}]},
        {"/evil": [{"op": "add", "path": "", "value": {}}]},
        {"a/../../evil": [{"op": "add", "path": "", "value": {}}]},
        {"Evil": [{"op": "add", "path": "", "value": {}}]},
        {"": [{"op": "add", "path": "", "value": {}}]},
        {KARA: [{"op": "replace", "path": "", "value": 5}]},
        {KARA: [{"op": "replace", "path": "/nothing", "value": 5}]},
        {KARA: [{"op": "replace", "path": "/hp", "value": 5}], "Evil": [{"op": "add", "path": "", "value": {}}]},
        {KARA: [{"op": "replace", "path": "/hp", "value": 5}], DATA: [{"op": "replace", "path": "", "value": []}]},
    ],
)
def test_a_change_that_cannot_be_is_damage_and_changes_nothing(world: World, changes: Any) -> None:
    state = played(world)
    append(world, changes=changes)
    ledger = world.open()
    assert state_of(ledger) == state
    assert isinstance(ledger.read_only, Damaged)
    ledger.close()
    assert not list(world.root.parent.rglob("*evil*"))


@pytest.mark.parametrize("rows", [5, "x", [1], [{}], [{"id": 5}]])
def test_rows_of_a_view_that_are_none_are_damage(world: World, rows: Any) -> None:
    state = played(world)
    append(world, data={"messages": rows})
    ledger = world.open()
    assert state_of(ledger) == state
    assert isinstance(ledger.read_only, Damaged)


def test_an_event_may_take_away_what_it_brought_or_what_is_not_there(world: World) -> None:
    state = played(world)
    nothing = [{"op": "add", "path": "", "value": {}}, {"op": "remove", "path": ""}]
    append(world, changes={"documents/a": nothing, "documents/b": []})
    ledger = world.open()
    assert ledger.read_only is None
    assert ledger.state.trees == state[3]


@pytest.mark.parametrize("version", [2, "2", None, 1.5])
def test_a_log_of_another_format_may_only_be_read(world: World, version: Any) -> None:
    world.create()
    (event,) = world.events()
    world.log.write_bytes(log.encode_event(replace(event, data={"format": version}))[0])
    ledger = world.open()
    assert isinstance(ledger.read_only, NewerFormat)
    assert ledger.tree(KARA)["hp"] == 10
    with pytest.raises(NewerFormat):
        hit(ledger, 50)


def test_folding_refuses_what_does_not_follow() -> None:
    state = State()
    event = Event(1, "2026-11-21T10:00:00Z", "created", 0, hash="a" * 32)
    state.fold(event, 10, {})
    for wrong in (event, replace(event, seq=2), replace(event, seq=3, prev="a" * 32), replace(event, seq=2, prev="b")):
        with pytest.raises(PatchError, match="it does not follow"):
            state.fold(wrong, 20, {})
    state.fold(replace(event, seq=2, prev="a" * 32), 20, {})
    assert state.head is not None
    assert (state.head.seq, state.head.offset, state.head.played) == (2, 20, None)


def test_the_time_of_the_last_turn_is_known(world: World) -> None:
    ledger = world.created()
    assert ledger.head.played is None
    at = hit(ledger, 5).at
    ledger.commit("message", {}, data={"messages": [{"id": "m"}]})
    assert ledger.head.played == at
    assert world.open(writing=False).head.played == at


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_log_that_an_editor_saved_is_read_and_written_as_utf_8_again(
    world: World, encoding: str, newline: str
) -> None:
    state = played(world, 5, (3, 6))
    saved = world.log.read_text("utf-8").replace("\n", newline).encode(encoding)
    world.log.write_bytes(saved)
    reading = world.open(writing=False)
    assert state_of(reading) == state
    assert [event.seq for event in reading.events()] == [1, 2, 3, 4, 5, 6]
    assert world.log.read_bytes() == saved
    ledger = world.open()
    assert state_of(ledger) == state
    assert codes(ledger.problems) == []
    assert world.kept == {"log.jsonl": saved}
    hit(ledger, 50)
    ledger.close()
    assert [event.seq for event in world.events()] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("snapshot_at", [(), (4,), (6,)])
def test_a_log_with_the_newlines_of_windows_goes_on(world: World, snapshot_at: tuple[int, ...]) -> None:
    state = played(world, 5, snapshot_at)
    rewrite(world, lambda lines: [line.replace(b"\n", b"\r\n") for line in lines])
    ledger = world.open()
    assert state_of(ledger) == state
    assert codes(ledger.problems) == []
    hit(ledger, 50)
    ledger.close()
    assert len(world.events()) == 7
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 50
    hit(ledger, 51)
    ledger.write_snapshot()
    ledger.close()
    ledger = world.open()
    assert ledger.replayed == 0
    assert len(world.events()) == 8


def test_a_log_that_is_no_text_is_damaged(world: World) -> None:
    played(world)
    world.log.write_bytes(b"\xef\xbb\xbf\xff")
    with pytest.raises(Damaged, match="are not UTF-8 text"):
        world.open()


# The history


def test_the_history_is_read_from_the_first_event_on(world: World) -> None:
    played(world, 3, (3,))
    chain = Chain(world.folder, world.contract)
    assert [event.seq for event in chain.events()] == [1, 2, 3, 4]
    assert list(chain.offsets()) == [event.hash for event in world.events()]
    assert list(chain.offsets().values())[-1] == world.log.stat().st_size


def test_a_history_with_damage_in_the_middle_is_told_with_its_line(world: World) -> None:
    played(world, 8)
    rewrite(world, flip)
    history = Chain(world.folder, world.contract).events()
    assert [next(history).seq for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Damaged) as caught:
        next(history)
    assert caught.value.line == 4


def test_a_log_that_is_not_there_has_no_history(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "nowhere", world.contract)
    assert list(chain.events()) == []
    assert chain.offsets() == {}
    assert not chain.ends_line(10, "0" * 32)


@pytest.mark.parametrize("snapshot_at", [(), (3,), (3, 5)])
def test_a_document_is_known_as_it_was_at_any_revision(world: World, snapshot_at: tuple[int, ...]) -> None:
    played(world, 6, snapshot_at)
    chain = Chain(world.folder, world.contract)
    for event in world.events()[1:]:
        assert chain.tree_at(KARA, event.revision)["hp"] == event.seq - 2
    first = world.events()[0]
    assert chain.tree_at(DATA, first.revision)["title"] == "x"


@pytest.mark.parametrize("revision", ["4-00000000", "99-00000000", "0-00000000", "x", "", "-1-0", "9" * 5000 + "-0"])
def test_a_revision_that_is_not_in_the_history_is_not_found(world: World, revision: str) -> None:
    played(world, 6, (3,))
    with pytest.raises(NotFound):
        Chain(world.folder, world.contract).tree_at(KARA, revision)


def test_a_revision_of_another_document_is_not_found(world: World) -> None:
    played(world, 6, (3,))
    chain = Chain(world.folder, world.contract)
    with pytest.raises(NotFound):
        chain.tree_at(DATA, world.events()[3].revision)
    with pytest.raises(NotFound):
        chain.tree_at("documents/none", world.events()[3].revision)


def test_a_revision_is_found_though_the_snapshot_before_it_is_damaged(world: World, faulty: Faulty) -> None:
    played(world, 6, (3, 5))
    chain = Chain(world.folder, world.contract)
    faulty.fail("read", world.snapshots[1].name)
    world.snapshots[0].write_bytes(b"{")
    assert chain.tree_at(KARA, world.events()[5].revision)["hp"] == 4


def test_a_log_that_cannot_be_read_is_told(world: World, faulty: Faulty) -> None:
    played(world)
    faulty.fail("read", "log.jsonl")
    with pytest.raises(FileProblem):
        world.open()


def test_canonical_documents_have_neither_revision_nor_what_follows_from_the_log(world: World) -> None:
    played(world)
    chain = Chain(world.folder, world.contract)
    tree = jsontext.parse(world.document(DATA).read_bytes(), "data.json")
    assert (tree["turns"], "revision" in tree) == (5, True)
    assert chain.canonical(DATA, tree) == {"schema_version": 1, "title": "x", "turns": 0}
    assert json.loads(world.document(DATA).read_bytes()) == tree


def test_a_number_names_one_event_whatever_others_say_and_however_their_hashes_begin(world: World) -> None:
    ledger = world.created()
    for number in range(100):
        ledger.commit("turn", {}, data={"odd": {"seq": 1, "n": number}})
    ledger.close()
    assert [event.seq for event in Chain(world.folder, world.contract).named(1)] == [1]
