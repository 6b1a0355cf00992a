"""What the document of a world is behind an event: the same as all effects in their order would make of nothing.

Only the places that an event touches are looked at, so that it costs the same however many events there are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import MajorEvent, Paradox, TimelineEvent
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Json, Operation
from gamesaves.rules.timeline import (
    Alteration,
    Steps,
    alterations,
    contradict,
    folded,
    may_overflow,
    operations,
    roots,
    value_at,
    with_value,
)
from gamesaves.services.timeline import Timeline

Effects = Callable[[Steps], list[Alteration]]
"""Gives the effects on a place, in their order."""

MAJOR = "major_events"
KEPT = 50
BEFORE_TIME = -1


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A world behind a change of its timeline.

    Attributes:
        patch: from the document before to the one behind.
    """

    patch: list[Operation]
    paradoxes: tuple[Paradox, ...] = ()


def with_event(timeline: Timeline, world: Tree, event: TimelineEvent, furthest: int) -> Unfolded:
    """Return the world with another event, which is the newest in the log.

    Args:
        furthest: the furthest tick before it.
    """
    own = alterations(event)
    tick, until = event.takes_effect_at, max(furthest, event.timeline_position)
    paradoxes: list[Paradox] = []
    touched: list[Alteration] = list(own)
    in_order = True
    if tick > until:
        touched = timeline.effects_between(furthest, until)
    elif tick >= furthest:
        matured, to_come = timeline.effects_between(furthest, tick), timeline.effects_between(tick, until)
        touched = [*matured, *own, *to_come]
    else:
        later = [(mine, *other) for mine in own for other in timeline.later_than(mine.path, tick, until=furthest)]
        contradicted = [one for one in later if contradict(one[0], one[2])]
        paradoxes = _paradoxes(contradicted)
        in_order = not contradicted and not may_overflow(world, [*own, *(other for _, _, other in later)])
    new = folded(world, touched) if in_order else _in_the_past(timeline, world, own, tick, furthest)
    found = list(operations(world, new, roots(touched)))
    if event.scope == "major":
        found += _major(timeline, world, until, more=event)
    return Unfolded(found, tuple(paradoxes))


def without_event(timeline: Timeline, world: Tree, event: TimelineEvent, furthest: int) -> Unfolded:
    """Return the world as if an event, which is in force, had not happened."""
    new: Json = world
    own = alterations(event)
    if event.takes_effect_at <= furthest:
        for root in roots(own):

            def effects(path: Steps) -> list[Alteration]:
                return timeline.touching(path, BEFORE_TIME, furthest, without=event.event_id)

            new = _refolded(new, root, effects)
    found = list(operations(world, new, _around(roots(own), world, new)))
    if event.scope == "major":
        found += _major(timeline, world, furthest, without=event.event_id)
    return Unfolded(found)


def with_event_again(timeline: Timeline, world: Tree, event: TimelineEvent, furthest: int) -> Unfolded:
    """Return the world with an event that was taken back, and has its old place in the order of things."""
    new: Json = world
    own = alterations(event)
    tick = event.takes_effect_at
    if tick <= furthest:
        new = _in_the_past(timeline, world, own, tick, furthest)
    found = list(operations(world, new, _around(roots(own), world, new)))
    if event.scope == "major":
        found += _major(timeline, world, furthest, also=event.event_id)
    return Unfolded(found)


def at_tick(timeline: Timeline, world: Tree, furthest: int, tick: int) -> list[Operation]:
    """Return the patch to the world at a tick that nobody had come to: with what has matured on the way."""
    matured = timeline.effects_between(furthest, tick)
    return list(operations(world, folded(world, matured), roots(matured)))


def _paradoxes(contradicted: Iterable[tuple[Alteration, str | None, Alteration]]) -> list[Paradox]:
    """Return what events further on have changed, and would have come out otherwise."""
    found: dict[tuple[str, str], Paradox] = {}
    for mine, event_id, other in contradicted:
        if event_id is not None:
            where = patch.pointer(max(mine.path, other.path, key=len))
            found.setdefault((where, event_id), Paradox(path=where, event_id=event_id))
    return list(found.values())


def _in_the_past(timeline: Timeline, world: Json, own: Sequence[Alteration], tick: int, furthest: int) -> Json:
    def effects(path: Steps) -> list[Alteration]:
        before = timeline.touching(path, BEFORE_TIME, tick)
        return [*before, *own, *timeline.touching(path, tick, furthest)]

    for root in roots(own):
        world = _refolded(world, root, effects)
    return world


def _refolded(world: Json, root: Steps, effects: Effects) -> Json:
    """Return the world with the value at one place folded anew.

    Where nothing is left there, what it stood in may have been there for its sake alone.
    """
    path = root
    value = value_at(folded({}, effects(path)), path)
    while value is MISSING and len(path) > 1:
        path = path[:-1]
        value = value_at(folded({}, effects(path)), path)
    return with_value(world, path, value)


def _around(paths: Iterable[Steps], old: Json, new: Json) -> list[Steps]:
    """Return the places that differ where what a place stood in may have gone, or come, with it."""
    found = []
    for path in paths:
        while len(path) > 1 and (value_at(old, path[:-1]) is MISSING) != (value_at(new, path[:-1]) is MISSING):
            path = path[:-1]
        found.append(path)
    return found


def _major(
    timeline: Timeline,
    world: Tree,
    until: int,
    *,
    more: TimelineEvent | None = None,
    without: str | None = None,
    also: str | None = None,
) -> list[Operation]:
    """Return the patch to the newest major events that the world keeps."""
    known = [event for event in timeline.newest_major(until, KEPT + 1, also=also) if event.event_id != without]
    if more is not None:
        known.insert(sum(event.timeline_position <= more.timeline_position for event in known), more)
    after = [kept_of(event) for event in known[-KEPT:]]
    if MAJOR not in world:
        # Somebody has taken the list out by hand.
        return [{"op": "add", "path": f"/{MAJOR}", "value": after}]
    return [{**one, "path": f"/{MAJOR}{one['path']}"} for one in patch.diff(world[MAJOR], after)]


def kept_of(event: TimelineEvent) -> Tree:
    """Return a major event as the world keeps it."""
    return MajorEvent.model_validate({name: getattr(event, name) for name in MajorEvent.model_fields}).model_dump()
