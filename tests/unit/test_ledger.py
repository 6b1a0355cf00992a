"""A ledger: commits that are there or not, documents that follow, edits that are merged, and the end."""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk import files, opening
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger, Surroundings
from gamesaves.disk.log import Event
from gamesaves.disk.state import Fault
from gamesaves.disk.worker import Worker
from gamesaves.disk.writeback import WriteBack
from gamesaves.errors import (
    AlreadyExists,
    Closed,
    Damaged,
    Diverged,
    FlushFailed,
    InvalidDocument,
    InvalidValue,
    NewerFormat,
    NoSpace,
    NotFound,
    ReadOnly,
    SavesError,
)
from tests.unit.ledgers import DATA, KARA, MAP, Plain, World, codes, hit
from tests.unit.systems import Faulty
from tests.unit.test_files import HeldOpen, Timeless

ZOMBIE = "characters/npc:zombie"


def trees(ledger: Ledger) -> dict[str, Tree]:
    return ledger.state.trees


def reopened(world: World) -> Ledger:
    """Open it anew, as after a crash, from the log alone."""
    world.kill()
    for path in (world.folder / "characters", world.folder / "snapshots"):
        shutil.rmtree(path, ignore_errors=True)
    return world.open(writing=False)


# Making


def test_a_new_ledger_has_its_first_event_and_its_documents(world: World) -> None:
    world.create()
    (event,) = world.events()
    assert (event.seq, event.kind, event.turn, event.prev) == (1, "created", 0, None)
    assert event.data == {"format": 1}
    assert world.read(KARA) == {"schema_version": 1, "revision": event.revision, "name": "Kara", "hp": 10}
    assert world.read(DATA) == {"schema_version": 1, "revision": event.revision, "title": "x", "turns": 0}
    ledger = world.open()
    assert (ledger.problems, ledger.replayed, ledger.read_only) == ([], 1, None)


def test_the_folders_above_a_new_ledger_are_made(world: World) -> None:
    world.name = "universes/one/two"
    assert trees(world.created()).keys() == {DATA, KARA}


def test_where_something_is_nothing_is_made(world: World) -> None:
    world.folder.mkdir(parents=True)
    with pytest.raises(AlreadyExists) as caught:
        world.create()
    assert caught.value.path == str(world.folder)
    assert list(world.folder.iterdir()) == []


@pytest.mark.parametrize("call", ["mkdir", "write", "flush", "replace", "flush_folder"])
def test_a_ledger_that_cannot_be_made_is_not_there_and_can_be_made_later(
    world: World, faulty: Faulty, call: str
) -> None:
    faulty.fail(call, error=errno.ENOSPC)
    with pytest.raises(NoSpace):
        world.create()
    faulty.mend()
    if not world.folder.exists():
        world.clock.seconds = 0
        world.create()
    assert trees(world.open()).keys() == {DATA, KARA}


@pytest.mark.parametrize("value", ["\ud800", 2**64, float("inf"), [[[{}]]] * 2, {1: 2}], ids=range(5))
def test_what_could_not_be_read_again_makes_no_ledger(world: World, value: Any) -> None:
    for _ in range(62 if isinstance(value, list) else 0):
        value = [value]
    with pytest.raises(InvalidDocument):
        world.create({DATA: {"title": value}})
    assert not world.root.exists()


@pytest.mark.parametrize("key", ["../evil", "Evil", ""])
def test_a_document_that_no_file_can_stand_for_makes_no_ledger(world: World, key: str) -> None:
    with pytest.raises(ValueError, match="is no document"):
        world.create({DATA: {}, key: {}})
    assert not world.root.exists()


# Committing


def test_a_commit_is_one_line_and_then_the_documents(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 9)
    world.jobs.run()
    faulty.calls.clear()
    event = hit(ledger, 8)
    assert (event.seq, event.kind, event.turn) == (3, "turn", 2)
    assert event.changes == {KARA: [{"op": "replace", "path": "/hp", "value": 8}]}
    assert faulty.count("write", "log.jsonl") == faulty.count("flush_data", "log.jsonl") == 1
    assert faulty.count("replace") == 0
    world.jobs.run()
    assert faulty.count("replace") == 1
    assert faulty.count("flush_data") == 1
    assert faulty.count("flush") == 0
    assert world.read(KARA)["revision"] == event.revision


def test_what_an_event_says_is_in_its_line(world: World) -> None:
    ledger = world.created()
    event = ledger.commit("message", {}, session="s1", note="hello", data={"a": [1]})
    assert world.events()[-1] == event
    assert (event.session, event.note, event.data, event.turn, event.changes) == ("s1", "hello", {"a": [1]}, 0, {})
    assert ledger.head.hash == event.hash
    assert [one.seq for one in ledger.events()] == [1, 2]
    assert [one.seq for one in ledger.newest(1)] == [2]


def test_several_documents_change_together(world: World) -> None:
    ledger = world.created()
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 5}, DATA: {"title": "y"}, ZOMBIE: {"hp": 1}})
    assert trees(reopened(world)) == trees(ledger)
    assert ledger.keys("characters/") == [KARA, ZOMBIE]
    assert set(ledger.keys()) == {DATA, KARA, ZOMBIE}


