"""Whole trees of files: walked, copied with their hashes, linked, compared."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, layout
from gamesaves.disk.folders import Entry
from gamesaves.errors import FileProblem

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    size: int
    sha256: str


def walk(folder: Path) -> Iterator[Entry]:
    """Yield the files and links in a folder and those in it, a log behind what is around it.

    A document that is newer than the log would look as if the log had lost its end; one that is older is brought up
    to date. So whoever copies what is in use takes the log last.
    """
    found = folders.entries(folder)
    for entry in found:
        if entry.is_folder and not entry.is_link:
            yield from walk(entry.path)
    here = [one for one in found if one.is_link or not one.is_folder]
    for entry in sorted(here, key=lambda one: one.name == layout.LOG):
        if not entry.name.endswith(files.TEMPORARY):
            yield entry


def mark(path: Path) -> str | None:
    """Return what tells a file from a later version of itself, as text; None where it is not there."""
    signature = files.signature(path)
    return None if signature is None else "-".join(map(str, signature))


def copy(source: Path, target: Path, *, whole_lines: bool = False) -> Copied:
    """Copy a file to a name that nothing has, durably but for that name; the folder is flushed by the caller.

    Args:
        whole_lines: leave out what stands behind the last newline: somebody is writing it.

    Raises:
        FileProblem, NoSpace: it cannot be read or written; what was begun stays.
    """
    try:
        reading = files.system.open(str(source), os.O_RDONLY)
    except OSError as error:
        files.refuse(error, source, "read")
    try:
        writing = files.system.open(str(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            copied = _pour(_chunks(reading, source), writing, whole_lines)
            files.system.flush(writing)
        finally:
            files.system.close(writing)
    except OSError as error:
        files.refuse(error, target, "write")
    finally:
        files.system.close(reading)
    return copied


def _chunks(reading: int, path: Path) -> Iterator[bytes]:
    try:
        while chunk := files.read_open(reading, _CHUNK):
            yield chunk
    except OSError as error:
        files.refuse(error, path, "read")


def _pour(chunks: Iterator[bytes], writing: int, whole_lines: bool) -> Copied:
    digest, size, rest = hashlib.sha256(), 0, b""
    for chunk in chunks:
        if whole_lines:
            lines, newline, left = chunk.rpartition(b"\n")
            chunk, rest = (rest + lines + newline, left) if newline else (b"", rest + left)
        files.write_all(writing, chunk)
        digest.update(chunk)
        size += len(chunk)
    return Copied(size, digest.hexdigest())


def content(path: Path) -> Copied | None:
    """Read a file and return what it holds; None where it is not there."""
    digest, size = hashlib.sha256(), 0
    try:
        reading = files.system.open(str(path), os.O_RDONLY)
        try:
            for chunk in _chunks(reading, path):
                digest.update(chunk)
                size += len(chunk)
        finally:
            files.system.close(reading)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        files.refuse(error, path, "read")
    return Copied(size, digest.hexdigest())


def link(source: Path, target: Path) -> bool:
    """Give a file a second name; return whether this file system could."""
    try:
        files.system.link(str(source), str(target))
    except OSError:
        return False
    return True


def is_missing(problem: FileProblem) -> bool:
    """Whether an operation failed because the file was not there."""
    return isinstance(problem.__cause__, FileNotFoundError | NotADirectoryError)
