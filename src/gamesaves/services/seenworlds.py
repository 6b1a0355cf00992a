"""Looking at the universe in a bundle: what it says has happened must be events that a timeline can have."""

from dataclasses import dataclass, field

from gamesaves.disk import layout
from gamesaves.disk.log import Event
from gamesaves.disk.manifests import Bundle, refused
from gamesaves.disk.snapshots import Snapshot
from gamesaves.documents import BundleUniverse, TimelineEvent
from gamesaves.errors import InvalidValue
from gamesaves.ids import file_stem
from gamesaves.rules.timeline import require_allowed
from gamesaves.services.exporting import UNIVERSES
from gamesaves.services.indexing import PUBLISHED, REINSTATED, RETRACTED
from gamesaves.services.replaying import LedgerKind, SeenLedger, look_at, replay
from gamesaves.services.validation import made
from gamesaves.services.worldcontract import UNIVERSE, WORLD, UniverseContract


def _fault_of(event: Event) -> str | None:
    """Return why a timeline cannot take an event; None where it can."""
    if event.kind in (RETRACTED, REINSTATED) and not isinstance(event.data.get("event_id"), str):
        return "it does not say which event it is about"
    if event.kind == PUBLISHED:
        try:
            require_allowed(made(TimelineEvent, {"event_id": event.hash, **event.data}))
        except InvalidValue as error:
            return f"it is no event of a timeline: {error.message}"
    return None


KIND = LedgerKind(UNIVERSE, UniverseContract(), _fault_of)


@dataclass(slots=True, kw_only=True)
class SeenUniverse(SeenLedger):
    """The universe in a bundle.

    Attributes:
        info: what the manifest says of it.
    """

    info: BundleUniverse
    _kept: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Its folder, in the bundle and in a store."""
        return f"{UNIVERSES}/{file_stem(self.info.universe_id)}"

    def look_at(self, bundle: Bundle, path: str) -> bool:
        """Read one entry, if it is the universe's; return whether it is."""
        if not path.startswith(f"{self.folder}/"):
            return False
        snapshot = look_at(bundle, path, path.removeprefix(f"{self.folder}/"), self, KIND)
        if snapshot is not None:
            self._kept[snapshot.hash] = snapshot
        return True

    def replay(self, bundle: Bundle, played_in: object) -> None:
        """Build its state from its log, and see that it is the universe that everybody takes it for.

        Args:
            played_in: the id that the campaign has for its universe.
        """
        path = f"{self.folder}/{layout.LOG}"
        replay(bundle, path, self._kept, self, KIND, whole=True)
        head, wanted, trees = self.state.head, self.info.head, self.state.trees
        assert head is not None
        if (head.seq, head.hash) != (wanted.seq, wanted.hash):
            reason = f"its newest event is {head.seq}-{head.hash[:8]}, not the one that the manifest names"
            raise refused(bundle.origin, path, reason)
        if trees.keys() != {UNIVERSE, WORLD}:
            raise refused(bundle.origin, path, "a universe has the documents universe and world_state, and no others")
        for key, tree in trees.items():
            for fault in KIND.contract.faults(key, tree):
                where = ".".join(map(str, fault.where))
                raise refused(bundle.origin, path, f"its document {key} cannot be used: {where}: {fault.message}")
        inside = trees[UNIVERSE].get("universe_id")
        if inside != self.info.universe_id:
            reason = f"it is of the universe {inside!r}, not of the one that the manifest names"
            raise refused(bundle.origin, path, reason)
        if played_in != self.info.universe_id:
            raise refused(bundle.origin, path, "the campaign does not play in it")
