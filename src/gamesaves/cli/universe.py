"""`saves universe …`: worlds that several campaigns share."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, copies, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, counted, fields, table

if TYPE_CHECKING:
    from gamesaves.documents import TimelineEvent
    from gamesaves.services.joining import Comparison
    from gamesaves.store import SaveStore

NAMED = click.argument("name", metavar="UNIVERSE", shell_complete=completing.universes)
TICK = click.IntRange(min=0)


@click.group(cls=Group)
def universe() -> None:
    """Worlds that campaigns share. UNIVERSE is an id or a title."""


@universe.command(example="saves universe create Silverreach --world world.json")
@click.argument("title")
@click.option("--description", help="What the world is, in a sentence or two.")
@click.option(
    "--world",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file: the factions, locations and npcs it begins with.",
)
@click.pass_obj
def create(settings: Settings, title: str, description: str | None, world: Path | None) -> Answer:
    """Make a universe."""
    from gamesaves.disk import files, jsontext

    begins_with = {} if world is None else jsontext.parse(files.read(world), world)
    made = finding.new_or_known(settings).universes.create(title, world=begins_with, description=description)
    line: Line = [Piece(made.title, "bold"), " is made  ", Piece(made.id, "dim")]
    return Answer({"universe_id": made.id, "title": made.title, "path": str(made.folder)}, [line], [made.id])


@universe.command("list", example="saves universe list")
@click.option("--sort", type=click.Choice(["id", "title", "tick"]), default="id", show_default=True, help="The order.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, sort: str, limit: int | None) -> Answer:
    """List the universes."""
    listed = finding.the_store(settings).universes.list()
    orders = {"id": lambda one: one.universe_id, "title": lambda one: one.title.casefold()}
    listed.sort(key=orders.get(sort, lambda one: -one.timeline_position))
    listed = listed[:limit]
    rows = ([Piece(one.title, "bold"), str(one.timeline_position), one.universe_id] for one in listed)
    lines = table(["TITLE", "TICK", "ID"], rows, width=terminal_width()) if listed else ["No universes."]
    data = [
        {
            "universe_id": one.universe_id,
            "title": one.title,
            "timeline_position": one.timeline_position,
            "path": str(one.path),
            "problems": [warning(problem) for problem in one.problems],
        }
        for one in listed
    ]
    return Answer(data, lines, [one.universe_id for one in listed], [p for one in listed for p in one.problems])


@universe.command(example="saves universe show Silverreach")
@NAMED
@click.pass_obj
def show(settings: Settings, name: str) -> Answer:
    """Show how far its time has come, and who is where."""
    opened = finding.the_store(settings).universes.open(name)
    data = opened.data
    about = [
        ("about", data.description),
        ("tick", data.timeline_position),
        ("events", counted(opened.seq, "event")),
        ("paradoxes", len(opened.paradoxes()) or None),
        ("folder", opened.folder),
    ]
    heading: Line = [Piece(data.title, "bold"), "  ", Piece(opened.id, "dim")]
    rows = ([one.character_id, str(one.timeline_position), one.campaign_id] for one in data.active_characters)
    who = ["", *table(["CHARACTER", "TICK", "CAMPAIGN"], rows)] if data.active_characters else []
    return Answer(data.model_dump(mode="json"), [heading, *fields(about), *who], [opened.id], opened.problems)


@universe.command(example="saves universe timeline Silverreach --seen-by pc:kara_smith --last 10")
@NAMED
@click.option("--seen-by", metavar="WHO", shell_complete=completing.characters, help="Only what they can know of.")
@click.option("--campaign", shell_complete=completing.campaigns, help="The campaign that one is played in.")
@click.option("--at", "position", type=TICK, help="The tick they stand at, if not where the universe has them.")
@click.option("--location", help="Only what happened there.")
@click.option("--character", metavar="WHO", shell_complete=completing.characters, help="Only what they did.")
@click.option("--kind", help="Only events of this kind.")
@click.option("--scope", type=click.Choice(["major", "minor"]), help="Only those that change the world, or do not.")
@click.option("--since", type=TICK, help="From this tick on.")
@click.option("--until", type=TICK, help="Up to this tick.")
@click.option("--last", type=click.IntRange(min=0), help="Only the latest so many.")
@click.option("--retracted", is_flag=True, help="Those that were taken back, instead.")
@click.pass_obj
def timeline(settings: Settings, /, name: str, **filters: Any) -> Answer:
    """List what happened, in the order of time."""
    opened = finding.the_store(settings).universes.open(name)
    events = opened.events(**filters)
    headings = ["TICK", "KIND", "WHO", "WHERE", "WHAT"]
    lines = table(headings, map(_cells, events), width=terminal_width()) if events else ["Nothing has happened."]
    data = [one.model_dump(mode="json") for one in events]
    return Answer(data, lines, [str(one.event_id) for one in events], opened.problems)


def _cells(event: "TimelineEvent") -> list[str]:
    tick = str(event.timeline_position)
    if event.matures_at is not None:
        tick += f" → {event.matures_at}"
    what = event.description or "-"
    marked = Piece(f"{what} (paradox)" if event.paradoxes else what, "bold" if event.scope == "major" else "")
    return [tick, event.kind, event.character_id or "-", event.location or "-", marked]


@universe.command(example="saves universe world Silverreach --at 1200")
@NAMED
@click.option("--at", "position", type=TICK, help="As it is at this tick, if not at the furthest.")
@click.pass_obj
def world(settings: Settings, name: str, position: int | None) -> Answer:
    """Print the world, at the furthest tick or at another."""
    opened = finding.the_store(settings).universes.open(name)
    state = opened.world if position is None else opened.world_at(position)
    tree = state.model_dump(mode="json")
    shown = {key: value for key, value in tree.items() if key != "schema_version"}
    return Answer(tree, json.dumps(shown, indent=2, ensure_ascii=False).splitlines(), [opened.id], opened.problems)


OTHER = click.argument("other", metavar="OTHER", shell_complete=completing.universes)
# What the library keeps for itself, which tells a person nothing.
_UNTOLD = frozenset({"received", "active_characters"})


@universe.command(example="saves universe compare Silverreach /media/stick/universes/silverreach_k7qd")
@NAMED
@OTHER
@click.pass_obj
def compare(settings: Settings, name: str, other: str) -> Answer:
    """Tell how two copies of a universe stand to each other.

    OTHER is the folder of another copy, its log, a bundle of a campaign that plays in it, or a universe of this store.
    """
    store = finding.the_store(settings)
    opened = store.universes.open(name)
    found = opened.compare(_place(store, other))
    return Answer(copies.told(found), _in_words(found), [found.kind], opened.problems)


@universe.command(example="saves universe merge Silverreach /media/stick/universes/silverreach_k7qd")
@NAMED
@OTHER
@copies.PREFER
@asking.DRY_RUN
@click.pass_obj
def merge(settings: Settings, name: str, other: str, prefer: str | None, dry_run: bool) -> Answer:
    """Take in what another copy has and this one has not. The other one stays as it is.

    The world is then what the events of both make of it, in the order of time. OTHER is the folder of another copy, its
    log, a bundle of a campaign that plays in it, or a universe of this store. On a terminal it asks what stands where
    both changed the same value of what the universe says of itself; elsewhere --prefer says it.
    """
    store = finding.the_store(settings)
    opened = store.universes.open(name)
    place = _place(store, other)
    found = opened.compare(place) if dry_run else opened.merge(place, prefer=copies.choice(settings, prefer))
    lines = _in_words(found)
    if not dry_run and found.kind in ("behind", "diverged"):
        lines.append("Joined.")
    return Answer({**copies.told(found), "dry_run": dry_run}, lines, [found.kind], opened.problems)


def _in_words(found: "Comparison") -> list[Line]:
    ours, theirs = ([one for one in side if one.path[0] not in _UNTOLD] for side in (found.ours, found.theirs))
    return copies.lines_of(replace(found, ours=ours, theirs=theirs), {}, "two different universes")


def _place(store: "SaveStore", other: str) -> Path:
    path = Path(other)
    return path if path.exists() else store.universes.open(other).folder
