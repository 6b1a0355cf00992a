"""What is known of the watched files: their content as it was told last, or as this program wrote it."""

import os
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import blake2b, sha256
from pathlib import Path

from gamesaves.disk import copies, files, pictures, scanning
from gamesaves.disk.files import Signature
from gamesaves.errors import FileProblem, Problem
from gamesaves.services.watching.places import Place, Places
from gamesaves.services.watching.reading import changed_fields, fault_in

_COARSE_SECONDS = 3.0
"""Longer than any file system's clock stands still: FAT and exFAT count in steps of two seconds."""
_SECOND_NS = 1_000_000_000
_FAST = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one file.

    Attributes:
        digest: of its content.
        signature: None where only the content is known.
        text: of a document, compressed: its last content that made sense.
        since: when it was first seen with this signature.
        settled: whether a later change cannot leave the signature as it is.
        broken: whether the content makes no sense.
    """

    digest: str
    signature: Signature | None = None
    text: bytes = b""
    since: float = 0.0
    settled: bool = False
    broken: bool = False

    @property
    def content(self) -> bytes:
        """The last content that made sense."""
        return zlib.decompress(self.text) if self.text else b""


@dataclass(frozen=True, slots=True)
class Sight:
    """A file that is not as it was known; the attributes are those of `DiskChange`.

    Attributes:
        ready: False where it may be in the middle of being saved: it is away, or makes no sense.
    """

    ready: bool = True
    fields: tuple[str, ...] = ()
    new: bool = False
    gone: bool = False
    problem: Problem | None = None


NOT_READY = Sight(ready=False)


class Known:
    """The content of every watched file. It is a witness: what this program writes is known at once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        # Held while a file is compared, and while this program replaces one: so it is seen before or after, as it is
        # known before or after.
        self._lock = threading.RLock()
        self._seen: dict[str, Seen] = {}
        self._overtaken: list[tuple[str, Place, Sight]] = []
        self.ledgers: set[str] = set()

    def paths(self) -> list[str]:
        """Return the files that are known."""
        with self._lock:
            return list(self._seen)

    def inside(self, folder: str) -> list[str]:
        """Return the known files in a folder."""
        return [path for path in self.paths() if path.startswith(folder + os.sep)]

    def may_differ(self, path: str, signature: Signature | None) -> bool:
        """Whether a file has to be looked into: it has changed, or could have without its signature showing it."""
        seen = self._seen.get(path)
        return seen is None or seen.signature != signature or not seen.settled

    # Learning

    def learn(self, path: str) -> None:
        """Take a file as it is for known; one that cannot be read is found when it can be."""
        place = self._places.place_of(path)
        if place is not None:
            with self._lock:
                try:
                    seen = _assumed(path, place) or _read(path, place)
                except FileProblem:
                    return
                if seen is not None:
                    self._keep(path, place, seen)

    def learn_all(self) -> None:
        """Take everything as it is for known."""
        for path, _ in self._places.files():
            self.learn(path)
        with self._lock:
            self.ledgers.update(self._places.ledgers())

    def learn_ledger(self, folder: str) -> None:
        """Take a campaign or a universe as it is for known."""
        for path, _ in self._places.files_of(folder):
            self.learn(path)
        with self._lock:
            self.ledgers.add(folder)

    def forget(self, path: str) -> None:
        """Know nothing more of a file, or of a folder and what is in it."""
        with self._lock:
            for one in (path, *self.inside(path)):
                self._seen.pop(one, None)
            self.ledgers.discard(path)

    def _keep(self, path: str, place: Place, seen: Seen) -> None:
        self._seen[path] = seen
        if place.ledger is not None:
            self.ledgers.add(place.ledger)

    # Looking

    def look(self, path: str, place: Place, *, final: bool) -> Sight | None:
        """Compare a file with what is known of it; return None where it is the same.

        Args:
            final: it has had time to come back, or to make sense: what it is now counts.
        """
        with self._lock:
            old = self._seen.get(path)
            try:
                now = _read(path, place)
            except FileProblem as error:
                return self._unreadable(path, place, old, error, final=final)
            if now is None:
                if old is None:
                    return None
                if not final:
                    return NOT_READY
                self.forget(path)
                return Sight(gone=True)
            if old is not None and old.digest == now.digest:
                self._seen[path] = _again(old, now)
                return None
            return self._changed(path, place, old, now, final=final)

    def _changed(self, path: str, place: Place, old: Seen | None, now: Seen, *, final: bool) -> Sight | None:
        problem = fault_in(now.content, path, place)
        if problem is not None and not final:
            return NOT_READY
        if problem is not None:
            now = replace(now, text=old.text if old else b"", broken=True)
        self._keep(path, place, now)
        if old is None or problem is not None:
            return Sight(new=old is None, problem=problem)
        fields = changed_fields(old.content, now.content, place)
        return None if fields == () and not old.broken else Sight(fields=fields or ())

    def _unreadable(
        self, path: str, place: Place, old: Seen | None, error: FileProblem, *, final: bool
    ) -> Sight | None:
        if not final:
            return NOT_READY
        digest = f"unreadable: {error.message}"
        if old is not None and old.digest == digest:
            return None
        self._keep(path, place, Seen(digest, text=old.text if old else b"", settled=True, broken=True))
        return Sight(new=old is None, problem=error.as_problem())

    # What this program does itself

    @contextmanager
    def witnessing(self, path: Path, data: bytes | None, source: Path | None) -> Iterator[None]:
        """Know a change that this program makes: before anybody can look, and only if it is made."""
        with self._lock:
            if data is not None:
                place = self._places.place_of(str(path))
                if place is not None and (edit := self._edit_of(str(path), place)) is not None:
                    self._overtaken.append((str(path), place, edit))
                yield
                if place is not None:
                    self._keep(str(path), place, _of(data, place))
                return
            moved = {} if source is None else self._at(str(source), str(path))
            yield
            self._seen.pop(str(path), None)
            if source is not None:
                self.forget(str(path))
                self.forget(str(source))
            for target, (its_place, seen) in moved.items():
                self._keep(target, its_place, seen)

    def _edit_of(self, path: str, place: Place) -> Sight | None:
        """Return the edit that this program is about to write over, having taken it in before anybody looked."""
        sight = None
        # Whether this program can write does not depend on what is only there to tell of edits.
        with suppress(FileProblem):
            if path in self._seen and self.may_differ(path, files.signature(path)):
                sight = self.look(path, place, final=True)
        return None if sight is None or sight.gone else sight

    def overtaken(self) -> list[tuple[str, Place, Sight]]:
        """Return the edits that this program has written over since this was asked last."""
        with self._lock:
            found, self._overtaken = self._overtaken, []
        return found

    def _at(self, source: str, target: str) -> dict[str, tuple[Place, Seen]]:
        """Return what will be known of the files in a folder, or of the one file, once it is moved to `target`."""
        found = [source, *(path for path, _ in scanning.scan(source, ("",)))]
        result = {}
        for path in found:
            new = target + path[len(source) :]
            place = self._places.place_of(new)
            with suppress(FileProblem):
                seen = None if place is None else _read(path, place)
                if place is not None and seen is not None:
                    result[new] = (place, replace(seen, signature=None))
        return result