@pytest.mark.parametrize("call", ["write", "flush_data"])
@pytest.mark.parametrize("part", [0, 1, 40])
def test_of_a_commit_that_fails_all_documents_change_or_none(
    world: World, faulty: Faulty, call: str, part: int
) -> None:
    ledger = world.created()
    before = dict(trees(ledger))
    faulty.largest_write = 1
    faulty.fail(call, "log.jsonl", skip=part if call == "write" else 0)
    with pytest.raises(SavesError):
        ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 5}, DATA: {"title": "y"}})
    assert trees(ledger) == before
    world.jobs.run()
    assert (world.read(KARA)["hp"], world.read(DATA)["title"]) == (10, "x")
    faulty.mend()
    after = reopened(world)
    assert (after.tree(KARA)["hp"], after.tree(DATA)["title"]) in ((10, "x"), (5, "y"))


def test_a_document_is_removed_with_its_file_and_may_come_again(world: World) -> None:
    ledger = world.created()
    ledger.commit("turn", {KARA: None})
    with pytest.raises(NotFound):
        ledger.tree(KARA)
    world.jobs.run()
    assert not world.document(KARA).exists()
    ledger.commit("turn", {KARA: {"hp": 1}})
    ledger.flush()
    assert world.read(KARA)["hp"] == 1


def test_removing_what_is_not_there_changes_nothing(world: World) -> None:
    assert world.created().commit("turn", {ZOMBIE: None}).changes == {}


def test_a_document_that_is_the_same_is_no_change(world: World) -> None:
    ledger = world.created()
    event = ledger.commit("turn", {KARA: dict(reversed(ledger.tree(KARA).items())), DATA: ledger.tree(DATA)})
    assert event.changes == {}


def test_types_are_kept_apart_and_survive(world: World) -> None:
    world.create({DATA: {"a": True, "b": 1, "c": 1.0}})
    ledger = world.open()
    event = ledger.commit("turn", {DATA: {**ledger.tree(DATA), "a": 1, "b": 1.0, "c": True}})
    assert [one["path"] for one in event.changes[DATA]] == ["/a", "/b", "/c"]
    ledger.close()
    tree = world.open().tree(DATA)
    assert [type(tree[name]) for name in "abc"] == [int, float, bool]


def test_a_new_document_without_a_version_gets_one_and_is_left_alone_from_then_on(world: World) -> None:
    ledger = world.created()
    ledger.commit("turn", {ZOMBIE: {"hp": 1}})
    ledger.commit("turn", {ZOMBIE: {"hp": 2}})
    ledger.close()
    world.document(ZOMBIE).write_text(json.dumps(world.read(ZOMBIE)))
    ledger = world.open()
    assert ledger.problems == []
    assert len(world.events()) == 3
    assert ledger.tree(ZOMBIE) == {"schema_version": 1, "hp": 2}


def test_what_follows_from_the_log_is_shown_and_not_committed(world: World) -> None:
    ledger = world.created()
    hit(ledger, 5)
    assert ledger.tree(DATA)["turns"] == 1
    event = ledger.commit("turn", {DATA: {**ledger.tree(DATA), "turns": 99}})
    assert event.changes == {}
    world.jobs.run()
    assert world.read(DATA)["turns"] == 0
    ledger.close()
    assert world.read(DATA)["turns"] == 1


def deep(levels: int) -> Tree:
    tree: Tree = {}
    for _ in range(levels - 1):
        tree = {"a": tree}
    return tree


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (deep(65), "nested deeper than 64 levels"),
        (deep(300), "nested deeper than 64 levels"),
        ({"a": 2**63}, "64 are the most"),
        ({"a": float("nan")}, "no number"),
        ({"a": "\ud800"}, "cannot be written as JSON"),
        ({"a": {1: 2}}, "keys of an object are strings"),
        ({"a": b"x"}, "bytes has no place"),
    ],
    ids=range(7),
)
def test_what_could_not_be_read_again_is_not_committed(world: World, tree: Tree, message: str) -> None:
    ledger = world.created()
    for documents in ({MAP: tree}, {KARA: {**ledger.tree(KARA), **tree}}):
        with pytest.raises(InvalidDocument, match=message):
            ledger.commit("turn", documents)
    with pytest.raises(InvalidDocument, match=message):
        ledger.commit("turn", {}, data=tree)
    assert len(world.events()) == 1
    ledger.commit("turn", {MAP: deep(64)})
    ledger.close()
    assert world.open().tree(MAP)["a"]


@pytest.mark.parametrize("key", ["../evil", "Evil", "", "a//b"])
def test_a_document_that_no_file_can_stand_for_is_not_committed(world: World, key: str) -> None:
    ledger = world.created()
    with pytest.raises(ValueError, match="is no document"):
        ledger.commit("turn", {key: {}})
    assert len(world.events()) == 1


