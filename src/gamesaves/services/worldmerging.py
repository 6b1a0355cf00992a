"""Two copies of one universe, joined: the world is what the events of both make of it, in the order of time."""

from functools import cached_property

from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.state import VERSION
from gamesaves.disk.timelineindex import NOTHING, TimelineIndex
from gamesaves.documents import TimelineEvent
from gamesaves.rules.patch import MISSING, Json
from gamesaves.services.indexing import PUBLISHED, Indexer, published_in
from gamesaves.services.joining import Join
from gamesaves.services.worldchange import furthest_tick
from gamesaves.services.worldcontract import UNIVERSE, WORLD
from gamesaves.services.worldfold import KEPT, MAJOR, kept_of


class WorldJoin(Join):
    """The event that joins two copies of a universe."""

    @cached_property
    def _furthest(self) -> int:
        states = (self.copies.state(one).trees[UNIVERSE] for one in (self.copies.head, self.copies.other_head))
        return max(map(furthest_tick, states))

    def merged(self, key: str, base: Json, first: Json, second: Json) -> Json:
        """Return a document as both sides have left it."""
        if key != WORLD or MISSING in (first, second):
            return super().merged(key, base, first, second)
        world = {VERSION: first.get(VERSION, 1), **world_of(self.copies.ancestry, self._furthest)}
        names = dict.fromkeys([*(name for name in first if name in world), *sorted(world)])
        return {name: world[name] for name in names}


def world_of(ancestry: Ancestry, furthest: int) -> Tree:
    """Return the world at a tick as all events of a history make it, wherever they are kept."""
    index = TimelineIndex(None, ancestry.folder)
    try:
        return _world_of(list(ancestry.events.values()), index, furthest)
    finally:
        index.close()


def _world_of(events: list[Event], index: TimelineIndex, furthest: int) -> Tree:
    indexer, mark = Indexer(index), NOTHING
    major: dict[str, tuple[tuple[int, int, str], TimelineEvent]] = {}
    for event in sorted(events, key=lambda one: (one.seq, one.hash)):
        mark = indexer.add(event, "", 0, 0, mark)
        if event.kind == PUBLISHED:
            published = published_in(event, index.ledger)
            order = (published.timeline_position, event.seq, event.hash)
            if published.scope == "major" and published.timeline_position <= furthest:
                major.setdefault(str(published.event_id), (order, published))
    in_force = sorted((pair for event_id, pair in major.items() if index.has(event_id)), key=lambda pair: pair[0])
    newest = [kept_of(event) for _, event in in_force[-KEPT:]]
    return {**indexer.world(furthest), MAJOR: newest}
