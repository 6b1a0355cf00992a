"""A backup put back: to a new place, or in the place of the store that is there, which is kept."""

import contextlib
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, layout, wholestores
from gamesaves.disk.backups import Backup, Kept
from gamesaves.errors import AlreadyExists, NoSpace, NotFound, SavesError
from gamesaves.services import backups
from gamesaves.services.backups import universe_lock
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context

VERB = "backup restore"
OPEN_PATIENCE_SECONDS = 0.2
_STAGED = "restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back.

    Attributes:
        backup: its folder.
        place: where the store is.
        files, size: how many files the backup has, and their bytes.
        kept_in: where the store that was there is kept; None where none was.
    """

    backup: Path
    place: Path
    files: int
    size: int
    kept_in: Path | None = None


def to_new_place(backup: Path, target: Path, *, dry_run: bool = False) -> Restored:
    """Copy a backup to a folder that is empty, or not there yet: all of it, or nothing."""
    if files.exists(target) and (not folders.is_folder(target) or folders.names(target)):
        raise AlreadyExists("there is something already", path=target, hint="Give a folder that is new or empty.")
    kept = wholestores.require_whole(backup)
    done = Restored(backup, target, len(kept), _size(kept))
    if dry_run:
        return done
    _require_room(target, done.size)
    staging = _unused(target)
    wholestores.stage(backup, kept, staging)
    try:
        if files.exists(target):
            folders.remove_empty(target)
        files.move(staging, target)
    except BaseException:
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        raise
    return done


def in_place(context: Context, name: str | None, folder: Path, *, dry_run: bool = False) -> Restored:
    """Put a backup in the place of the store, which is kept whole and can be put back."""
    backup = _chosen(backups.own(context, folder), name, folder)
    root = context.places.root
    if not folders.names(root):
        return to_new_place(backup.path, root, dry_run=dry_run)
    kept = wholestores.require_whole(backup.path)
    done = Restored(backup.path, root, len(kept), _size(kept))
    if dry_run:
        return done
    _require_room(root, done.size)
    with _all_locks(context, kept):
        for problem in wholestores.unfinished(context.recovered):
            wholestores.take_back(context.recovered, Path(problem.path), at=context.stamp())
        return _put_in_place(context, done, kept)


def _put_in_place(context: Context, done: Restored, kept: dict[str, Kept]) -> Restored:
    for left in folders.entries(context.places.staging):
        if left.name.startswith(_STAGED):
            folders.remove(left.path)
    staging = context.places.staging / f"{_STAGED}{done.backup.name}"
    wholestores.stage(done.backup, {name: one for name, one in kept.items() if _returns(context, name)}, staging)
    reason = f"the store was restored from {done.backup.name}"
    try:
        kept_in = wholestores.exchange(context.recovered, staging, at=context.stamp(), reason=reason, verb=VERB)
    except BaseException:
        with contextlib.suppress(SavesError):
            if files.exists(staging):
                folders.remove(staging)
        raise
    return Restored(done.backup, done.place, done.files, done.size, kept_in)


def undo(context: Context, kept: Path, *, reason: str) -> Path:
    """Put a whole store back that was set aside; return where the one that is there now is kept."""
    inside = (f"{name}/" for name in folders.names(kept))
    with _all_locks(context, inside):
        if wholestores.is_unfinished(kept):
            return wholestores.take_back(context.recovered, kept, at=context.stamp())
        return wholestores.put_back(context.recovered, kept, at=context.stamp(), reason=reason)


def _chosen(there: list[Backup], name: str | None, folder: Path) -> Backup:
    if name is None:
        newest = next((one for one in there if one.complete), None)
        if newest is None:
            raise NotFound("complete backup of this store in", str(folder))
        return newest
    found = next((one for one in there if one.name == name), None)
    if found is None:
        from gamesaves.services.lookup import nearest

        near = nearest(name, {one.name: one.at for one in there})
        raise NotFound("backup", name, nearest=near, path=folder)
    return found


def _returns(context: Context, name: str) -> bool:
    """Whether a file of a backup comes back; what has been set aside and is still there stays as it is."""
    parts = name.split("/")
    if parts[0] != layout.INTERNAL:
        return True
    place = parts[2] if len(parts) > 3 else ""
    there = context.places.root.joinpath(*parts[:4])
    return place == "heads" or (place == "recovered" and not files.exists(there))


def _size(kept: dict[str, Kept]) -> int:
    return sum(one.size for one in kept.values())


def _require_room(target: Path, needed: int) -> None:
    there = next(one for one in (target, *target.parents) if files.exists(one))
    free = files.free_space(there)
    if free is not None and free < needed:
        raise NoSpace(
            f"the store needs {needed:,} bytes and {free:,} are free", path=target, hint="Make room on this disk."
        )


def _unused(wanted: Path) -> Path:
    """Return a path beside the one that is wanted, for what is being put together."""
    for number in itertools.count():
        path = wanted.with_name(f".{wanted.name}.{os.getpid():x}-{number:x}{files.TEMPORARY}")
        if not files.exists(path):
            return path
    raise AssertionError


@contextlib.contextmanager
def _all_locks(context: Context, coming: Iterable[str]) -> Iterator[None]:
    """Hold the locks of all campaigns and universes that are there or come, and of what they share."""
    coming, place = list(coming), context.places.universes
    first = {name.partition("/")[0] for name in coming} | set(folders.names(context.places.root, folders=True))
    worlds = {f"{place.name}/{name}" for name in folders.names(place, folders=True)}
    worlds |= {"/".join(name.split("/")[:2]) for name in coming if name.startswith(f"{place.name}/")}
    with contextlib.ExitStack() as held:
        held.enter_context(context.lock("backup", "a backup").held(LOCK_PATIENCE_SECONDS))
        for name in sorted(one for one in first if one.startswith(layout.CAMPAIGN_PREFIX)):
            held.enter_context(context.lock(name, f"campaign {name}").held(OPEN_PATIENCE_SECONDS))
        for name in sorted(worlds):
            held.enter_context(universe_lock(context, name).held(LOCK_PATIENCE_SECONDS))
        held.enter_context(context.global_lock.held(LOCK_PATIENCE_SECONDS))
        yield
