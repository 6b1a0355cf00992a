"""How programs save a file: the system calls that each of them makes, one after the other.

`save(path, data)` leaves `data` in the file; what else a program leaves for a moment, or for good, is there too.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Save = Callable[[Path, bytes], None]


def _write(path: Path, data: bytes, flags: int = os.O_WRONLY | os.O_CREAT | os.O_TRUNC, *, flush: bool = False) -> None:
    fd = os.open(path, flags, 0o644)
    try:
        os.write(fd, data)
        if flush:
            os.fsync(fd)
    finally:
        os.close(fd)


def in_place(path: Path, data: bytes) -> None:
    """Notepad, `cp` over it, a shell's `>`."""
    _write(path, data)


def temporary_and_rename(path: Path, data: bytes) -> None:
    """Most careful programs."""
    beside = path.with_name(f"{path.name}.tmp")
    _write(beside, data, flush=True)
    os.replace(beside, path)


def backup_and_rename(path: Path, data: bytes) -> None:
    """The old file becomes the backup, and stays."""
    os.replace(path, path.with_name(f"{path.name}~"))
    _write(path, data)


def delete_and_create(path: Path, data: bytes) -> None:
    """As it is done by hand, and by some sync programs."""
    path.unlink()
    time.sleep(0.01)
    _write(path, data, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def sed(path: Path, data: bytes) -> None:
    """The real `sed -i`: a temporary file of its own, and a rename."""
    with tempfile.NamedTemporaryFile() as new:
        new.write(data)
        new.flush()
        subprocess.run(["sed", "-i", "-e", f"1r {new.name}", "-e", "d", path], check=True)


def vim(path: Path, data: bytes) -> None:
    """vim with its defaults: a swap file, a probe called 4913, the old file moved away, a new one, the backup gone."""
    swap, probe = path.with_name(f".{path.name}.swp"), path.with_name("4913")
    backup = path.with_name(f"{path.name}~")
    _write(swap, b"b0VIM 9.0")
    _write(probe, b"", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    probe.unlink()
    os.replace(path, backup)
    _write(path, data, flush=True)
    backup.unlink()
    swap.unlink()


def emacs(path: Path, data: bytes) -> None:
    """A link as a lock, a file with the unsaved text, a backup that is a copy, then in place."""
    lock, unsaved = path.with_name(f".#{path.name}"), path.with_name(f"#{path.name}#")
    os.symlink("somebody@desk.42:1", lock)
    _write(unsaved, data)
    shutil.copy2(path, path.with_name(f"{path.name}~"))
    _write(path, data, flush=True)
    unsaved.unlink()
    lock.unlink()


def vs_code(path: Path, data: bytes) -> None:
    """Emptied first, through the path; then written, through another handle."""
    os.truncate(path, 0)
    _write(path, data, os.O_RDWR)


def nano(path: Path, data: bytes) -> None:
    """A lock file beside it, and in place."""
    lock = path.with_name(f".{path.name}.swp")
    _write(lock, b"b0nano")
    _write(path, data)
    lock.unlink()


def gedit(path: Path, data: bytes) -> None:
    """`.goutputstream-…`, flushed, then renamed; so do all programs of GNOME."""
    stream = path.with_name(".goutputstream-7QK2Z1")
    _write(stream, data, flush=True)
    os.replace(stream, path)


def kate(path: Path, data: bytes) -> None:
    """A temporary file whose name goes on behind the ending; so do all programs of KDE."""
    beside = path.with_name(f"{path.name}.XqPwzT")
    _write(beside, data, flush=True)
    os.replace(beside, path)


def synchroniser(path: Path, data: bytes) -> None:
    """Syncthing: a hidden file in pieces, its time set to that of the other computer, then renamed."""
    beside = path.with_name(f".syncthing.{path.name}.tmp")
    _write(beside, data[: len(data) // 2])
    _write(beside, data[len(data) // 2 :], os.O_WRONLY | os.O_APPEND)
    os.utime(beside, (1_700_000_000, 1_700_000_000))
    os.replace(beside, path)


def from_elsewhere(path: Path, data: bytes) -> None:
    """Prepared in a folder that nobody watches, and moved in: the system tells of a file that was created."""
    with tempfile.TemporaryDirectory(prefix="elsewhere-", dir=_above(path)) as outside:
        _write(Path(outside, path.name), data)
        os.replace(Path(outside, path.name), path)


def _above(path: Path) -> Path:
    """Return a folder on the same disk that is not watched."""
    stores = (folder.parent for folder in path.parents if (folder / "store.json").exists())
    return next(stores, path.parents[2])


def unpacked(path: Path, data: bytes) -> None:
    """`unzip -o`: away, written anew, and given the time that the archive says, in whole seconds."""
    path.unlink()
    _write(path, data, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.utime(path, (1_600_000_000, 1_600_000_000))


def in_two_steps(path: Path, data: bytes) -> None:
    """Emptied, half of it, a pause, the other half."""
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, data[: len(data) // 2])
        time.sleep(0.03)
        os.write(fd, data[len(data) // 2 :])
    finally:
        os.close(fd)


def time_kept(path: Path, data: bytes) -> None:
    """In place, with the time that the file had: only its content tells."""
    status = path.stat()
    _write(path, data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


ALL: tuple[Save, ...] = (
    in_place,
    temporary_and_rename,
    backup_and_rename,
    delete_and_create,
    sed,
    vim,
    emacs,
    vs_code,
    nano,
    gedit,
    kate,
    synchroniser,
    from_elsewhere,
    unpacked,
    in_two_steps,
    time_kept,
)
