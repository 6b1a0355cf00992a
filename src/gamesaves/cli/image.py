"""`saves image …`: pictures, each stored once, whoever shows it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, failing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width
from gamesaves.cli.text import Line, Piece, counted, size, table

if TYPE_CHECKING:
    from gamesaves.services.images import Image

_ORDERS = {"path": "path", "size": "size"}


@click.group(cls=Group)
def image() -> None:
    """Pictures, each stored once."""


@image.command("list", example="saves image list --sort size")
@click.option("--sort", type=click.Choice(list(_ORDERS)), default="path", show_default=True, help="The order.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, sort: str, reverse: bool, limit: int | None) -> Answer:
    """List the pictures, and who shows each."""
    listed = finding.the_store(settings).images.list()
    listed = sorted(listed, key=lambda one: getattr(one, _ORDERS[sort]), reverse=reverse)[:limit]
    return Answer([_row(one) for one in listed], _listing(listed, "No pictures."), [one.path for one in listed])


def _row(one: "Image") -> dict[str, Any]:
    return {"path": one.path, "file": str(one.file), "bytes": one.size, "used_by": list(one.used_by)}


def _listing(images: "Sequence[Image]", none: str) -> list[Line]:
    rows = ([one.path, size(one.size), ", ".join(one.used_by)] for one in images)
    return table(["PICTURE", "SIZE", "SHOWN BY"], rows, width=terminal_width()) if images else [none]


@image.command(example="saves image add kara.png map.png")
@click.argument("pictures", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def add(settings: Settings, pictures: Sequence[Path]) -> Answer:
    """Store pictures: PNG, JPEG, GIF or WebP. One that is there already is not stored again.

    The exit code is 3 where only some of them could be stored.
    """
    from gamesaves.errors import SavesError

    images = finding.the_store(settings).images
    added: list[dict[str, Any]] = []
    failed: list[SavesError] = []
    for picture in pictures:
        try:
            added.append({"from": str(picture), "path": images.add(picture.absolute())})
        except SavesError as error:
            failed.append(error)
    if failed and not added:
        raise failed[0]
    data = {"added": added, "failed": [failing.described(error) for error in failed]}
    lines = [[one["from"], " is ", Piece(one["path"], "bold")] for one in added]
    problems = [error.as_problem() for error in failed]
    return Answer(data, lines, [one["path"] for one in added], problems, failing.PARTLY if failed else 0)


@image.command(example="saves image prune --dry-run")
@asking.DRY_RUN
@click.pass_obj
def prune(settings: Settings, dry_run: bool) -> Answer:
    """Set aside the pictures that nobody shows."""
    images = finding.the_store(settings).images
    unused = images.prune(dry_run=True)
    if unused and not dry_run:
        asking.confirm(settings, f"Set aside {counted(len(unused), 'picture')} that nobody shows?")
        unused = images.prune()
    data = {"pruned": [_row(one) for one in unused], "dry_run": dry_run}
    lines = _listing(unused, "Every picture is shown by somebody.")
    if unused:
        lines.append(f"{'Would set' if dry_run else 'Set'} aside {counted(len(unused), 'picture')}.")
    return Answer(data, lines, [one.path for one in unused])
