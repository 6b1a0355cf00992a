"""What a universe costs: adding an event to it, and finding what somebody knows of it."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from gamesaves.disk import log
from gamesaves.disk.log import Event
from gamesaves.documents import Effect, TimelineEvent
from scripts.benchmarks import stores
from scripts.benchmarks.measuring import Row, Scale, interleaved, plain, ratio, timed

NEWEST = 50
_WORLD_PLACES = 2_000
_VILLAGE = {"description": "A village that somebody may come to, with a mill, an inn and a well. " * 3, "visitors": 0}
_PEOPLE = 40
_KINDS = ("arrived", "built", "fell", "met")

_KNOWN = f"""
SELECT * FROM (
    SELECT * FROM (SELECT * FROM events WHERE position <= :at ORDER BY position DESC, seq DESC LIMIT {NEWEST})
    UNION ALL
    SELECT * FROM (
        SELECT * FROM events WHERE character = :who AND position > :at ORDER BY position DESC, seq DESC LIMIT {NEWEST}
    )
) ORDER BY position DESC, seq DESC LIMIT {NEWEST}
"""
_AT_PLACE = f"SELECT * FROM events WHERE location = :place ORDER BY position DESC, seq DESC LIMIT {NEWEST}"

_COLD = """
import sys, time
from pathlib import Path
import sqlite3
from gamesaves import SaveStore
import gamesaves.services.universes
start = time.perf_counter()
if sys.argv[1] == "sqlite":
    connection = sqlite3.connect(sys.argv[2])
    found = connection.execute(sys.argv[3], {"at": int(sys.argv[4]), "who": "pc:hero_1"}).fetchall()
else:
    universe = SaveStore(sys.argv[2]).universes.open(sys.argv[3])
    found = universe.events(seen_by="pc:hero_1", position=int(sys.argv[4]), last=50)
