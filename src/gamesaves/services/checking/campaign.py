"""One campaign, or universe: its whole history, its documents, and what refers to what."""

import shlex
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gamesaves.disk import layout
from gamesaves.disk.chain import Chain
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.reconcile import Reconciler
from gamesaves.errors import Problem, SavesError
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.checking.history import History
from gamesaves.services.checking.references import reference_problems
from gamesaves.services.checking.shared import REPAIR
from gamesaves.services.checking.worlds import world_problems
from gamesaves.services.context import Context
from gamesaves.services.duplicates import conflict_copies
from gamesaves.services.repairing.history import Sources
from gamesaves.services.repairing.kinds import CAMPAIGNS, UNIVERSES

_MENDED = ("document_missing", "document_empty", "foreign_revision", "encounter_damaged")


def campaign_problems(
    context: Context, campaigns: Campaigns, name: str, tell: Callable[[str], object]
) -> Iterator[Problem]:
    """Yield what is wrong with a campaign."""
    folder = context.places.campaign(name)
    yield from _with_commands(list(_problems(context, campaigns, folder, tell)), name)


def _problems(context: Context, campaigns: Campaigns, folder: Path, tell: Callable[[str], object]) -> Iterator[Problem]:
    history = History(CAMPAIGNS, folder, tell)
    problems = [*history.chain(), *history.snapshots(), *history.branches(), *history.views()]
    copies = list(conflict_copies(folder))
    yield from problems
    if history.campaign_id not in (None, folder.name) and Sources(context, CAMPAIGNS, folder).foreign:
        text = f"it is the log of another campaign: {history.campaign_id}"
        yield Problem("error", "damaged", str(folder / layout.LOG), text)
    with campaigns.open(folder.name, read_only=True) as campaign:
        known = {(one.code, one.path) for one in problems} | {("foreign_file", one.path) for one in copies}
        yield from (one for one in campaign.problems if (one.code, one.path) not in known)
        yield from copies
        yield from reference_problems(context, campaign, history.hashes)
        # What is wrong with a universe that cannot be read is said of itself.
        with suppress(SavesError):
            yield from campaign.universe_problems()


def universe_problems(context: Context, folder: Path, tell: Callable[[str], object]) -> Iterator[Problem]:
    """Yield what is wrong with a universe."""
    history = History(UNIVERSES, folder, tell)
    problems = [*history.chain(), *history.snapshots(), *history.branches()]
    chain = Chain(folder, UNIVERSES.contract)
    reading = chain.read()
    found = Reconciler(folder, UNIVERSES.contract, chain, reading.state, context.places).look()
    copies = list(conflict_copies(folder, UNIVERSES.contract.noun))
    foreign = {one.path for one in copies}
    problems += [*reading.problems, *(one for one in found.problems if one.path not in foreign), *copies]
    problems += [one for file in found.findings for one in file.problems]
    assert reading.state.head is not None
    seen, noun = SeenHead(context.places.heads, folder.name), UNIVERSES.contract.noun
    problems += seen.missing_from(chain, reading.state.head, noun, lambda: history.events)
    if history.hashes is not None:
        problems += world_problems(folder, reading.state)
    known: dict[tuple[str, str | None], Problem] = {}
    for one in problems:
        known.setdefault((one.code, one.path), one)
    yield from _with_commands(known.values(), None)


def _with_commands(problems: Collection[Problem], name: str | None) -> Iterator[Problem]:
    is_damaged = any(one.code == "damaged" and one.severity == "error" for one in problems)
    for one in problems:
        # Nothing is joined with what is damaged; what a repair has not taken back is told again.
        is_later = is_damaged and one.code == "older_copy"
        yield _with_command(replace(one, hint=_command(name)) if is_later else one, name)


def _command(name: str | None) -> str:
    return REPAIR if name is None else f"{REPAIR} {shlex.quote(name)}"


def _with_command(problem: Problem, name: str | None) -> Problem:
    """Name the command that mends it, where that is all there is to do."""
    if problem.code == "stale_copies" and problem.hint is None:
        return replace(problem, hint=f"Now: saves sync {shlex.quote(name or '')}")
    command = _command(name)
    if problem.code in _MENDED or (problem.code == "damaged" and problem.hint is None):
        return replace(problem, hint=command)
    if problem.code in ("invalid", "wrong_id") and problem.severity == "error":
        return replace(problem, hint=f"{problem.hint or ''}\n{command}".strip())
    return problem
