"""Openings and beginnings of ledgers that are attempted while system calls fail."""

from collections.abc import Set
from pathlib import Path

from gamesaves.disk.ledger import Ledger
from gamesaves.errors import FlushFailed, SavesError
from tests.torture.attempts import SCENE, Attempt, OnLedger
from tests.torture.breaking import Breaking
from tests.unit.ledgers import DATA, KARA, MAP, World, hit

RUIN = b'{"name": "Kara", "hp": \n'
TORN = b'{"seq":12,"at":"2026-11-21T10:00:00.00'
NEW = "documents/new"
TWIN = b'{"mood": "stormy"}\n'


class Open(Attempt):
    """Opening a ledger that a crash, an editor and a file manager have been at."""

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.world = World(root)
        self.ledger: Ledger | None = None

    @staticmethod
    def prepare(root: Path) -> None:
        OnLedger.prepare(root)
        world = World(root)
        ledger = world.open()
        for hp in range(3):
            hit(ledger, hp)
        ledger.write_snapshot()
        ledger.commit(
            "turn",
            {DATA: {"title": "y"}, MAP: {"doors": {}}, SCENE: {"mood": "tense"}, "characters/npc:imp": {"hp": 3}},
        )
        ledger.flush()
        stale = world.document(DATA).read_bytes()
        ledger.commit("turn", {DATA: {"title": "z"}}, data={"messages": [{"id": "m2", "text": "two"}]})
        ledger.close()
        world.document(DATA).write_bytes(stale)
        world.document(KARA).write_bytes(RUIN)
        world.document(MAP).write_bytes(bytes(100))
        world.document("characters/npc:imp").unlink()
        world.edit(SCENE, mood="wild")
        world.document(NEW).write_bytes(b'{"by": "hand"}')
        (world.folder / "characters/pc:kara.json").write_bytes(TWIN)
        (world.folder / "chat_history/messages.jsonl").write_bytes(b'{"id": "m1"')
        (world.folder / ".log.jsonl.1-1.saves-tmp").write_bytes(b"half")
        with world.log.open("ab") as log:
            log.write(TORN)

    def act(self) -> None:
        self.ledger = self.world.open()

    def judge(self, error: SavesError | None) -> None:
        assert (error is None) is (self.ledger is not None)
        self._check_bytes()
        if self.ledger is not None:
            unread = {problem.path for problem in self.ledger.problems if problem.code == "io_error"}
            self._check(self.ledger, unread)
            self.ledger.close()
        assert self.system.still_open == []
        ledger = self.world.open()
        self._check(ledger)
        self._check_bytes()
        hit(ledger, 77)
        assert ledger.close() == []
        again = self.world.open()
        assert again.problems == []
        again.close()
        assert sorted(self.world.folder.rglob("*.saves-tmp")) == []
        assert [row["id"] for row in again.rows("messages")] == ["m1", "m2"]

    def _check(self, ledger: Ledger, unread: Set[str] = frozenset()) -> None:
        """What the log says is there, and what was edited; of a file or folder that could not be read, that is said."""
        assert ledger.tree(KARA)["hp"] == 2
        assert ledger.tree(DATA)["title"] == "z"
        assert ledger.tree("characters/npc:imp")["hp"] == 3
        assert ledger.tree(MAP) == {"schema_version": 1, "doors": {}}
        assert ledger.tree(SCENE)["mood"] == "wild" or self._is_told(SCENE, unread)
        assert NEW in ledger.state.trees or self._is_told(NEW, unread)

    def _is_told(self, key: str, unread: Set[str]) -> bool:
        path = self.world.document(key)
        return not unread.isdisjoint(map(str, (path, *path.parents)))

    def _check_bytes(self) -> None:
        """Every byte that somebody wrote is where it was, or has been kept."""
        there = [path.read_bytes() for path in self.root.rglob("*") if path.is_file()]
        for precious in (RUIN, TWIN):
            assert precious in there
        assert any(data.endswith(TORN) for data in there)


class OpenReencoded(Attempt):
    """Opening a ledger whose log an editor has saved as UTF-16."""

    @staticmethod
    def prepare(root: Path) -> None:
        OnLedger.prepare(root)
        log = World(root).log
        log.with_suffix(".txt").write_bytes(log.read_bytes())
        log.write_bytes(log.read_bytes().decode().encode("utf-16"))

    def __init__(self, root: Path, system: Breaking) -> None:
        super().__init__(root, system)
        self.world = World(root)
        self.before = self.world.log.read_bytes()

    def act(self) -> None:
        self.world.open().close()

    def judge(self, error: SavesError | None) -> None:
        there = self.world.log.read_bytes()
        plain = self.world.log.with_suffix(".txt").read_bytes()
        assert there == plain or (error is not None and there == self.before)
        assert there == self.before or self.before in self.world.kept.values()
        ledger = self.world.open()
        assert self.world.log.read_bytes() == plain
        hit(ledger, 77)
        assert ledger.close() == []
        assert self.system.still_open == []


class Create(Attempt):
    """Making a ledger."""

    def act(self) -> None:
        World(self.root).create()

    def judge(self, error: SavesError | None) -> None:
        world = World(self.root)
        if error is not None and not (isinstance(error, FlushFailed) and world.folder.exists()):
            assert not world.folder.exists()
            assert self.system.failed[1:] or not sorted((self.root / ".saves").rglob("log.jsonl"))
            world.create()
        ledger = world.open()
        hit(ledger, 77)
        assert ledger.close() == []
        again = world.open()
        assert again.problems == []
        again.close()
        assert self.system.still_open == []