def test_a_commit_that_was_prepared_before_another_is_refused(world: World) -> None:
    ledger = world.created()
    early = ledger.prepare("turn", {KARA: {**ledger.tree(KARA), "hp": 5}})
    late = ledger.prepare("turn", {KARA: {**ledger.tree(KARA), "hp": 6}})
    ledger.write(late)
    with pytest.raises(InvalidValue):
        ledger.write(early)
    hit(ledger, 7)
    assert [event.seq for event in world.events()] == [1, 2, 3]


def test_nothing_is_acknowledged_before_it_is_durable(world: World, faulty: Faulty) -> None:
    told: list[tuple[str, Event]] = []
    world.create()
    around = world.around
    around = Surroundings(around.places, around.clock, around.later, lambda name, event: told.append((name, event)))
    ledger = opening.open_ledger(world.folder, world.contract, around, writing=True)
    world.opened.append(ledger)
    faulty.fail("write", "log.jsonl", errno.ENOSPC, times=1)
    with pytest.raises(NoSpace):
        hit(ledger, 5)
    assert told == []
    event = hit(ledger, 6)
    assert told == [("campaign_x_1", event)]


# Disks that fail


@pytest.mark.parametrize("written", [0, 1, 100])
def test_a_full_disk_is_cut_back_and_the_next_commit_works(world: World, faulty: Faulty, written: int) -> None:
    ledger = world.created()
    data = world.log.read_bytes()
    faulty.largest_write = 1
    faulty.fail("write", "log.jsonl", errno.ENOSPC, skip=written, times=1)
    with pytest.raises(NoSpace, match="the disk is full"):
        hit(ledger, 5)
    assert world.log.read_bytes() == data
    assert (ledger.head.seq, ledger.tree(KARA)["hp"], ledger.read_only) == (1, 10, None)
    hit(ledger, 6)
    assert [event.seq for event in world.events()] == [1, 2]
    assert reopened(world).tree(KARA)["hp"] == 6


def test_a_disk_that_takes_a_little_at_a_time_takes_everything(world: World, faulty: Faulty) -> None:
    faulty.largest_write = 7
    ledger = world.created()
    hit(ledger, 5)
    ledger.write_snapshot()
    ledger.close()
    assert world.open().replayed == 0


