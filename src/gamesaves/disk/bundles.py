"""Bundles: a ledger and what belongs to it, as one zip file or as a plain folder, with a manifest of every entry.

Whoever reads one trusts nothing in it: the whole directory is looked at before any entry, and an entry counts only if
it has the size and the SHA-256 that the manifest says. How to write the same bytes each time: entries sorted by name,
one date (the first that zip can tell), the same permissions, one compression.
"""

import contextlib
import errno
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from gamesaves.disk import bundlenames, files, folders, jsontext
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.manifests import (
    KIND,
    MANIFEST,
    VERSION,
    Bundle,
    Entry,
    Limits,
    refused,
    require_within,
    with_manifest,
)
from gamesaves.errors import AlreadyExists, BadBundle, NotFound, SavesError

SUFFIX = ".zip"

_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = (stat.S_IFREG | 0o644) << 16
_LEVEL = 9
_CHUNK = 1 << 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What `zipfile` and those below it raise where bytes are not what they should be.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)

Contents = Mapping[str, Callable[[], bytes]]
"""What is to be in a bundle: paths, and what reads the bytes when it is their turn."""


# Writing


def write_zip(target: Path, about: Tree, contents: Contents) -> None:
    """Write a bundle as a zip file, whole or not at all.

    Raises:
        AlreadyExists: there is something at `target`.
    """
    _require_free(target)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in _all(about, contents):
            info = zipfile.ZipInfo(path, _DATE)
            info.create_system = _UNIX
            info.external_attr = _MODE
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=_LEVEL)
    folders.make(target.parent)
    files.replace(target, data.getvalue(), durable=True)


def write_folder(target: Path, about: Tree, contents: Contents) -> None:
    """Write a bundle as a folder, whole or not at all.

    Raises:
        AlreadyExists: there is something at `target`.
    """
    _require_free(target)
    staging = target.parent / f".{target.name}{files.TEMPORARY}"
    if files.exists(staging):
        # Left by a program that ended while it wrote.
        folders.remove(staging)
    try:
        for path, content in _all(about, contents):
            file = staging / path
            folders.make(file.parent)
            files.replace(file, content, durable=True)
        files.move(staging, target)
    except BaseException:
        # The first failure is what matters.
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        raise


def _require_free(target: Path) -> None:
    if files.exists(target):
        raise AlreadyExists("there is something already", path=target, hint="Give another name.")


