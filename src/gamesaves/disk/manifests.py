"""The manifest of a bundle: which entries there are, and what each of them must be.

What it says counts only where it is what the bundle has: an entry that is not listed, or is not as it is listed, keeps
the whole bundle from being taken in.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from gamesaves.disk import jsontext
from gamesaves.disk.chain import newer_format
from gamesaves.disk.jsontext import Tree
from gamesaves.errors import BadBundle

MANIFEST = "manifest.json"
KIND = "gamesaves bundle"
VERSION = 1

_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in at most.

    Attributes:
        total: bytes of all entries.
        ratio: how many bytes may come out of one byte of the file, where more than `small` come out in all.
    """

    entries: int = 50_000
    total: int = 16 << 30
    ratio: int = 200
    small: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle; the hash is None where nobody has written one down."""

    path: str
    size: int
    sha256: str | None


class Bundle:
    """A bundle whose directory has been looked at and found fit.

    Attributes:
        origin: the file or folder.
        about: what the manifest says beside the entries; None where there is no manifest.
        entries: by path.
    """

    def __init__(
        self,
        origin: Path,
        about: Tree | None,
        entries: Mapping[str, Entry],
        stream: Callable[[str], Iterator[bytes]],
    ) -> None:
        self.origin = origin
        self.about = about
        self.entries = entries
        self._stream = stream

    @property
    def size(self) -> int:
        """How many bytes all entries have."""
        return sum(entry.size for entry in self.entries.values())

    def read(self, path: str) -> bytes:
        """Return the bytes of an entry.

        Raises:
            BadBundle: they are not those that the manifest lists.
        """
        entry = self.entries[path]
        content = bytearray()
        for chunk in self._stream(path):
            content += chunk
            if len(content) > entry.size:
                raise refused(self.origin, path, f"it has more than the {entry.size:,} bytes it should have")
        if len(content) < entry.size:
            raise refused(self.origin, path, f"it has {len(content):,} bytes and should have {entry.size:,}")
        if entry.sha256 is not None and sha256(content).hexdigest() != entry.sha256:
            raise refused(self.origin, path, "its SHA-256 is not the one in the manifest")
        return bytes(content)


def refused(origin: Path, name: str, reason: str) -> BadBundle:
    """Return the error for an entry that is not taken in."""
    return BadBundle(
        f"{name!r} is refused: {reason}", path=origin, hint="Nothing was taken in. Ask for the bundle to be made anew."
    )


def require_within(origin: Path, total: int, limits: Limits, *, packed: int) -> None:
    """Refuse a bundle that has too much in it.

    Args:
        packed: how many bytes it takes itself.

    Raises:
        BadBundle: it has.
    """
    if total > limits.total:
        raise BadBundle(f"its entries have {total:,} bytes; {limits.total:,} are the most", path=origin)
    if total > limits.small and total > packed * limits.ratio:
        reason = f"{total:,} bytes would come out of {packed:,}; {limits.ratio} out of one are the most"
        raise BadBundle(reason, path=origin)


def with_manifest(
    origin: Path,
    sizes: dict[str, int],
    stream: Callable[[str], Iterator[bytes]],
    limits: Limits,
    *,
    packed: int,
) -> Bundle:
    """Return the bundle if the manifest lists the files that are there, with the sizes they have.

    Args:
        sizes: of the files that are there.
        stream: reads one of them.
        packed: how many bytes the bundle takes itself.

    Raises:
        BadBundle: the manifest is missing or none, or says something else.
        NewerFormat: a newer program has written it.
    """
    size = sizes.pop(MANIFEST, None)
    if size is None:
        raise refused(origin, MANIFEST, "it is missing, so this is no bundle of a saved game")
    if size > jsontext.MAX_BYTES:
        raise refused(origin, MANIFEST, f"it has {size:,} bytes; {jsontext.MAX_BYTES:,} are the most")
    alone = Bundle(origin, None, {MANIFEST: Entry(MANIFEST, size, None)}, stream)
    about = jsontext.parse(alone.read(MANIFEST), origin / MANIFEST)
    entries = _entries(origin, about)
    for path in sorted(sizes.keys() - entries.keys()):
        raise refused(origin, path, "it is not in the manifest")
    for path, entry in entries.items():
        if path not in sizes:
            raise refused(origin, path, "the manifest lists it, and it is missing")
        if sizes[path] != entry.size:
            raise refused(origin, path, f"it has {sizes[path]:,} bytes, and {entry.size:,} in the manifest")
    require_within(origin, sum(sizes.values()), limits, packed=packed)
    return Bundle(origin, about, entries, stream)


def _entries(origin: Path, about: Tree) -> dict[str, Entry]:
    version = about.get("schema_version")
    if about.get("kind") != KIND or type(version) is not int or version < 1:
        raise refused(origin, MANIFEST, "it is not the manifest of a bundle of a saved game")
    if version > VERSION:
        raise newer_format(origin / MANIFEST, version, VERSION)
    listed = about.pop("entries", None)
    if not isinstance(listed, list):
        raise refused(origin, MANIFEST, "it lists no entries")
    entries: dict[str, Entry] = {}
    for row in listed:
        entry = _entry(row)
        if entry is None:
            raise refused(origin, MANIFEST, f"it lists something that is no entry: {str(row)[:100]}")
        if entry.path in entries:
            raise refused(origin, entry.path, "the manifest lists it twice")
        entries[entry.path] = entry
    return entries


def _entry(row: Any) -> Entry | None:
    if not isinstance(row, dict):
        return None
    path, size, digest = (row.get(name) for name in ("path", "size", "sha256"))
    sound = type(size) is int and size >= 0 and isinstance(digest, str) and _DIGEST.fullmatch(digest)
    return Entry(path, size, digest) if sound and isinstance(path, str) and type(size) is int else None
