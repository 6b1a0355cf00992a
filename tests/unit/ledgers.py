"""A plain contract and a small store in a folder: what the tests of ledgers have in common."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamesaves.disk import layout, log, opening
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger, Surroundings
from gamesaves.disk.log import Event
from gamesaves.disk.state import Fault, State
from gamesaves.errors import Problem

DATA = "data"
KARA = "characters/pc:kara"
MAP = "documents/map/level1"


class Plain:
    """A contract for documents that are nothing in particular.

    `data` has a counter that follows from the log; of a character the `hp` must be a number that is not over `limit`,
    and its `id` must be its file's. Version 2 calls `hp` `health`.
    """

    noun = "campaign"
    views: Mapping[str, str] = {"messages": "chat_history/messages.jsonl"}

    def __init__(self, newest: int = 1) -> None:
        self.newest = newest

    def is_document(self, key: str) -> bool:
        return key == DATA or key.startswith(("characters/", "documents/"))

    def faults(self, key: str, tree: Tree) -> list[Fault]:  # noqa: ARG002
        name = "hp" if self.newest == 1 else "health"
        hp = tree.get(name, 1)
        if type(hp) is not int:
            return [Fault((name,), "must be a number")]
        if hp > tree.get("limit", 1000):
            return [Fault((), f"{name} is over the limit", "Lower it.")]
        return []

    def completed(self, key: str, tree: Tree, base: Tree) -> tuple[Tree, list[Fault]]:  # noqa: ARG002
        return tree, []

    def fits(self, key: str, tree: Tree, base: Tree | None) -> bool:  # noqa: ARG002
        identifier = key.rpartition("/")[2]
        return bool(tree.get("id", identifier) == identifier)

    def newest_version(self, key: str) -> int:  # noqa: ARG002
        return self.newest

    def migrate(self, key: str, tree: Tree) -> Tree:  # noqa: ARG002
        if self.newest == 1 or tree.get("schema_version", 1) > 1:
            return tree
        return {"health" if name == "hp" else name: value for name, value in tree.items()} | {"schema_version": 2}

    def derived(self, key: str, state: State | None) -> Tree:
        return {"turns": state.head.turn if state and state.head else 0} if key == DATA else {}

    def session(self, state: State) -> str | None:
        found: str | None = state.trees.get(DATA, {}).get("session")
        return found


class Work(Future[None]):
    """What a job comes to; asking for it does the jobs that wait."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs

    def result(self, timeout: float | None = None) -> None:
        self._jobs.run()
        super().result(timeout)


class Jobs:
    """In the place of the writer thread: jobs are done when a test says so, or when they are waited for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], None], Work]] = []

    def later(self, job: Callable[[], None], _pause: float = 0.0) -> "Future[None]":
        work = Work(self)
        self._waiting.append((job, work))
        return work

    def run(self) -> None:
        while self._waiting:
            job, work = self._waiting.pop(0)
            if not work.set_running_or_notify_cancel():
                continue
            try:
                work.set_result(job())
            except BaseException as error:  # noqa: BLE001 - it goes to whoever asks for the result
                work.set_exception(error)


@dataclass
class Clock:
    """A clock that moves on by a second whenever it is asked."""

    seconds: int = 0

    def __call__(self) -> str:
        self.seconds += 1
        minutes, seconds = divmod(self.seconds, 60)
        return f"2026-11-21T{10 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}.000000Z"


@dataclass
class World:
    """A store with one ledger in it."""

    root: Path
    contract: Plain = field(default_factory=Plain)
    name: str = "campaign_x_1"
    jobs: Jobs = field(default_factory=Jobs)
    clock: Clock = field(default_factory=Clock)
    opened: list[Ledger] = field(default_factory=list)

    @property
    def around(self) -> Surroundings:
        return Surroundings(layout.Layout(self.root, "host"), self.clock, self.jobs.later)

    @property
    def folder(self) -> Path:
        return self.root / self.name

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def snapshots(self) -> list[Path]:
        return sorted((self.folder / "snapshots").glob("*.json"))

    def create(self, documents: Mapping[str, Tree] | None = None) -> None:
        if documents is None:
            documents = {DATA: {"title": "x"}, KARA: {"name": "Kara", "hp": 10}}
        opening.create_ledger(self.folder, self.contract, self.around, documents, data={})

    def open(self, *, writing: bool = True) -> Ledger:
        ledger = opening.open_ledger(self.folder, self.contract, self.around, writing=writing)
        self.opened.append(ledger)
        return ledger

    def created(self) -> Ledger:
        """Make the ledger and open it."""
        self.create()
        return self.open()

    def document(self, key: str) -> Path:
        return self.folder / layout.document_path(key)

    def read(self, key: str) -> Tree:
        tree: Tree = json.loads(self.document(key).read_bytes())
        return tree

    def edit(self, key: str, **fields: Any) -> None:
        """Change fields in a document's file, as a person does with an editor; the value `...` takes one away."""
        tree = {name: value for name, value in (self.read(key) | fields).items() if value is not ...}
        self.document(key).write_text(json.dumps(tree, indent=4))

    def lines(self) -> list[bytes]:
        return self.log.read_bytes().splitlines(keepends=True)

    def events(self) -> list[Event]:
        """Return what stands in the log; every line must be whole, and follow on the one before."""
        found: list[Event] = []
        for line in log.read_lines(self.log):
            assert line.event is not None, line.fault
            assert line.event.prev == (found[-1].hash if found else None)
            found.append(line.event)
        return found

    @property
    def kept(self) -> dict[str, bytes]:
        """What has been set aside, without the notes: the bytes by the name of the file."""
        return {path.name: path.read_bytes() for path in self.recovered if path.name != "note.json"}

    @property
    def recovered(self) -> list[Path]:
        return sorted(path for path in (self.root / ".saves/host/recovered").glob("*/*") if path.is_file())

    @property
    def branches(self) -> list[Path]:
        return sorted((self.folder / "branches").glob("*"))

    def kill(self) -> None:
        """Let what waits for the writer thread never be done, as when the process is killed: only the log is there."""
        self.jobs = Jobs()


def hit(ledger: Ledger, hp: int, key: str = KARA) -> Event:
    """Commit a turn that changes one number."""
    return ledger.commit("turn", {key: {**ledger.tree(key), "hp": hp}}, turn_taken=True)


def codes(problems: list[Problem]) -> list[str]:
    return [one.code for one in problems]
