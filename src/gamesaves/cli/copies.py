"""`saves campaign fork`, `compare`, `merge`: several copies of one story."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding, sheets
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer
from gamesaves.cli.text import Line, Piece, counted

if TYPE_CHECKING:
    from gamesaves.documents import CharacterInfo
    from gamesaves.rules.patch import Conflict
    from gamesaves.services.joining import Choice, Comparison
    from gamesaves.store import SaveStore

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
OTHER = click.argument("other", metavar="OTHER", shell_complete=completing.campaigns)
PREFER = click.option(
    "--prefer", type=click.Choice(["ours", "theirs"]), help="What stands where both changed the same value."
)


@click.command(cls=Command, example='saves campaign fork "The Lost Mine" --at 12 --title "What if"')
@NAMED
@click.option("--at", metavar="EVENT", help="Begin as things stood after this event; now where it is not given.")
@click.option("--title", help="Of the new campaign.")
@click.pass_obj
def fork(settings: Settings, name: str, at: str | None, title: str | None) -> Answer:
    """Make a new campaign that begins where this one is, or was."""
    with finding.the_store(settings).campaigns.fork(name, at=at, title=title) as made:
        data = {
            "campaign_id": made.id,
            "title": made.title,
            "path": str(made.folder),
            "forked_from": made.data.forked_from,
        }
        lines: list[Line] = [["Made ", Piece(made.title, "bold")], str(made.folder)]
        return Answer(data, lines, [made.id], made.problems)


@click.command(cls=Command, example='saves campaign compare "The Lost Mine" /media/stick/campaign_the_lost_mine_k7qd')
@NAMED
@OTHER
@click.pass_obj
def compare(settings: Settings, name: str, other: str) -> Answer:
    """Tell how two copies of a campaign stand to each other.

    OTHER is a campaign, the folder of another copy, a bundle of it, or a log that a synchroniser has left.
    """
    store = finding.the_store(settings)
    with store.campaigns.open(name, read_only=True) as opened:
        found = opened.compare(_place(store, other))
        return Answer(told(found), lines_of(found, opened.characters), [found.kind], opened.problems)


@click.command(cls=Command, example='saves campaign merge "The Lost Mine" /media/stick/campaign_the_lost_mine_k7qd')
@NAMED
@OTHER
@PREFER
@asking.DRY_RUN
@click.pass_obj
def merge(settings: Settings, name: str, other: str, prefer: str | None, dry_run: bool) -> Answer:
    """Take in what another copy has and this one has not. The other one stays as it is.

    OTHER is a campaign, the folder of another copy, a bundle of it, or a log that a synchroniser has left. On a
    terminal it asks what stands where both changed the same value; elsewhere --prefer says it.
    """
    store = finding.the_store(settings)
    with store.campaigns.open(name, read_only=dry_run) as opened:
        place = _place(store, other)
        before = opened.seq
        found = opened.compare(place) if dry_run else opened.merge(place, prefer=choice(settings, prefer))
        lines = lines_of(found, opened.characters)
        if not dry_run and found.kind in ("behind", "diverged"):
            lines.append(f"Joined. To take that back: saves history restore {opened.id} {before}")
        return Answer({**told(found), "dry_run": dry_run}, lines, [found.kind], opened.problems)


def _place(store: "SaveStore", other: str) -> Path:
    path = Path(other)
    return path if path.exists() else store.root / store.campaigns.id_of(other)


def choice(settings: Settings, prefer: str | None) -> "Choice":
    """Return the side that stands, or what asks a person for it; None where nobody is there."""
    if prefer is not None:
        return "ours" if prefer == "ours" else "theirs"
    if settings.json or settings.yes or not asking.can_ask():
        return None

    def ask(document: str, conflict: "Conflict") -> Any:
        from gamesaves.rules.rewinding import Change

        for side, value in (("ours", conflict.ours), ("theirs", conflict.theirs)):
            click.echo(f"  {side}: {Change(document, conflict.path, conflict.base, value).words}", err=True)
        return click.prompt(f"{document}: which stands?", type=click.Choice(["ours", "theirs"]), err=True)

    return ask


def told(found: "Comparison") -> dict[str, Any]:
    """Return how two copies stand to each other, as JSON has it."""
    parted = None if found.parted is None else {"seq": found.parted.seq, "hash": found.parted.hash}
    sides = {"ours": found.ours, "theirs": found.theirs}
    shown = {
        side: [{"document": one.document, "path": one.pointer, "words": one.words} for one in changes]
        for side, changes in sides.items()
    }
    return {"relation": found.kind, "ahead": found.ahead, "behind": found.behind, "parted": parted, **shown}


def lines_of(
    found: "Comparison", characters: "Mapping[str, CharacterInfo]", different: str = "two different campaigns"
) -> list[Line]:
    """Return how two copies stand to each other, as players read it.

    Args:
        characters: whose names are shown, by id.
        different: what they are where they have nothing in common.
    """
    if found.kind == "identical":
        return ["Both copies are the same."]
    if found.kind == "unrelated":
        return [f"These are {different}: they have no event in common."]
    lines: list[Line] = []
    if found.kind != "diverged":
        count = counted(found.ahead or found.behind, "event")
        lines.append(f"This copy is ahead by {count}." if found.kind == "ahead" else f"This copy is {count} behind.")
    elif found.parted is not None:
        lines.append(f"They parted after event {found.parted.seq}: {found.ahead} here, {found.behind} there.")
    else:
        lines.append(f"They parted and were joined before: {counted(found.ahead, 'event')} here, {found.behind} there.")
    for title, changes in (("Here", found.ours), ("There", found.theirs)):
        if changes:
            lines += [[Piece(title, "bold")], *sheets.changes(changes, characters)]
    return lines
