"""`saves run …`: the runs of a campaign, each one character's playthrough."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width
from gamesaves.cli.text import Line, Piece, counted, fields, moment, table

if TYPE_CHECKING:
    from gamesaves.documents import RunData
    from gamesaves.services.campaign import Campaign

TRIGGERS = ["retirement", "death", "story_resolution", "milestone"]
NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
ONE = click.argument("run_id", metavar="RUN", shell_complete=completing.runs)
PERHAPS_ONE = click.argument("run_id", metavar="[RUN]", required=False, shell_complete=completing.runs)
_STATES = {"active": "green", "paused": "yellow", "completed": "cyan"}


@click.group(cls=Group)
def run() -> None:
    """Characters' playthroughs of a campaign. RUN is an id or a character, whose latest run is meant."""


@run.command("list", example='saves run list "The Lost Mine"')
@NAMED
@click.option("--sort", type=click.Choice(["started", "played", "turns"]), default="started", help="The order.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, name: str, sort: str, limit: int | None) -> Answer:
    """List the runs of a campaign. Works while somebody plays it."""
    orders: dict[str, Callable[[RunData], Any]] = {
        "started": lambda one: one.started_at,
        "played": lambda one: one.last_played or one.started_at,
        "turns": lambda one: one.turns_completed,
    }
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        listed = sorted(opened.runs.values(), key=orders[sort])[:limit]
        endings, problems = opened.endings(), opened.problems
    rows = ([one.character_id, one.run_id, *_cells(one, endings.get(one.run_id))] for one in listed)
    headings = ["CHARACTER", "ID", "STATE", "TURNS", "PLAYED", "NOTE"]
    lines = table(headings, rows, width=terminal_width()) if listed else ["No runs."]
    data = [{**one.model_dump(mode="json"), "ending": endings.get(one.run_id)} for one in listed]
    return Answer(data, lines, [one.run_id for one in listed], problems)


def _cells(one: "RunData", ending: str | None) -> list[str]:
    played = moment(None if one.last_played is None else one.last_played.isoformat())
    note = f"could be completed: {ending}" if ending else one.abandon_reason or _end(one) or "-"
    return [Piece(one.state, _STATES.get(one.state, "")), str(one.turns_completed), played, note]


def _end(one: "RunData") -> str | None:
    if one.completion is None:
        return None
    return one.completion.trigger + (f": {one.completion.summary}" if one.completion.summary else "")


@run.command(example='saves run show "The Lost Mine" pc:kara_smith')
@NAMED
@ONE
@click.pass_obj
def show(settings: Settings, name: str, run_id: str) -> Answer:
    """Show how far a run has come, and how it ended."""
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        one = opened.runs[opened.run_id_of(run_id)]
        problems = opened.problems
    about = [
        ("character", one.character_id),
        ("player", one.player_id),
        ("universe", one.universe_id),
        ("state", one.state),
        ("began", moment(one.started_at.isoformat())),
        ("played", f"{counted(one.turns_completed, 'turn')}, {counted(len(one.sessions), 'session')}"),
        ("ended", _end(one)),
        ("given up", one.abandon_reason),
        ("milestones", ", ".join(map(str, one.milestones))),
        ("insights", ", ".join(map(str, one.insights))),
        ("storylines", ", ".join(map(str, one.storylines))),
        ("skills", ", ".join(f"{skill} {value}" for skill, value in one.skills.items())),
    ]
    return Answer(one.model_dump(mode="json"), [[Piece(one.run_id, "bold")], *fields(about)], [one.run_id], problems)


@run.command(example='saves run start "The Lost Mine" pc:kara_smith')
@NAMED
@click.argument("who", shell_complete=completing.characters)
@click.pass_obj
def start(settings: Settings, name: str, who: str) -> Answer:
    """Begin a run of WHO; one that is active is paused."""
    return _done(settings, name, "begins", lambda opened: opened.start_run(who))


@run.command(example='saves run pause "The Lost Mine"')
@NAMED
@PERHAPS_ONE
@click.pass_obj
def pause(settings: Settings, name: str, run_id: str | None) -> Answer:
    """Pause the run that is active, or another one."""
    return _done(settings, name, "is paused", lambda opened: opened.pause_run(run_id))


@run.command(example='saves run resume "The Lost Mine" pc:kara_smith')
@NAMED
@PERHAPS_ONE
@click.pass_obj
def resume(settings: Settings, name: str, run_id: str | None) -> Answer:
    """Go on with a run that was paused or abandoned."""
    return _done(settings, name, "goes on", lambda opened: opened.resume_run(run_id))


@run.command(example='saves run abandon "The Lost Mine" pc:kara_smith --reason "No time"')
@NAMED
@PERHAPS_ONE
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--for-good", is_flag=True, help="It cannot be resumed.")
@click.pass_obj
def abandon(settings: Settings, name: str, run_id: str | None, reason: str | None, for_good: bool) -> Answer:
    """Give a run up: it grants nothing, the world keeps its marks."""
    return _done(
        settings,
        name,
        "is abandoned",
        lambda opened: opened.abandon_run(reason, can_resume=not for_good, run=run_id),
    )


@run.command(example='saves run complete "The Lost Mine" --trigger retirement --summary "She keeps an inn now"')
@NAMED
@PERHAPS_ONE
@click.option("--trigger", type=click.Choice(TRIGGERS), required=True, help="What it ends with.")
@click.option("--summary", metavar="TEXT", help="How it ended.")
@click.pass_obj
def complete(settings: Settings, name: str, run_id: str | None, trigger: Any, summary: str | None) -> Answer:
    """Complete a run: what it grants counts for the player."""
    return _done(settings, name, "is completed", lambda opened: opened.complete_run(trigger, summary, run=run_id))


@run.command(example='saves run archive "The Lost Mine" pc:kara_smith')
@NAMED
@ONE
@click.pass_obj
def archive(settings: Settings, name: str, run_id: str) -> Answer:
    """Put a run away that was completed or abandoned."""
    return _done(settings, name, "is put away", lambda opened: opened.archive_run(run_id))


def _done(settings: Settings, name: str, words: str, move: "Callable[[Campaign], RunData]") -> Answer:
    with finding.the_store(settings).campaigns.open(name) as opened:
        one = move(opened)
        who = opened.characters[one.character_id].name
        problems = [problem for problem in opened.problems if problem.code != "session_left_open"]
    line: Line = ["The run of ", Piece(who, "bold"), f" {words}  ", Piece(one.run_id, "dim")]
    return Answer(one.model_dump(mode="json"), [line], [one.run_id], problems)
