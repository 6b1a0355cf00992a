"""A `System` that does each operation on a real folder and notes it."""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk.system import System
from tests.torture.diskmodel import (
    ROOT,
    Create,
    Disk,
    Flush,
    FlushFolder,
    Layout,
    Mark,
    Op,
    Remove,
    Rename,
    Truncate,
    Write,
)

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Killed(BaseException):
    """The process died here. Not an `Exception`, so that nothing on the way handles it."""


class Watcher(System):
    """Keeps the names of what was changed in a folder.

    Attributes:
        changed: paths below the folder, with `/`.
        rearranged: whether a folder was moved, so that `changed` does not tell it all.
        changes: how many calls changed something.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed: set[str] = set()
        self.rearranged = False
        self.changes = 0
        self._below = len(str(root)) + 1
        self._prefix = f"{root}{os.sep}"

    def _inside(self, path: str) -> str | None:
        return path[self._below :].replace(os.sep, "/") if path.startswith(self._prefix) else None

    def _changing(self, path: str, changes: int = 1) -> None:
        self.changes += changes
        inside = self._inside(path)
        if inside is not None:
            self.changed.add(inside)

    def open(self, path: str, flags: int) -> int:
        if flags & _WRITING:
            self._changing(path, bool(flags & (os.O_CREAT | os.O_TRUNC)))
        return super().open(path, flags)

    def write(self, fd: int, data: memoryview) -> int:
        self.changes += 1
        return super().write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        self.changes += 1
        super().truncate(fd, size)

    def replace(self, source: str, target: str) -> None:
        self._changing(source)
        self._changing(target)
        super().replace(source, target)
        self.rearranged = self.rearranged or os.path.isdir(target)

    def unlink(self, path: str) -> None:
        self._changing(path)
        super().unlink(path)

    def rmdir(self, path: str) -> None:
        self._changing(path)
        super().rmdir(path)

    def mkdir(self, path: str) -> None:
        self._changing(path)
        super().mkdir(path)


@dataclass(slots=True)
class _Open:
    node: int
    path: str
    appending: bool
    position: int = 0


class Recorder(Watcher):
    """Notes every operation on a folder, in the order in which they happened.

    Attributes:
        base: what was there before the first of them, all of it durable.
        ops: the operations.
        disk: how things stand, as the running program sees it.
        last: the number of the operation at which the process dies; None where it lives.
    """

    def __init__(self, root: Path, base: Layout | None = None) -> None:
        super().__init__(root)
        self.base = Layout.of(root) if base is None else base
        self.disk = Disk.of(self.base)
        self.ops: list[Op] = []
        self.last: int | None = None
        self._opened: dict[int, _Open] = {}
        self._numbers = itertools.count(1 + max([ROOT, *self.disk.files, *self.disk.folders]))

    def mark(self, what: str) -> None:
        """Note that somebody was told that something is safe."""
        self._note(Mark(what))

    def _note(self, op: Op) -> None:
        self.ops.append(op)
        self.disk.apply(op)

    def _live(self) -> None:
        if self.last is not None and len(self.ops) >= self.last:
            raise Killed

    def _place(self, path: str) -> tuple[int, str] | None:
        """Return the folder's node and the name in it."""
        inside = self._inside(path)
        if inside is None:
            return None
        *above, name = inside.split("/")
        node = ROOT
        for step in above:
            node = self.disk.folders[node][step]
        return node, name

    def _folder(self, path: str) -> int | None:
        if path == str(self.root):
            return ROOT
        place = self._place(path)
        return None if place is None else self.disk.folders[place[0]][place[1]]

    def open(self, path: str, flags: int) -> int:
        if flags & _WRITING:
            self._live()
        fd = super().open(path, flags)
        place = self._place(path) if flags & _WRITING else None
        if place is not None:
            folder, name = place
            if name not in self.disk.folders[folder]:
                self._note(Create(folder, name, next(self._numbers)))
            node = self.disk.folders[folder][name]
            self._opened[fd] = _Open(node, path, bool(flags & os.O_APPEND))
            if flags & os.O_TRUNC and self.disk.files[node]:
                self._note(Truncate(node, 0))
        return fd

    def close(self, fd: int) -> None:
        self._opened.pop(fd, None)
        super().close(fd)

    def read(self, fd: int, size: int) -> bytes:
        data = super().read(fd, size)
        if fd in self._opened:
            self._opened[fd].position += len(data)
        return data

    def seek(self, fd: int, position: int) -> int:
        if fd in self._opened:
            self._opened[fd].position = position
        return super().seek(fd, position)

    def write(self, fd: int, data: memoryview) -> int:
        self._live()
        count = super().write(fd, data)
        if fd in self._opened:
            file = self._opened[fd]
            offset = len(self.disk.files[file.node]) if file.appending else file.position
            self._note(Write(file.node, offset, bytes(data[:count])))
            file.position = offset + count
        return count

    def truncate(self, fd: int, size: int) -> None:
        self._live()
        super().truncate(fd, size)
        if fd in self._opened:
            self._note(Truncate(self._opened[fd].node, size))

    def flush(self, fd: int) -> None:
        self._live()
        super().flush(fd)
        if fd in self._opened:
            self._note(Flush(self._opened[fd].node))

    def flush_data(self, fd: int) -> None:
        self._live()
        super().flush_data(fd)
        if fd in self._opened:
            self._note(Flush(self._opened[fd].node))

    def flush_folder(self, path: str) -> None:
        self._live()
        super().flush_folder(path)
        folder = self._folder(path)
        if folder is not None:
            self._note(FlushFolder(folder))

    def replace(self, source: str, target: str) -> None:
        self._live()
        super().replace(source, target)
        before, after = self._place(source), self._place(target)
        assert before is not None
        assert after is not None
        self._note(Rename(self.disk.folders[before[0]][before[1]], *before, *after))

    def unlink(self, path: str) -> None:
        self._live()
        super().unlink(path)
        self._gone(path)

    def rmdir(self, path: str) -> None:
        self._live()
        super().rmdir(path)
        self._gone(path)

    def _gone(self, path: str) -> None:
        place = self._place(path)
        if place is not None:
            self._note(Remove(*place, self.disk.folders[place[0]][place[1]]))

    def mkdir(self, path: str) -> None:
        self._live()
        super().mkdir(path)
        place = self._place(path)
        if place is not None:
            self._note(Create(*place, next(self._numbers), is_folder=True))
