"""Putting what an import has put together aside in its place: all of it, or nothing."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.disk.brought import IMPORT, Bringing
from gamesaves.errors import Conflict, SavesError
from gamesaves.services.arrivals import Step
from gamesaves.services.context import Context

# Pictures first, and the world before who plays in it: whenever the power goes, what something shows is there.
_ORDER = ("picture", "profile", "universe")


def put_in_place(
    context: Context, staging: Path, steps: list[Step], campaign: str | None, bringing: Bringing | None
) -> None:
    """Move everything from the staging folder, the campaign last; what is in its place when something fails goes back.

    Args:
        campaign: the name of its folder, if there is one.
        bringing: notes what is new, so that it can be taken back; None where another verb takes it back.

    Raises:
        Conflict: somebody was quicker.
    """
    steps = sorted((one for one in steps if one.target is not None), key=lambda one: _ORDER.index(one.what))
    new = [str(one.target) for one in steps if one.action != "forward"] + ([campaign] if campaign is not None else [])
    with contextlib.nullcontext() if bringing is None else bringing.adding(staging, new):
        _put_all(context, staging, steps, campaign)


def _put_all(context: Context, staging: Path, steps: list[Step], campaign: str | None) -> None:
    undo: list[Callable[[], object]] = []
    try:
        for step in steps:
            _put(context, staging, step, undo)
        if campaign is not None:
            _put_folder(staging / campaign, context.places.campaign(campaign), "campaign")
    except BaseException:
        # Where only the disk did not confirm the last step, everything is in its place.
        if campaign is None or files.exists(staging / campaign):
            for step_back in reversed(undo):
                with contextlib.suppress(SavesError):
                    step_back()
        raise


def _put(context: Context, staging: Path, step: Step, undo: list[Callable[[], object]]) -> None:
    target = context.places.root / str(step.target)
    folders.make(target.parent)
    if step.what == "universe":
        # Only what was moved is taken back: another program may have made one there.
        _put_folder(staging / str(step.target), target, "universe", lambda: undo.append(lambda: folders.remove(target)))
        return
    before = files.read_if_there(target)
    if before is not None:
        reason = f"the profile went forward {step.note}, as an imported campaign brought it"
        context.recovered.keep_bytes(before, target, at=context.stamp(), reason=reason, verb=IMPORT)
        data = before
        undo.append(lambda: files.replace(target, data, durable=True))
    else:
        undo.append(lambda: files.remove(target))
    files.move(staging / str(step.target), target)


def _put_folder(staged: Path, target: Path, what: str, about_to: Callable[[], object] = lambda: None) -> None:
    for path in _all_folders(staged):
        folders.flush(path)
    if files.exists(target):
        raise Conflict(f"there is a {what} of this name now", path=target, hint="Try again.")
    about_to()
    files.move(staged, target)


def _all_folders(folder: Path) -> Iterator[Path]:
    for entry in folders.entries(folder):
        if entry.is_folder:
            yield from _all_folders(entry.path)
    yield folder
