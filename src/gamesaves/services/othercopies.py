"""The history of another copy of a campaign, wherever it lies: nothing of it is written here."""

from pathlib import Path

from gamesaves.disk import files, folders, layout, log
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.disk.state import Contract
from gamesaves.errors import NotFound

_ZIP = b"PK"


def events_of(other: Path, contract: Contract) -> tuple[dict[str, Event], str]:
    """Return all events of another copy, and the hash of its newest one.

    Args:
        other: its folder, its log, or a bundle, as a file or a folder.

    Raises:
        NotFound: there is no history.
        BadBundle, NewerFormat: the bundle is refused.
        Damaged: the history cannot be read.
    """
    if _is_bundle(other):
        return _in_bundle(other, contract)
    if folders.is_folder(other):
        head = Chain(other, contract).read().state.head
        assert head is not None
        return Ancestry(other, contract).events, head.hash
    events = _events(files.read_if_there(other) or b"")
    if not events:
        raise NotFound("history", str(other), path=other)
    return events, next(reversed(events))


def _is_bundle(other: Path) -> bool:
    from gamesaves.disk.bundles import SUFFIX
    from gamesaves.disk.manifests import MANIFEST

    if folders.is_folder(other):
        return files.exists(other / MANIFEST) and not files.exists(other / layout.LOG)
    return files.exists(other) and (other.suffix == SUFFIX or files.read(other, 0, len(_ZIP)) == _ZIP)


def _in_bundle(other: Path, contract: Contract) -> tuple[dict[str, Event], str]:
    """Look at a whole bundle as import does, and return what has happened in the ledger of a kind in it."""
    from gamesaves.disk import bundles
    from gamesaves.disk.manifests import Limits
    from gamesaves.services.examining import examined
    from gamesaves.services.worldcontract import UniverseContract

    with bundles.opened(other, Limits()) as bundle:
        seen = examined(bundle)
        ledger = seen.universe if isinstance(contract, UniverseContract) else seen
        if ledger is None:
            raise NotFound("universe", str(other), path=other)
        events = _events(ledger.text)
        for inside, entry in ledger.files.items():
            if inside.startswith(f"{layout.BRANCHES}/"):
                events |= _events(bundle.read(entry))
    head = ledger.state.head
    assert head is not None
    return events, head.hash


def _events(text: bytes) -> dict[str, Event]:
    return {line.event.hash: line.event for line in log.lines_of(text) if line.event is not None}
