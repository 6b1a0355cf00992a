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
from tests.integration.editors import ALL, Save, in_place, time_kept

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
class _Asked:
    ask: Callable[[str], Any]
    name: str

    def __call__(self) -> Any:
        return self.ask(self.name)


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


def storm(folder: Path, count: int, *, poll: float | None = None, flood: bool = False) -> Report:
    """Edit all sorts of files of a store, as many programs do, while a game plays on.

    Args:
        folder: an empty one.
        flood: let the system forget events halfway.
    """
    told, presets = Told(), folder / "game" / "presets"
    with SaveStore(folder / "store", presets=presets) as store:
        with store.campaigns.create("Closed", characters=["kara_stormwind"]) as closed:
            pass
        playing = store.campaigns.create("Edited", characters=["kara_stormwind", "giant_spider"])
        with playing.turn() as turn:
            turn.document("map")["door"] = "shut"
        other = store.campaigns.create("Played", characters=["zombie"])
        files = [*_of_the_store(store, presets), *_of_campaigns(playing, closed)]
        store.watch(told, poll=poll)
        saves = [one for one in ALL if poll is None or one is not time_kept]
        with _playing_on(store, other) as written:
            report = _edited(told, files, playing, count, saves, count // 2 if flood else None)
        report.own_writes = written[0]
    return report


def _of_the_store(store: SaveStore, game_presets: Path) -> list[Target]:
    """Fill a store and return its files, but for those in campaigns."""
    root, profiles = store.root, store.root / "character_profiles"
    found = []
    base = json.loads((profiles / "pc.kara_stormwind.json").read_bytes())
    for number in range(6):
        own = {"character_id": f"pc:nobody_{number}", "uid": f"{number:032x}", "name": f"Nobody {number}"}
        path = profiles / f"pc.nobody_{number}.json"
        path.write_text(json.dumps(base | own))
        found.append(Target(path, "attire", _Asked(lambda who: store.profiles.get(who).attire, own["character_id"])))
    for name in ("zombie", "giant_spider"):
        path = store.presets.customise("characters", name)
        found.append(Target(path, "description", _Asked(lambda name: store.presets.get(name).description, name)))
    bare = [folder / "monsters" / "troll.json" for folder in (game_presets, root / "universes" / "old" / "presets")]
    for path in (*bare, root / "players" / "alex.json", root / "universes" / "old" / "universe.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"schema_version": 1}')
        found.append(Target(path, "title"))
    return found


def _of_campaigns(playing: Campaign, closed: Campaign) -> list[Target]:
    found = []
    for who in ("pc:kara_stormwind", "npc:giant_spider"):
        path = playing.folder / "characters" / f"{who.replace(':', '.')}.json"
        found.append(Target(path, "location", _Asked(lambda who: playing.characters[who].location, who)))
    path = playing.folder / "documents" / "map.json"
    found.append(Target(path, "door", _Asked(lambda name: playing.document(name)["door"], "map")))
    troll = playing.folder / "presets" / "monsters" / "troll.json"
    troll.parent.mkdir(parents=True)
    troll.write_text("{}")
    found.append(Target(troll, "weakness"))
    found.append(Target(closed.folder / "characters" / "pc.kara_stormwind.json", "location"))
    return [*found, Target(closed.folder / "campaign_data.json", "title")]


@contextmanager
def _playing_on(store: SaveStore, campaign: Campaign) -> Iterator[list[int]]:
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


def _edited(
    told: Told, files: Sequence[Target], playing: Campaign, count: int, saves: Sequence[Save], flood_at: int | None
) -> Report:
    """Edit files over and over, some at a time, each with a program of its own; wait for all to be told.

    Args:
        playing: the campaign that is open; nothing is edited in the moment in which it writes the edit before.
        count: of the edits.
        flood_at: the edit at which the system's queue of events is made to run over.
    """
    chance, report = random.Random(count), Report()
    made = 0
    last: dict[Target, str] = {}
    while made < count:
        begun = len(told.changes)
        batch = chance.sample(files, min(len(files) // 2, count - made))
        flooding = flood_at is not None and made <= flood_at < made + len(batch)
        values = {target: f"edit {made + number} ü" for number, target in enumerate(batch)}
        playing.flush()
        ends = _flooded(values) if flooding else _saved_all(values, saves, chance)
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


def _saved_all(values: dict[Target, str], saves: Sequence[Save], chance: random.Random) -> dict[Path, float]:
    ends = {}
    for target, value in values.items():
        saved(target.path, chance.choice(saves), **{target.field: value})
        ends[target.path] = time.monotonic()
    return ends


def _judge(report: Report, expected: Counter[Path], found: Counter[Path]) -> None:
    report.missed += map(str, (expected - found).elements())
    report.more += map(str, (found - expected).elements())


def _flooded(values: dict[Target, str]) -> dict[Path, float]:
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
