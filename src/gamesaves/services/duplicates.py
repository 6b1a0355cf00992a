"""Second copies that synchronisers and file managers leave: found, told apart, and offered to be joined."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gamesaves.disk import files, folders, layout
from gamesaves.disk.chain import Chain
from gamesaves.errors import Problem, SavesError
from gamesaves.ids import is_id
from gamesaves.rules.conflictcopies import original_of
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.joining import Copies
from gamesaves.services.standing import is_import
from gamesaves.services.summaries import CampaignSummary
from gamesaves.services.universes import universe_tree
from gamesaves.services.worldcontract import UniverseContract

_STANDS = {
    (False, False): "nobody has played since they parted",
    (True, False): "it is an older copy",
    (False, True): "it has been played further",
    (True, True): "both were played since they parted",
}


def conflict_copies(folder: Path, noun: str = "campaign") -> Iterator[Problem]:
    """Name the files of a campaign that are second copies by their names; nothing reads them by itself.

    Args:
        noun: what it is instead, if it is no campaign, and can be merged.
    """
    for entry in folders.entries(folder):
        if entry.is_folder and not entry.is_link and entry.name not in (layout.SNAPSHOTS, layout.BRANCHES):
            yield from conflict_copies(entry.path, noun)
        elif (original := original_of(entry.name)) is not None:
            hint = "Compare the two, and delete the one that is not wanted."
            if original == layout.LOG and _has_more(entry.path, folder):
                both = shlex.join((folder.name, str(entry.path)))
                hint = f"Join what it has: saves {noun} merge {both}"
            elif original == layout.LOG:
                hint = "The history has all of it: delete it."
            text = f"a second copy of {original}, by its name; it is not in use"
            yield Problem("warning", "conflict_copy", str(entry.path), text, hint)


def _has_more(copy: Path, folder: Path) -> bool:
    """Whether a second copy of a log has lines that neither the log has nor what was joined with it."""
    known = [folder / layout.LOG, *(one.path for one in folders.entries(folder / layout.BRANCHES))]
    lines = {line for path in known for line in (files.read_if_there(path) or b"").splitlines()}
    return not lines.issuperset(files.read(copy).splitlines())


def same_campaigns(campaigns: Campaigns, listed: Iterable[CampaignSummary]) -> Iterator[Problem]:
    """Name the folders that hold another copy of a campaign, and how the two stand to each other."""
    by_id: dict[str, list[Path]] = defaultdict(list)
    for one in listed:
        by_id[one.shared_id].append(one.path)
    for campaign_id, paths in by_id.items():
        first, *others = sorted(paths, key=lambda path: (path.name != campaign_id, path.name))
        for path in others:
            try:
                with campaigns.open(first.name, read_only=True) as opened:
                    stands = _stands(opened._copies(path))
            except SavesError as error:
                yield error.as_problem()
                continue
            text = f"another copy of the campaign in {first.name}: {stands}"
            # In double quotes every shell takes a name with spaces as one word.
            fork = f'saves campaign fork "{path.name}" --title "ANOTHER TITLE"'
            hint = (
                f'Join them: saves campaign merge "{first.name}" "{path.name}"\n'
                f"Or keep both, the copy as a campaign of its own: {fork}\n"
                f'Then set the copy aside: saves campaign remove "{path.name}"'
            )
            yield Problem("warning", "duplicate_campaign", str(path), text, hint)


def same_universes(places: layout.Layout) -> Iterator[Problem]:
    """Name the folders of universes that have another name than their universe: nobody who plays in it finds them."""
    homes: dict[str, Path] = {}
    for entry in folders.entries(places.universes):
        # What is wrong with a history that cannot be read is told where it is verified.
        with suppress(SavesError):
            universe_id = None if entry.is_link else _universe_in(entry.path)
            if universe_id is not None and (home := places.universe(universe_id)) != entry.path:
                # Of several copies without an original the first one takes its place.
                known = home if files.exists(home) else homes.setdefault(universe_id, entry.path)
                yield _misnamed(entry.path, home) if known == entry.path else _second(entry.path, known)


def _universe_in(folder: Path) -> str | None:
    """Return the id that the universe in a folder has; None where there is none."""
    universe_id = universe_tree(folder).get("universe_id")
    return universe_id if isinstance(universe_id, str) and is_id(universe_id) else None


def _misnamed(stray: Path, home: Path) -> Problem:
    text = f"the universe {home.name}, in a folder of another name: campaigns that play in it do not find it"
    return Problem("warning", "misnamed_universe", str(stray), text, f"Rename it to {home.name}.")


def _second(stray: Path, home: Path) -> Problem:
    head = Chain(home, UniverseContract()).read().state.head
    assert head is not None
    copies = Copies.of(home, head.hash, UniverseContract(), stray)
    text = f"another copy of the universe {home.name}: {_stands(copies)}"
    # In double quotes every shell takes a name with spaces as one word.
    join = f'Join them: saves universe merge {home.name} "{stray}"\nThen move' if copies.relation.behind else "Move"
    return Problem("warning", "duplicate_universe", str(stray), text, f"{join} it out of the store.")


def _stands(copies: Copies) -> str:
    """Return how two copies stand to each other; that one was taken in is nothing that was played."""
    relation, known = copies.relation, copies.ancestry.events
    if relation.kind == "unrelated":
        return "they have no event in common"
    if relation.kind == "identical":
        return "the two are the same"
    played = (any(not is_import(known[one]) for one in side) for side in (relation.ahead, relation.behind))
    return _STANDS[next(played), next(played)]
