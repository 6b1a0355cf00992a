"""Every file operation there is.

All of gamesaves reaches the file system through the functions of this module, which call `system`, one method a system
call; a test puts another `System` there to record, fail or lose operations.
"""

import contextlib
import errno
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from gamesaves.disk import witnesses
from gamesaves.disk.system import System
from gamesaves.errors import FileProblem, FlushFailed, NoSpace

TEMPORARY = ".saves-tmp"
"""The ending of a file that is being written and has not been put in its place."""

_CHUNK = 1 << 20
# Sharing and access errors of Windows while another program has the target open (winerror.h).
_HELD_OPEN = (5, 32, 33)
PATIENCE_SECONDS = 10.0
"""How long to wait for another program of Windows that has a file open."""

# The last is a link that leads to itself.
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What a system says of a full disk."""


system = System()


@contextlib.contextmanager
def using(other: System) -> Iterator[None]:
    """Let every file operation go through `other` for a while: the seam for tests."""
    global system
    before, system = system, other
    try:
        yield
    finally:
        system = before


class Signature(NamedTuple):
    """What tells a file from a later version of itself without reading it."""

    mtime_ns: int
    size: int
    inode: int


def signature(path: Path | str) -> Signature | None:
    """Return the file's signature, None where there is no such file; raise `FileProblem` where it cannot be asked."""
    try:
        status = system.stat(str(path))
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        refuse(error, path, "look at")
    return Signature(status.st_mtime_ns, status.st_size, status.st_ino)


def exists(path: Path | str) -> bool:
    """Whether there is a file or folder at `path`."""
    return signature(path) is not None


def is_link(path: Path | str) -> bool:
    """Whether there is a link at `path`."""
    return system.is_link(str(path))


def read(path: Path | str, start: int = 0, end: int | None = None) -> bytes:
    """Return the file's bytes from `start` up to `end`, to the end of the file where that is None.

    Raises:
        FileProblem: it is not there (its cause is `FileNotFoundError`) or cannot be read.
    """
    return read_spans(path, [(start, end)])[0]


def read_spans(path: Path | str, spans: Sequence[tuple[int, int | None]]) -> list[bytes]:
    """Return the file's bytes of several spans, as `read` takes one; the file is opened once.

    Raises:
        FileProblem: as `read`.
    """
    try:
        fd = system.open(str(path), os.O_RDONLY)
        try:
            found = []
            for number, (start, end) in enumerate(spans):
                if start or number:
                    system.seek(fd, start)
                found.append(read_open(fd, None if end is None else end - start))
            return found
        finally:
            system.close(fd)
    except OSError as error:
        refuse(error, path, "read")


def read_open(fd: int, size: int | None = None) -> bytes:
    """Return the next `size` bytes of an open file, or all that are left."""
    chunks = []
    left = size
    while left is None or left > 0:
        try:
            chunk = system.read(fd, _CHUNK if left is None else min(left, _CHUNK))
        except InterruptedError:
            continue
        if not chunk:
            break
        chunks.append(chunk)
        left = None if left is None else left - len(chunk)
    return b"".join(chunks)


