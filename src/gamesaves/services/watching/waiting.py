"""What is to be looked at, and when: once nobody has touched it for a moment."""

import threading
import time
from dataclasses import dataclass

QUIET_SECONDS = 0.1
"""How long a file is left alone behind a hint: whoever saves may not have finished."""
LONGEST_SECONDS = 0.3
"""How long hints that keep coming put a look off."""
SETTLING_SECONDS = 0.2
"""How long nothing may have changed in a folder that is new before it counts as whole."""
GRACE_SECONDS = 1.0
"""How long a file may be away, or make no sense, before that is taken as meant."""


@dataclass(slots=True)
class Hinted:
    """A path to look at.

    Attributes:
        first: when the hints began.
        due: when to look.
        folder: whether the system says that it is one.
        unready: since when it is known to be away, or to make no sense.
    """

    first: float
    due: float
    folder: bool
    unready: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has had its time."""
        return self.unready is not None and time.monotonic() - self.unready >= GRACE_SECONDS


class Waiting:
    """The paths that wait to be looked at; hints come from any thread, one thread takes them."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._paths: dict[str, Hinted] = {}
        self._wakes_at = 0.0
        self._scan_at = 0.0
        self.stopping = False

    def hint(self, path: str, folder: bool = False) -> None:
        """Have a path looked at soon."""
        now = time.monotonic()
        with self._wake:
            known = self._paths.get(path)
            if known is None or known.unready is not None:
                unready = None if known is None else known.unready
                known = self._paths[path] = Hinted(now, now + QUIET_SECONDS, folder, unready)
            known.due = min(now + QUIET_SECONDS, known.first + LONGEST_SECONDS)
            known.folder = folder
            if known.due < self._wakes_at:
                self._wake.notify()

    def again(self, path: str, hinted: Hinted, *, after: float | None = None) -> None:
        """Have a path that is not ready looked at once more, sooner if a hint comes.

        Args:
            after: in seconds; else when it has had its time.
        """
        now = time.monotonic()
        with self._wake:
            hinted.unready = hinted.unready or now
            hinted.due = hinted.unready + GRACE_SECONDS if after is None else now + after
            self._paths.setdefault(path, hinted).unready = hinted.unready

    def scan(self, after: float = 0.0) -> None:
        """Have everything looked over, in so many seconds."""
        with self._wake:
            self._scan_at = time.monotonic() + after
            self._wake.notify()

    def stop(self) -> None:
        """Let whoever takes them take no more."""
        with self._wake:
            self.stopping = True
            self._wake.notify()

    def take(self, longest: float | None) -> tuple[dict[str, Hinted], bool]:
        """Wait until something is due; return what is, and whether everything is to be looked over.

        Args:
            longest: to wait, in seconds, whatever is due.
        """
        with self._wake:
            end = float("inf") if longest is None else time.monotonic() + longest
            while not self.stopping:
                self._wakes_at = min([end, self._scan_at, *(one.due for one in self._paths.values())])
                pause = self._wakes_at - time.monotonic()
                if pause <= 0:
                    break
                self._wake.wait(min(pause, threading.TIMEOUT_MAX))
            self._wakes_at = 0.0
            now = time.monotonic()
            due = {path: one for path, one in self._paths.items() if one.due <= now}
            for path in due:
                del self._paths[path]
            return due, self._scan_at <= now
