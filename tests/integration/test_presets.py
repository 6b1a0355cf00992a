"""Presets: layers of which the first wins, drafts and templates, a store's own copies."""

import json
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.cli.main import main
from gamesaves.errors import (
    AlreadyExists,
    Ambiguous,
    InvalidDocument,
    InvalidName,
    MissingExtra,
    NewerFormat,
    NotFound,
)
from tests.integration.stores import KARA, PROFILES, Clock, codes, kept, profile_of, read, tree_hash


def write(folder: Path, kind: str, name: str, content: Any) -> Path:
    path = folder / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """The folder of the game's own presets."""
    return tmp_path / "game" / "presets"


@pytest.fixture
def layered(root: Path, game: Path) -> SaveStore:
    return SaveStore(root, clock=Clock(), presets=game)


def test_the_first_layer_that_has_a_preset_wins_whole(layered: SaveStore, root: Path, game: Path) -> None:
    assert layered.presets.get("zombie").hit_points_max == 22
    write(game, "characters", "zombie.json", {"name": "Zombie of the game", "armor_class": 9})
    assert layered.presets.get("zombie").armor_class == 9
    assert layered.presets.get("zombie").hit_points_max is None, "it is not mixed with the shipped one"
    write(root / "presets", "characters", "zombie.json", {"name": "Zombie of the store"})
    assert layered.presets.get("zombie").name == "Zombie of the store"
    with layered.campaigns.create("Layers") as campaign:
        write(campaign.folder / "presets", "characters", "zombie.json", {"name": "Zombie of the campaign"})
        assert campaign.presets.get("zombie").name == "Zombie of the campaign"
        assert campaign.add_character("zombie").name == "Zombie of the campaign"
    assert layered.presets.get("zombie").name == "Zombie of the store", "other campaigns do not see it"


def test_a_list_says_where_each_preset_comes_from_and_what_it_overrides(
    layered: SaveStore, root: Path, game: Path
) -> None:
    write(game, "characters", "zombie.json", {"name": "Game"})
    write(root / "presets", "characters", "zombie.json", {"name": "Store"})
    listed = {entry.id: entry for entry in layered.presets.list()}
    assert (listed["zombie"].layer, listed["zombie"].overrides) == ("store", ("game", "shipped"))
    assert (listed["ogre"].layer, listed["ogre"].overrides) == ("shipped", ())
    assert list(listed) == sorted(listed)


def test_a_file_may_hold_an_array_of_presets(layered: SaveStore, game: Path) -> None:
    write(game, "characters", "crew.json", [{"name": "Old Tom"}, {"id": "cook", "name": "The Cook", "level": 2}])
    assert layered.presets.get("old_tom").name == "Old Tom"
    assert layered.presets.get("cook").level == 2
    assert {"old_tom", "cook"} <= {entry.id for entry in layered.presets.list()}
    assert "crew" not in {entry.id for entry in layered.presets.list()}
    draft = layered.presets.draft("old_tom")
    assert draft.id == "old_tom"


def test_a_preset_in_an_array_overrides_the_shipped_one_like_any_other(layered: SaveStore, game: Path) -> None:
    write(game, "characters", "monsters.json", [{"id": "zombie", "name": "Zombie of the array"}])
    assert {entry.id: entry.layer for entry in layered.presets.list()}["zombie"] == "game"
    assert layered.presets.get("zombie").name == "Zombie of the array"


def test_a_preset_is_found_by_its_id_its_name_and_otherwise_the_nearest_are_named(store: SaveStore) -> None:
    assert store.presets.get("kara_stormwind") == store.presets.get("Kara Stormwind")
    with pytest.raises(NotFound) as missed:
        store.presets.get("kara_stromwind")
    assert missed.value.nearest[0] == "kara_stormwind"


def test_two_presets_of_the_same_name_are_both_named(layered: SaveStore, game: Path) -> None:
    write(game, "characters", "tom_1.json", {"name": "Tom"})
    write(game, "characters", "tom_2.json", {"name": "Tom"})
    with pytest.raises(Ambiguous) as unclear:
        layered.presets.get("Tom")
    assert unclear.value.matches == ("tom_1", "tom_2")


def test_yaml_is_read_like_json(layered: SaveStore, game: Path) -> None:
    write(game, "characters", "ferryman.yaml", "name: Ansel\nlevel: 2\ninventory:\n  pole: {name: Pole, quantity: 3}\n")
    write(game, "characters", "smith.yml", "- {id: smith, name: Brida}\n")
    assert layered.presets.get("ferryman").inventory["pole"].quantity == 3
    assert layered.presets.get("smith").name == "Brida"


