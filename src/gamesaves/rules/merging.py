"""What stands where both copies of a campaign have changed the same value.

Numbers that only count add up what each side counted; lists that only grow hold what both added; sets unite; of times,
and of ticks of a universe, the later one stands. Everything else is for a person to settle.
"""

from typing import Any

from gamesaves.rules.patch import MISSING, Json, JsonPath, Settle, same

_COUNTERS = frozenset(
    {"experience", "interaction_count", "turn_count", "total_turns", "turns_completed", "playtime_seconds"}
)
_SETS = frozenset(
    {"status_effects", "completed_quests", "active_quest_ids", "character_ids", "scene_order", "active_characters"}
    | {"sessions", "milestones", "insights", "storylines"}
)
_GROWING = frozenset({"narratives", "dialog_history", "memories"})
_LATER = frozenset({"last_interaction", "last_saved", "last_played", "ended_at"})
_MODELLED = ("campaign_data", "characters/", "scenes/", "sessions/", "runs/")
_NEWEST = 50


def settle_for(document: str, *, counting: bool) -> Settle | None:
    """Return what settles the fields of a document that both sides changed; None for a game's own.

    Args:
        counting: whether counters may be added up: not where there is no one event at which the sides parted, as some
            of what they counted would then count twice.
    """
    if document == "slots":
        return _settle_slots
    if document == "universe":
        return _settle_universe
    if not document.startswith(_MODELLED):
        return None

    def settle(path: JsonPath, base: Json, ours: Json, theirs: Json) -> Json:
        if len(path) != 1:
            return MISSING
        field = path[0]
        if field in _COUNTERS:
            return _added_up(base, ours, theirs) if counting else MISSING
        if field == "timeline_position":
            return _later(ours, theirs)
        if field in _LATER:
            return max(ours, theirs) if isinstance(ours, str) and isinstance(theirs, str) else MISSING
        if not isinstance(ours, list) or not isinstance(theirs, list):
            return MISSING
        before = base if isinstance(base, list) else []
        if field in _SETS:
            return _united(before, ours, theirs)
        return _both(before, ours, theirs) if field in _GROWING else MISSING

    return settle


def _later(ours: Json, theirs: Json) -> Json:
    return max(ours, theirs) if type(ours) is type(theirs) is int else MISSING


def _added_up(base: Json, ours: Json, theirs: Json) -> Json:
    base = 0 if base is MISSING or base is None else base
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (base, ours, theirs)):
        return MISSING
    return ours + theirs - base


def _united(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Return what is in both, or new in one; what one side took away is gone."""
    kept = [one for one in ours if _in(one, theirs) or not _in(one, base)]
    return kept + [one for one in theirs if not _in(one, ours) and not _in(one, base)]


def _both(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Return a list that only grows, with what both sides added; the oldest entries go where there are too many."""
    return (ours + [one for one in theirs if not _in(one, base) and not _in(one, ours)])[-_NEWEST:]


def _in(value: Json, values: list[Any]) -> bool:
    return any(same(value, one) for one in values)


def _settle_slots(path: JsonPath, base: Json, ours: Json, theirs: Json) -> Json:
    """Let both saves stand where both sides saved under one name."""
    if path != ("slots",) or not isinstance(ours, dict) or not isinstance(theirs, dict):
        return MISSING
    before = base if isinstance(base, dict) else {}
    slots: dict[str, Any] = {}
    for name in sorted({*ours, *theirs}):
        was, mine, other = (side.get(name, MISSING) for side in (before, ours, theirs))
        unchanged = same(mine, other) or same(was, other)
        first, second = (mine, MISSING) if unchanged else (other, MISSING) if same(was, mine) else (mine, other)
        for slot in (first, second):
            if slot is not MISSING:
                slots[_free(name, {*slots, *(() if name not in slots else (*ours, *theirs))})] = slot
    return slots


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _settle_universe(path: JsonPath, _: Json, ours: Json, theirs: Json) -> Json:
    """Let time be as far as either side has come, and everybody where they have come furthest."""
    if path == ("timeline_position",):
        return _later(ours, theirs)
    if path == ("active_characters",) and isinstance(ours, list) and isinstance(theirs, list):
        there: dict[Any, Any] = {}
        for row in [*ours, *theirs]:
            who = row.get("character_id"), row.get("campaign_id")
            known = there.get(who)
            if known is None or row.get("timeline_position", 0) > known.get("timeline_position", 0):
                there[who] = row
        return list(there.values())
    # What was taken over from a campaign is compared anew when that is next opened.
    return None if path[:1] == ("received",) and len(path) == 2 else MISSING
