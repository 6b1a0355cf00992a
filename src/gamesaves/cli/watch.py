"""`saves watch`: what others change in a store's files, as it happens."""

import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, problem_lines, say, show_problems, warning, write
from gamesaves.cli.text import Line, Piece, counted

if TYPE_CHECKING:
    from gamesaves.services.watching.changes import DiskChange

# On Windows nothing interrupts a wait without end.
_BREATH_SECONDS = 0.5


@click.command(cls=Command, example="saves watch --poll 5")
@click.option("--poll", type=float, metavar="SECONDS", help="Look at every file at intervals, for network drives.")
@click.option("--for", "length", type=click.FloatRange(min=0), metavar="SECONDS", help="End by itself after so long.")
@click.pass_obj
def watch(settings: Settings, poll: float | None, length: float | None) -> Answer:
    """Print what is changed in the store's files, until Ctrl-C.

    That is the normal end, and the exit code is 0. With --json one document is written, at the end.
    """
    found: list[DiskChange] = []

    def told(change: "DiskChange") -> None:
        found.append(change)
        if not settings.json:
            write(lines_of(change))

    with finding.the_store(settings) as store:
        watcher = store.watch(told, poll=poll)
        try:
            say(["Watching ", Piece(str(store.root), "bold"), "; Ctrl-C ends it."], settings)
            if not (settings.json or settings.quiet):
                show_problems(watcher.problems)
            _wait(length)
        except KeyboardInterrupt:
            pass
        finally:
            watcher.close()
    summary = Piece(f"{counted(len(found), 'change')}.", "dim")
    problems = watcher.problems if settings.json else ()
    return Answer({"changes": [_tree(one) for one in found]}, [summary], brief=(), problems=problems)


def _wait(length: float | None) -> None:
    end = None if length is None else time.monotonic() + length
    pause = threading.Event()
    while end is None or time.monotonic() < end:
        pause.wait(_BREATH_SECONDS if end is None else min(_BREATH_SECONDS, max(0.0, end - time.monotonic())))


def _tree(change: "DiskChange") -> dict[str, Any]:
    problem = None if change.problem is None else warning(change.problem)
    return asdict(change) | {"path": str(change.path), "fields": list(change.fields), "problem": problem}


def lines_of(change: "DiskChange") -> list[Line]:
    """Return a change as people read it: when, what, which, and what of it."""
    if change.problem is not None:
        happened = Piece("cannot be used", "red")
    elif change.gone:
        happened = Piece("is gone", "yellow")
    else:
        happened = Piece("is new" if change.new else ", ".join(change.fields) or "has changed", "green")
    where = change.campaign_id or change.universe_id
    inside = f" of {where}" if where is not None and where != change.id else ""
    kind = f"{change.kind}/" if change.kind else ""
    line: Line = [Piece(time.strftime("%H:%M:%S"), "dim"), f"  {change.what} ", Piece(f"{kind}{change.id}", "bold")]
    return [[*line, f"{inside}  ", happened], *(problem_lines(change.problem) if change.problem else ())]