def test_yaml_that_is_none_is_refused_with_line_and_column(layered: SaveStore, game: Path) -> None:
    path = write(game, "characters", "ferryman.yaml", "name: Ansel\nlevel: [2\n")
    with pytest.raises(InvalidDocument) as refused:
        layered.presets.get("ferryman")
    assert refused.value.path == str(path)
    assert refused.value.line == 3
    assert refused.value.column is not None


def test_without_the_extra_a_yaml_preset_names_what_to_install_and_blocks_no_other(
    layered: SaveStore, game: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    write(game, "characters", "ferryman.yaml", "name: Ansel\n")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra) as missed:
        layered.presets.get("ferryman")
    assert missed.value.hint is not None
    assert "gamesaves[yaml]" in missed.value.hint
    problems = {entry.id: entry.problem for entry in layered.presets.list()}
    assert [one for one, problem in problems.items() if problem] == ["ferryman"]


def test_listing_and_showing_write_nothing(store: SaveStore, tmp_path: Path) -> None:
    before = tree_hash(tmp_path)
    store.presets.list()
    store.presets.get("kara_stormwind")
    store.presets.tree("voices", store.presets.list("voices")[0].id)
    store.presets.kinds()
    store.profiles.list()
    store.profiles.list(templates=True)
    store.images.list()
    store.campaigns.list()
    store.check()
    assert tree_hash(tmp_path) == before
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("kind", "text", "line", "column"),
    [
        ("characters", '{\n  "name": "Ugo",\n  "level": 3,,\n}', 3, 14),
        ("characters", '{\n  "name": "Ugo",\n  "level": "three"\n}', 3, 12),
        ("classes", '{\n  "name": "Piper",\n  "hit_die": 0\n}', 3, 14),
        ("voices", '{\n  "archetype": "hero"\n}', 1, 1),
        ("characters", "[7]", 1, 1),
        ("characters", '[\n  {"id": "ugo", "name": "Ugo", "level": 0}]', 2, 41),
    ],
)
def test_a_broken_preset_is_listed_with_its_place_and_blocks_no_other(
    store: SaveStore, root: Path, kind: str, text: str, line: int, column: int
) -> None:
    path = write(root / "presets", kind, "ugo.json", text)
    problems = {entry.id: entry.problem for entry in store.presets.list(kind)}
    problem = problems.pop("ugo")
    assert problem is not None
    assert (problem.code, problem.path, problem.line, problem.column) == ("invalid", str(path), line, column)
    assert not any(problems.values())
    assert problem in store.check()
    with store.campaigns.create("All the same", characters=["kara_stormwind", "zombie"]) as campaign:
        assert len(campaign.characters) == 2


def test_one_broken_preset_in_an_array_does_not_block_the_others(store: SaveStore, root: Path) -> None:
    path = write(root / "presets", "characters", "crew.json", '[{"name": "Tom"},\n {"id": "A B"}]')
    problems = {entry.id: entry.problem for entry in store.presets.list()}
    assert problems["tom"] is None
    assert problems["crew"] is not None
    assert (problems["crew"].path, problems["crew"].line, problems["crew"].column) == (str(path), 2, 2)
    assert store.presets.get("tom").name == "Tom"


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "", "A"])
def test_a_kind_that_is_no_id_is_refused(store: SaveStore, name: str) -> None:
    with pytest.raises(InvalidName):
        store.presets.customise(name, "zombie")
    with pytest.raises(InvalidName):
        store.presets.revert(name, "zombie")
    with pytest.raises(InvalidName):
        store.presets.revert("characters", name)
    assert not store.root.exists()


def test_a_broken_override_is_named_and_not_passed_over_for_the_one_it_overrides(store: SaveStore, root: Path) -> None:
    path = write(root / "presets", "characters", "zombie.json", '{"name": "Zombie", "level": }')
    with pytest.raises(InvalidDocument) as refused:
        store.presets.get("zombie")
    assert (refused.value.path, refused.value.line, refused.value.column) == (str(path), 1, 29)


def test_a_broken_class_is_named_where_it_is_needed_and_nothing_is_made_up(store: SaveStore, root: Path) -> None:
    write(root / "presets", "classes", "fighter.json", '{"name": "Fighter", "hit_die": "ten"}')
    with pytest.raises(InvalidDocument, match="hit_die"):
        store.campaigns.create("Broken class", characters=["kara_stormwind"])
    assert store.campaigns.list() == []


def test_a_preset_of_a_newer_version_is_refused(store: SaveStore, root: Path) -> None:
    write(root / "presets", "characters", "ugo.json", {"schema_version": 2, "name": "Ugo"})
    with pytest.raises(NewerFormat):
        store.presets.get("ugo")
    entry = next(entry for entry in store.presets.list() if entry.id == "ugo")
    assert entry.problem is not None
    assert entry.problem.code == "newer_format"


