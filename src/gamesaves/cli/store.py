"""`saves init`, `info`, `stores` and `check`: the store as a whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, problem_lines, progress, warning
from gamesaves.cli.text import Line, Piece, counted, fields, moment, size, table

if TYPE_CHECKING:
    from gamesaves.store import SaveStore

INVALID = 5


@click.command(cls=Command, example="saves init ~/saves")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def init(settings: Settings, path: Path | None) -> Answer:
    """Make a store.

    It is the folder PATH, else the one in which other commands look for it. The folder is new, empty, or a store
    already, which then stays as it is.
    """
    root = finding.choose(settings).path if path is None else path.absolute()
    store = finding.made(root)
    new = not finding.is_store(root)
    store.create()
    data = {"path": str(root), "store_id": store.overview().store_id, "created": new}
    lines: list[Line] = [["Made a store: " if new else "There is a store already: ", str(root)]]
    if new:
        lines.append(Piece(f"Use it with --store, from inside it, or with {finding.VARIABLE} set to it.", "dim"))
    return Answer(data, lines, brief=[str(root)])


@click.command(cls=Command, example="saves info")
@click.pass_obj
def info(settings: Settings) -> Answer:
    """Tell which store is used, and what is in it."""
    choice = finding.choose(settings)
    store = finding.the_store(settings)
    seen = store.overview()
    counts = _counts(store)
    data: dict[str, Any] = {
        "path": str(seen.root),
        "chosen_by": choice.why,
        "store_id": seen.store_id,
        "created_at": seen.created_at,
        "format": seen.format,
        "newest_format": seen.newest_format,
        **counts,
        "files": seen.files,
        "bytes": seen.size,
        "set_aside_bytes": seen.set_aside,
        "free_bytes": seen.free,
    }
    rows = [
        ("store", seen.root),
        ("chosen by", choice.why),
        ("id", seen.store_id),
        ("made", moment(seen.created_at) if seen.created_at else None),
        ("format", seen.format),
        *((name, str(number)) for name, number in counts.items()),
        ("on the disk", f"{size(seen.size)} in {counted(seen.files, 'file')}"),
        ("set aside", size(seen.set_aside)),
        ("free", None if seen.free is None else size(seen.free)),
    ]
    return Answer(data, fields(rows, indent=""), problems=[seen.problem] if seen.problem else [])


def _counts(store: "SaveStore") -> dict[str, int]:
    presets = [one for kind in store.presets.kinds() for one in store.presets.list(kind) if one.layer == "store"]
    return {
        "campaigns": len(store.campaigns.list()),
        "universes": len(store.universes.list()),
        "profiles": len(store.profiles.list()),
        "images": len(store.images.list()),
        "presets": len(presets),
    }


@click.command(cls=Command, example="saves stores")
def stores() -> Answer:
    """List the stores that games on this machine have made.

    --game NAME makes any other command use one of them.
    """
    from gamesaves.services import known_stores

    known = known_stores.listed(finding.own_folder())
    data = [{"game": store.game, "path": str(store.path)} for store in known]
    lines = table(["GAME", "STORE"], ([store.game, str(store.path)] for store in known))
    return Answer(data, lines if known else ["No game has made a store on this machine yet."])


@click.command(cls=Command, example="saves check")
@click.pass_obj
def check(settings: Settings) -> Answer:
    """Verify everything, and change nothing.

    That is each file, and each line of each history. The exit code is 5 where something is damaged or invalid.
    """
    store = finding.the_store(settings)
    try:
        problems = store.check(progress=lambda what: progress(f"checking {what}", settings))
    finally:
        progress("", settings)
    broken = sum(problem.severity == "error" for problem in problems)
    lines = [line for problem in problems for line in problem_lines(problem)]
    found = counted(len(problems), "problem") + (f", {counted(broken, 'error')}" if broken else "")
    lines.append(Piece(found, "red" if broken else "yellow") if problems else Piece("No problems found.", "green"))
    kept = [one for one in store.recovered() if not one.takes_away]
    room = sum(one.size for one in kept)
    if kept:
        lines.append(Piece(f"Set aside: {counted(len(kept), 'thing')}, {size(room)}. See: saves undo --list", "dim"))
    data = {"problems": [warning(problem) for problem in problems], "set_aside": {"count": len(kept), "bytes": room}}
    return Answer(data, lines, exit_code=INVALID if broken else 0)
