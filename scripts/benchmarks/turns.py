"""What a turn costs, against appending the line of its event and flushing it."""

import os
import time
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
_REST_SECONDS = 0.02


class RawLog:
    """A file to which lines are appended and flushed, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.line = b""
        self._system = System()
        self._fd = self._system.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self) -> None:
        self._system.write(self._fd, memoryview(self.line))
        self._system.flush_data(self._fd)

    def close(self) -> None:
        self._system.close(self._fd)


def against_raw(
    campaign: Campaign, raw: RawLog, change: Change, count: int, *, rested: bool = False, wait: bool = True
) -> list[Spread]:
    """Return what turns hold their thread for, and what raw appends of the same bytes do.

    Args:
        rested: each begins after a pause, in which the writer thread puts the documents of the turn before in their
            place: as when people play. What that leaves the disk to do is then paid for by the turn's flush, not by
            the raw one behind it. Without it they follow on each other, and the writer thread works beside them.
    """

    def rest() -> None:
        if rested:
            campaign.flush()
            time.sleep(_REST_SECONDS)

    def turn() -> float:
        rest()
        start = time.perf_counter()
        turn = campaign.begin_turn("A turn")
        change(turn)
        pending = turn.commit(wait=wait)
        taken = (time.perf_counter() - start) * 1000
        raw.line = log.encode_event(pending.result())[0]
        return taken

    def append() -> float:
        rest()
        return timed(raw.append)

    return interleaved(count, turn, append)


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


def _costs(folder: Path, scale: Scale, what: str, change: Change, target: float) -> list[Row]:
    with _opened(folder) as (campaign, raw):
        turn, append = against_raw(campaign, raw, change, scale.turns)
        rested_turn, rested_append = against_raw(campaign, raw, change, scale.rested_turns, rested=True)
    return [
        ratio(f"turn, {what} · append + fdatasync", turn, append, target),
        ratio(f"turn, {what}, each after a rest · append + fdatasync", rested_turn, rested_append, target),
        plain(f"a save, {what}, each after a rest, p99", rested_turn, 100),
    ]


def character(folder: Path, scale: Scale) -> list[Row]:
    return _costs(folder, scale, "one character of 5 KB", change_character, 2.5)


def document(folder: Path, scale: Scale) -> list[Row]:
    return _costs(folder, scale, "a document of 50 KB", change_world, 5)


def quicksave(folder: Path, scale: Scale) -> list[Row]:
    """What a quick save costs, against a turn that changes one character."""
    with _opened(folder) as (campaign, _):

        def turn() -> None:
            with campaign.turn("A turn") as turn:
                change_character(turn)

        save, commit = interleaved(scale.turns, lambda: timed(campaign.quicksave), lambda: timed(turn))
    return [ratio("quick save · a turn with one character of 5 KB", save, commit, 1.5)]


def rounds(folder: Path, scale: Scale) -> list[Row]:
    """What a round of an encounter costs, against a turn that changes the same."""
    with _opened(folder / "encounter") as (fought, _), _opened(folder / "turns") as (campaign, _):
        fight = fought.encounter("A fight")

        def blow() -> None:
            with fight.round("A round") as turn:
                change_character(turn)

        def turn() -> None:
            with campaign.turn("A turn") as turn:
                change_character(turn)

        one, other = interleaved(scale.turns, lambda: timed(blow), lambda: timed(turn))
        fight.end()
    return [ratio("round of an encounter · a turn, one character of 5 KB", one, other)]


def hold(folder: Path, scale: Scale) -> list[Row]:
    """How long the game's own thread is held by a turn, from its beginning until `commit` returns."""
    rows = []
    for wait in (True, False):
        with _opened(folder / str(wait)) as (campaign, raw):
            turn, append = against_raw(campaign, raw, change_world, scale.turns, wait=wait)
        what = f"game's thread held, 50 KB, commit(wait={wait}), p99 · append + fdatasync"
        rows.append(ratio(what, turn, append, p99=True))
    return rows
