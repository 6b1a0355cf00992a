"""What the documents of a campaign are, for the ledger that keeps them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from pydantic import ValidationError

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import Fault, State
from gamesaves.documents import CampaignData, CharacterInfo, ProfileIds, RunData, SceneInfo, Session, Slots
from gamesaves.documents.base import SCHEMA_VERSION, Document
from gamesaves.ids import is_id
from gamesaves.rules.lifecycle import current
from gamesaves.rules.migrations import migrated
from gamesaves.rules.rewinding import RUNS, SESSIONS, SLOTS
from gamesaves.services.validation import completed, faults_in

CAMPAIGN = "campaign_data"
PROFILES = "profiles"
CHARACTERS = "characters/"
SCENES = "scenes/"
DOCUMENTS = "documents/"
MESSAGES = "messages"
HAPPENINGS = "universe"
"""What a commit brings to the universe: rows of the events' data, and a view of them."""

TURNS = ("turn", "encounter")
"""The kinds of events that count as turns."""

_ID_FIELDS = {
    CAMPAIGN: "campaign_id",
    CHARACTERS: "character_id",
    SCENES: "scene_id",
    SESSIONS: "session_id",
    RUNS: "run_id",
}
_NOTHING: Tree = {}
_AT_FIRST = {"last_played": None, "total_turns": 0, "total_sessions": 0, "total_playtime_hours": 0.0}


def model_of(key: str) -> type[Document] | None:
    """Return the model of a document; None for a game's own, and for what is no document of a campaign."""
    if key == CAMPAIGN:
        return CampaignData
    if key == SLOTS:
        return Slots
    if key == PROFILES:
        return ProfileIds
    if key.startswith(CHARACTERS):
        return CharacterInfo
    if key.startswith(SESSIONS):
        return Session
    if key.startswith(RUNS):
        return RunData
    return SceneInfo if key.startswith(SCENES) else None


def id_field_of(key: str) -> str | None:
    """Return the field that has the id of what a document is about; None where it has none."""
    folder, slash, last = key.rpartition("/")
    return _ID_FIELDS.get(folder + slash or last)


class CampaignContract:
    """The documents of campaigns: `campaign_data`, those in folders of their own, the game's own in `documents/`."""

    noun = "campaign"
    views: Mapping[str, str] = {
        MESSAGES: "chat_history/messages.jsonl",
        HAPPENINGS: "published/events.jsonl",
    }

    def is_document(self, key: str) -> bool:
        """Whether a file with this key is one of a campaign's documents."""
        return key.startswith(DOCUMENTS) or (model_of(key) is not None and key.count("/") <= 1)

    def faults(self, key: str, tree: Tree) -> list[Fault]:
        """Return what is wrong with a document, once it is brought up to date; a game's own is not looked into."""
        model = model_of(key)
        return [] if model is None else faults_in(model, self.migrate(key, tree))

    def completed(self, key: str, tree: Tree, base: Tree) -> tuple[Tree, list[Fault]]:
        """Return an edited document with the keys of its model that it had; a game's own may leave out anything."""
        model = model_of(key)
        return (tree, []) if model is None else completed(model, tree, base)

    def fits(self, key: str, tree: Tree, base: Tree | None) -> bool:
        """Whether a character, a scene, a session or a run has the id that its file says, a campaign the one it had.

        A campaign's folder may have any name: somebody may have renamed or copied it.
        """
        field = id_field_of(key)
        if field is None:
            return True
        if key == CAMPAIGN:
            return base is None or tree.get(field) == base.get(field)
        return tree.get(field) == key.rpartition("/")[2]

    def newest_version(self, key: str) -> int:
        """Return the newest `schema_version`; a game's own documents carry the game's, which can be anything."""
        return 2**63 if key.startswith(DOCUMENTS) else SCHEMA_VERSION

    def migrate(self, key: str, tree: Tree) -> Tree:
        """Return an older document as this version has it."""
        model = model_of(key)
        return tree if model is None else migrated(model.__name__, tree)

    def derived(self, key: str, state: State | None) -> Tree:
        """Return what of a campaign's data follows from its log and its sessions."""
        if key != CAMPAIGN:
            return _NOTHING
        if state is None or state.head is None:
            return _AT_FIRST
        # As they are in the log, which nobody has checked for what these fields may be.
        found = [tree.get("playtime_seconds") for key, tree in state.trees.items() if key.startswith(SESSIONS)]
        seconds = sum(one for one in found if isinstance(one, int | float))
        return {
            "last_played": _shortened(state.head.played),
            "total_turns": state.head.turn,
            "total_sessions": len(found),
            "total_playtime_hours": round(seconds / 3600, 4),
        }

    def session(self, state: State) -> str | None:
        """Return the id of the session that is active; None where none is."""
        found = current(sessions_in(state.trees))
        return found.session_id if found is not None and found.status == "active" else None


def sessions_in(trees: Mapping[str, Tree]) -> Iterator[Session]:
    """Return the sessions among documents; without those that cannot be read the campaign can be read all the same.

    Such a one is of a newer program, or of a log that somebody has edited.
    """
    for key, tree in trees.items():
        if key.startswith(SESSIONS):
            with suppress(ValidationError):
                yield Session.model_validate(migrated(Session.__name__, tree))


@lru_cache(maxsize=16)
def _shortened(stamp: str | None) -> str | None:
    """Return a time as models write it: without the fraction where that is zero."""
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp).astimezone(UTC).isoformat().replace("+00:00", "Z")


def store_ids(trees: Mapping[str, Tree], profile_id: str) -> list[str]:
    """Return the ids under which this store may know a profile, the likeliest first.

    Args:
        trees: the documents of the campaign; one that was imported may say that another person has the id here.
    """
    other = profile_ids(trees).get(profile_id, profile_id)
    return list(dict.fromkeys([other, profile_id]))


def profile_ids(trees: Mapping[str, Tree]) -> dict[str, str]:
    """Return the profiles that have another id in this store, by their id in the campaign."""
    ids = trees.get(PROFILES, _NOTHING).get("ids")
    pairs = ids.items() if isinstance(ids, dict) else ()
    return {one: other for one, other in pairs if isinstance(other, str) and is_id(one) and is_id(other)}
