"""Views of a log: the rows that its events carry under one key, listed in a file of their own, one a line.

A view is derived: it can be deleted and is built again. Its last row tells whether it is up to date.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.state import RESTORED, State, rows_of
from gamesaves.errors import Damaged, Problem, SavesError
from gamesaves.rules.patch import PatchError

_ENDING = 64 << 10


class Views:
    """The views of one ledger.

    Args:
        paths: of each view's file inside the ledger, by the key of the events' `data` that holds its rows; each row
            has an `id`.
        events: reads the whole log.
    """

    def __init__(self, folder: Path, paths: Mapping[str, str], events: Callable[[], Iterable[Event]]) -> None:
        self._folder = folder
        self._paths = paths
        self._events = events
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[Signature | None, str]] = {}

    def append(self, event: Event, before: Mapping[str, str]) -> list[Problem]:
        """Add the rows of an event; what cannot be written is told, and built again from the log once it is missed.

        Args:
            before: the id of the last row of each view before this event.
        """
        problems = []
        for name in self._paths if _follows(event) else ():
            if rows := event.data.get(name):
                try:
                    with self._lock:
                        self._append(name, rows, before.get(name))
                except SavesError as error:
                    problems.append(error.as_problem("warning"))
        return problems

    def _append(self, name: str, rows: list[Tree], last: str | None) -> None:
        path = self._folder / self._paths[name]
        seen, now = self._seen.pop(name, None), files.signature(path)
        if (now is None or (now, last) != seen) and last_id(path) != last:
            # It lacks rows, or has some that a restore has taken back. With these behind them nobody would notice.
            return
        folders.make(path.parent)
        files.append_plain(path, _text(rows))
        self._seen[name] = (files.signature(path), rows[-1]["id"])

    @contextmanager
    def parted_with(self, events: Iterable[Event]) -> Iterator[None]:
        """Take the files away, durably, where events go on from other rows, which may end with the same one.

        They are built again when they are asked for, and nobody does so before the log and the state have gone on.
        """
        if all(map(_follows, events)):
            yield
            return
        with self._lock:
            for path in (self._folder / inside for inside in self._paths.values()):
                if files.signature(path) is not None:
                    files.remove(path)
                    folders.flush(path.parent)
            self._seen.clear()
            yield

    def rows(self, name: str, state: State, *, writing: bool, newest: int | None = None) -> list[Tree]:
        """Return the rows of a view, the oldest first; a file that is behind is built again where that is allowed.

        Args:
            newest: only so many of them, 1 or more; None for all.

        Raises:
            Damaged: it is to be built again, and the log cannot be read to its end.
        """
        path = self._folder / self._paths[name]
        with self._lock:
            rows = _read(path, newest) if last_id(path) == state.views.get(name) else None
            if rows is None:
                rows = self._from_log(name)
                if writing:
                    # Where it cannot be written now, it is built again the next time.
                    with suppress(SavesError):
                        folders.make(path.parent)
                        files.replace(path, _text(rows), durable=False)
        return rows if newest is None else rows[-newest:]

    def _from_log(self, name: str) -> list[Tree]:
        try:
            return rows_behind(self._events(), name)
        except (PatchError, KeyError) as error:
            raise Damaged(f"the log is damaged: {error}", path=self._folder / layout.LOG) from error


def _follows(event: Event) -> bool:
    """Whether the rows behind an event are those before it and its own."""
    return RESTORED not in event.data and not event.parents


def rows_behind(events: Iterable[Event], name: str, digest: str | None = None) -> list[Tree]:
    """Return the rows of a view behind an event, the last one where none is given.

    Args:
        events: each behind those that it stands on.

    Raises:
        PatchError, KeyError: something is missing, or makes no sense.
    """
    ends: dict[str, _Row | None] = {}
    last = None
    for event in events:
        last = ends[event.hash] = _behind(event, name, ends)
    return _listed(last if digest is None else ends[digest])


class _Row(NamedTuple):
    """A row and the one before it, which histories that part later on share."""

    tree: Tree
    before: "_Row | None"


def _behind(event: Event, name: str, ends: Mapping[str, _Row | None]) -> _Row | None:
    """Return the last row of a view behind an event."""
    on = (str(event.data[RESTORED]),) if RESTORED in event.data else event.before
    last = ends[on[0]] if on else None
    added = rows_of(event, name)
    if len(on) > 1:
        known = {row["id"] for row in _listed(last)}
        added = [row for row in _listed(ends[on[1]]) if row["id"] not in known] + added
    for row in added:
        last = _Row(row, last)
    return last


def _listed(last: _Row | None) -> list[Tree]:
    rows = []
    while last is not None:
        rows.append(last.tree)
        last = last.before
    return rows[::-1]


def _read(path: Path, newest: int | None) -> list[Tree] | None:
    """Return the rows in a file, or at least the newest so many; None where not all of them can be read."""
    signature = files.signature(path)
    lines: list[bytes] = []
    if newest is not None and signature is not None:
        # The first one may have been cut.
        lines = files.read(path, max(0, signature.size - _ENDING)).splitlines()[1:]
    if newest is None or len(lines) < newest:
        lines = (files.read_if_there(path) or b"").splitlines()
    try:
        return [json.loads(line) for line in (lines if newest is None else lines[-newest:])]
    except ValueError:
        return None


def last_id(path: Path) -> str | None:
    """Return the id of the last row; None where there is no row, or none that can be read."""
    signature = files.signature(path)
    if signature is None:
        return None
    ending = files.read(path, max(0, signature.size - _ENDING))
    rows = ending.splitlines()
    if not rows or not ending.endswith(b"\n"):
        return None
    try:
        return str(json.loads(rows[-1])["id"])
    except (ValueError, TypeError, KeyError):
        return None


def _text(rows: Iterable[Tree]) -> bytes:
    return b"".join(jsontext.encode_line(row) + b"\n" for row in rows)