def _all(about: Tree, contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Return the entries in their order, and at the end the manifest that lists them."""
    entries = []
    for path in sorted(contents):
        content = contents[path]()
        entries.append({"path": path, "size": len(content), "sha256": sha256(content).hexdigest()})
        yield path, content
    yield MANIFEST, jsontext.encode({"schema_version": VERSION, "kind": KIND, **about, "entries": entries})


# Reading


@contextlib.contextmanager
def opened(origin: Path, limits: Limits) -> Iterator[Bundle]:
    """Look at all that a bundle says it has, for the length of a block; no entry has been read then.

    Args:
        origin: a zip file, the same as a folder, or the folder of a ledger alone, which has no manifest.

    Raises:
        NotFound: there is nothing there.
        BadBundle: an entry is refused, or there is no bundle in it.
        NewerFormat: a newer program has made it.
    """
    if not files.exists(origin):
        raise NotFound("bundle", origin.name, path=origin)
    if folders.is_folder(origin):
        yield _of_folder(origin, limits)
        return
    with contextlib.ExitStack() as to_close:
        try:
            archive = to_close.enter_context(zipfile.ZipFile(io.BufferedReader(_SeamFile(origin), _CHUNK)))
        except _BROKEN as error:
            raise BadBundle(f"it is no zip file that can be read: {error}", path=origin) from error
        yield _of_zip(origin, archive, limits)


def made(origin: Path, about: Tree | None, sizes: Mapping[str, int], read: Callable[[str], bytes]) -> Bundle:
    """Return a bundle that is in no file: of entries that somebody has put together.

    Args:
        about: what a manifest would say.
        read: reads an entry.
    """
    entries = {path: Entry(path, size, None) for path, size in sizes.items()}
    return Bundle(origin, about, entries, lambda path: iter([read(path)]))


def joined(bundle: Bundle, other: Bundle) -> Bundle:
    """Return a bundle with the entries of another one, too."""
    read = {**dict.fromkeys(other.entries, other.read), **dict.fromkeys(bundle.entries, bundle.read)}
    entries = {**other.entries, **bundle.entries}
    return Bundle(bundle.origin, bundle.about, entries, lambda path: iter([read[path](path)]))


class _SeamFile(io.RawIOBase):
    """A file that is read through the seam of `disk.files`, as a stream that can go to any byte."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        signature = files.signature(path)
        self._path = path
        self._size = 0 if signature is None else signature.size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "a place before the file begins")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        data = files.read(self._path, self._at, self._at + len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _of_zip(origin: Path, archive: zipfile.ZipFile, limits: Limits) -> Bundle:
    listed = archive.infolist()
    if len(listed) > limits.entries:
        raise BadBundle(f"it has {len(listed):,} entries; {limits.entries:,} are the most", path=origin)
    for one in listed:
        _require_plain(origin, one)
    # A folder's own entry says nothing: folders are made for what is in them.
    named = [one for one in listed if not one.orig_filename.endswith("/")]
    _require_distinct(origin, [one.orig_filename for one in named])
    infos = {one.orig_filename: one for one in named}

    def stream(path: str) -> Iterator[bytes]:
        try:
            with archive.open(infos[path]) as entry:
                while chunk := entry.read(_CHUNK):
                    yield chunk
        except _BROKEN as error:
            raise refused(origin, path, f"it cannot be read: {error}") from error

    sizes = {path: one.file_size for path, one in infos.items()}
    signature = files.signature(origin)
    return with_manifest(origin, sizes, stream, limits, packed=signature.size if signature else 0)


def _require_plain(origin: Path, info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    if (fault := bundlenames.fault_of(name[:-1] if name.endswith("/") else name)) is not None:
        raise refused(origin, name, fault)
    if info.flag_bits & _ENCRYPTED:
        raise refused(origin, name, "it is encrypted")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused(origin, name, "it is a link or a device, not a file")
    if info.compress_type not in _METHODS:
        raise refused(origin, name, f"a compression (number {info.compress_type}) that bundles do not use")


def _require_distinct(origin: Path, paths: list[str]) -> None:
    if (clash := bundlenames.clash(paths)) is not None:
        raise refused(origin, *clash)


def _of_folder(origin: Path, limits: Limits) -> Bundle:
    sizes: dict[str, int] = {}
    for path, file in _walk(origin, origin):
        if len(sizes) >= limits.entries:
            raise BadBundle(f"it has more than {limits.entries:,} files, which are the most", path=origin)
        sizes[path] = _size_of(origin, path, file)
    _require_distinct(origin, list(sizes))

    def stream(path: str) -> Iterator[bytes]:
        start = 0
        while chunk := files.read(origin / path, start, start + _CHUNK):
            yield chunk
            start += len(chunk)

    if MANIFEST in sizes:
        return with_manifest(origin, sizes, stream, limits, packed=sum(sizes.values()))
    entries = {path: Entry(path, size, None) for path, size in sizes.items()}
    require_within(origin, sum(sizes.values()), limits, packed=sum(sizes.values()))
    return Bundle(origin, None, entries, stream)


def _walk(origin: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Return the files below a folder; hidden ones are the system's or half written, and are passed over."""
    for entry in folders.entries(folder):
        path = entry.path.relative_to(origin).as_posix()
        if entry.name.startswith("."):
            continue
        if entry.is_link:
            raise refused(origin, path, "it is a link or a device, not a file")
        if entry.is_folder:
            yield from _walk(origin, entry.path)
        else:
            yield path, entry.path


def _size_of(origin: Path, path: str, file: Path) -> int:
    # A name with a colon is that of an older tree, and gets its portable form where it is put.
    if (fault := bundlenames.fault_of(path.replace(":", "."))) is not None:
        raise refused(origin, path, fault)
    status = files.system.stat(str(file))
    if not stat.S_ISREG(status.st_mode):
        raise refused(origin, path, "it is a link or a device, not a file")
    return status.st_size
