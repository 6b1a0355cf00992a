"""Which files of a store are watched, and what each of them is."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import layout, reconcile, scanning
from gamesaves.disk.files import Signature
from gamesaves.disk.state import Contract
from gamesaves.ids import id_of_stem
from gamesaves.services.contracts import CAMPAIGN, CampaignContract
from gamesaves.services.images import FOLDER as IMAGES
from gamesaves.services.presetfiles import SUFFIXES
from gamesaves.services.watching.changes import What
from gamesaves.services.worldcontract import UNIVERSE, UniverseContract

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_JSON = (layout.DOCUMENT_SUFFIX,)
_PRESETS = "presets"
_CONTRACTS: Mapping[str, tuple[Contract, str]] = {
    "campaign": (CampaignContract(), CAMPAIGN),
    "universe": (UniverseContract(), UNIVERSE),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a watched file is; the attributes are those of `DiskChange`.

    Attributes:
        ledger: the folder of the campaign or universe that it is in.
    """

    what: What
    id: str
    kind: str | None = None
    campaign_id: str | None = None
    universe_id: str | None = None
    ledger: str | None = None


class Places:
    """The watched files of a store, and of the folder of the game's own presets."""

    def __init__(self, places: layout.Layout, game_presets: Path | None) -> None:
        self.store = places
        self._root = str(places.root)
        self._game_presets = None if game_presets is None else str(game_presets)

    @property
    def folders(self) -> list[Path]:
        """The folders that everything watched is in."""
        game = self._game_presets
        return [self.store.root, *([] if game is None or self._inside(game, self._root) else [Path(game)])]

    # What a path is

    def place_of(self, path: str) -> Place | None:
        """Return what a file is, by its path; None for one that is not watched: an editor's own, or a second copy."""
        if self._game_presets is not None and self._inside(path, self._game_presets):
            return self._preset(path[len(self._game_presets) + 1 :].split(os.sep))
        if not self._inside(path, self._root):
            return None
        steps = path[len(self._root) + 1 :].split(os.sep)
        if any(step.startswith(".") for step in steps):
            return None
        match steps:
            case [self.store.profiles.name, name]:
                return self._named("profile", name)
            case [self.store.players.name, name]:
                return self._named("player", name)
            case [self.store.images.name, name] if name.lower().endswith(PICTURES):
                return Place("image", f"{IMAGES}/{name}")
            case [self.store.presets.name, *rest]:
                return self._preset(rest)
        ledger = self.ledger_of(path)
        return None if ledger is None else self._in_ledger(ledger, path[len(ledger) + 1 :].split(os.sep))

    @staticmethod
    def _inside(path: str, folder: str) -> bool:
        return path.startswith(folder + os.sep)

    def _named(self, what: What, name: str) -> Place | None:
        identifier = _id_in(name, _JSON)
        return None if identifier is None else Place(what, identifier)

    def _preset(self, steps: Sequence[str]) -> Place | None:
        identifier = _id_in(steps[1], SUFFIXES) if len(steps) == 2 else None
        if identifier is None or steps[0].startswith("."):
            return None
        return Place("preset", identifier, kind=steps[0])

    def ledger_of(self, path: str) -> str | None:
        """Return the folder of the campaign or universe that a path is, or is in."""
        if not self._inside(path, self._root):
            return None
        steps = path[len(self._root) + 1 :].split(os.sep)
        if steps[0].startswith(layout.CAMPAIGN_PREFIX):
            return os.path.join(self._root, steps[0])
        if steps[0] == self.store.universes.name and len(steps) > 1 and not steps[1].startswith("."):
            return os.path.join(self._root, *steps[:2])
        return None

    def of_ledger(self, folder: str) -> Place:
        """Return what the folder of a campaign or a universe is."""
        name = os.path.basename(folder)
        if os.path.dirname(folder) == self._root:
            return Place("campaign", name, campaign_id=name, ledger=folder)
        return Place("universe", name, universe_id=name, ledger=folder)

    def _in_ledger(self, ledger: str, steps: list[str]) -> Place | None:
        whole = self.of_ledger(ledger)
        if steps[0] == _PRESETS:
            preset = self._preset(steps[1:])
            return preset and Place("preset", preset.id, preset.kind, whole.campaign_id, whole.universe_id, ledger)
        if steps[0] in reconcile.NOT_DOCUMENTS:
            return None
        key = layout.document_key("/".join(steps))
        contract, main = _CONTRACTS[whole.what]
        if key is None or not contract.is_document(key):
            return None
        if key == main:
            return whole
        return Place("document", key, None, whole.campaign_id, whole.universe_id, ledger)

    # What there is

    def files(self) -> Iterator[tuple[str, Signature]]:
        """Yield all files that may be watched ones, and what tells each from a later version of itself."""
        store = self.store
        yield from scanning.scan(str(store.profiles), _JSON, deep=False)
        yield from scanning.scan(str(store.players), _JSON, deep=False)
        yield from scanning.scan(str(store.images), PICTURES, deep=False)
        yield from self._presets_in(str(store.presets))
        if self._game_presets is not None:
            yield from self._presets_in(self._game_presets)
        for ledger in self.ledgers():
            yield from self.files_of(ledger)

    def ledgers(self) -> list[str]:
        """Return the folders of campaigns and universes."""
        found = (*scanning.subfolders(str(self.store.universes)), *scanning.subfolders(self._root))
        return [folder for folder in found if self.ledger_of(folder) == folder]

    def inside(self, folder: str) -> list[str]:
        """Return the watched files in a folder, and those below it."""
        found = scanning.scan(folder, (*SUFFIXES, *PICTURES))
        return [path for path, _ in found if self.place_of(path) is not None]

    def files_of(self, ledger: str) -> Iterator[tuple[str, Signature]]:
        """Yield the files of a campaign or a universe."""
        yield from scanning.scan(ledger, _JSON, left_out=reconcile.NOT_DOCUMENTS)
        yield from self._presets_in(os.path.join(ledger, _PRESETS))

    @staticmethod
    def _presets_in(folder: str) -> Iterator[tuple[str, Signature]]:
        for kind in scanning.subfolders(folder):
            yield from scanning.scan(kind, SUFFIXES, deep=False)


def _id_in(name: str, endings: tuple[str, ...]) -> str | None:
    stem, ending = os.path.splitext(name)
    return id_of_stem(stem) if ending in endings else None
