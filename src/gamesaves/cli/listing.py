"""`saves list`: the campaigns of a store, without any of them being opened."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, moment, table

if TYPE_CHECKING:
    from gamesaves.services.summaries import CampaignSummary
    from gamesaves.store import SaveStore

_ORDERS: "dict[str, Callable[[CampaignSummary], Any]]" = {
    "played": lambda one: one.last_played or "",
    "title": lambda one: one.title.casefold(),
    "turns": lambda one: one.total_turns,
    "id": lambda one: one.campaign_id,
}
_NEWEST_FIRST = ("played", "turns")


@click.command("list", cls=Command, example="saves list --sort title")
@click.option("--character", metavar="WHO", shell_complete=completing.characters, help="Only those with this one.")
@click.option("--tag", metavar="TAG", help="Only those with this tag, or this value of it: NAME=VALUE.")
@click.option("--archived", is_flag=True, help="List those that are put away, too.")
@click.option("--sort", type=click.Choice(list(_ORDERS)), default="played", show_default=True, help="The order.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(
    settings: Settings,
    character: str | None,
    tag: str | None,
    archived: bool,
    sort: str,
    reverse: bool,
    limit: int | None,
) -> Answer:
    """List the campaigns, the one played last first."""
    store = finding.the_store(settings)
    listed = store.campaigns.list(archived=archived)
    if character is not None:
        wanted = _character(store, listed, character)
        listed = [one for one in listed if wanted in one.characters]
    if tag is not None:
        listed = [one for one in listed if _has_tag(one, tag)]
    listed.sort(key=_ORDERS[sort], reverse=reverse is not (sort in _NEWEST_FIRST))
    listed = listed[:limit]
    problems = [problem for one in listed for problem in one.problems]
    data = [_row(one) for one in listed] if settings.json else None
    return Answer(data, lambda: lines_of(listed), [one.campaign_id for one in listed], problems)


def _character(store: "SaveStore", listed: "list[CampaignSummary]", name: str) -> str:
    from gamesaves.errors import NotFound
    from gamesaves.services.lookup import look_up

    try:
        return look_up("character", name, {who: who for one in listed for who in one.characters})
    except NotFound as unknown:
        try:
            return store.profiles.id_of(name)
        except NotFound:
            raise unknown from None


def _has_tag(one: "CampaignSummary", wanted: str) -> bool:
    name, given, value = wanted.partition("=")
    return name in one.tags and (not given or one.tags[name] in (value, value_of(value)))


def _row(one: "CampaignSummary") -> dict[str, Any]:
    return {
        "campaign_id": one.campaign_id,
        "title": one.title,
        "last_played": one.last_played,
        "total_turns": one.total_turns,
        "characters": list(one.characters),
        "tags": one.tags,
        "path": str(one.path),
        "problems": [warning(problem) for problem in one.problems],
        "archived": one.archived,
        "copy_of": one.copy_of,
    }


def lines_of(listed: "list[CampaignSummary]") -> list[Line]:
    """Return campaigns as people read them, a line each."""
    if not listed:
        return ["No campaigns."]
    headings = ["TITLE", "TURNS", "LAST PLAYED", "CHARACTERS", "ID"]
    rows = (
        [
            _title(one),
            str(one.total_turns),
            moment(one.last_played),
            str(len(one.characters)),
            one.campaign_id,
        ]
        for one in listed
    )
    return table(headings, rows, width=terminal_width())


def _title(one: "CampaignSummary") -> Piece:
    style = "red" if one.problems else "dim" if one.archived else "bold"
    mark = " (archived)" if one.archived else " (copy)" if one.copy_of else ""
    return Piece(one.title + mark, style)


def value_of(text: str) -> Any:
    """Return what is written as JSON as what it is, and anything else as text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
