"""`saves repair`: what is damaged is mended, and can be as it was again."""

from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.failing import PARTLY
from gamesaves.cli.output import Answer, progress, write
from gamesaves.cli.text import Line, Piece

if TYPE_CHECKING:
    from gamesaves.services.repairing import Repair
    from gamesaves.store import SaveStore

_ACTIONS = {
    "rebuild": "rebuilt",
    "cut": "cut to what is whole",
    "rewrite": "written again",
    "take in": "taken in",
    "set aside": "set aside",
    "remove": "taken away",
}


@click.command(cls=Command, example='saves repair "The Lost Mine" --dry-run')
@click.argument("name", metavar="[CAMPAIGN]", required=False, shell_complete=completing.campaigns)
@asking.DRY_RUN
@click.pass_obj
def repair(settings: Settings, name: str | None, dry_run: bool) -> Answer:
    """Mend what is damaged, or only tell what would be done.

    Without CAMPAIGN it is the whole store. Everything is rebuilt from what is whole: the history, snapshots, documents
    and copies. It says what cannot come back. Nothing is deleted: what was there is set aside, and saves undo brings it
    back. The exit code is 3 where something cannot be mended.
    """
    store = finding.the_store(settings)
    plan = _run(store, name, settings, dry_run=True)
    if dry_run or not plan.steps:
        return _answer(plan, store, dry_run=dry_run)
    if not settings.json and not settings.quiet:
        write(_told(plan, store, done=False))
    asking.confirm(settings, "Mend it like this?")
    return _answer(_run(store, name, settings, dry_run=False), store, dry_run=False)


def _run(store: "SaveStore", name: str | None, settings: Settings, *, dry_run: bool) -> "Repair":
    doing = "looking at" if dry_run else "mending"
    try:
        return store.repair(name, dry_run=dry_run, progress=lambda what: progress(f"{doing} {what}", settings))
    finally:
        progress("", settings)


def _answer(found: "Repair", store: "SaveStore", *, dry_run: bool) -> Answer:
    data: dict[str, Any] = {
        "steps": [
            {"what": one.what, "path": str(one.path), "action": one.action, "reason": one.reason, "lost": one.lost}
            for one in found.steps
        ],
        "kept_in": [str(one) for one in found.kept_in],
        "dry_run": dry_run,
    }
    lines = _told(found, store, done=True) if found.kept_in or not found.steps else []
    if dry_run:
        lines = _told(found, store, done=False)
    lines += [["To take it back: saves undo ", one.parent.name] for one in found.kept_in]
    code = PARTLY if found.remaining else 0
    return Answer(data, lines, [str(one.path) for one in found.steps], found.remaining, code)


def _told(found: "Repair", store: "SaveStore", *, done: bool) -> list[Line]:
    if not found.steps:
        return ["There is nothing to mend." if not found.remaining else "There is nothing that can be mended."]
    if done:
        lost = [one.lost for one in found.steps if one.lost]
        lines: list[Line] = [Piece("Mended.", "green")]
        return [*lines, *([Piece("Lost: ", "yellow"), one] for one in dict.fromkeys(lost))]
    lines = []
    for one in found.steps:
        place = one.path.relative_to(store.root).as_posix() if one.path.is_relative_to(store.root) else str(one.path)
        lines.append([Piece(place, "bold"), f": {_ACTIONS[one.action]}"])
        lines.append(["  ", Piece(one.reason, "dim")])
        if one.lost:
            lines.append([Piece("  lost: ", "yellow"), one.lost])
    return lines
