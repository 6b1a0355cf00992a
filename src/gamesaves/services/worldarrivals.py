"""What becomes of the universe in a bundle: taken in where it is missing, never written over where it is here."""

import shlex
from pathlib import Path

from gamesaves.disk import files
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import Chain
from gamesaves.errors import Problem, SavesError
from gamesaves.ids import is_id
from gamesaves.services.arrivals import Arrivals, Step
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN
from gamesaves.services.examining import Seen
from gamesaves.services.seenworlds import SeenUniverse
from gamesaves.services.worldcontract import UniverseContract


def add_world(result: Arrivals, context: Context, seen: Seen, origin: Path) -> None:
    """Decide for the universe that the campaign plays in; nothing is written.

    Args:
        origin: where the bundle is, for what to do about a universe that is another version here.
    """
    universe_id = seen.state.trees[CAMPAIGN].get("universe_id")
    if not isinstance(universe_id, str) or not is_id(universe_id):
        return
    here = context.places.universe(universe_id)
    world = seen.universe
    if not files.exists(here):
        if world is not None:
            result.steps.append(Step("add", "universe", world.folder, world.folder))
            return
        result.steps.append(Step("missing", "universe", universe_id))
        text = f"the world {universe_id!r} is not in this store; the campaign is played without it"
        result.problems.append(Problem("warning", "missing_universe", universe_id, text))
    elif world is not None:
        how = _difference(here, world)
        result.steps.append(Step("keep", "universe", world.folder, None, how))
        if how not in (None, _AHEAD):
            both, path = f"{universe_id} {shlex.quote(str(origin))}", str(here)
            hint = f"See how they differ: saves universe compare {both}\n"
            hint += f"Bring them together: saves universe merge {both}"
            result.problems.append(Problem("warning", "other_universe", path, f"the universe is here, and {how}", hint))


_AHEAD = "the store's is ahead of it"


def _difference(here: Path, world: SeenUniverse) -> str | None:
    """Return how the universe that comes stands to the one that is here; None where they are the same."""
    try:
        newest = Chain(here, UniverseContract()).read().state.head
        known = Ancestry(here, UniverseContract()).events.keys()
    except SavesError as error:
        return f"the store's cannot be read: {error.message}"
    wanted = world.state.head
    assert newest is not None
    assert wanted is not None
    if newest.hash == wanted.hash:
        return None
    if wanted.hash in known:
        return _AHEAD
    if newest.hash in world.hashes:
        return "it is ahead of the store's"
    return "the two have gone different ways" if known & world.hashes else "the store's is another one with its id"
