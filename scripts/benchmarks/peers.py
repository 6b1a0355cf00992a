"""Other things a game could keep its saves in, each set so that what it has stored survives a power cut.

On macOS the library's own flush reaches the medium (`F_FULLFSYNC`); `fullfsync` asks the same of SQLite.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

Tree = dict[str, Any]


class Peer(Protocol):
    """Documents in a folder, by their keys. A game holds what it has read, so a change need not read it first."""

    def create(self, documents: dict[str, Tree]) -> None:
        """Store the documents of a new campaign."""

    def read(self) -> dict[str, Tree]:
        """Return all documents as they are now."""

    def change(self, key: str, fields: Tree) -> None:
        """Set fields of one document, durably; `create` or `read` has been called before."""

    def close(self) -> None:
        """Let go of the files."""


class Sqlite:
    """The standard library's database: a row for each document, and in the same transaction a row for each turn."""

    def __init__(self, folder: Path) -> None:
        self._documents: dict[str, Tree] = {}
        self._connection = sqlite3.connect(folder / "saves.db")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA fullfsync=ON")

    def create(self, documents: dict[str, Tree]) -> None:
        self._documents = documents
        with self._connection as connection:
            connection.execute("CREATE TABLE documents (key TEXT PRIMARY KEY, tree TEXT NOT NULL)")
            connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, fields TEXT NOT NULL)")
            rows = [(key, json.dumps(tree)) for key, tree in documents.items()]
            connection.executemany("INSERT INTO documents VALUES (?, ?)", rows)

    def read(self) -> dict[str, Tree]:
        rows = self._connection.execute("SELECT key, tree FROM documents")
        self._documents = {key: json.loads(tree) for key, tree in rows}
        return self._documents

    def change(self, key: str, fields: Tree) -> None:
        tree = self._documents[key]
        tree.update(fields)
        with self._connection as connection:
            connection.execute("UPDATE documents SET tree = ? WHERE key = ?", (json.dumps(tree), key))
            connection.execute("INSERT INTO events (key, fields) VALUES (?, ?)", (key, json.dumps(fields)))

    def close(self) -> None:
        self._connection.close()


class EventSourcing:
    """An aggregate for each document, an event for each turn, and a snapshot every 100."""

    def __init__(self, folder: Path) -> None:
        from scripts.benchmarks import aggregates

        self._kind = aggregates.Document
        self._application = aggregates.opened(folder / "events.db")
        self._keys = folder / "keys.json"
        self._aggregates: dict[str, Any] = {}

    def create(self, documents: dict[str, Tree]) -> None:
        # An application has to know its aggregates by itself.
        self._keys.write_text(json.dumps(list(documents)), encoding="utf-8")
        self._aggregates = {key: self._kind(key=key, tree=tree) for key, tree in documents.items()}
        self._application.save(*self._aggregates.values())

    def read(self) -> dict[str, Tree]:
        keys = json.loads(self._keys.read_text(encoding="utf-8"))
        repository = self._application.repository
        self._aggregates = {key: repository.get(self._kind.create_id(key)) for key in keys}
        return {key: aggregate.tree for key, aggregate in self._aggregates.items()}

    def change(self, key: str, fields: Tree) -> None:
        self._aggregates[key].change(fields=fields)
        self._application.save(self._aggregates[key])

    def close(self) -> None:
        self._application.close()


class DiskCache:
    """A key for each document; no history, as it has no place for one."""

    def __init__(self, folder: Path) -> None:
        import diskcache

        settings = {"sqlite_synchronous": 2, "sqlite_fullfsync": 1}  # 2 is FULL; its own default is NORMAL
        self._cache = diskcache.Cache(folder / "cache", eviction_policy="none", **settings)
        self._documents: dict[str, Tree] = {}

    def create(self, documents: dict[str, Tree]) -> None:
        self._documents = documents
        for key, tree in documents.items():
            self._cache.set(key, tree)

    def read(self) -> dict[str, Tree]:
        self._documents = {key: self._cache[key] for key in self._cache.iterkeys()}
        return self._documents

    def change(self, key: str, fields: Tree) -> None:
        self._documents[key].update(fields)
        self._cache.set(key, self._documents[key])

    def close(self) -> None:
        self._cache.close()


class Tiny:
    """TinyDB: all documents in one JSON file, written whole by each change; no history, which would make it slower.

    Without an fsync after each write it would not be durable. Its JSON storage does one itself, so none is added. It
    writes over the only copy, which a power cut may leave half written; that, too, is left as it is.
    """

    def __init__(self, folder: Path) -> None:
        import tinydb

        self._database = tinydb.TinyDB(folder / "saves.json")
        self._numbers: dict[str, int] = {}

    def create(self, documents: dict[str, Tree]) -> None:
        rows = [{"key": key, "tree": tree} for key, tree in documents.items()]
        self._numbers = dict(zip(documents, self._database.insert_multiple(rows), strict=True))

    def read(self) -> dict[str, Tree]:
        rows = self._database.all()
        self._numbers = {row["key"]: row.doc_id for row in rows}
        return {row["key"]: row["tree"] for row in rows}

    def change(self, key: str, fields: Tree) -> None:
        self._database.update(lambda row: row["tree"].update(fields), doc_ids=[self._numbers[key]])

    def close(self) -> None:
        self._database.close()


@dataclass(frozen=True, slots=True)
class Kind:
    """A peer by its name.

    Attributes:
        module: what has to be installed for it.
        open: takes the folder, which is there.
    """

    name: str
    module: str
    open: Callable[[Path], Peer]

    @property
    def is_installed(self) -> bool:
        return find_spec(self.module) is not None


PEERS = (
    Kind("sqlite3", "sqlite3", Sqlite),
    Kind("eventsourcing", "eventsourcing", EventSourcing),
    Kind("diskcache", "diskcache", DiskCache),
    Kind("TinyDB", "tinydb", Tiny),
)
