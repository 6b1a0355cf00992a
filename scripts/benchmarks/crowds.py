"""What many runs in one world cost, as they become more."""

from pathlib import Path

from scripts.benchmarks.measuring import Row, Scale, Spread, plain
from scripts.simulation.growing import Crowd, Level, grow

_PLAYERS = 20


def simulate(folder: Path, scale: Scale) -> list[Row]:
    """Let 20 players play, with sessions of 50 KB, events of 10 KB and a world of 500 KB; their times are p99s."""
    levels = grow(folder / "store", Crowd(_PLAYERS, scale.runs // _PLAYERS))
    return [row for level in levels for row in _rows(level)]


def _rows(level: Level) -> list[Row]:
    after = f"after {level.runs:,} runs and {level.events:,} events"
    return [
        plain(f"a turn with an event, {after}", level.turn, 200),
        plain(f"to begin a run, {after}", level.begin),
        plain(f"to end a run, {after}", level.end),
        plain(f"what somebody knows, newest 50, {after}", level.known, 100),
        plain(f"the world at a tick, {after}", level.world_at),
        plain(f"what a player's runs come to, {after}", level.player),
        plain(f"the disk a run takes, {after}", Spread.size((level.disk - level.world) / level.runs)),
        plain(f"the disk the world takes, {after}", Spread.size(level.world)),
    ]
