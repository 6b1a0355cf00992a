"""Profiles: who a character is, in all campaigns; the cache of those read last; interactions added up."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gamesaves import CharacterProfile, SaveStore
from gamesaves.disk import files
from gamesaves.documents import CharacterPreset
from gamesaves.errors import AlreadyExists, Conflict, InvalidDocument, InvalidName, InvalidValue, NewerFormat, NotFound
from gamesaves.services.profilecache import CACHE_SIZE
from tests.integration.stores import (
    KARA,
    PNG,
    PROFILES,
    Clock,
    bytes_in,
    child,
    edit,
    in_child,
    in_threads,
    kept,
    profile_of,
    read,
)
from tests.unit.systems import Faulty


@pytest.fixture
def kara(store: SaveStore) -> CharacterProfile:
    return store.profiles.save(store.presets.draft("kara_stormwind"))


def others(store: SaveStore, *changed: str) -> dict[str, bytes]:
    """Return the bytes of all profiles but those named."""
    names = [profile_of(store, one).name for one in changed]
    return {name: data for name, data in bytes_in(store.root / PROFILES).items() if name not in names}


# From a preset to a profile


def test_customised_under_a_new_name_everything_else_stays_byte_for_byte(
    store: SaveStore, kara: CharacterProfile
) -> None:
    store.profiles.save(store.presets.draft("theron_gearwright"))
    before = bytes_in(store.root / PROFILES)
    draft = store.presets.draft("kara_stormwind")
    draft.name, draft.attire = "Kara Smith", "Silver-trimmed plate armor"
    smith = store.profiles.save(draft)
    assert smith.character_id == "pc:kara_smith"
    assert smith.uid != kara.uid
    assert smith.preset_id == "kara_stormwind"
    assert others(store, "pc:kara_smith") == before


def test_customised_under_the_same_name_the_profile_is_updated(store: SaveStore, kara: CharacterProfile) -> None:
    before = others(store, KARA)
    draft = store.presets.draft("kara_stormwind")
    draft.facial_expression = "a scowl"
    scowling = store.profiles.save(draft)
    assert scowling.character_id == KARA
    assert (scowling.uid, scowling.revision) == (kara.uid, kara.revision + 1)
    assert scowling.facial_expression == "a scowl"
    assert scowling.attire == kara.attire
    assert others(store, KARA) == before


def test_only_what_was_edited_in_the_draft_changes_the_profile(store: SaveStore, kara: CharacterProfile) -> None:
    store.profiles.update(KARA, attire="rags")
    draft = store.presets.draft("kara_stormwind")
    draft.pose = "asleep"
    draft.strength = 18
    profile = store.profiles.save(draft)
    assert (profile.attire, profile.pose) == ("rags", "asleep")
    assert profile.starting.strength == 18
    assert profile.starting.dexterity == kara.starting.dexterity


def test_a_draft_that_was_not_edited_writes_nothing(store: SaveStore, kara: CharacterProfile) -> None:
    before = bytes_in(store.root / PROFILES)
    again = store.profiles.save(store.presets.draft("kara_stormwind"))
    assert again == kara
    assert bytes_in(store.root / PROFILES) == before


@pytest.mark.usefixtures("kara")
def test_a_different_character_with_a_taken_name_gets_a_number_and_overwrites_nothing(store: SaveStore) -> None:
    before = bytes_in(store.root / PROFILES)
    for number in (2, 3):
        draft = store.presets.draft("theron_gearwright" if number == 2 else "zombie")
        draft.name, draft.character_type = "Kara Stormwind", "player"
        assert store.profiles.save(draft).character_id == f"{KARA}_{number}"
    now = bytes_in(store.root / PROFILES)
    assert {name: now[name] for name in before} == before


def test_a_numbered_character_is_found_again_by_preset_and_name(store: SaveStore, kara: CharacterProfile) -> None:
    def theron() -> CharacterProfile:
        draft = store.presets.draft("theron_gearwright")
        draft.name = kara.name
        return store.profiles.save(draft)

    assert theron().character_id == f"{KARA}_2"
    assert theron().character_id == f"{KARA}_2"
    assert [one.character_id for one in store.profiles.list()] == [KARA, f"{KARA}_2"]


def test_two_characters_without_a_preset_are_different_people(store: SaveStore) -> None:
    with store.campaigns.create("Bobs", characters=[CharacterPreset(name="Bob", level=1)]):
        pass
    with store.campaigns.create("More Bobs", characters=[CharacterPreset(name="Bob", level=5)]) as campaign:
        assert [(one.character_id, one.level) for one in campaign.party] == [("pc:bob_2", 5)]
    assert store.profiles.get("pc:bob").base_level == 1


def test_a_draft_saved_twice_is_one_profile_until_its_name_changes(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    assert draft.character_id is None
    first = store.profiles.save(draft)
    assert draft.character_id == first.character_id
    draft.pose = "asleep"
    assert store.profiles.save(draft).uid == first.uid
    draft.name = "Kara the Second"
    second = store.profiles.save(draft)
    assert second.character_id == "pc:kara_the_second"
    assert (second.pose, store.profiles.get(KARA).pose) == ("asleep", "asleep")
    assert store.profiles.get(KARA).name == "Kara Stormwind"


def test_a_draft_without_a_preset_saved_twice_is_one_profile(store: SaveStore) -> None:
    from gamesaves import Draft

    draft = Draft.of(CharacterPreset(name="Bob"))
    store.profiles.save(draft)
    draft.pose = "standing"
    assert store.profiles.save(draft).character_id == "pc:bob"
    assert store.profiles.get("pc:bob").pose == "standing"


def test_an_npc_gets_an_id_of_its_kind(store: SaveStore) -> None:
    assert store.profiles.save(store.presets.draft("zombie")).character_id == "npc:zombie"


def test_after_a_rename_the_old_name_is_free_for_somebody_else(store: SaveStore, kara: CharacterProfile) -> None:
    renamed = store.profiles.rename(KARA, "Kara the Bold")
    assert (renamed.character_id, renamed.name, renamed.uid) == (KARA, "Kara the Bold", kara.uid)
    assert store.profiles.get("Kara the Bold").character_id == KARA
    newcomer = store.profiles.save(store.presets.draft("kara_stormwind"))
    assert newcomer.character_id == f"{KARA}_2"
    assert store.profiles.get(KARA).name == "Kara the Bold"


# Changing


def test_a_profile_is_a_frozen_value(store: SaveStore, kara: CharacterProfile) -> None:
    with pytest.raises(ValueError, match="frozen"):
        kara.name = "Another"  # type: ignore[misc]
    store.profiles.update(KARA, name="Another")
    assert kara.name == "Kara Stormwind"


def test_what_a_game_does_to_the_inside_of_a_profile_is_never_written(store: SaveStore, kara: CharacterProfile) -> None:
    handed_out = store.profiles.get(KARA)
    handed_out.voice_settings["pitch"] = 9
    handed_out.starting.inventory.clear()
    store.profiles.update(KARA, pose="asleep")
    store.profiles.credit("campaign_x", {(KARA, kara.uid): 3})
    assert read(profile_of(store, KARA))["voice_settings"] == {}
    assert read(profile_of(store, KARA))["starting"]["inventory"] != {}
    assert store.profiles.get(KARA).total_interactions == 3


def test_an_update_counts_a_revision_and_remembers_the_state_before(store: SaveStore, kara: CharacterProfile) -> None:
    states = [kara, *(store.profiles.update(KARA, pose=f"pose {number}") for number in range(20))]
    assert [state.revision for state in states] == list(range(kara.revision, kara.revision + 21))
    assert len(states[-1].previous) == 16
    assert states[-1].previous[1:] == states[-2].previous[:15]


def test_an_update_that_changes_nothing_writes_nothing(store: SaveStore, kara: CharacterProfile) -> None:
    before = bytes_in(store.root / PROFILES)
    assert store.profiles.update(KARA, pose=kara.pose).revision == kara.revision
    assert bytes_in(store.root / PROFILES) == before


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"atire": "x"}, "Did you mean attire?"),
        ({"uid": "x"}, None),
        ({"character_id": "pc:x"}, None),
        ({"total_interactions": 5}, None),
        ({"base_level": 0}, None),
        ({"base_level": "3"}, None),
        ({"voice_id": "No Id"}, None),
        ({"starting": {"strength": -1}}, None),
    ],
)
def test_an_update_that_makes_no_sense_is_refused_and_changes_nothing(
    store: SaveStore, kara: CharacterProfile, fields: dict[str, object], hint: str | None
) -> None:
    before = bytes_in(store.root / PROFILES)
    with pytest.raises(InvalidValue) as refused:
        store.profiles.update(KARA, **fields)
    assert hint is None or refused.value.hint == hint
    assert bytes_in(store.root / PROFILES) == before
    assert store.profiles.get(KARA) == kara


def edit_beside(system: Faulty, path: Path, **fields: object) -> None:
    """Let somebody save a file in an editor, once, while a program is about to write it."""

    def before(call: str, target: str) -> None:
        if call == "open" and target.startswith(f"{path.parent}{os.sep}.{path.name}."):
            system.before = None
            edit(path, **fields)

    system.before = before


def save_again(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    draft.pose = "on guard"
    store.profiles.save(draft)


def edit_as_text(store: SaveStore, old: str = "asleep", new: str = "on guard") -> None:
    text = store.profiles.edit(KARA)
    text.install(text.data.replace(old.encode(), new.encode()))


WRITERS: dict[str, tuple[Callable[[SaveStore], object], str, object]] = {
    "update": (lambda store: store.profiles.update(KARA, pose="on guard"), "pose", "on guard"),
    "save": (save_again, "pose", "on guard"),
    "reapply": (
        lambda store: store.profiles.reapply(KARA, store.presets.draft("kara_stormwind"), only=["race"]),
        "race",
        "human",
    ),
    "edit": (edit_as_text, "pose", "on guard"),
    "undo": (lambda store: store.undo(), "pose", "standing"),
    "credit": (
        lambda store: store.profiles.credit("campaign_x", {(KARA, store.profiles.get(KARA).uid): 3}),
        "total_interactions",
        3,
    ),
    "voice": (lambda store: store.campaigns.create("One", characters=[KARA]).close(), "voice_id", "ember"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.usefixtures("kara")
def test_what_somebody_edits_while_a_program_is_about_to_write_stays(store: SaveStore, name: str) -> None:
    work, field, value = WRITERS[name]
    store.profiles.update(KARA, pose="standing", race="orc")
    edit_as_text(store, "standing", "asleep")
    assert read(profile_of(store, KARA))[field] != value
    with files.using(system := Faulty()):
        edit_beside(system, profile_of(store, KARA), backstory="By hand", my_note="By hand, too")
        work(store)
    assert system.before is None
    now = read(profile_of(store, KARA))
    assert (now["backstory"], now["my_note"], now[field]) == ("By hand", "By hand, too", value)
    assert not list(profile_of(store, KARA).parent.glob(f"*{files.TEMPORARY}"))


@pytest.mark.usefixtures("kara")
def test_of_two_who_change_the_same_at_once_the_text_of_the_one_is_kept(store: SaveStore) -> None:
    with files.using(system := Faulty()):
        edit_beside(system, profile_of(store, KARA), pose="By hand")
        store.profiles.update(KARA, pose="asleep")
        assert store.profiles.get(KARA).pose == "asleep"
        assert b"By hand" in kept(store)["pc.kara_stormwind.json"]
        edit_beside(system, profile_of(store, KARA), pose="By hand")
        with pytest.raises(Conflict):
            edit_as_text(store)
        assert store.profiles.get(KARA).pose == "By hand"


def test_a_file_that_comes_where_a_new_profile_is_about_to_be_written_stays(store: SaveStore, tmp_path: Path) -> None:
    with SaveStore(tmp_path / "other") as other:
        other.profiles.save(other.presets.draft("kara_stormwind"))
        text = profile_of(other, KARA).read_bytes()
    path = profile_of(store, KARA)

    def before(call: str, target: str) -> None:
        if call == "open" and target.startswith(f"{path.parent}{os.sep}.{path.name}."):
            path.write_bytes(text)

    with files.using(system := Faulty()):
        system.before = before
        with pytest.raises(AlreadyExists):
            store.profiles.save(store.presets.draft("kara_stormwind"))
    assert path.read_bytes() == text


def nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"deeper": value}
    return value


@pytest.mark.parametrize("value", [2**64, float("nan"), float("-inf"), "\ud800", nested(70), object()])
def test_a_value_that_could_not_be_read_again_is_refused(
    store: SaveStore, kara: CharacterProfile, value: object
) -> None:
    before = bytes_in(store.root / PROFILES)
    with pytest.raises(InvalidDocument):
        store.profiles.update(KARA, voice_settings={"value": value})
    draft = store.presets.draft("kara_stormwind")
    draft.voice_settings["value"] = value
    with pytest.raises(InvalidDocument):
        store.profiles.save(draft)
    draft.name = "Another"
    with pytest.raises(InvalidDocument):
        store.profiles.save(draft)
    assert bytes_in(store.root / PROFILES) == before
    assert store.profiles.get(KARA) == kara


@pytest.mark.parametrize("name", ["", "   ", "Kara\nSmith", "\x00"])
def test_a_profile_keeps_a_name_that_can_be_read(store: SaveStore, kara: CharacterProfile, name: str) -> None:
    with pytest.raises(InvalidName):
        store.profiles.rename(KARA, name)
    with pytest.raises(InvalidName):
        store.profiles.update(KARA, name=name)
    assert store.profiles.get(KARA).name == kara.name


def test_nobody_is_updated_by_a_name_that_nobody_has(store: SaveStore, kara: CharacterProfile) -> None:
    with pytest.raises(NotFound) as missed:
        store.profiles.update("pc:kara_stormwin", pose="x")
    assert kara.character_id in missed.value.nearest


@pytest.mark.usefixtures("kara")
def test_unknown_keys_stay_in_their_place(store: SaveStore) -> None:
    path = profile_of(store, KARA)
    edit(path, favourite_tea="nettle", another={"deep": [1, 1.0, True]})
    store.profiles.update(KARA, pose="asleep")
    assert list(read(path))[-2:] == ["favourite_tea", "another"]
    assert path.read_text(encoding="utf-8").count("1.0") == 1


def test_a_change_that_another_program_made_is_not_lost(store: SaveStore, root: Path, kara: CharacterProfile) -> None:
    assert store.profiles.get(KARA).pose == kara.pose
    SaveStore(root).profiles.update(KARA, pose="from elsewhere")
    assert store.profiles.update(KARA, attire="rags").pose == "from elsewhere"


# Looking for


def test_a_profile_is_found_by_id_by_name_and_by_what_is_close(store: SaveStore, kara: CharacterProfile) -> None:
    assert store.profiles.get(KARA) == store.profiles.get("Kara Stormwind") == store.profiles.get("kara_stormwind")
    assert store.profiles.find(KARA) == kara
    assert store.profiles.find("Kara Stormwind") is None
    assert KARA in store.profiles
    assert "pc:nobody" not in store.profiles


@pytest.mark.usefixtures("kara")
@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../store", "\0", "x" * 300, "pc:" + "x" * 300, "PC:X", "prof_"]
)
def test_a_name_that_can_be_no_id_finds_nobody(store: SaveStore, name: str) -> None:
    assert store.profiles.find(name) is None
    assert name not in store.profiles
    with pytest.raises(NotFound):
        store.profiles.get(name)


@pytest.mark.usefixtures("kara")
def test_no_file_outside_its_folder_is_taken_for_a_profile(store: SaveStore, root: Path) -> None:
    (root / "elsewhere.json").write_bytes(profile_of(store, KARA).read_bytes())
    assert store.profiles.find("../elsewhere") is None
    assert "../elsewhere" not in store.profiles
    assert store.profiles.find("pc.kara_stormwind") is None, "that is its file, not its id"


@pytest.mark.usefixtures("kara")
def test_a_copied_profile_is_not_taken_for_the_one_it_was_copied_from(store: SaveStore) -> None:
    original = profile_of(store, KARA)
    copy = profile_of(store, "pc:kara_copy")
    edit(original, attire="rags")
    copy.write_bytes(original.read_bytes())
    edit(copy, attire="silk")
    with pytest.raises(InvalidDocument, match="id"):
        store.profiles.update("pc:kara_copy", pose="asleep")
    assert store.profiles.get(KARA).attire == "rags"
    problems = {one.character_id: one.problem for one in store.profiles.list()}
    assert problems[KARA] is None
    assert problems["pc:kara_copy"] is not None
    assert problems["pc:kara_copy"].message in [one.message for one in store.check()]


# Reading


@pytest.mark.usefixtures("kara")
def test_a_broken_profile_is_listed_with_its_place_and_blocks_no_other(store: SaveStore) -> None:
    theron = store.profiles.save(store.presets.draft("theron_gearwright"))
    path = profile_of(store, KARA)
    broken = path.read_bytes().replace(b'"revision": 1,', b'"revision": "one",', 1)
    path.write_bytes(broken)
    line = broken[: broken.index(b'"revision"')].count(b"\n") + 1
    problems = {one.character_id: one.problem for one in store.profiles.list()}
    problem = problems[KARA]
    assert problem is not None
    assert (problem.code, problem.path, problem.line, problem.column) == ("invalid", str(path), line, 15)
    assert problems[theron.character_id] is None
    with pytest.raises(InvalidDocument) as refused:
        store.profiles.get(KARA)
    assert (refused.value.path, refused.value.line) == (str(path), line)
    with pytest.raises(InvalidDocument):
        store.profiles.update(KARA, pose="x")
    assert path.read_bytes() == broken, "it is never overwritten with defaults"


def test_a_profile_of_a_newer_version_is_never_written(store: SaveStore, kara: CharacterProfile) -> None:
    path = profile_of(store, kara.character_id)
    edit(path, schema_version=2)
    before = path.read_bytes()
    with pytest.raises(NewerFormat):
        store.profiles.get(KARA)
    with pytest.raises(NewerFormat):
        store.profiles.update(KARA, pose="x")
    with pytest.raises(NewerFormat):
        store.profiles.save(store.presets.draft("kara_stormwind"))
    assert path.read_bytes() == before
    assert store.profiles.list()[0].problem is not None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_profile_that_notepad_has_saved_is_read_and_written_as_utf_8(
    store: SaveStore, kara: CharacterProfile, encoding: str
) -> None:
    path = profile_of(store, KARA)
    path.write_bytes(path.read_text(encoding="utf-8").replace("Stormwind", "Stürmer").encode(encoding))
    assert store.profiles.get(KARA).name == "Kara Stürmer"
    store.profiles.update(KARA, pose="asleep")
    assert "Kara Stürmer" in path.read_text(encoding="utf-8")
    assert kara.uid == store.profiles.get(KARA).uid


def test_files_with_literal_colons_are_read_and_get_their_portable_name_when_written(
    store: SaveStore, kara: CharacterProfile
) -> None:
    portable = profile_of(store, KARA)
    literal = portable.with_name(f"{KARA}.json")
    os.replace(portable, literal)
    assert [one.character_id for one in store.profiles.list()] == [KARA]
    assert store.profiles.get(KARA) == kara
    assert literal.is_file(), "reading moves nothing"
    assert store.profiles.save(store.presets.draft("kara_stormwind")).uid == kara.uid
    store.profiles.update(KARA, pose="asleep")
    assert not literal.exists()
    assert read(portable)["pose"] == "asleep"


# The cache


def test_a_profile_is_read_once_as_long_as_its_file_stays(
    store: SaveStore, kara: CharacterProfile, faulty: Faulty
) -> None:
    fresh = SaveStore(store.root)
    assert fresh.profiles.get(KARA) == kara
    once = faulty.count("open", PROFILES)
    for _ in range(5):
        assert fresh.profiles.get(KARA) == kara
    assert once == 1
    assert faulty.count("open", PROFILES) == 1


def test_an_edit_between_two_looks_is_seen_also_one_of_the_same_size(store: SaveStore, kara: CharacterProfile) -> None:
    path = profile_of(store, KARA)
    for number in range(100, 160):
        text = path.read_text(encoding="utf-8")
        pose = store.profiles.get(KARA).pose
        last = path.stat().st_mtime_ns
        path.write_text(text.replace(f'"pose": "{pose}"', f'"pose": "pose {number}"'), encoding="utf-8")
        os.utime(path, ns=(last + 1, last + 1))  # some systems tell times apart by 4 ms only
        assert store.profiles.get(KARA).pose == f"pose {number}"
    assert kara.pose != store.profiles.get(KARA).pose


def test_an_edit_right_behind_an_update_is_seen(store: SaveStore, kara: CharacterProfile, faulty: Faulty) -> None:
    path = profile_of(store, KARA)

    def edit_at_once(call: str, _path: str) -> None:
        if call == "flush_folder" and path.exists() and read(path)["pose"] == "ours":
            edit(path, pose="theirs")

    faulty.before = edit_at_once
    store.profiles.update(KARA, pose="ours")
    faulty.before = None
    assert read(path)["pose"] == "theirs"
    assert store.profiles.get(kara.character_id).pose == "theirs"


def test_a_profile_that_has_gone_is_not_served_from_memory(store: SaveStore, kara: CharacterProfile) -> None:
    path = profile_of(store, KARA)
    data = path.read_bytes()
    path.unlink()
    assert store.profiles.find(KARA) is None
    path.write_bytes(data)
    assert store.profiles.get(KARA) == kara


def make_many(store: SaveStore, kara: CharacterProfile, count: int) -> list[str]:
    ids = [f"pc:kara_{number}" for number in range(count)]
    for one in ids:
        profile_of(store, one).write_bytes(profile_of(store, KARA).read_bytes())
        edit(profile_of(store, one), character_id=one, uid=f"{kara.uid}{one}", name=one)
    return ids


def test_the_cache_is_bounded_and_serves_more_profiles_than_it_holds(
    store: SaveStore, kara: CharacterProfile, faulty: Faulty
) -> None:
    ids = make_many(store, kara, 300)
    for _ in range(2):
        assert [store.profiles.get(one).name for one in ids] == ids
    before = faulty.count("open", PROFILES)
    assert [store.profiles.get(one).name for one in ids[-CACHE_SIZE:]] == ids[-CACHE_SIZE:]
    assert faulty.count("open", PROFILES) == before, "the last ones are in memory"
    assert store.profiles.get(ids[0]).name == ids[0]
    assert faulty.count("open", PROFILES) == before + 1, "the first one no longer is"


def test_many_threads_can_read_profiles_at_once(store: SaveStore, kara: CharacterProfile) -> None:
    ids = make_many(store, kara, CACHE_SIZE + 8)

    def look(number: int) -> None:
        for one in ids[number * 60 :] + ids[: number * 60]:
            assert store.profiles.get(one).name == one

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert in_threads(4, look) == []
    finally:
        sys.setswitchinterval(interval)


# Interactions


def play(store: SaveStore, title: str, turns: int, who: str = KARA) -> None:
    with store.campaigns.open(title) as campaign:
        for _ in range(turns):
            with campaign.turn() as turn:
                turn.character(who).gain_experience(1)


def test_interactions_are_added_up_when_a_campaign_closes(store: SaveStore) -> None:
    for title in ("One", "Two"):
        store.campaigns.create(title, characters=["kara_stormwind"]).close()
    play(store, "One", 3)
    assert store.profiles.get(KARA).total_interactions == 3
    play(store, "Two", 4)
    play(store, "One", 2)
    with store.campaigns.open("One") as campaign:
        assert campaign.characters[KARA].interaction_count == 5
        assert campaign.enriched(KARA).total_interactions == 9


def test_a_turn_that_only_looks_at_somebody_is_no_interaction(store: SaveStore) -> None:
    with store.campaigns.create("Look", characters=["kara_stormwind", "theron_gearwright"]) as campaign:
        with campaign.turn() as turn:
            assert turn.character("pc:theron_gearwright").level
            turn.character(KARA).take_damage(1)
        assert campaign.characters["pc:theron_gearwright"].interaction_count == 0
        assert campaign.characters[KARA].interaction_count == 1
        assert campaign.characters[KARA].last_interaction is not None


def test_an_older_copy_of_a_campaign_takes_no_interactions_away(store: SaveStore, tmp_path: Path) -> None:
    with store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        pass
    play(store, "One", 1)
    shutil.copytree(campaign.folder, tmp_path / "older")
    play(store, "One", 2)
    shutil.rmtree(campaign.folder)
    shutil.copytree(tmp_path / "older", campaign.folder)
    play(store, "One", 1)
    assert store.profiles.get(KARA).total_interactions == 3


def test_counting_is_no_new_revision(store: SaveStore) -> None:
    store.campaigns.create("One", characters=["kara_stormwind"]).close()
    before = store.profiles.get(KARA)
    play(store, "One", 1)
    after = store.profiles.get(KARA)
    assert (after.revision, after.previous) == (before.revision, before.previous)


def test_a_fork_adds_only_what_is_played_in_it(store: SaveStore) -> None:
    store.campaigns.create("One", characters=["kara_stormwind"]).close()
    play(store, "One", 5)
    with store.campaigns.fork("One", title="Two") as fork:
        assert fork.characters[KARA].interaction_count == 0
        assert fork.characters[KARA].experience == 5
    assert store.profiles.get(KARA).total_interactions == 5
    play(store, "Two", 2)
    store.campaigns.fork("Two", at=1, title="Three").close()
    play(store, "Three", 1)
    play(store, "One", 1)
    assert sorted(store.profiles.get(KARA).interactions.values()) == [1, 2, 6]
    for title in ("One", "Three"):
        store.campaigns.remove(title)
    play(store, "Two", 1)
    assert store.profiles.get(KARA).total_interactions == 10


def test_several_of_a_kind_count_together(store: SaveStore) -> None:
    with store.campaigns.create("Crypt", characters=["zombie", "zombie"]) as campaign:
        for who in campaign.characters:
            with campaign.turn() as turn:
                turn.character(who).take_damage(1)
    assert store.profiles.get("npc:zombie").total_interactions == 2


def test_interactions_from_several_processes_at_once_are_all_counted(store: SaveStore) -> None:
    for number in range(4):
        store.campaigns.create(f"Story {number}", characters=["kara_stormwind"]).close()
    script = (
        "store = SaveStore(sys.argv[1])\n"
        "for _ in range(3):\n"
        "    with store.campaigns.open(sys.argv[2]) as campaign:\n"
        "        for _ in range(5):\n"
        "            with campaign.turn() as turn: turn.character('pc:kara_stormwind').gain_experience(1)\n"
    )
    beginning = "import sys\nfrom gamesaves import SaveStore\n"
    processes = [
        subprocess.Popen([sys.executable, "-c", beginning + script, str(store.root), f"Story {number}"])
        for number in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert store.profiles.get(KARA).total_interactions == 60


def test_interactions_are_counted_once_after_a_crash(store: SaveStore) -> None:
    store.campaigns.create("Crash", characters=["kara_stormwind"]).close()
    play(store, "Crash", 2)
    script = (
        "campaign = SaveStore(sys.argv[1]).campaigns.open('Crash')\n"
        "for _ in range(3):\n"
        "    with campaign.turn() as turn: turn.character('pc:kara_stormwind').gain_experience(1)\n"
        "print('played', flush=True); wait()\n"
    )
    with child(script, store.root) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert store.profiles.get(KARA).total_interactions == 2
    store.campaigns.open("Crash").close()
    assert store.profiles.get(KARA).total_interactions == 5
    store.campaigns.open("Crash").close()
    assert store.profiles.get(KARA).total_interactions == 5


def test_one_broken_profile_does_not_keep_the_others_from_being_counted(store: SaveStore) -> None:
    cast = ["aria_silverleaf", "kara_stormwind", "theron_gearwright"]
    with store.campaigns.create("Three", characters=cast) as campaign:
        with campaign.turn() as turn:
            for one in campaign.party:
                turn.character(one).take_damage(1)
        profile_of(store, "pc:aria_silverleaf").write_text("{")
    assert [one.path for one in campaign.problems] == [str(profile_of(store, "pc:aria_silverleaf"))]
    assert store.profiles.get(KARA).total_interactions == 1
    assert store.profiles.get("pc:theron_gearwright").total_interactions == 1


def test_another_person_with_the_same_id_is_not_counted_for(store: SaveStore) -> None:
    with store.campaigns.create("Swap", characters=["kara_stormwind"]) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(1)
        edit(profile_of(store, KARA), uid="somebody else", name="Another Kara")
        assert campaign.enriched(KARA).name == "Kara Stormwind"
    assert store.profiles.get(KARA).total_interactions == 0


def test_a_campaign_without_its_profiles_can_be_played_and_closed(store: SaveStore) -> None:
    store.campaigns.create("Alone", characters=["kara_stormwind"]).close()
    profile_of(store, KARA).unlink()
    with store.campaigns.open("Alone") as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(5)
        shown = campaign.enriched(KARA)
        assert (shown.name, shown.portrait_file) == ("Kara Stormwind", None)
    assert [one for one in campaign.problems if one.severity == "error"] == []


# From a profile into campaigns


def test_one_profile_in_two_campaigns(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    draft.name = "Kara Smith"
    portrait = store.profiles.portrait(draft)
    with store.campaigns.create("The Lost Kingdom", characters=[draft]) as lost:
        with lost.turn("The goblin strikes back") as turn:
            turn.character(draft).take_damage(11)
        assert (lost.enriched(draft).hit_points_current, lost.enriched(draft).hit_points_max) == (15, 26)
        assert lost.enriched(draft).level == 3
        with store.campaigns.create("Ten Years On", characters=["pc:kara_smith"]) as later:
            with later.turn() as turn:
                kara = turn.character("Kara Smith")
                kara.level_up(10)
                kara.hit_points_max = 105
                kara.hit_points_current = 85
            there, here = later.enriched("pc:kara_smith"), lost.enriched("pc:kara_smith")
            assert (there.level, there.hit_points_current, there.hit_points_max) == (10, 85, 105)
            assert (here.level, here.hit_points_current, here.hit_points_max) == (3, 15, 26)
            assert there.portrait_file == here.portrait_file == store.root / portrait
            assert there.voice_id is not None
            assert there.voice_id == here.voice_id
            new = store.profiles.portrait("pc:kara_smith", picture=PNG)
            assert new != portrait
            assert later.enriched("pc:kara_smith").portrait_file == store.root / new
            assert lost.enriched("pc:kara_smith").portrait_file == store.root / new


def test_a_turn_with_damage_changes_no_byte_of_any_profile(store: SaveStore) -> None:
    with store.campaigns.create("Fight", characters=["kara_stormwind", "zombie"]) as campaign:
        before = bytes_in(store.root / PROFILES)
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(5)
            turn.character("npc:zombie").take_damage(5)
            turn.character(KARA).level_up()
        campaign.flush()
        assert bytes_in(store.root / PROFILES) == before
        assert len(before) == 4


def test_a_changed_expression_changes_no_byte_of_a_campaign(store: SaveStore) -> None:
    with store.campaigns.create("Smile", characters=["kara_stormwind"]) as campaign:
        campaign.flush()
        before = bytes_in(campaign.folder)
        store.profiles.update(KARA, facial_expression="a wide grin")
        store.profiles.portrait(KARA)
        assert campaign.enriched(KARA).facial_expression == "a wide grin"
        campaign.flush()
        assert bytes_in(campaign.folder) == before


def test_a_second_campaign_begins_with_the_abilities_kit_and_hit_points_of_the_profile(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    draft.name, draft.strength, draft.hit_points_max = "Strong Kara", 19, 44
    store.campaigns.create("One", characters=[draft]).close()
    with store.campaigns.open("One") as campaign, campaign.turn() as turn:
        for item in tuple(turn.character(draft).inventory):
            turn.character(draft).drop_item(item, None)
        turn.character(draft).take_damage(40)
    profile = store.profiles.get("pc:strong_kara")
    with store.campaigns.create("Two", characters=[profile]) as second:
        kara = second.characters["pc:strong_kara"]
        assert (kara.strength, kara.hit_points_current, kara.hit_points_max) == (19, 44, 44)
        assert kara.level == profile.base_level
        assert kara.inventory == profile.starting.inventory != {}
        assert kara.abilities == profile.starting.abilities != {}


@pytest.mark.parametrize(
    ("preset", "level", "hit_points", "armor_class"),
    [("kara_stormwind", 3, 26, 16), ("kara_stormwind", 4, 34, 16), ("zombie", 3, 22, 8)],
)
def test_the_numbers_a_campaign_begins_with(
    store: SaveStore, preset: str, level: int, hit_points: int, armor_class: int
) -> None:
    draft = store.presets.draft(preset)
    draft.level = level
    with store.campaigns.create("Numbers", characters=[draft]) as campaign:
        one = campaign.characters[campaign.data.character_ids[0]]
        assert (one.level, one.hit_points_max, one.hit_points_current) == (level, hit_points, hit_points)
        assert one.armor_class == armor_class


def test_the_same_player_cannot_join_twice_and_an_npc_can(store: SaveStore) -> None:
    with store.campaigns.create("Twice", characters=["kara_stormwind"]) as campaign:
        with pytest.raises(AlreadyExists):
            campaign.add_character("kara_stormwind")
        assert [campaign.add_character("zombie").character_id for _ in range(3)] == [
            "npc:zombie",
            "npc:zombie_2",
            "npc:zombie_3",
        ]
        assert {one.profile_id for one in campaign.characters.values() if one.character_type == "npc"} == {"npc:zombie"}
    with pytest.raises(InvalidValue, match="twice"):
        store.campaigns.create("Twice again", characters=["kara_stormwind", KARA])


def test_the_voice_is_given_once_and_stays(store: SaveStore) -> None:
    profile = store.profiles.save(store.presets.draft("kara_stormwind"))
    assert profile.voice_id is None
    store.campaigns.create("One", characters=[profile]).close()
    voice = store.profiles.get(KARA).voice_id
    assert voice is not None
    store.campaigns.create("Two", characters=["aria_silverleaf", KARA, "elara_moonwhisper"]).close()
    assert store.profiles.get(KARA).voice_id == voice
    assert store.profiles.get("pc:aria_silverleaf").voice_id != voice
    assert read(profile_of(store, "prof_pc:kara_stormwind"))["voice_id"] is None


def test_two_stores_choose_the_same_voices(store: SaveStore, tmp_path: Path) -> None:
    cast = ["kara_stormwind", "aria_silverleaf", "gorak_the_brutal", "zombie"]

    def voices(one: SaveStore) -> dict[str, str | None]:
        one.campaigns.create("Voices", characters=cast).close()
        return {profile.character_id: profile.voice_id for profile in one.profiles.list()}

    with SaveStore(tmp_path / "another", clock=Clock()) as another:
        assert voices(store) == voices(another)


def test_a_profile_written_by_one_process_is_read_by_the_next(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))
    store.profiles.update(KARA, attire="Silver-trimmed plate armor")
    script = "print(SaveStore(sys.argv[1]).profiles.get('Kara Stormwind').attire)"
    assert in_child(script, store.root) == "Silver-trimmed plate armor"