def test_after_a_flush_that_failed_nothing_is_written_until_it_is_opened_anew(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    faulty.fail("flush_data", times=1)
    with pytest.raises(FlushFailed):
        hit(ledger, 5)
    assert isinstance(ledger.read_only, FlushFailed)
    size = world.log.stat().st_size
    with pytest.raises(FlushFailed):
        hit(ledger, 6)
    assert ledger.tree(KARA)["hp"] == 10
    assert ledger.close() == []
    assert world.log.stat().st_size == size
    assert world.read(KARA)["hp"] == 10
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 5
    hit(ledger, 7)
    assert len(world.events()) == 3


def test_a_document_that_cannot_be_replaced_now_is_replaced_later_and_the_commit_stands(
    world: World, faulty: Faulty
) -> None:
    ledger = world.created()
    faulty.fail("replace", "pc.kara.json", errno.EACCES)
    hit(ledger, 5)
    ledger.flush()
    assert world.read(KARA)["hp"] == 10
    hit(ledger, 6)
    faulty.mend()
    ledger.flush()
    assert world.read(KARA)["hp"] == 6
    assert ledger.close() == []


def test_a_document_that_could_not_be_replaced_is_told_at_the_end_and_written_at_the_next_opening(
    world: World, faulty: Faulty
) -> None:
    ledger = world.created()
    faulty.fail("replace", "pc.kara.json", errno.EACCES)
    hit(ledger, 5)
    (problem,) = ledger.close()
    assert (problem.severity, problem.code, problem.path) == ("warning", "io_error", str(world.document(KARA)))
    faulty.mend()
    world.open().close()
    assert world.read(KARA)["hp"] == 5


def test_a_document_that_cannot_be_removed_is_removed_at_the_next_opening(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    faulty.fail("unlink", "pc.kara.json", errno.EACCES)
    ledger.commit("turn", {KARA: None})
    assert codes(ledger.close()) == ["io_error"]
    faulty.mend()
    world.open().close()
    assert not world.document(KARA).exists()


def test_a_folder_that_somebody_removed_is_made_again(world: World) -> None:
    ledger = world.created()
    hit(ledger, 5)
    world.jobs.run()
    shutil.rmtree(world.folder / "characters")
    hit(ledger, 6)
    ledger.flush()
    assert world.read(KARA)["hp"] == 6


def test_a_commit_during_the_replacing_of_documents_is_not_missed(world: World, faulty: Faulty) -> None:
    ledger = world.created()

    def commit(call: str, _path: str) -> None:
        if call == "replace":
            faulty.before = None
            ledger.commit("turn", {key: {**ledger.tree(key), "n": 2} for key in (DATA, KARA)})

    for key in (DATA, KARA):
        ledger.commit("turn", {key: {**ledger.tree(key), "n": 1}})
    faulty.before = commit
    world.jobs.run()
    assert [world.read(key)["n"] for key in (DATA, KARA)] == [2, 2]


def test_a_document_is_encoded_again_only_where_something_changed(world: World) -> None:
    state = world.created().state
    documents = WriteBack(world.folder, world.contract, world.around.places)
    for key in (DATA, KARA):
        assert documents.encoded(key, state) is documents.encoded(key, state)
    before = [documents.encoded(key, state) for key in (DATA, KARA)]
    assert state.head is not None
    changed = [
        (DATA, replace(state, head=replace(state.head, turn=5)), b'"turns": 5'),
        (KARA, replace(state, revisions={KARA: "7-0123abcd"}), b'"7-0123abcd"'),
        (KARA, replace(state, trees={KARA: {**state.trees[KARA], "hp": 3}}), b'"hp": 3'),
    ]
    for key, other, text in changed:
        assert text in documents.encoded(key, other)
    assert [documents.encoded(key, state) for key in (DATA, KARA)] == before


def test_many_commits_replace_each_document_once(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    for hp in range(20):
        hit(ledger, hp)
    world.jobs.run()
    assert faulty.count("replace", "pc.kara.json") == 1 + 1  # when it was made, and now
    assert world.read(KARA)["hp"] == 19


# Another log in the place of ours


def replaced(world: World) -> bytes:
    """Do as a synchroniser does: rename another copy of the log into place."""
    other = world.log.with_name("other")
    other.write_bytes(b"".join(world.lines()[:2]))
    os.replace(other, world.log)
    return world.log.read_bytes()


def test_a_log_that_was_replaced_is_noticed_and_our_lines_are_kept(world: World) -> None:
    ledger = world.created()
    for hp in (8, 7, 6):
        hit(ledger, hp)
    lines = world.lines()
    theirs = replaced(world)
    with pytest.raises(Diverged):
        hit(ledger, 5)
    assert isinstance(ledger.read_only, Diverged)
    assert ledger.tree(KARA)["hp"] == 6
    assert world.log.read_bytes() == theirs
    (branch,) = world.branches
    assert branch.name == f"{ledger.head.hash}.jsonl"
    assert branch.read_bytes() == b"".join(lines[2:])
    with pytest.raises(Diverged):
        hit(ledger, 4)
    assert ledger.close() == []
    assert world.log.read_bytes() == theirs


def test_after_a_replaced_log_the_documents_of_the_other_copy_are_left_alone(world: World) -> None:
    ledger = world.created()
    hit(ledger, 8)
    replaced(world)
    before = world.document(KARA).read_bytes()
    with pytest.raises(Diverged):
        hit(ledger, 5)
    world.jobs.run()
    ledger.close()
    assert world.document(KARA).read_bytes() == before
    assert not world.snapshots


def test_where_the_other_log_has_all_our_lines_there_is_no_branch(world: World) -> None:
    ledger = world.created()
    hit(ledger, 8)
    shutil.copy(world.log, world.root / "copy")
    os.replace(world.root / "copy", world.log)
    with pytest.raises(Diverged):
        hit(ledger, 5)
    assert world.branches == []


def test_a_log_that_was_taken_away_leaves_our_lines_as_a_branch(world: World) -> None:
    ledger = world.created()
    hit(ledger, 8)
    lines = world.lines()
    world.log.unlink()
    with pytest.raises(Diverged):
        hit(ledger, 5)
    assert world.branches[0].read_bytes() == b"".join(lines)


def test_a_branch_that_cannot_be_kept_is_told_and_the_divergence_as_well(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 8)
    world.log.unlink()
    faulty.fail("write", "branches", errno.ENOSPC)
    with pytest.raises(Diverged):
        hit(ledger, 5)
    assert codes(ledger.problems) == ["no_space"]


def test_a_log_that_somebody_wrote_into_is_noticed(world: World) -> None:
    ledger = world.created()
    hit(ledger, 8)
    stale = world.lines()[0]
    world.log.write_bytes(stale)
    with pytest.raises(Diverged):
        hit(ledger, 5)
    assert world.log.read_bytes() == stale


# Edits while the game runs


def test_an_edit_while_the_game_runs_is_merged_with_the_next_commit(world: World) -> None:
    ledger = world.created()
    hit(ledger, 9)
    world.jobs.run()
    world.edit(KARA, mood="grim")
    hit(ledger, 5)
    assert [event.kind for event in world.events()] == ["created", "turn", "external_edit", "turn"]
    ledger.close()
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (5, "grim")


def test_of_a_field_that_the_turn_changes_too_the_turns_value_stands_and_the_edit_is_in_the_history(
    world: World,
) -> None:
    ledger = world.created()
    world.edit(KARA, hp=77, mood="grim")
    hit(ledger, 5)
    assert world.events()[1].changes[KARA][0]["value"] == 77
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["mood"]) == (5, "grim")
    (problem,) = ledger.problems
    assert (problem.severity, problem.code, problem.path) == ("warning", "edit_conflict", str(world.document(KARA)))
    assert problem.message.startswith("/hp was changed by the game too")


def test_an_edit_of_a_document_that_the_turn_removes_is_in_the_history(world: World) -> None:
    ledger = world.created()
    world.edit(KARA, hp=77)
    ledger.commit("turn", {KARA: None})
    assert [event.kind for event in world.events()] == ["created", "external_edit", "turn"]
    assert codes(ledger.problems) == ["edit_conflict"]
    ledger.close()
    assert not world.document(KARA).exists()


def test_an_edit_that_does_not_go_with_the_turn_does_not_spoil_it(world: World) -> None:
    ledger = world.created()
    world.edit(KARA, limit=20)
    hit(ledger, 50)
    assert world.contract.faults(KARA, ledger.tree(KARA)) == []
    assert ledger.tree(KARA)["hp"] == 50
    assert [one.message.partition(" was")[0] for one in ledger.problems] == ["the whole document"]
    assert "external_edit" in [event.kind for event in world.events()]
    ledger.close()
    assert world.open().problems == []


def test_an_edit_of_another_document_waits_until_that_is_written(world: World) -> None:
    ledger = world.created()
    world.edit(DATA, title="edited")
    hit(ledger, 5)
    assert ledger.tree(DATA)["title"] == "x"
    ledger.commit("turn", {DATA: {**ledger.tree(DATA), "n": 1}})
    assert ledger.tree(DATA)["title"] == "edited"


def test_an_edit_that_no_commit_met_is_taken_in_at_the_end(world: World) -> None:
    ledger = world.created()
    world.edit(KARA, mood="grim")
    assert ledger.close() == []
    assert world.events()[-1].kind == "external_edit"
    assert world.read(KARA)["revision"] == world.events()[-1].revision


def test_edits_are_taken_in_on_request(world: World) -> None:
    ledger = world.created()
    assert not ledger.take_in_edits([KARA])
    world.edit(KARA, mood="grim")
    assert ledger.take_in_edits([KARA])
    assert ledger.tree(KARA)["mood"] == "grim"
    assert not ledger.take_in_edits([KARA])


def test_a_file_that_was_only_touched_is_no_edit(world: World) -> None:
    ledger = world.created()
    os.utime(world.document(KARA), (1, 1))
    assert not ledger.take_in_edits([KARA])
    hit(ledger, 5)
    ledger.close()
    assert [event.kind for event in world.events()] == ["created", "turn"]
    assert world.read(KARA)["hp"] == 5


def test_a_half_saved_file_is_waited_for_and_never_written_over(world: World) -> None:
    ledger = world.created()
    good = world.document(KARA).read_text()
    world.document(KARA).write_text(good[:-5])
    hit(ledger, 5)
    ledger.flush()
    assert world.document(KARA).read_text() == good[:-5]
    assert world.recovered == []
    world.document(KARA).write_text(good.replace("Kara", "Sara"))
    hit(ledger, 4)
    ledger.flush()
    assert (world.read(KARA)["hp"], world.read(KARA)["name"]) == (4, "Sara")
    assert ledger.problems == []
    assert ledger.close() == []


def test_a_file_that_stays_broken_is_kept_aside_at_the_end(world: World) -> None:
    ledger = world.created()
    world.document(KARA).write_bytes(b"{")
    hit(ledger, 5)
    assert ledger.close() == []
    assert codes(ledger.problems) == ["invalid"]
    assert world.kept == {"pc.kara.json": b"{"}
    assert world.read(KARA)["hp"] == 5


def test_a_document_that_changes_between_the_look_and_the_rename_is_not_written_over(
    world: World, faulty: Faulty
) -> None:
    ledger = world.created()
    hit(ledger, 5)

    def edit(call: str, path: str) -> None:
        if call == "write" and "pc.kara.json" in path:
            faulty.before = None
            world.edit(KARA, mood="grim")

    faulty.before = edit
    world.jobs.run()
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (10, "grim")
    assert ledger.close() == []
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (5, "grim")


def test_a_document_that_changes_right_behind_the_rename_is_not_taken_for_our_own(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 5)
    replaced: list[str] = []

    def edit(call: str, path: str) -> None:
        if replaced:
            faulty.before = None
            world.edit(KARA, mood="grim")
        elif call == "replace" and "pc.kara.json" in path:
            replaced.append(path)

    faulty.before = edit
    world.jobs.run()
    hit(ledger, 4)
    assert ledger.close() == []
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (4, "grim")


def test_a_document_that_was_removed_is_not_taken_away_where_somebody_changed_it(world: World) -> None:
    ledger = world.created()
    ledger.commit("turn", {KARA: None})
    world.edit(KARA, mood="grim")
    edited = world.document(KARA).read_bytes()
    ledger.close()
    assert world.document(KARA).read_bytes() == edited
    ledger = world.open()
    assert codes(ledger.problems) == ["edit_not_merged"]
    assert world.kept == {"pc.kara.json": edited}


def test_a_new_document_meets_one_that_somebody_made_by_hand(world: World) -> None:
    ledger = world.created()
    world.document(ZOMBIE).write_text('{"hp": 3, "mood": "hungry"}')
    ledger.commit("turn", {ZOMBIE: {"hp": 9}})
    assert [event.kind for event in world.events()] == ["created", "external_edit", "turn"]
    assert (ledger.tree(ZOMBIE)["hp"], ledger.tree(ZOMBIE)["mood"]) == (9, "hungry")


@pytest.mark.parametrize("during", ["the edit", "the turn"])
def test_an_edit_survives_a_full_disk(world: World, faulty: Faulty, during: str) -> None:
    ledger = world.created()
    world.edit(KARA, mood="grim")
    faulty.fail("write", "log.jsonl", errno.ENOSPC, skip=0 if during == "the edit" else 1, times=1)
    with pytest.raises(NoSpace):
        hit(ledger, 5)
    world.jobs.run()
    faulty.mend()
    hit(ledger, 4)
    ledger.close()
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (4, "grim")


def test_a_newer_program_that_writes_a_document_ends_the_writing(world: World) -> None:
    ledger = world.created()
    world.edit(KARA, schema_version=2)
    newer = world.document(KARA).read_bytes()
    with pytest.raises(NewerFormat):
        hit(ledger, 5)
    with pytest.raises(NewerFormat):
        ledger.commit("turn", {DATA: {"title": "y"}})
    ledger.close()
    assert world.document(KARA).read_bytes() == newer


# Snapshots


def test_a_snapshot_is_written_every_hundred_events(world: World) -> None:
    ledger = world.created()
    for hp in range(98):
        hit(ledger, hp)
    world.jobs.run()
    assert world.snapshots == []
    hit(ledger, 1)
    world.jobs.run()
    assert [path.name[:9] for path in world.snapshots] == ["000000100"]
    assert ledger.problems == []
    for hp in range(100):
        hit(ledger, hp)
    world.jobs.run()
    assert [path.name[:9] for path in world.snapshots] == ["000000100", "000000200"]


@pytest.mark.parametrize(("turns", "count"), [(18, 0), (19, 1)])
def test_a_snapshot_is_written_at_the_end_where_much_would_be_replayed(world: World, turns: int, count: int) -> None:
    ledger = world.created()
    for hp in range(turns):
        hit(ledger, hp)
    assert ledger.close() == []
    assert len(world.snapshots) == count
    assert world.open().replayed == (0 if count else turns + 1)


def test_a_snapshot_that_cannot_be_written_is_told_and_the_commit_stands(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    for hp in range(99):
        hit(ledger, hp)
    faulty.fail("write", "snapshots", errno.ENOSPC)
    world.jobs.run()
    assert [(one.severity, one.code) for one in ledger.problems] == [("warning", "no_space")]
    hit(ledger, 500)
    world.jobs.run()
    assert len(ledger.problems) == 1
    with pytest.raises(NoSpace):
        ledger.write_snapshot()
    assert ledger.tree(KARA)["hp"] == 500
    ledger.close()
    assert reopened(world).tree(KARA)["hp"] == 500


def test_a_snapshot_at_the_end_that_cannot_be_written_is_told(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    for hp in range(30):
        hit(ledger, hp)
    faulty.fail("write", "snapshots", errno.ENOSPC)
    assert codes(ledger.close()) == ["no_space"]


def test_a_snapshot_holds_the_bytes_of_the_documents(world: World) -> None:
    ledger = world.created()
    hit(ledger, 5)
    ledger.flush()
    ledger.write_snapshot()
    tree = json.loads(world.snapshots[0].read_bytes())
    assert tree["documents"][KARA] == world.read(KARA)
    assert (tree["seq"], tree["offset"]) == (2, world.log.stat().st_size)


# Versions


@pytest.fixture
def old(world: World) -> World:
    """A world with a ledger that an older program has written."""
    world.create({DATA: {"title": "x"}, KARA: {"name": "Kara", "hp": 10}})
    ledger = world.open()
    hit(ledger, 9)
    ledger.close()
    world.contract = Plain(newest=2)
    return world


def test_an_older_ledger_is_shown_as_this_program_has_it_and_looking_writes_nothing(old: World) -> None:
    before = {path: path.read_bytes() for path in old.folder.rglob("*") if path.is_file()}
    for writing in (False, True):
        ledger = old.open(writing=writing)
        assert ledger.problems == []
        assert ledger.tree(KARA) == {"schema_version": 2, "name": "Kara", "health": 9}
        ledger.close()
    after = {path: path.read_bytes() for path in old.folder.rglob("*") if path.is_file()}
    assert before == {path: data for path, data in after.items() if path in before}


def test_the_first_commit_migrates_after_a_snapshot(old: World) -> None:
    ledger = old.open()
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "health": 8}})
    assert [event.kind for event in old.events()] == ["created", "turn", "migrate", "turn"]
    assert [path.name[:9] for path in old.snapshots] == ["000000002"]
    migration = old.events()[2]
    assert migration.changes[KARA] == [
        {"op": "replace", "path": "/schema_version", "value": 2},
        {"op": "remove", "path": "/hp"},
        {"op": "add", "path": "/health", "value": 9},
    ]
    ledger.commit("turn", {DATA: {**ledger.tree(DATA), "title": "y"}})
    ledger.close()
    assert [event.kind for event in old.events()].count("migrate") == 1
    assert old.read(KARA)["health"] == 8
    assert old.open().problems == []


def test_what_a_ledger_commits_by_itself_belongs_to_the_session_that_is_active(old: World) -> None:
    ledger = old.open()
    ledger.commit("session", {DATA: {**ledger.tree(DATA), "session": "s1"}}, session="s1")
    ledger.close()
    old.edit(KARA, name="Kara Smith")
    old.open().close()
    told = [(event.kind, event.session) for event in old.events()]
    assert told[2:] == [("migrate", None), ("session", "s1"), ("external_edit", "s1")]


def test_a_migration_that_finds_no_room_is_made_later(old: World, faulty: Faulty) -> None:
    ledger = old.open()
    for place in ("snapshots", "log.jsonl"):
        faulty.fail("write", place, errno.ENOSPC, times=1)
        with pytest.raises(NoSpace):
            ledger.commit("turn", {KARA: {**ledger.tree(KARA), "health": 8}})
        assert ledger.tree(KARA)["health"] == 9
        assert len(old.events()) == 2
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "health": 8}})
    assert [event.kind for event in old.events()] == ["created", "turn", "migrate", "turn"]


