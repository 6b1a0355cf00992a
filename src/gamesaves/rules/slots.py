"""The rules of save slots: what they are called, which one gives way, and what they tell of the story.

Slots come here as JSON trees: a quick save must not pay for making models of all the others.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from gamesaves.errors import InvalidName, InvalidValue
from gamesaves.ids import free_id, slug

Row = dict[str, Any]

_NUMBERED = re.compile(r"(?:quick|auto)(?:_\d+)?")
_GOING_ON = ("active", "paused")


def kind_of(slot: Row) -> str:
    """Return who made a slot; in a file that somebody has written by hand it may be left out."""
    return str(slot.get("kind", "named"))


def same_name(one: str, other: str) -> bool:
    """Whether a person reads the two as one name: the forms of Unicode and space around them do not count."""
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def require_name(name: str) -> None:
    """Make sure that a slot can be called `name`.

    Raises:
        InvalidName: the name is empty, holds control characters, or means a slot that is counted: `quick`, `auto_1`.
    """
    slug(name)
    if _NUMBERED.fullmatch(name.strip()):
        kind = name.strip().partition("_")[0]
        raise InvalidName(f"{name.strip()!r} is what {kind} saves are asked for by", hint="Give it another name.")


def id_for(name: str, slots: Mapping[str, Row]) -> str:
    """Return the id of the named slot called `name`, or a free one.

    Raises:
        InvalidName: the name is empty, or holds control characters.
    """
    wanted = slug(name)
    for slot_id, slot in slots.items():
        if kind_of(slot) == "named" and same_name(slot["name"], name):
            return slot_id
    return free_id(f"save_{wanted}" if _NUMBERED.fullmatch(wanted) else wanted, slots)


def rotated(kind: str, slots: Mapping[str, Row], keep: int) -> tuple[str, list[str]]:
    """Return the id for the next slot of a kind that is counted, and the slots that give way to it, the oldest ones.

    Args:
        keep: how many of this kind there are to be, the next one included.

    Raises:
        InvalidValue: fewer than one is to be kept.
    """
    if keep < 1:
        raise InvalidValue(f"{keep} cannot be kept", hint="Keep 1 or more.")
    there = sorted(
        (one for one, slot in slots.items() if kind_of(slot) == kind), key=lambda one: int(slots[one]["seq"])
    )
    going = there[: max(0, len(there) - keep + 1)]
    if going:
        return going[0], going
    return next(one for number in range(1, len(slots) + 2) if (one := f"{kind}_{number}") not in slots), []


def told(trees: Mapping[str, Row]) -> Row:
    """Return what a slot tells of the story: day, period, place, party and time played.

    Args:
        trees: the documents of the campaign, by key.
    """
    data = trees["campaign_data"]
    sessions = [tree for key, tree in trees.items() if key.startswith("sessions/")]
    time = _time_of_day(sessions)
    played = sum(one for tree in sessions if isinstance(one := tree.get("playtime_seconds"), int | float))
    return {
        "day": time.get("current_day"),
        "period": time.get("time_period"),
        "place": _place(data),
        "party": _party(data, trees),
        "playtime_seconds": played,
    }


def _time_of_day(sessions: list[Row]) -> Row:
    """Return the time of the story as the newest session that is going on has it."""
    going_on = [tree for tree in sessions if tree.get("status") in _GOING_ON]
    newest = max(going_on, key=lambda tree: str(tree.get("started_at")), default=None)
    state = newest.get("temporal_state") if newest else None
    return state if isinstance(state, dict) else {}


def _place(data: Row) -> str | None:
    scene, location = data.get("current_scene_id"), data.get("current_location_id")
    if scene is not None:
        return str(data.get("scenes", {}).get(scene, scene))
    if location is None:
        return None
    return str(data.get("environments", {}).get(location, {}).get("name", location))


def _party(data: Row, trees: Mapping[str, Row]) -> list[str]:
    present = (trees.get(f"characters/{one}") for one in data.get("character_ids", ()))
    return [_member(one) for one in present if one is not None and one.get("character_type", "player") == "player"]


def _member(one: Row) -> str:
    points = f"{one.get('hit_points_current')} of {one.get('hit_points_max')} hit points"
    return f"{one['name']}, level {one.get('level', 1)}, {points}"
