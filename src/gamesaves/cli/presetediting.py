"""`saves preset new`, `edit`, `check` and `revert`: presets of one's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, problem_lines, say, warning
from gamesaves.cli.text import Line, Piece, counted

if TYPE_CHECKING:
    from gamesaves.services.presets import Presets

INVALID = 5
CHARACTERS = "characters"
KIND = click.option("--kind", metavar="KIND", default=CHARACTERS, show_default=True, help="Or classes, voices…")
NAMED = click.argument("name", metavar="[KIND/]PRESET", shell_complete=completing.presets)


def placed(kind: str, name: str) -> tuple[str, str]:
    """Return the kind and the name of a preset; the kind can stand before the name, in place of `--kind`."""
    from gamesaves.ids import is_id

    before, _, rest = name.rpartition("/")
    return (before, rest) if kind == CHARACTERS and is_id(before) else (kind, name)


@click.command(cls=Command, example="saves preset edit zombie")
@NAMED
@KIND
@click.pass_obj
def edit(settings: Settings, name: str, kind: str) -> Answer:
    """Edit a preset in your text editor.

    It is checked when you close the editor, and put in its place once nothing is wrong with it. One that comes with the
    library or the game stays as it is: the store gets a copy, which is used from then on.
    """
    from gamesaves.cli import editing

    kind, name = placed(kind, name)
    text = finding.new_or_known(settings).presets.edit(kind, name)
    head: Line = [Piece(text.id, "bold"), f" ({kind})"]
    data = {"kind": kind, "id": text.id, "from": text.layer}
    more: list[Line] = []
    if text.layer != "store":
        say(f"The {text.layer} preset stays as it is: what you change goes into a copy in the store.", settings)
        more.append(f"It is a copy in the store. To take it away: saves preset revert {text.id}{_of(kind)}")
    return editing.answer(settings, text, head, data, text.id, more)


def _of(kind: str) -> str:
    return "" if kind == CHARACTERS else f" --kind {kind}"


@click.command(cls=Command, example='saves preset new "Mira the Quiet" --from kara_stormwind')
@click.argument("what", metavar="[KIND/]NAME")
@click.option("--kind", metavar="KIND", help="Characters, where it does not stand before the name.")
@click.option("--from", "like", metavar="PRESET", shell_complete=completing.presets, help="Begin with a copy of it.")
@click.option("--no-edit", is_flag=True, help="Only write it.")
@click.pass_obj
def new(settings: Settings, what: str, kind: str | None, like: str | None, no_edit: bool) -> Answer:
    """Write a preset to begin with into the store, and edit it.

    NAME is an id, or a name that an id is made from. Where there is no terminal, no editor is opened.
    """
    from gamesaves.ids import is_id, slug

    before, _, name = what.rpartition("/")
    kind = kind or before or CHARACTERS
    identifier, name = (name, name.replace("_", " ").title()) if is_id(name) else (slug(name), name.strip())
    presets = finding.new_or_known(settings).presets
    path = presets.new(kind, identifier, name=name, like=like)
    data = {"kind": kind, "id": identifier, "name": name, "path": str(path)}
    head: Line = ["Made ", Piece(name, "bold"), f"  {identifier} ({kind})"]
    if no_edit or settings.json or not asking.can_ask():
        return Answer(data, [head, str(path)], [identifier])
    from gamesaves.cli import editing

    for line in (head, str(path)):
        say(line, settings)
    about = [Piece(identifier, "bold"), f" ({kind})"]
    return editing.answer(settings, presets.edit(kind, identifier), about, data, identifier)


@click.command(cls=Command, example="saves preset check")
@click.argument("what", metavar="[[KIND/]PRESET|FILE]...", nargs=-1, shell_complete=completing.presets)
@click.option("--kind", metavar="KIND", help="Of this kind; that of a FILE is the name of its folder.")
@click.pass_obj
def check(settings: Settings, what: Sequence[str], kind: str | None) -> Answer:
    """Show all that is wrong with presets.

    Where none is named, with all of them. The exit code is 5 where something is invalid.
    """
    from gamesaves.disk import files
    from gamesaves.services.filechecks import preset_problems
    from gamesaves.services.presetfiles import misnamed

    presets = finding.if_there(settings).presets
    found = [_file(presets, one, kind) for one in what] if what else presets.files(kind)
    problems = [problem for of, path in found for problem in preset_problems(files.read(path), path, of)]
    named = [misnamed(path) for _, path in found] if what else presets.misnamed(kind)
    problems += [problem for problem in named if problem is not None]
    broken = sum(problem.severity == "error" for problem in problems)
    lines = [line for problem in problems for line in problem_lines(problem)]
    count = counted(len(found), "file")
    lines.append(Piece(f"{counted(broken, 'error')} in {count}", "red") if broken else f"No errors in {count}.")
    data = {"files": [str(path) for _, path in found], "problems": [warning(problem) for problem in problems]}
    return Answer(data, lines, exit_code=INVALID if broken else 0)


def _file(presets: "Presets", what: str, kind: str | None) -> tuple[str, Path]:
    """Return the file of a preset, or the one that is named itself, with its kind."""
    path = Path(what).absolute()
    if path.is_file():
        return kind or (path.parent.name if path.parent.name in presets.kinds() else CHARACTERS), path
    kind, name = placed(kind or CHARACTERS, what)
    return kind, presets.entry(kind, name).path


@click.command(cls=Command, example="saves preset revert zombie --dry-run")
@NAMED
@KIND
@asking.DRY_RUN
@click.pass_obj
def revert(settings: Settings, name: str, kind: str, dry_run: bool) -> Answer:
    """Take the store's own copy of a preset away.

    The one that it overrides is used again; `saves undo` brings the copy back.
    """
    presets = finding.if_there(settings).presets
    kind, name = placed(kind, name)
    entry = presets.entry(kind, name)
    path = presets.own_file(kind, entry.id)
    follows = (
        f"the one from the {entry.overrides[0]} presets is used again" if entry.overrides else "no other has this id"
    )
    if not dry_run:
        asking.confirm(settings, f"Set aside {path} ({follows})?")
    kept = None if dry_run else presets.revert(kind, entry.id)
    data = {
        "kind": kind,
        "id": entry.id,
        "path": str(path),
        "overrides": list(entry.overrides),
        "kept_in": None if kept is None else str(kept),
        "dry_run": dry_run,
    }
    done: Line = ["Would set aside " if dry_run else "Set aside ", Piece(str(path), "bold"), f": {follows}."]
    where: list[Line] = [] if kept is None else [["It is kept in ", str(kept)], "To take it back: saves undo"]
    return Answer(data, [done, *where], [entry.id])
