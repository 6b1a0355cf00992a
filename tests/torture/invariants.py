"""What must hold of every state that a power cut leaves of a ledger, once the real code has opened it."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from gamesaves.disk import files, layout, snapshots
from gamesaves.disk.chain import REVISION
from gamesaves.disk.ledger import Ledger, Surroundings
from gamesaves.disk.log import Event
from gamesaves.errors import SavesError
from tests.torture.diskmodel import Layout
from tests.torture.reading import History, Tree
from tests.torture.scenes import NAME, Handmade, LedgerRecording
from tests.torture.trial import Violation, require
from tests.unit.ledgers import DATA, Clock, World

_LOG = f"{NAME}/{layout.LOG}"
_HEADS = ".saves/host/heads"
_DOCUMENTS = (f"{NAME}/characters/", f"{NAME}/documents/", f"{NAME}/{DATA}")
_LATER = 50_000


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of one state.

    Attributes:
        hashes: of the events that there could be, in order.
        safe: how many of them must be there.
        handmade: what people may have put into files.
        keep: bytes that an earlier state had, not the program's, and that must be kept as they are.
        marks: words of edits in an earlier state, that must be somewhere.
        aside: lines that the log has lost, and that must be kept beside it.
    """

    hashes: tuple[str, ...]
    safe: int
    handmade: tuple[Handmade, ...]
    newest: int
    keep: frozenset[bytes] = frozenset()
    marks: frozenset[bytes] = frozenset()
    aside: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, recording: LedgerRecording, acknowledged: int) -> "Demand":
        """Return what is asked after so many acknowledgements."""
        aside = tuple(line for since, line in recording.aside if since <= acknowledged)
        safe = recording.safe[acknowledged]
        return cls(recording.hashes, safe, recording.handmade, recording.newest, aside=aside)


@dataclass
class Looker(World):
    """A world for opening what was left, in another process, later."""

    clock: Clock = field(default_factory=lambda: Clock(_LATER))
    tell: Callable[[str, Event], None] = lambda _ledger, _event: None

    @property
    def around(self) -> Surroundings:
        return Surroundings(layout.Layout(self.root, "host"), self.clock, self.jobs.later, self.tell)

    def drop(self) -> None:
        """Let go of what is open, as a process does that is killed."""
        self.kill()
        for ledger in self.opened:
            if not ledger._closed and ledger._writer is not None:
                ledger._writer.close()
        self.opened.clear()


