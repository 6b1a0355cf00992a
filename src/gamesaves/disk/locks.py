"""Locks between programs and threads, each with a note that says who holds it.

A lock is a file that is never deleted: unlinking one that is held would give it two holders. The note beside it is
for people; the lock itself is the operating system's, and ends with the process.
"""

import contextlib
import errno
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.disk import files, folders, jsontext
from gamesaves.errors import Locked, LockUnavailable, SavesError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK)

_UNSIGNED_PATIENCE_SECONDS = (0.02, 0.05, 0.1)


class Lock:
    """One lock between programs; within this program, between threads too.

    Args:
        path: the lock file.
        what: what it guards, for the message to whoever finds it held.
        host: the name of this machine.
    """

    def __init__(self, path: Path, what: str, host: str) -> None:
        self._path = path
        self._what = what
        self._host = host
        self._thread_lock = threading.Lock()
        self._lock: BaseFileLock | None = None
        self._signed_by: int | None = None

    @property
    def _note(self) -> Path:
        return self._path.with_suffix(".json")

    def acquire(self, timeout: float) -> None:
        """Take the lock, waiting `timeout` seconds at most.

        Raises:
            Locked: somebody else has it; the error says who.
            LockUnavailable: this file system has no locks that hold between programs.
        """
        if not self._thread_lock.acquire(timeout=timeout):
            raise self._held(self._holder() or {})
        try:
            self._acquire_file(timeout)
        except BaseException:
            self._thread_lock.release()
            raise

    def _acquire_file(self, timeout: float) -> None:
        import filelock

        folders.make(self._path.parent)
        if self._lock is None:
            self._lock = _platform_lock(self._path)
        try:
            for patience in (timeout, *_UNSIGNED_PATIENCE_SECONDS):
                with contextlib.suppress(filelock.Timeout):
                    self._lock.acquire(timeout=patience)
                    return
                if (holder := self._holder()) is not None:
                    raise self._held(holder)
                # Whoever has it has not signed yet, or is just giving it back.
            raise self._held({})
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise self._unavailable() from error
            files.refuse(error, self._path, "lock")

    def release(self) -> None:
        """Give the lock back, and take away the note that says who had it."""
        assert self._lock is not None
        # A process that was forked off has not signed, and has no lock to give back.
        if self._signed_by == os.getpid():
            # The note is a courtesy: one that stays is written over by whoever signs next.
            with contextlib.suppress(SavesError):
                files.remove(self._note)
            self._signed_by = None
        self._lock.release()
        self._thread_lock.release()

    def sign(self) -> None:
        """Write beside the lock who holds it, where that can be written: the lock holds without it."""
        note = {
            "pid": os.getpid(),
            "host": self._host,
            "program": _program(),
            "since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        with contextlib.suppress(SavesError):
            files.replace(self._note, jsontext.encode(note), durable=False)
            self._signed_by = os.getpid()

    @contextlib.contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Hold the lock for the length of a block."""
        self.acquire(timeout)
        try:
            yield
        finally:
            self.release()

    def _holder(self) -> jsontext.Tree | None:
        """Return what the note says of who has the lock; None where there is none that can be read."""
        try:
            return jsontext.parse(files.read(self._note), self._note)
        except SavesError:
            # The note is a courtesy: that somebody has the lock is true without it.
            return None

    def _held(self, holder: jsontext.Tree) -> Locked:
        pid = holder.get("pid")
        told = {key: str(holder[key]) for key in ("host", "program", "since") if holder.get(key)}
        error = Locked(self._what, pid=pid if isinstance(pid, int) else None, path=self._path, **told)
        if (pid, holder.get("host")) == (os.getpid(), self._host):
            error.hint = "This program has it open itself: close it there, best by the end of a `with` block."
        return error

    def _unavailable(self) -> LockUnavailable:
        return LockUnavailable(
            "this file system has no locks that hold between programs",
            path=self._path,
            hint="Keep the store on a local disk.",
        )


def _program() -> str:
    return os.path.basename(sys.argv[0]) or "python"


def _platform_lock(path: Path) -> "BaseFileLock":
    # The platform's class, not `FileLock`: that one falls back in silence to a lock file that a crash leaves behind.
    if sys.platform == "win32":  # pragma: no cover
        from filelock import WindowsFileLock

        return WindowsFileLock(path, thread_local=False, preserve_lock_file=True)
    from filelock import UnixFileLock

    return UnixFileLock(path, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
