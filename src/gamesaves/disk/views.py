"""Views of a log: the rows that its events carry under one key, listed in a file of their own, one a line.

A view is derived: it can be deleted and is built again. Its last row tells whether it is up to date.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from gamesaves.disk import files, jsontext
from gamesaves.disk.chain import State
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.errors import Problem, SavesError

_ENDING = 64 << 10


class Views:
    """The views of one ledger.

    Args:
        paths: of each view's file inside the ledger, by the key of the events' `data` that holds its rows; each row
            has an `id`.
        events: reads the whole log.
    """

    def __init__(self, folder: Path, paths: Mapping[str, str], events: Callable[[], Iterator[Event]]) -> None:
        self._folder = folder
        self._paths = paths
        self._events = events

    def append(self, event: Event) -> list[Problem]:
        """Add the rows of an event; what cannot be written is told, and built again from the log once it is missed."""
        problems = []
        for name, path in self._paths.items():
            if rows := event.data.get(name):
                try:
                    files.make_folder((self._folder / path).parent)
                    files.append_plain(self._folder / path, _text(rows))
                except SavesError as error:
                    problems.append(error.as_problem("warning"))
        return problems

    def rows(self, name: str, state: State, *, writing: bool) -> list[Tree]:
        """Return all rows of a view, the oldest first; a file that is behind is built again where that is allowed."""
        path = self._folder / self._paths[name]
        if _last_id(path) == state.views.get(name):
            data = files.read_if_there(path) or b""
            return [json.loads(line) for line in data.splitlines() if line.strip()]
        rows = [row for event in self._events() for row in event.data.get(name, ())]
        if writing:
            files.make_folder(path.parent)
            files.replace(path, _text(rows), durable=False)
        return rows


def _last_id(path: Path) -> str | None:
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
