"""A document of a campaign while somebody edits its text."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from gamesaves.disk import files, jsontext, layout
from gamesaves.disk.chain import REVISION, is_newer, migrated, newer_format
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.opening import open_ledger
from gamesaves.disk.reconcile import document_problems, fault_problems
from gamesaves.disk.state import VERSION
from gamesaves.errors import Locked, NotFound, Problem, SavesError
from gamesaves.rules.rewinding import SESSIONS
from gamesaves.services.context import Context
from gamesaves.services.contracts import (
    CAMPAIGN,
    CHARACTERS,
    DOCUMENTS,
    SCENES,
    CampaignContract,
    id_field_of,
    model_of,
)
from gamesaves.services.editing import Edited, TextEdit, fixed_fields, object_in, problem_at
from gamesaves.services.filechecks import misspelt_keys
from gamesaves.services.lookup import folded, look_up

_NAMES = {CHARACTERS: "name", SCENES: "title", SESSIONS: "session_name"}
_SHOWN = 8
_PATIENCE_SECONDS = 0.2


class DocumentEdit(TextEdit):
    """A document's text while somebody edits it.

    Where nobody plays the campaign, an edit is committed to its history. Where somebody does, it is put into the
    document's file, from which the game takes it in.

    Attributes:
        folder: the name of the campaign's folder.
        key: of the document: `characters/pc:kara_smith`.
    """

    def __init__(self, context: Context, ledger: Ledger, key: str) -> None:
        self.folder = ledger.folder.name
        self.key = key
        self._contract = CampaignContract()
        self._derived = self._contract.derived(key, None)
        path = context.places.require_inside(ledger.folder / layout.document_path(key))
        super().__init__(context, path, ledger.text(key), files.read_if_there(path))
        self.found = tuple(one for one in ledger.problems if one.path == str(path))

    def problems(self, data: bytes) -> list[Problem]:
        """Return everything that is wrong with a text."""
        try:
            tree = jsontext.parse(data, self.path)
            if is_newer(self._contract, self.key, tree):
                raise newer_format(self.path, tree[VERSION], self._contract.newest_version(self.key))
        except SavesError as error:
            return error.as_problems()
        base = object_in(self.data, self.path)
        current = migrated(self._contract, self.key, {VERSION: base.get(VERSION, 1), **tree, **self._derived})
        current, missing = self._contract.completed(self.key, current, migrated(self._contract, self.key, base))
        found = document_problems(self._contract, self.key, current, data, self.path)
        found += fault_problems(missing, data, self.path)
        found += misspelt_keys(model_of(self.key), current, data, self.path)
        if not self._contract.fits(self.key, current, base):
            found.append(self._wrong_id(data, base))
        fixed = [REVISION, *self._derived, *([VERSION] if model_of(self.key) else [])]
        return found + fixed_fields(data, self.path, base, tree, fixed)

    def _wrong_id(self, data: bytes, base: Tree) -> Problem:
        field = str(id_field_of(self.key))
        text = f"the id inside it is not the one that its file name says: {self.key.partition('/')[2]}"
        if self.key == CAMPAIGN:
            text = f"the id inside it is not the campaign's own: {base.get(field)}"
        return problem_at(data, (field,), self.path, text, "Put it back; a copy needs a file of its own.")

    def _install(self, data: bytes) -> Edited:
        try:
            with _opened(self._context, self.folder, writing=True) as ledger:
                return self._commit(ledger, data)
        except Locked as locked:
            return self._put_beside_game(data, locked)

    def _commit(self, ledger: Ledger, data: bytes) -> Edited:
        known = len(ledger.problems)
        taken = ledger.take_in(self.key, data)
        problems = tuple(ledger.problems[known:])
        if unusable := [one for one in problems if one.code == "edit_not_merged"]:
            raise self._conflict(unusable[0].message)
        before, after = (self._plain(one) for one in (self.data, ledger.text(self.key)))
        undo = f"To take it back: saves history restore {shlex.quote(self.folder)} {ledger.head.seq - 1}"
        return Edited(self.path, before, after, (undo,) if taken else (), problems)

    def _put_beside_game(self, data: bytes, locked: Locked) -> Edited:
        """Put a text into the document's file, from which whoever has the campaign open takes it in.

        Raises:
            Conflict: the file has changed meanwhile in the same places, or at this very moment.
        """
        there = files.read_if_there(self.path)
        data = self._joined(there, data)
        if there and not object_in(there, self.path):
            reason = "somebody's edit of it could not be read when the next one took its place"
            self._context.recovered.keep_bytes(there, self.path, at=self._context.stamp(), reason=reason)
        put = files.replace(
            self.path, data, durable=True, before_rename=lambda: files.read_if_there(self.path) == there
        )
        if not put:
            raise self._conflict("the game has changed it at this very moment")
        note = f"{locked.message}, which takes the edit in when it next uses the document"
        return Edited(self.path, self._plain(self.data), self._plain(data), (f"{note[:1].upper()}{note[1:]}.",))

    def _plain(self, data: bytes) -> Tree:
        return {name: value for name, value in object_in(data, self.path).items() if name != REVISION}


def begun(context: Context, folder: str, document: str) -> DocumentEdit:
    """Return the text of a document of the campaign in `folder`, to be edited; see `Campaigns.edit`."""
    try:
        # For writing: edits that lie in the files are taken in first, so that this one begins with them.
        with _opened(context, folder, writing=True) as ledger:
            if ledger.refusal is not None:
                raise ledger.refusal
            ledger.flush()
            return DocumentEdit(context, ledger, key_of(document, ledger))
    except Locked:
        with _opened(context, folder, writing=False) as ledger:
            return DocumentEdit(context, ledger, key_of(document, ledger))


@contextmanager
def _opened(context: Context, folder: str, *, writing: bool) -> Iterator[Ledger]:
    place = context.places.require_inside(context.places.campaign(folder))
    with ExitStack() as stack:
        if writing:
            context.require_store()
            lock = context.lock(folder, f"campaign {folder}")
            stack.enter_context(lock.held(_PATIENCE_SECONDS))
            lock.sign()
        ledger = open_ledger(place, CampaignContract(), context.surroundings, writing=writing)
        stack.callback(ledger.close)
        yield ledger


def key_of(document: str, ledger: Ledger) -> str:
    """Return the document that a person means: its key, its path, the id or the name of what it is about, or a part.

    Raises:
        NotFound, Ambiguous: nothing, or more than one, is called that.
    """
    names = _names(ledger.state.trees)
    path = document.removeprefix(f"{ledger.folder}/")
    for key in (document, layout.document_key(path), *(folder + document for folder in (*_NAMES, DOCUMENTS))):
        if key in names:
            return key
    try:
        return look_up("document", document, names)
    except NotFound as error:
        return _by_word(document, names, error)


def _by_word(document: str, names: Mapping[str, str], error: NotFound) -> str:
    """Return the one document in whose name or id there is this word."""
    wanted = folded(document)
    found = {
        key: document
        for key, name in names.items()
        if wanted in {*folded(name).split("_"), *folded(key.rpartition("/")[2]).split("_")}
    }
    if found and wanted:
        return look_up("document", document, found)
    if not error.nearest:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        error.hint = f"There are: {', '.join([*names][:_SHOWN])}{more}."
    raise error


def _names(trees: Mapping[str, Tree]) -> dict[str, str]:
    """Return what people call each document: who or what it is about."""
    named = {}
    for key, tree in trees.items():
        folder, slash, last = key.rpartition("/")
        name = tree.get(_NAMES.get(folder + slash, ""))
        named[key] = name if isinstance(name, str) else last
    return named
