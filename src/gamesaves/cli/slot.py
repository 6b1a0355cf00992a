"""`saves save`, `quicksave`, `quickload` and `saves slot …`: the saves that a player sees."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Group, Settings
from gamesaves.cli.output import Answer, terminal_width
from gamesaves.cli.text import Line, Piece, counted, moment, table

if TYPE_CHECKING:
    from gamesaves.documents import Slot
    from gamesaves.services.campaign import Campaign

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
SLOT = click.argument("wanted", metavar="SLOT", shell_complete=completing.slots)


def default_name(campaign: "Campaign") -> str:
    """Return what a save is called where nobody says so: where the story stands, and its turn."""
    data = campaign.data
    turn = f"turn {data.total_turns}"
    scene = data.scenes.get(data.current_scene_id or "")
    return f"{scene}, {turn}" if scene else turn.capitalize()


def slot_tree(slot_id: str, slot: "Slot") -> dict[str, Any]:
    """Return a slot as it stands in JSON."""
    return {"slot_id": slot_id, **slot.model_dump(mode="json")}


def saved_line(slot: "Slot") -> Line:
    """Return what is said of a slot that has just been made."""
    return ["Saved: ", Piece(slot.name, "bold"), f" ({_stood(slot)})"]


def loaded_line(slot: "Slot") -> Line:
    """Return what is said of a slot that has just been loaded."""
    return ["Loaded: ", Piece(slot.name, "bold"), f" ({_stood(slot)})"]


def _stood(slot: "Slot") -> str:
    return ", ".join([f"turn {slot.turn}", *([slot.place] if slot.place else []), *slot.party])


def _made(campaign: "Campaign", slot: "Slot") -> Answer:
    slot_id = next(iter(campaign.slots))
    return Answer(slot_tree(slot_id, slot), [saved_line(slot)], [slot_id], campaign.problems)


@click.command(cls=Command, example='saves save "The Lost Mine" "Before the bridge" --note "Take the rope"')
@NAMED
@click.argument("called", metavar="[NAME]", required=False, shell_complete=completing.slots)
@click.option("--note", metavar="TEXT", help="What to remember.")
@click.option("--thumbnail", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A picture to show.")
@click.pass_obj
def save(settings: Settings, name: str, called: str | None, note: str | None, thumbnail: Path | None) -> Answer:
    """Save a campaign under a name, over the save that has it.

    Without a name it is called by scene and turn.
    """
    with finding.the_store(settings).campaigns.open(name) as opened:
        return _made(opened, opened.save_as(called or default_name(opened), note=note, thumbnail=thumbnail))


@click.command(cls=Command, example='saves quicksave "The Lost Mine"')
@NAMED
@click.option("--keep", type=click.IntRange(min=1), default=3, show_default=True, help="How many there are to be.")
@click.pass_obj
def quicksave(settings: Settings, name: str, keep: int) -> Answer:
    """Save a campaign to the next quick slot; the oldest gives way."""
    with finding.the_store(settings).campaigns.open(name) as opened:
        return _made(opened, opened.quicksave(keep=keep))


@click.command(cls=Command, example='saves quickload "The Lost Mine"')
@NAMED
@click.pass_obj
def quickload(settings: Settings, name: str) -> Answer:
    """Load the newest quick save of a campaign."""
    with finding.the_store(settings).campaigns.open(name) as opened:
        return _loaded(opened, opened.quickload)


def _loaded(opened: "Campaign", load: "Callable[[], Slot]") -> Answer:
    before = opened.seq
    found = load()
    slot_id = next(slot_id for slot_id, slot in opened.slots.items() if slot is found)
    data = {**slot_tree(slot_id, found), "campaign_id": opened.id, "event_before": before, "event_now": opened.seq}
    undo: Line = [f"To take that back: saves history restore {opened.id} {before}"]
    return Answer(data, [loaded_line(found), undo], [slot_id], opened.problems)


@click.group(cls=Group)
def slot() -> None:
    """The saves of a campaign. SLOT is an id or a name; quick and auto mean the newest of these."""


@slot.command("list", example='saves slot list "The Lost Mine"')
@NAMED
@click.option("--kind", type=click.Choice(["named", "quick", "auto"]), help="Only saves of this kind.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, name: str, kind: str | None, limit: int | None) -> Answer:
    """List the saves of a campaign, the newest first. Works while somebody plays it."""
    found = finding.the_store(settings).campaigns.slots(name)
    chosen = [(slot_id, one) for slot_id, one in found.items() if kind in (None, one.kind)][:limit]
    rows = [slot_tree(slot_id, one) for slot_id, one in chosen]
    return Answer(rows, lambda: _lines(dict(chosen)), [slot_id for slot_id, _ in chosen], found.problems)


def _lines(slots: "Mapping[str, Slot]") -> list[Line]:
    if not slots:
        return ["No saves."]
    cells = (
        [Piece(one.name, "bold"), slot_id, one.kind, str(one.turn), _when(one), one.place or "", _saved_at(one)]
        for slot_id, one in slots.items()
    )
    headings = ["NAME", "ID", "KIND", "TURN", "STORY", "PLACE", "SAVED"]
    return table(headings, cells, width=terminal_width())


def _when(one: "Slot") -> str:
    return "" if one.day is None else ", ".join([f"day {one.day}", *([one.period] if one.period else [])])


def _saved_at(one: "Slot") -> str:
    return moment(one.saved_at.isoformat())


@slot.command(example='saves slot load "The Lost Mine" "Before the bridge"')
@NAMED
@SLOT
@click.pass_obj
def load(settings: Settings, name: str, wanted: str) -> Answer:
    """Load a save. What happened since stays in the history, and can be gone back to."""
    with finding.the_store(settings).campaigns.open(name) as opened:
        return _loaded(opened, partial(opened.load, wanted))


@slot.command(example='saves slot rename "The Lost Mine" quick "Before the boss"')
@NAMED
@SLOT
@click.argument("called", metavar="NAME")
@click.pass_obj
def rename(settings: Settings, name: str, wanted: str, called: str) -> Answer:
    """Give a save another name. A quick or automatic one becomes a named one, and stays."""
    with finding.the_store(settings).campaigns.open(name) as opened:
        before = opened.slots[opened.slot_id_of(wanted)].name
        slot_id = opened.rename_slot(wanted, called)
        data = {**slot_tree(slot_id, opened.slots[slot_id]), "before": before}
        line: Line = [before, " is now ", Piece(opened.slots[slot_id].name, "bold")]
        return Answer(data, [line], [slot_id], opened.problems)


@slot.command(example='saves slot delete "The Lost Mine" "Before the bridge" --dry-run')
@NAMED
@SLOT
@asking.DRY_RUN
@click.pass_obj
def delete(settings: Settings, name: str, wanted: str, dry_run: bool) -> Answer:
    """Delete a save. The event that it names stays in the history, and can be gone back to."""
    with finding.the_store(settings).campaigns.open(name, read_only=dry_run) as opened:
        slot_id = opened.slot_id_of(wanted)
        found = opened.slots[slot_id]
        if not dry_run:
            asking.confirm(settings, f"Delete the save {found.name!r} ({counted(found.turn, 'turn')})?")
            opened.delete_slot(wanted)
        done: Line = ["Would delete " if dry_run else "Deleted ", Piece(found.name, "bold")]
        still: Line = [f"Its state is still there: saves history restore {opened.id} {found.seq}"]
        data = {**slot_tree(slot_id, found), "dry_run": dry_run}
        undo: list[Line] = [] if dry_run else ["To take it back: saves undo"]
        return Answer(data, [done, still, *undo], [slot_id], opened.problems)
