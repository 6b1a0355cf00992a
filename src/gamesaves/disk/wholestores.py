"""A whole store put in the place of another, which is kept; taken back where it did not come to its end.

The one that is kept lies in a folder of its own among what was set aside: `store` has what was there, `coming` what is
on its way in. Everything is moved, first all that is old and then all that is new, so from what lies where it is known
at any moment how to go back.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from gamesaves.disk import backups, copies, files, folders, jsontext, layout
from gamesaves.disk.backups import Kept
from gamesaves.disk.recovered import NOTE, UNDO, WHOLE_STORE, Recovered
from gamesaves.errors import Damaged, NotFound, Problem, SavesError

STORE = "store"
_COMING = "coming"
_HEADS, _RECOVERED = "heads", "recovered"


def require_whole(path: Path) -> dict[str, Kept]:
    """Verify every file of a backup, and return them.

    Raises:
        NotFound: there is no backup at `path`.
        Damaged: it was not finished, or its files are not those that were backed up.
        InvalidDocument: its manifest cannot be read.
    """
    if not files.exists(path / backups.MANIFEST):
        if files.exists(path / backups.INCOMPLETE):
            raise Damaged("this backup was not finished", path=path, hint="Restore another one.")
        raise NotFound("backup", path.name, path=path)
    kept = backups.manifest(path)
    faults = list(backups.faults(path, kept))
    if faults:
        more = f" (and {len(faults) - 1} more files)" if len(faults) > 1 else ""
        raise Damaged(f"{faults[0].message}{more}", path=faults[0].path, hint=faults[0].hint)
    return kept


def stage(backup: Path, kept: Mapping[str, Kept], staging: Path) -> None:
    """Copy files of a backup to a folder that nothing has yet, durably; if it fails nothing is left.

    Raises:
        Damaged: they are no longer what they were when they were verified.
    """
    try:
        folders.make(staging)
        for name, one in kept.items():
            target = staging / name
            folders.make(target.parent)
            if copies.copy(backup / name, target) != copies.Copied(one.size, one.sha256):
                raise Damaged("it has changed while it was restored", path=backup / name)
        for folder in {(staging / name).parent for name in kept}:
            folders.flush(folder)
    except BaseException:
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        raise


def exchange(recovered: Recovered, staged: Path, *, at: str, reason: str, verb: str) -> Path:
    """Put a staged store in the place of the one that is there; return where that is kept.

    The caller has the locks of everything in both.

    Raises:
        FileProblem, NoSpace, FlushFailed: everything is where it was. If even that fails, `undo` sets it right.
    """
    root = recovered.store
    names = {"old": _units(root), "new": _units(staged, set_aside=True)}
    by_hand = f"Or move away what the store's folder has, and move {STORE!r} there."
    place = recovered.begin(root.name, STORE, WHOLE_STORE, at=at, reason=reason, verb=verb, by_hand=by_hand, more=names)
    try:
        folders.make(place / STORE)
        files.move(staged, place / _COMING)
        for name in names["old"]:
            _move(name, root, place / STORE)
        for name in names["new"]:
            _move(name, place / _COMING, root)
    except BaseException:
        # If this fails too, what lies where says what is left to do.
        with contextlib.suppress(SavesError):
            _go_back(recovered, place, at)
            if files.exists(place / _COMING):
                files.move(place / _COMING, staged)
            folders.remove(place)
        raise
    with contextlib.suppress(SavesError):
        folders.remove(place / _COMING)
    return place / STORE


def put_back(recovered: Recovered, kept: Path, *, at: str, reason: str) -> Path:
    """Put a store that was kept in the place of the one that is there; return where that is kept. See `exchange`."""
    kept_now = exchange(recovered, kept, at=at, reason=reason, verb=UNDO)
    with contextlib.suppress(SavesError):
        folders.remove(kept.parent / _COMING)
    recovered.forget(kept.parent)
    return kept_now


def is_unfinished(kept: Path) -> bool:
    """Whether the exchange that kept a store there did not come to its end."""
    return bool(_units(kept.parent / _COMING, set_aside=True))


def unfinished(recovered: Recovered) -> list[Problem]:
    """Return a problem for each exchange that did not come to its end; its path is the store that is kept."""
    text = "a program ended while it put back a whole store: parts of the store may be missing"
    hint = "Close every game that uses the store, then: saves undo "
    return [
        Problem("error", "unfinished_restore", str(one.file), text, hint + one.id)
        for one in recovered.listed()
        if one.path == WHOLE_STORE and one.undoable and is_unfinished(one.file)
    ]


def take_back(recovered: Recovered, kept: Path, *, at: str) -> Path:
    """Go back to before an exchange that did not come to its end; return where what was coming in is kept."""
    place = kept.parent
    _go_back(recovered, place, at)
    folders.remove(place / STORE)
    files.move(place / _COMING, place / STORE)
    return place / STORE


def _go_back(recovered: Recovered, place: Path, at: str) -> None:
    note = jsontext.parse(files.read(place / NOTE), place / NOTE)
    kept = _units(place / STORE)
    if set(kept) >= set(_names(note, "old")):
        # Only once all that was old had gone did the new begin to come in.
        waiting = _units(place / _COMING, set_aside=True)
        for name in _names(note, "new"):
            if name not in waiting and files.exists(recovered.store / name):
                _move(name, recovered.store, place / _COMING)
    for name in kept:
        home = recovered.store / name
        if files.exists(home) or files.is_link(home):
            reason = "it was made while a restore had not come to its end"
            recovered.keep(home, at=at, reason=reason, verb=UNDO)
        _move(name, place / STORE, recovered.store)


def _names(note: jsontext.Tree, key: str) -> list[str]:
    """Return the names under a key of a note, which somebody may have edited."""
    names = note.get(key)
    found = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return [name for name in found if ".." not in PurePosixPath(name).parts and not name.startswith("/")]


def _move(name: str, source: Path, target: Path) -> None:
    folders.make((target / name).parent)
    files.move(source / name, target / name)


def _units(folder: Path, *, set_aside: bool = False) -> list[str]:
    """Return what of a store is moved in one piece, by its path relative to the store.

    Args:
        set_aside: also each thing that was set aside; what was set aside in the store that goes stays where it is.
    """
    names = sorted(set(folders.names(folder)) - {layout.INTERNAL})
    for host in sorted(folders.names(folder / layout.INTERNAL, folders=True)):
        own = f"{layout.INTERNAL}/{host}"
        if files.exists(folder / own / _HEADS):
            names.append(f"{own}/{_HEADS}")
        if set_aside:
            names += [f"{own}/{_RECOVERED}/{one}" for one in sorted(folders.names(folder / own / _RECOVERED))]
    return names