@pytest.mark.parametrize("turns", [0, 3])
def test_an_edit_of_an_older_document_is_migrated_and_merged(old: World, turns: int) -> None:
    old.edit(KARA, hp=77, mood="grim")
    edited = old.document(KARA).read_bytes()
    if turns:
        old.document(KARA).unlink()
        ledger = old.open()
        for number in range(turns):
            ledger.commit("turn", {KARA: {**ledger.tree(KARA), "n": number}})
        old.kill()
        old.document(KARA).write_bytes(edited)
    reading = old.open(writing=False)
    assert (reading.tree(KARA)["health"], reading.tree(KARA)["mood"]) == (77, "grim")
    ledger = old.open()
    assert ledger.problems == []
    assert (ledger.tree(KARA)["health"], ledger.tree(KARA)["mood"]) == (77, "grim")
    kinds = [event.kind for event in old.events()]
    assert kinds == ["created", "turn", "migrate", *["turn"] * turns, "external_edit"]
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "n": 9}})
    ledger.close()
    assert (old.read(KARA)["health"], old.read(KARA)["mood"], old.read(KARA)["n"]) == (77, "grim", 9)
    assert "hp" not in old.read(KARA)


def test_a_bad_edit_of_an_older_document_is_told_with_its_place(old: World) -> None:
    old.edit(KARA, hp="many", health="many")
    ledger = old.open()
    (problem,) = ledger.problems
    assert (problem.code, problem.line) == ("invalid", 6)
    assert ledger.tree(KARA)["health"] == 9


