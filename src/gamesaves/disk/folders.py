"""Folders: made, listed, swept, removed."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from gamesaves.disk import files
from gamesaves.errors import FileProblem


def is_folder(path: Path | str) -> bool:
    """Whether there is a folder at `path`."""
    try:
        return stat.S_ISDIR(files.system.stat(str(path)).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        files.refuse(error, path, "look at")


def remove_empty(path: Path) -> None:
    """Remove a folder that has nothing in it."""
    try:
        files.system.rmdir(str(path))
    except OSError as error:
        files.refuse(error, path, "remove")


def remove(path: Path) -> None:
    """Remove a folder and what is in it; where a link leads is not looked at."""
    for entry in entries(path):
        if entry.is_folder and not entry.is_link:
            remove(entry.path)
        else:
            files.remove(entry.path)
    remove_empty(path)


def make(path: Path) -> None:
    """Make a folder and those above it, each entry durable; one that is there already is fine."""
    if is_folder(path):
        return
    if path.parent != path:
        make(path.parent)
    if not make_new(path) and not is_folder(path):
        files.refuse(FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)), path, "make")


def make_new(path: Path) -> bool:
    """Make a folder in one that is there, its entry durable; return False where its name is taken."""
    try:
        files.system.mkdir(str(path))
        files.system.flush_folder(str(path.parent))
    except FileExistsError:
        return False
    except OSError as error:
        files.refuse(error, path, "make")
    return True


def make_numbered(path: Path) -> Path:
    """Make a folder that nobody else has, in one that is there; return it: its name gets a number where it is taken."""
    made, number = path, 2
    while not make_new(made):
        made, number = path.with_name(f"{path.name}_{number}"), number + 1
    return made


def flush(path: Path) -> None:
    """Make a folder's entries durable."""
    try:
        files.system.flush_folder(str(path))
    except OSError as error:
        files.refuse(error, path, "flush")


class Entry(NamedTuple):
    """One name in a folder."""

    folder: Path
    name: str
    is_folder: bool
    is_link: bool

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / self.name


def entries(path: Path) -> list[Entry]:
    """Return what a folder holds, sorted by name; nothing where there is no such folder."""
    listed = [Entry(path, one.name, _leads_to_folder(one), one.is_symlink()) for one in _scanned(path)]
    return sorted(listed, key=attrgetter("name"))


def _scanned(path: Path | str) -> list[os.DirEntry[str]]:
    try:
        return files.system.entries(str(path))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        files.refuse(error, path, "list")


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads to itself.
        return False


def names(path: Path, *, folders: bool = False) -> list[str]:
    """Return the names in a folder, in no order; nothing where there is no such folder.

    Args:
        folders: only those of folders.
    """
    return [entry.name for entry in _scanned(path) if not folders or _leads_to_folder(entry)]


def sizes(folder: Path) -> Iterator[int]:
    """Yield the bytes of each file in a folder and those in it; where a link leads is not looked at."""
    for entry in entries(folder):
        if entry.is_link:
            continue
        if entry.is_folder:
            yield from sizes(entry.path)
        elif (signature := files.signature(entry.path)) is not None:
            yield signature.size


def sweep(folder: Path | str) -> None:
    """Remove what a crash left half-written in a folder and those in it. Only for whoever holds the lock of it all."""
    # What cannot be listed or removed now is swept the next time.
    with contextlib.suppress(FileProblem):
        for entry in _scanned(folder):
            if _leads_to_folder(entry) and not entry.is_symlink():
                sweep(entry.path)
            elif entry.name.endswith(files.TEMPORARY):
                with contextlib.suppress(FileProblem):
                    files.remove(Path(entry.path))
