"""The documents of a campaign of an older version, made anew, and the first events of its log."""

from collections.abc import Mapping
from typing import Any

from gamesaves.disk import bundlenames, jsontext, layout
from gamesaves.disk.chain import REVISION
from gamesaves.disk.preparing import Prepared, begin, prepare
from gamesaves.documents import CharacterProfile
from gamesaves.errors import InvalidDocument
from gamesaves.ids import id_of_stem, numbered
from gamesaves.rules.adoption import stories
from gamesaves.rules.adoption.naming import Cast, as_id, old_id
from gamesaves.rules.adoption.people import Made, state
from gamesaves.rules.adoption.places import CAMPAIGN_FILE, name_of, stem_of
from gamesaves.rules.adoption.salvage import moment, unheld
from gamesaves.rules.ownership import SOURCE_FIELDS
from gamesaves.rules.rewinding import SESSIONS
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, DOCUMENTS, MESSAGES, SCENES, CampaignContract
from gamesaves.services.oldcampaigns import OldCampaign, ids_in
from gamesaves.services.oldpeople import OneLayer, Record
from gamesaves.services.oldtrees import OldTree, Tree

ADOPTED = "adopted"
"""The key of the first event's data that says what a campaign was made from."""

_CHATS = ("chat_history/messages.json", "chat_history/messages.jsonl", "messages.json")
_SHARED = {*SOURCE_FIELDS, "character_id", "character_type"}
_OF_A_LOG = ("slots.json", "profiles.json")
_LOG_FOLDERS = (layout.SNAPSHOTS, layout.BRANCHES, layout.ENCOUNTERS)