def test_what_an_edit_of_an_older_document_may_not_leave_out_is_named_as_this_program_has_it(old: World) -> None:
    class Keeping(Plain):
        def completed(self, key: str, tree: Tree, base: Tree) -> tuple[Tree, list[Fault]]:  # noqa: ARG002
            gone = [name for name in base if name not in tree]
            return {**base, **tree}, [Fault((name,), f"`{name}` is missing") for name in gone]

    old.contract = Keeping(newest=2)
    old.edit(KARA, hp=..., mood="grim")
    ledger = old.open()
    (problem,) = ledger.problems
    assert (problem.code, problem.line, problem.column) == ("missing_key", 1, 1)
    assert "`health` is missing; its last value stays" in problem.message
    assert (ledger.tree(KARA)["health"], ledger.tree(KARA)["mood"]) == (9, "grim")


def test_a_document_of_any_version_that_needs_no_migration_causes_none(world: World) -> None:
    class Own(Plain):
        def newest_version(self, key: str) -> int:  # noqa: ARG002
            return 2**63

        def migrate(self, key: str, tree: Tree) -> Tree:  # noqa: ARG002
            return tree

    world.contract = Own()
    ledger = world.created()
    hit(ledger, 5)
    ledger.close()
    assert [event.kind for event in world.events()] == ["created", "turn"]
    assert world.snapshots == []


