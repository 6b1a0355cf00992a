"""What the documents of a universe are, for the ledger that keeps them."""

from collections.abc import Mapping

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import Fault, State
from gamesaves.documents import UniverseData, WorldState
from gamesaves.documents.base import SCHEMA_VERSION, Document
from gamesaves.rules.migrations import migrated
from gamesaves.services.validation import completed, faults_in

UNIVERSE, WORLD = "universe", "world_state"
_MODELS: Mapping[str, type[Document]] = {UNIVERSE: UniverseData, WORLD: WorldState}
_ID = "universe_id"
_NOTHING: Tree = {}


class UniverseContract:
    """The documents of universes: `universe` and `world_state`."""

    noun = "universe"
    views: Mapping[str, str] = {}

    def is_document(self, key: str) -> bool:
        """Whether a file with this key is one of a universe's documents."""
        return key in _MODELS

    def faults(self, key: str, tree: Tree) -> list[Fault]:
        """Return what is wrong with a document, once it is brought up to date."""
        return faults_in(_MODELS[key], self.migrate(key, tree))

    def completed(self, key: str, tree: Tree, base: Tree) -> tuple[Tree, list[Fault]]:
        """Return an edited document with the keys of its model that it had."""
        return completed(_MODELS[key], tree, base)

    def fits(self, key: str, tree: Tree, base: Tree | None) -> bool:
        """Whether a universe has the id that it had."""
        return key != UNIVERSE or base is None or tree.get(_ID) == base.get(_ID)

    def newest_version(self, key: str) -> int:  # noqa: ARG002 - every contract is asked alike
        """Return the newest `schema_version`."""
        return SCHEMA_VERSION

    def migrate(self, key: str, tree: Tree) -> Tree:
        """Return an older document as this version has it."""
        return migrated(_MODELS[key].__name__, tree)

    def derived(self, key: str, state: State | None) -> Tree:  # noqa: ARG002 - every contract is asked alike
        """Return the fields that follow from the log; those of a universe are written with each event."""
        return _NOTHING

    def session(self, state: State) -> str | None:  # noqa: ARG002 - every contract is asked alike
        """Return None: sessions are of campaigns."""
        return None
