"""`saves history …`: what has happened in a campaign, and going back and forward in it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding, sheets
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer
from gamesaves.cli.text import Line, Piece, counted, moment, table

if TYPE_CHECKING:
    from gamesaves.disk.log import Event
    from gamesaves.rules.rewinding import Change
    from gamesaves.services.campaign import Campaign

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)


@click.group(cls=Group)
def history() -> None:
    """What has happened in a campaign, and going back in it.

    EVENT is a number, or eight digits of a hash or more.
    """


@history.command("log", example='saves history log "The Lost Mine" --limit 10')
@NAMED
@click.option("--kind", help="Only events of this kind: turn, message, external_edit, …")
@click.option("--limit", type=click.IntRange(min=0), help="The newest so many.")
@click.option("--graph", is_flag=True, help="Show where copies parted and were joined, and what was taken back.")
@click.pass_obj
def log_(settings: Settings, name: str, kind: str | None, limit: int | None, graph: bool) -> Answer:
    """List what has happened, the newest event last.

    Works while somebody plays the campaign.
    """
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        marks = _marks(opened) if graph else {}
        events = opened.known_events() if graph else opened.history(limit=limit if kind is None else None)
        problems = opened.problems
    if kind is not None:
        events = [event for event in events if event.kind == kind]
    nothing = not events and kind is not None
    if limit is not None:
        events = events[max(0, len(events) - limit) :]
    headings = ["EVENT", "WHEN", "KIND", "TURN", "WHAT", "CHANGES"]
    rows = ([*([marks[event.hash]] if graph else []), *_cells(event)] for event in events)
    lines = table([*(["GRAPH"] if graph else []), *headings], rows)
    shown = ["Nothing of that kind has happened."] if nothing else lines
    return Answer([asdict(event) for event in events], shown, [str(event.seq) for event in events], problems)


def _marks(opened: "Campaign") -> dict[str, str]:
    """Return for each event how it is drawn: on the log or beside it, joined, and whether it is in force."""
    in_force = {event.hash for event in opened.in_force()}
    main = {event.hash for event in opened.history()}
    marks = {}
    for event in opened.known_events():
        sign = "*" if event.hash in in_force else "o"
        if event.parents:
            sign = "*─╯"
        elif event.hash not in main:
            sign = f"│ {sign}"
        elif "restored" in event.data:
            sign = "↶"
        marks[event.hash] = sign
    return marks


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


@history.command(example='saves history diff "The Lost Mine" 12 15')
@NAMED
@click.argument("before", metavar="EVENT")
@click.argument("after", metavar="[EVENT]", required=False)
@click.pass_obj
def diff(settings: Settings, name: str, before: str, after: str | None) -> Answer:
    """Compare how things stood after two events.

    With one event, then and now.
    """
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        found = opened.diff(before, after)
        data = {"changes": [_change(one) for one in found.changes], "patches": found.patches}
        return Answer(
            data, sheets.changes(found.changes, opened.characters) or ["Nothing differs."], problems=opened.problems
        )


def _change(change: "Change") -> dict[str, Any]:
    from gamesaves.rules.patch import MISSING

    row: dict[str, Any] = {"document": change.document, "path": change.pointer, "words": change.words}
    sides = {"before": change.before, "after": change.after}
    return row | {side: value for side, value in sides.items() if value is not MISSING}


@history.command(example='saves history blame "The Lost Mine" characters/pc:kara_smith hit_points_current')
@NAMED
@click.argument("document")
@click.argument("path")
@click.pass_obj
def blame(settings: Settings, name: str, document: str, path: str) -> Answer:
    """Tell which event gave a value its present state. PATH is a field, or steps with slashes: inventory/rope."""
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        event = opened.blame(document, path)
        problems = opened.problems
    sitting: list[Line] = [] if event.session is None else [["  session  ", event.session]]
    what = event.note or "edited by hand" if event.kind == "external_edit" else event.note or event.kind
    line: Line = [f"Event {event.seq}, turn {event.turn}, {moment(event.at)}: ", Piece(what, "bold")]
    return Answer(asdict(event), [line, *sitting], [str(event.seq)], problems)


@history.command(example='saves history rollback "The Lost Mine" --turns 2')
@NAMED
@click.option("--turns", type=click.IntRange(min=1), default=1, show_default=True, help="How many to take back.")
@asking.DRY_RUN
@click.pass_obj
def rollback(settings: Settings, name: str, turns: int, dry_run: bool) -> Answer:
    """Take the last turns back. Nothing is lost by it: restore takes it back in turn."""
    with finding.the_store(settings).campaigns.open(name, read_only=dry_run) as opened:
        return _went_back(opened, opened.before_turns(turns), dry_run)


@history.command(example='saves history restore "The Lost Mine" 12')
@NAMED
@click.argument("event", metavar="EVENT")
@asking.DRY_RUN
@click.pass_obj
def restore(settings: Settings, name: str, event: str, dry_run: bool) -> Answer:
    """Go back, or forward again, to the state after an event.

    Nothing of the history is lost by it.
    """
    with finding.the_store(settings).campaigns.open(name, read_only=dry_run) as opened:
        return _went_back(opened, opened.point(event)[0], dry_run)


def _went_back(opened: "Campaign", target: "Event", dry_run: bool) -> Answer:
    data, lines = gone_back(opened, target, dry_run)
    return Answer(data, lines, [str(target.seq)], opened.problems)


def gone_back(opened: "Campaign", target: "Event", dry_run: bool = False) -> tuple[dict[str, Any], list[Line]]:
    """Go back to the state after an event; return what is said of it, in JSON and to people."""
    before = opened.seq
    changes = opened.preview_restore(target).changes
    event = None if dry_run else opened.restore(target)
    data = {
        "target": {"seq": target.seq, "hash": target.hash, "turn": target.turn},
        "event": None if event is None else asdict(event),
        "changes": [_change(one) for one in changes],
        "dry_run": dry_run,
    }
    seen = sum(one.is_seen for one in changes)
    done = "Would go back to" if dry_run else "Back at"
    line: Line = [f"{done} event {target.seq}, turn {target.turn}: ", Piece(counted(seen, "change"), "bold")]
    undo: list[Line] = [] if dry_run else [f"To take that back: saves history restore {opened.id} {before}"]
    return data, [line, *sheets.changes(changes, opened.characters), *undo]
