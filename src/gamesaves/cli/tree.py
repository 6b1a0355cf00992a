"""A folder drawn as a tree."""

from collections.abc import Mapping
from pathlib import Path

from gamesaves.cli.text import Line, Piece, columns
from gamesaves.disk import folders

_COLUMN = 56


def drawn(root: Path, notes: Mapping[str, str], *, closed: frozenset[str] = frozenset()) -> list[Line]:
    """Draw what is in a folder.

    Args:
        notes: what a name, or a name in a folder of a name, is: shown beside the first.
        closed: names of folders whose content is not shown.
    """
    left = dict(notes)
    return [Piece(f"{root.name}/", "bold"), *_branches(root, "", left, closed)]


def _branches(folder: Path, before: str, notes: dict[str, str], closed: frozenset[str]) -> list[Line]:
    lines: list[Line] = []
    entries = folders.entries(folder)
    for number, entry in enumerate(entries, 1):
        last = number == len(entries)
        name = entry.name + ("/" if entry.is_folder else "")
        note = notes.pop(f"{folder.name}/{entry.name}", None) or notes.pop(entry.name, None)
        lines.append(_line(f"{before}{'└─ ' if last else '├─ '}", name, note))
        if entry.is_folder and not entry.is_link and entry.name not in closed:
            lines += _branches(entry.path, before + ("   " if last else "│  "), notes, closed)
    return lines


def _line(before: str, name: str, note: str | None) -> Line:
    line = [Piece(before, "dim"), Piece(name, "cyan" if name.endswith("/") else "")]
    if note is not None:
        line.append(Piece(" " * max(2, _COLUMN - columns(before + name)) + note, "dim"))
    return line
