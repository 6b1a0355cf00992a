"""A watched store, what is told of it, and many edits of it while a game writes."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamesaves import Campaign, DiskChange, SaveStore
from tests.integration.editors import ALL, Save, in_place

PATIENCE_SECONDS = 20.0
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
_FLOOD = """
import json, os, signal, sys
game, folder, count, edits = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
os.kill(game, signal.SIGSTOP)
try:
    for number in range(count):
        path = f"{folder}/.flood-{number}"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
        os.unlink(path)
    for path, text in edits:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
finally:
    os.kill(game, signal.SIGCONT)
"""


class Told:
    """What a watcher has told, and when."""

    def __init__(self) -> None:
        self.changes: list[DiskChange] = []
        self.times: list[float] = []
        self._more = threading.Condition()

    def __call__(self, change: DiskChange) -> None:
        with self._more:
            self.changes.append(change)
            self.times.append(time.monotonic())
            self._more.notify_all()

    def until(self, enough: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait until it is so, as something is told; return whether it came to that."""
        with self._more:
            return self._more.wait_for(enough, seconds)

    def one(self, count: int = 1) -> DiskChange:
        """Wait for so many changes in all, and return the last one."""
        assert self.until(lambda: len(self.changes) >= count), f"only {self.changes} were told"
        assert len(self.changes) == count, self.changes
        return self.changes[-1]


def saved(path: Path, save: Save = in_place, /, **fields: Any) -> None:
    """Change fields of a JSON file and save it as a program does."""
    tree = json.loads(path.read_bytes())
    save(path, (json.dumps(tree | fields, indent=2, ensure_ascii=False) + "\n").encode())


@dataclass(frozen=True)
class Target:
    """A file to edit: the field, and what the running game has there."""

    path: Path
    field: str
    in_game: Callable[[], Any] | None = None


@dataclass
class Report:
    """What came of many edits.

    Attributes:
        latencies: in seconds, from the end of saving until it was told.
        missed: edits that were not told.
        more: what was told beside them: a second time, or of what the game itself wrote.
        astray: files whose last edit the game does not have.
    """

    latencies: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    own_writes: int = 0


def targets(store: SaveStore, playing: Campaign, closed: Campaign, game_presets: Path) -> list[Target]:
    """Fill a store and return files of every sort in it."""
    root = store.root
    found = []
    base = json.loads((root / "character_profiles" / "pc.kara_stormwind.json").read_bytes())
    for number in range(6):
        who = f"pc:nobody_{number}"
        path = root / "character_profiles" / f"pc.nobody_{number}.json"
        path.write_text(json.dumps(base | {"character_id": who, "uid": f"{number:032x}", "name": f"Nobody {number}"}))
        found.append(Target(path, "attire", lambda who=who: store.profiles.get(who).attire))
    for name in ("zombie", "giant_spider"):
        path = store.presets.customise("characters", name)
        found.append(Target(path, "description", lambda name=name: store.presets.get(name).description))
    for folder in (game_presets, playing.folder / "presets", root / "universes" / "old_world" / "presets"):
        (folder / "monsters").mkdir(parents=True)
        (folder / "monsters" / "troll.json").write_text('{"name": "Troll"}')
        found.append(Target(folder / "monsters" / "troll.json", "weakness"))
    for who in ("pc:kara_stormwind", "npc:giant_spider"):
        path = playing.folder / "characters" / f"{who.replace(':', '.')}.json"
        found.append(Target(path, "location", lambda who=who: playing.characters[who].location))
    path = playing.folder / "documents" / "map.json"
    found.append(Target(path, "door", lambda: playing.document("map")["door"]))
    found += [Target(closed.folder / "characters" / "pc.kara_stormwind.json", "location")]
    found += [Target(closed.folder / "campaign_data.json", "title")]
    for path in (root / "players" / "alex.json", root / "universes" / "old_world" / "universe.json"):
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"schema_version": 1}')
        found.append(Target(path, "title"))
    return found


@contextmanager
def playing_on(store: SaveStore, campaign: Campaign) -> Iterator[list[int]]:
    """Let a game take turns and change a profile all the while; count them."""
    written, stop = [0], threading.Event()

    def play() -> None:
        while not stop.wait(0.02):
            with campaign.turn() as turn:
                turn.character("npc:zombie").gain_experience(1)
                turn.document("counted")["turns"] = written[0]
            store.profiles.update("pc:kara_stormwind", attire=f"cloak {written[0]}")
            written[0] += 1

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def edited(
    told: Told,
    files: Sequence[Target],
    playing: Campaign,
    count: int,
    *,
    saves: Sequence[Save] = ALL,
    flood_at: int | None = None,
) -> Report:
    """Edit files over and over, some at a time, each with a program of its own; wait for all to be told.

    Args:
        playing: the campaign that is open; nothing is edited in the moment in which it writes the edit before.
        count: of the edits.
        flood_at: the edit at which the system's queue of events is made to run over.
    """
    chance, report = random.Random(count), Report()
    made, last = 0, {}
    while made < count:
        begun = len(told.changes)
        batch = chance.sample(files, min(len(files) // 2, count - made))
        flooding = flood_at is not None and made <= flood_at < made + len(batch)
        values = {target: f"edit {made + number} ü" for number, target in enumerate(batch)}
        playing.flush()
        ends = flooded(values) if flooding else _edit(values, saves, chance)
        last |= values
        paths = {target.path for target in batch}

        def all_told(begun: int = begun, paths: set[Path] = paths) -> bool:
            return paths <= {change.path for change in told.changes[begun:]}

        told.until(all_told)
        for change, when in zip(told.changes[begun:], told.times[begun:], strict=False):
            if change.path in ends and not flooding:
                report.latencies.append(when - ends[change.path])
        _judge(report, Counter(paths), Counter(change.path for change in told.changes[begun:]))
        made += len(batch)
    begun = len(told.changes)
    told.until(lambda: len(told.changes) > begun, 1.5)
    _judge(report, Counter(), Counter(change.path for change in told.changes[begun:]))
    report.astray = [f"{one.path}: {value}" for one, value in last.items() if one.in_game and one.in_game() != value]
    return report


def _edit(values: dict[Target, str], saves: Sequence[Save], chance: random.Random) -> dict[Path, float]:
    ends = {}
    for target, value in values.items():
        saved(target.path, chance.choice(saves), **{target.field: value})
        ends[target.path] = time.monotonic()
    return ends


def _judge(report: Report, expected: Counter[Path], found: Counter[Path]) -> None:
    report.missed += map(str, (expected - found).elements())
    report.more += map(str, (found - expected).elements())


def flooded(values: dict[Target, str]) -> dict[Path, float]:
    """Stop this process, let so much happen that the system forgets events, then edit; go on."""
    edits = []
    for target, value in values.items():
        tree = json.loads(target.path.read_bytes())
        edits.append((str(target.path), json.dumps(tree | {target.field: value})))
    folder = next(one for one in next(iter(values)).path.parents if (one / "store.json").exists())
    count = str(int(QUEUE.read_text()))
    command = [sys.executable, "-c", _FLOOD, str(os.getpid()), str(folder), count, json.dumps(edits)]
    subprocess.run(command, check=True, timeout=120)
    return {target.path: time.monotonic() for target in values}
