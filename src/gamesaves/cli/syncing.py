"""`saves sync`: what campaigns have copied from profiles, as the profiles say."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer
from gamesaves.cli.text import Line, Piece

if TYPE_CHECKING:
    from gamesaves.services.refreshing import Refresh


@click.command(cls=Command, example="saves sync --dry-run")
@click.argument("name", metavar="[CAMPAIGN]", required=False, shell_complete=completing.campaigns)
@asking.DRY_RUN
@click.pass_obj
def sync(settings: Settings, name: str | None, dry_run: bool) -> Answer:
    """Bring campaigns up to date with who their characters are.

    A campaign has copies of what profiles say: names, looks, texts and voices. It refreshes them by itself when it is
    opened, and while it is played with the next turn. One that is open elsewhere is told and left alone; the exit code
    is then 3.
    """
    from gamesaves.cli.failing import PARTLY

    found = finding.the_store(settings).sync(name, dry_run=dry_run)
    shown = [line for one in found.refreshed for line in _lines(one)]
    nothing = ["Nothing could be done." if found.left else "Everything is up to date."]
    brief = [f"{one.campaign_id} {one.character_id}" for one in found.refreshed]
    code = PARTLY if found.left else 0
    return Answer([asdict(one) for one in found.refreshed], shown or nothing, brief, found.problems, exit_code=code)


def _lines(one: "Refresh") -> list[Line]:
    head: Line = [Piece(one.campaign_id, "bold"), "  ", one.character_id]
    changes = ((name.replace("_", " "), change["from"], change["to"]) for name, change in one.fields.items())
    return [head, *([f"  {name}  {_word(old)} → ", Piece(_word(new), "bold")] for name, old, new in changes)]


def _word(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