@pytest.mark.parametrize("writing", [True, False])
def test_a_ledger_that_a_newer_program_has_written_may_only_be_read(world: World, writing: bool) -> None:
    world.contract = Plain(newest=2)
    world.create({DATA: {"schema_version": 2}, KARA: {"schema_version": 2, "health": 9}})
    world.contract = Plain()
    before = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    ledger = world.open(writing=writing)
    assert isinstance(ledger.read_only, NewerFormat)
    assert set(codes(ledger.problems)) == {"newer_format"}
    with pytest.raises(NewerFormat):
        ledger.commit("turn", {DATA: {"title": "y"}})
    ledger.close()
    assert {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()} == before


# Opening


def test_a_torn_tail_is_not_cut_where_a_document_is_beyond_it(world: World) -> None:
    ledger = world.created()
    hit(ledger, 5)
    ledger.close()
    data = b"".join(world.lines()[:1]) + b'{"seq":2'
    world.log.write_bytes(data)
    ledger = world.open()
    assert isinstance(ledger.read_only, Damaged)
    ledger.close()
    assert world.log.read_bytes() == data


def test_whoever_reads_looks_once_where_nobody_plays(world: World, faulty: Faulty) -> None:
    world.created().close()
    faulty.calls.clear()
    world.open(writing=False)
    assert faulty.count("open", "pc.kara.json") == 1


