"""Who is in a tree of an older version: one profile a person, from wherever the tree says who they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from gamesaves.disk import jsontext
from gamesaves.disk.pictures import HASH_DIGITS, picture_kind
from gamesaves.documents import CharacterProfile
from gamesaves.errors import InvalidDocument, SavesError
from gamesaves.ids import file_stem
from gamesaves.rules.adoption.naming import TEMPLATE, Cast, as_id
from gamesaves.rules.adoption.people import HIT_POINTS, Parts, newest, profile, split, uid_of
from gamesaves.rules.adoption.places import PROFILES, meant_by, name_of, stem_of
from gamesaves.rules.adoption.salvage import WAS, unheld
from gamesaves.rules.ownership import PORTRAIT_FIELDS, SOURCE_FIELDS
from gamesaves.services.images import FOLDER as IMAGES
from gamesaves.services.oldtrees import OldTree, Report, Tree, same_content

_COPIED = (*SOURCE_FIELDS, "character_type")
_URL = "portrait_url"


@dataclass(frozen=True, slots=True)
class Record:
    """A document of somebody, and the file it is in."""

    path: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class OneLayer:
    """A document in which identity and hit points stood together, and who uses its state: folders of campaigns."""

    record: Record
    parts: Parts
    users: tuple[str, ...] = ()


@dataclass(slots=True)
class Person:
    """Somebody of the tree.

    Attributes:
        source: the file that says who they are.
        copied: whether there is nothing but a campaign's copies.
        pictures: of the store, and the file of the tree that each is.
    """

    profile: CharacterProfile
    source: str
    copied: bool
    report: Report
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The path of the profile in a store."""
        return home_of(self.profile.character_id)


def home_of(character_id: str) -> str:
    """Return the path of a profile in a store."""
    return f"{PROFILES}/{file_stem(character_id)}.json"


