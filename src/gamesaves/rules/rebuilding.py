"""From a campaign's copies back to a profile, where the profile itself did not come along."""

from datetime import datetime

from gamesaves.documents.character import CharacterInfo
from gamesaves.documents.profile import CharacterProfile
from gamesaves.rules.ownership import SOURCE_FIELDS

_COPIED = {*SOURCE_FIELDS, "character_type"}


def rebuilt_profile(character: CharacterInfo, *, character_id: str, now: datetime) -> CharacterProfile:
    """Return a profile of the person that a campaign's character is: what the campaign has copies of, and no more.

    It is of the same `uid` and revision, so that the true one takes its place when it comes. Portraits are in no
    campaign; nor is what a new campaign would begin with.

    Args:
        character: one that knows its profile's `uid`.
        character_id: of the profile.
        now: the time.
    """
    return CharacterProfile(
        **character.model_dump(include=_COPIED),
        character_id=character_id,
        uid=character.profile_uid or "",
        revision=character.profile_revision or 1,
        state=character.profile_state,
        first_created=now,
    )
