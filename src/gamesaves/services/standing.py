"""How a campaign that is to be taken in stands to those that are here: by what happened in each, never by a clock."""

import shlex
from pathlib import Path

from gamesaves.disk import bundlenames, files, folders, layout, log
from gamesaves.disk.brought import IMPORT
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.errors import Conflict
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.contracts import PROFILES, CampaignContract
from gamesaves.services.examining import Seen
from gamesaves.services.summaries import CampaignSummary

_AHEAD = {True: "the store's is ahead of it", False: "it is ahead of the store's"}


def place_for(context: Context, campaigns: Campaigns, seen: Seen, origin: Path) -> tuple[str, bool]:
    """Return the folder that a campaign gets, and whether it is there already to the same event.

    Args:
        origin: where it comes from, for what to do about it.

    Raises:
        Conflict: it is here, and is another version, or it is put away, or another campaign has its folder.
    """
    wanted = seen.info.folder
    head = seen.state.head
    assert head is not None
    others = [one for one in campaigns.list(archived=True) if _is_same(one.folder, one.shared_id, seen)]
    found = [(one.folder, *_history(one.path)) for one in others if not one.archived]
    for name, newest, _ in found:
        if head.hash in newest:
            return name, True
    for name, newest, hashes in found:
        raise _conflict(origin, name, context.places.campaign(name), seen, newest, hashes)
    for one in others:
        raise put_away(origin, one)
    if files.exists(context.places.campaign(wanted)):
        raise _conflict(origin, wanted, context.places.campaign(wanted), seen, set(), set())
    return wanted if wanted.startswith(layout.CAMPAIGN_PREFIX) else campaigns.new_folder(wanted), False


def is_import(event: Event) -> bool:
    """Whether an event only says which ids the profiles have in a store: nothing of the story is in it."""
    return event.kind == IMPORT and event.changes.keys() == {PROFILES}


def _history(folder: Path) -> tuple[set[str], set[str]]:
    """Return the newest event of a campaign that is here, with the one before where that was an import, and all."""
    newest: set[str] = set()
    known: set[str] = set()
    for line in Chain(folder, CampaignContract()).lines():
        if line.event is not None:
            newest = {*(newest if is_import(line.event) else ()), line.event.hash}
            known.add(line.event.hash)
    for entry in folders.entries(folder / layout.BRANCHES):
        if not entry.is_folder:
            known |= {line.event.hash for line in log.read_lines(entry.path) if line.event is not None}
    return newest, known


def _is_same(name: str, campaign_id: str, seen: Seen) -> bool:
    folded = bundlenames.folded
    return campaign_id == seen.info.campaign_id or folded(name) == folded(seen.info.folder)


def _conflict(origin: Path, name: str, here: Path, seen: Seen, newest: set[str], hashes: set[str]) -> Conflict:
    head = seen.state.head
    assert head is not None
    if head.hash in hashes or newest & seen.hashes:
        how = f"the campaign {name} is here, and {_AHEAD[head.hash in hashes]}"
    elif hashes & seen.hashes:
        how = f"the campaign {name} is here, and the two have gone different ways"
    else:
        how = f"another campaign is called {name} here"
    hint = f"{joining(name, origin)}\nOr have both: {_as_copy(origin)}"
    return Conflict(f"{how}; neither is written over the other", path=here, hint=hint)


def joining(name: str, other: Path) -> str:
    """Return how a campaign and another copy of it are compared, and joined."""
    compare, merge = (f"saves campaign {verb} {shlex.join((name, str(other)))}" for verb in ("compare", "merge"))
    return f"See how they differ: {compare}\nBring them together: {merge}"


def _as_copy(origin: Path) -> str:
    return f"saves import --as-copy {shlex.quote(str(origin))}"


def put_away(origin: Path, one: CampaignSummary) -> Conflict:
    """Return the error for a campaign that is to be taken in, and is in the archive."""
    hint = f"Bring it back: saves campaign unarchive {shlex.quote(one.folder)}\nOr have both: {_as_copy(origin)}"
    return Conflict(f"the campaign {one.folder} is put away in the archive", path=one.path, hint=hint)