def _read(path: str, place: Place) -> Seen | None:
    """Read a file; None where there is none."""
    # The signature comes first: of a change in between it is that of the old content, so that it is looked at again.
    signature = files.signature(path)
    if signature is None:
        return None
    if place.what == "image":
        picture = copies.content(Path(path))
        digest = None if picture is None else picture.sha256[: pictures.HASH_DIGITS]
        return None if digest is None else _stamped(Seen(digest), signature)
    data = files.read_if_there(path)
    return None if data is None else _stamped(_of(data, place), signature)


def _assumed(path: str, place: Place) -> Seen | None:
    """Return a picture as its name says that it is, which saves reading it; None where the name says nothing."""
    digest = pictures.digest_in(os.path.basename(path)) if place.what == "image" else None
    signature = None if digest is None else files.signature(path)
    return None if digest is None or signature is None else _stamped(Seen(digest), signature)


def _of(data: bytes, place: Place) -> Seen:
    if place.what == "image":
        return Seen(sha256(data).hexdigest()[: pictures.HASH_DIGITS])
    return Seen(blake2b(data, digest_size=16).hexdigest(), text=zlib.compress(data, _FAST))


def _stamped(seen: Seen, signature: Signature) -> Seen:
    return replace(seen, signature=signature, since=time.monotonic(), settled=signature.mtime_ns % _SECOND_NS != 0)


def _again(old: Seen, now: Seen) -> Seen:
    """Return what is known of a file whose content is as it was, now that it has been looked at once more."""
    if old.signature != now.signature:
        return replace(old, signature=now.signature, since=now.since, settled=now.settled)
    return replace(old, settled=old.settled or now.since - old.since > _COARSE_SECONDS)
