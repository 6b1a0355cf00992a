"""The timeline of a universe: its events in their order, found by who, where, what and when, and what they fold to."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic_core import to_jsonable_python

from gamesaves.disk import files, folders, layout, log
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.files import Signature
from gamesaves.disk.log import Event
from gamesaves.disk.timelineindex import NOTHING, BrokenIndex, Mark, TimelineIndex
from gamesaves.documents import TimelineEvent
from gamesaves.errors import Closed, NotFound
from gamesaves.rules import histories, patch
from gamesaves.rules.patch import Json
from gamesaves.rules.timeline import Alteration, Steps, steps
from gamesaves.services.indexing import Indexer, effects_of, published_in
from gamesaves.services.worldcontract import UniverseContract

_KEPT = 4096

Answer = TypeVar("Answer")

_Placed = tuple[Event, str, int, int]
"""An event, the file inside the ledger that has it, and where its line begins and ends."""


class Sighting(NamedTuple):
    """Whose eyes a timeline is seen with.

    Attributes:
        position: the tick they have come to.
        character, campaign: whose own events are seen wherever they are; None for nobody's.
    """

    position: int
    character: str | None = None
    campaign: str | None = None


class Timeline:
    """The events of one universe."""

    def __init__(self, index: TimelineIndex, folder: Path) -> None:
        self._index = index
        self._indexer = Indexer(index)
        self._folder = folder
        self._log = folder / layout.LOG
        self._lock = threading.RLock()
        self._seen: Signature | None = None
        # By their hashes: where another program has built the index again, the numbers in it are others.
        self._kept: OrderedDict[str, TimelineEvent] = OrderedDict()
        self._closed = False

    # Keeping up with the log

    def catch_up(self) -> None:
        """Take in what the log has got since.

        Raises:
            Damaged: the log cannot be read.
        """
        self._asked(lambda: None)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """Return what a question comes to that is put to an index of the whole log."""
        with self._lock:
            for again in (False, True):
                try:
                    return self._answer(question)
                except BrokenIndex as error:
                    self._index.start_over(in_memory=again or not error.spoilt)
                    self._seen = None
            return self._answer(question)

    def _answer(self, question: Callable[[], Answer]) -> Answer:
        if self._closed:
            raise Closed("it has been closed", path=self._folder, hint="Open it again.")
        now = files.signature(self._log)
        if now is None or now != self._seen:
            if now is None or not self._has_all(now):
                with self._index.changing() as mark:
                    self._catch_up(mark)
            self._seen = now
        return question()

    def _has_all(self, now: Signature) -> bool:
        mark = self._index.mark
        return mark.line_end == now.size and log.ends_with_hash(self._log, mark.line_end, mark.hash)

    def _catch_up(self, mark: Mark) -> None:
        if mark == NOTHING or not log.ends_with_hash(self._log, mark.line_end, mark.hash):
            self._fill()
            return
        for line in log.read_lines(self._log, mark.line_end):
            event = line.event
            if event is None:
                break
            if event.parents:
                # Events of the other copy come between those that are here.
                self._fill()
                return
            mark = self._indexer.add(event, layout.LOG, line.start, line.end, mark)
        self._index.set_mark(mark)

    def _fill(self) -> None:
        """Read the whole log, and what was merged into it."""
        self._index.clear()
        on_log: Iterable[_Placed] = self._of_log()
        merged = self._of_branches()
        if merged:
            on_log = sorted([*on_log, *merged], key=lambda one: (one[0].seq, one[0].hash))
        mark, last = NOTHING, NOTHING
        for event, place, start, end in on_log:
            mark = self._indexer.add(event, place, start, end, mark)
            last = mark if place == layout.LOG else last
        self._index.set_mark(Mark(last.line_end, last.hash, last.seq, mark.furthest))

    def _of_log(self) -> Iterator["_Placed"]:
        for line in log.read_lines(self._log):
            if line.event is None:
                return
            yield line.event, layout.LOG, line.start, line.end

    def _of_branches(self) -> list["_Placed"]:
        """Return the events of other copies that were merged, and where they are kept."""
        entries = folders.entries(self._folder / layout.BRANCHES)
        if not entries:
            return []
        ancestry = Ancestry(self._folder, UniverseContract())
        on_log = [line.event.hash for line in log.read_lines(self._log) if line.event is not None]
        reached = histories.ancestors(ancestry.parents, on_log[-1]) - set(on_log)
        merged = {}
        for entry in entries:
            place = f"{layout.BRANCHES}/{entry.name}"
            for line in log.read_lines(entry.path):
                if line.event is not None and line.event.hash in reached:
                    merged[line.event.hash] = (line.event, place, line.start, line.end)
        return list(merged.values())

    # Effects

    def effects_between(self, after: int, until: int) -> list[Alteration]:
        """Return the effects that hold from a tick behind `after`, and not behind `until`, in their order."""
        return self._effects("holds_from > ? AND holds_from <= ?", [after, until])

    def _effects(self, condition: str, values: list[Any]) -> list[Alteration]:
        return self._asked(lambda: effects_of(self._index, condition, values))

    def touching(self, path: Steps, after: int, until: int, *, without: str | None = None) -> list[Alteration]:
        """Return the effects on a place, on what it stands in and what stands in it, that hold between two ticks.

        Args:
            without: the id of an event whose effects are left out.
        """
        condition, values = _touching(path)
        bounds = "holds_from > ? AND holds_from <= ? AND event_id IS NOT ?"
        return self._effects(f"{bounds} AND ({condition})", [after, until, without or "", *values])

    def later_than(self, path: Steps, tick: int, *, until: int) -> list[tuple[str | None, Alteration]]:
        """Return the effects on a place that hold from a later tick on, each with its event's id.

        What somebody has changed by hand is of no event.
        """
        condition, values = _touching(path)
        query = (
            "SELECT event_id, verb, path, value FROM effects "
            f"WHERE in_force AND holds_from > ? AND holds_from <= ? AND ({condition}) "
            "ORDER BY holds_from, seq, hash, number"
        )
        rows = self._asked(lambda: self._index.find(query, [tick, until, *values]))
        return [(event_id, Alteration(verb, steps(where), json.loads(value))) for event_id, verb, where, value in rows]

    def world_at(self, position: int) -> Json:
        """Return the world as it is at a tick, without what follows from the list of events."""
        return self._asked(lambda: self._indexer.world(position))

    # Events

    def standing(self, event_id: str) -> bool | None:
        """Whether an event is in force; None where it is not known."""
        return self._asked(lambda: self._index.has(event_id))

    def find(
        self,
        *,
        seen_by: Sighting | None = None,
        location: str | None = None,
        character: str | None = None,
        kind: str | None = None,
        scope: Literal["major", "minor"] | None = None,
        since: int | None = None,
        until: int | None = None,
        last: int | None = None,
        in_force: bool = True,
        paradoxical: bool = False,
    ) -> list[TimelineEvent]:
        """Return events in their order, the latest last; the arguments are those of `Universe.events`."""
        given = {"location": location, "character": character, "kind": kind, "scope": scope}
        conditions = [f"{name} = ?" for name, value in given.items() if value is not None]
        values: list[Any] = [value for value in given.values() if value is not None]
        if since is not None:
            conditions.append("position >= ?")
            values.append(since)
        if paradoxical:
            conditions.append("paradoxical")
        branches = _branches(seen_by, until)
        limit = -1 if last is None else last
        parts, bound = [], []
        for condition, own in branches:
            where = " AND ".join([f"in_force = {int(in_force)}", *conditions, *condition])
            parts.append(f"SELECT * FROM ({_ROWS} {where} {_NEWEST})")
            bound += [*values, *own, limit]
        query = f"{' UNION ALL '.join(parts)} {_NEWEST}"
        return list(map(_apart, self._asked(lambda: self._events(query, [*bound, limit]))))

    def _events(self, query: str, values: list[Any]) -> list[TimelineEvent]:
        rows = self._index.find(query, values)
        missing = {row[0]: row[3] for row in rows if row[0] not in self._kept}
        read = self._index.events(missing) if missing else {}
        fresh = {digest: published_in(event, self._folder) for digest, event in read.items()}
        found = [fresh.get(row[0]) or self._kept[row[0]] for row in reversed(rows)]
        self._kept.update(fresh)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def newest_major(self, until: int, count: int, *, also: str | None = None) -> list[TimelineEvent]:
        """Return the newest major events up to a tick, the newest last.

        Args:
            also: the id of an event that counts although it is not in force.
        """
        standing = "in_force" if also is None else "(in_force OR event_id = ?)"
        query = f"{_ROWS} scope = 'major' AND {standing} AND position <= ? {_NEWEST}"
        return self._asked(lambda: self._events(query, [*(() if also is None else (also,)), until, count]))

    def get(self, event_id: str) -> TimelineEvent:
        """Return an event, in force or not.

        Raises:
            NotFound: there is none with this id.
        """
        found = self._asked(lambda: self._events(f"{_ROWS} event_id = ?", [event_id]))
        if not found:
            raise NotFound("event", event_id, path=self._folder)
        return _apart(found[0])

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            self._index.close()
            self._closed = True


def _apart(event: TimelineEvent) -> TimelineEvent:
    """Return an event with values of its own, for who may change them: the one at hand is kept."""
    effects = [one.model_copy(update={"value": to_jsonable_python(one.value)}) for one in event.effects]
    return event.model_copy(update={"data": to_jsonable_python(event.data), "effects": effects})


_ROWS = "SELECT hash, position, seq, n FROM events WHERE"
_NEWEST = "ORDER BY position DESC, seq DESC, hash DESC LIMIT ?"


def _branches(seen_by: Sighting | None, until: int | None) -> list[tuple[list[str], list[Any]]]:
    """Return the conditions on time: up to where somebody sees everything, and behind that their own."""
    if seen_by is None:
        return [([], [])] if until is None else [(["position <= ?"], [until])]
    everything = seen_by.position if until is None else min(until, seen_by.position)
    found: list[tuple[list[str], list[Any]]] = [(["position <= ?"], [everything])]
    if seen_by.character is not None and (until is None or until > seen_by.position):
        own, values = ["position > ?", "character = ?"], [seen_by.position, seen_by.character]
        if seen_by.campaign is not None:
            own.append("campaign = ?")
            values.append(seen_by.campaign)
        if until is not None:
            own.append("position <= ?")
            values.append(until)
        found.append((own, values))
    return found


def _touching(path: Steps) -> tuple[str, list[Any]]:
    """Return the condition for effects on a place, on what it stands in, and on what stands in it."""
    around = [patch.pointer(path[:length]) for length in range(1, len(path) + 1)]
    inside = around[-1]
    # What lies inside begins with the path and a slash, and `0` is the character behind the slash.
    return f"path IN ({', '.join('?' * len(around))}) OR (path > ? AND path < ?)", [*around, f"{inside}/", f"{inside}0"]
