"""Refreshing, in many campaigns at once, what is copied from profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gamesaves.disk import files
from gamesaves.errors import Problem, SavesError
from gamesaves.services.opened import Opened

if TYPE_CHECKING:
    from gamesaves.services.campaigns import Campaigns
    from gamesaves.services.context import Context
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.refreshing import Refresh

_TOLD = frozenset({"another_person", "unknown_profile_state", "copy_changed"})


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of refreshing what campaigns have copied from profiles.

    Attributes:
        refreshed: what has changed, or would change, character by character.
        left: the campaigns, by their folders' names, that are open elsewhere or cannot be opened.
        problems: why they were left, and why copies stay as they are.
    """

    refreshed: "tuple[Refresh, ...]"
    left: tuple[str, ...]
    problems: tuple[Problem, ...]


def sync(
    context: "Context", campaigns: "Campaigns", profiles: "Profiles", name: str | None, *, dry_run: bool
) -> Synced:
    """Refresh the copies in one campaign, or in all.

    Raises:
        NotFound, Ambiguous: nothing, or more than one, is called that.
    """
    folders = [one.path.name for one in campaigns.list()] if name is None else [campaigns.id_of(name)]
    problems = [one.problem for one in profiles.list() if one.problem]
    refreshed: list[Refresh] = []
    left: list[str] = []
    for folder in folders:
        try:
            refreshed += _synced(context, campaigns, folder, problems, dry_run=dry_run)
        except SavesError as error:
            left.append(folder)
            where = error.path or str(context.places.campaign(folder))
            problems.append(Problem("warning", error.code, where, error.message, error.hint, error.line, error.column))
    return Synced(tuple(refreshed), tuple(left), tuple(problems))


def _synced(
    context: "Context", campaigns: "Campaigns", folder: str, problems: list[Problem], *, dry_run: bool
) -> "Sequence[Refresh]":
    # Most campaigns need not be locked to know that there is nothing to be done.
    with campaigns.open(folder, read_only=True) as looked_at:
        stale = looked_at.refreshed
        problems += [one for one in looked_at.problems if one.code in _TOLD]
    if not stale:
        return []
    for one in context.opened:
        if isinstance(one, Opened) and one.is_writer and one.folder.name == folder:
            return stale if dry_run else one.refresh_copies()
    if not dry_run:
        with campaigns.open(folder) as campaign:
            return campaign.refreshed
    if files.exists(context.places.lock(folder)):
        with context.lock(folder, f"campaign {folder}").held(0):
            pass
    return stale