def test_whoever_reads_while_somebody_plays_looks_again(world: World, faulty: Faulty) -> None:
    player = world.created()
    hit(player, 9)
    world.jobs.run()

    def play(call: str, path: str) -> None:
        if call == "open" and path == str(world.document(KARA)):
            faulty.before = None
            hit(player, 5)
            world.jobs.run()

    faulty.before = play
    reader = world.open(writing=False)
    assert (reader.read_only, reader.problems) == (None, [])
    assert reader.tree(KARA)["hp"] == 5


def test_a_ledger_that_cannot_be_opened_leaves_no_file_open(world: World, faulty: Faulty) -> None:
    world.created().close()
    world.edit(KARA, mood="grim")
    faulty.calls.clear()
    faulty.fail("write", "log.jsonl", errno.ENOSPC)
    with pytest.raises(NoSpace):
        world.open()
    assert faulty.count("open", "log.jsonl") == faulty.count("close", "log.jsonl")
    faulty.mend()
    assert world.open().tree(KARA)["mood"] == "grim"


def test_a_ledger_opened_for_reading_writes_nothing(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 5)
    ledger.close()
    world.document(KARA).unlink()
    faulty.calls.clear()
    ledger = world.open(writing=False)
    with pytest.raises(ReadOnly, match="for reading only"):
        hit(ledger, 5)
    ledger.flush()
    assert ledger.close() == []
    for call in ("write", "replace", "unlink", "mkdir", "truncate", "flush", "flush_data"):
        assert faulty.count(call) == 0


# The end


def test_closing_brings_everything_up_to_date_and_a_second_time_does_nothing(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 5)
    assert ledger.close() == []
    assert (world.read(KARA)["hp"], world.read(DATA)["turns"]) == (5, 1)
    faulty.calls.clear()
    assert ledger.close() == []
    assert faulty.calls == []
    with pytest.raises(Closed):
        hit(ledger, 4)


@pytest.mark.parametrize(
    ("call", "on", "code"),
    [("write", "log.jsonl", "no_space"), ("flush_data", "log.jsonl", "flush_failed"), ("write", "kara", "no_space")],
)
def test_an_edit_that_cannot_be_taken_in_at_the_end_is_told_and_is_not_lost(
    world: World, faulty: Faulty, call: str, on: str, code: str
) -> None:
    ledger = world.created()
    hit(ledger, 5)
    world.jobs.run()
    world.edit(KARA, mood="grim")
    faulty.fail(call, on, errno.ENOSPC)
    assert codes(ledger.close()) == [code]
    assert faulty.count("close", "log.jsonl") == faulty.count("open", "log.jsonl")
    faulty.mend()
    assert ledger.close() == []
    ledger = world.open()
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["mood"]) == (5, "grim")


def test_a_ledger_whose_work_fails_is_closed_all_the_same(world: World, faulty: Faulty) -> None:
    def stop(call: str, _path: str) -> None:
        if call == "replace":
            raise KeyboardInterrupt

    ledger = world.created()
    hit(ledger, 5)
    faulty.before = stop
    with pytest.raises(KeyboardInterrupt):
        ledger.close()
    faulty.before = None
    assert faulty.count("close", "log.jsonl") == faulty.count("open", "log.jsonl")
    with pytest.raises(Closed):
        hit(ledger, 4)
    assert world.open().tree(KARA)["hp"] == 5


def test_a_ledger_with_a_log_that_was_replaced_can_be_closed(world: World) -> None:
    ledger = world.created()
    hit(ledger, 8)
    world.jobs.run()
    world.edit(KARA, mood="grim")
    replaced(world)
    assert codes(ledger.close()) in (["diverged"], [])
    assert world.read(KARA)["mood"] == "grim"


def test_documents_follow_on_the_writer_thread(world: World) -> None:
    worker = Worker()
    world.create()
    around = world.around
    ledger = opening.open_ledger(
        world.folder, world.contract, Surroundings(around.places, around.clock, worker.later), writing=True
    )
    for hp in range(30):
        hit(ledger, hp)
    ledger.flush()
    assert world.read(KARA)["hp"] == 29
    hit(ledger, 5)
    assert ledger.close() == []
    worker.stop()
    assert world.read(KARA)["hp"] == 5


def test_the_surroundings_know_where_things_are_set_aside(tmp_path: Path) -> None:
    around = World(tmp_path).around
    assert around.recovered.folder == tmp_path / ".saves/host/recovered"
    assert around.recovered.store == tmp_path


def test_documents_that_others_hold_open_are_waited_for_together(world: World) -> None:
    with files.using(system := Timeless()):
        ledger = world.created()
        ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 5}, DATA: {"title": "y"}, ZOMBIE: {"hp": 1}})
        system.fail("replace", "", HeldOpen(32))
        world.jobs.run()
        assert 10 < system.monotonic() < 10.5
        system.mend()
        ledger.close()
    assert world.read(KARA)["hp"] == 5
