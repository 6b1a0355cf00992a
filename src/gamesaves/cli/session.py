"""`saves session …`: the sittings of a campaign."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, counted, fields, moment, table

if TYPE_CHECKING:
    from gamesaves.documents import Session
    from gamesaves.services.campaign import Campaign

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
ONE = click.argument("session_id", metavar="SESSION", shell_complete=completing.sessions)
PERHAPS_ONE = click.argument("session_id", metavar="[SESSION]", required=False, shell_complete=completing.sessions)
_ORDERS: "dict[str, Callable[[Session], Any]]" = {
    "started": lambda one: one.started_at,
    "playtime": lambda one: one.playtime_seconds,
    "turns": lambda one: one.turn_count,
}
_STATUS = {"active": "green", "paused": "yellow"}


@click.group(cls=Group)
def session() -> None:
    """The sittings of a campaign. CAMPAIGN is an id, a folder's name or a title."""


@session.command("list", example='saves session list "The Lost Mine"')
@NAMED
@click.option("--sort", type=click.Choice(list(_ORDERS)), default="started", show_default=True, help="The order.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, name: str, sort: str, reverse: bool, limit: int | None) -> Answer:
    """List the sessions of a campaign. Works while somebody plays it."""
    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        listed = sorted(opened.sessions.values(), key=_ORDERS[sort], reverse=reverse)[:limit]
        problems = opened.problems
    headings = ["SESSION", "ID", "STATUS", "BEGAN", "TURNS", "PLAYED", "STORY"]
    lines = table(headings, map(_cells, listed), width=terminal_width()) if listed else ["No sessions."]
    return Answer([_row(one) for one in listed], lines, [one.session_id for one in listed], problems)


def _cells(one: "Session") -> list[str]:
    status = Piece(one.status, _STATUS.get(one.status, ""))
    began = moment(one.started_at.isoformat())
    return [one.session_name, one.session_id, status, began, str(one.turn_count), _played(one), _when(one)]


def _played(one: "Session") -> str:
    return str(timedelta(seconds=int(one.playtime_seconds)))


def _when(one: "Session") -> str:
    return f"day {one.temporal_state.current_day}, {one.temporal_state.time_period}"


def _row(one: "Session") -> dict[str, Any]:
    shown = {"session_id", "session_name", "status", "started_at", "last_saved", "ended_at", "turn_count"}
    more = {"total_turns", "playtime_seconds", "device", "character_ids", "temporal_state"}
    return one.model_dump(mode="json", include=shown | more)


@session.command(example='saves session show "The Lost Mine" session_001')
@NAMED
@PERHAPS_ONE
@click.pass_obj
def show(settings: Settings, name: str, session_id: str | None) -> Answer:
    """Show the session that goes on, or another one."""
    from gamesaves.errors import InvalidValue

    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        one = opened.session if session_id is None else opened.sessions[opened.session_id_of(session_id)]
        if one is None:
            raise InvalidValue("no session goes on", hint=f"Name one: saves session list {opened.id}")
        problems = opened.problems
    about = [
        ("status", one.status),
        ("began", moment(one.started_at.isoformat())),
        ("ended", None if one.ended_at is None else moment(one.ended_at.isoformat())),
        ("played", f"{_played(one)}, {counted(one.turn_count, 'turn')}"),
        ("on", one.device),
        ("story", _when(one)),
        ("scene", one.active_scene.scene_id),
        ("who", ", ".join(one.character_ids)),
        ("about to", ", ".join(f"{who.character_id}: {who.pending_action}" for who in _busy(one))),
        ("so far", one.conversation_context.conversation_summary),
    ]
    heading: Line = [Piece(one.session_name, "bold"), "  ", Piece(one.session_id, "dim")]
    return Answer(one.model_dump(mode="json"), [heading, *fields(about)], [one.session_id], problems)


def _busy(one: "Session") -> list[Any]:
    return [who for who in one.active_characters if who.pending_action is not None]


@session.command(example='saves session start "The Lost Mine" "Friday night"')
@NAMED
@click.argument("called", metavar="[SESSION-NAME]", required=False)
@click.option(
    "--character",
    "characters",
    metavar="WHO",
    multiple=True,
    shell_complete=completing.characters,
    help="Who takes part, if not the whole party; can be given again.",
)
@click.option("--scene", metavar="ID", help="The scene that is played.")
@click.option("--device", metavar="NAME", help="What it is played on.")
@click.option("--game-version", metavar="VERSION", help="The version of the game.")
@click.pass_obj
def start(
    settings: Settings,
    name: str,
    called: str | None,
    characters: tuple[str, ...],
    scene: str | None,
    device: str | None,
    game_version: str | None,
) -> Answer:
    """Begin a session; one that is active is paused."""

    def begin(opened: "Campaign") -> "Session":
        return opened.start_session(
            called, characters=characters, scene=scene, device=device, game_version=game_version
        )

    return _done(settings, name, "begins", begin)


@session.command(example='saves session pause "The Lost Mine"')
@NAMED
@click.pass_obj
def pause(settings: Settings, name: str) -> Answer:
    """Pause the session that is active."""
    return _done(settings, name, "is paused", lambda opened: opened.pause_session())


@session.command(example='saves session resume "The Lost Mine"')
@NAMED
@PERHAPS_ONE
@click.pass_obj
def resume(settings: Settings, name: str, session_id: str | None) -> Answer:
    """Go on with the newest that was paused, or another one."""
    return _done(settings, name, "goes on", lambda opened: opened.resume_session(session_id))


@session.command(example='saves session end "The Lost Mine"')
@NAMED
@click.pass_obj
def end(settings: Settings, name: str) -> Answer:
    """End the session that is active or paused."""
    return _done(settings, name, "has ended", lambda opened: opened.end_session())


@session.command(example='saves session archive "The Lost Mine" session_001')
@NAMED
@ONE
@click.pass_obj
def archive(settings: Settings, name: str, session_id: str) -> Answer:
    """Put a session away that has ended."""
    return _done(settings, name, "is put away", lambda opened: opened.archive_session(session_id))


def _done(settings: Settings, name: str, words: str, move: "Callable[[Campaign], Session]") -> Answer:
    with finding.the_store(settings).campaigns.open(name) as opened:
        one = move(opened)
        # What was left open is what this command is about.
        problems = [problem for problem in opened.problems if problem.code != "session_left_open"]
        data = {"campaign_id": opened.id, **_row(one)}
    line: Line = [Piece(one.session_name, "bold"), f" {words}  ", Piece(one.session_id, "dim")]
    return Answer(data, [line], [one.session_id], problems)


@session.command(example="saves session expire --hours 8")
@click.option(
    "--hours", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Idle for longer than this."
)
@click.pass_obj
def expire(settings: Settings, hours: float) -> Answer:
    """Pause sessions that nobody plays any more, in all campaigns.

    A campaign that somebody has open is told and left alone; the exit code is then 3.
    """
    from gamesaves.cli.failing import PARTLY

    found = finding.the_store(settings).campaigns.expire_sessions(timedelta(hours=hours))
    rows = [
        {"campaign_id": one.campaign_id, "session_id": one.session_id, "idle_seconds": round(one.idle.total_seconds())}
        for one in found.paused
    ]
    lines: list[Line] = [
        [Piece(one.campaign_id, "bold"), f": {one.session_id} is paused, idle for {one.idle}".partition(".")[0]]
        for one in found.paused
    ]
    data = {"paused": rows, "problems": [warning(problem) for problem in found.problems]}
    brief = [f"{one.campaign_id} {one.session_id}" for one in found.paused]
    shown = lines or ["No session was idle for so long."]
    return Answer(data, shown, brief, found.problems, exit_code=PARTLY if found.problems else 0)
