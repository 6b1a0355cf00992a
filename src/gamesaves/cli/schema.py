"""`saves schema`: the rules for each kind of file, for people and for editors."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.failing import PARTLY
from gamesaves.cli.output import Answer, terminal_width
from gamesaves.cli.text import Line, Piece, counted, table

if TYPE_CHECKING:
    from gamesaves.services.editors import SetUp

_THE_STORE = Path(":store:")
"""Stands for the store, where no folder is named."""


@click.command(cls=Command, example="saves schema character_preset")
@click.argument("kind", required=False, shell_complete=completing.kinds)
@click.option(
    "--vscode",
    metavar="[FOLDER]",
    is_flag=False,
    flag_value=str(_THE_STORE),
    type=click.Path(path_type=Path),
    help="Set up a folder, else the store's, for VS Code.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Only tell what --vscode would do.")
@click.pass_obj
def schema(settings: Settings, kind: str | None, vscode: Path | None, dry_run: bool) -> Answer:
    """Print the rules for a kind of file, or list the kinds.

    The rules are a JSON Schema (draft-07). --vscode writes them all into a folder, and makes VS Code use them there.
    """
    if vscode is not None:
        if kind is not None:
            raise click.UsageError("--vscode sets up all kinds: it takes no KIND.")
        return _set_up(finding.the_store(settings).root if vscode == _THE_STORE else vscode.absolute(), dry_run)
    return _list() if kind is None else _one(kind)


def _list() -> Answer:
    from gamesaves.documents.kinds import KINDS

    about = {kind.name: (kind.model.__doc__ or "").splitlines()[0] for kind in KINDS}
    data = [{"kind": kind.name, "files": kind.files, "about": about[kind.name]} for kind in KINDS]
    rows = ([Piece(kind.name, "bold"), kind.files, about[kind.name]] for kind in KINDS)
    return Answer(data, table(["KIND", "FILES", "WHAT"], rows, width=terminal_width()), list(about))


def _one(name: str) -> Answer:
    from gamesaves.documents.kinds import kind_of
    from gamesaves.services.schemas import schema_of

    kind = kind_of(name)
    made = schema_of(kind)
    text = json.dumps(made, ensure_ascii=False, indent=2).splitlines()
    return Answer({"kind": kind.name, "files": kind.files, "schema": made}, text)


def _set_up(folder: Path, dry_run: bool) -> Answer:
    from gamesaves.disk.folders import is_folder
    from gamesaves.errors import NotFound
    from gamesaves.services.editors import set_up_vscode

    if not is_folder(folder):
        raise NotFound("folder", str(folder))
    done = set_up_vscode(folder, dry_run=dry_run)
    data = {
        "folder": str(folder),
        "files": [{"path": str(path), "state": state} for path, state in done.files.items()],
        "settings": done.settings,
        "dry_run": dry_run,
    }
    problems = [done.problem] if done.problem else []
    return Answer(data, _told(done, dry_run), problems=problems, exit_code=PARTLY if problems else 0)


def _told(done: "SetUp", dry_run: bool) -> list[Line]:
    written = [path for path, state in done.files.items() if state == "written"]
    doing = "Would write" if dry_run else "Wrote"
    lines: list[Line] = [["VS Code is set up in ", Piece(str(done.folder), "bold"), " already."]]
    if written:
        lines = [[f"{doing} {counted(len(written), 'file')} for VS Code in ", Piece(str(done.folder), "bold")]]
        lines += [f"  {path.relative_to(done.folder).as_posix()}" for path in written]
    if done.problem is None:
        return [
            *lines,
            Piece("Open it in VS Code, which now completes and checks presets, profiles and saves.", "dim"),
        ]
    text = json.dumps(done.settings, ensure_ascii=False, indent=2).splitlines()
    return [*lines, f"{done.problem.path} is left as it is. Put this into it:", *text[1:-1]]
