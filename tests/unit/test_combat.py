"""What play does to a character."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.documents import AbilityInfo, CharacterInfo, ItemInfo
from gamesaves.errors import InvalidName, InvalidValue
from gamesaves.rules import combat

LARGEST = 2**63 - 1
FRACTION: Any = 2.5
WORD: Any = "5"


@pytest.fixture
def kara() -> CharacterInfo:
    return CharacterInfo(
        character_id="pc:kara",
        name="Kara",
        hit_points_current=26,
        hit_points_max=26,
        inventory={"rope": ItemInfo(name="Silk rope"), "arrow": ItemInfo(name="Arrow", quantity=20)},
        abilities={
            "rage": AbilityInfo(name="Rage", uses_left=1, uses_max=2),
            "sing": AbilityInfo(name="Sing"),
            "fresh": AbilityInfo(name="Never used", uses_max=2),
        },
    )


@pytest.mark.parametrize(
    ("amount", "lost", "left", "status"),
    [(0, 0, 26, "healthy"), (8, 8, 18, "injured"), (26, 26, 0, "unconscious"), (LARGEST, 26, 0, "unconscious")],
)
def test_damage(kara: CharacterInfo, amount: int, lost: int, left: int, status: str) -> None:
    assert combat.take_damage(kara, amount) == lost
    assert (kara.hit_points_current, kara.status) == (left, status)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60))))
def test_hit_points_stay_in_bounds_and_status_follows(blows: list[tuple[bool, int]]) -> None:
    character = CharacterInfo(character_id="pc:kara", name="Kara", hit_points_current=20, hit_points_max=26)
    for hurts, amount in blows:
        before = character.hit_points_current
        change = combat.take_damage(character, amount) if hurts else combat.heal(character, amount)
        assert character.hit_points_current == before + (-change if hurts else change)
        assert 0 <= character.hit_points_current <= 26
        assert character.status == {0: "unconscious", 26: "healthy"}.get(character.hit_points_current, "injured")


def test_healing_stops_at_the_maximum(kara: CharacterInfo) -> None:
    combat.take_damage(kara, 8)
    assert combat.heal(kara, 100) == 8
    assert (kara.hit_points_current, kara.status) == (26, "healthy")


def test_healing_leaves_hit_points_above_the_maximum(kara: CharacterInfo) -> None:
    kara.hit_points_current = 30
    assert combat.heal(kara, 5) == 0
    assert kara.hit_points_current == 30


def test_the_dead_stay_dead_until_the_game_says_otherwise(kara: CharacterInfo) -> None:
    combat.take_damage(kara, 26)
    kara.status = "dead"
    combat.take_damage(kara, 3)
    assert combat.status_of(kara) == "dead"
    for attempt in (lambda: combat.heal(kara, 5), lambda: combat.rest(kara)):
        with pytest.raises(InvalidValue, match="Kara is dead"):
            attempt()
    assert kara.hit_points_current == 0
    kara.status = "unconscious"
    combat.heal(kara, 5)
    assert combat.status_of(kara) == "injured"


def test_a_rest_restores(kara: CharacterInfo) -> None:
    combat.take_damage(kara, 20)
    combat.add_effect(kara, "poisoned")
    kara.hit_dice_used = 2
    combat.rest(kara)
    assert (kara.hit_points_current, kara.hit_dice_used, kara.status) == (26, 0, "healthy")
    assert {key: it.uses_left for key, it in kara.abilities.items()} == {"rage": 2, "sing": None, "fresh": 2}
    assert kara.status_effects == ["poisoned"]


def test_items_are_found_by_id_or_name_and_added_up(kara: CharacterInfo) -> None:
    assert combat.gain_item(kara, "arrow", 5) == "arrow"
    assert combat.gain_item(kara, "silk ROPE") == "rope"
    assert combat.gain_item(kara, "Healing Potion", 2) == "healing_potion"
    assert {key: item.quantity for key, item in kara.inventory.items()} == {
        "rope": 2,
        "arrow": 25,
        "healing_potion": 2,
    }
    assert kara.inventory["healing_potion"].name == "Healing Potion"


def test_the_same_thing_is_added_up_and_another_of_its_name_is_not(kara: CharacterInfo) -> None:
    plain = ItemInfo(name="Sword", quantity=2)
    rare = ItemInfo(name="Sword", properties={"bonus": 1})
    assert combat.gain_item(kara, plain) == "sword"
    assert combat.gain_item(kara, rare) == "sword_2"
    assert combat.gain_item(kara, ItemInfo(name="Sword", equipped=True)) == "sword"
    assert combat.gain_item(kara, rare, 3) == "sword_2"
    assert (kara.inventory["sword"].quantity, kara.inventory["sword_2"].quantity) == (3, 4)
    rare.properties["bonus"] = 9
    assert kara.inventory["sword_2"].properties == {"bonus": 1}


def test_items_are_dropped_by_id_or_name(kara: CharacterInfo) -> None:
    assert combat.drop_item(kara, "arrow", 5) == 15
    assert list(kara.inventory) == ["rope", "arrow"]
    assert combat.drop_item(kara, "Silk Rope") == 0
    assert combat.drop_item(kara, "arrow", None) == 0
    assert kara.inventory == {}


@given(st.lists(st.tuples(st.sampled_from(["Rope", "Ale", "Île"]), st.integers(1, 9))))
def test_what_is_gained_can_be_dropped(loot: list[tuple[str, int]]) -> None:
    character = CharacterInfo(character_id="pc:kara", name="Kara")
    for name, quantity in loot:
        combat.gain_item(character, name, quantity)
    assert sum(item.quantity for item in character.inventory.values()) == sum(quantity for _, quantity in loot)
    for name, quantity in loot:
        combat.drop_item(character, name, quantity)
    assert character.inventory == {}


def test_abilities_are_used_up(kara: CharacterInfo) -> None:
    assert combat.use_ability(kara, "rage") == 0
    with pytest.raises(InvalidValue, match="no use of 'Rage' left") as caught:
        combat.use_ability(kara, "Rage")
    assert caught.value.hint == "Uses come back with a rest."
    assert combat.use_ability(kara, "sing") is None
    assert combat.use_ability(kara, "never used") == 1


def test_experience_adds_up(kara: CharacterInfo) -> None:
    assert combat.gain_experience(kara, 50) == 50
    assert combat.gain_experience(kara, 25) == 75
    assert kara.level == 1


def test_effects_come_once_and_go(kara: CharacterInfo) -> None:
    assert combat.add_effect(kara, " poisoned ") is True
    assert combat.add_effect(kara, "poisoned") is False
    assert kara.status_effects == ["poisoned"]
    combat.remove_effect(kara, "poisoned")
    assert kara.status_effects == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda it: combat.take_damage(it, -1),
        lambda it: combat.take_damage(it, True),
        lambda it: combat.take_damage(it, FRACTION),
        lambda it: combat.heal(it, -1),
        lambda it: combat.heal(it, WORD),
        lambda it: combat.gain_item(it, "arrow", 0),
        lambda it: combat.gain_item(it, "arrow", LARGEST),
        lambda it: combat.gain_item(it, "   "),
        lambda it: combat.gain_item(it, ItemInfo(name="Nothing", quantity=0)),
        lambda it: combat.drop_item(it, "sword"),
        lambda it: combat.drop_item(it, "rope", 2),
        lambda it: combat.drop_item(it, "rope", 0),
        lambda it: combat.use_ability(it, "fly"),
        lambda it: combat.gain_experience(it, -1),
        lambda it: combat.gain_experience(it, LARGEST + 1),
        lambda it: combat.add_effect(it, " "),
        lambda it: combat.remove_effect(it, "blessed"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint_and_changes_nothing(
    kara: CharacterInfo, wrong: Callable[[CharacterInfo], object]
) -> None:
    before = kara.model_dump()
    with pytest.raises((InvalidValue, InvalidName)) as caught:
        wrong(kara)
    assert caught.value.hint
    assert kara.model_dump() == before


def test_a_typing_error_is_met_with_the_nearest(kara: CharacterInfo) -> None:
    with pytest.raises(InvalidValue) as caught:
        combat.drop_item(kara, "arow")
    assert caught.value.hint == "There is: arrow."


def test_a_shallow_copy_is_left_as_it_was(kara: CharacterInfo) -> None:
    committed = kara.model_copy()
    before = committed.model_dump()
    combat.gain_item(kara, "arrow", 5)
    combat.drop_item(kara, "rope")
    combat.use_ability(kara, "rage")
    combat.rest(kara)
    combat.add_effect(kara, "blessed")
    assert committed.model_dump() == before
