"""What is attempted with an open ledger while system calls fail, and what has to be true of it afterwards."""

import copy
from pathlib import Path
from typing import ClassVar

import pytest

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.errors import Diverged, FlushFailed, Problem, SavesError
from tests.torture.breaking import Breaking
from tests.unit.ledgers import DATA, KARA, MAP, Plain, World, hit

SCENE = "documents/scene"
Trees = dict[str, Tree]


class Attempt:
    """An attempt. What is there before is made once; the attempt is made on copies of it, a call failing in each."""

    def __init__(self, root: Path, system: Breaking) -> None:
        self.root = root
        self.system = system

    @staticmethod
    def prepare(root: Path) -> None:
        """Make what is there before."""

    def act(self) -> None:
        """Do what calls fail in."""
        raise NotImplementedError

    def judge(self, error: SavesError | None) -> None:
        """Check what has become of it, given the error of `act`; nothing fails any more."""
        raise NotImplementedError


class OnLedger(Attempt):
    """An attempt with an open ledger.

    Attributes:
        acked: the events that were acknowledged.
        after: the documents as they are once the commit is acknowledged.
    """

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.world = World(root)
        self.ledger = self.world.open()
        self.before = copy.deepcopy(self.ledger.state)
        self.after: Trees = self.before.trees
        self.acked: list[Event] = []

    @staticmethod
    def prepare(root: Path) -> None:
        ledger = World(root).created()
        hit(ledger, 9)
        ledger.commit("turn", {SCENE: {"mood": "calm"}}, data={"messages": [{"id": "m1", "text": "one"}]})
        ledger.close()

    def judge(self, error: SavesError | None) -> None:
        self._check_memory()
        ledger = self._writable_again(error)
        hit(ledger, 77)
        ledger.flush()
        assert self.world.read(KARA)["hp"] == 77
        self._check_disk(ledger, notes=ledger is not self.ledger)

    def _check_memory(self) -> None:
        """The old state is whole, or the new one is."""
        assert self.before.head is not None
        trees, head = (self.after, self.acked[-1].hash) if self.acked else (self.before.trees, self.before.head.hash)
        assert self.ledger.state.trees == trees
        assert self.ledger.head.hash == head

    def _writable_again(self, error: SavesError | None) -> Ledger:
        """Return the ledger, opened anew only where it cannot know what is on the disk."""
        if not isinstance(error, FlushFailed) or error.path != str(self.world.log):
            return self.ledger
        try:
            hit(self.ledger, 1)
        except SavesError as refusal:
            assert "open it anew" in str(refusal.hint).lower()
        else:
            raise AssertionError("it goes on although it cannot know what is on the disk")
        self.ledger.close()
        again = self.world.open()
        assert again.state.trees in (self.before.trees, self.after)
        return again

    def _check_disk(self, ledger: Ledger, *, notes: bool = False) -> None:
        """Close the ledger, and find everything there again, the first time with notes of what has been put right."""
        assert ledger.close() == []
        assert ledger.close() == []
        hashes = [event.hash for event in self.world.events()]
        assert [event.hash for event in self.acked if event.hash not in hashes] == []
        again = self.world.open()
        assert notes or again.problems == []
        assert again.state.trees == ledger.state.trees
        said = [row["id"] for event in self.world.events() for row in event.data.get("messages", ())]
        assert [row["id"] for row in again.rows("messages")] == said
        assert again.close() == []
        for key in sorted(again.state.trees):
            assert self.world.read(key).items() >= again.tree(key).items()
        assert sorted(self.world.folder.rglob("*.saves-tmp")) == []
        assert self.system.still_open == []


class CommitOne(OnLedger):
    """A commit of one document."""

    changes: ClassVar[dict[str, Tree | None]] = {KARA: {"name": "Kara", "hp": 8}}
    more: ClassVar[Tree] = {}

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        trees = {key: {"schema_version": 1, **tree} for key, tree in self.changes.items() if tree is not None}
        self.after = {key: tree for key, tree in self.before.trees.items() if key not in self.changes} | trees

    def act(self) -> None:
        documents = {key: self.after.get(key) for key in self.changes}
        self.acked.append(self.ledger.commit("turn", documents, turn_taken=True, **self.more))
        self.world.jobs.run()
        self.ledger.flush()


class CommitSeveral(CommitOne):
    """A commit that changes a document, makes one, takes one away, and says something."""

    changes: ClassVar[dict[str, Tree | None]] = {
        KARA: {"name": "Kara", "hp": 8},
        MAP: {"doors": {"north": "open"}},
        SCENE: None,
    }
    more: ClassVar[Tree] = {"data": {"messages": [{"id": "m2", "text": "two"}]}}


