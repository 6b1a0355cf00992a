"""Which voice speaks for whom, and the words a portrait is painted from."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.documents import Appearance, CharacterInfo, CharacterPreset, VoicePreset
from gamesaves.rules.portraits import portrait_prompt
from gamesaves.rules.voices import choose_voice

POOL = [
    VoicePreset(id="ember", name="Ember", archetype="hero", gender="female"),
    VoicePreset(id="garrick", name="Garrick", archetype="hero", gender="male"),
    VoicePreset(id="maren", name="Maren", archetype="sage", gender="female"),
    VoicePreset(id="rook", name="Rook", archetype="rogue"),
]


@pytest.mark.parametrize(
    ("archetype", "gender", "expected"),
    [
        ("hero", "female", {"ember"}),
        ("HERO", " Male ", {"garrick"}),
        ("rogue", "male", {"rook"}),
        ("rogue", "female", {"rook"}),
        ("villain", "male", {"garrick", "rook"}),
        ("sage", "male", {"garrick", "rook"}),
        ("sage", "nonbinary", {"rook"}),
        ("sage", None, {"maren"}),
        (None, "female", {"ember", "maren", "rook"}),
        (None, None, {"ember", "garrick", "maren", "rook"}),
    ],
)
def test_the_voice_that_fits_best(archetype: str | None, gender: str | None, expected: set[str]) -> None:
    chosen = {choose_voice(POOL, [], archetype, gender, f"pc:{number}") for number in range(60)}
    assert chosen == expected


def test_an_empty_pool_has_no_voice() -> None:
    assert choose_voice([], [], "hero", "female", "pc:kara") is None
    assert choose_voice([VoicePreset(name="Nameless")], [], "hero", "female", "pc:kara") is None


def test_the_one_used_least_is_taken() -> None:
    assert choose_voice(POOL, ["ember", "maren", "ember", "rook"], None, "female", "pc:kara") in {"maren", "rook"}
    assert choose_voice(POOL, {"ember": 2, "maren": 1, "rook": 3}, None, "female", "pc:kara") == "maren"


@given(st.randoms(use_true_random=False), st.text(max_size=5).map(lambda text: "pc:" + text.encode().hex()))
def test_the_order_of_the_pool_does_not_matter(shuffler: random.Random, character_id: str) -> None:
    shuffled = list(POOL)
    shuffler.shuffle(shuffled)
    assert choose_voice(shuffled, [], None, None, character_id) == choose_voice(POOL, [], None, None, character_id)


def test_a_party_shares_the_voices_out() -> None:
    chosen: list[str] = []
    for number in range(12):
        voice = choose_voice(POOL, chosen, None, None, f"pc:{number}")
        assert voice is not None
        chosen.append(voice)
    assert set(Counter(chosen).values()) == {3}


def test_a_portrait_is_described_in_a_fixed_order() -> None:
    kara = CharacterPreset(
        name="Kara Stormwind",
        race="human",
        character_class="fighter",
        pose="standing",
        attire="a grey cloak.",
        gender="female",
        age_category="young adult",
        build="athletic",
        height_description="tall",
        primary_weapon="a longsword",
        facial_features="  ",
    )
    assert portrait_prompt(kara) == (
        "Portrait of Kara Stormwind: young adult female human fighter, athletic, tall. "
        "Wearing a grey cloak. Weapon: a longsword. Pose: standing."
    )


def test_a_portrait_of_somebody_unknown() -> None:
    nobody = CharacterInfo(character_id="pc:x", name="X", character_class="shadow_dancer")
    assert portrait_prompt(nobody) == "Portrait of X: human shadow dancer."
    assert portrait_prompt(Appearance(build="tall")) == "Portrait: tall."
    assert portrait_prompt(Appearance()) == "Portrait."


def test_a_description_in_full_replaces_the_composed_one() -> None:
    kara = CharacterPreset(name="Kara", attire="mail", visual_description="A silhouette\nagainst the moon.")
    assert portrait_prompt(kara) == "A silhouette against the moon."
