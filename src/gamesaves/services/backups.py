"""Backups of a whole store: made, verified, rotated, listed."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gamesaves.disk import backups, copies, files, folders, layout, wholestores
from gamesaves.disk.backups import Backup, Writing
from gamesaves.disk.chain import Chain
from gamesaves.disk.locks import Lock
from gamesaves.disk.state import Contract
from gamesaves.documents import StoreInfo
from gamesaves.errors import InvalidValue, Locked, NoSpace, Problem, SavesError, StoreNotFound
from gamesaves.ids import id_of_stem
from gamesaves.rules import rotation
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.validation import read_document
from gamesaves.services.worldcontract import UniverseContract

_PASSING = frozenset({"locks", "staging"})
_HEADS, _INDEX = "heads", "index"
_LINES = ".jsonl"
_SPARE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupMade:
    """What making a backup brought.

    Attributes:
        copied: the bytes that had to be written; everything else is shared with the backup before.
        removed: the names of the backups that made room.
        problems: what is wrong with the store, or kept something from being backed up or removed.
    """

    backup: Backup
    copied: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many backups stay: the newest so many, and the newest of so many weeks and months."""

    last: int
    weekly: int
    monthly: int


def make(context: Context, folder: Path, keeping: Keeping) -> BackupMade:
    """Make a backup, verify it, and only then let older ones go."""
    root = context.places.root
    if not files.exists(root):
        raise StoreNotFound("there is no store to back up", path=root, hint="Give the folder of the store.")
    if min(keeping.last, keeping.weekly, keeping.monthly) < 0:
        raise InvalidValue("fewer than no backups cannot be kept", hint="Give numbers from 0 on.")
    if context.places.is_inside(folder):
        raise InvalidValue("a backup inside its own store is lost with it", hint="Give a folder outside the store.")
    with context.lock("backup", "a backup").held(LOCK_PATIENCE_SECONDS):
        return _make(context, folder, keeping)


def _make(context: Context, folder: Path, keeping: Keeping) -> BackupMade:
    there = own(context, folder)
    for one in there:
        if not one.complete and one.problem is None:
            backups.remove(one.path)
    previous = next((one for one in there if one.complete), None)
    at = context.stamp()
    about = {"at": at, "store_id": _store_id(context), "store": _place(context)}
    writing = Writing(folder / _called(context, at), context.places.root, about, previous)
    collecting = _Collecting(context, writing)
    _require_room(collecting, folder)
    folders.make(folder)
    try:
        writing.begin()
        collecting.collect()
        writing.finish()
    except BaseException:
        writing.abandon()
        raise
    made = next(one for one in backups.listed(folder) if one.path == writing.path)
    problems = [*wholestores.unfinished(context.recovered), *collecting.problems]
    removed: list[str] = []
    # As long as something is damaged, an older backup may be the only one that has it whole.
    if not any(problem.severity == "error" for problem in problems):
        removed = _rotate(own(context, folder), writing.path, keeping, problems)
    return BackupMade(made, writing.copied, tuple(removed), tuple(problems))


def own(context: Context, folder: Path) -> list[Backup]:
    """Return the backups of this store in a folder, the newest first; all, where the store does not say who it is."""
    store_id, root = _store_id(context), _place(context)
    return [
        one
        for one in backups.listed(folder)
        if one.store_id == store_id or one.store == root or (not one.store and one.store_name == _name(context))
    ]


def _store_id(context: Context) -> str | None:
    path = context.places.store_file
    try:
        return read_document(StoreInfo, files.read(path), path).store_id
    except SavesError:
        # A store can be backed up, and played, without this file.
        return None


def _place(context: Context) -> str:
    """Return where the store is, as text, which a path on Linux need not be."""
    return str(context.places.root).encode(errors="backslashreplace").decode()


def _name(context: Context) -> str:
    return context.places.root.name or "store"


def _called(context: Context, at: str) -> str:
    stamp = at.replace("-", "").replace(":", "").partition(".")[0].rstrip("Z")
    return f"{_name(context)}-{stamp}Z"


def _require_room(collecting: "_Collecting", folder: Path) -> None:
    needed = collecting.size() + _SPARE_BYTES
    there = next(one for one in (folder, *folder.parents) if files.exists(one))
    free = files.free_space(there)
    if free is not None and free < needed:
        raise NoSpace(
            f"the backup needs {needed:,} bytes and {free:,} are free",
            path=folder,
            hint="Make room on this disk, keep fewer backups, or choose another disk.",
        )


