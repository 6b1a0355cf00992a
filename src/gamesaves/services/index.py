"""A derived index: what listing needs to know of each file, kept so that unchanged files are not read again.

It can be deleted at any time. An entry counts only as long as the signature of the file is the one it was made from.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.files import Signature
from gamesaves.errors import FileProblem, SavesError

Row = dict[str, Any]
Signatures = tuple[Signature | None, ...]

PASSING = "passing"

_VERSION = 4


def signatures(*paths: str) -> Signatures:
    """Return the signatures of files; None for one that is not there, or that reading it will tell the matter with."""
    found: list[Signature | None] = []
    for path in paths:
        try:
            found.append(files.signature(path))
        except FileProblem:
            found.append(None)
    return tuple(found)


class Index:
    """The index of one kind of thing.

    Args:
        file: where it is kept.
        summarise: reads one thing and returns its row; never called where the row at hand is up to date. A row with
            `PASSING` is not kept: the file may be fine although it could not be read this time.
        keeping: write down what is new; not for who promises to change nothing.
    """

    def __init__(self, file: Path, summarise: Callable[[str], Row], *, keeping: bool = True) -> None:
        self._file = file
        self._summarise = summarise
        self._keeping = keeping

    def rows(self, present: Mapping[str, Signatures]) -> dict[str, Row]:
        """Return the row of each thing that is there, by its name.

        Args:
            present: the signatures of the files that each row follows from.
        """
        known = self._load()
        fresh: dict[str, list[Any]] = {}
        changed = known.keys() != present.keys()
        for name, signatures in present.items():
            mark = [one and list(one) for one in signatures]
            entry = known.get(name)
            if entry is None or entry[0] != mark:
                entry = [mark, self._summarise(name)]
                changed = True
            fresh[name] = entry
        if changed and self._keeping:
            self._save({name: entry for name, entry in fresh.items() if not entry[1].get(PASSING)})
        return {name: entry[1] for name, entry in fresh.items()}

    def _load(self) -> dict[str, list[Any]]:
        try:
            data = files.read_if_there(self._file)
            tree = json.loads(data) if data else {}
            rows: dict[str, list[Any]] = tree["rows"] if tree.get("version") == _VERSION else {}
            if all(isinstance(row, dict) for _, row in rows.values()):
                return rows
        except (SavesError, ValueError, TypeError, KeyError, AttributeError):
            pass
        # It is derived: whatever is wrong with it, it is made anew from the files themselves.
        return {}

    def _save(self, rows: dict[str, list[Any]]) -> None:
        try:
            folders.make(self._file.parent)
            files.replace(self._file, jsontext.encode_line({"version": _VERSION, "rows": rows}), durable=False)
        except SavesError:
            # A store that cannot be written to can still be listed; the next listing reads the files again.
            return
