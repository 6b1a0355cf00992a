"""One ledger under the eyes of a recorder, the game that plays it, and the person who edits its files meanwhile."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamesaves.disk import files, layout
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger, Surroundings
from tests.torture.diskmodel import Layout, Op
from tests.torture.reading import History
from tests.torture.recorder import Recorder
from tests.unit.ledgers import DATA, KARA, MAP, Clock, World

NAME = "campaign_x_1"


@dataclass(frozen=True, slots=True)
class Handmade:
    """What a person has put into a file: bytes that are nowhere else.

    Attributes:
        path: below the ledger's folder.
        usable: whether it is a document that the ledger can take in.
    """

    path: str
    data: bytes
    usable: bool

    @property
    def mark(self) -> bytes:
        """A word that is in these bytes alone."""
        return self.data[self.data.index(b"by hand ") :].split(b'"')[0]


@dataclass(frozen=True, slots=True)
class LedgerRecording:
    """What was done in a folder, and what may be asked of every state that a power cut leaves of it.

    Attributes:
        hashes: of the events that there were, in the end or already at the beginning.
        safe: how many of them must be there after so many acknowledgements.
        first: the number of the first operation that is not another recording's too.
        aside: lines that the log does not have any more, and that must be kept beside it, after so many
            acknowledgements.
        lost: what people did and is nowhere in the end, although the power held.
    """

    name: str
    base: Layout
    ops: list[Op]
    hashes: tuple[str, ...]
    safe: tuple[int, ...]
    handmade: tuple[Handmade, ...] = ()
    newest: int = 1
    first: int = 0
    aside: tuple[tuple[int, bytes], ...] = ()
    lost: tuple[str, ...] = ()


@dataclass
class Scene(World):
    """A ledger that is played while a recorder looks on.

    Attributes:
        told: the hashes of the events that were acknowledged.
        first: the number of the first operation of interest.
        aside: lines that the log has lost, and from which acknowledgement on they must be kept.
    """

    name: str = NAME
    clock: Clock = field(default_factory=lambda: Clock(1000))
    told: list[str] = field(default_factory=list)
    handmade: list[Handmade] = field(default_factory=list)
    first: int = 0
    aside: list[tuple[int, bytes]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.root)

    @property
    def around(self) -> Surroundings:
        places = layout.Layout(self.root, "host")
        return Surroundings(places, self.clock, self.jobs.later, lambda _, event: self.acknowledge(event.hash))

    def acknowledge(self, digest: str) -> None:
        """Note that an event was said to be safe."""
        self.told.append(digest)
        self.recorder.mark(digest)

    def number(self) -> int:
        """Return a number that was not there before."""
        self._count += 1
        return self._count

    # What the game does

    @property
    def ledger(self) -> Ledger:
        return self.opened[-1]

    def again(self) -> None:
        self.ledger.close()
        self.open()

    def die(self) -> None:
        """Let the process end where it is; the disk goes on, and so may another process."""
        self.kill()
        self.recorder.last = None
        for ledger in self.opened:
            if not ledger._closed and ledger._writer is not None:
                ledger._writer.close()
        self.opened.clear()

    def changed(self, key: str, **more: Any) -> Mapping[str, Tree]:
        """Return a document with something in it that was not there before."""
        tree = self.ledger.tree(key) if key in self.ledger.state.trees else {"schema_version": self.contract.newest}
        return {key: {**tree, **more, "changed": self.number()}}

    # What a person does

    def write_by_hand(self, path: str, data: bytes, *, usable: bool) -> None:
        """Save a file as editors do that write into it."""
        fd = files.system.open(str(self.folder / path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        files.write_all(fd, data)
        self.handmade.append(Handmade(path, data, usable))
        files.system.close(fd)

    def edit_by_hand(self, key: str) -> None:
        path = layout.document_path(key)
        tree = {**json.loads((self.folder / path).read_bytes()), "note": f"by hand {self.number()}"}
        self.write_by_hand(path, json.dumps(tree, indent=3).encode(), usable=True)

    def put(self, path: Path, data: bytes) -> None:
        """Put something in place that is durable."""
        files.replace(path, data, durable=True)


def prepare(root: Path) -> None:
    """Have a ledger with a few events, as it was left a while ago."""
    world = World(root, name=NAME)
    kara = {"name": "Kara", "hp": 10, "bag": ["sword"]}
    world.create({DATA: {"title": "x"}, KARA: kara, MAP: {"doors": 1}})
    ledger = world.open()
    ledger.commit("turn", {KARA: {**ledger.tree(KARA), "hp": 9}}, data={"messages": [{"id": "m0"}]}, turn_taken=True)
    ledger.commit("turn", {MAP: {**ledger.tree(MAP), "doors": 2}})
    ledger.close()


def record(name: str, root: Path, play: Callable[[Scene], None]) -> LedgerRecording:
    """Play something in a folder, and return what was done there."""
    there = len(History.of((root / NAME / layout.LOG).read_bytes()).hashes) if (root / NAME).exists() else 0
    scene = Scene(root)
    recorder = scene.recorder
    with files.using(recorder):
        play(scene)
        scene.die()
    hashes = History.of(scene.log.read_bytes()).hashes
    everything = b"".join(recorder.disk.layout().files.values())
    # What is not in the log in the end went with the file that another one replaced: that one was there whole.
    safe = [hashes.index(digest) + 1 if digest in hashes else len(hashes) for digest in scene.told]
    return LedgerRecording(
        name,
        recorder.base,
        recorder.ops,
        tuple(hashes),
        (there, *safe),
        tuple(scene.handmade),
        scene.contract.newest,
        scene.first,
        tuple(scene.aside),
        tuple(f"{one.mark!r} is lost" for one in scene.handmade if one.mark not in everything),
    )
