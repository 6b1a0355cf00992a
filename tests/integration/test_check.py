"""Checking a store: every kind of damage is named, and one bad thing never hides another."""

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gamesaves import Campaign, Problem, SaveStore
from tests.integration.stores import (
    KARA,
    PNG,
    bytes_in,
    codes,
    document_of,
    edit,
    profile_of,
    read,
    tree_hash,
)

LOG = "log.jsonl"


def fill(root: Path) -> Campaign:
    """Make a store with something of everything; return its campaign, closed."""
    with SaveStore(root) as store:
        store.presets.customise("characters", "zombie")
        with store.campaigns.create("Whole", characters=["kara_stormwind", "zombie"]) as campaign:
            store.profiles.portrait(KARA, picture=PNG)
            campaign.add_scene("Cave")
            campaign.say("narrator", "x")
            for number in range(120):
                with campaign.turn() as turn:
                    turn.document("map/level1")["n"] = number
                    turn.character(KARA).gain_experience(1)
        store.campaigns.create("Another").close()
    return campaign


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    return fill(tmp_path_factory.mktemp("original") / "saves")


@pytest.fixture
def whole(original: Campaign, root: Path) -> Path:
    """A copy of a store in which all is well; returns the campaign's folder."""
    shutil.copytree(original.folder.parent, root)
    return root / original.id


def test_a_store_in_which_all_is_well_has_no_problems(root: Path, whole: Path) -> None:
    seen: list[str] = []
    assert SaveStore(root).check(progress=seen.append) == []
    assert seen[:5] == ["store.json", "presets", "profiles", "players", "images"]
    assert whole.name in seen
    assert len(seen) == 9


def test_a_store_that_is_not_there_yet_has_no_problems(root: Path) -> None:
    assert SaveStore(root).check() == []
    assert not root.exists()


def spoil_line(folder: Path, number: int) -> None:
    lines = (folder / LOG).read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b'"turn":', b'"turm":', 1)
    (folder / LOG).write_bytes(b"".join(lines))


def newest_snapshot(folder: Path) -> Path:
    return max((folder / "snapshots").iterdir())


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


KARAS_PROFILE = "character_profiles/pc.kara_stormwind.json"

