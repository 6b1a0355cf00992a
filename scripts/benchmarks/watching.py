"""How soon a game has what was edited, and what watching costs while nothing happens."""

import time
from pathlib import Path

from gamesaves import SaveStore
from scripts.benchmarks.measuring import Row, Scale, Spread, plain, timed
from scripts.benchmarks.stores import many_campaigns
from tests.integration.watched import QUEUE, Report, storm

_POLL_SECONDS = 1.0
_LOOKED_OVER_SECONDS = 61.0
"""Longer than the watcher waits until it looks over everything."""


def edits(folder: Path, scale: Scale) -> list[Row]:
    """Edit files as many programs do, while a game plays and the system forgets events; then the same by polling."""
    folder.mkdir(parents=True)
    by_events = storm(folder / "events", scale.edits, flood=QUEUE.exists())
    by_polling = storm(folder / "polling", scale.edits // 10, poll=_POLL_SECONDS)
    return [
        plain(f"edit told, by events · {scale.edits} edits", _latencies(by_events), 500),
        plain(f"edit told, by polling each {_POLL_SECONDS:g} s", _latencies(by_polling), 2000 * _POLL_SECONDS),
        _count("edits missed", [*by_events.missed, *by_polling.missed]),
        _count(f"echoes of {by_events.own_writes} own writes", [*by_events.more, *by_polling.more]),
        _count("edits that the game does not have", [*by_events.astray, *by_polling.astray]),
    ]


def _latencies(report: Report) -> Spread:
    return Spread.of([seconds * 1000 for seconds in report.latencies])


def _count(what: str, found: list[str]) -> Row:
    return Row(what, Spread(len(found), len(found), 1, ""), None, len(found), "", 0)


def idle(folder: Path, scale: Scale) -> list[Row]:
    """Watch many campaigns in which nothing happens."""
    many_campaigns(folder, scale.campaigns)
    with SaveStore(folder) as store:
        begin = timed(store.watch)
        used, since = time.process_time(), time.perf_counter()
        time.sleep(_LOOKED_OVER_SECONDS)
        share = (time.process_time() - used) / (time.perf_counter() - since) * 100
    return [
        plain(f"begin to watch {scale.campaigns} campaigns", Spread.of([begin])),
        Row(f"idle, {scale.campaigns} campaigns", Spread(share, share, 1, "%"), None, share, "% of a core", 1),
    ]
