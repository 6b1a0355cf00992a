"""Which layer owns which field of a character.

A profile says who somebody is, a campaign what happened to them. Where a campaign holds a copy of what the
profile says, the profile is right; what a campaign only began with goes its own way from there.
"""

from collections.abc import Mapping
from typing import Any, Literal

from gamesaves.documents.appearance import TEXT_FIELDS, VISUAL_FIELDS, VOICE_FIELDS
from gamesaves.documents.character import CharacterInfo
from gamesaves.documents.profile import PREVIOUS_LIMIT, CharacterProfile
from gamesaves.rules.patch import same
from gamesaves.rules.revisions import content_hash

SOURCE_FIELDS: tuple[str, ...] = ("name", "race", "character_class", *VISUAL_FIELDS, *TEXT_FIELDS, *VOICE_FIELDS)
"""The profile is the source, a campaign has a copy that is refreshed."""

PORTRAIT_FIELDS: tuple[str, ...] = ("portrait_url", "portrait_path", "portrait_prompt", "additional_images")
"""The profile alone: a new portrait is seen in every campaign at once, and is in no campaign's history."""

PROFILE_ONLY: tuple[str, ...] = (
    *PORTRAIT_FIELDS,
    "uid",
    "revision",
    "previous",
    "state",
    "preset_id",
    "first_created",
    "interactions",
    "total_interactions",
)
"""The profile alone; no campaign holds them."""

START_FIELDS: tuple[str, ...] = ("base_level", "starting")
"""The profile alone: what a campaign begins with. Changing them changes no campaign that has begun."""

LINK_FIELDS: tuple[str, ...] = ("profile_id", "profile_uid", "profile_revision", "profile_state")
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

Standing = Literal["same", "forward", "later", "unknown"]


def copies(profile: CharacterProfile) -> dict[str, Any]:
    """Return what a campaign copies from a profile, as values that JSON can hold."""
    return profile.model_dump(mode="json", include=_SOURCE_SET)


def stale_copies(character: CharacterInfo, profile: CharacterProfile) -> dict[str, Any]:
    """Return what a refresh would change in a campaign's character: field to the profile's value.

    Empty where every copy is as the profile says. Whether a refresh is allowed is for the caller to find out: the same
    `uid`, and a `standing` that leads forward; `link` says what to note with it.
    """
    held = character.model_dump(mode="json", include=_SOURCE_SET)
    return {name: value for name, value in copies(profile).items() if not same(held[name], value)}


def standing(character: CharacterInfo, profile: CharacterProfile) -> Standing:
    """Return how a profile stands to the state of it that a campaign's copies are from.

    `same`: it is that state. `forward`: it has come from it, through programs or by hand; or the campaign asks for
    any state. `later`: the copies are from a later one. `unknown`: they are from one that it does not remember.
    """
    copied_at = character.profile_revision
    if copied_at is None:
        return "forward"
    if character.profile_state is None or profile.state is None:
        # Of a version that did not write hashes: only the counts tell.
        known = 0 <= profile.revision - copied_at <= len(profile.previous)
    elif character.profile_state == profile.state:
        return "same" if content_hash(profile) == profile.state else "forward"
    else:
        known = character.profile_state in profile.previous
    if known:
        return "forward"
    return "later" if copied_at > profile.revision else "unknown"


def link(profile: CharacterProfile) -> dict[str, Any]:
    """Return what a campaign notes of the state of a profile that its copies are from."""
    return {"profile_revision": profile.revision, "profile_state": profile.state}


def fading(profile: CharacterProfile) -> list[str]:
    """Return the states that a profile will soon remember no more.

    Copies that are from one of them, and are as the profile says, are noted anew. That is not worth an event each time
    that something else of a profile changes.
    """
    return profile.previous[PREVIOUS_LIMIT // 2 :]


def as_copied(tree: Mapping[str, Any], uid: str | None, said: Mapping[str, Any]) -> bool:
    """Whether a character's copies are of one person's profile, and are as that says.

    Args:
        tree: the character as JSON values.
        uid: whose profile it is.
        said: what `copies` returns of the profile.
    """
    return tree.get("profile_uid") == uid and same({name: tree.get(name) for name in said}, said)
