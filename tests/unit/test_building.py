"""From a preset to a profile, from a profile into a campaign, and upwards from there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.documents import CharacterInfo, CharacterPreset, CharacterProfile, ClassPreset
from gamesaves.errors import InvalidValue
from gamesaves.rules.building import (
    abilities_at,
    campaign_state,
    constitution_modifier,
    hit_points_at,
    level_up,
    levelled,
    profile_from,
    starting_from,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def ability(name: str, uses: int | None = None) -> dict[str, Any]:
    return {"name": name, "uses_left": uses, "uses_max": uses}


FIGHTER = ClassPreset.model_validate(
    {
        "id": "fighter",
        "name": "Fighter",
        "hit_die": 10,
        "armor_class": 16,
        "inventory": {"sword": {"name": "Sword"}, "rope": {"name": "Rope", "coils": 2}},
        "abilities": {
            "10": {"second_wind": ability("Second Wind", 3)},
            "1": {"second_wind": ability("Second Wind", 1)},
            "4": {"second_wind": ability("Second Wind", 2), "surge": ability("Surge", 1)},
        },
    }
)
DRUID = ClassPreset(id="druid", name="Druid", hit_die=8, armor_class=10)


def preset(**fields: Any) -> CharacterPreset:
    return CharacterPreset.model_validate(
        {"id": "kara", "name": "Kara", "character_class": "fighter", "level": 3, "constitution": 14, **fields}
    )


def profile(made_from: CharacterPreset | None = None, cls: ClassPreset | None = FIGHTER) -> CharacterProfile:
    return profile_from(made_from or preset(), cls, character_id="pc:kara", uid="u1", now=NOW)


@pytest.mark.parametrize(
    ("hit_die", "level", "constitution", "expected"),
    [(10, 3, 14, 26), (10, 4, 14, 34), (8, 2, 10, 13), (8, 1, 18, 8), (6, 5, 1, 10), (12, 20, 20, 12 + 19 * 12)],
)
def test_hit_points(hit_die: int, level: int, constitution: int, expected: int) -> None:
    assert hit_points_at(hit_die, level, constitution) == expected


@given(st.integers(1, 20), st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_every_level_gives_a_hit_point_and_a_document_can_hold_them(
    hit_die: int, level: int, constitution: int
) -> None:
    assert min(hit_die + level - 1, 2**63 - 1) <= hit_points_at(hit_die, level, constitution) <= 2**63 - 1


@pytest.mark.parametrize(("score", "modifier"), [(1, -5), (8, -1), (9, -1), (10, 0), (11, 0), (14, 2), (30, 10)])
def test_constitution_modifier(score: int, modifier: int) -> None:
    assert constitution_modifier(score) == modifier


def test_there_is_no_level_zero() -> None:
    with pytest.raises(InvalidValue, match="no level 0"):
        hit_points_at(8, 0, 10)


def test_abilities_come_with_their_level_and_the_later_one_stands() -> None:
    assert abilities_at(FIGHTER, 3)["second_wind"].uses_max == 1
    assert {key: it.uses_max for key, it in abilities_at(FIGHTER, 9).items()} == {"second_wind": 2, "surge": 1}
    assert abilities_at(FIGHTER, 10)["second_wind"].uses_max == 3
    assert list(abilities_at(FIGHTER, 10, above=4)) == ["second_wind"]
    assert abilities_at(None, 20) == {}


def test_a_fighter_begins_as_the_class_says() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW)
    assert (kara.level, kara.hit_points_current, kara.hit_points_max, kara.armor_class) == (3, 26, 26, 16)
    assert (kara.status, kara.character_id, kara.first_appearance) == ("healthy", "pc:kara", NOW)
    assert list(kara.inventory) == ["sword", "rope"]
    assert (kara.profile_id, kara.profile_uid, kara.profile_revision) == ("pc:kara", "u1", 1)


def test_a_druid_begins_as_the_class_says() -> None:
    eldrin = campaign_state(profile(preset(level=2, constitution=10), DRUID), DRUID, now=NOW)
    assert (eldrin.hit_points_max, eldrin.armor_class) == (13, 10)


def test_an_unknown_class_is_an_adventurer() -> None:
    somebody = campaign_state(profile(preset(character_class="juggler", level=2), None), None, now=NOW)
    assert (somebody.character_class, somebody.hit_points_max, somebody.armor_class) == ("juggler", 15, 10)


def test_what_is_set_by_hand_stands() -> None:
    zombie = preset(level=3, hit_points_max=22, armor_class=8)
    state = campaign_state(profile(zombie), FIGHTER, now=NOW)
    assert (state.hit_points_current, state.hit_points_max, state.armor_class) == (22, 22, 8)
    assert campaign_state(profile(zombie), FIGHTER, now=NOW, level=5).hit_points_max == 22


def test_a_campaign_may_begin_at_another_level() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW, level=4)
    assert (kara.level, kara.hit_points_max) == (4, 34)
    assert kara.abilities["second_wind"].uses_max == 2
    with pytest.raises(InvalidValue):
        campaign_state(profile(), FIGHTER, now=NOW, level=0)


def test_a_presets_kit_and_abilities_join_the_classs() -> None:
    start = starting_from(
        preset(
            inventory={"sword": {"name": "Heirloom"}, "rope": {"name": "Rope", "quantity": 0}, "map": {"name": "Map"}},
            abilities={"sing": {"name": "Sing"}},
        ),
        FIGHTER,
    )
    assert {key: item.name for key, item in start.inventory.items()} == {"sword": "Heirloom", "map": "Map"}
    assert list(start.abilities) == ["second_wind", "sing"]


def test_a_second_campaign_begins_with_what_the_profile_says() -> None:
    kara = profile(preset(strength=16, skills={"athletics": 5}, bonds=["The gate."], alignment="lawful good"))
    first = campaign_state(kara, FIGHTER, now=NOW)
    first.inventory["rope"].quantity = 9
    first.abilities["second_wind"].uses_left = 0
    first.bonds.append("Another.")
    first.hit_points_current = 1
    second = campaign_state(kara, FIGHTER, now=NOW)
    assert second.inventory["rope"].model_dump()["coils"] == 2
    assert (second.inventory["rope"].quantity, second.abilities["second_wind"].uses_left) == (1, 1)
    assert (second.bonds, second.skills, second.strength) == (["The gate."], {"athletics": 5}, 16)
    assert (second.alignment, second.hit_points_current) == ("lawful good", 26)


def test_what_a_profile_has_lost_does_not_come_back() -> None:
    kara = profile()
    start = kara.starting.model_copy(update={"inventory": {}, "abilities": {}})
    state = campaign_state(kara.model_copy(update={"starting": start}), FIGHTER, now=NOW)
    assert (state.inventory, state.abilities) == ({}, {})


def test_a_profile_has_everything_the_preset_says() -> None:
    kara = profile(preset(gender="female", attire="Mail", backstory="Once.", voice_archetype="hero", race="elf"))
    assert (kara.gender, kara.attire, kara.backstory, kara.voice_archetype) == ("female", "Mail", "Once.", "hero")
    assert (kara.race, kara.character_class, kara.base_level, kara.preset_id) == ("elf", "fighter", 3, "kara")
    assert (kara.uid, kara.revision, kara.previous, kara.first_created) == ("u1", 1, [], NOW)


def test_keys_of_a_games_own_come_along_from_the_preset_into_the_campaign() -> None:
    made_from = preset(**{"$schema": "x.json", "mana": 7, "hit_points_current": 1, "pets": [{"name": "Rex"}]})
    kara = profile(made_from)
    state = campaign_state(kara, FIGHTER, now=NOW)
    assert state.model_extra == {"mana": 7, "pets": [{"name": "Rex"}]}
    assert state.hit_points_current == 26
    assert "$schema" not in (kara.starting.model_extra or {})


def test_levelling_raises_the_maximum_only() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW)
    higher = levelled(kara, FIGHTER)
    assert (higher.level, higher.hit_points_current, higher.hit_points_max) == (4, 26, 34)
    assert higher.status == "injured"
    assert (kara.level, kara.hit_points_max) == (3, 26)


def test_levelling_a_sealed_character_gives_one_that_can_be_changed() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW).seal()
    levelled(kara, FIGHTER, 5).hit_points_current = 3


def test_levelling_adds_to_a_maximum_set_by_hand() -> None:
    kara = campaign_state(profile(preset(hit_points_max=40)), FIGHTER, now=NOW)
    assert level_up(kara, FIGHTER, 5) == 16
    assert kara.hit_points_max == 56


def test_levelling_teaches_and_spent_uses_stay_spent() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW)
    kara.abilities["second_wind"].uses_left = 0
    level_up(kara, FIGHTER)
    assert (kara.abilities["second_wind"].uses_left, kara.abilities["second_wind"].uses_max) == (1, 2)
    assert kara.abilities["surge"].uses_left == 1


def test_levels_only_rise() -> None:
    kara = campaign_state(profile(), FIGHTER, now=NOW)
    with pytest.raises(InvalidValue, match="level 3 already"):
        level_up(kara, FIGHTER, 2)
    assert level_up(kara, FIGHTER, 3) == 0


def test_the_dead_stay_dead_when_they_rise() -> None:
    kara = CharacterInfo(character_id="pc:kara", name="Kara", status="dead", hit_points_current=0)
    level_up(kara, None)
    assert kara.status == "dead"