def test_a_file_whose_name_is_no_id_is_no_preset(store: SaveStore, root: Path) -> None:
    write(root / "presets", "characters", "zombie (conflicted copy).json", {"name": "Copy"})
    write(root / "presets", "characters", ".zombie.json.swp", "an editor's")
    assert {entry.layer for entry in store.presets.list()} == {"shipped"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Mira.json", "Call it mira.json"),
        ("old man.json", "Call it old_man.json"),
        ("日本.yaml", "Call it riben.yaml"),
        ("x.JSON", "Call it x.json"),
        ("Zombie.json", "Call it zombie_2.json"),
        ("zombie (1).json", "second copy of zombie.json"),
        ("!.json", "Call it x_"),
    ],
)
def test_a_file_whose_name_is_no_id_is_told_with_the_name_to_give_it(
    store: SaveStore, root: Path, name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root / "presets", "characters", "zombie.json", {"name": "Zombie"})
    path = write(root / "presets", "characters", name, {"name": "Nobody", "levle": 3})
    store.create()
    told = [one for one in store.check() if one.path == str(path) and one.code == "foreign_file"]
    assert [one.severity for one in told] == ["warning"]
    assert says in str(told[0].hint)
    for arguments in ([], ["--kind", "characters"], [str(path)]):
        main(["--store", str(root), "preset", "check", *arguments])
        assert f"warning: {told[0].message}\n  at {path}\n  hint: {told[0].hint}\n" in capsys.readouterr().out


def test_who_asks_for_a_preset_by_the_name_of_such_a_file_is_told_its_name_to_be(store: SaveStore, root: Path) -> None:
    path = write(root / "presets", "characters", "Mira.json", {"name": "Mira the Quiet"})
    with pytest.raises(NotFound) as caught:
        store.presets.get("Mira")
    assert str(path) in str(caught.value.hint)
    assert "mira.json" in str(caught.value.hint)
    path.rename(path.with_name("mira.json"))
    assert store.presets.get("Mira").name == "Mira the Quiet"


def test_a_folder_whose_name_is_no_id_does_not_keep_the_others_from_being_checked(store: SaveStore, root: Path) -> None:
    write(root / "presets", "Monsters", "slime.json", {"name": "Slime"})
    write(root / "presets", "characters", "mira.json", {"name": "Mira", "level": "three"})
    told = {one.path: one for one in store.check()}
    assert told[str(root / "presets" / "characters" / "mira.json")].severity == "error"
    folder = told[str(root / "presets" / "Monsters")]
    assert (folder.severity, "monsters" in str(folder.hint)) == ("warning", True)


def test_a_game_adds_kinds_of_its_own(layered: SaveStore, game: Path) -> None:
    write(game, "monsters", "slime.json", {"name": "Slime", "sticky": True})
    assert "monsters" in layered.presets.kinds()
    tree, entry = layered.presets.tree("monsters", "slime")
    assert tree["sticky"] is True
    assert (entry.layer, entry.name) == ("game", "Slime")


def test_customising_copies_a_preset_into_the_store_and_reverting_takes_the_copy_away(
    store: SaveStore, root: Path
) -> None:
    shipped, _ = store.presets.tree("characters", "zombie")
    path = store.presets.customise("characters", "zombie")
    assert path == root / "presets" / "characters" / "zombie.json"
    assert read(path) == shipped
    path.write_text(json.dumps({**shipped, "name": "Slow Zombie"}))
    assert store.presets.customise("characters", "Slow Zombie") == path, "what is edited already stays"
    assert store.presets.get("zombie").name == "Slow Zombie"
    set_aside = store.presets.revert("characters", "zombie")
    assert store.presets.get("zombie").name == "Zombie"
    assert read(set_aside)["name"] == "Slow Zombie"
    with pytest.raises(NotFound):
        store.presets.revert("characters", "zombie")


def test_a_file_that_has_the_name_of_a_new_preset_is_not_written_over(store: SaveStore, root: Path) -> None:
    villains = write(root / "presets", "characters", "villains.json", [{"id": "dark_kara", "name": "Dark Kara"}])
    zombies = write(root / "presets", "characters", "zombie.json", [{"id": "slow_zombie", "name": "Slow Zombie"}])
    before = tree_hash(root / "presets")
    with pytest.raises(AlreadyExists) as refused:
        store.presets.new("characters", "villains", name="Villains")
    assert refused.value.path == str(villains)
    assert refused.value.hint == "Edit this file or rename it, or take another id."
    with pytest.raises(AlreadyExists) as refused:
        store.presets.customise("characters", "zombie")
    assert refused.value.path == str(zombies)
    assert tree_hash(root / "presets") == before
    assert store.presets.get("dark_kara").name == "Dark Kara"