class Writing:
    """Makes the documents of one campaign."""

    def __init__(
        self, tree: OldTree, campaign: OldCampaign, cast: Cast, profiles: Mapping[str, CharacterProfile]
    ) -> None:
        self._tree = tree
        self._own = campaign
        self._report = campaign.report
        self._cast = cast
        self._profiles = profiles
        self._created_at = _began(campaign.data) or tree.moment(campaign.paths)
        self._rows: list[Tree] = []
        self._scenes: dict[str, str] = {}

    def events(self, digest: str) -> list[Prepared]:
        """Return the events that the campaign begins with.

        Args:
            digest: of what it is made from.
        """
        for character_id, record in sorted(self._own.characters.items()):
            self._character(character_id, record)
        for character_id, layer in sorted(self._own.layers.items()):
            self._one_layer(character_id, layer)
        for path in self._own.paths:
            self._file(path)
        data = self._data()
        self._own.documents[CAMPAIGN] = data
        contract = CampaignContract()
        source = self._own.folder or self._tree.foreign.origin.name
        about = {"from": source, "digest": digest, "values": self._own.values}
        at, turn = data["last_played"] or data["created_at"], data["total_turns"]
        first = begin(
            contract,
            self._own.documents,
            at=at,
            turn=turn,
            data={"campaign_id": self._own.campaign_id, ADOPTED: about},
        )
        made = [first]
        if self._rows:
            made.append(prepare(first.state, contract, "message", {}, at=at, data={MESSAGES: self._rows}))
        text = "it has no log: one begins with its documents as they are"
        self._report.note("no_log", self._own.folder or ".", text, f"{self._own.campaign_id}/{layout.LOG}")
        return made

    # One document

    def _put(self, key: str, path: str, tree: Tree, made: Made, *others: Any) -> None:
        """Add a document; values that it has no place for are kept in the first event."""
        self._own.documents[key] = kept = _without_revision(made.tree)
        home = f"{self._own.campaign_id}/{layout.document_path(key)}"
        self._report.told(path, home, made)
        if lost := unheld(tree, kept, *others):
            self._own.values[path] = lost
        if ":" in name_of(path):
            self._report.note("renamed", path, "its name gets the form that every system can have", home)
        elif f"{stem_of(path)}.json" != name_of(layout.document_path(key)):
            self._report.note("new_id", path, f"it is known as {key.rpartition('/')[2]}", home)

    def _character(self, character_id: str, record: Record) -> None:
        known = self._profiles.get(character_id)
        made = state(record.tree, character_id, known)
        self._put(CHARACTERS + character_id, record.path, record.tree, made)
        profile = {} if known is None else known.model_dump(mode="json")
        for name, value in made.portraits.items():
            if value not in (profile.get(name), profile.get(f"original_{name}")):
                text = f"{name} is the profile's alone: the campaign's copy of it goes, the value stays in the history"
                self._report.note("portrait_dropped", record.path, text)

    def _one_layer(self, character_id: str, layer: OneLayer) -> None:
        identity = {name: value for name, value in layer.parts.identity.items() if name in _SHARED}
        known = self._profiles.get(character_id)
        made = state({**identity, **layer.parts.others, **layer.parts.state}, character_id, known)
        profile = {} if known is None else known.model_dump(mode="json")
        self._put(CHARACTERS + character_id, layer.record.path, layer.record.tree, made, profile)

    def _file(self, path: str) -> None:
        inside = self._own.inside(path)
        folder, _, _ = inside.partition("/")
        if inside == CAMPAIGN_FILE or (folder == CHARACTERS[:-1] and inside.endswith(layout.DOCUMENT_SUFFIX)):
            return
        if inside == layout.LOG or inside in _OF_A_LOG or folder in _LOG_FOLDERS:
            if self._tree.foreign.files[path].size:
                self._report.keep(path, self._own.home(path), "it belongs to a log that is not there")
        elif inside in _CHATS:
            self._chat(path)
        elif folder == SCENES[:-1] and inside.endswith(layout.DOCUMENT_SUFFIX):
            self._scene(path)
        elif folder == SESSIONS[:-1] and inside.endswith(layout.DOCUMENT_SUFFIX):
            self._session(path)
        elif inside.endswith(layout.DOCUMENT_SUFFIX) and folder != "presets":
            self._of_the_game(path, inside)
        else:
            self._along(path, inside)

    def _scene(self, path: str) -> None:
        tree = self._tree.document(path, self._own.home(path), self._report)
        if tree is not None:
            scene_id = self._free(SCENES, as_id(old_id(stem_of(path), tree, "scene_id")).replace(":", "_"))
            made = stories.scene(tree, scene_id, self._cast)
            self._scenes[scene_id] = made.tree["title"]
            self._put(SCENES + scene_id, path, tree, made)

    def _session(self, path: str) -> None:
        tree = self._tree.document(path, self._own.home(path), self._report)
        if tree is not None:
            session_id = self._free(SESSIONS, as_id(old_id(stem_of(path), tree, "session_id")).replace(":", "_"))
            about = {"campaign_id": self._own.campaign_id, "created_at": self._created_at}
            self._put(SESSIONS + session_id, path, tree, stories.session(tree, session_id, self._cast, **about))

    def _free(self, folder: str, wanted: str) -> str:
        return next(one for one in numbered(wanted) if folder + one not in self._own.documents)

    def _of_the_game(self, path: str, inside: str) -> None:
        """Take a document that the library does not know as one of the game's own."""
        value = self._tree.value(path, self._own.home(path), self._report)
        if value is None:
            return
        tree = value if isinstance(value, dict) else {"value": value}
        steps = inside.removesuffix(layout.DOCUMENT_SUFFIX).removeprefix(DOCUMENTS).split("/")
        key = self._free(DOCUMENTS, "/".join(as_id(id_of_stem(step) or step) for step in steps))
        try:
            jsontext.require_storable(tree)
        except InvalidDocument as error:
            self._report.keep(path, self._own.home(path), f"it cannot be a document: {error.message}", "error")
            return
        self._own.documents[DOCUMENTS + key] = kept = _without_revision(tree)
        home = f"{self._own.campaign_id}/{layout.document_path(DOCUMENTS + key)}"
        if self._own.home(path) != home:
            form = "" if isinstance(value, dict) else ", as `value`, because it is no object"
            self._report.note("own_document", path, f"it becomes a document of the game's own{form}", home)
        if lost := unheld(tree, kept):
            self._own.values[path] = lost

    def _along(self, path: str, inside: str) -> None:
        """Take a file along as it is, unless some system has no place for it."""
        fault = bundlenames.fault_of(inside)
        clash = bundlenames.clash([*self._own.files, inside])
        if fault is not None or clash is not None:
            self._report.keep(path, self._own.home(path), f"its name cannot be had on every system: {fault or clash}")
        elif not inside.endswith(layout.DOCUMENT_SUFFIX) or (
            self._tree.value(path, self._own.home(path), self._report) is not None
        ):
            self._own.files[inside] = path

    def _chat(self, path: str) -> None:
        if path.endswith(".jsonl"):
            value: Any = self._lines(path)
        else:
            value = self._tree.value(path, self._own.home(path), self._report)
        if value is None:
            return
        rows, odd = stories.messages(value, self._cast, created_at=self._created_at)
        try:
            jsontext.require_storable({MESSAGES: rows})
        except InvalidDocument as error:
            self._report.keep(path, self._own.home(path), f"it cannot be a chat: {error.message}", "error")
            return
        self._add(rows)
        if lost := unheld(*stories.side_by_side(value, rows)):
            self._own.values[path] = lost
        words = f", {odd} of them no message by its form" if odd else ""
        target = f"{self._own.campaign_id}/{CampaignContract.views[MESSAGES]}"
        self._report.note("messages", path, f"the chat becomes part of the history: {len(rows)} in all{words}", target)

    def _add(self, rows: list[Tree]) -> None:
        taken = {row["id"] for row in self._rows}
        for row in rows:
            if row not in self._rows:
                row["id"] = next(one for one in numbered(row["id"]) if one not in taken)
                taken.add(row["id"])
                self._rows.append(row)

    def _lines(self, path: str) -> list[Any] | None:
        try:
            return [jsontext.parse_value(line, path) for line in self._tree.foreign.read(path).splitlines() if line]
        except InvalidDocument as error:
            self._report.keep(path, self._own.home(path), f"it cannot be read: {error.message}", "error")
            return None

    def _data(self) -> Tree:
        own = self._own
        named = [own.data.get("name"), name_of(own.folder), self._tree.foreign.origin.name]
        title = next(one for one in named if isinstance(one, str) and one)
        listed = [self._cast(one) for one in ids_in(own.data.get("character_ids"))]
        here = [key.removeprefix(CHARACTERS) for key in own.documents if key.startswith(CHARACTERS)]
        together = [one for one in dict.fromkeys([*listed, *here]) if one in here]
        path = f"{own.folder}/{CAMPAIGN_FILE}" if own.folder else CAMPAIGN_FILE
        for absent in [one for one in dict.fromkeys(listed) if one not in here]:
            self._report.warn("missing_character", path, f"{absent} is listed, and has no document that can be used")
        made = stories.campaign(
            own.data,
            campaign_id=own.campaign_id,
            title=title,
            created_at=self._created_at,
            characters=together,
            scenes=self._scenes,
        )
        if own.data:
            self._put(CAMPAIGN, path, own.data, made)
            derived = CampaignContract().derived(CAMPAIGN, None)
            lost = unheld({name: own.data[name] for name in derived if name in own.data}, derived)
            if lost:
                own.values[path] = {**own.values.get(path, {}), **lost}
        old = own.data.get("campaign_id") or name_of(own.folder) or self._tree.foreign.origin.name
        if old != own.campaign_id:
            self._report.note("new_id", own.folder or ".", f"{old!r} is known as {own.campaign_id}", own.campaign_id)
        return made.tree


def _began(data: Tree) -> str | None:
    return next((data[name] for name in ("created_at", "created", "last_played") if moment(data.get(name))), None)


def _without_revision(tree: Tree) -> Tree:
    """Return a document as the ledger keeps it, which uses that key itself."""
    return {key: value for key, value in tree.items() if key != REVISION}