def read_if_there(path: Path | str) -> bytes | None:
    """Return the file's bytes, None where there is no such file."""
    try:
        return read(path)
    except FileProblem as problem:
        if isinstance(problem.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, however little the system takes at a time; raises `OSError`."""
    rest = memoryview(data)
    while rest:
        try:
            count = system.write(fd, rest)
        except InterruptedError:
            continue
        if count == 0:
            raise OSError(errno.EIO, "the system wrote nothing")
        rest = rest[count:]


_numbers = itertools.count()


def replace(
    path: Path,
    data: bytes,
    *,
    durable: bool,
    before_rename: Callable[[], bool] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Signature | None:
    """Put `data` in the place of the file, whole or not at all.

    Args:
        durable: flush the file before the rename and the folder after it, so that a power cut leaves the one or the
            other; without it a crash may lose the new bytes, for files that something durable can restore.
        before_rename: asked right before the rename; where it says no, nothing is replaced.
        patience: in seconds; how long to wait for another program of Windows that has the file open.

    Returns:
        The signature of the file that is there now, taken before anybody could change it; None where it was not
        replaced.

    Raises:
        NoSpace, FileProblem: the file at `path` is as it was.
        FlushFailed: it is replaced, but a power cut may bring back what was there before.
    """
    try:
        temporary, fd = _open_beside(path)
        try:
            try:
                write_all(fd, data)
                if durable:
                    system.flush(fd)
            finally:
                system.close(fd)
            if before_rename is not None and not before_rename():
                system.unlink(temporary)
                return None
            written = signature(temporary)
            with witnesses.seeing(path, data):
                _patiently(lambda: system.replace(temporary, str(path)), patience)
        except BaseException:
            # The first failure is what matters; a temporary file left behind is swept when its folder is next opened.
            with contextlib.suppress(OSError):
                system.unlink(temporary)
            raise
    except OSError as error:
        refuse(error, path, "write", needed=len(data))
    if durable:
        _confirm(path, path.parent)
    return written


def _confirm(path: Path, *folders: Path) -> None:
    """Make the new name of a file or folder durable, and that it has left the old one."""
    try:
        for folder in folders:
            system.flush_folder(str(folder))
    except OSError as error:
        raise FlushFailed(
            f"it is in its place, but the disk did not confirm that ({error.strerror or error})",
            path=path,
            hint="Check the disk, and look whether it is still there after a restart of the computer.",
        ) from error


def _open_beside(path: Path) -> tuple[str, int]:
    """Make a file in the same folder that nobody else has; return its path and the open file."""
    while True:
        temporary = str(path.parent / f".{path.name}.{os.getpid():x}-{next(_numbers):x}{TEMPORARY}")
        try:
            return temporary, system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            # Left by a process that had our number: in a container every program may be process 1.
            continue


def write_from(path: Path, start: int, data: bytes) -> None:
    """Make the file end with `data` from byte `start` on, durably; what stood behind `start` is gone.

    For copies that only this machine keeps: after a crash they may be cut anywhere behind `start`.
    """
    try:
        fd = system.open(str(path), os.O_RDWR | os.O_CREAT)
        try:
            system.truncate(fd, start)
            system.seek(fd, start)
            write_all(fd, data)
            system.flush(fd)
        finally:
            system.close(fd)
    except OSError as error:
        refuse(error, path, "write", needed=len(data))


def append_plain(path: Path, data: bytes) -> None:
    """Add bytes to the end of a file that something durable can restore; nothing is flushed."""
    try:
        fd = system.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            write_all(fd, data)
        finally:
            system.close(fd)
    except OSError as error:
        refuse(error, path, "append to", needed=len(data))


def move(source: Path, target: Path) -> None:
    """Rename a file or folder, durably; an existing file at `target` is replaced.

    Raises:
        FileProblem: nothing was moved.
        FlushFailed: it was moved, but a power cut may bring it back to where it was.
    """
    try:
        with witnesses.seeing(target, source=source):
            _patiently(lambda: system.replace(str(source), str(target)))
    except OSError as error:
        refuse(error, source, "move")
    _confirm(target, *dict.fromkeys((target.parent, source.parent)))


def remove(path: Path) -> None:
    """Remove a file; one that is not there is fine."""
    try:
        with witnesses.seeing(path):
            _patiently(lambda: system.unlink(str(path)))
    except FileNotFoundError:
        return
    except OSError as error:
        refuse(error, path, "remove")


def refuse(error: OSError, path: Path | str, doing: str, *, needed: int | None = None) -> NoReturn:
    """Raise the `SavesError` that says what an `OSError` means for whoever asked."""
    reason = error.strerror or str(error)
    if error.errno in FULL:
        raise NoSpace(
            f"could not {doing} it: the disk is full{_shortage(path, needed)}",
            path=path,
            hint="Make room on this disk and try again.",
        ) from error
    hint = "Try again; if it stays, check the disk."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "Check the permissions of the folder, and whether the disk can be written to."
    elif isinstance(error, FileNotFoundError):
        hint = "Check that the folder has not been moved or renamed."
    raise FileProblem(f"could not {doing} it: {reason}", path=path, hint=hint) from error


def free_space(path: Path | str) -> int | None:
    """Return how many bytes may still be written to the disk that holds `path`; None where the system does not say."""
    try:
        return system.free_space(str(path))
    except OSError:
        return None


def _shortage(path: Path | str, needed: int | None) -> str:
    free = free_space(Path(path).parent)
    if needed is None:
        return "" if free is None else f"; {free:,} bytes are free"
    if free is None:
        return f"; {needed:,} bytes were to be written"
    return f"; {needed:,} bytes were to be written and {free:,} are free"


def _patiently(call: Callable[[], None], patience: float = PATIENCE_SECONDS) -> None:
    """Call, and on Windows call again for a while where another program has the file open."""
    deadline = system.monotonic() + patience
    pause = 0.01
    while True:
        try:
            return call()
        except OSError as error:
            if getattr(error, "winerror", None) not in _HELD_OPEN or system.monotonic() > deadline:
                raise
        system.pause(pause)
        pause = min(pause * 2, 0.1)
