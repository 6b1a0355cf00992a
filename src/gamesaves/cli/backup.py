"""`saves backup …`: copies of the whole store, verified, and how they come back."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, failing, finding
from gamesaves.cli.base import Group, NoCommand, Settings
from gamesaves.cli.output import Answer, progress, terminal_width, warning
from gamesaves.cli.text import Line, Piece, counted, moment, size, table

if TYPE_CHECKING:
    from gamesaves.disk.backups import Backup
    from gamesaves.services.restoring import Restored

MAKE = "make"
FOLDER = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))


class _WithDefault(Group):
    """A noun that takes a folder in the place of a verb: that is where a backup is made."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take options of `make` for what they are, where they stand before the folder."""
        if args and args[0].startswith("--keep-"):
            args = [MAKE, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; what is none is a folder, unless it looks like a verb that was mistyped."""
        first = args[0]
        if first.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, first):
            return super().resolve_command(ctx, args)
        if get_close_matches(first, self.list_commands(ctx)) and not _is_there(first):
            raise NoCommand(first, ctx)
        return super().resolve_command(ctx, [MAKE, *args])


def _is_there(folder: str) -> bool:
    from gamesaves.disk import files

    return files.exists(folder)


@click.group(cls=_WithDefault, subcommand_metavar="DIR | VERB DIR")
def backup() -> None:
    """Copies of the whole store.

    `saves backup DIR` makes one in the folder DIR.
    """


@backup.command(MAKE, example="saves backup make /media/stick/backups")
@FOLDER
@click.option("--keep-last", type=click.IntRange(min=0), default=7, show_default=True, help="How many newest stay.")
@click.option("--keep-weekly", type=click.IntRange(min=0), default=4, show_default=True, help="One of so many weeks.")
@click.option(
    "--keep-monthly", type=click.IntRange(min=0), default=12, show_default=True, help="And of so many months."
)
@click.pass_obj
def make(settings: Settings, folder: Path, keep_last: int, keep_weekly: int, keep_monthly: int) -> Answer:
    """Make a backup in DIR, verify it, and let older ones go.

    What has not changed since the last one takes no room. Games may run meanwhile. Older backups stay as long as
    something is damaged; the exit code is 3 then, and where something could not be backed up.
    """
    store = finding.the_store(settings)
    progress("backing up", settings)
    try:
        made = store.backup(folder, keep_last=keep_last, keep_weekly=keep_weekly, keep_monthly=keep_monthly)
    finally:
        progress("", settings)
    data = {**_row(made.backup), "copied_bytes": made.copied, "removed": list(made.removed)}
    told = f" ({counted(made.backup.files, 'file')}, {size(made.backup.size)}, {size(made.copied)} of it new)"
    lines: list[Line] = [["Made and verified ", Piece(made.backup.name, "bold"), told], str(made.backup.path)]
    if made.removed:
        lines.append(f"Removed {counted(len(made.removed), 'older backup')}.")
    partly = any(one.severity == "error" or one.code == "not_backed_up" for one in made.problems)
    return Answer(data, lines, [str(made.backup.path)], made.problems, failing.PARTLY if partly else 0)


def _row(one: "Backup") -> dict[str, Any]:
    return {
        "name": one.name,
        "path": str(one.path),
        "at": one.at,
        "store": one.store,
        "store_id": one.store_id,
        "files": one.files,
        "bytes": one.size,
        "complete": one.complete,
        "problem": warning(one.problem) if one.problem else None,
    }


@backup.command("list", example="saves backup list /media/stick/backups")
@FOLDER
def list_(folder: Path) -> Answer:
    """List the backups in DIR, of any store, the newest first.

    One that was not finished is listed, too; the next backup removes it.
    """
    from gamesaves.disk import backups

    found = backups.listed(folder.absolute())
    rows = ([_marked(one), moment(one.at or None), str(one.files), size(one.size), _state(one)] for one in found)
    lines = table(["BACKUP", "WHEN", "FILES", "SIZE", "STATE"], rows, width=terminal_width())
    problems = [one.problem for one in found if one.problem]
    shown = lines if found else ["No backups."]
    return Answer([_row(one) for one in found], shown, [one.name for one in found], problems)


def _marked(one: "Backup") -> Piece:
    return Piece(one.name, "bold" if one.complete else "red" if one.problem else "dim")


def _state(one: "Backup") -> str:
    if one.complete:
        return "complete"
    return "damaged" if one.problem else "not finished"


@backup.command(example="saves backup restore /media/stick/backups --to ~/restored")
@FOLDER
@click.argument("name", metavar="[NAME]", required=False, shell_complete=completing.backups)
@click.option("--to", "target", metavar="PATH", type=click.Path(path_type=Path), help="A new place, not the store's.")
@asking.DRY_RUN
@click.pass_obj
def restore(settings: Settings, folder: Path, name: str | None, target: Path | None, dry_run: bool) -> Answer:
    """Put a backup back: the one called NAME, or the newest.

    It takes the place of the store, which is kept whole and comes back with `saves undo`; with --to it goes to a new
    place. All of it is verified first, and either all of it is put back, or nothing.
    """
    done = _in_place(settings, folder, name, dry_run) if target is None else _to(folder, name, target, dry_run)
    data = {
        "backup": str(done.backup),
        "path": str(done.place),
        "files": done.files,
        "bytes": done.size,
        "kept_in": None if done.kept_in is None else str(done.kept_in),
        "dry_run": dry_run,
    }
    doing = "Would restore " if dry_run else "Restored "
    told = f" ({counted(done.files, 'file')}, {size(done.size)}) to {done.place}"
    lines: list[Line] = [[doing, Piece(done.backup.name, "bold"), told]]
    if done.kept_in is not None:
        lines += [["The store as it was is kept in ", str(done.kept_in)], "To take it back: saves undo"]
    return Answer(data, lines, [str(done.place)])


def _in_place(settings: Settings, folder: Path, name: str | None, dry_run: bool) -> "Restored":
    store = finding.new_or_known(settings)
    complete = [one.name for one in store.backups(folder) if one.complete]
    chosen = name or next(iter(complete), None)
    if chosen in complete and not dry_run:
        asking.confirm(settings, f"Put {chosen} in the place of {store.root}?")
    return store.restore_backup(chosen, folder, dry_run=dry_run)


def _to(folder: Path, name: str | None, target: Path, dry_run: bool) -> "Restored":
    from gamesaves.services import restoring

    name = _newest(folder) if name is None else name
    return restoring.to_new_place(folder.absolute() / name, target.absolute(), dry_run=dry_run)


def _newest(folder: Path) -> str:
    """Return the newest complete backup in a folder, where all are of one store."""
    from gamesaves.disk import backups
    from gamesaves.errors import Ambiguous, NotFound

    found = [one for one in backups.listed(folder.absolute()) if one.complete]
    if not found:
        raise NotFound("complete backup in", str(folder))
    if len({one.store_id or one.store for one in found}) > 1:
        raise Ambiguous("backup", str(folder), [one.name for one in found])
    return found[0].name