class CommitAndSnapshot(CommitOne):
    """A commit behind which a snapshot is due."""

    @staticmethod
    def prepare(root: Path) -> None:
        OnLedger.prepare(root)
        ledger = World(root).open()
        for hp in range(95):
            hit(ledger, hp + 100)
        ledger.commit("turn", {KARA: {"schema_version": 1, "name": "Kara", "hp": 9}})
        ledger.flush()


class CommitAfterEdit(CommitOne):
    """A commit of a document whose file somebody has edited since it was written."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.world.edit(KARA, mood="bold")

    def _check_memory(self) -> None:
        # A file that cannot be read now is left as it is, and its edit is taken in once it can.
        plain = self.after[KARA] if self.acked else self.before.trees[KARA]
        assert self.ledger.state.trees[KARA] in (plain, {**plain, "mood": "bold"})
        for trees in (self.before.trees, self.after):
            trees[KARA] = {**trees[KARA], "mood": "bold"}

    def _check_disk(self, ledger: Ledger, *, notes: bool = False) -> None:
        assert ledger.tree(KARA)["mood"] == "bold"
        super()._check_disk(ledger, notes=notes)


class Snapshot(OnLedger):
    """A snapshot, while older ones are there that can go."""

    @staticmethod
    def prepare(root: Path) -> None:
        OnLedger.prepare(root)
        ledger = World(root).open()
        for hp in range(7):
            hit(ledger, hp)
            ledger.write_snapshot()
        ledger.close()

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        hit(self.ledger, 12)
        self.ledger.flush()
        self.before = copy.deepcopy(self.ledger.state)

    def act(self) -> None:
        self.ledger.write_snapshot()


class Close(OnLedger):
    """Closing, with documents to write; what cannot be done is told, and loses nothing."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        hit(self.ledger, 12)
        self.before = copy.deepcopy(self.ledger.state)
        self.problems: list[Problem] = []

    def act(self) -> None:
        self.problems = self.ledger.close()

    def judge(self, error: SavesError | None) -> None:
        assert error is None, "closing tells what it could not do; it does not fail half-way"
        assert all(problem.message for problem in self.problems)
        self._check_memory()
        assert self.ledger.close() == []
        assert self.system.still_open == []
        again = self.world.open()
        assert again.problems == []
        self._check_memory()
        hit(again, 77)
        self._check_disk(again)


class CloseLongSession(Close):
    """Closing, with a snapshot to write."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        for hp in range(20):
            hit(self.ledger, hp)
        self.before = copy.deepcopy(self.ledger.state)


class Migrate(OnLedger):
    """The first commit of a newer program: older documents are migrated in a commit before it."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.ledger.close()
        self.world.contract = Plain(newest=2)
        self.ledger = self.world.open()

    def act(self) -> None:
        self.acked.append(self._rest(5))
        self.ledger.flush()

    def _rest(self, health: int) -> Event:
        return self.ledger.commit("rest", {KARA: {**self.ledger.tree(KARA), "health": health}})

    def judge(self, error: SavesError | None) -> None:
        assert self.ledger.tree(KARA)["health"] == (5 if self.acked else 9)
        assert all(self.ledger.tree(key)["schema_version"] == 2 for key in self.ledger.state.trees)
        if isinstance(error, FlushFailed) and error.path == str(self.world.log):
            self.ledger.close()
            self.ledger = self.world.open()
        self._rest(4)
        assert {key: tree["schema_version"] for key, tree in self.ledger.state.trees.items()} == {
            DATA: 2,
            KARA: 2,
            SCENE: 2,
        }
        assert [event.kind for event in self.world.events()].count("migrate") == 1
        self._check_disk(self.ledger, notes=error is not None)


class Diverge(OnLedger):
    """A commit after a synchroniser has put another log in the place of ours."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.theirs = self.world.log.read_bytes()
        self.acked.append(hit(self.ledger, 12))
        self.ledger.flush()
        other = self.world.log.with_name("theirs")
        other.write_bytes(self.theirs)
        other.replace(self.world.log)

    def act(self) -> None:
        hit(self.ledger, 13)

    def judge(self, error: SavesError | None) -> None:
        assert error is not None
        if not isinstance(error, Diverged):
            with pytest.raises(Diverged):
                hit(self.ledger, 13)
        self.ledger.close()
        assert self.world.log.read_bytes() == self.theirs
        kept = b"".join(path.read_bytes() for path in self.world.branches)
        assert self.acked[0].hash.encode() in kept or self.ledger.problems
        assert self.system.still_open == []
