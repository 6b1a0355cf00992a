"""Which layer owns which field of a character."""

from datetime import UTC, datetime

import pytest

from gamesaves.documents import CharacterInfo, CharacterProfile
from gamesaves.rules import ownership
from gamesaves.rules.building import campaign_state
from gamesaves.rules.ownership import SOURCE_FIELDS, as_copied, copies, stale_copies, standing
from gamesaves.rules.revisions import content_hash, next_revision, with_edit_counted

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


def as_written(profile: CharacterProfile) -> CharacterProfile:
    return profile.model_copy(update={"state": content_hash(profile)})


def changed(profile: CharacterProfile, **fields: object) -> CharacterProfile:
    return as_written(next_revision(profile, fields))


def test_a_profile_stands_forward_of_what_it_has_come_from(profile: CharacterProfile) -> None:
    first = as_written(profile)
    character = campaign_state(first, None, now=NOW)
    assert standing(character, first) == "same"
    by_hand = first.model_copy(update={"attire": "rags"})
    assert standing(character, by_hand) == "forward"
    assert standing(character, with_edit_counted(by_hand)) == "forward"
    assert standing(character, changed(by_hand, pose="proud")) == "forward"
    assert standing(campaign_state(by_hand, None, now=NOW), changed(by_hand, pose="proud")) == "forward"


def test_a_profile_is_not_forward_of_what_it_does_not_know(profile: CharacterProfile) -> None:
    first = as_written(profile)
    later, other = changed(first, attire="silk"), changed(first, attire="rags")
    assert standing(campaign_state(later, None, now=NOW), first) == "later"
    assert standing(campaign_state(later, None, now=NOW), other) == "unknown"
    assert standing(campaign_state(later, None, now=NOW), changed(other, pose="proud")) == "unknown"
    asking = campaign_state(later, None, now=NOW)
    asking.profile_revision = None
    assert standing(asking, first) == "forward"


@pytest.mark.parametrize(("copied_at", "expected"), [(1, "unknown"), (2, "forward"), (3, "forward"), (4, "later")])
def test_without_hashes_the_counts_tell(profile: CharacterProfile, copied_at: int, expected: str) -> None:
    character = campaign_state(profile, None, now=NOW)
    character.profile_revision = copied_at
    now = profile.model_copy(update={"revision": 3, "previous": ["a hash"], "state": "another"})
    assert standing(character, now) == expected


def test_an_edit_by_hand_is_counted_once(profile: CharacterProfile) -> None:
    first = as_written(profile)
    assert with_edit_counted(first) is first
    assert with_edit_counted(profile) is profile, "nobody knows what it was before"
    counted = with_edit_counted(first.model_copy(update={"attire": "rags"}))
    assert (counted.revision, counted.previous) == (2, [first.state])
    assert with_edit_counted(as_written(counted)).revision == 2


@pytest.mark.parametrize(
    "other", [{"voice_settings": {"pitch": True, "deep": [1]}}, {"name": "Kåra"}, {"attire": None}]
)
def test_copies_are_of_a_person_and_of_what_is_said(profile: CharacterProfile, other: dict[str, object]) -> None:
    held = campaign_state(profile, None, now=NOW).model_dump(mode="json")
    assert as_copied(held, profile.uid, copies(profile))
    assert not as_copied(held | other, profile.uid, copies(profile))
    assert not as_copied(held, "somebody else", copies(profile))
