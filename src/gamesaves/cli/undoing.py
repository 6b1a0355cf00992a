"""`saves undo`: what was set aside, and taking it back."""

from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, moment, size, table

if TYPE_CHECKING:
    from gamesaves.disk.recovered import SetAside
    from gamesaves.store import SaveStore

_WORDS = {False: ("Put back ", "Would put back "), True: ("Took away ", "Would take away ")}


@click.command(cls=Command, example="saves undo --list")
@click.argument("identifier", metavar="[ID]", required=False, shell_complete=completing.set_aside)
@click.option("--list", "listing", is_flag=True, help="Only list what was set aside, the newest first.")
@asking.DRY_RUN
@click.pass_obj
def undo(settings: Settings, identifier: str | None, listing: bool, dry_run: bool) -> Answer:
    """Take back the last removal or import, or what has this ID.

    What is in its place now is set aside first, so this can be undone, too. Of an import what has changed since, or is
    used, stays; the exit code is then 3. What happened inside a campaign is taken back in its history instead.
    """
    if listing and identifier is not None:
        raise click.UsageError("give an ID or --list, not both")
    store = finding.the_store(settings)
    if listing:
        return _listing(store)
    done = store.undo(identifier, dry_run=dry_run)
    data = {
        **_row(done.entry),
        "place": str(done.place),
        "kept_in": None if done.kept_in is None else str(done.kept_in),
        "paths": list(done.paths),
        "dry_run": dry_run,
    }
    what = f" ({done.entry.verb}, {moment(done.entry.at)})"
    away = done.entry.takes_away
    thing = _thing(done.entry) if len(done.paths) < 2 else f"{len(done.paths)} things that were imported"
    lines: list[Line] = [[_WORDS[away][dry_run], Piece(done.paths[0] if len(done.paths) == 1 else thing, "bold"), what]]
    lines += [["  ", path] for path in done.paths]
    if done.kept_in is not None:
        kept = "It is" if away else "What was in its place is"
        lines.append([f"{kept} kept in ", str(done.kept_in)])
    return Answer(data, lines, [str(done.place)], done.problems, exit_code=3 if done.problems else 0)


def _listing(store: "SaveStore") -> Answer:
    found = store.recovered()
    rows = ([_marked(one), moment(one.at), one.verb or "", size(one.size), one.id, one.reason] for one in found)
    lines = table(["WHAT", "WHEN", "UNDOES", "SIZE", "ID", "WHY"], rows, width=terminal_width())
    problems = [one.problem for one in found if one.problem]
    shown = lines if found else ["Nothing was set aside."]
    return Answer([_row(one) for one in found], shown, [one.id for one in found], problems)


def _marked(one: "SetAside") -> Piece:
    return Piece(_thing(one), "bold" if one.undoable else "dim")


def _thing(one: "SetAside") -> str:
    if len(one.brought) > 1:
        return f"{one.path} and {len(one.brought) - 1} more"
    return "the whole store" if one.path == "." else one.path or one.id


def _row(one: "SetAside") -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at,
        "verb": one.verb,
        "reason": one.reason,
        "path": one.path,
        "brought": list(one.brought),
        "bytes": one.size,
        "file": str(one.file),
        "undoable": one.undoable,
        "problem": warning(one.problem) if one.problem else None,
    }
