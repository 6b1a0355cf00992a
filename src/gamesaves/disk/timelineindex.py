"""An index of the events in a universe's log, in SQLite, so that one is found among a million.

It is derived: the log is the truth, and its files can be deleted at any time. It says up to which line of the log it
goes; where the log does not have that line there, it is emptied and built again. Where no file can be written it is
kept in memory. SQLite does its own reading and writing, outside `gamesaves.disk.files`: all that is in it can be had
from the log.

No name is used twice: SQLite finds the files beside a database by its name, so that a program that has a deleted one
open would mix them up with those of another in its place.
"""

import contextlib
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gamesaves.disk import files, folders, log
from gamesaves.disk.log import Event
from gamesaves.errors import Damaged, InvalidValue, SavesError

FORMAT = 2
BUSY_SECONDS = 10.0
_ENDING = ".sqlite"
_MOST = (1 << 63) - 1

_TABLES = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE mark (line_end INTEGER, hash TEXT, seq INTEGER, furthest INTEGER);
CREATE TABLE events (
    n INTEGER PRIMARY KEY, event_id TEXT UNIQUE, position INTEGER, seq INTEGER, hash TEXT, kind TEXT, scope TEXT,
    location TEXT, character TEXT, campaign TEXT, in_force INTEGER, paradoxical INTEGER, place TEXT, start INTEGER,
    length INTEGER
);
CREATE INDEX by_time ON events (in_force, position, seq, hash);
CREATE INDEX by_location ON events (in_force, location, position, seq, hash);
CREATE INDEX by_character ON events (in_force, character, position, seq, hash);
CREATE INDEX by_kind ON events (in_force, kind, position, seq, hash);
CREATE INDEX by_scope ON events (scope, in_force, position, seq, hash);
CREATE INDEX by_campaign ON events (campaign, in_force);
CREATE TABLE effects (
    holds_from INTEGER, seq INTEGER, hash TEXT, number INTEGER, path TEXT, verb TEXT, value TEXT, event_id TEXT,
    in_force INTEGER
);
CREATE INDEX by_path ON effects (path, holds_from, seq, hash);
CREATE INDEX by_tick ON effects (holds_from, seq, hash);
CREATE INDEX by_event ON effects (event_id);
"""


class Mark(NamedTuple):
    """How far an index goes.

    Attributes:
        line_end: the byte of the log behind the last line that is in it.
        hash, seq: of that line.
        furthest: the furthest tick up to there.
    """

    line_end: int
    hash: str
    seq: int
    furthest: int


NOTHING = Mark(0, "", 0, 0)


class EventRow(NamedTuple):
    """An event as it is found, and where its line stands.

    Attributes:
        place: the file inside the ledger: its log, or one of its branches.
    """

    event_id: str
    position: int
    seq: int
    hash: str
    kind: str
    scope: str
    location: str | None
    character: str | None
    campaign: str | None
    in_force: bool
    paradoxical: bool
    place: str
    start: int
    length: int


class EffectRow(NamedTuple):
    """One effect of an event, in the order in which effects are applied."""

    holds_from: int
    seq: int
    hash: str
    number: int
    path: str
    verb: str
    value: str
    event_id: str | None
    in_force: bool


class BrokenIndex(Exception):
    """SQLite cannot use an index; it can be built again.

    Attributes:
        spoilt: it is the file; else the disk, or another program, has kept SQLite from using it.
    """

    def __init__(self, error: sqlite3.Error) -> None:
        super().__init__(str(error))
        self.spoilt = _is_spoilt(error)


class TimelineIndex:
    """The index of one universe.

    Args:
        folder: where its file is; None keeps it in memory.
        ledger: the universe's folder.
    """

    def __init__(self, folder: Path | None, ledger: Path) -> None:
        self.ledger = ledger
        self._folder = folder
        self._file: Path | None = None
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = None if self._folder is None else self._of_folder(self._folder)
            except (sqlite3.Error, SavesError):
                # Nothing can be written there, or another program is busy with it: the log has it all.
                self._file = None
            self._connection = self._connection or _connected(":memory:")
        return self._connection

    def _of_folder(self, folder: Path) -> sqlite3.Connection:
        for name in sorted(name for name in folders.names(folder, folders=False) if name.endswith(_ENDING)):
            self._file = folder / name
            try:
                return _connected(str(self._file))
            except sqlite3.Error as error:
                if not _is_spoilt(error):
                    raise
                _remove(self._file)
        folders.make(folder)
        self._file = folder / (secrets.token_hex(8) + _ENDING)
        return _connected(str(self._file))

    @contextlib.contextmanager
    def changing(self) -> Iterator[Mark]:
        """Add to the index for the length of a block, all of it or nothing; gives how far it goes so far."""
        self._do("BEGIN IMMEDIATE")
        with _finishing(self._open()):
            yield self.mark

    @property
    def mark(self) -> Mark:
        """How far it goes."""
        rows = self.find("SELECT line_end, hash, seq, furthest FROM mark")
        return Mark(*rows[0]) if rows else NOTHING

    def set_mark(self, mark: Mark) -> None:
        """Say how far it goes now."""
        self._do("DELETE FROM mark")
        self._do("INSERT INTO mark VALUES (?, ?, ?, ?)", mark)

    def clear(self) -> None:
        """Take everything out of it."""
        for table in ("mark", "events", "effects"):
            self._do(f"DELETE FROM {table}")

    def add_event(self, row: EventRow) -> None:
        """Add an event that is not in it yet."""
        holders = ", ".join("?" * len(row))
        self._do(f"INSERT INTO events ({', '.join(row._fields)}) VALUES ({holders})", row)

    def add_effects(self, rows: Iterable[EffectRow]) -> None:
        """Add effects."""
        holders = ", ".join("?" * len(EffectRow._fields))
        for row in rows:
            self._do(f"INSERT INTO effects VALUES ({holders})", row)

    def has(self, event_id: str) -> bool | None:
        """Whether an event is in force; None where it is not known."""
        rows = self.find("SELECT in_force FROM events WHERE event_id = ?", (event_id,))
        return bool(rows[0][0]) if rows else None

    def set_in_force(self, event_id: str, *, in_force: bool) -> None:
        """Let an event, and its effects, be in force or not."""
        for table in ("events", "effects"):
            self._do(f"UPDATE {table} SET in_force = ? WHERE event_id = ?", (in_force, event_id))

    def find(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows that a query gives.

        Raises:
            BrokenIndex: SQLite cannot use the file.
            InvalidValue: a number has more than 64 bits.
        """
        return self._do(query, values).fetchall()

    def _do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._open().execute(statement, values)
        except sqlite3.Error as error:
            raise BrokenIndex(error) from error
        except OverflowError as error:
            text = "a number is larger than any tick can be"
            raise InvalidValue(text, path=self.ledger, hint=f"Ticks go up to {_MOST}.") from error

    def events(self, numbers: Mapping[str, int]) -> dict[str, Event]:
        """Return events read from the log, by their hashes.

        Args:
            numbers: of their rows, by their hashes.

        Raises:
            BrokenIndex: the rows are of other events, as where another program has just built the index anew.
            Damaged: a line is not what was written.
        """
        wanted = ", ".join(map(str, numbers.values()))
        spans: dict[str, list[tuple[int, int | None]]] = {}
        for place, start, length in self.find(
            f"SELECT place, start, length FROM events WHERE n IN ({wanted}) ORDER BY n"
        ):
            spans.setdefault(place, []).append((start, start + length))
        found = {event.hash: event for place, some in spans.items() for event in self._read(self.ledger / place, some)}
        if found.keys() != numbers.keys():
            raise BrokenIndex(sqlite3.DatabaseError("its rows are of other events"))
        return found

    def _read(self, path: Path, spans: list[tuple[int, int | None]]) -> list[Event]:
        try:
            return [log.decode_event(line.rstrip(b"\r\n")) for line in files.read_spans(path, spans)]
        except log.LineFault as error:
            raise Damaged(f"the log is damaged: {error}", path=path, hint="saves check says where.") from error

    def start_over(self, *, in_memory: bool) -> None:
        """Put an empty index in the place of one that cannot be used.

        Args:
            in_memory: leave its file alone, and do without one.
        """
        self.close()
        if in_memory:
            self._connection = _connected(":memory:")
        elif self._file is not None:
            with contextlib.suppress(SavesError):
                _remove(self._file)

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connected(where: str) -> sqlite3.Connection:
    connection = sqlite3.connect(where, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            _build_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _build_tables(connection: sqlite3.Connection) -> None:
    # The file keeps it in mind; asking for it costs as much as a query.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    with _finishing(connection):
        # Another program may have been quicker.
        if connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
            return
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        for statement in _TABLES.split(";"):
            connection.execute(statement)


def _is_spoilt(error: sqlite3.Error) -> bool:
    """Whether it is the database itself: it is none, it is damaged, or has other tables."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        files.remove(file.with_name(file.name + ending))


@contextlib.contextmanager
def _finishing(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise BrokenIndex(error) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
