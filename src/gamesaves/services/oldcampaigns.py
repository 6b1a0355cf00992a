"""The campaigns of a tree of an older version that have no log: what is in them, and what they are called here."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from gamesaves.disk import layout
from gamesaves.errors import FileProblem
from gamesaves.ids import LETTERS, file_stem, is_id
from gamesaves.rules.adoption.naming import Cast, as_id
from gamesaves.rules.adoption.people import HIT_POINTS, newest
from gamesaves.rules.adoption.places import name_of
from gamesaves.services.contracts import CHARACTERS
from gamesaves.services.oldpeople import OneLayer, Record, tell_double
from gamesaves.services.oldtrees import OldTree, Report, Tree


@dataclass(slots=True)
class OldCampaign:
    """A campaign's folder without a log.

    Attributes:
        folder: its path in the tree; empty where it is the tree itself.
        paths: of its files in the tree.
        data: its own document, empty where there is none that can be read.
        characters: by id, the one that stands; all others are told of.
        layers: of characters that it lists, and whose state stands in a document of one layer.
        files: what comes along as it is, by its path inside.
    """

    folder: str
    campaign_id: str
    paths: Sequence[str]
    data: Tree
    report: Report
    characters: dict[str, Record] = field(default_factory=dict)
    layers: dict[str, OneLayer] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Tree] = field(default_factory=dict)
    values: dict[str, Tree] = field(default_factory=dict)

    def inside(self, path: str) -> str:
        """Return the path of a file inside the campaign's folder."""
        return path[len(self.folder) + 1 :] if self.folder else path

    def home(self, path: str) -> str:
        """Return where a file of it would lie in the store."""
        return f"{self.campaign_id}/{self.inside(path)}"


def new_id(tree: OldTree, folder: str, data: Tree, taken: Container[str]) -> str:
    """Return the id that a campaign gets: its own where it is one of ours, else one that follows from what it is.

    The same tree gives the same id each time, so that what is here already is known again.
    """
    told_id = data.get("campaign_id")
    old = told_id if isinstance(told_id, str) else ""
    if old not in taken and is_id(old) and old.startswith(layout.CAMPAIGN_PREFIX) and ":" not in old:
        return old
    called = name_of(folder) or tree.foreign.origin.name
    name = data.get("title") or data.get("name") or called
    told = [old or called, data.get("created_at"), str(name)]
    short = as_id(str(name)).replace(":", "_")[:48]
    number = 0
    while True:
        digest = sha256(repr([*told, number]).encode(errors="surrogatepass")).digest()
        campaign_id = f"{layout.CAMPAIGN_PREFIX}{short}_{''.join(LETTERS[byte % len(LETTERS)] for byte in digest[:4])}"
        if campaign_id not in taken:
            return campaign_id
        number += 1


def digest_of(tree: OldTree, campaign: OldCampaign) -> str:
    """Return a hash over what a campaign is made from."""
    extra = [one.record.path for one in campaign.layers.values()]
    total = sha256()
    for path in sorted({*campaign.paths, *extra}):
        name = campaign.inside(path) if path in campaign.paths else name_of(path)
        told = _read(tree, path) if path.endswith(layout.DOCUMENT_SUFFIX) else b""
        total.update(f"{name}\0{tree.foreign.files[path].size}\0{sha256(told).hexdigest()}\n".encode(errors="replace"))
    return total.hexdigest()


def _read(tree: OldTree, path: str) -> bytes:
    try:
        return tree.foreign.read(path)
    except FileProblem:
        # It is told where it is asked for what it says.
        return b""


def characters_of(tree: OldTree, campaign: OldCampaign) -> list[Record]:
    """Return the characters that have a document in a campaign."""
    found = []
    for path in campaign.paths:
        inside = campaign.inside(path)
        if inside.startswith(CHARACTERS) and inside.endswith(layout.DOCUMENT_SUFFIX):
            one = tree.document(path, campaign.home(path), campaign.report)
            if one is not None:
                found.append(Record(path, one))
    return found


def settle_characters(campaign: OldCampaign, found: Mapping[str, Sequence[Record]]) -> None:
    """Choose the one that stands where a character has several documents."""
    for character_id, several in found.items():
        stands = several[newest([one.tree for one in several])]
        campaign.characters[character_id] = stands
        for one in several:
            if one is not stands:
                tell_double(
                    one, stands, f"{campaign.campaign_id}/{CHARACTERS}{file_stem(character_id)}.json", campaign.report
                )


def uses(campaign: OldCampaign, character_id: str, record: Record, cast: Cast, *, alone: bool) -> bool:
    """Whether the state in a document of one layer is of a campaign.

    It is where the document or the campaign says so, and where there is only one campaign, which lists nobody.
    """
    if character_id in campaign.characters or HIT_POINTS not in record.tree:
        return False
    if isinstance(of := record.tree.get("campaign_id"), str):
        return of in (campaign.data.get("campaign_id"), name_of(campaign.folder))
    listed = campaign.data.get("character_ids")
    if listed is None:
        return alone and not campaign.characters
    return character_id in [cast(one) for one in ids_in(listed)]


def ids_in(value: Any) -> list[str]:
    """Return the names in a list of references, whatever else is in it."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
