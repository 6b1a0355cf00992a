"""The universes of a store: made, listed, found, opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.disk.chain import Chain
from gamesaves.disk.opening import create_ledger
from gamesaves.documents import UniverseData, WorldState
from gamesaves.errors import InvalidValue, NotFound, Problem, SavesError
from gamesaves.ids import id_of_stem, slug, unique_id
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context, close_all
from gamesaves.services.lookup import look_up
from gamesaves.services.presets import Presets
from gamesaves.services.universe import Universe
from gamesaves.services.validation import made, storable_values
from gamesaves.services.worldcontract import UNIVERSE, WORLD, UniverseContract

if TYPE_CHECKING:
    from gamesaves.disk.jsontext import Tree


@dataclass(frozen=True, slots=True)
class UniverseSummary:
    """A universe as it is listed, without being opened.

    Attributes:
        timeline_position: the furthest tick, as its document has it.
        problems: what keeps it from being read.
    """

    universe_id: str
    title: str
    timeline_position: int
    path: Path
    problems: tuple[Problem, ...] = ()


class Universes:
    """The universes of a store."""

    def __init__(self, context: Context, presets: Presets) -> None:
        self._context = context
        self._presets = presets
        self._open: dict[str, Universe] = {}

    def create(self, title: str, *, world: "Mapping[str, Any] | None" = None, **fields: Any) -> Universe:
        """Make a universe and open it.

        Args:
            world: what its world begins with: `factions`, `locations`, `npcs`, and whatever the game adds.
            fields: of `UniverseData`: a description, custom data.

        Raises:
            InvalidName: the title has no character that can be seen.
            InvalidValue: a field does not fit.
            InvalidDocument: a value has no place in JSON.
        """
        self._context.require_store()
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), storable_values():
            universe_id = unique_id(slug(title), self.__contains__)
            given = {"universe_id": universe_id, "title": title, "created_at": self._context.stamp()}
            documents: dict[str, Tree] = {
                UNIVERSE: made(UniverseData, {**fields, **given}).model_dump(mode="json"),
                WORLD: made(WorldState, dict(world or {})).model_dump(mode="json"),
            }
            create_ledger(
                self._context.places.universe(universe_id),
                UniverseContract(),
                self._context.surroundings,
                documents,
                data={"universe_id": universe_id},
            )
        return self.open(universe_id)

    def _ids(self) -> list[str]:
        names = folders.names(self._context.places.universes, folders=True)
        ids = [id_of_stem(name) for name in names]
        return [one for one in ids if one is not None]

    def __contains__(self, universe_id: object) -> bool:
        return universe_id in self._ids()

    def list(self) -> list[UniverseSummary]:
        """Return the universes, sorted by id; one that cannot be read is listed with its problem."""
        return [self._summary(one) for one in sorted(self._ids())]

    def _summary(self, universe_id: str) -> UniverseSummary:
        folder = self._context.places.universe(universe_id)
        path = folder / layout.document_path(UNIVERSE)
        problems: tuple[Problem, ...] = ()
        try:
            tree = jsontext.parse(files.read(path), path)
        except SavesError as error:
            # It is still found by its name.
            tree, problems = universe_tree(folder), (error.as_problem(),)
        tick = tree.get("timeline_position", 0)
        return UniverseSummary(
            universe_id, str(tree.get("title", universe_id)), tick if isinstance(tick, int) else 0, folder, problems
        )

    def id_of(self, name: str) -> str:
        """Return the id of the universe that a name means: an id or a title.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        if name in self:
            return name
        return look_up("universe", name, {one.universe_id: one.title for one in self.list()})

    def home_of(self, name: str) -> str:
        """Return the id of the universe that a name means, for a campaign that is to play in it.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            InvalidValue: its folder has another name than the universe, which others do not find there.
        """
        found = self.id_of(name)
        folder = self._context.places.universe(found)
        own = universe_tree(folder).get("universe_id", found)
        if own != found:
            hint = f"Rename the folder to {own}, or use the one that is called so. See: saves check"
            raise InvalidValue(
                f"{found} is a folder of the universe {own}, which has another name", path=folder, hint=hint
            )
        return found

    def find(self, name: str) -> UniverseSummary | None:
        """Return the universe with this id or title, as it is listed; None where there is none."""
        try:
            return self._summary(self.id_of(name))
        except NotFound:
            return None

    def open(self, name: str) -> Universe:
        """Open a universe, by its id or its title; always the same one until it is closed.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        universe_id = self.id_of(name)
        if universe_id not in self._open:
            self._context.places.require_inside(self._context.places.universe(universe_id))
            opened = self._open[universe_id] = Universe(universe_id, self._context, self._presets, self)
            self._context.playing[str(opened.folder)] = opened
        return self._open[universe_id]

    def forget(self, universe: Universe) -> None:
        """Take note that a universe has been closed."""
        if self._open.get(universe.id) is universe:
            del self._open[universe.id]
            self._context.playing.pop(str(universe.folder), None)

    def close(self) -> None:
        """Close those that are open."""
        close_all(universe.close for universe in tuple(self._open.values()))


def universe_tree(folder: Path) -> "Tree":
    """Return what the universe in a folder is, as its log has it; nothing where that cannot be read."""
    try:
        return Chain(folder, UniverseContract()).read().state.trees.get(UNIVERSE, {})
    except SavesError:
        return {}
