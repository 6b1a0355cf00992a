"""What the documents of a campaign are, for the ledger that keeps them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import Fault, Head
from gamesaves.documents import CampaignData, CharacterInfo, SceneInfo
from gamesaves.documents.base import SCHEMA_VERSION, Document
from gamesaves.rules.migrations import migrated
from gamesaves.services.validation import faults_of

CAMPAIGN = "campaign_data"
CHARACTERS = "characters/"
SCENES = "scenes/"
DOCUMENTS = "documents/"
MESSAGES = "messages"

_ID_FIELDS = {CHARACTERS: "character_id", SCENES: "scene_id"}
_NOTHING: Tree = {}
_AT_FIRST = {"last_played": None, "total_turns": 0}


def model_of(key: str) -> type[Document] | None:
    """Return the model of a document; None for a game's own, and for what is no document of a campaign."""
    if key == CAMPAIGN:
        return CampaignData
    if key.startswith(CHARACTERS):
        return CharacterInfo
    return SceneInfo if key.startswith(SCENES) else None


class CampaignContract:
    """The documents of campaigns: `campaign_data`, `characters/`, `scenes/` and the game's own in `documents/`."""

    views: Mapping[str, str] = {MESSAGES: "chat_history/messages.jsonl"}

    def is_document(self, key: str) -> bool:
        """Whether a file with this key is one of a campaign's documents."""
        return key.startswith(DOCUMENTS) or (model_of(key) is not None and key.count("/") <= 1)

    def faults(self, key: str, tree: Tree) -> list[Fault]:
        """Return what is wrong with a document, once it is brought up to date; a game's own is not looked into."""
        model = model_of(key)
        if model is None:
            return []
        try:
            model.model_validate(self.migrate(key, tree))
        except ValidationError as error:
            return faults_of(error)
        return []

    def fits(self, key: str, tree: Tree) -> bool:
        """Whether a character or a scene has the id that its file says."""
        folder, _, identifier = key.rpartition("/")
        field = _ID_FIELDS.get(f"{folder}/")
        return field is None or tree.get(field) == identifier

    def newest_version(self, key: str) -> int:
        """Return the newest `schema_version`; a game's own documents carry the game's, which can be anything."""
        return 2**63 if key.startswith(DOCUMENTS) else SCHEMA_VERSION

    def migrate(self, key: str, tree: Tree) -> Tree:
        """Return an older document as this version has it."""
        model = model_of(key)
        return tree if model is None else migrated(model.__name__, tree)

    def derived(self, key: str, head: Head | None) -> Tree:
        """Return what of a campaign's data follows from its log."""
        if key != CAMPAIGN:
            return _NOTHING
        if head is None:
            return _AT_FIRST
        return {"last_played": _shortened(head.played), "total_turns": head.turn}


def _shortened(stamp: str | None) -> str | None:
    """Return a time as models write it: without the fraction where that is zero."""
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp).astimezone(UTC).isoformat().replace("+00:00", "Z")
