"""`saves play`: a console for a game master."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, say, show_problems, write
from gamesaves.cli.text import Line, Piece, clean, shortened

if TYPE_CHECKING:
    from gamesaves.cli.console import Outcome
    from gamesaves.services.campaign import Campaign


@click.command(cls=Command, example='saves play "The Lost Mine"')
@click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
@click.pass_obj
def play(settings: Settings, name: str) -> Answer:
    """Play a campaign from a console, a command a line.

    `help` lists them. Each one that succeeds is on the disk before the next is read; one that fails says why and
    changes nothing. They can come from standard input too: the exit code is then 3 where some failed, 1 where all did.
    """
    from gamesaves.cli.console import carry_out

    interactive = not settings.json and sys.stdin.isatty() and sys.stdout.isatty()
    outcomes: list[Outcome] = []
    with finding.the_store(settings).campaigns.open(name) as campaign:
        told = _Told(campaign, settings)
        if interactive:
            say(["Playing ", Piece(campaign.title, "bold"), Piece("   help lists the commands", "dim")], settings)
        told.news()
        lines = _typed(campaign) if interactive else _piped()
        for number, line in enumerate(lines, 1):
            outcome = carry_out(campaign, line)
            if outcome is None:
                continue
            outcomes.append(outcome)
            told.outcome(outcome, None if interactive else number)
            if outcome.leaves:
                break
    told.news()
    code = 0 if interactive else _exit_code(outcomes)
    data = [outcome.tree() for outcome in outcomes if not outcome.leaves]
    return Answer(data, problems=campaign.problems if settings.json else [], exit_code=code)


def _exit_code(outcomes: "list[Outcome]") -> int:
    from gamesaves.cli.failing import INTERNAL, PARTLY

    done = [outcome for outcome in outcomes if not outcome.leaves]
    failed = sum(outcome.error is not None for outcome in done)
    if not failed:
        return 0
    return INTERNAL if failed == len(done) else PARTLY


class _Told:
    """Tells people what came of a line, and what has been found wrong since the line before."""

    def __init__(self, campaign: "Campaign", settings: Settings) -> None:
        self._campaign = campaign
        self._settings = settings
        self._known = 0

    def outcome(self, outcome: "Outcome", number: int | None) -> None:
        """Tell what came of a line; `number` is where it stands, None where somebody has just typed it."""
        if self._settings.json:
            return
        if outcome.reply is not None:
            write(outcome.reply.lines)
        elif outcome.error is not None:
            error = outcome.error
            place = f"line {number}: " if number is not None else ""
            first: Line = [Piece("error:", "red"), f" {place}{error.message}"]
            write([first, *([[Piece("  hint:", "cyan"), " ", error.hint]] if error.hint else [])], error=True)
        self.news()

    def news(self) -> None:
        """Tell what has been found wrong since this was last asked."""
        problems = self._campaign.problems
        if not (self._settings.json or self._settings.quiet):
            show_problems(problems[self._known :])
        self._known = len(problems)


def _piped() -> Iterator[str]:
    if (reconfigure := getattr(sys.stdin, "reconfigure", None)) is not None:
        # Some programs on Windows begin what they write with a byte order mark.
        reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    yield from sys.stdin


def _typed(campaign: "Campaign") -> Iterator[str]:
    _use_readline(campaign)
    prompt = f"{shortened(clean(campaign.title), 30)}> "
    while True:
        try:
            yield input(prompt)
        except EOFError:
            write([""])
            return


def _use_readline(campaign: "Campaign") -> None:
    """Give the prompt a history and the Tab key, on systems that have readline."""
    try:
        import readline
    except ImportError:  # pragma: no cover
        return
    from gamesaves.cli.console import candidates

    found: list[Any] = []

    def complete(_: str, state: int) -> str | None:
        if state == 0:
            found[:] = candidates(campaign, readline.get_line_buffer()[: readline.get_endidx()])
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
