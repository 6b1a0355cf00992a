"""Backups on the disk: a folder each, the store's files as they are, and a manifest that is written last.

A backup without `backup.json` is incomplete: the program ended while it was written, or while it was removed.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from gamesaves.disk import copies, files, folders, jsontext, layout
from gamesaves.errors import Damaged, FileProblem, InvalidDocument, Problem, SavesError

MANIFEST = layout.BACKUP_FILE
INCOMPLETE = "backup-incomplete.json"
_FORMAT = 1
_STAMP = re.compile(r"-\d{8}T\d{6}Z(_\d+)?$")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a backup.

    Attributes:
        source: the mark of the store's file when it was copied.
        copy: the mark of the copy, once it was verified.
    """

    size: int
    sha256: str
    source: str
    copy: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, complete or not.

    Attributes:
        name: of its folder.
        at: when it was begun, ISO 8601 in UTC; empty where that is not known.
        store_id, store: which store it is of, and where that was.
        files, size: how many files it has, and their bytes.
        complete: whether it was finished and verified.
        problem: what is wrong with it as a whole.
    """

    name: str
    path: Path
    at: str
    store_id: str | None
    store: str
    files: int
    size: int
    complete: bool
    problem: Problem | None = None

    @property
    def store_name(self) -> str:
        """The name of the folder that the store was in."""
        return _STAMP.sub("", self.name)


def listed(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first, incomplete ones and those with a damaged manifest too."""
    found = [backup for entry in folders.entries(folder) if entry.is_folder and (backup := _found(entry.path))]
    return sorted(found, key=lambda one: (one.at, len(one.name), one.name), reverse=True)


def _found(path: Path) -> Backup | None:
    for name in (MANIFEST, INCOMPLETE):
        if files.exists(path / name):
            return _described(path, name)
    if _STAMP.search(path.name) and all(name.endswith(files.TEMPORARY) for name in folders.names(path)):
        return Backup(path.name, path, "", None, "", 0, 0, complete=False)
    return None


def _described(path: Path, name: str) -> Backup | None:
    complete = name == MANIFEST
    try:
        tree = jsontext.parse(files.read(path / name), path / name)
        if tree.get("kind") != layout.BACKUP_KIND:
            return None
        found = manifest(path) if complete else {}
    except SavesError as error:
        return Backup(path.name, path, "", None, "", 0, 0, complete=False, problem=error.as_problem())
    store_id = tree.get("store_id")
    return Backup(
        path.name,
        path,
        str(tree.get("at", "")),
        store_id if isinstance(store_id, str) else None,
        str(tree.get("store", "")),
        len(found),
        sum(one.size for one in found.values()),
        complete,
    )


def manifest(path: Path) -> dict[str, Kept]:
    """Return the files of a complete backup by their path relative to the store.

    Raises:
        InvalidDocument: the manifest is not what was written.
        FileProblem: there is none: the backup is not complete.
    """
    file = path / MANIFEST
    tree = jsontext.parse(files.read(file), file)
    rows = tree.get("files")
    try:
        found = {name: Kept(**row) for name, row in rows.items()} if isinstance(rows, dict) else None
    except TypeError:
        found = None
    if found is None or not _is_moment(tree.get("at")) or not all(_is_sound(name, one) for name, one in found.items()):
        hint = "Restore another backup: saves backup list shows them."
        raise InvalidDocument("it is not a backup's list of files", path=file, hint=hint)
    return found


def _is_moment(at: object) -> bool:
    try:
        return datetime.fromisoformat(str(at)).tzinfo is not None
    except ValueError:
        return False


def _is_sound(name: str, one: Kept) -> bool:
    steps = Path(name)
    inside = bool(steps.parts) and not steps.anchor and ".." not in steps.parts
    return (
        inside and type(one.size) is int and all(isinstance(text, str) for text in (one.sha256, one.source, one.copy))
    )


