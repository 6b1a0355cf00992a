"""What going back in a campaign's history takes back, and what stays as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Json, JsonPath

SLOTS = "slots"
SESSIONS = "sessions/"
RUNS = "runs/"
_OF_A_SITTING = ("status", "started_at", "last_saved", "ended_at", "playtime_seconds", "device")


def wound_back(key: str, now: dict[str, Any] | None, then: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what a document is once its campaign is back where it was: `then`, None where there was none.

    The saves that a player sees stay. A session stays a sitting that has taken place: who sat where, when and for how
    long; its day, scene and story go back.
    """
    if key == SLOTS:
        return now
    if key.startswith(SESSIONS) and now is not None:
        return {**(then or now), **{field: now[field] for field in _OF_A_SITTING if field in now}}
    return then


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two states of a document.

    Attributes:
        document: which one, `characters/pc:kara_smith`.
        path: the steps to the value; lists are taken whole.
        before, after: `MISSING` where it is not there.
    """

    document: str
    path: JsonPath
    before: Json
    after: Json

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer (RFC 6901)."""
        return patch.pointer(self.path)

    @property
    def words(self) -> str:
        """The change as a player reads it: `hit points 42 → 34`."""
        name = " ".join(str(step).removesuffix("_current").replace("_", " ") for step in self.path)
        return f"{name} {_shown(self.before)} → {_shown(self.after)}".strip()

    @property
    def is_seen(self) -> bool:
        """Whether a player can tell the two apart: a value that is empty reads like one that is not there."""
        return any(value is not None and value is not MISSING for value in (self.before, self.after))


def changes(document: str, before: Json, after: Json, path: JsonPath = ()) -> Iterator[Change]:
    """Tell two states of a document apart, value by value; `MISSING` stands for one that is not there."""
    if patch.same(before, after):
        return
    if type(before) is dict and type(after) is dict:
        for key in dict.fromkeys((*before, *after)):
            yield from changes(document, before.get(key, MISSING), after.get(key, MISSING), (*path, key))
    else:
        yield Change(document, path, before, after)


def all_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """Tell two states of a campaign apart, document by document in the order of their paths."""
    keys = sorted({*before, *after})
    return [one for key in keys for one in changes(key, before.get(key, MISSING), after.get(key, MISSING))]


def touches(operations: list[patch.Operation], pointer: str) -> bool:
    """Whether a patch changes the value at a place, or something in it, or brings or takes away what it stands in."""
    for operation in operations:
        place = operation["path"]
        if place == pointer or place.startswith(f"{pointer}/"):
            return True
        if pointer.startswith(f"{place}/") and _holds(operation.get("value"), pointer[len(place) + 1 :].split("/")):
            return True
    return False


def _holds(value: Json, steps: list[str]) -> bool:
    for step in steps:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False
    return True


def _shown(value: Json) -> str:
    if value is MISSING:
        return "nothing"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return str(value.get("name", f"{{{', '.join(value)}}}"))
    return "nothing" if value is None else str(value)