print((time.perf_counter() - start) * 1000, len(found))
"""


def update(folder: Path, scale: Scale) -> list[Row]:
    """What an event costs, a world of 500 KB being there, against a turn that changes one character."""
    rows = []
    for events in scale.timelines[:2]:
        store, universe_id = _universe(folder / str(events), events)
        campaign_id = stores.party_campaign(folder / str(events) / "campaign")
        with (
            store,
            SaveStore(folder / str(events) / "campaign") as other,
            other.campaigns.open(campaign_id) as campaign,
        ):
            universe = store.universes.open(universe_id)
            tick = universe.timeline_position
            positions = iter(range(tick, tick + 1_000_000))

            def publish(universe: Any = universe, positions: Iterator[int] = positions) -> None:
                tick = next(positions)
                effect = Effect(increment=f"/locations/village_{tick % _WORLD_PLACES:04d}/visitors")
                place = f"village_{tick % _WORLD_PLACES:04d}"
                universe.publish(
                    TimelineEvent(timeline_position=tick, kind="arrived", location=place, effects=[effect])
                )

            def turn() -> None:
                with campaign.turn("A turn") as turn:
                    turn.character(stores.HERO).gain_experience(1)

            one, commit = interleaved(scale.turns // 4, lambda: timed(publish), lambda: timed(turn))
        what = f"an event in a universe of {events:,} events and 500 KB · a turn"
        rows += [ratio(what, one, commit, 3), plain(f"an event in a universe of {events:,} events, p99", one, 200)]
    return rows


def timeline(folder: Path, scale: Scale) -> list[Row]:
    """What finding costs, against SQLite on a table that is indexed for it."""
    rows = []
    for events in scale.timelines:
        here = folder / str(events)
        store, universe_id = _universe(here, events)
        with closing(_table(here / "events.db", store.root / "universes" / universe_id / "log.jsonl")) as table, store:
            universe = store.universes.open(universe_id)
            at = events // 4
            queries = {
                "what somebody knows, newest 50": (
                    partial(universe.events, seen_by="pc:hero_1", position=at, last=NEWEST),
                    partial(_asked, table, _KNOWN, {"at": at, "who": "pc:hero_1"}),
                ),
                "what happened at a place, newest 50": (
                    partial(universe.events, location="place_7", last=NEWEST),
                    partial(_asked, table, _AT_PLACE, {"place": "place_7"}),
                ),
            }
            for what, (ours, theirs) in queries.items():
                assert [one.event_id for one in ours()] == [row[0] for row in reversed(theirs())]
                one, other = interleaved(scale.turns // 4, partial(timed, ours), partial(timed, theirs))
                rows.append(ratio(f"{what}, of {events:,} events, warm · sqlite3", one, other, 1))
                rows.append(plain(f"{what}, of {events:,} events, warm, p99", one, 100))
        rows.append(_cold(here, universe_id, events, scale))
    return rows


def _cold(here: Path, universe_id: str, events: int, scale: Scale) -> Row:
    def run(*arguments: str) -> float:
        command = [sys.executable, "-c", _COLD, *arguments]
        taken, found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        assert int(found) == NEWEST
        return float(taken)

    at = str(events // 4)
    one, other = interleaved(
        scale.opens // 4,
        lambda: run("ours", str(here / "store"), universe_id, at),
        lambda: run("sqlite", str(here / "events.db"), _KNOWN, at),
    )
    return ratio(f"what somebody knows, of {events:,} events, cold process · sqlite3", one, other, 2)


def _universe(folder: Path, count: int) -> tuple[SaveStore, str]:
    """Make a universe with so many events."""
    root = folder / "store"
    places = {f"village_{number:04d}": _VILLAGE for number in range(_WORLD_PLACES)}
    with stores.building(root) as store:
        universe = store.universes.create("World", world={"locations": places})
        universe_id, path = universe.id, universe.folder / "log.jsonl"
    (first,) = (line.event for line in log.read_lines(path))
    assert first is not None
    head = first.hash
    with path.open("ab") as file:
        for seq in range(2, count + 2):
            line, head = log.encode_event(_event(seq, head, count))
            file.write(line)
    with stores.building(root) as store:
        store.universes.open(universe_id).move({"pc:hero_1": count // 4}, campaign_id="campaign_1")
    stores.sync()
    return SaveStore(root), universe_id


def _event(seq: int, before: str, count: int) -> Event:
    number = (seq * 7919) % count
    data = {
        "event_id": f"{seq:032x}/0",
        "timeline_position": number // 2,
        "character_id": f"pc:hero_{seq % _PEOPLE}",
        "campaign_id": f"campaign_{seq % _PEOPLE}",
        "kind": _KINDS[seq % len(_KINDS)],
        "location": f"place_{seq % 211}",
        "description": f"Hero {seq % _PEOPLE} came by, looked around and went on, for the {seq}th time",
        "data": {"weather": "rain", "companions": seq % 5},
    }
    return Event(seq, "2026-11-21T10:00:00Z", "timeline", 0, data=data, prev=before)


def _table(path: Path, events: Path) -> sqlite3.Connection:
    """Make what one would make with SQLite alone: a table, indexed for each way of asking."""
    connection = sqlite3.connect(path)
    # As one would have it where several programs look while one writes.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "CREATE TABLE events (event_id TEXT PRIMARY KEY, position INTEGER, seq INTEGER, character TEXT, campaign TEXT,"
        " kind TEXT, location TEXT, description TEXT, data TEXT)"
    )
    with connection:
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _rows(events))
        for name, columns in {
            "by_time": "position, seq",
            "by_character": "character, position, seq",
            "by_location": "location, position, seq",
        }.items():
            connection.execute(f"CREATE INDEX {name} ON events ({columns})")
    return connection


def _asked(table: sqlite3.Connection, query: str, values: dict[str, Any]) -> list[Any]:
    return table.execute(query, values).fetchall()


def _rows(events: Path) -> Iterator[tuple[Any, ...]]:
    for line in log.read_lines(events):
        if line.event is not None and line.event.kind == "timeline":
            data = line.event.data
            names = ("character_id", "campaign_id", "kind", "location", "description")
            own = (data["event_id"], data["timeline_position"], line.event.seq)
            yield (*own, *(data[name] for name in names), json.dumps(data["data"]))