def faults(path: Path, kept: Mapping[str, Kept], *, unread: bool = False) -> Iterator[Problem]:
    """Yield what of a backup is not as it was written.

    Args:
        unread: pass over files whose size and time are those of when they were verified.
    """
    for name, one in kept.items():
        file = path / name
        if unread and (copies.mark(file) or "").rpartition("-")[0] == one.copy.rpartition("-")[0]:
            continue
        found = copies.content(file)
        if found != copies.Copied(one.size, one.sha256):
            text = "it is missing from the backup" if found is None else "its bytes are not those that were backed up"
            yield Problem("error", "damaged", str(file), text, "Restore another backup: saves backup list shows them.")


class Writing:
    """A backup that is being written.

    Args:
        path: its folder, in one that is there; the name gets a number where it is taken.
        store: the store's folder.
        about: what the manifest says of the backup as a whole.
        previous: a complete backup whose files are linked to where they are still the same.
    """

    def __init__(self, path: Path, store: Path, about: jsontext.Tree, previous: Backup | None) -> None:
        self.path = path
        self._store = store
        self._about = {"schema_version": _FORMAT, "kind": layout.BACKUP_KIND, **about}
        self._previous = None if previous is None else previous.path
        self._known = {} if previous is None else manifest(previous.path)
        self._links = True
        self.kept: dict[str, Kept] = {}
        self.copied = 0

    def begin(self) -> None:
        """Make the folder, marked as incomplete."""
        # A store of the same name may be backed up to the same folder at this moment.
        self.path = folders.make_numbered(self.path)
        files.replace(self.path / INCOMPLETE, jsontext.encode(self._about), durable=True)

    def is_known(self, name: str, source: Path) -> bool:
        """Whether the previous backup has this file as it still is, in a copy that nobody has touched."""
        old = self._known.get(name)
        if old is None or self._previous is None or copies.mark(source) != old.source:
            return False
        return copies.mark(self._previous / name) == old.copy

    def add(self, source: Path, *, whole_lines: bool = False) -> None:
        """Take a file of the store in, and verify what was written; one that is no longer there is passed over.

        Raises:
            Damaged: the disk does not give back what was written to it.
        """
        name = source.relative_to(self._store).as_posix()
        target = self.path / name
        folders.make(target.parent)
        if self._previous is not None and self._links and self.is_known(name, source):
            self._links = copies.link(self._previous / name, target)
            if self._links:
                self.kept[name] = self._known[name]
                return
        looks = copies.mark(source)
        try:
            copied = copies.copy(source, target, whole_lines=whole_lines)
        except FileProblem as problem:
            if copies.is_missing(problem) and not files.exists(source):
                return
            raise
        if copies.content(target) != copied:
            raise Damaged("the disk does not give back what was written to it", path=target, hint="Check this disk.")
        self.kept[name] = Kept(copied.size, copied.sha256, str(looks), str(copies.mark(target)))
        self.copied += copied.size

    def finish(self) -> None:
        """Make it all durable, and then let it count."""
        for folder in {self.path / parent for name in self.kept for parent in PurePosixPath(name).parents}:
            folders.flush(folder)
        rows = {
            name: {"size": one.size, "sha256": one.sha256, "source": one.source, "copy": one.copy}
            for name, one in self.kept.items()
        }
        files.replace(self.path / INCOMPLETE, jsontext.encode({**self._about, "files": rows}), durable=True)
        files.move(self.path / INCOMPLETE, self.path / MANIFEST)

    def abandon(self) -> None:
        """Remove what was begun; what cannot be removed now is with the next backup."""
        with contextlib.suppress(SavesError):
            if not files.exists(self.path / MANIFEST):
                remove(self.path)


def remove(path: Path) -> None:
    """Remove a backup: from the first moment on it does not count any more."""
    if files.exists(path / MANIFEST):
        files.move(path / MANIFEST, path / INCOMPLETE)
    for entry in folders.entries(path):
        if entry.is_folder and not entry.is_link:
            folders.remove(entry.path)
        elif entry.name != INCOMPLETE:
            files.remove(entry.path)
    # Last, so that what a crash leaves is known for what it is.
    files.remove(path / INCOMPLETE)
    folders.remove_empty(path)
