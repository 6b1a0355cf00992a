"""Taking back what set something aside."""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import layout
from gamesaves.disk.locks import Lock
from gamesaves.disk.recovered import WHOLE_STORE, SetAside
from gamesaves.errors import NotFound, NotUndoable
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.lookup import nearest

OPEN_PATIENCE_SECONDS = 0.2
_HISTORY = "What happened inside a campaign is taken back in its history: saves history rollback CAMPAIGN"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        entry: what had been set aside.
        place: where it is again.
        kept_in: where what stood in its place is kept now; None where nothing did.
    """

    entry: SetAside
    place: Path
    kept_in: Path | None


def undo(context: Context, identifier: str | None, *, dry_run: bool) -> Undone:
    """Put back what was set aside last, or what has this id."""
    entry = _chosen(context.recovered.listed(), identifier)
    place = context.places.require_inside(context.places.root / str(entry.path))
    if dry_run:
        return Undone(entry, place, None)
    context.require_store()
    if entry.path == WHOLE_STORE:
        from gamesaves.services import restoring

        return Undone(entry, place, restoring.undo(context, entry.file, reason=f"{entry.id} was put back"))
    lock, patience = _lock_of(context, str(entry.path))
    with lock.held(patience):
        # Somebody else may have put it back meanwhile.
        entry = _chosen(context.recovered.listed(), entry.id)
        return Undone(entry, place, context.recovered.put_back(entry, at=context.stamp()))


def _lock_of(context: Context, path: str) -> tuple[Lock, float]:
    """Return the lock of whatever lies at a path of the store, and how long to wait for it."""
    first = path.partition("/")[0]
    if first.startswith(layout.CAMPAIGN_PREFIX):
        return context.lock(first, f"campaign {first}"), OPEN_PATIENCE_SECONDS
    return context.global_lock, LOCK_PATIENCE_SECONDS


def _chosen(entries: list[SetAside], identifier: str | None) -> SetAside:
    if identifier is None:
        newest = next((one for one in entries if one.undoable), None)
        if newest is None:
            raise NotUndoable("nothing that was set aside can be put back by itself", hint=_HISTORY)
        return newest
    entry = next((one for one in entries if one.id == identifier), None)
    if entry is None:
        error = NotFound("entry", identifier, nearest=nearest(identifier, {one.id: one.path or "" for one in entries}))
        error.hint = error.hint or "List what was set aside: saves undo --list"
        raise error
    if entry.problem is not None:
        raise NotUndoable(entry.problem.message, path=entry.problem.path, hint=entry.problem.hint)
    if entry.verb is None:
        raise NotUndoable(
            f"these bytes were set aside because they could not be used: {entry.reason}",
            path=entry.file,
            hint=f"Look at them, mend them and put them back by hand; they were {entry.path}.",
        )
    return entry
