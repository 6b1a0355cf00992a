"""What a turn costs, against appending the line of its event and flushing it."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gamesaves import Campaign, SaveStore, Turn
from gamesaves.disk import log
from gamesaves.disk.system import System
from scripts.benchmarks import stores
from scripts.benchmarks.measuring import Row, Scale, Spread, interleaved, plain, ratio, timed

Change = Callable[[Turn], object]
_DOCUMENT_BYTES = 50_000


class RawLog:
    """A file to which lines are appended and flushed, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.line = b""
        self._system = System()
        self._fd = self._system.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self) -> float:
        return timed(self._append)

    def _append(self) -> None:
        self._system.write(self._fd, memoryview(self.line))
        self._system.flush_data(self._fd)

    def close(self) -> None:
        self._system.close(self._fd)


def against_raw(campaign: Campaign, raw: RawLog, change: Change, scale: Scale, *, wait: bool = True) -> list[Spread]:
    """Return what turns hold their thread for, and what raw appends of the same bytes do."""

    def turn() -> float:
        # The documents of the turn before are in their place, so that the writer thread is at rest in both steps. What
        # it has left for the disk to do is paid for by the turn's flush, not by the raw one behind it.
        campaign.flush()
        pending = []

        def take() -> None:
            turn = campaign.begin_turn("A turn")
            change(turn)
            pending.append(turn.commit(wait=wait))

        taken = timed(take)
        raw.line = log.encode_event(pending[0].result())[0]
        return taken

    return interleaved(scale.turns, turn, raw.append)


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Campaign, RawLog]]:
    campaign_id = stores.party_campaign(folder / "store")
    with (
        SaveStore(folder / "store") as store,
        store.campaigns.open(campaign_id) as campaign,
        closing(RawLog(folder / "raw.jsonl")) as raw,
    ):
        with campaign.turn("The world is made") as turn:
            turn.put(stores.WORLD, stores.world_of(_DOCUMENT_BYTES))
        yield campaign, raw


def change_character(turn: Turn) -> None:
    turn.character(stores.HERO).gain_experience(1)


def change_world(turn: Turn) -> None:
    world = turn.document(stores.WORLD)
    world["tick"] += 1
    world["places"]["place_042"]["visited"] = world["tick"] % 2 == 0


def character(folder: Path, scale: Scale) -> list[Row]:
    with _opened(folder) as (campaign, raw):
        turn, append = against_raw(campaign, raw, change_character, scale)
    return [
        ratio("turn: one character of 5 KB · append + fdatasync", turn, append, 2.5),
        plain("a save, p99", turn, 100),
    ]


def document(folder: Path, scale: Scale) -> list[Row]:
    with _opened(folder) as (campaign, raw):
        turn, append = against_raw(campaign, raw, change_world, scale)
    return [
        ratio("turn: a document of 50 KB · append + fdatasync", turn, append, 5),
        plain("a save of 50 KB, p99", turn, 100),
    ]


def hold(folder: Path, scale: Scale) -> list[Row]:
    """How long the game's own thread is held by a turn, from its beginning until `commit` returns."""
    rows = []
    for wait in (True, False):
        with _opened(folder / str(wait)) as (campaign, raw):
            turn, append = against_raw(campaign, raw, change_world, scale, wait=wait)
        rows.append(ratio(f"game's thread, 50 KB, commit(wait={wait}), p99", turn, append, p99=True))
    return rows
