"""Commits to a universe: each brings its log, its world and where everybody stands forward together."""

from collections.abc import Mapping
from typing import Any

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.documents import TimelineEvent, UniverseCharacter
from gamesaves.rules import patch
from gamesaves.rules.patch import Operation
from gamesaves.rules.timeline import require_allowed
from gamesaves.services.indexing import PUBLISHED, REINSTATED, RETRACTED
from gamesaves.services.timeline import Timeline
from gamesaves.services.worldcontract import UNIVERSE, WORLD
from gamesaves.services.worldfold import at_tick, with_event, with_event_again, without_event

MOVED = "moved"


class Change:
    """Commits to a universe that is held."""

    def __init__(self, ledger: Ledger, timeline: Timeline) -> None:
        self._ledger = ledger
        self._timeline = timeline

    @property
    def _universe(self) -> Tree:
        return self._ledger.state.trees[UNIVERSE]

    @property
    def _world(self) -> Tree:
        return self._ledger.state.trees[WORLD]

    def received(self, campaign_id: str) -> str | None:
        """Return where what was taken over from a campaign ends."""
        received: dict[str, str] = self._universe.get("received", {})
        return received.get(campaign_id)

    def publish(self, event: TimelineEvent, *, received: Mapping[str, str | None] | None = None) -> TimelineEvent:
        """Add an event."""
        require_allowed(event)
        universe = self._universe
        furthest = furthest_tick(universe)
        unfolded = with_event(self._timeline, self._world, event, furthest)
        if unfolded.paradoxes:
            event = event.model_copy(update={"paradoxes": list(unfolded.paradoxes)})
        new = {**universe, "timeline_position": max(furthest, event.timeline_position)}
        if received is not None:
            new["received"] = {**universe.get("received", {}), **received}
        if event.character_id is not None and event.campaign_id is not None:
            tick = {event.character_id: event.timeline_position}
            new["active_characters"] = _moved(universe, event.campaign_id, tick)
        data = event.model_dump(mode="json", exclude_defaults=True)
        data["timeline_position"] = event.timeline_position
        self._commit(PUBLISHED, new, unfolded.patch, data=data, note=event.description or None)
        return event

    def stand(self, event: TimelineEvent, *, in_force: bool) -> None:
        """Let an event be in force, or not."""
        if self._timeline.standing(str(event.event_id)) is in_force:
            return
        unfold = with_event_again if in_force else without_event
        unfolded = unfold(self._timeline, self._world, event, furthest_tick(self._universe))
        kind = REINSTATED if in_force else RETRACTED
        self._commit(kind, self._universe, unfolded.patch, data={"event_id": event.event_id})

    def move(self, campaign_id: str, positions: Mapping[str, int]) -> None:
        """Note where the characters of a campaign are."""
        universe = self._universe
        furthest = furthest_tick(universe)
        tick = max(furthest, *positions.values()) if positions else furthest
        new = {**universe, "timeline_position": tick, "active_characters": _moved(universe, campaign_id, positions)}
        if not patch.same(universe, new):
            self._commit(MOVED, new, at_tick(self._timeline, self._world, furthest, tick))

    def note_received(self, campaign_id: str, last: str | None) -> None:
        """Note where what was taken over from a campaign ends."""
        received = {**self._universe.get("received", {}), campaign_id: last}
        self._commit(MOVED, {**self._universe, "received": received}, [])

    def _commit(self, kind: str, universe: Tree, world: list[Operation], **more: Any) -> None:
        patches = {WORLD: world} if world else {}
        self._ledger.commit(kind, {UNIVERSE: universe}, patches=patches, **more)


def furthest_tick(universe: Tree) -> int:
    """Return the furthest tick that anybody has come to."""
    tick = universe.get("timeline_position", 0)
    return tick if isinstance(tick, int) else 0


def _moved(universe: Tree, campaign_id: str, positions: Mapping[str, int]) -> list[Tree]:
    """Return where everybody is, once characters of a campaign have come to other ticks."""
    rows: list[Tree] = list(universe.get("active_characters", []))
    for character_id, position in positions.items():
        places = {(row["character_id"], row["campaign_id"]): at for at, row in enumerate(rows)}
        at = places.get((character_id, campaign_id))
        if at is None:
            one = UniverseCharacter(character_id=character_id, campaign_id=campaign_id, timeline_position=position)
            rows.append(one.model_dump(mode="json"))
        elif rows[at]["timeline_position"] != position:
            rows[at] = {**rows[at], "timeline_position": position}
    return rows
