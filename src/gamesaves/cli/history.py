"""`saves history …`: what has happened in a campaign."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer
from gamesaves.cli.text import Piece, moment, table

if TYPE_CHECKING:
    from gamesaves.disk.log import Event


@click.group(cls=Group)
def history() -> None:
    """What has happened in a campaign. CAMPAIGN is an id, a folder's name or a title."""


@history.command("log", example='saves history log "The Lost Mine" --limit 10')
@click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
@click.option("--kind", help="Only events of this kind: turn, message, external_edit, …")
@click.option("--limit", type=click.IntRange(min=0), help="The newest so many.")
@click.pass_obj
def log_(settings: Settings, name: str, kind: str | None, limit: int | None) -> Answer:
    """List what has happened, the newest event last.

    Works while somebody plays the campaign.
    """
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        events = opened.history(limit=limit if kind is None else None)
        problems = opened.problems
    if kind is not None:
        events = [event for event in events if event.kind == kind]
        events = events if limit is None else events[max(0, len(events) - limit) :]
    lines = table(["EVENT", "WHEN", "KIND", "TURN", "WHAT", "CHANGES"], map(_cells, events))
    shown = lines if events else ["Nothing of that kind has happened."]
    return Answer([asdict(event) for event in events], shown, [str(event.seq) for event in events], problems)


def _cells(event: "Event") -> list[str]:
    note = event.note or next((f"{one['speaker']}: {one['text']}" for one in event.data.get("messages", ())), "")
    return [
        str(event.seq),
        moment(event.at),
        event.kind,
        str(event.turn),
        Piece(note, "bold"),
        Piece(", ".join(event.changes), "dim"),
    ]
