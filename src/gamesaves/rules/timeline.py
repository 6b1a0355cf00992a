"""What the events of a timeline make of the world.

The effects of all events in force are applied in the order of the ticks from which they hold, and within a tick in the
order of the log, so that every reader folds the same world. Each effect can be applied to any world, since an event
that is added to the past, or taken back, may leave another one with nothing to stand on. One that would lead beyond the
limits of the on-disk format is passed over: no event keeps others from reaching the world.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gamesaves.documents.keys import near
from gamesaves.documents.universe import Effect, TimelineEvent
from gamesaves.errors import InvalidValue
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Json, JsonPath, Operation

Verb = Literal["set", "unset", "increment"]
Steps = tuple[str, ...]
"""The way to a value: the keys of the objects on it."""

OWN_FIELDS = frozenset({"schema_version", "revision", "major_events"})
"""What of a world no effect may touch: it follows from the timeline."""


_KEYS: dict[Verb, tuple[str, ...]] = {"set": ("set", "value"), "unset": ("unset",), "increment": ("increment", "by")}
_CONTAINERS = (("factions",), ("locations",), ("npcs",))
_DEEPEST = 64
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Alteration:
    """One effect, ready to be applied.

    Attributes:
        path: the steps to the value.
        value: what is set, or added.
    """

    verb: Verb
    path: Steps
    value: Json = None


def steps(pointer: str) -> Steps:
    """Return the steps of a JSON Pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def alteration(effect: Effect) -> Alteration:
    """Return an effect, ready to be applied."""
    if effect.set is not None:
        return Alteration("set", steps(effect.set), effect.value)
    if effect.unset is not None:
        return Alteration("unset", steps(effect.unset))
    assert effect.increment is not None
    return Alteration("increment", steps(effect.increment), effect.by)


def alterations(event: TimelineEvent) -> list[Alteration]:
    """Return the effects of an event, ready to be applied, without those that no world has room for."""
    return [change for change in map(alteration, event.effects) if _is_possible(change)]


def require_allowed(event: TimelineEvent) -> None:
    """Refuse effects that are not the event's to have.

    Raises:
        InvalidValue: one touches what follows from the timeline, or a minor event reaches beyond its location.
    """
    for effect in event.effects:
        path = alteration(effect).path
        if path[0] in OWN_FIELDS:
            raise InvalidValue(f"{path[0]} follows from the timeline; no effect can change it")
        if path in _CONTAINERS:
            raise InvalidValue(f"an effect changes what is in /{path[0]}, never all of it")
        if event.scope == "minor" and (len(path) < 2 or path[:2] != ("locations", event.location)):
            place = "it names no location" if event.location is None else f"that is /locations/{event.location}"
            hint = f"A minor event changes its location alone ({place}); give it the scope major."
            raise InvalidValue(f"a minor event cannot change {patch.pointer(path)}", hint=hint)


def require_exact(event: TimelineEvent) -> None:
    """Refuse effects with keys that nobody reads, and those that set nothing: the timeline keeps them for ever.

    Raises:
        InvalidValue: a key may be misspelt, or belongs to another kind of effect; or the value to set is missing.
    """
    for number, effect in enumerate(event.effects):
        verb = alteration(effect).verb
        own = _KEYS[verb]
        defaults = {name: field.default for name, field in Effect.model_fields.items()}
        given = (key for key, value in effect if key not in defaults or value != defaults[key])
        for key in given:
            if key not in own:
                meant = near(key, own)
                hint = f"Did you mean {meant}?" if meant else f"It has: {', '.join(own)}."
                raise InvalidValue(f"effects.{number}: {key!r} is not a key of an effect with {verb}", hint=hint)
        if verb == "set" and "value" not in effect.model_fields_set:
            raise InvalidValue(f"effects.{number}: there is no value to set", hint="To take one away, say unset.")


def require_tick(position: int) -> None:
    """Refuse what no timeline has: a tick is a whole number of 64 bits, from 0.

    Raises:
        InvalidValue: it is none.
    """
    if type(position) is not int or not 0 <= position <= _LARGEST:
        hint = f"Ticks are whole numbers from 0 to {_LARGEST}."
        raise InvalidValue(f"{position!r} is no tick of a timeline", hint=hint)


