"""What a repair brings back where the history itself has a hole, and what it says of the rest."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.errors import Locked, NotFound
from tests.integration.damage import KINDS, fill
from tests.integration.stores import KARA, Quick, Sealed, bytes_in, codes, edit, read, state_of

KARAS = "characters/pc.kara_stormwind.json"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()):
        return root, fill(root)[1]


@pytest.fixture
def folder(original: tuple[Path, str], root: Path, quick: Quick) -> Path:
    """A closed campaign of 13 turns, with one save, of which nothing is remembered outside its folder."""
    shutil.copytree(original[0], root)
    shutil.rmtree(root / ".saves")
    assert quick is not None
    return root / original[1]


def shorten(folder: Path, lines: int) -> None:
    """Let the log lose its newest lines, and the snapshots with them."""
    log = folder / "log.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-lines]))
    shutil.rmtree(folder / "snapshots", ignore_errors=True)


def lost(done: Any) -> list[str]:
    return [one.lost for one in done.steps if one.lost]


def test_turns_of_which_nothing_else_is_left_are_lost_and_said(root: Path, folder: Path) -> None:
    shorten(folder, 1)
    for name in (KARAS, "sessions/session_001.json"):
        KINDS["zeroed"](folder / name)
    with (folder / "log.jsonl").open("ab") as file:
        file.write(b'{"seq":17,"at":')
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert [one.action for one in done.steps if one.what == "log"] == ["cut"]
        assert [one for one in store.check() if one.severity != "note"] == []
    shorten(folder, 2)
    with SaveStore(root) as store:
        words = lost(store.repair(folder.name, dry_run=True))
        assert all(" turn" in one and " after 10:" in one for one in words[:1])


def test_documents_that_are_ahead_of_the_log_say_how_things_stand(root: Path, folder: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(folder.name, read_only=True) as campaign:
        before = state_of(campaign)
    shorten(folder, 6)
    assert "damaged" in codes(SaveStore(root).check())
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        (words, *_) = lost(done)
        assert words.startswith("the history of 5 turns after 10:")
        assert words.endswith("how things stood at their end is there")
        assert "the save 'Before the end'" in lost(done)
        with store.campaigns.open(folder.name) as campaign:
            now = state_of(campaign)
            assert {key for key in before if before[key] != now[key]} == {"head"}
            assert campaign.head.kind == "repair"
            assert campaign.data.total_turns == 13
            assert campaign.slots == {}


def test_a_save_whose_state_a_snapshot_has_can_be_loaded_after_the_log_is_lost(root: Path, folder: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(folder.name) as campaign:
        campaign.save_as("Here")
        campaign._ledger.write_snapshot()
        with campaign.turn("Further") as turn:
            turn.document("count")["n"] = 99
            turn.say("player", "Further.")
    shutil.rmtree(root / ".saves")
    (folder / "log.jsonl").unlink()
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert lost(done) == ["the history of 14 turns; how things stood at their end is there"]
        with store.campaigns.open(folder.name) as campaign:
            assert (campaign.document("count")["n"], campaign.messages[-1].text) == (99, "Further.")
            campaign.load("Here")
            assert campaign.document("count")["n"] == 11
            assert campaign.history()[0].kind == "repair"


def test_a_document_that_does_not_fit_whole_is_taken_in_field_by_field(root: Path, folder: Path) -> None:
    kara = read(folder / KARAS)
    shorten(folder, 6)
    edit(folder / KARAS, level="high", location="the tower")
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert "of Kara Stormwind: level, as of before" in lost(done)
        with store.campaigns.open(folder.name) as campaign:
            character = campaign.characters[KARA]
            assert (character.location, character.level, character.experience) == (
                "the tower",
                kara["level"],
                kara["experience"],
            )


def test_of_a_document_that_is_cut_the_members_that_are_whole_count(root: Path, folder: Path) -> None:
    kara = read(folder / KARAS)
    shorten(folder, 6)
    KINDS["short"](folder / KARAS)
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert any(one.startswith("of Kara Stormwind: ") for one in lost(done))
        with store.campaigns.open(folder.name) as campaign:
            assert campaign.characters[KARA].hit_points_current == kara["hit_points_current"]


def test_where_even_the_campaigns_own_document_is_gone_the_others_are_kept(root: Path, folder: Path) -> None:
    (folder / "log.jsonl").unlink()
    (folder / "campaign_data.json").unlink()
    shutil.rmtree(folder / "snapshots", ignore_errors=True)
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert any("campaign_data" in one for one in lost(done))
        with store.campaigns.open(folder.name) as campaign:
            assert campaign.id == folder.name
            assert set(campaign.data.character_ids) == {KARA, "npc:zombie"}
            assert campaign.document("count")["n"] == 11
        assert [one for one in store.check() if one.severity == "error"] == []


def test_documents_of_a_copy_whose_lines_are_kept_wait_to_be_joined(root: Path, quick: Quick) -> None:
    assert quick is not None
    other = root.with_name("other")
    with SaveStore(root) as store:
        store.campaigns.create("The Mine", characters=["kara_stormwind"]).close()
        shutil.copytree(root, other)
        name = _played(store, "hit_points_current", 25, 24)
    with SaveStore(other) as store:
        _played(store, "experience", 5)
    shutil.copy(other / name / "log.jsonl", root / name / "log.jsonl")
    with SaveStore(root) as store:
        (before,) = [one for one in store.check() if one.code == "older_copy"]
        assert str(before.hint).splitlines()[0] == f"Mend it: saves repair {name}"
        assert "merge" not in str(before.hint)
        assert lost(store.repair()) == []
        (problem,) = [one for one in store.check() if one.code == "older_copy"]
        _, _, lines = str(problem.hint).splitlines()[0].rpartition(" ")
        with store.campaigns.open(name) as campaign:
            campaign.merge(lines)
            kara = campaign.characters[KARA]
            assert (kara.experience, kara.hit_points_current, kara.interaction_count) == (5, 24, 3)
            assert campaign.data.total_turns == 3
        assert [one for one in store.check() if one.severity != "note"] == []


def _played(store: SaveStore, field: str, *values: int) -> str:
    with store.campaigns.open("The Mine") as campaign:
        for value in values:
            with campaign.turn() as turn:
                setattr(turn.character(KARA), field, value)
        return campaign.id


def test_edits_by_hand_beside_the_damage_go_into_the_history(root: Path, folder: Path) -> None:
    KINDS["emptied"](folder / "slots.json")
    edit(folder / "scenes/scene_001.json", title="The Deep Cave")
    with SaveStore(root) as store:
        store.repair(folder.name)
        with store.campaigns.open(folder.name) as campaign:
            assert campaign.scenes["scene_001"].title == "The Deep Cave"
            assert campaign.head.kind == "external_edit"


def test_two_documents_that_were_exchanged_are_put_right(root: Path, folder: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(folder.name) as campaign, campaign.turn() as turn:
        turn.document("one")["is"], turn.document("two")["is"] = 1, 2
    one, two = folder / "documents/one.json", folder / "documents/two.json"
    ours, theirs = one.read_bytes(), two.read_bytes()
    one.write_bytes(theirs)
    two.write_bytes(ours)
    with SaveStore(root) as store:
        done = store.repair(folder.name)
        assert {step.reason for step in done.steps} == {
            "it was exchanged for one.json",
            "it was exchanged for two.json",
        }
    assert (one.read_bytes(), two.read_bytes()) == (ours, theirs)


def test_what_a_newer_program_has_written_is_left_alone(root: Path, folder: Path) -> None:
    edit(folder / KARAS, schema_version=9, revision="999-0123abcd")
    before = bytes_in(root)
    with SaveStore(root) as store:
        done = store.repair(folder.name)
    assert (done.steps, codes(done.remaining)) == ((), ["newer_format"])
    assert bytes_in(root) == before


def test_a_profile_keeps_what_can_be_read_of_it(root: Path, folder: Path) -> None:
    path = root / "character_profiles/pc.kara_stormwind.json"
    profile = read(path)
    text = json.dumps({**profile, "base_level": "high", "uid": "mine"}, indent=2)
    path.write_text(text.replace('"attire": ', '"attire" '))
    with SaveStore(root) as store:
        done = store.repair()
        (step,) = done.steps
        assert (step.what, step.action) == ("profile", "rebuild")
        now = read(path)
        assert (now["uid"], now["portrait_path"]) == ("mine", profile["portrait_path"])
        assert now["attire"] == read(folder / KARAS)["attire"]
        assert now["base_level"] == 1


def test_an_open_campaign_is_not_repaired(root: Path, folder: Path) -> None:
    KINDS["emptied"](folder / "slots.json")
    with SaveStore(root) as store, store.campaigns.open(folder.name):
        with SaveStore(root) as other:
            with pytest.raises(Locked):
                other.repair(folder.name)
            assert "locked" in codes(other.repair().remaining)
        with pytest.raises(NotFound):
            store.repair("No such story")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_links_are_not_followed_and_come_back_with_undo(root: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    (folder / "documents/link.json").symlink_to(tmp_path / "outside.json")
    KINDS["emptied"](folder / "slots.json")
    with SaveStore(root) as store:
        store.repair(folder.name)
        assert not (folder / "documents/link.json").is_symlink()
        store.undo()
    assert os.readlink(folder / "documents/link.json") == str(tmp_path / "outside.json")


def test_a_plan_can_be_made_where_nothing_can_be_written(root: Path, folder: Path) -> None:
    KINDS["emptied"](folder / "slots.json")
    with files.using(Sealed(root)), SaveStore(root) as store:
        plan = store.repair(dry_run=True)
        assert [one.path.name for one in plan.steps] == ["slots.json"]
        done = store.repair()
        assert (done.steps, set(codes(done.remaining))) == ((), {"io_error"})


def test_progress_names_each_thing_that_is_looked_at(root: Path, folder: Path) -> None:
    seen: list[str] = []
    with SaveStore(root) as store:
        store.repair(progress=seen.append)
    assert folder.name in seen
    assert seen[-1] == "profiles and pictures"
