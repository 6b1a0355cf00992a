"""The kinds of ledgers that there are, as checking and repairing have to know them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import folders, layout
from gamesaves.disk.layout import Layout
from gamesaves.disk.state import Contract
from gamesaves.ids import id_of_stem
from gamesaves.services.contracts import CAMPAIGN, CampaignContract
from gamesaves.services.worldcontract import UNIVERSE, UniverseContract


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ledger.

    Attributes:
        about: the document that says which one it is.
        id_field: in which field of that, and of the data of its first event.
        lock: the name of the lock of one, by its folder's.
    """

    contract: Contract
    about: str
    id_field: str
    lock: Callable[[str], str]


CAMPAIGNS = Kind(CampaignContract(), CAMPAIGN, "campaign_id", lambda name: name)
UNIVERSES = Kind(UniverseContract(), UNIVERSE, "universe_id", lambda name: f"universe-{id_of_stem(name) or name}")


def ledgers(places: Layout) -> Iterator[tuple[Kind, Path]]:
    """Yield the folders of all ledgers of a store, campaigns first."""
    for name in sorted(folders.names(places.root, folders=True)):
        if name.startswith(layout.CAMPAIGN_PREFIX):
            yield CAMPAIGNS, places.root / name
    for name in sorted(folders.names(places.universes, folders=True)):
        yield UNIVERSES, places.universes / name