def require_possible(event: TimelineEvent) -> None:
    """Refuse effects that no world has room for: nested too deep, or with a number that is too large.

    Raises:
        InvalidValue: one is beyond the limits of the on-disk format.
    """
    for effect in event.effects:
        change = alteration(effect)
        if not _is_possible(change):
            where, hint = patch.pointer(change.path), f"{_DEEPEST} levels and whole numbers of 64 bits are the most."
            raise InvalidValue(f"an effect is beyond what a world can hold: {where}", hint=hint)


def _is_possible(change: Alteration) -> bool:
    return len(change.path) <= _DEEPEST and _fits(change.value, len(change.path) + 1)


def _fits(value: Json, depth: int) -> bool:
    """Whether a document can have a value at a level of nesting, which is 1 for the document itself."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return depth <= _DEEPEST and all(_fits(one, depth + 1) for one in inside)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -_LARGEST - 1 <= value <= _LARGEST


def overlap(one: Steps, other: Steps) -> bool:
    """Whether two paths are the same, or one lies inside the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def contradict(one: Alteration, other: Alteration) -> bool:
    """Whether it makes a difference which of two is applied first: additions to one number do not contradict."""
    if not overlap(one.path, other.path):
        return False
    return not (one.verb == other.verb == "increment" and one.path == other.path)


def may_overflow(world: Json, changes: Sequence[Alteration]) -> bool:
    """Whether additions among effects could be passed over in some order that leads to the world, or on from it."""
    added = [one for one in changes if one.verb == "increment"]
    there = [value_at(world, path) for path in {one.path for one in added}]
    numbers = [one.value for one in added] + [value for value in there if type(value) in (int, float)]
    return not sum(map(abs, numbers)) <= _LARGEST


def applied(world: Json, change: Alteration) -> Json:
    """Return the world behind an effect; `world` stays as it is, and what is not touched is shared.

    What an effect needs to stand on is made; what stands in its way and is no object gives way to it. A sum that a
    document cannot hold is not made: the number stays.
    """
    return _applied(world, change, change.path)


def _applied(node: Json, change: Alteration, path: JsonPath) -> Json:
    if not path:
        if change.verb != "increment":
            return change.value if change.verb == "set" else MISSING
        if type(node) not in (int, float):
            return change.value
        total = node + change.value
        return total if _fits(total, len(change.path) + 1) else node
    here: dict[str, Any] = node if type(node) is dict else {}
    there = here.get(path[0], MISSING)  # type: ignore[arg-type]
    if change.verb == "unset" and (there is MISSING or (len(path) > 1 and type(there) is not dict)):
        return node
    value = _applied(there, change, path[1:])
    if value is MISSING:
        return {key: one for key, one in here.items() if key != path[0]}
    return {**here, path[0]: value}


def folded(world: Json, changes: Iterable[Alteration]) -> Json:
    """Return the world behind effects, applied one after the other."""
    for change in changes:
        world = applied(world, change)
    return world


def value_at(world: Json, path: Steps) -> Json:
    """Return the value at a place; `MISSING` where there is none."""
    for step in path:
        if type(world) is not dict or step not in world:
            return MISSING
        world = world[step]
    return world


def with_value(world: Json, path: Steps, value: Json) -> Json:
    """Return the world with another value at a place; `MISSING` takes it away."""
    if value is MISSING:
        return applied(world, Alteration("unset", path))
    return applied(world, Alteration("set", path, value))


def roots(changes: Iterable[Alteration]) -> list[Steps]:
    """Return the places that effects touch, without those that lie inside another."""
    found: list[Steps] = []
    for path in sorted({change.path for change in changes}, key=len):
        if not any(path[: len(one)] == one for one in found):
            found.append(path)
    return found


def operations(old: Json, new: Json, paths: Iterable[Steps]) -> Iterator[Operation]:
    """Return a patch that leads from one world to another which differs at these places only; none in another."""
    for path in paths:
        depth, before, after = 0, old, new
        while depth < len(path) and type(before) is dict and type(after) is dict:
            step = path[depth]
            before, after = before.get(step, MISSING), after.get(step, MISSING)
            depth += 1
        where = patch.pointer(path[:depth])
        if before is MISSING and after is not MISSING:
            # Another place may need the same object around it.
            old = with_value(old, path[:depth], after)
            yield {"op": "add", "path": where, "value": after}
        elif after is MISSING and before is not MISSING:
            old = with_value(old, path[:depth], MISSING)
            yield {"op": "remove", "path": where}
        elif before is not after:
            for operation in patch.diff(before, after):
                yield {**operation, "path": where + operation["path"]}
            old = with_value(old, path[:depth], after)
