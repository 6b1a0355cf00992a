"""`saves export`, `import`, `campaign archive` and `unarchive`: campaigns that travel, and those that are put away."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import SEVERITIES, Answer, progress
from gamesaves.cli.text import Line, Piece, counted, size

if TYPE_CHECKING:
    from gamesaves.services.archiving import Archived
    from gamesaves.services.importing import ImportPlan

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
_DONE = {
    "add": "new",
    "keep": "here already",
    "forward": "brought up to date",
    "rebuild": "made from the campaign's copies",
    "missing": "did not come along",
    "leave": "not needed",
}


@click.command(cls=Command, example='saves export "The Lost Mine" -o ~/Desktop')
@NAMED
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    default=Path(),
    type=click.Path(path_type=Path),
    help="The file to make, or a folder to make it in; the current one where it is not given.",
)
@click.option("--folder", is_flag=True, help="Write the same as a plain folder.")
@click.pass_obj
def export(settings: Settings, name: str, output: Path, folder: bool) -> Answer:
    """Write a campaign into a file that another store can take in.

    The file is a zip with a manifest. With the campaign come its characters' profiles and their pictures, and the
    universe it plays in. Works while somebody plays.
    """
    store = finding.the_store(settings)
    progress(f"exporting {name}", settings)
    try:
        made = store.export(name, output.absolute(), folder=folder)
    finally:
        progress("", settings)
    data = {
        "path": str(made.path),
        "campaign_id": made.campaign_id,
        "title": made.title,
        "seq": made.seq,
        "hash": made.hash,
        "entries": made.entries,
        "bytes": made.size,
    }
    about = f" up to event {made.seq}: {counted(made.entries, 'file')}, {size(made.size)}"
    return Answer(
        data, [["Exported ", Piece(made.title, "bold"), about], str(made.path)], [str(made.path)], made.problems
    )


@click.command("import", cls=Command, example="saves import ~/Downloads/campaign_the_lost_mine_k7qd.zip --dry-run")
@click.argument("source", metavar="PATH", type=click.Path(path_type=Path))
@asking.DRY_RUN
@click.option("--as-copy", is_flag=True, help="Take it in beside the one that is here, in a folder of its own.")
@click.pass_obj
def import_(settings: Settings, source: Path, dry_run: bool, as_copy: bool) -> Answer:
    """Take in a campaign: an exported file, or a copied folder.

    All of it or nothing is taken in, once every entry has been checked, and nothing that is here is written over. The
    exit code is 4 where another version of it is here.

    A folder with saves of an older version is taken in whole, and every decision is told; the folder stays as it is.
    The exit code is 3 where something in it could not be taken in.
    """
    store = finding.new_or_known(settings)
    progress(f"importing {source.name}", settings)
    try:
        plan = store.import_(source.expanduser().absolute(), dry_run=dry_run, as_copy=as_copy)
    finally:
        progress("", settings)
    data = {
        "source": str(plan.source),
        "campaign_id": plan.campaign_id,
        "title": plan.title,
        "folder": plan.folder,
        "path": str(store.root / plan.folder),
        "seq": plan.seq,
        "hash": plan.hash,
        "present": plan.present,
        "steps": [
            {"action": one.action, "what": one.what, "name": one.name, "target": one.target, "note": one.note}
            for one in plan.steps
        ],
        "bytes": plan.size,
        "dry_run": dry_run,
        "campaigns": [_campaign(one, store.root) for one in plan.campaigns],
        "decisions": [asdict(one) for one in plan.decisions],
    }
    if plan.campaigns or plan.decisions:
        data["path"] = str(store.root)
        partly = any(one.severity == "error" for one in plan.decisions)
        brief = [one.folder for one in plan.campaigns]
        return Answer(data, _told_of_tree(plan, dry_run), brief, plan.problems, exit_code=3 if partly else 0)
    return Answer(data, _told(plan, dry_run), [plan.folder], plan.problems)


def _campaign(plan: "ImportPlan", root: Path) -> dict[str, Any]:
    return {
        "source": str(plan.source),
        "campaign_id": plan.campaign_id,
        "title": plan.title,
        "folder": plan.folder,
        "path": str(root / plan.folder),
        "seq": plan.seq,
        "hash": plan.hash,
        "present": plan.present,
        "bytes": plan.size,
    }


def _told_of_tree(plan: "ImportPlan", dry_run: bool) -> list[Line]:
    new = [one for one in plan.campaigns if not one.present]
    added = [one.what for one in plan.steps if one.target is not None]
    people, pictures = counted(added.count("profile"), "profile"), counted(added.count("picture"), "picture")
    doing = "Would import " if dry_run else "Imported "
    what = f"{counted(len(new), 'campaign')}, {people} and {pictures} of an older version: {size(plan.size)}"
    lines: list[Line] = [[doing, what]]
    if plan.present:
        lines = [["All that is in it is here already. There is nothing to do."]]
    lines += [["  campaign ", Piece(one.title, "bold"), f" as {one.folder}"] for one in new]
    for told in plan.decisions:
        target = [f" → {told.target}"] if told.target else []
        lines.append(
            ["  ", Piece(f"{told.severity}:", SEVERITIES[told.severity]), f" {told.source}: {told.text}", *target]
        )
    return lines + _way_back(plan)


def _told(plan: "ImportPlan", dry_run: bool) -> list[Line]:
    title = Piece(plan.title, "bold")
    if plan.present:
        rest = "" if plan.steps else " There is nothing to do."
        lines: list[Line] = [[title, f" is here already, up to the same event ({plan.folder}).{rest}"]]
    else:
        own = sum(one.what == "campaign" for one in plan.steps)
        doing = "Would import " if dry_run else "Imported "
        lines = [[doing, title, f" as {plan.folder}: {counted(own, 'file')}, {size(plan.size)}"]]
    for one in plan.steps:
        if one.what != "campaign":
            lines.append(
                ["  ", f"{one.what} {one.name}: ", _DONE[one.action], *([f" ({one.note})"] if one.note else [])]
            )
    return lines + _way_back(plan)


def _way_back(plan: "ImportPlan") -> list[Line]:
    # A profile that went forward goes back by itself: then there is more than one thing to take back.
    actions = {one.action for one in plan.steps if one.target is not None}
    return ["To take it back: saves undo"] if plan.done and actions and "forward" not in actions else []


@click.command(cls=Command, example='saves campaign archive "The Lost Mine"')
@NAMED
@click.pass_obj
def archive(settings: Settings, name: str) -> Answer:
    """Put a campaign away as a bundle that takes less room.

    saves list --archived still lists it, and saves campaign unarchive brings it back the same. Its folder is kept among
    what was set aside.
    """
    done = finding.the_store(settings).campaigns.archive(name)
    smaller = f": {size(done.after)} instead of {size(done.before)}"
    lines: list[Line] = [["Archived ", Piece(done.title, "bold"), smaller], str(done.path)]
    lines.append(["Its folder is kept in ", str(done.kept_in)])
    if done.replaced is not None:
        lines.append(["What was in the archive before is kept in ", str(done.replaced)])
    return Answer(_row(done), lines, [str(done.path)], done.problems)


@click.command(cls=Command, example='saves campaign unarchive "The Lost Mine"')
@click.argument("name", metavar="CAMPAIGN", shell_complete=completing.archived)
@click.pass_obj
def unarchive(settings: Settings, name: str) -> Answer:
    """Bring a campaign back that was put away."""
    done = finding.the_store(settings).campaigns.unarchive(name)
    lines: list[Line] = [["Brought back ", Piece(done.title, "bold")], str(done.path)]
    lines.append(["The bundle is kept in ", str(done.kept_in)])
    return Answer(_row(done), lines, [done.folder], done.problems)


def _row(done: "Archived") -> dict[str, Any]:
    return {
        "campaign_id": done.campaign_id,
        "title": done.title,
        "folder": done.folder,
        "path": str(done.path),
        "kept_in": str(done.kept_in),
        "before_bytes": done.before,
        "after_bytes": done.after,
        "replaced": None if done.replaced is None else str(done.replaced),
    }