def test_a_preset_of_a_campaign_does_not_take_the_place_of_the_stores(store: SaveStore, root: Path) -> None:
    own = write(root / "presets", "characters", "zombie.json", {"name": "Zombie of the store"})
    with store.campaigns.create("Graves") as campaign:
        write(campaign.folder / "presets", "characters", "zombie.json", {"name": "Zombie of the campaign"})
        with pytest.raises(AlreadyExists) as refused:
            campaign.presets.customise("characters", "zombie")
    assert refused.value.path == str(own)
    assert read(own) == {"name": "Zombie of the store"}


def test_unknown_keys_and_the_schema_of_a_preset_survive_customising(layered: SaveStore, game: Path) -> None:
    tree = {"$schema": "x.json", "name": "Slime", "zeal": 3, "inventory": {"goo": {"name": "Goo", "wet": True}}}
    write(game, "characters", "slime.json", tree)
    assert read(layered.presets.customise("characters", "slime")) == tree
    draft = layered.presets.draft("slime")
    profile = layered.profiles.save(draft)
    assert profile.starting.model_dump()["zeal"] == 3
    assert profile.starting.inventory["goo"].model_dump()["wet"] is True


def test_drafting_writes_the_template_once_and_nothing_else(store: SaveStore, root: Path) -> None:
    draft = store.presets.draft("kara_stormwind")
    template = profile_of(store, "prof_pc:kara_stormwind")
    assert [path.name for path in (root / PROFILES).iterdir()] == [template.name]
    first = template.read_bytes()
    tree = read(template)
    assert tree["name"] == "Kara Stormwind"
    assert tree["attire"] is None
    assert tree["facial_expression"] is None
    assert draft.attire is not None
    draft.name, draft.attire = "Kara Smith", "Silver-trimmed plate armor"
    store.presets.draft("kara_stormwind")
    assert template.read_bytes() == first
    assert [one.character_id for one in store.profiles.list(templates=True)] == ["prof_pc:kara_stormwind"]
    assert store.profiles.list() == []


def test_keys_of_a_games_own_in_a_draft_come_to_a_profile_that_is_there(store: SaveStore) -> None:
    path = store.root / "presets" / "characters" / "hero.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"name": "Hero", "mana": 7}))
    store.campaigns.create("First", characters=["hero"]).close()
    draft = store.presets.draft("hero")
    draft.mana, draft.stamina = 9, 4
    with store.campaigns.create("Second", characters=[draft]) as campaign:
        assert campaign.characters["pc:hero"].model_extra == {"mana": 9, "stamina": 4}


def test_a_draft_is_edited_without_the_preset_changing(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    draft.skills["athletics"] = 99
    assert store.presets.get("kara_stormwind").skills["athletics"] != 99
    assert store.presets.draft("kara_stormwind").skills["athletics"] != 99


def test_the_template_of_someone_nobody_plays_is_one_of_an_npc(store: SaveStore) -> None:
    store.presets.draft("zombie")
    assert profile_of(store, "prof_npc:zombie").is_file()


def test_reverting_keeps_the_copy_with_a_note_of_how_to_put_it_back(store: SaveStore) -> None:
    store.presets.customise("characters", "zombie")
    place = store.presets.revert("characters", "zombie")
    note = read(place.parent / "note.json")
    assert note["home"] == "presets/characters/zombie.json"
    assert "zombie.json" in kept(store)


def test_what_a_class_gives_is_in_the_campaign(layered: SaveStore, game: Path) -> None:
    write(
        game,
        "classes",
        "piper.json",
        {"name": "Piper", "hit_die": 6, "armor_class": 12, "inventory": {"pipe": {"name": "Pipe"}}},
    )
    write(game, "characters", "ugo.json", {"name": "Ugo", "character_class": "piper", "level": 2})
    with layered.campaigns.create("Pipes", characters=["ugo"]) as campaign:
        ugo = campaign.characters["pc:ugo"]
        assert (ugo.hit_points_max, ugo.armor_class) == (10, 12)
        assert ugo.inventory["pipe"].name == "Pipe"


def test_an_unknown_class_counts_as_an_adventurer(store: SaveStore, root: Path) -> None:
    write(root / "presets", "characters", "ugo.json", {"name": "Ugo", "character_class": "lamplighter", "level": 2})
    with store.campaigns.create("Lamps", characters=["ugo"]) as campaign:
        assert (campaign.characters["pc:ugo"].hit_points_max, campaign.characters["pc:ugo"].armor_class) == (13, 10)


def test_the_presets_that_ship_need_no_mending(store: SaveStore) -> None:
    for kind in store.presets.kinds():
        assert codes(entry.problem for entry in store.presets.list(kind) if entry.problem) == []
    with store.campaigns.create("Everybody", characters=[entry.id for entry in store.presets.list()]) as campaign:
        assert len(campaign.characters) == len(store.presets.list())
        assert KARA in campaign.characters
    assert store.check() == []
