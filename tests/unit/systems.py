"""Systems that fail, shorten or record calls: what `gamesaves.disk.files.using` is given in tests."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gamesaves.disk.system import System

Answer = TypeVar("Answer")


@dataclass
class Fault:
    """A call that is going to fail: the `skip`-th and later ones, `times` times."""

    call: str
    on: str
    error: OSError
    skip: int
    times: int


class Faulty(System):
    """Records every call with the path it concerns, and fails those it was told to.

    Attributes:
        calls: (name of the call, path) in order.
        largest_write: bytes that one `write` takes at most, None for all.
        before: called with the name and the path before each call; it may do anything, as another program could.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.largest_write: int | None = None
        self.before: Callable[[str, str], None] | None = None
        self._faults: list[Fault] = []
        self._paths: dict[int, str] = {}

    def fail(
        self, call: str, on: str = "", error: int | OSError = errno.EIO, *, skip: int = 0, times: int = 1 << 30
    ) -> None:
        """Let calls of this name on paths that contain `on` fail."""
        problem = error if isinstance(error, OSError) else OSError(error, os.strerror(error))
        self._faults.append(Fault(call, on, problem, skip, times))

    def mend(self) -> None:
        """Let nothing fail any more."""
        self._faults.clear()

    def count(self, call: str, on: str = "") -> int:
        """How many calls of this name there were on paths that contain `on`."""
        return sum(name == call and on in path for name, path in self.calls)

    def _note(self, call: str, path: str) -> None:
        if self.before is not None:
            self.before(call, path)
        self.calls.append((call, path))
        for fault in self._faults:
            if fault.call != call or fault.on not in path:
                continue
            if fault.skip:
                fault.skip -= 1
            elif fault.times:
                fault.times -= 1
                raise fault.error

    def open(self, path: str, flags: int) -> int:
        self._note("open", path)
        fd = super().open(path, flags)
        self._paths[fd] = path
        return fd

    def close(self, fd: int) -> None:
        path = self._paths.pop(fd, "")
        super().close(fd)
        self._note("close", path)

    def read(self, fd: int, size: int) -> bytes:
        self._note("read", self._paths.get(fd, ""))
        return super().read(fd, size)

    def seek(self, fd: int, position: int) -> int:
        self._note("seek", self._paths.get(fd, ""))
        return super().seek(fd, position)

    def write(self, fd: int, data: memoryview) -> int:
        self._note("write", self._paths.get(fd, ""))
        return super().write(fd, data if self.largest_write is None else data[: self.largest_write])

    def truncate(self, fd: int, size: int) -> None:
        self._note("truncate", self._paths.get(fd, ""))
        super().truncate(fd, size)

    def flush(self, fd: int) -> None:
        self._note("flush", self._paths.get(fd, ""))
        super().flush(fd)

    def flush_data(self, fd: int) -> None:
        self._note("flush_data", self._paths.get(fd, ""))
        super().flush_data(fd)

    def flush_folder(self, path: str) -> None:
        self._note("flush_folder", path)
        super().flush_folder(path)

    def stat(self, path: str) -> os.stat_result:
        self._note("stat", path)
        return super().stat(path)

    def fstat(self, fd: int) -> os.stat_result:
        self._note("fstat", self._paths.get(fd, ""))
        return super().fstat(fd)

    def replace(self, source: str, target: str) -> None:
        self._note("replace", target)
        super().replace(source, target)

    def link(self, source: str, target: str) -> None:
        self._note("link", target)
        super().link(source, target)

    def unlink(self, path: str) -> None:
        self._note("unlink", path)
        super().unlink(path)

    def rmdir(self, path: str) -> None:
        self._note("rmdir", path)
        super().rmdir(path)

    def mkdir(self, path: str) -> None:
        self._note("mkdir", path)
        super().mkdir(path)

    def entries(self, path: str) -> list[os.DirEntry[str]]:
        self._note("entries", path)
        return super().entries(path)

    def free_space(self, path: str) -> int:
        self._note("free_space", path)
        return super().free_space(path)
