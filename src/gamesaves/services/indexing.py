"""From the log of a universe to the index of its timeline."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from gamesaves.disk import layout
from gamesaves.disk.log import Event
from gamesaves.disk.timelineindex import EffectRow, EventRow, Mark, TimelineIndex
from gamesaves.documents import TimelineEvent
from gamesaves.errors import Damaged, InvalidValue
from gamesaves.rules import patch
from gamesaves.rules.patch import Json, Operation
from gamesaves.rules.timeline import OWN_FIELDS, Alteration, Steps, alterations, folded, steps, value_at
from gamesaves.services import validation
from gamesaves.services.worldcontract import UNIVERSE, WORLD

PUBLISHED, RETRACTED, REINSTATED = "timeline", "retract", "reinstate"
"""The kinds of events in a universe's log that make its timeline."""

_HAND_MADE = ("created", "external_edit", "repair")


class Indexer:
    """Adds events to an index."""

    def __init__(self, index: TimelineIndex) -> None:
        self._index = index

    def add(self, event: Event, place: str, start: int, end: int, mark: Mark) -> Mark:
        """Add an event behind those that come before it in the order of the log; return how far the index goes then.

        Args:
            place: the file inside the ledger that has its line.
            start, end: of the line.
        """
        furthest = mark.furthest
        if event.kind == PUBLISHED:
            published = published_in(event, self._index.ledger)
            furthest = max(furthest, published.timeline_position)
            self._publish(event, published, place, start, end)
        elif event.kind in (RETRACTED, REINSTATED):
            self._index.set_in_force(str(event.data.get("event_id")), in_force=event.kind == REINSTATED)
        elif event.kind in _HAND_MADE and WORLD in event.changes:
            made = self._made_by_hand(event, furthest)
            self._index.add_effects(_rows(event, furthest, None, made))
        for operation in event.changes.get(UNIVERSE, ()):
            tick = operation.get("value")
            if operation["path"] == "/timeline_position" and isinstance(tick, int):
                furthest = max(furthest, tick)
        return Mark(end, event.hash, event.seq, furthest)

    def _publish(self, event: Event, published: TimelineEvent, place: str, start: int, end: int) -> None:
        event_id = str(published.event_id)
        if self._index.has(event_id) is not None:
            # Two copies of one campaign may have brought it to two copies of the universe.
            self._index.set_in_force(event_id, in_force=True)
            return
        row = EventRow(
            event_id,
            published.timeline_position,
            event.seq,
            event.hash,
            published.kind,
            published.scope,
            published.location,
            published.character_id,
            published.campaign_id,
            True,
            bool(published.paradoxes),
            place,
            start,
            end - start,
        )
        self._index.add_event(row)
        self._index.add_effects(_rows(event, published.takes_effect_at, event_id, alterations(published)))

    def _made_by_hand(self, event: Event, furthest: int) -> list[Alteration]:
        """Return what somebody who made the world, edited or repaired it, has changed there, as effects."""
        made: list[Alteration] = []
        for operation in event.changes[WORLD]:
            if not operation["path"]:
                made += [Alteration("set", (key,), value) for key, value in operation["value"].items()]
                continue
            path = steps(operation["path"])
            in_list = self._list_around(path, furthest, made)
            if in_list is not None:
                made += _in_list(*in_list, operation)
            elif operation["op"] == "remove":
                made.append(Alteration("unset", path))
            else:
                made.append(Alteration("set", path, operation["value"]))
        return [one for one in made if one.path[0] not in OWN_FIELDS]

    def _list_around(self, path: Steps, furthest: int, made: list[Alteration]) -> tuple[Steps, list[Json]] | None:
        """Return the list that a path leads into, and its own path; effects take lists whole."""
        if not any(step == "-" or step.isdecimal() for step in path[1:]):
            return None
        world = folded(self.world(furthest), made)
        for length in range(1, len(path)):
            value = value_at(world, path[:length])
            if isinstance(value, list):
                return path[:length], value
        return None

    def world(self, position: int) -> Json:
        """Return the world as it is at a tick, without what follows from the list of events."""
        return folded({}, effects_of(self._index, "holds_from <= ?", [position]))


def effects_of(index: TimelineIndex, condition: str, values: Sequence[Any]) -> list[Alteration]:
    """Return the effects in force that meet a condition, in their order."""
    query = (
        f"SELECT verb, path, value FROM effects WHERE in_force AND {condition} ORDER BY holds_from, seq, hash, number"
    )
    return [Alteration(verb, steps(path), json.loads(value)) for verb, path, value in index.find(query, values)]


def _in_list(path: Steps, values: list[Json], operation: Operation) -> list[Alteration]:
    """Return the effect of an operation inside a list; none where the list is another one here."""
    inside = operation["path"][len(patch.pointer(path)) :]
    try:
        return [Alteration("set", path, patch.apply(values, [{**operation, "path": inside}]))]
    except patch.PatchError:
        return []


def published_in(event: Event, ledger: Path) -> TimelineEvent:
    """Return what an event of the log has brought to the timeline.

    Raises:
        Damaged: it makes no sense, although its line is whole.
    """
    try:
        return validation.made(TimelineEvent, {"event_id": event.hash, **event.data})
    except InvalidValue as error:
        text = f"event {event.seq} has no place on the timeline: {error.message}"
        hint = "Put the log back from a backup or another copy."
        raise Damaged(text, path=ledger / layout.LOG, hint=hint) from error


def _rows(event: Event, tick: int, event_id: str | None, made: Iterable[Alteration]) -> list[EffectRow]:
    order = (tick, event.seq, event.hash)
    return [
        EffectRow(*order, number, patch.pointer(one.path), one.verb, json.dumps(one.value), event_id, True)
        for number, one in enumerate(made)
    ]
