"""A turn: what a player's action commits, whole or not at all."""

import secrets
from types import TracebackType
from typing import Any, Self, overload

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import VERSION
from gamesaves.documents import ChatMessage
from gamesaves.documents.base import Document
from gamesaves.errors import InvalidDocument, InvalidValue
from gamesaves.services.committing import PendingCommit
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, HAPPENINGS, MESSAGES, id_field_of
from gamesaves.services.gamedocuments import Model, document_key, read_model, tree_of, unknown_keys
from gamesaves.services.happenings import Happenings
from gamesaves.services.validation import made


class Turn(Happenings):
    """Working copies of a campaign's documents, committed together. Use it as a context manager, or commit yourself.

    An exception inside the block leaves everything as it was, in memory and on disk.
    """

    @overload
    def document(self, path: str) -> dict[str, Any]: ...
    @overload
    def document(self, path: str, model: type[Model]) -> Model: ...
    def document(self, path: str, model: type[Model] | None = None) -> Model | dict[str, Any]:
        """Return one of the game's own documents to change; one that is not there yet is made.

        Args:
            path: `map/level1`, for the file `documents/map/level1.json`.
            model: the game's pydantic model; without it the document is a dictionary.

        Raises:
            InvalidValue: the path is not made of ids.
            InvalidDocument: what is there does not fit the model, or a new one needs values.
        """

        def make(tree: Tree | None) -> Model | dict[str, Any]:
            if model is None:
                return {} if tree is None else tree
            self._unknown[key] = unknown_keys(model, tree or {})
            return read_model(path, model, tree)

        key = document_key(path)
        copy: Model | dict[str, Any] = self._copy(key, make)
        if model is not None and not isinstance(copy, model):
            raise InvalidValue(f"{path!r} is in use in this turn as something else", hint="Ask for it with one model.")
        return copy

    def put(self, path: str, document: BaseModel | dict[str, Any]) -> None:
        """Write one of the game's own documents, whatever it was before.

        Raises:
            InvalidValue: the path is not made of ids.
        """
        self._require_open()
        key = document_key(path)
        self._before[key] = self._tree(key)
        self._unknown.pop(key, None)
        self._copies[key] = document

    def remove(self, path: str) -> None:
        """Take one of the game's own documents away; the history keeps it.

        Raises:
            NotFound: there is no such document.
        """
        key = document_key(path)

        def gone(tree: Tree | None) -> None:
            if tree is None:
                raise self._missing(key)

        self._copy(key, gone)
        self._copies[key] = None

    def add(self, key: str, model: Document) -> None:
        """Put a new character or scene into the campaign."""
        self._require_open()
        self._before[key] = None
        self._copies[key] = model

    def record(self, kind: str, /, **data: Any) -> None:
        """Note a fact in the turn's event, for whoever reads the history: `record("combat", round=3)`."""
        self._require_open()
        self._records.append({"kind": kind, "data": data})

    def say(self, speaker: str, text: str, **more: Any) -> str:
        """Add a message to the campaign's chat; return its id.

        Raises:
            InvalidValue: speaker and text are texts; `id`, `at` and `turn` are given by the campaign.
        """
        self._require_open()
        message_id = secrets.token_hex(6)
        own = {
            "id": message_id,
            "at": self._committer.context.stamp(),
            "turn": self._committer.ledger.head.turn + 1,
        }
        if taken := own.keys() & more.keys():
            raise InvalidValue(f"{sorted(taken)} of a message cannot be set", hint="Use other names.")
        message = {**own, "speaker": speaker, "text": text, **more}
        made(ChatMessage, message)
        self._messages.append(message)
        return message_id

    def commit(
        self, *, kind: str = "turn", note: str | None = None, wait: bool = True, session: str | None = None
    ) -> PendingCommit:
        """Make everything durable in one commit.

        Args:
            kind: of the event.
            note: what happened, if not what was said when the turn began.
            wait: return once it is durable; else at once, and `pending.result()` waits.
            session: the id of the session it belongs to, where that is not the one that is active.

        Raises:
            InvalidValue: an id or version was changed, or a session's status, for which the campaign has calls of its
                own, or the universe, once something was published in another; or the kind, the note or the session is
                no text.
            InvalidDocument: a value does not fit; the turn stays open and can be mended or discarded.
            NoSpace, FileProblem: nothing was committed; the turn stays open, commit again once there is room. Where it
                is not waited for, the turn has ended: `result()` or the next call raises, and the state is as before.
            FlushFailed, Diverged: the campaign must be opened anew.
        """
        self._require_open()
        documents = self._changed_documents()
        self._follow_scene(documents)
        data = {name: rows for name, rows in ((MESSAGES, self._messages), (HAPPENINGS, self._published)) if rows}
        if self._records:
            data["records"] = self._records
        try:
            data = to_jsonable_python(data)
        except PydanticSerializationError as error:
            raise InvalidDocument(f"a record cannot be written as JSON: {error}") from error
        about = {"session": session, "note": note or self._note, "data": data}
        bases = {key: self._bases[key] for key in documents if key in self._bases}
        pending = self._committer.commit(kind, documents, bases=bases, wait=wait, turn_taken=kind == "turn", **about)
        self._end()
        return pending

    def _changed_documents(self) -> dict[str, Tree | None]:
        now = self._committer.context.stamp()
        changed: dict[str, Tree | None] = {}
        for key, copy in self._copies.items():
            before = self._before[key]
            tree = tree_of(key, copy, before, self._unknown.get(key, {}))
            if before is not None and tree is before:
                continue
            if before is not None and tree is not None:
                _require_same_standing(key, before, tree)
                if key == CAMPAIGN:
                    self._require_one_world(before, tree)
                if key.startswith(CHARACTERS):
                    tree = {**tree, "interaction_count": tree.get("interaction_count", 0) + 1, "last_interaction": now}
            changed[key] = tree
        return changed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._open:
                self.commit()
        finally:
            self.discard()


def _require_same_standing(key: str, before: Tree, tree: Tree) -> None:
    """Refuse what would make another document of it, or one that this program cannot read."""
    own = id_field_of(key)
    changed = (
        [] if own is None else [name for name in (own, VERSION) if name in before and tree.get(name) != before[name]]
    )
    if changed:
        hint = "Others know it by this id." if changed[0] == own else "It says how the document is read."
        raise InvalidValue(f"{key}: a turn cannot change the {changed[0]}", hint=hint)
