"""What opening makes of the document files: the table of the format, row by row."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk import files, jsontext
from gamesaves.disk.ledger import Ledger
from gamesaves.errors import Damaged, NewerFormat, Problem
from tests.unit.ledgers import DATA, KARA, MAP, Plain, World, codes, hit
from tests.unit.systems import Faulty


def settled(world: World) -> Ledger:
    """Make a ledger in which both documents have changed after the first event, and close it."""
    ledger = world.created()
    hit(ledger, 8)
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 7}, DATA: {**ledger.tree(DATA), "title": "y"}})
    ledger.close()
    return ledger


def lagging(world: World, hp: int = 5) -> None:
    """Let a crash come between the log and the document."""
    hit(world.open(), hp)
    world.kill()


def only(problems: list[Problem]) -> Problem:
    (problem,) = problems
    return problem


def test_what_is_as_the_log_says_is_left_alone(world: World, faulty: Faulty) -> None:
    settled(world)
    before = {path: files.signature(path) for path in world.folder.rglob("*") if path.is_file()}
    faulty.calls.clear()
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.close() == []
    # The counters that follow from the log are written when a ledger is closed, whether they changed or not.
    del before[world.document(DATA)]
    assert {path: files.signature(path) for path in before} == before
    assert faulty.count("flush_data") == 0
    assert len(world.events()) == 3


def test_a_document_that_another_program_formatted_is_left_alone(world: World) -> None:
    settled(world)
    text = json.dumps(dict(reversed(world.read(KARA).items())), indent=7)
    world.document(KARA).write_text(text)
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert world.document(KARA).read_text() == text
    assert len(world.events()) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_document_in_another_encoding_is_read_and_in_utf_8_when_it_is_next_written(
    world: World, encoding: str
) -> None:
    settled(world)
    text = world.document(KARA).read_text().replace("Kara", "Ægir")
    world.document(KARA).write_bytes(text.encode(encoding))
    ledger = world.open()
    assert ledger.tree(KARA)["name"] == "Ægir"
    ledger.close()
    assert jsontext.parse(world.document(KARA).read_bytes(), "")["name"] == "Ægir"
    assert b"\xc3\x86gir" in world.document(KARA).read_bytes()


def test_a_document_that_was_not_yet_replaced_when_the_process_ended_is_written(world: World) -> None:
    settled(world)
    lagging(world, 5)
    assert world.read(KARA)["hp"] == 7
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert world.read(KARA)["hp"] == 5
    assert len(world.events()) == 4


def test_a_document_that_was_not_yet_replaced_is_written_soon_after_opening(world: World) -> None:
    settled(world)
    lagging(world, 5)
    world.open()
    world.jobs.run()
    assert world.read(KARA)["hp"] == 5


def test_a_document_that_lags_many_events_behind_is_written(world: World) -> None:
    settled(world)
    before = world.document(KARA).read_bytes()
    ledger = world.open()
    for hp in range(20, 40):
        hit(ledger, hp)
    ledger.close()
    world.document(KARA).write_bytes(before)
    ledger = world.open()
    assert (ledger.problems, ledger.tree(KARA)["hp"]) == ([], 39)
    ledger.close()
    assert world.read(KARA)["hp"] == 39


@pytest.mark.parametrize("data", [b"", bytes(1), bytes(4096)])
def test_a_document_that_a_power_cut_emptied_is_written_and_noted(world: World, data: bytes) -> None:
    settled(world)
    before = world.document(KARA).read_bytes()
    world.document(KARA).write_bytes(data)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.code, problem.severity, problem.path) == ("document_empty", "note", str(world.document(KARA)))
    ledger.close()
    assert world.document(KARA).read_bytes() == before
    assert world.recovered == []


def test_a_document_that_is_gone_is_written_and_reported(world: World) -> None:
    settled(world)
    before = world.document(KARA).read_bytes()
    world.document(KARA).unlink()
    os.rmdir(world.document(KARA).parent)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.code, problem.severity, problem.path) == ("document_missing", "warning", str(world.document(KARA)))
    ledger.close()
    assert world.document(KARA).read_bytes() == before


@pytest.mark.parametrize(
    ("change", "line", "column", "message"),
    [
        ('"hp": :', 5, 9, "a value is expected here"),
        ('"hp": 7 "x": 1', 5, 10, "a comma is missing here"),
        ('"hp": "many"', 5, 9, "hp: must be a number"),
        ('"hp": 7, "limit": 5', 1, 1, "hp is over the limit"),
        ('"hp": 1e400', 5, 9, "1e400 is too large"),
        ('"hp": 7, "hp": 8', 5, 12, "the key 'hp' is there twice"),
        ('"hp": 7, "x": ' + "[" * 70 + "]" * 70, 5, 80, "nested deeper"),
    ],
    ids=range(7),
)
def test_a_bad_edit_is_kept_and_told_with_its_place_and_the_last_good_state_is_used(
    world: World, change: str, line: int, column: int, message: str
) -> None:
    settled(world)
    good = world.document(KARA).read_text()
    bad = good.replace('"hp": 7', change)
    world.document(KARA).write_text(bad)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code, problem.path) == ("error", "invalid", str(world.document(KARA)))
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message
    assert problem.hint
    assert ledger.tree(KARA)["hp"] == 7
    ledger.close()
    assert world.kept == {"pc.kara.json": bad.encode()}
    assert world.document(KARA).read_text() == good
    assert len(world.events()) == 3


def test_every_bad_edit_is_told_and_none_keeps_another_from_being_read(world: World) -> None:
    settled(world)
    world.document(KARA).write_bytes(b"{")
    world.edit(DATA, title="edited")
    ledger = world.open()
    assert codes(ledger.problems) == ["invalid"]
    assert ledger.tree(DATA)["title"] == "edited"
    assert ledger.tree(KARA)["hp"] == 7


def test_whoever_only_reads_leaves_a_bad_edit_where_it_is(world: World) -> None:
    settled(world)
    world.document(KARA).write_bytes(b"{")
    ledger = world.open(writing=False)
    assert codes(ledger.problems) == ["invalid"]
    assert ledger.tree(KARA)["hp"] == 7
    ledger.close()
    assert world.document(KARA).read_bytes() == b"{"
    assert world.recovered == []


def test_a_document_of_another_copy_is_kept_aside_and_told(world: World) -> None:
    settled(world)
    good = world.document(KARA).read_bytes()
    world.edit(KARA, hp=99, revision="2-0123abcd")
    foreign = world.document(KARA).read_bytes()
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code) == ("warning", "foreign_revision")
    assert ledger.tree(KARA)["hp"] == 7
    ledger.close()
    assert world.kept == {"pc.kara.json": foreign}
    assert world.document(KARA).read_bytes() == good


@pytest.mark.parametrize("revision", ["4-0123abcd", "999999999999999999-0123abcd"])
@pytest.mark.parametrize("writing", [True, False])
def test_a_document_beyond_the_head_makes_the_ledger_read_only(world: World, revision: str, writing: bool) -> None:
    settled(world)
    world.edit(KARA, hp=99, revision=revision)
    world.edit(DATA, title="edited")
    before = {key: world.document(key).read_bytes() for key in (KARA, DATA)}
    ledger = world.open(writing=writing)
    assert isinstance(ledger.read_only, Damaged)
    assert f"it is of event {revision.partition('-')[0]}, but the log ends with event 3" in ledger.read_only.message
    assert ledger.tree(KARA)["hp"] == 7
    with pytest.raises(Damaged):
        hit(ledger, 1)
    ledger.close()
    assert {key: world.document(key).read_bytes() for key in (KARA, DATA)} == before


@pytest.mark.parametrize("revision", ["", "x", "-", "3", "9" * 5000 + "-0123abcd", "-5-0123abcd", "３-0123abcd"])
def test_a_revision_that_is_none_belongs_to_no_copy_of_this_save(world: World, revision: str) -> None:
    settled(world)
    world.edit(KARA, hp=99, revision=revision)
    ledger = world.open()
    assert codes(ledger.problems) == ["foreign_revision"]
    assert ledger.read_only is None
    assert ledger.tree(KARA)["hp"] == 7


@pytest.mark.parametrize("revision", [..., None, 5, True, [], {}])
def test_an_edit_that_lost_the_revision_is_taken_in(world: World, revision: Any) -> None:
    settled(world)
    world.edit(KARA, hp=99, revision=revision)
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.tree(KARA)["hp"] == 99
    ledger.close()
    assert world.read(KARA)["revision"] == ledger.head.revision


def test_a_document_that_lost_only_its_revision_gets_it_back(world: World) -> None:
    settled(world)
    good = world.document(KARA).read_bytes()
    world.edit(KARA, revision=...)
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert world.document(KARA).read_bytes() == good
    assert len(world.events()) == 3


# New files


def test_a_new_document_made_by_hand_is_taken_in(world: World) -> None:
    settled(world)
    path = world.document("characters/npc:zombie")
    path.write_text('{"name": "Zombie", "hp": 3}')
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.tree("characters/npc:zombie")["hp"] == 3
    ledger.close()
    event = world.events()[-1]
    assert event.kind == "external_edit"
    assert event.data == {"documents": ["characters/npc:zombie"], "conflicts": []}
    assert list(world.read("characters/npc:zombie")) == ["schema_version", "revision", "name", "hp"]


def test_a_document_made_by_hand_is_settled_after_it_was_taken_in(world: World) -> None:
    settled(world)
    world.document("characters/npc:zombie").write_text('{"name": "Zombie", "hp": 3}')
    world.open().close()
    path = world.document("characters/npc:zombie")
    path.write_text(json.dumps(world.read("characters/npc:zombie"), indent=1))
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert len(world.events()) == 4


def test_a_document_copied_from_another_save_is_taken_in(world: World) -> None:
    settled(world)
    text = json.dumps({"schema_version": 1, "revision": "2-0123abcd", "name": "Borin", "hp": 3})
    world.document("characters/pc:borin").write_text(text)
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.tree("characters/pc:borin")["hp"] == 3


def test_a_duplicated_document_has_the_wrong_id_and_is_kept_aside(world: World) -> None:
    ledger = world.created()
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "id": "pc:kara"}})
    ledger.close()
    copy = world.document("characters/pc:kara2")
    copy.write_bytes(world.document(KARA).read_bytes())
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code, problem.path) == ("error", "wrong_id", str(copy))
    ledger.close()
    assert not copy.exists()
    assert world.kept == {"pc.kara2.json": world.document(KARA).read_bytes()}
    assert len(world.events()) == 2


def test_an_edit_that_changes_the_id_is_kept_aside(world: World) -> None:
    settled(world)
    world.edit(KARA, id="pc:sara")
    ledger = world.open()
    assert codes(ledger.problems) == ["wrong_id"]
    ledger.close()
    assert "id" not in world.read(KARA)
    assert list(world.kept) == ["pc.kara.json"]


@pytest.mark.parametrize("data", [b'{"hp": "many"}', b"{", b"[]"])
def test_a_new_document_that_is_no_good_is_kept_aside(world: World, data: bytes) -> None:
    settled(world)
    path = world.document("characters/npc:zombie")
    path.write_bytes(data)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.code, problem.path, problem.line) == ("invalid", str(path), 1)
    assert ledger.keys("characters/") == [KARA]
    ledger.close()
    assert not path.exists()
    assert world.kept == {"npc.zombie.json": data}


@pytest.mark.parametrize("data", [b"", bytes(64)])
def test_a_new_document_with_nothing_in_it_is_taken_away(world: World, data: bytes) -> None:
    settled(world)
    path = world.document("characters/npc:zombie")
    path.write_bytes(data)
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert not path.exists()
    assert len(world.events()) == 3


def test_what_is_left_of_a_removed_document_is_taken_away(world: World) -> None:
    settled(world)
    before = world.document(KARA).read_bytes()
    ledger = world.open()
    ledger.commit("turn", {KARA: None})
    ledger.close()
    assert not world.document(KARA).exists()
    world.document(KARA).write_bytes(before)
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert not world.document(KARA).exists()
    assert world.recovered == []


def test_an_edit_of_a_document_that_the_game_has_removed_is_kept_aside(world: World) -> None:
    settled(world)
    world.edit(KARA, hp=77)
    edited = world.document(KARA).read_bytes()
    world.document(KARA).rename(world.root / "mine")
    ledger = world.open()
    ledger.commit("turn", {KARA: None})
    ledger.close()
    (world.root / "mine").rename(world.document(KARA))
    ledger = world.open()
    assert codes(ledger.problems) == ["edit_not_merged"]
    assert ledger.keys() == [DATA]
    ledger.close()
    assert not world.document(KARA).exists()
    assert world.kept == {"pc.kara.json": edited}
    assert len(world.events()) == 4


# Edits


def test_an_edit_by_hand_is_in_the_history_and_the_file_is_of_its_event(world: World) -> None:
    settled(world)
    world.edit(KARA, hp=77, mood="grim")
    ledger = world.open()
    assert ledger.problems == []
    event = world.events()[-1]
    assert (event.kind, event.turn) == ("external_edit", 1)
    assert event.data == {"documents": [KARA], "conflicts": []}
    assert event.changes == {
        KARA: [{"op": "replace", "path": "/hp", "value": 77}, {"op": "add", "path": "/mood", "value": "grim"}]
    }
    ledger.close()
    assert world.read(KARA)["revision"] == event.revision


def test_edits_of_several_documents_are_one_event(world: World) -> None:
    settled(world)
    world.edit(KARA, hp=77)
    world.edit(DATA, title="edited")
    world.open()
    assert world.events()[-1].changes.keys() == {KARA, DATA}


def test_an_edit_of_what_follows_from_the_log_is_no_edit(world: World) -> None:
    settled(world)
    world.edit(DATA, turns=1_000_000)
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.tree(DATA)["turns"] == 1
    ledger.close()
    assert world.read(DATA)["turns"] == 1
    assert len(world.events()) == 3


def test_an_edit_made_before_the_game_went_on_is_merged(world: World) -> None:
    settled(world)
    world.edit(KARA, mood="grim")
    edited = world.document(KARA).read_bytes()
    world.document(KARA).unlink()
    lagging(world, 5)
    world.document(KARA).write_bytes(edited)
    ledger = world.open()
    assert ledger.problems == []
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["mood"]) == (5, "grim")


def test_a_field_that_the_game_changed_too_is_a_conflict_and_the_games_value_stands(world: World) -> None:
    settled(world)
    world.edit(KARA, hp=77, name=..., mood="grim")
    edited = world.document(KARA).read_bytes()
    world.document(KARA).unlink()
    ledger = world.open()
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 5, "name": "Sara"}})
    world.kill()
    world.document(KARA).write_bytes(edited)
    ledger = world.open()
    assert [(one.severity, one.code) for one in ledger.problems] == [("warning", "edit_conflict")] * 2
    assert "/hp was changed by the game too" in ledger.problems[1].message
    tree = ledger.tree(KARA)
    assert (tree["hp"], tree["name"], tree["mood"]) == (5, "Sara", "grim")
    assert world.events()[-1].data["conflicts"] == [
        {"document": KARA, "path": "/name", "ours": {"value": "Sara"}, "theirs": {"missing": True}},
        {"document": KARA, "path": "/hp", "ours": {"value": 5}, "theirs": {"value": 77}},
    ]
    ledger.close()
    assert world.read(KARA)["hp"] == 5
    assert world.open().problems == []


def test_an_edit_that_does_not_go_with_what_the_game_did_is_kept_aside(world: World) -> None:
    settled(world)
    world.edit(KARA, limit=10)
    edited = world.document(KARA).read_bytes()
    world.document(KARA).unlink()
    lagging(world, 50)
    world.document(KARA).write_bytes(edited)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code) == ("error", "edit_not_merged")
    assert "hp is over the limit" in problem.message
    ledger.close()
    assert world.kept == {"pc.kara.json": edited}
    assert world.read(KARA)["hp"] == 50
    assert "limit" not in world.read(KARA)


def test_an_edit_that_is_in_the_log_already_is_not_recorded_again(world: World, faulty: Faulty) -> None:
    settled(world)
    world.edit(KARA, hp=77)
    # The file cannot be replaced by what the log has, and then comes the crash.
    faulty.fail("replace", world.document(KARA).name)
    world.open()
    world.kill()
    faulty.mend()
    assert world.read(KARA)["revision"] != world.events()[-1].revision
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert [event.kind for event in world.events()] == ["created", "turn", "turn", "external_edit"]
    assert world.read(KARA)["revision"] == world.events()[-1].revision


def test_whoever_only_reads_sees_an_edit_that_is_not_in_the_log(world: World) -> None:
    settled(world)
    world.edit(KARA, hp=77)
    world.document("characters/npc:zombie").write_text('{"hp": 3}')
    before = world.log.read_bytes()
    ledger = world.open(writing=False)
    assert ledger.tree(KARA)["hp"] == 77
    assert ledger.tree("characters/npc:zombie")["hp"] == 3
    assert codes(ledger.problems) == ["edit_not_recorded"] * 2
    ledger.close()
    assert world.log.read_bytes() == before


# Names


def test_a_document_with_a_literal_colon_in_its_name_is_read_and_gets_its_portable_name(world: World) -> None:
    settled(world)
    old = world.document(KARA).with_name("pc:kara.json")
    world.document(KARA).rename(old)
    reading = world.open(writing=False)
    assert (reading.problems, reading.tree(KARA)["hp"]) == ([], 7)
    assert old.exists()
    ledger = world.open()
    assert ledger.problems == []
    assert not old.exists()
    hit(ledger, 5)
    ledger.close()
    assert world.read(KARA)["hp"] == 5


@pytest.mark.parametrize("kind", ["edited", "new", "aside", "unmerged", "lagging", "empty"])
def test_a_literal_colon_changes_nothing_about_what_a_file_is(world: World, kind: str) -> None:
    settled(world)
    key = "characters/npc:zombie" if kind == "new" else KARA
    old = world.document(key).with_name(f"{key.rpartition('/')[2]}.json")
    text = {"aside": "{", "empty": "", "new": '{"hp": 3}'}.get(kind) or world.document(KARA).read_text()
    text = text.replace('"hp": 7', {"edited": '"hp": 77', "unmerged": '"hp": 7, "limit": 10'}.get(kind, '"hp": 7'))
    if kind in ("unmerged", "lagging"):
        lagging(world, 50)
    world.document(KARA).unlink()
    old.write_text(text)
    ledger = world.open()
    hp = {"edited": 77, "new": 3, "unmerged": 50, "lagging": 50}.get(kind, 7)
    assert ledger.tree(key)["hp"] == hp
    ledger.close()
    assert not old.exists()
    assert world.read(key)["hp"] == hp
    assert list(world.kept.values()) == ([text.encode()] if kind in ("aside", "unmerged") else [])
    assert ledger.close() == []


def test_a_document_in_a_folder_with_a_literal_colon_is_read(world: World) -> None:
    world.create({DATA: {}, "documents/npc:zombie/diary": {"day": 1}})
    home = world.document("documents/npc:zombie/diary")
    old = home.parent.with_name("npc:zombie") / "diary.json"
    home.parent.rename(old.parent)
    ledger = world.open()
    assert ledger.tree("documents/npc:zombie/diary")["day"] == 1
    ledger.close()
    assert home.exists()
    assert not old.exists()


def test_of_a_document_with_both_names_the_portable_one_is_used(world: World) -> None:
    settled(world)
    old = world.document(KARA).with_name("pc:kara.json")
    old.write_text('{"name": "Old", "hp": 1}')
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code, problem.path) == ("warning", "duplicate", str(old))
    assert "pc.kara.json is there too and is the one in use" in problem.message
    assert ledger.tree(KARA)["hp"] == 7
    ledger.close()
    assert not old.exists()
    assert world.kept == {"pc:kara.json": b'{"name": "Old", "hp": 1}'}
    assert world.read(KARA)["hp"] == 7


def test_of_a_document_with_both_names_an_edit_of_the_portable_one_is_taken_in(world: World) -> None:
    settled(world)
    world.document(KARA).with_name("pc:kara.json").write_bytes(world.document(KARA).read_bytes())
    world.edit(KARA, hp=77)
    ledger = world.open()
    assert codes(ledger.problems) == ["duplicate"]
    assert ledger.tree(KARA)["hp"] == 77
    ledger.close()
    assert world.read(KARA)["hp"] == 77


def test_a_device_name_that_was_written_with_a_colon_is_a_duplicate_as_well(world: World) -> None:
    world.create({DATA: {}, "documents/con:x": {"n": 1}})
    home = world.document("documents/con:x")
    assert home.name == "con_.x.json"
    home.with_name("con:x.json").write_text('{"n": 2}')
    ledger = world.open()
    assert codes(ledger.problems) == ["duplicate"]
    assert ledger.tree("documents/con:x")["n"] == 1
    ledger.close()
    assert world.kept == {"con:x.json": b'{"n": 2}'}
    assert world.read("documents/con:x")["n"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "characters/pc.kara (1).json",
        "characters/pc.kara - Copy.json",
        "characters/pc.kara.sync-conflict-20261121-100000-ABCDEFG.json",
        "characters/pc.kara (conflicted copy 2026-11-21).json",
        "characters/Kara.json",
        "notes.json",
    ],
)
def test_a_file_that_is_no_document_by_its_name_is_left_alone_and_noted(world: World, name: str) -> None:
    settled(world)
    path = world.folder / name
    path.write_bytes(b"{")
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code, problem.path) == ("note", "foreign_file", str(path))
    ledger.close()
    assert path.read_bytes() == b"{"


@pytest.mark.parametrize(
    "name",
    [
        *(".hidden.json", "characters/.pc.kara.json.swp", "characters/pc.kara.json~", "readme.txt"),
        *("presets/x.json", "encounters/x.json", "snapshots/x.json", "branches/x.jsonl", "chat_history/x.json"),
    ],
)
def test_what_else_lies_in_the_folder_is_passed_over(world: World, name: str) -> None:
    settled(world)
    path = world.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"{")
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    assert path.read_bytes() == b"{"


def test_a_folder_of_documents_may_be_called_what_is_reserved_at_the_top(world: World) -> None:
    world.create({DATA: {}, "documents/presets/x": {"n": 1}})
    world.document("documents/presets/x").write_text('{"n": 2}')
    assert world.open().tree("documents/presets/x")["n"] == 2


def test_half_written_files_are_swept_away_by_whoever_writes(world: World) -> None:
    settled(world)
    left = [world.folder / ".log.jsonl.1-1.saves-tmp", world.folder / "characters/.pc.kara.json.1-2.saves-tmp"]
    for path in left:
        path.write_bytes(b"{")
    world.open(writing=False)
    assert all(path.exists() for path in left)
    world.open()
    assert not any(path.exists() for path in left)


# Links


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder outside the store, with something in it that nobody may read or write."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/pc.kara.json").write_text('{"name": "Kara", "hp": 666}')
    (tmp_path / "outside/secret.json").write_text('{"secret": 1}')
    return tmp_path / "outside"


def untouched(outside: Path) -> bool:
    return {path.name: path.read_text() for path in outside.iterdir()} == {
        "pc.kara.json": '{"name": "Kara", "hp": 666}',
        "secret.json": '{"secret": 1}',
    }


def test_a_document_that_is_a_link_out_of_the_store_is_not_read_and_gives_way(world: World, outside: Path) -> None:
    settled(world)
    world.document(KARA).unlink()
    world.document(KARA).symlink_to(outside / "pc.kara.json")
    ledger = world.open()
    assert codes(ledger.problems) == ["outside_store"]
    hit(ledger, 5)
    assert ledger.tree(KARA)["hp"] == 5
    assert "external_edit" not in [event.kind for event in world.events()]
    assert ledger.close() == []
    assert not world.document(KARA).is_symlink()
    assert world.read(KARA)["hp"] == 5
    assert untouched(outside)


def test_a_document_that_becomes_a_link_out_of_the_store_while_the_game_runs_is_not_read(
    world: World, outside: Path
) -> None:
    settled(world)
    ledger = world.open()
    world.document(KARA).unlink()
    world.document(KARA).symlink_to(outside / "pc.kara.json")
    hit(ledger, 5)
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "mood": "grim"}})
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["name"]) == (5, "Kara")
    assert "external_edit" not in [event.kind for event in world.events()]
    ledger.close()
    assert world.read(KARA)["hp"] == 5
    assert untouched(outside)


def test_a_folder_of_documents_that_is_a_link_out_of_the_store_is_neither_read_nor_written(
    world: World, outside: Path
) -> None:
    settled(world)
    world.document(KARA).unlink()
    world.document(KARA).parent.rmdir()
    world.document(KARA).parent.symlink_to(outside)
    ledger = world.open()
    assert codes(ledger.problems) == ["outside_store", "outside_store"]
    hit(ledger, 5)
    assert ledger.tree(KARA)["hp"] == 5
    assert codes(ledger.close()) == ["outside_store"]
    assert untouched(outside)
    world.document(KARA).parent.unlink()
    world.open().close()
    assert world.read(KARA)["hp"] == 5


@pytest.mark.parametrize("name", ["log.jsonl", "snapshots", "branches", "chat_history"])
def test_a_ledger_whose_own_files_are_links_out_of_the_store_is_not_opened(
    world: World, outside: Path, name: str
) -> None:
    settled(world)
    path = world.folder / name
    if path.exists():
        path.rename(world.root / "mine")
    path.symlink_to(outside / ("secret.json" if name == "log.jsonl" else ""))
    for writing in (True, False):
        with pytest.raises(Exception, match="outside the store"):
            world.open(writing=writing)
    assert untouched(outside)


def test_a_folder_of_documents_that_is_a_link_inside_the_store_is_not_written_over_unread(world: World) -> None:
    settled(world)
    world.document(KARA).parent.rename(world.root / "people")
    world.document(KARA).parent.symlink_to("../people")
    world.edit(KARA, mood="grim")
    ledger = world.open()
    assert ledger.problems == []
    assert ledger.tree(KARA)["mood"] == "grim"
    hit(ledger, 5)
    assert ledger.close() == []
    assert (world.read(KARA)["hp"], world.read(KARA)["mood"]) == (5, "grim")


def test_a_link_inside_the_store_is_followed(world: World) -> None:
    settled(world)
    world.document(KARA).rename(world.root / "kara.json")
    world.document(KARA).symlink_to("../../kara.json")
    ledger = world.open()
    assert (ledger.problems, ledger.tree(KARA)["hp"]) == ([], 7)
    hit(ledger, 5)
    ledger.close()
    assert world.read(KARA)["hp"] == 5
    assert not world.document(KARA).is_symlink()


def test_links_that_lead_in_circles_keep_nobody_from_playing(world: World) -> None:
    settled(world)
    (world.folder / "characters/around").symlink_to("..")
    (world.folder / "characters/pc.loop.json").symlink_to("pc.loop.json")
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 7
    assert "invalid" not in codes(ledger.problems)
    hit(ledger, 5)
    assert ledger.close() == []
    assert world.read(KARA)["hp"] == 5


# Files that cannot be read


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_a_document_that_cannot_be_read_is_told_left_alone_and_keeps_nobody_from_playing(
    world: World, faulty: Faulty, code: int
) -> None:
    settled(world)
    world.edit(KARA, mood="grim")
    edited = world.document(KARA).read_bytes()
    faulty.fail("read", "pc.kara.json", code)
    ledger = world.open()
    problem = only(ledger.problems)
    assert (problem.severity, problem.code, problem.path) == ("warning", "io_error", str(world.document(KARA)))
    hit(ledger, 5)
    hit(ledger, 4)
    world.jobs.run()
    assert world.document(KARA).read_bytes() == edited
    faulty.mend()
    hit(ledger, 3)
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["mood"]) == (3, "grim")
    ledger.close()
    assert world.read(KARA)["mood"] == "grim"


def test_a_document_that_stays_unreadable_is_told_when_the_ledger_is_closed(world: World, faulty: Faulty) -> None:
    settled(world)
    before = world.document(KARA).read_bytes()
    ledger = world.open()
    world.edit(KARA, mood="grim")
    edited = world.document(KARA).read_bytes()
    faulty.fail("read", "pc.kara.json")
    hit(ledger, 5)
    assert ledger.close() != []
    faulty.mend()
    assert edited != before
    assert world.document(KARA).read_bytes() == edited
    ledger = world.open()
    assert (ledger.tree(KARA)["hp"], ledger.tree(KARA)["mood"]) == (5, "grim")


def test_a_folder_in_the_place_of_a_document_keeps_nobody_from_playing(world: World) -> None:
    settled(world)
    world.document(KARA).unlink()
    world.document(KARA).mkdir()
    ledger = world.open()
    hit(ledger, 5)
    assert ledger.tree(KARA)["hp"] == 5
    assert ledger.close() != []
    world.document(KARA).rmdir()
    world.open().close()
    assert world.read(KARA)["hp"] == 5


def test_a_duplicate_that_cannot_be_read_keeps_nobody_from_playing(world: World, faulty: Faulty) -> None:
    settled(world)
    old = world.document(KARA).with_name("pc:kara.json")
    old.write_bytes(b"{}")
    faulty.fail("read", "pc:kara.json")
    ledger = world.open()
    assert ledger.tree(KARA)["hp"] == 7
    assert old.exists()
    assert codes(ledger.problems) == ["io_error"]


def test_a_folder_that_cannot_be_listed_keeps_nobody_from_playing(world: World, faulty: Faulty) -> None:
    settled(world)
    world.document(MAP).parent.mkdir(parents=True)
    faulty.fail("entries", "documents", errno.EACCES)
    world.edit(KARA, mood="grim")
    ledger = world.open()
    assert codes(ledger.problems) == ["io_error"]
    assert ledger.tree(KARA)["mood"] == "grim"
    assert ledger.close() == []


def test_a_document_in_a_folder_that_cannot_be_listed_is_read(world: World, faulty: Faulty) -> None:
    settled(world)
    world.edit(KARA, mood="grim")
    faulty.fail("entries", "characters", errno.EACCES)
    ledger = world.open()
    assert codes(ledger.problems) == ["io_error"]
    assert ledger.tree(KARA)["mood"] == "grim"


@pytest.mark.parametrize("kind", ["aside", "left", "moved", "moved edit", "swept"])
def test_a_file_that_cannot_be_put_right_now_is_told_and_keeps_nobody_from_playing(
    world: World, faulty: Faulty, kind: str
) -> None:
    settled(world)
    old = world.document(KARA).with_name("pc:kara.json")
    if kind == "aside":
        world.document(KARA).write_bytes(b"{")
        faulty.fail("write", "recovered", errno.ENOSPC)
    elif kind == "left":
        world.document("characters/npc:zombie").write_bytes(b"")
        faulty.fail("unlink", "npc.zombie.json", errno.EACCES)
    elif kind == "swept":
        (world.folder / "characters/.pc.kara.json.1-2.saves-tmp").write_bytes(b"{")
        faulty.fail("unlink", "saves-tmp", errno.EACCES)
    else:
        if kind == "moved edit":
            world.edit(KARA, mood="grim")
        world.document(KARA).rename(old)
        faulty.fail("replace", "pc.kara.json", errno.EACCES)
    for _ in range(2):
        ledger = world.open()
        assert ledger.read_only is None
        assert bool(ledger.problems) is (kind != "swept")
        hit(ledger, ledger.tree(KARA)["hp"] - 1)
        world.kill()
    if kind == "aside":
        assert world.document(KARA).read_bytes() == b"{"
    faulty.mend()
    ledger = world.open()
    ledger.close()
    assert world.read(KARA)["hp"] == 5
    assert world.read(KARA).get("mood") == ("grim" if kind == "moved edit" else None)
    assert world.kept == ({"pc.kara.json": b"{"} if kind == "aside" else {})
    assert world.open().problems == []


def test_a_document_that_vanishes_while_it_is_looked_at_is_written(world: World, faulty: Faulty) -> None:
    settled(world)

    def vanish(call: str, path: str) -> None:
        if call == "open" and path == str(world.document(KARA)):
            faulty.before = None
            os.unlink(path)

    faulty.before = vanish
    ledger = world.open()
    assert codes(ledger.problems) == ["document_missing"]
    ledger.close()
    assert world.read(KARA)["hp"] == 7


# Versions


@pytest.mark.parametrize("key", [KARA, MAP])
@pytest.mark.parametrize("writing", [True, False])
def test_a_document_of_a_newer_version_is_never_written_and_the_ledger_is_read_only(
    world: World, key: str, writing: bool
) -> None:
    settled(world)
    text = '{"schema_version": 2, "health": 9, "revision": "x"}'
    world.document(key).parent.mkdir(parents=True, exist_ok=True)
    world.document(key).write_text(text)
    ledger = world.open(writing=writing)
    assert isinstance(ledger.read_only, NewerFormat)
    assert "newer_format" in codes(ledger.problems)
    with pytest.raises(NewerFormat):
        hit(ledger, 1)
    ledger.close()
    assert world.document(key).read_text() == text
    assert len(world.events()) == 3


@pytest.mark.parametrize("version", ["2", None, [], 1.5])
def test_a_version_that_is_no_number_is_the_documents_own_business(world: World, version: Any) -> None:
    settled(world)
    world.edit(KARA, schema_version=version)
    ledger = world.open()
    assert ledger.problems == []
    ledger.close()
    ledger = world.open()
    assert ledger.tree(KARA)["schema_version"] == version
    hit(ledger, 5)
    ledger.close()


def test_an_edit_that_took_the_version_away_is_no_edit_of_it(world: World) -> None:
    settled(world)
    world.edit(KARA, schema_version=..., hp=77)
    ledger = world.open()
    assert ledger.tree(KARA) == {"schema_version": 1, "name": "Kara", "hp": 77}
    assert [one["path"] for one in world.events()[-1].changes[KARA]] == ["/hp"]


def test_an_edit_that_took_the_version_away_is_of_the_version_it_was(world: World) -> None:
    world.contract = Plain(newest=2)
    world.create({DATA: {"schema_version": 2}, KARA: {"schema_version": 2, "health": 9}})
    world.edit(KARA, schema_version=..., hp=5)
    ledger = world.open()
    assert ledger.tree(KARA) == {"schema_version": 2, "health": 9, "hp": 5}
    assert ledger.problems == []


def test_a_new_document_without_a_version_is_of_the_first_one(world: World) -> None:
    world.contract = Plain(newest=2)
    world.create({DATA: {"schema_version": 2}})
    world.document(KARA).parent.mkdir()
    world.document(KARA).write_text('{"hp": 3}')
    ledger = world.open()
    assert ledger.tree(KARA) == {"schema_version": 2, "health": 3}
    ledger.close()
    assert world.read(KARA)["health"] == 3
