"""What check finds beside damage: what names something that is not there, and what lies about."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files, snapshots
from gamesaves.services import checking
from tests.integration.stores import KARA, PNG, Quick, child, codes, edit, read

KARAS_PROFILE = "character_profiles/pc.kara_stormwind.json"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()), SaveStore(root) as store:
        with store.campaigns.create("Whole", characters=["kara_stormwind", "zombie"]) as campaign:
            campaign.add_scene("Cave")
            campaign.start_session("Monday")
            with campaign.turn() as turn:
                turn.data.environments["cave"] = {"location_id": "cave", "name": "Cave"}  # type: ignore[assignment]
                turn.say("narrator", "It is dark.")
            campaign.save_as("First", thumbnail=PNG)
            for number in range(25):
                with campaign.turn() as turn:
                    turn.document("map/level1")["n"] = number
        store.campaigns.create("Another").close()
        return root, campaign.id


@pytest.fixture
def whole(original: tuple[Path, str], root: Path, quick: Quick) -> Path:
    shutil.copytree(original[0], root)
    assert quick is not None
    return root / original[1]


def commit(root: Path, name: str, change: Callable[[Any], object]) -> None:
    with SaveStore(root) as store, store.campaigns.open(name) as campaign, campaign.turn() as turn:
        change(turn)


def found(root: Path) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = {}
    for one in SaveStore(root).check():
        result.setdefault(one.code, []).append(one)
    return result


REFERENCES: dict[str, tuple[Callable[[Any], object], str, str, str]] = {
    "current scene": (
        lambda turn: setattr(turn.data, "current_scene_id", "scene_009"),
        "missing_scene",
        "campaign_data.json",
        "scene_009",
    ),
    "order of scenes": (
        lambda turn: turn.data.scene_order.append("scene_008"),
        "missing_scene",
        "campaign_data.json",
        "scene_008",
    ),
    "place": (
        lambda turn: setattr(turn.data, "current_location_id", "moon"),
        "missing_location",
        "campaign_data.json",
        "moon",
    ),
    "quest": (
        lambda turn: turn.data.active_quest_ids.append("grail"),
        "missing_quest",
        "campaign_data.json",
        "grail",
    ),
    "member": (
        lambda turn: turn.data.character_ids.append("pc:nobody"),
        "missing_character",
        "campaign_data.json",
        "pc:nobody",
    ),
    "who is in a scene": (
        lambda turn: turn.scene("scene_001").character_ids.append("npc:gone"),
        "missing_character",
        "scenes/scene_001.json",
        "npc:gone",
    ),
    "place of a scene": (
        lambda turn: setattr(turn.scene("scene_001"), "location_id", "moon"),
        "missing_location",
        "scenes/scene_001.json",
        "moon",
    ),
    "scene of a session": (
        lambda turn: setattr(turn.session.active_scene, "scene_id", "scene_007"),
        "missing_scene",
        "sessions/session_001.json",
        "scene_007",
    ),
    "who is in a session": (
        lambda turn: turn.session.character_ids.append("npc:gone"),
        "missing_character",
        "sessions/session_001.json",
        "npc:gone",
    ),
}


@pytest.mark.parametrize("kind", REFERENCES)
def test_what_is_named_and_is_not_there_is_told_with_its_line(root: Path, whole: Path, kind: str) -> None:
    change, code, path, name = REFERENCES[kind]
    commit(root, whole.name, change)
    problems = SaveStore(root).check()
    # A session goes along to the scene.
    assert {(one.code, one.severity) for one in problems} == {(code, "warning")}
    (problem,) = [one for one in problems if one.path == str(whole / path)]
    assert name in problem.message
    assert problem.line is not None
    assert name in (whole / path).read_text().splitlines()[problem.line - 1]


def test_a_save_that_leads_nowhere_is_told_and_a_repair_puts_it_right(root: Path, whole: Path) -> None:
    slots = read(whole / "slots.json")
    event = slots["slots"]["first"]["event"]
    slots["slots"]["first"]["event"] = event[::-1]
    edit(whole / "slots.json", **slots)
    (problem,) = found(root)["missing_event"]
    assert (problem.severity, problem.hint) == ("error", f"Mend it: saves repair {whole.name}")
    assert problem.line is not None
    with SaveStore(root) as store:
        assert [one.path.name for one in store.repair().steps] == ["slots.json"]
        assert codes(store.check()) == []
        assert store.campaigns.slots(whole.name)["first"].event == event


def test_the_picture_of_a_save_that_is_gone_is_told(root: Path, whole: Path) -> None:
    shutil.rmtree(root / "images")
    (problem,) = found(root)["missing_picture"]
    assert problem.path == str(whole / "slots.json")
    slots = read(whole / "slots.json")
    slots["slots"]["first"]["thumbnail"] = "../x.png"
    edit(whole / "slots.json", **slots)
    assert "outside_store" in found(root)


def test_copies_that_are_not_as_the_profile_says_are_told(root: Path, whole: Path) -> None:
    with SaveStore(root) as store:
        store.profiles.update(KARA, attire="Rags")
    (problem,) = found(root)["stale_copies"]
    assert (problem.severity, problem.path) == ("note", str(whole / "characters/pc.kara_stormwind.json"))
    assert problem.hint == f"Now: saves sync {whole.name}"
    assert "attire" in problem.message


def test_a_profile_of_somebody_else_is_told_and_two_of_one_person(root: Path, whole: Path) -> None:
    profile = read(root / KARAS_PROFILE)
    (root / "character_profiles/pc.twin.json").write_text(json.dumps(profile | {"character_id": "pc:twin"}))
    (problem,) = found(root)["same_uid"]
    assert problem.path.endswith("pc.twin.json")
    edit(root / KARAS_PROFILE, uid="somebody else")
    assert [one.path for one in found(root)["another_person"]] == [str(whole / "characters/pc.kara_stormwind.json")]


def test_a_profile_that_no_program_can_read_is_told_once(root: Path, whole: Path) -> None:
    edit(root / KARAS_PROFILE, level_of_detail="high", schema_version=7)
    assert list(found(root)) == ["newer_format"]
    with SaveStore(root) as store:
        done = store.repair()
    assert (done.steps, codes(done.remaining)) == ((), ["newer_format"])
    assert whole.is_dir()


def test_a_campaign_in_a_folder_with_a_foreign_name_is_told(root: Path, whole: Path) -> None:
    (root / "log.jsonl").write_text("x")
    (root / "notes").mkdir()
    (root / "notes/campaign_data.json").write_text("{}")
    assert found(root) == {}
    copy = shutil.copytree(whole, root / f"Copy of {whole.name}")
    (stray,) = found(root)["misnamed_campaign"]
    assert (stray.severity, stray.path) == ("warning", str(copy))
    assert stray.hint is not None
    assert f'saves campaign merge "{whole.name}" "{copy}"' in stray.hint
    shutil.rmtree(copy)
    home = whole.rename(root / "My game")
    (stray,) = found(root)["misnamed_campaign"]
    assert stray.hint is not None
    assert stray.hint.splitlines() == [f"Rename it to {whole.name}.", f'Or take it in: saves import "{home}"']
    (home / "campaign_data.json").write_text("{")
    (stray,) = found(root)["misnamed_campaign"]
    assert stray.hint == "Give it a name that begins with campaign_."
    home.rename(root / "campaign_mine")
    assert "misnamed_campaign" not in found(root)


def test_names_that_other_systems_refuse_are_told(root: Path, whole: Path) -> None:
    (root / "notes: mine.txt").write_text("x")
    (root / "character_profiles/pc:kara_stormwind.json").write_bytes((root / KARAS_PROFILE).read_bytes())
    (root / "README.TXT").write_text("x")
    (root / ".hidden").write_text("x")
    problems = found(root)
    names = {Path(one.path).name: one.hint for one in problems["foreign_name"]}
    assert names.keys() == {"notes: mine.txt", "pc:kara_stormwind.json"}
    assert "next written" in names["pc:kara_stormwind.json"]
    assert [Path(one.path).name for one in problems["name_clash"]] == ["README.txt"]
    assert whole.is_dir()


def test_second_copies_of_what_campaigns_share_are_told(root: Path, whole: Path) -> None:
    shutil.copy(root / KARAS_PROFILE, root / "character_profiles/pc.kara_stormwind (1).json")
    assert codes(SaveStore(root).check()) == ["conflict_copy"]
    assert whole.is_dir()


def test_a_disk_without_room_is_told(root: Path, whole: Path, quick: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "free_space", lambda _path: 1000, raising=False)
    (problem,) = found(root)["low_space"]
    assert "1,000 bytes are free" in problem.message
    assert whole.is_dir()


def test_the_lock_of_the_dead_is_told_and_that_of_the_living_is_not(root: Path, whole: Path) -> None:
    script = "SaveStore(sys.argv[1]).campaigns.open(sys.argv[2]); print('open', flush=True); wait()"
    with child(script, root, whole.name):
        assert "stale_lock" not in found(root)
        with SaveStore(root) as store:
            assert codes(store.repair().remaining) == ["locked"]
    (problem,) = found(root)["stale_lock"]
    assert problem.path.endswith(f"{whole.name}.json")
    with SaveStore(root) as store:
        assert [one.what for one in store.repair().steps] == ["lock"]
        assert store.check() == []


def test_what_an_import_has_left_is_set_aside(root: Path, whole: Path) -> None:
    left = root / ".saves/staging/campaign_x-0123"
    left.mkdir(parents=True)
    (left / "log.jsonl").write_text("half")
    with SaveStore(root) as store:
        done = store.repair()
        assert [(one.what, one.path, one.action) for one in done.steps] == [("left_over", left, "set aside")]
        assert store.check() == []
        store.undo()
    assert (left / "log.jsonl").read_text() == "half"
    assert whole.is_dir()


def test_snapshots_of_another_event_and_those_that_say_something_else(root: Path, whole: Path) -> None:
    path = max((whole / "snapshots").iterdir())
    snapshot = snapshots.load(path)
    documents = {key: json.dumps(tree).encode() for key, tree in snapshot.documents.items()}
    path.write_bytes(snapshots.encode(snapshot, documents | {"documents/map/level1": b'{"n": 7, "revision": "1-0"}'}))
    (problem,) = found(root)["damaged"]
    assert "not what the log says" in problem.message
    path.rename(path.with_name(f"000000002-{path.name[10:]}"))
    assert "another event" in found(root)["damaged"][0].message


def test_a_snapshot_of_another_history_is_a_note(root: Path, whole: Path) -> None:
    path = max((whole / "snapshots").iterdir())
    snapshot = snapshots.load(path)
    data = path.read_bytes()
    documents = {key: json.dumps(tree).encode() for key, tree in snapshot.documents.items()}
    from dataclasses import replace

    other = replace(snapshot, seq=3, hash="ab" * 16)
    (whole / "snapshots/000000003-abababab.json").write_bytes(snapshots.encode(other, documents))
    (problem,) = found(root)["foreign_snapshot"]
    assert problem.severity == "note"
    with SaveStore(root) as store:
        assert [one.action for one in store.repair().steps] == ["set aside"]
        assert store.check() == []
    assert path.read_bytes() == data


def test_one_of_each_kind_broken_at_once_and_none_hides_another(
    root: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("nobody has thought of this")

    other = next(one for one in root.glob("campaign_another_*"))
    (root / "store.json").write_text("{")
    (root / "presets/characters").mkdir(parents=True)
    (root / "presets/characters/mine.json").write_text("{")
    (root / KARAS_PROFILE).write_text("{")
    next((root / "images").iterdir()).write_bytes(b"no picture")
    (other / "log.jsonl").write_bytes(b"")
    (whole / "chat_history/messages.jsonl").write_bytes(b"?\n")
    (root / "archive").mkdir()
    (root / "archive/campaign_x.zip").write_bytes(b"no zip")
    monkeypatch.setattr(checking, "name_problems", fails)
    problems = SaveStore(root).check()
    assert {Path(one.path).name for one in problems} >= {
        "store.json",
        "mine.json",
        "pc.kara_stormwind.json",
        "log.jsonl",
        "messages.jsonl",
        "campaign_x.zip",
    }
    (problem,) = [one for one in problems if one.code == "not_checked"]
    assert "nobody has thought of this" in problem.message
    assert all(one.message for one in problems)


def test_a_folder_that_cannot_be_listed_is_one_problem_among_others(root: Path, whole: Path, quick: Quick) -> None:
    quick.fail("entries", str(root / "images"))
    assert "io_error" in found(root)
    assert whole.is_dir()


def test_a_folder_that_lost_all_it_had_is_damaged_and_one_that_never_had_anything_is_empty(
    root: Path, whole: Path
) -> None:
    for name in ("campaign_empty_abcd", "universes/empty"):
        (root / name).mkdir(parents=True)
    assert {code: [one.path for one in problems] for code, problems in found(root).items()} == {
        "empty_folder": [str(root / "campaign_empty_abcd"), str(root / "universes/empty")]
    }
    shutil.rmtree(whole)
    whole.mkdir()
    assert "damaged" in found(root)


def test_what_does_not_end_as_the_log_says_is_mended(root: Path, whole: Path) -> None:
    chat = whole / "chat_history/messages.jsonl"
    good = chat.read_bytes()
    for spoilt in (good + b"{junk\n", good[:-20]):
        chat.write_bytes(spoilt)
        assert list(found(root)) == ["view_behind"]
        with SaveStore(root) as store:
            assert len(store.repair().steps) == 1
        assert found(root) == {}
        assert chat.read_bytes() == good
