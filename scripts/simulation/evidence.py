"""What the simulated story has left: files, read as they are, and the store, opened anew."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from gamesaves import Campaign, SaveStore
from gamesaves.documents import PlayerData, TimelineEvent
from gamesaves.services.universe import Universe
from scripts.simulation.cast import PLAYER, WORLD, Role

Tree = dict[str, Any]


class Check(NamedTuple):
    """One thing that was looked at."""

    what: str
    found: Any
    expected: Any

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return bool(self.found == self.expected)


class Evidence:
    """A finished store, and what its processes have said while they played.

    Attributes:
        said: lines of JSON: whose sitting, which turn, the event, and a hash of each thing that going back brings back.
        each_state: whether each of Alex's states is gone back to, rather than one in ten.
    """

    def __init__(self, root: Path, said: list[Tree], *, each_state: bool = False) -> None:
        self.root = root
        self.said = said
        self.each_state = each_state
        self.store = SaveStore(root)

    @cached_property
    def universe(self) -> Universe:
        """The world, opened."""
        return self.store.universes.open(WORLD)

    @property
    def player(self) -> PlayerData:
        """Whoever plays."""
        return self.store.players.get(PLAYER)

    def folder(self, role: Role) -> Path:
        """Return the folder of the campaign that somebody is played in."""
        return next(self.root.glob(f"campaign_{role.name.lower()}_*"))

    def documents(self, role: Role, kind: str) -> list[Tree]:
        """Return a campaign's documents of a kind, `runs` or `sessions`, as their files have them, by name."""
        return [read(path) for path in sorted((self.folder(role) / kind).glob("*.json"))]

    def log(self, ledger: Path) -> list[Tree]:
        """Return the events of a log, line by line."""
        with (ledger / "log.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def event(self, kind: str) -> TimelineEvent:
        """Return the one event of a kind that is in force in the world."""
        (event,) = self.universe.events(kind=kind)
        return event

    @contextmanager
    def campaign(self, role: Role) -> Iterator[Campaign]:
        """Open a campaign to look at."""
        with self.store.campaigns.open(role.campaign, read_only=True) as campaign:
            yield campaign

    @contextmanager
    def copy(self) -> "Iterator[Evidence]":
        """Copy the store, without what only this machine keeps, to try something out."""
        with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
            root = Path(folder) / "store"
            shutil.copytree(self.root, root, ignore=shutil.ignore_patterns(".saves"))
            copy = Evidence(root, self.said, each_state=self.each_state)
            with copy.store:
                yield copy

    def turns_said(self, role: Role) -> dict[int, list[Tree]]:
        """Return what was said of each turn of somebody; twice of one that a process found when it went on."""
        turns: dict[int, list[Tree]] = {}
        for line in self.said:
            if line["who"] == role.name and "event" in line:
                turns.setdefault(line["turn"], []).append(line)
        return turns


def read(path: Path) -> Tree:
    """Return the JSON object in a file."""
    tree: Tree = json.loads(path.read_bytes())
    return tree