class _Collecting:
    """Everything of a store that belongs into a backup, each part under its lock where that is free."""

    def __init__(self, context: Context, writing: Writing) -> None:
        self._context = context
        self._root = context.places.root
        self._writing = writing
        self.problems: list[Problem] = []

    def size(self) -> int:
        """Return how many bytes the backup before does not have."""
        total = 0
        for name in [*self._campaigns(), *self._universes(), *self._shared(), layout.INTERNAL]:
            for path in self._files(self._root / name):
                signature = files.signature(path)
                if signature is not None and not self._writing.is_known(self._relative(path), path):
                    total += signature.size
        self.problems.clear()
        return total

    def collect(self) -> None:
        """Copy it all: what refers to something before what it refers to, so that nothing is missing.

        Universes come first all the same: what a campaign has and its universe has not, that gets when it is opened.
        """
        self._take(path for path in self._internal() if self._place(path) == _HEADS)
        worlds, done = self._universes(), self._campaigns()
        for name in worlds:
            self._universe(name)
        for name in done:
            self._campaign(name)
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            for name in self._shared():
                self._take(self._files(self._root / name))
        self._take(path for path in self._internal() if self._place(path) != _HEADS)
        # What was set aside when this began may have been put back meanwhile.
        for name in set(self._campaigns()) - set(done):
            self._campaign(name)
        for name in set(self._universes()) - set(worlds):
            self._universe(name)

    def _campaigns(self) -> list[str]:
        names = folders.names(self._root, folders=True)
        return sorted(name for name in names if name.startswith(layout.CAMPAIGN_PREFIX))

    def _universes(self) -> list[str]:
        place = self._context.places.universes
        return [] if files.is_link(place) else sorted(f"{place.name}/{name}" for name in folders.names(place))

    def _shared(self) -> list[str]:
        """Return what campaigns share, and whatever else somebody has put into the store."""
        universes = {name.partition("/")[0] for name in self._universes()}
        names = set(folders.names(self._root)) - {layout.INTERNAL, *self._campaigns(), *universes}
        for name in names & {backups.MANIFEST, backups.INCOMPLETE}:
            text = "a backup has a file of its own of this name"
            path = str(self._root / name)
            self.problems.append(Problem("warning", "not_backed_up", path, text, "Copy it yourself, or rename it."))
        return sorted(names - {backups.MANIFEST, backups.INCOMPLETE})

    def _internal(self) -> Iterator[Path]:
        return self._files(self._root / layout.INTERNAL)

    def _place(self, path: Path) -> str:
        """Return which of the places that one computer keeps for itself a path of `.saves` lies in."""
        return (*path.relative_to(self._root).parts, "", "")[2]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _files(self, place: Path) -> Iterator[Path]:
        """Yield the files at a place; a link, and a name that is no text, is a problem."""
        is_plain = not files.is_link(place)
        if is_plain and not folders.is_folder(place):
            if not place.name.endswith(files.TEMPORARY):
                yield place
            return
        for entry in copies.walk(place) if is_plain else [folders.Entry(place.parent, place.name, False, True)]:
            inside = entry.path.relative_to(self._root).parts
            if inside[0] == layout.INTERNAL and (_PASSING & {*inside[1:2]} or inside[2:3] == (_INDEX,)):
                continue
            if entry.is_link or not _is_text(entry.path):
                text = "a link is not followed" if entry.is_link else "its name is no text"
                hint = "Put the file itself there, under a plain name, or copy it yourself."
                self.problems.append(Problem("warning", "not_backed_up", str(entry.path), text, hint))
                continue
            yield entry.path

    def _take(self, paths: Iterator[Path], *, playing: bool = False) -> None:
        for path in paths:
            self._writing.add(path, whole_lines=playing and path.suffix == _LINES)

    def _campaign(self, name: str) -> None:
        with contextlib.ExitStack() as held:
            playing = False
            try:
                lock = self._context.lock(name, f"campaign {name}")
                held.enter_context(lock.held(0))
                lock.sign()
            except Locked:
                playing = True
            self._take(self._files(self._root / name), playing=playing)
        self._verify(name, CampaignContract())

    def _universe(self, name: str) -> None:
        with contextlib.ExitStack() as held:
            playing = False
            try:
                held.enter_context(universe_lock(self._context, name).held(LOCK_PATIENCE_SECONDS))
            except Locked:
                playing = True
            self._take(self._files(self._root / name), playing=playing)
        self._verify(name, UniverseContract())

    def _verify(self, name: str, contract: Contract) -> None:
        """Open the history of the copy; what is wrong with it is what is wrong with what was copied."""
        copy = self._writing.path / name
        if not folders.is_folder(copy):
            return
        try:
            reading = Chain(copy, contract).read()
        except SavesError as error:
            self.problems.append(error.as_problem())
        else:
            self.problems.extend(reading.problems)


def universe_lock(context: Context, name: str) -> Lock:
    """Return the lock of a universe.

    Args:
        name: its folder, relative to the store.
    """
    stem = name.partition("/")[2]
    universe_id = id_of_stem(stem) or stem
    return context.lock(f"universe-{universe_id}", f"universe {universe_id}")


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _rotate(there: list[Backup], new: Path, keeping: Keeping, problems: list[Problem]) -> list[str]:
    """Remove the backups that are no longer promised; one that is damaged neither counts nor goes."""
    whole = []
    for one in there:
        if one.problem is not None:
            problems.append(one.problem)
        elif one.complete:
            fault = next(backups.faults(one.path, backups.manifest(one.path), unread=True), None)
            if fault is None:
                whole.append(one)
            else:
                problems.append(fault)
    moments = [datetime.fromisoformat(one.at) for one in whole]
    stay = rotation.kept(moments, last=keeping.last, weekly=keeping.weekly, monthly=keeping.monthly)
    removed = []
    for place, one in enumerate(whole):
        # The clock may have been set back, and the new one be older than the rest.
        if place in stay or one.path == new:
            continue
        try:
            backups.remove(one.path)
            removed.append(one.name)
        except SavesError as error:
            problems.append(error.as_problem("warning"))
    return removed
