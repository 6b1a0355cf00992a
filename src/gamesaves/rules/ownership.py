"""Which layer owns which field of a character.

A profile says who somebody is, a campaign what happened to them. Where a campaign holds a copy of what the
profile says, the profile is right; what a campaign only began with goes its own way from there.
"""

import json
from typing import Any

from gamesaves.documents.appearance import TEXT_FIELDS, VISUAL_FIELDS, VOICE_FIELDS
from gamesaves.documents.character import CharacterInfo
from gamesaves.documents.profile import CharacterProfile

SOURCE_FIELDS: tuple[str, ...] = ("name", "race", "character_class", *VISUAL_FIELDS, *TEXT_FIELDS, *VOICE_FIELDS)
"""The profile is the source, a campaign has a copy that is refreshed."""

PORTRAIT_FIELDS: tuple[str, ...] = ("portrait_url", "portrait_path", "portrait_prompt", "additional_images")
"""The profile alone: a new portrait is seen in every campaign at once, and is in no campaign's history."""

PROFILE_ONLY: tuple[str, ...] = (
    *PORTRAIT_FIELDS,
    "uid",
    "revision",
    "previous",
    "preset_id",
    "first_created",
    "interactions",
    "total_interactions",
)
"""The profile alone; no campaign holds them."""

START_FIELDS: tuple[str, ...] = ("base_level", "starting")
"""The profile alone: what a campaign begins with. Changing them changes no campaign that has begun."""

LINK_FIELDS: tuple[str, ...] = ("profile_id", "profile_uid", "profile_revision")
"""The campaign alone: which profile, and which state of it, the copies are from."""

STARTED_FIELDS: tuple[str, ...] = (
    "character_type",
    "level",
    "alignment",
    "strength",
    "dexterity",
    "constitution",
    "intelligence",
    "wisdom",
    "charisma",
    "skills",
    "inventory",
    "abilities",
    "personality_traits",
    "bonds",
    "flaws",
    "hit_points_max",
    "armor_class",
)
"""The campaign's own; they begin as the profile says, and diverge."""

CAMPAIGN_ONLY: tuple[str, ...] = (
    *LINK_FIELDS,
    "hit_points_current",
    "hit_dice_used",
    "status",
    "status_effects",
    "experience",
    "location",
    "quests",
    "completed_quests",
    "relationships",
    "memories",
    "timeline_position",
    "dialog_history",
    "first_appearance",
    "last_interaction",
    "interaction_count",
)
"""The campaign alone; no profile holds them."""

_SOURCE_SET = set(SOURCE_FIELDS)


def copies(profile: CharacterProfile) -> dict[str, Any]:
    """Return what a campaign copies from a profile, as values that JSON can hold."""
    return profile.model_dump(mode="json", include=_SOURCE_SET)


def stale_copies(character: CharacterInfo, profile: CharacterProfile) -> dict[str, Any]:
    """Return what a refresh would change in a campaign's character: field to the profile's value.

    Empty where every copy is as the profile says. Whether a refresh is allowed (the same `uid`, and forward along
    the profile's history) is for the caller to find out, and to note the profile's revision afterwards.
    """
    held = character.model_dump(mode="json", include=_SOURCE_SET)
    return {name: value for name, value in copies(profile).items() if not _same(held[name], value)}


def _same(one: Any, other: Any) -> bool:
    # Not `==`: to Python `True`, `1` and `1.0` are equal, in a file they differ.
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
