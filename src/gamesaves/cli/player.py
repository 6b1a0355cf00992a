"""`saves player …`: whoever plays, and what all their runs come to."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, changes_shown, counted, fields, moment, table

if TYPE_CHECKING:
    from gamesaves.documents import PlayerData
    from gamesaves.services.dashboard import Dashboard

NAMED = click.argument("name", metavar="PLAYER", shell_complete=completing.players)


@click.group(cls=Group)
def player() -> None:
    """Whoever plays, across all campaigns. PLAYER is an id or a name."""


@player.command(example="saves player create Alex")
@click.argument("name")
@click.pass_obj
def create(settings: Settings, name: str) -> Answer:
    """Add a player."""
    made = finding.new_or_known(settings).players.create(name)
    line: Line = [Piece(made.name, "bold"), " is added  ", Piece(made.player_id, "dim")]
    return Answer({"player_id": made.player_id, "name": made.name}, [line], [made.player_id])


@player.command("list", example="saves player list")
@click.option("--sort", type=click.Choice(["id", "name", "runs", "turns"]), default="id", help="The order.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, sort: str, limit: int | None) -> Answer:
    """List the players."""
    fields_of = {"id": "player_id", "name": "name", "runs": "runs_completed", "turns": "turns_played"}
    listed = finding.the_store(settings).players.list()
    listed = sorted(listed, key=lambda one: getattr(one, fields_of[sort]))[:limit]
    rows = (
        [
            Piece(one.name, "red" if one.problem else "bold"),
            one.player_id,
            str(one.runs_completed),
            str(one.turns_played),
        ]
        for one in listed
    )
    lines = table(["NAME", "ID", "COMPLETED", "TURNS"], rows, width=terminal_width()) if listed else ["No players."]
    data = [
        {**asdict(one), "path": str(one.path), "problem": warning(one.problem) if one.problem else None}
        for one in listed
    ]
    return Answer(data, lines, [one.player_id for one in listed], [one.problem for one in listed if one.problem])


@player.command(example="saves player show Alex")
@NAMED
@click.pass_obj
def show(settings: Settings, name: str) -> Answer:
    """Show what a player's runs come to, and what is open to them."""
    one = finding.the_store(settings).players.get(name)
    meta = one.meta_progression
    about = [
        ("completed", f"{counted(meta.total_runs_completed, 'run')}, {counted(meta.total_turns_played, 'turn')}"),
        ("given up", counted(len(one.abandoned_runs), "run") if one.abandoned_runs else None),
        ("universes", ", ".join(meta.story_mastery.universes_explored)),
        ("storylines", meta.story_mastery.major_storylines_completed or None),
        ("milestones", ", ".join(map(str, meta.milestones))),
        ("insights", ", ".join(map(str, meta.insights))),
        ("skills", ", ".join(f"{skill} {value}" for skill, value in meta.skills.items())),
        ("open", ", ".join(unlock for unlock, there in meta.unlocks.items() if there)),
        ("not yet", ", ".join(unlock for unlock, there in meta.unlocks.items() if not there)),
    ]
    return Answer(one.model_dump(mode="json"), [_heading(one), *fields(about)], [one.player_id])


def _heading(one: "PlayerData") -> Line:
    return [Piece(one.name, "bold"), "  ", Piece(one.player_id, "dim")]


@player.command("set", example="saves player set Alex preferences.pace=slow")
@NAMED
@click.argument("edits", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.pass_obj
def set_(settings: Settings, name: str, edits: Sequence[str]) -> Answer:
    """Change a player: the name, preferences, privacy, settings."""
    from gamesaves.cli.fields import assignments, changes

    players = finding.the_store(settings).players
    before = players.get(name)
    after = players.update(before.player_id, **assignments(before, edits))
    changed = changes(before.model_dump(mode="json"), after.model_dump(mode="json"))
    data = {"player_id": after.player_id, "changed": changed}
    return Answer(data, [_heading(after), *changes_shown(changed)], [after.player_id])


@player.command(example="saves player dashboard Alex")
@NAMED
@click.pass_obj
def dashboard(settings: Settings, name: str) -> Answer:
    """Show a player's stories: what goes on, and what to do next."""
    seen = finding.the_store(settings).players.dashboard(name)
    lines = [_heading(seen.player), *_characters(seen), *_sessions(seen)]
    if seen.highlights:
        lines += ["", "Highlights", *(f"  {one.text}" for one in seen.highlights)]
    if seen.recommendations:
        lines += ["", "What to do next"]
        lines += [["  ", Piece(one.name, "bold"), f"  {one.reason}"] for one in seen.recommendations]
    return Answer(_tree(seen), lines, [seen.player.player_id], seen.problems)


def _characters(seen: "Dashboard") -> list[Line]:
    if not seen.active_characters:
        return ["", "No story is under way."]
    rows = (
        ["  " + one.character_name, one.state, str(one.turns_completed), one.campaign_id]
        for one in seen.active_characters
    )
    return ["", *table(["  CHARACTER", "STATE", "TURNS", "CAMPAIGN"], rows, width=terminal_width())]


def _sessions(seen: "Dashboard") -> list[Line]:
    if not seen.sessions:
        return []
    rows = (
        [f"  {one.session.session_name}", one.session.status, moment(one.played.isoformat()), one.title]
        for one in seen.sessions
    )
    return ["", *table(["  SESSION", "STATUS", "PLAYED", "CAMPAIGN"], rows, width=terminal_width())]


def _tree(seen: "Dashboard") -> dict[str, Any]:
    return {
        "player": seen.player.model_dump(mode="json"),
        "active_characters": [one.model_dump(mode="json") for one in seen.active_characters],
        "sessions": [
            {"campaign_id": one.campaign_id, "title": one.title, **one.session.model_dump(mode="json")}
            for one in seen.sessions
        ],
        "highlights": [{**asdict(one), "at": one.at.isoformat()} for one in seen.highlights],
        "recommendations": [asdict(one) for one in seen.recommendations],
    }


@player.command(example='saves player switch Alex --character pc:kara_smith --campaign "The Lost Mine"')
@NAMED
@click.option("--character", metavar="WHO", required=True, shell_complete=completing.characters, help="Whom to play.")
@click.option("--campaign", shell_complete=completing.campaigns, help="In which campaign.")
@click.option("--universe", shell_complete=completing.universes, help="In which world, instead.")
@click.pass_obj
def switch(settings: Settings, name: str, character: str, campaign: str | None, universe: str | None) -> Answer:
    """Leave one story and go on in another, where it was left.

    Where neither a campaign nor a universe is named, it is the campaign with that character that was played last.
    """
    players = finding.the_store(settings).players
    with players.switch(name, character=character, campaign=campaign, universe=universe) as opened:
        session = opened.session
        data = {"campaign_id": opened.id, "title": opened.title, "character_id": opened.id_of(character)}
        data["session_id"] = "" if session is None else session.session_id
        who = opened.characters[data["character_id"]].name
        problems = [problem for problem in opened.problems if problem.code != "session_left_open"]
    line: Line = [Piece(who, "bold"), " plays on in ", Piece(opened.title, "bold"), f"  {data['session_id']}"]
    return Answer(data, [line], [opened.id], problems)
