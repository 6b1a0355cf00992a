"""Many players and many runs in one world: what they cost, as they grow."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from gamesaves.services.universe import Universe
from scripts.benchmarks.measuring import Spread, timed

STATE_BYTES, WORLD_BYTES, EVENT_BYTES = 50_000, 500_000, 10_000
NEWEST = 50
_STEPS = (8, 4, 2, 1)
_QUERIES = 60
_SENTENCE = "The road goes on through the hills, and somebody has been here before. "
_SENTENCES = EVENT_BYTES // len(_SENTENCE)
_VILLAGES = 1_000
_PRESETS = ("kara_stormwind", "theron_gearwright", "aria_silverleaf", "gorak_the_brutal")
_HEADINGS = (
    ("runs", "events", "disk, MB", "world, MB", "a run, KB"),
    ("turn, ms", "begin, ms", "end, ms", "known, ms", "world at, ms", "player, ms"),
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many play how much.

    Attributes:
        runs: of each player.
        turns: of each run.
    """

    players: int = 20
    runs: int = 100
    turns: int = 5

    @property
    def all_runs(self) -> int:
        """The runs of all players."""
        return self.players * self.runs


@dataclass(slots=True)
class Level:
    """What it costs when so many runs are there.

    Attributes:
        disk, world: bytes of all files of the store, and of the universe and its index alone.
        turn: a turn that changes a character, a session's state and the world.
        begin, end: to make the campaign of a run and sit down; to complete or abandon the run and close the campaign.
        known: a query of what a character knows, newest 50.
        world_at: the world as it is at a tick.
        player: the player's file, with what all runs come to.
    """

    runs: int
    events: int
    disk: int
    world: int
    turn: Spread
    begin: Spread
    end: Spread
    known: Spread
    world_at: Spread
    player: Spread


@dataclass(slots=True)
class _Taken:
    """Milliseconds, since the level before."""

    turn: list[float] = field(default_factory=list)
    begin: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)


def simulate(folder: Path, crowd: Crowd) -> int:
    """Let a crowd play, and print what it costs as it grows; the store is left in the folder, with the report."""
    who = f"{crowd.players} players × {crowd.runs} runs × {crowd.turns} turns"
    kilobytes = ", ".join(f"{size // 1000} KB" for size in (STATE_BYTES, EVENT_BYTES, WORLD_BYTES))
    print(f"{who}; a session's state, an event and the world: {kilobytes}", flush=True)
    start = time.monotonic()
    lines = _table(list(grow(folder / "store", crowd)))
    print("", *lines, "", f"{time.monotonic() - start:.0f} s; times are medians, and p99 in brackets", sep="\n")
    report = (
        f"# {who}\n\nA session's state, an event and the world: {kilobytes}.\n\n```\n" + "\n".join(lines) + "\n```\n"
    )
    (folder / "report.md").write_text(report, encoding="utf-8", newline="\n")
    return 0


def grow(root: Path, crowd: Crowd) -> Iterator[Level]:
    """Let a crowd play into a new store, and measure at an eighth, a quarter, a half and all of the runs."""
    levels = sorted({max(1, crowd.all_runs // step) for step in _STEPS})
    taken = _Taken()
    with SaveStore(root) as store:
        universe = store.universes.create("World", world={"locations": _villages()})
        players = [store.players.create(f"Player {number}").player_id for number in range(crowd.players)]
        for number in range(crowd.all_runs):
            _play(store, universe.id, players[number % crowd.players], number, crowd.turns, taken)
            if number + 1 in levels:
                yield _level(store, universe, players[0], number + 1, taken)
                taken = _Taken()


def _play(store: SaveStore, universe: str, player: str, number: int, turns: int, taken: _Taken) -> None:
    """Play one run of a player from its beginning to its end; every third is abandoned."""
    start = time.perf_counter()
    hero = store.presets.draft(_PRESETS[number % len(_PRESETS)])
    campaign = store.campaigns.create(f"Story {number}", characters=[hero], universe=universe, player=player)
    campaign.start_session(custom_data={"state": _filled("part", _SENTENCE, STATE_BYTES)})
    taken.begin.append((time.perf_counter() - start) * 1000)
    who = campaign.party[0].character_id

    def take_turn(turn_number: int) -> None:
        with campaign.turn(f"Turn {turn_number}") as turn:
            turn.character(who).gain_experience(1)
            turn.session.custom_data["state"][f"part_{turn_number:04d}"] = _SENTENCE.upper()
            turn.advance_timeline(to=number + turn_number)
            village = f"village_{(number * 7 + turn_number) % _VILLAGES:04d}"
            effect = {"increment": f"/locations/{village}/visitors"}
            turn.publish("passed", by=who, location=village, effects=[effect], seen=_SENTENCE * _SENTENCES)

    taken.turn += [timed(partial(take_turn, turn_number)) for turn_number in range(turns)]
    start = time.perf_counter()
    if number % 3 == 2:
        campaign.abandon_run("Another story")
    else:
        campaign.complete_run("milestone")
    campaign.close()
    taken.end.append((time.perf_counter() - start) * 1000)


def _level(store: SaveStore, universe: Universe, player: str, runs: int, taken: _Taken) -> Level:
    universe.flush()
    tick = universe.timeline_position // 2
    who = universe.data.active_characters[0].character_id
    queries: tuple[Callable[[], Any], ...] = (
        lambda: universe.events(seen_by=who, position=tick, last=NEWEST),
        lambda: universe.world_at(tick),
        lambda: store.players.get(player),
    )
    asked = [Spread.of([timed(query) for _ in range(_QUERIES)]) for query in queries]
    index = (store.root / ".saves").glob(f"*/index/universe-{universe.id}.sqlite*")
    return Level(
        runs,
        len(universe.events()),
        _bytes(store.root),
        _bytes(universe.folder) + sum(path.stat().st_size for path in index),
        *(Spread.of(one) for one in (taken.turn, taken.begin, taken.end)),
        *asked,
    )


def _bytes(folder: Path) -> int:
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)


def _filled(name: str, value: Any, size: int) -> dict[str, Any]:
    """Return an object of about so many bytes as JSON, the same value under many names."""
    return {f"{name}_{number:04d}": value for number in range(size // len(json.dumps({f"{name}_0000": value})))}


def _villages() -> dict[str, Any]:
    return _filled("village", {"description": _SENTENCE * 2, "visitors": 0}, WORLD_BYTES)


def _table(levels: list[Level]) -> list[str]:
    rows: list[tuple[str, ...]] = [(*_HEADINGS[0], *_HEADINGS[1])]
    for level in levels:
        spreads = (level.turn, level.begin, level.end, level.known, level.world_at, level.player)
        sizes = (level.disk / 1e6, level.world / 1e6, (level.disk - level.world) / level.runs / 1000)
        times = (f"{one.median:.2f} ({one.p99:.1f})" for one in spreads)
        rows.append((f"{level.runs:,}", f"{level.events:,}", *(f"{size:.1f}" for size in sizes), *times))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