DAMAGE: dict[str, tuple[Callable[[Path, Path], object], str, str]] = {
    "store file gone": (lambda root, _: (root / "store.json").unlink(), "store_file_missing", "store.json"),
    "store file broken": (lambda root, _: (root / "store.json").write_text("{"), "invalid", "store.json"),
    "something half made": (
        lambda root, _: (root / ".saves/staging/campaign_x").mkdir(parents=True),
        "left_over",
        ".saves/staging/campaign_x",
    ),
    "store file newer": (lambda root, _: edit(root / "store.json", schema_version=2), "newer_format", "store.json"),
    "store file of something else": (
        lambda root, _: edit(root / "store.json", kind="cookbook"),
        "invalid",
        "store.json",
    ),
    "preset broken": (
        lambda root, _: (root / "presets/characters/zombie.json").write_text("{"),
        "invalid",
        "presets/characters/zombie.json",
    ),
    "preset that does not fit": (
        lambda root, _: edit(root / "presets/characters/zombie.json", level="high"),
        "invalid",
        "presets/characters/zombie.json",
    ),
    "profile broken": (lambda root, _: (root / KARAS_PROFILE).write_text("{,"), "invalid", KARAS_PROFILE),
    "profile empty": (lambda root, _: (root / KARAS_PROFILE).write_bytes(b""), "invalid", KARAS_PROFILE),
    "profile of another": (lambda root, _: edit(root / KARAS_PROFILE, character_id="pc:x"), "invalid", KARAS_PROFILE),
    "profile newer": (lambda root, _: edit(root / KARAS_PROFILE, schema_version=2), "newer_format", KARAS_PROFILE),
    "template broken": (
        lambda root, _: (root / "character_profiles/prof_pc.kara_stormwind.json").write_text("[]"),
        "invalid",
        "character_profiles/prof_pc.kara_stormwind.json",
    ),
    "profile gone": (
        lambda root, _: (root / KARAS_PROFILE).unlink(),
        "missing_profile",
        "<campaign>/characters/pc.kara_stormwind.json",
    ),
    "picture gone": (lambda root, _: shutil.rmtree(root / "images"), "missing_picture", KARAS_PROFILE),
    "picture outside": (
        lambda root, _: edit(root / KARAS_PROFILE, portrait_path="../x.png"),
        "outside_store",
        "../x.png",
    ),
    "picture that is none": (
        lambda root, _: next((root / "images").iterdir()).write_bytes(b"<svg/>"),
        "not_a_picture",
        "images/<picture>",
    ),
    "picture with a flipped bit": (
        lambda root, _: flip(next((root / "images").iterdir())),
        "changed_picture",
        "images/<picture>",
    ),
    "old history damaged": (lambda _, folder: spoil_line(folder, 40), "damaged", "<campaign>/log.jsonl"),
    "new history damaged": (lambda _, folder: spoil_line(folder, -2), "damaged", "<campaign>/log.jsonl"),
    "last line torn": (
        lambda _, folder: (folder / LOG).write_bytes((folder / LOG).read_bytes()[:-9]),
        "damaged",
        "<campaign>/characters/pc.kara_stormwind.json",
    ),
    "half a line behind the end": (
        lambda _, folder: (folder / LOG).write_bytes((folder / LOG).read_bytes() + b'{"seq":'),
        "torn_line",
        "<campaign>/log.jsonl",
    ),
    "log gone": (lambda _, folder: (folder / LOG).unlink(), "damaged", "<campaign>/snapshots"),
    "older log": (
        lambda _, folder: (folder / LOG).write_bytes(
            b"".join((folder / LOG).read_bytes().splitlines(keepends=True)[:20])
        ),
        "damaged",
        "<campaign>/snapshots",
    ),
    "snapshot damaged": (lambda _, folder: flip(newest_snapshot(folder)), "damaged", "<campaign>/snapshots/<newest>"),
    "document broken": (
        lambda _, folder: (folder / "campaign_data.json").write_text('{"title": }'),
        "invalid",
        "<campaign>/campaign_data.json",
    ),
    "document that does not fit": (
        lambda _, folder: edit(folder / "scenes/scene_001.json", title=7),
        "invalid",
        "<campaign>/scenes/scene_001.json",
    ),
    "document empty": (
        lambda _, folder: (folder / "scenes/scene_001.json").write_bytes(b""),
        "document_empty",
        "<campaign>/scenes/scene_001.json",
    ),
    "document gone": (
        lambda _, folder: (folder / "documents/map/level1.json").unlink(),
        "document_missing",
        "<campaign>/documents/map/level1.json",
    ),
    "document newer": (
        lambda _, folder: edit(folder / "scenes/scene_001.json", schema_version=2),
        "newer_format",
        "<campaign>/scenes/scene_001.json",
    ),
    "document of another": (
        lambda _, folder: shutil.copy(folder / "scenes/scene_001.json", folder / "scenes/scene_002.json"),
        "wrong_id",
        "<campaign>/scenes/scene_002.json",
    ),
    "document of another copy": (
        lambda _, folder: edit(folder / "scenes/scene_001.json", revision="3-01234567", title="?"),
        "foreign_revision",
        "<campaign>/scenes/scene_001.json",
    ),
    "document beyond the end": (
        lambda _, folder: edit(folder / "scenes/scene_001.json", revision="999-01234567", title="?"),
        "damaged",
        "<campaign>/scenes/scene_001.json",
    ),
    "document edited by hand": (
        lambda _, folder: edit(folder / "scenes/scene_001.json", title="The Deep Cave"),
        "edit_not_recorded",
        "<campaign>/scenes/scene_001.json",
    ),
    "file that is no document": (
        lambda _, folder: (folder / "characters/Kara!.json").write_text("{}"),
        "foreign_file",
        "<campaign>/characters/Kara!.json",
    ),
    "file that a synchroniser left": (
        lambda _, folder: (folder / "characters/pc.kara_stormwind (1).json").write_text("{}"),
        "conflict_copy",
        "<campaign>/characters/pc.kara_stormwind (1).json",
    ),
    "link out of the store": (
        lambda root, folder: (folder / "documents/out").symlink_to(root.parent),
        "outside_store",
        "<campaign>/documents/out",
    ),
    "campaign without anything": (
        lambda root, _: (root / "campaign_nothing_abcd").mkdir(),
        "empty_folder",
        "campaign_nothing_abcd",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_named_with_its_place_and_nothing_is_changed(root: Path, whole: Path, kind: str) -> None:
    spoil, code, place = DAMAGE[kind]
    picture = next((root / "images").iterdir()).name
    expected = (place.replace("<campaign>", whole.name).replace("<newest>", newest_snapshot(whole).name)).replace(
        "<picture>", picture
    )
    spoil(root, whole)
    before = bytes_in(root)
    problems = SaveStore(root).check()
    assert (code, os.path.normpath(root / expected)) in {(one.code, os.path.normpath(one.path)) for one in problems}
    assert all(one.message for one in problems)
    assert bytes_in(root) == before
    lost = {one.code for one in problems if one.severity == "error"}
    harmless = {
        *("store_file_missing", "missing_profile", "missing_picture", "torn_line", "document_empty", "empty_folder"),
        *(
            "document_missing",
            "foreign_revision",
            "edit_not_recorded",
            "foreign_file",
            "changed_picture",
            "left_over",
            "conflict_copy",
        ),
    }
    if code in harmless:
        assert lost == set()
    elif kind != "snapshot damaged":
        assert code in lost


def test_one_bad_thing_does_not_hide_the_others(root: Path, whole: Path) -> None:
    (root / "store.json").write_text("{")
    (root / "presets/characters/zombie.json").write_text("{")
    (root / "presets/classes").mkdir()
    (root / "presets/classes/fighter.json").write_text("{")
    (root / KARAS_PROFILE).write_text("{")
    (root / "campaign_nothing_abcd").mkdir()
    (root / "images" / "x.png").write_bytes(b"no picture")
    (whole / "campaign_data.json").write_text("{")
    (whole / "scenes/scene_001.json").write_text("{")
    spoil_line(whole, 40)
    bad = {Path(one.path).name for one in SaveStore(root).check()}
    assert bad >= {
        "store.json",
        "zombie.json",
        "fighter.json",
        "pc.kara_stormwind.json",
        "x.png",
        "campaign_data.json",
        "scene_001.json",
        LOG,
    }


def test_a_problem_names_its_place_in_the_way_editors_understand(root: Path, whole: Path) -> None:
    (whole / "campaign_data.json").write_text('{\n  "title": }')
    (problem,) = [one for one in SaveStore(root).check() if one.code == "invalid"]
    assert str(problem).startswith(f"{whole / 'campaign_data.json'}:2:12: ")
    assert isinstance(problem, Problem)


def test_the_line_of_a_damaged_event_is_named(root: Path, whole: Path) -> None:
    spoil_line(whole, 40)
    (problem,) = [one for one in SaveStore(root).check() if one.path.endswith(LOG)]
    assert problem.line == 41
    assert "after event 40" in problem.message


def test_a_campaign_that_is_being_played_is_checked_without_a_lock(root: Path, whole: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(whole.name) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(1)
        campaign.flush()
        assert SaveStore(root).check() == []


def test_what_this_program_is_about_to_write_is_not_missing(root: Path, whole: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(whole.name) as campaign:
        busy = threading.Event()
        store._context.worker.soon(lambda: None if busy.wait(30) else pytest.fail("nobody was done"))
        with campaign.turn() as turn:
            turn.document("new")["n"] = 1
        assert not document_of(campaign, "documents/new").exists()
        assert store.check() == []
        busy.set()


def test_checking_looks_at_files_and_not_at_what_was_remembered_of_them(root: Path, whole: Path) -> None:
    store = SaveStore(root)
    store.profiles.list()
    path = root / KARAS_PROFILE
    status = path.stat()
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"pc:kara_stormwind"', b'"pc:kara_stormwinf"', 1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert codes(SaveStore(root).check()) == ["invalid"]
    assert whole.is_dir()


def test_a_copied_store_is_as_good_as_the_original(root: Path, whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".saves"))
    store = SaveStore(copy)
    before = tree_hash(copy / whole.name)
    assert store.check() == []
    with store.campaigns.open("Whole", read_only=True) as campaign:
        assert campaign.document("map/level1")["n"] == 119
    assert tree_hash(copy / whole.name) == before
    assert read(profile_of(store, KARA))["total_interactions"] == 120
    assert json.loads((copy / "store.json").read_text())["kind"] == "gamesaves store"


def test_the_paths_of_documents_are_those_of_the_campaign(root: Path, whole: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(whole.name) as campaign:
        assert document_of(campaign, "campaign_data") == whole / "campaign_data.json"
