"""The presets that ship with the library are complete, valid and pleasant to read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gamesaves.documents import (
    CharacterPreset,
    ClassPreset,
    EnvironmentPreset,
    RecommendationPreset,
    UnlockPreset,
    VoicePreset,
)
from gamesaves.documents.appearance import VISUAL_FIELDS
from gamesaves.documents.preset import Preset
from gamesaves.ids import is_id
from gamesaves.rules.building import ADVENTURER, campaign_state, levelled, profile_from
from gamesaves.rules.calendar import PERIODS
from gamesaves.rules.voices import choose_voice

PRESETS = Path(__file__).parents[2] / "presets"
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
MODELS: dict[str, type[Preset]] = {
    "characters": CharacterPreset,
    "classes": ClassPreset,
    "environments": EnvironmentPreset,
    "recommendations": RecommendationPreset,
    "unlocks": UnlockPreset,
    "voices": VoicePreset,
}
FILES = sorted(path.relative_to(PRESETS).as_posix() for path in PRESETS.glob("*/*.json"))
SRD_CLASSES = {
    *("barbarian", "bard", "cleric", "druid", "fighter", "monk"),
    *("paladin", "ranger", "rogue", "sorcerer", "warlock", "wizard"),
}


def tree_of(file: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((PRESETS / file).read_text(encoding="utf-8"))
    return tree


CLASSES = {Path(file).stem: ClassPreset.model_validate(tree_of(file)) for file in FILES if file.startswith("classes/")}
CHARACTERS = {
    Path(file).stem: CharacterPreset.model_validate(tree_of(file)) for file in FILES if file.startswith("characters/")
}
VOICES = [VoicePreset.model_validate(tree_of(file)) for file in FILES if file.startswith("voices/")]


def test_nothing_else_lies_in_the_folder() -> None:
    assert {path.name for path in PRESETS.iterdir()} == {*MODELS, "README.md", "ATTRIBUTION.md"}
    assert {path.suffix for path in PRESETS.glob("*/*")} == {".json"}


@pytest.mark.parametrize("file", FILES)
def test_a_preset_is_valid_and_named_after_its_id(file: str) -> None:
    tree = tree_of(file)
    preset = MODELS[Path(file).parent.name].model_validate(tree)
    assert is_id(Path(file).stem)
    assert preset.id == Path(file).stem
    assert preset.schema_version == tree["schema_version"] == 1


@pytest.mark.parametrize("file", FILES)
def test_a_preset_is_pleasant_to_read(file: str) -> None:
    text = (PRESETS / file).read_bytes().decode("utf-8")
    assert text == json.dumps(tree_of(file), indent=2, ensure_ascii=False) + "\n"
    assert next(iter(tree_of(file))) == "name"


@pytest.mark.parametrize("file", FILES)
def test_a_preset_holds_only_what_differs_from_the_defaults(file: str) -> None:
    written = tree_of(file)
    preset = MODELS[Path(file).parent.name].model_validate(written)
    dumped = preset.model_dump(mode="json", exclude_unset=True)
    assert dumped == written


def test_there_is_somebody_to_play_and_somebody_to_meet() -> None:
    players = {key for key, preset in CHARACTERS.items() if preset.character_type == "player"}
    assert len(players) >= 12
    assert len(CHARACTERS) - len(players) >= 10
    assert {CHARACTERS[key].character_class for key in players} == SRD_CLASSES
    assert {"kara_stormwind", "theron_gearwright", "aria_silverleaf", "elara_moonwhisper"} < players
    assert {"gorak_the_brutal", "eldrin_oakwhisper"} < players


@pytest.mark.parametrize(("key", "preset"), CHARACTERS.items(), ids=CHARACTERS)
def test_a_character_can_begin_a_campaign(key: str, preset: CharacterPreset) -> None:
    cls = CLASSES[preset.character_class]
    kind = "npc" if preset.character_type == "npc" else "pc"
    profile = profile_from(preset, cls, character_id=f"{kind}:{key}", uid="u1", now=NOW)
    state = campaign_state(profile, cls, now=NOW)
    assert state.hit_points_current == state.hit_points_max > 0
    assert state.description
    assert state.status == "healthy"
    assert all(item.quantity for item in state.inventory.values())
    assert choose_voice(VOICES, [], preset.voice_archetype, preset.gender, profile.character_id)


@pytest.mark.parametrize(
    ("key", "preset"),
    [it for it in CHARACTERS.items() if it[1].character_type == "player"],
    ids=lambda it: str(it)[:20],
)
def test_a_player_is_somebody(key: str, preset: CharacterPreset) -> None:
    assert all(getattr(preset, name) for name in VISUAL_FIELDS), key
    assert preset.backstory
    assert preset.appearance
    assert preset.personality_traits
    assert preset.bonds
    assert preset.flaws
    assert preset.hit_points_max is None


@pytest.mark.parametrize(
    ("key", "hit_points", "armor_class"),
    [
        ("kara_stormwind", 26, 16),
        ("eldrin_oakwhisper", 13, 10),
        ("zombie", 22, 8),
        ("goblin", 7, 15),
        ("young_red_dragon", 178, 18),
        ("innkeeper", 4, 10),
    ],
)
def test_hit_points_and_armour_class(key: str, hit_points: int, armor_class: int) -> None:
    preset = CHARACTERS[key]
    cls = CLASSES[preset.character_class]
    profile = profile_from(preset, cls, character_id=f"npc:{key}", uid="u1", now=NOW)
    state = campaign_state(profile, cls, now=NOW)
    assert (state.hit_points_max, state.armor_class) == (hit_points, armor_class)


def test_kara_needs_no_number_set_by_hand() -> None:
    kara, fighter = CHARACTERS["kara_stormwind"], CLASSES["fighter"]
    assert (kara.level, kara.constitution, kara.hit_points_max, kara.armor_class) == (3, 14, None, None)
    profile = profile_from(kara, fighter, character_id="pc:kara_stormwind", uid="u1", now=NOW)
    risen = levelled(campaign_state(profile, fighter, now=NOW), fighter, 4)
    assert (risen.hit_points_current, risen.hit_points_max) == (26, 34)


def test_keys_of_its_own_come_along() -> None:
    profile = profile_from(CHARACTERS["zombie"], CLASSES["monster"], character_id="npc:zombie_1", uid="u1", now=NOW)
    assert campaign_state(profile, CLASSES["monster"], now=NOW).model_dump()["challenge_rating"] == "1/4"


def test_every_class_of_the_srd_is_there_and_the_adventurer() -> None:
    assert {*SRD_CLASSES, "adventurer"} <= set(CLASSES)
    assert (CLASSES["adventurer"].hit_die, CLASSES["adventurer"].armor_class) == (8, 10)
    assert (ADVENTURER.hit_die, ADVENTURER.armor_class) == (8, 10)
    for key in SRD_CLASSES:
        assert CLASSES[key].inventory, key
        assert CLASSES[key].abilities["1"], key


@pytest.mark.parametrize("key", sorted(CLASSES))
def test_a_classs_armour_class_is_that_of_the_kit_it_wears(key: str) -> None:
    worn = [item for item in CLASSES[key].inventory.values() if item.equipped]
    armour = [item.properties["armor_class"] for item in worn if item.item_type == "armor"]
    shields = [item.properties["armor_class"] for item in worn if item.item_type == "shield"]
    assert CLASSES[key].armor_class == sum(armour or [10]) + sum(shields)


def test_every_archetype_that_a_character_asks_for_has_a_voice() -> None:
    offered = {voice.archetype for voice in VOICES}
    assert {preset.voice_archetype for preset in CHARACTERS.values()} <= offered


def test_the_source_of_the_statistics_is_named() -> None:
    text = " ".join((PRESETS / "ATTRIBUTION.md").read_text(encoding="utf-8").split())
    assert "System Reference Document 5.1 (“SRD 5.1”) by Wizards of the Coast LLC" in text
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text


def test_every_period_of_a_day_has_a_light() -> None:
    rules = EnvironmentPreset.model_validate(tree_of("environments/default.json"))
    assert tuple(rules.periods) == PERIODS
    assert len({str(values["lighting"]) for values in rules.periods.values()}) == len(PERIODS)