class OldPeople:
    """The people of a tree.

    Args:
        copies: of the characters of campaigns, by id.
        layers: documents of one layer, by id.
        records: profiles, by id.
        stored: the pictures that the store has, by their digests.
    """

    def __init__(
        self,
        tree: OldTree,
        records: Mapping[str, Sequence[Record]],
        layers: Mapping[str, OneLayer],
        copies: Mapping[str, Sequence[Record]],
        stored: Mapping[str, str],
    ) -> None:
        self._tree = tree
        self._records = records
        self._layers = layers
        self._copies = copies
        self._stored = dict(stored)

    def person(self, character_id: str, report: Report) -> Person | None:
        """Return somebody; None where what there is of them cannot be used, which is told."""
        layer = self._layers.get(character_id)
        copied = character_id not in self._records and layer is None
        base = self._base(character_id, layer, report)
        pictures: dict[str, str] = {}
        tree = base.tree
        if not character_id.startswith(TEMPLATE):
            tree = self._with_portraits(character_id, tree, layer, report)
        # Before the pictures: what they are called in this store says nothing of who somebody is.
        tree = {**tree, "uid": uid_of(tree, character_id)}
        tree = self._with_pictures(base.path, tree, pictures, report)
        made = profile(tree, character_id)
        home = home_of(character_id)
        report.told(base.path, home, made)
        self._keep_unheld(character_id, base, layer, made.tree, copied, report)
        try:
            jsontext.require_storable(made.tree)
        except InvalidDocument as error:
            report.keep(base.path, home, f"it cannot be written as a profile: {error.message}", "error")
            return None
        told = CharacterProfile.model_validate(made.tree)
        if not copied:
            self._tell_name(base.path, told.character_id, home, report)
        return Person(told, base.path, copied, report, pictures)

    def _base(self, character_id: str, layer: OneLayer | None, report: Report) -> Record:
        """Return what says who somebody is: a profile, else a document of one layer, else a campaign's copy."""
        if own := self._records.get(character_id):
            return self._chosen(character_id, own, report)
        if layer is None:
            return self._from_copies(character_id, report)
        path = layer.record.path
        if not layer.users:
            return Record(path, {**layer.parts.identity, **layer.parts.others})
        text = "identity and hit points stood in one file: the one becomes a profile, the other goes to the campaign"
        report.note("split", path, text, home_of(character_id))
        return Record(path, layer.parts.identity)

    def _tell_name(self, path: str, character_id: str, home: str, report: Report) -> None:
        if ":" in name_of(path):
            report.note("renamed", path, "its name gets the form that every system can have", home)
        elif stem_of(path) != file_stem(character_id):
            report.note("new_id", path, f"it is known as {character_id}", home)

    def _chosen(self, character_id: str, own: Sequence[Record], report: Report) -> Record:
        """Return which of several profiles of one id stands."""
        # What does not lie in a folder of its own comes before what was shared.
        ordered = sorted(own, key=lambda one: (one.path.count("/"), one.path))
        stands = ordered[newest([one.tree for one in ordered])]
        for one in ordered:
            if one is not stands:
                tell_double(one, stands, home_of(character_id), report)
        return stands

    def _from_copies(self, character_id: str, report: Report) -> Record:
        copies = self._copies[character_id]
        stands = copies[newest([one.tree for one in copies])]
        tree = {name: stands.tree[name] for name in _COPIED if name in stands.tree}
        if isinstance(uid := stands.tree.get("profile_uid"), str):
            tree["uid"] = uid
        text = "there is no profile; one is made from the campaign's copies"
        report.note("profile_made", stands.path, text, home_of(character_id))
        return Record(stands.path, tree)

    def _with_portraits(self, character_id: str, tree: Tree, layer: OneLayer | None, report: Report) -> Tree:
        """Add what others say of the portrait, where the profile says nothing of it."""
        others = [] if layer is None else [layer.record]
        for one in (*others, *self._copies.get(character_id, ())):
            for name in PORTRAIT_FIELDS:
                told = one.tree.get(name)
                if not told or tree.get(name) == told:
                    continue
                if not tree.get(name):
                    tree = {**tree, name: told}
                    text = f"{name} is the profile's alone, which had none: it is moved there"
                    report.note("portrait_moved", one.path, text, home_of(character_id))
        return tree

    def _with_pictures(self, source: str, tree: Tree, pictures: dict[str, str], report: Report) -> Tree:
        """Put the store's paths of pictures in the place of old ones, which are kept in keys of their own."""
        old, more = tree.get("portrait_path"), tree.get("additional_images")
        if old is not None:
            path = self._picture(source, old, pictures, report)
            tree = {**tree, "portrait_path": path, **({} if path == old else {f"{WAS}portrait_path": old})}
        if more is not None:
            listed = more if isinstance(more, list) else [more]
            paths = [self._picture(source, one, pictures, report) for one in listed]
            kept = {} if paths == more else {f"{WAS}additional_images": more}
            tree = {**tree, "additional_images": [one for one in paths if one is not None], **kept}
        return tree

    def _picture(self, source: str, old: Any, pictures: dict[str, str], report: Report) -> str | None:
        reason = "no picture of this name is in the tree"
        for path in meant_by(old, self._tree.places.pictures) if isinstance(old, str) else ():
            try:
                data = self._tree.foreign.read(path)
                kind = picture_kind(data, path)
            except SavesError as error:
                reason = f"{path}: {error.message}"
                continue
            stem = as_id(name_of(path).rpartition(".")[0])
            digest = sha256(data).hexdigest()[:HASH_DIGITS]
            new = f"{IMAGES}/{stem.removesuffix(f'-{digest}')}-{digest}.{kind}"
            stored = self._stored.setdefault(digest, new)
            pictures[stored] = path
            report.note("portrait", source, f"{old!r} is found as {path} and stored once", stored)
            return stored
        report.warn("portrait_missing", source, f"{old!r} is left out: {reason}; the path is kept in the profile")
        return None

    def _keep_unheld(
        self, character_id: str, base: Record, layer: OneLayer | None, made: Tree, copied: bool, report: Report
    ) -> None:
        """Set the originals aside of what has values that the profile has no place for, and nobody else takes."""
        kept = {one.source for one in report.asides}
        home = home_of(character_id)
        if layer is not None and not layer.users and layer.record.path not in kept:
            self._keep_state(layer, base, home, made, report)
        if not copied and (layer is None or base.path != layer.record.path) and base.path not in kept:
            source: Any = next(one.tree for one in self._records[character_id] if one.path == base.path)
            if unheld(source, made):
                report.keep(base.path, home, "not every value has a place in a profile")

    def _keep_state(self, layer: OneLayer, base: Record, home: str, made: Tree, report: Report) -> None:
        path = layer.record.path
        if path != base.path:
            if unheld(layer.record.tree, made):
                report.keep(path, home, f"{base.path} says who they are, and no campaign lists them", what="duplicate")
        elif HIT_POINTS in layer.record.tree:
            text = "who they are becomes a profile; no campaign lists them, so how they stand"
            report.keep(path, home, f"{text} is in no campaign", what="split")
        elif unheld(layer.record.tree, made):
            report.keep(path, home, "not every value has a place in a profile")


def learned(cast: Cast, records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return documents by the ids of the characters that they are of."""
    found: dict[str, list[Record]] = {}
    for one in records:
        found.setdefault(cast.learn(stem_of(one.path), one.tree), []).append(one)
    return found


def layers_of(
    records: Mapping[str, Sequence[Record]], users: Mapping[str, tuple[str, ...]], report: Report
) -> dict[str, OneLayer]:
    """Return the documents of one layer taken apart, the newest of each character; the others are told and kept."""
    found = {}
    for character_id, several in records.items():
        stands = several[newest([record.tree for record in several])]
        found[character_id] = OneLayer(stands, split(stands.tree), users.get(character_id, ()))
        for one in several:
            if one is not stands:
                tell_double(one, stands, home_of(character_id), report)
    return found


def tell_double(one: Record, stands: Record, home: str, report: Report) -> None:
    """Tell of a second document of somebody; one that says something else is kept."""
    if same_content(one.tree, stands.tree):
        report.note("duplicate", one.path, f"the same as {stands.path}, which is taken in", home)
    else:
        reason = f"another version of {stands.path}, which is newer and is taken in"
        report.keep(one.path, home, reason, what="duplicate")