class Check:
    """Looks at one state, and at what the real code makes of it.

    Attributes:
        before: the log as it was left.
        foreign: the bytes that were left, are not the program's and cannot be used.
        way: one of eight ways to go about it.
    """

    def __init__(self, world: Looker, state: Layout, demand: Demand) -> None:
        self.world = world
        self.state = state
        self.demand = demand
        raw = state.files.get(_LOG, b"")
        self._plain = not raw.startswith(b"\xff\xfe")
        self.before = History.of(raw if self._plain else raw.decode("utf-16").encode())
        self.handmade = [one for one in demand.handmade if self._has(one)]
        self.foreign = self._foreign()
        self.way = state.key[0] % 8

    def _has(self, one: Handmade) -> bool:
        return self.state.files.get(f"{NAME}/{one.path}", b"").strip() == one.data.strip()

    def _foreign(self) -> frozenset[bytes]:
        """Return the bytes in the state that are not the program's, and that cannot be used."""
        found = {one.data for one in self.handmade if not one.usable}
        if not self._plain:
            found.add(self.state.files[_LOG])
        elif self.before.tail.strip(b" \t\r\n"):
            found.add(self.before.tail)
        for path, data in self.state.files.items():
            is_document = path.startswith(_DOCUMENTS) and not path.endswith(files.TEMPORARY)
            if is_document and data.strip(b"\0") and _tree(data) is None:
                found.add(data)
        return frozenset(found)

    # What the state itself must be

    def left(self) -> None:
        """Look at what only the writing can have got wrong."""
        self._require_acknowledged(self.before)
        self._heads()
        self._require_aside(self.state.files)
        for path in self.state.files:
            if path.startswith(f"{NAME}/snapshots/") and not path.endswith(files.TEMPORARY):
                try:
                    snapshots.load(self.world.root / path)
                except SavesError as error:
                    raise Violation(f"the power cut damaged a snapshot: {error}") from error

    def _require_acknowledged(self, history: History) -> int:
        """Return how many of the events there could be are there; the acknowledged ones must be."""
        pairs = zip(history.hashes, self.demand.hashes, strict=False)
        matched = next((index for index, (one, other) in enumerate(pairs) if one != other), None)
        matched = min(len(history.hashes), len(self.demand.hashes)) if matched is None else matched
        require(matched >= self.demand.safe, f"{matched} events are there of {self.demand.safe} acknowledged ones")
        return matched

    def _heads(self) -> None:
        note = self.state.files.get(f"{_HEADS}/{NAME}.json")
        if note is None:
            return
        seen = _tree(note)
        require(seen is not None, "the note of the head is damaged")
        assert seen is not None
        lines = self.state.files.get(f"{_HEADS}/{seen['lines']}", b"")
        if seen["hash"] in History.of(lines[: seen["offset"]]).hashes:
            return
        raise Violation("the lines seen end before the head that was noted")

    def _require_aside(self, kept: dict[str, bytes]) -> None:
        beside = [data for path, data in kept.items() if path.startswith((_HEADS, f"{NAME}/{layout.BRANCHES}/"))]
        lost = [line for line in self.demand.aside if not any(line in data for data in beside)]
        require(not lost, f"lines that the log does not have are not kept: {lost}")

    # What opening makes of it

    def opened(self, ledger: Ledger) -> None:
        """Look at a ledger that was just opened for writing."""
        require(ledger.read_only is None, f"it can only be read: {ledger.read_only}")
        history = History.of(self.world.log.read_bytes())
        require(not history.tail, "the log has something behind its last whole line")
        require(history.hashes[: len(self.before.hashes)] == self.before.hashes, "events were dropped")
        self._require_edits_only(history, self._require_acknowledged(history))
        require(ledger.state.trees == history.trees, "the state is not the log's")
        require(ledger.state.revisions == history.revisions, "the revisions are not the log's")
        if self.way % 2:
            require(ledger.rows("messages") == history.rows, "the chat is not the log's")
        require(not any(path.endswith(files.TEMPORARY) for path in self._files()), "a temporary file is left")
        self._require_kept()

    def reported(self, ledger: Ledger) -> None:
        """Look at what the first opening says; of a log in another encoding nothing is lost."""
        aside = self.foreign if self._plain else self.foreign - {self.state.files[_LOG]}
        require(not aside or ledger.problems, "something was set aside, and nothing reported")

    def _files(self) -> list[str]:
        """Return what is in the ledger's folder, relative to it."""
        root = str(self.world.folder)
        return [f"{place}/{name}"[len(root) + 1 :] for place, _, names in os.walk(root) for name in names]

    def _require_edits_only(self, history: History, matched: int) -> None:
        """Opening may take in edits, and bring documents up to date before it does; nothing else."""
        kinds = set(history.kinds[matched:])
        edited = {layout.document_key(one.path) for one in self.handmade if one.usable}
        require(kinds <= {"external_edit", "migrate"}, f"events came out of nowhere: {kinds}")
        before = History.of(b"".join(self.world.lines()[:matched])).trees
        if "migrate" in kinds:
            require(edited, "documents were migrated, and nothing was written")
            before = {key: self.world.contract.migrate(key, tree) for key, tree in before.items()}
        changed = {key for key, tree in history.trees.items() if tree != before.get(key)}
        require(changed <= edited, f"documents changed that nobody had edited: {changed - edited}")

    def _require_kept(self) -> None:
        paths = [path for path in self.world.recovered if not path.name.endswith(files.TEMPORARY)]
        kept = {path.read_bytes() for path in paths if path.name != "note.json"}
        lost = [data for data in self.foreign | self.demand.keep if data not in kept]
        require(not lost, f"bytes were lost: {lost[:1]!r}")
        everywhere = self.world.log.read_bytes() + b"".join(kept)
        missing = [mark for mark in self.marks if mark not in everywhere]
        require(not missing, f"what was done by hand is lost: {missing}")

    @property
    def marks(self) -> frozenset[bytes]:
        """The words of all edits that must be somewhere."""
        return self.demand.marks | {one.mark for one in self.handmade}

    def settled(self) -> None:
        """Look at the folder after the ledger was closed."""
        if self.demand.aside:
            self._require_aside(Layout.of(self.world.root).files)
        history = History.of(self.world.log.read_bytes())
        self._require_acknowledged(history)
        expected = {layout.document_path(key): key for key in history.trees}
        found = {path for path in self._files() if path.endswith(".json") and not path.startswith("snapshots/")}
        require(found == expected.keys(), f"other files than the log's: {found ^ expected.keys()}")
        for path, key in expected.items():
            tree = _tree(files.read(f"{self.world.folder}/{path}")) or {}
            require(tree.pop(REVISION, None) == history.revisions[key], f"{path} has another revision than the log")
            derived = {"turns": history.turn} if key == DATA else {}
            require(tree == {"schema_version": 1, **history.trees[key], **derived}, f"{path} is not as the log says")


def _tree(data: bytes) -> Tree | None:
    try:
        tree = json.loads(data)
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None
