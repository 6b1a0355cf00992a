"""Systems for torture: one that does not flush, and one on which a call fails, by its number, and perhaps others."""

import errno
import os
from dataclasses import dataclass, field
from enum import Enum

from gamesaves.disk.system import System
from tests.integration.stores import Quick


class Unflushed(System):
    """A system whose flushes do nothing: for what only a power cut could tell apart."""

    def flush(self, fd: int) -> None:
        """Do nothing."""

    def flush_data(self, fd: int) -> None:
        """Do nothing."""

    def flush_folder(self, path: str) -> None:
        """Do nothing."""


class Lasting(Enum):
    """How long a fault lasts: for one call, for every later call of that name, or for every later call."""

    ONCE = "once"
    SAME = "that call from then on"
    ALL = "every call from then on"


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a call.

    Attributes:
        code: the `errno` it fails with, None where writes are only short: of one byte.
        winerror: the code of Windows.
        only: the calls it can happen to, all where there are none.
    """

    name: str
    code: int | None = None
    winerror: int | None = None
    only: frozenset[str] = field(default_factory=frozenset)

    def error(self, path: str) -> OSError:
        assert self.code is not None
        error = OSError(self.code, os.strerror(self.code), path)
        if self.winerror is not None:
            error.winerror = self.winerror  # type: ignore[attr-defined,unused-ignore]
        return error


FAULTS = [
    Fault("EIO", errno.EIO),
    Fault("ENOSPC", errno.ENOSPC),
    Fault("EACCES", errno.EACCES),
    Fault("EINTR", errno.EINTR),
]
SHORT = Fault("short write", only=frozenset({"write"}))
HELD_OPEN = [Fault(f"winerror {code}", errno.EACCES, code, frozenset({"replace", "unlink"})) for code in (5, 32, 33)]
PATIENCE = 50
"""How often one call can be interrupted: what is interrupted for ever is waited for as long."""


class Breaking(Quick):
    """Counts the calls once it is armed, and lets those that are due fail. Its time goes by in pauses only.

    Attributes:
        reached: how many calls there were since it was armed that the fault could have happened to.
        failed: the names of the calls that failed.
        first: the first of them, with its path.
        waited: how long the pauses were, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reached = 0
        self.failed: list[str] = []
        self.first = ""
        self.waited: list[float] = []
        self.before = self._count
        self._fault: Fault | None = None
        self._lasting = Lasting.ONCE
        self._index = 0

    def arm(self, fault: Fault, lasting: Lasting, index: int) -> None:
        """Let the fault happen to call number `index` from now on, counted from 0."""
        self._fault, self._lasting, self._index = fault, lasting, index
        self.reached = 0

    def mend(self) -> None:
        super().mend()
        self._fault = None
        self.largest_write = None

    @property
    def still_open(self) -> list[str]:
        """The files that are open."""
        return list(self._paths.values())

    def monotonic(self) -> float:
        return sum(self.waited)

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    def _count(self, call: str, path: str) -> None:
        fault = self._fault
        self.largest_write = None
        if fault is None or (fault.only and call not in fault.only):
            return
        number, self.reached = self.reached, self.reached + 1
        if not self._due(fault, call, number):
            return
        self.failed.append(call)
        self.first = self.first or f"{call} {path}"
        if fault.code is None:
            self.largest_write = 1
        else:
            raise fault.error(path)

    def _due(self, fault: Fault, call: str, number: int) -> bool:
        if number <= self._index or self._lasting is Lasting.ONCE:
            return number == self._index
        if fault.code == errno.EINTR and len(self.failed) > PATIENCE:
            return False
        return self._lasting is Lasting.ALL or call == self.failed[0]
