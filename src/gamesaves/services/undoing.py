"""Taking back what set something aside."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, layout
from gamesaves.disk.recovered import WHOLE_STORE, SetAside
from gamesaves.errors import NotFound, NotUndoable, Problem
from gamesaves.services.campaigns import OPEN_PATIENCE_SECONDS, Campaigns
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.images import Images
from gamesaves.services.lookup import nearest
from gamesaves.services.repairing.kinds import UNIVERSES
from gamesaves.services.saving import SLOT_DELETE

_HISTORY = "What happened inside a campaign is taken back in its history: saves history rollback CAMPAIGN"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        entry: what had been set aside.
        place: where it is again.
        kept_in: where what stood in its place, was made of it, or was taken away, is kept now; None where nothing is.
        paths: of an import, what was taken away, or brought again, relative to the store.
        problems: of each thing of an import that stays where it is, why.
    """

    entry: SetAside
    place: Path
    kept_in: Path | None
    paths: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def undo(context: Context, campaigns: Campaigns, images: Images, identifier: str | None, *, dry_run: bool) -> Undone:
    """Put back what was set aside last, or what has this id; what an import has brought is taken away."""
    entry = _chosen(context.recovered.listed(), identifier)
    place = context.places.require_inside(context.places.root / str(entry.path))
    for other in (*entry.brought, *([] if entry.replaced_by is None else [entry.replaced_by])):
        context.places.require_inside(context.places.root / other)
    if dry_run:
        return _of_import(context, images, entry, dry_run=True) if entry.brought else Undone(entry, place, None)
    context.require_store()
    if entry.path == WHOLE_STORE:
        from gamesaves.services import restoring

        return Undone(entry, place, restoring.undo(context, entry.file, reason=f"{entry.id} was put back"))
    if entry.verb == SLOT_DELETE:
        with campaigns.open(place.parent.name) as campaign:
            kept_in = campaign._put_slot_back(entry.file)
        files.remove(entry.file)
        context.recovered.forget(entry.file.parent)
        return Undone(entry, place, kept_in)
    with _locks_of(context, entry):
        # Somebody else may have put it back meanwhile.
        entry = _chosen(context.recovered.listed(), entry.id)
        if entry.brought:
            return _of_import(context, images, entry, dry_run=False)
        kept = context.recovered.put_back(entry, at=context.stamp())
        if kept is not None and place.parent == context.places.profiles:
            from gamesaves.services.profilefiles import ProfileStorage

            ProfileStorage(context, lambda _: None).put_back(place, files.read(kept))
        return Undone(entry, place, kept)


def _of_import(context: Context, images: Images, entry: SetAside, *, dry_run: bool) -> Undone:
    """Take away what an import has brought, or bring it again; the caller has the locks."""
    from gamesaves.disk import brought
    from gamesaves.services.takingback import decided

    plan = decided(context, images, entry)
    kept = None
    if not dry_run:
        moved_to = brought.move(context.recovered, entry, plan.paths, at=context.stamp())
        kept = moved_to if entry.takes_away else None
    place = context.places.root / str(entry.path)
    return Undone(entry, place, kept, tuple(plan.paths), tuple(plan.problems))


@contextmanager
def _locks_of(context: Context, entry: SetAside) -> Iterator[None]:
    """Hold the locks of what comes back or goes, and of what was made of it; those of campaigns first."""
    paths = [path for path in (entry.path, entry.replaced_by, *entry.brought) if path is not None]
    firsts = {path.partition("/")[0] for path in paths}
    campaigns = sorted(one for one in firsts if one.startswith(layout.CAMPAIGN_PREFIX))
    with ExitStack() as held:
        for one in campaigns:
            held.enter_context(context.lock(one, f"campaign {one}").held(OPEN_PATIENCE_SECONDS))
        worlds = [path for path in paths if path.startswith(f"{context.places.universes.name}/")]
        for name in sorted({path.split("/")[1] for path in worlds}):
            held.enter_context(context.lock(UNIVERSES.lock(name), f"universe {name}").held(LOCK_PATIENCE_SECONDS))
        if len(campaigns) < len(firsts):
            held.enter_context(context.global_lock.held(LOCK_PATIENCE_SECONDS))
        yield


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
