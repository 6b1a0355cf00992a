"""Which layer owns which field of a character."""

from datetime import UTC, datetime

import pytest

from gamesaves.documents import CharacterInfo, CharacterProfile
from gamesaves.rules import ownership
from gamesaves.rules.building import campaign_state
from gamesaves.rules.ownership import SOURCE_FIELDS, copies, stale_copies

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
SHARED = {"schema_version", "character_id"}


@pytest.fixture
def profile() -> CharacterProfile:
    return CharacterProfile(
        character_id="pc:kara", uid="u1", name="Kara", attire="A grey cloak", voice_settings={"pitch": 1, "deep": [1]}
    )


def test_every_field_of_a_profile_has_one_owner() -> None:
    owned = [*SOURCE_FIELDS, *ownership.PROFILE_ONLY, *ownership.START_FIELDS, "character_type"]
    assert len(owned) == len(set(owned))
    assert set(owned) | SHARED == set(CharacterProfile.model_fields)


def test_every_field_of_a_campaigns_character_has_one_owner() -> None:
    owned = [*SOURCE_FIELDS, *ownership.STARTED_FIELDS, *ownership.CAMPAIGN_ONLY]
    assert len(owned) == len(set(owned))
    assert set(owned) | SHARED == set(CharacterInfo.model_fields)


def test_copies_are_what_the_profile_says(profile: CharacterProfile) -> None:
    held = copies(profile)
    assert set(held) == set(SOURCE_FIELDS)
    assert held["attire"] == "A grey cloak"
    held["voice_settings"]["deep"].append(2)
    assert profile.voice_settings == {"pitch": 1, "deep": [1]}


def test_fresh_copies_are_not_stale(profile: CharacterProfile) -> None:
    assert stale_copies(campaign_state(profile, None, now=NOW), profile) == {}


def test_stale_copies_are_what_a_refresh_would_change(profile: CharacterProfile) -> None:
    character = campaign_state(profile, None, now=NOW)
    character.hit_points_current = 1
    moved_on = profile.model_copy(update={"name": "Kara Smith", "attire": None, "base_level": 9})
    assert stale_copies(character, moved_on) == {"name": "Kara Smith", "attire": None}


@pytest.mark.parametrize("pitch", [True, 1.0])
def test_values_that_python_calls_equal_still_differ(profile: CharacterProfile, pitch: object) -> None:
    character = campaign_state(profile, None, now=NOW)
    other = profile.model_copy(update={"voice_settings": {"deep": [1], "pitch": pitch}})
    assert stale_copies(character, other) == {"voice_settings": {"deep": [1], "pitch": pitch}}


def test_the_order_of_keys_is_no_difference(profile: CharacterProfile) -> None:
    character = campaign_state(profile, None, now=NOW)
    other = profile.model_copy(update={"voice_settings": {"deep": [1], "pitch": 1}})
    assert stale_copies(character, other) == {}
