"""Editing a file of the store as text: on a copy, which is put in its place only when nothing is wrong with it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.jsontext import Tree
from gamesaves.errors import Conflict, InvalidDocument, Mistake, Problem
from gamesaves.rules import patch
from gamesaves.rules.patch import Json, JsonPath
from gamesaves.services.context import Context

REJECTED = ".rejected"
"""The ending of a text that was not used; nothing reads such a file."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit has come to.

    Attributes:
        path: the file that was edited.
        before, after: what it said, and says now; empty where that is no JSON object.
        notes: what else there is to say, in sentences.
        problems: what was found wrong on the way.
    """

    path: Path
    before: Tree
    after: Tree
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class TextEdit(ABC):
    """A file of the store while somebody edits its text.

    Attributes:
        path: the file.
        data: the text to edit.
        there: what stands at `path`, as far as this edit knows; None where nothing does.
        found: what was found wrong with the file when the edit began, and put right.
    """

    def __init__(self, context: Context, path: Path, data: bytes, there: bytes | None) -> None:
        self.path = path
        self.data = data
        self.there = there
        self.found: tuple[Problem, ...] = ()
        self._context = context

    @abstractmethod
    def problems(self, data: bytes) -> list[Problem]:
        """Return everything that is wrong with a text; it can be put in its place where nothing of it is an error."""

    def install(self, data: bytes) -> Edited:
        """Put a text in its place, whole or not at all.

        Raises:
            InvalidDocument: something is wrong with it; `problems` has all of it.
            Conflict: somebody else has changed the same things meanwhile; `rebase` puts the text on top of that.
            Locked, NoSpace, FileProblem: nothing has been changed.
        """
        found = self.problems(data)
        if mistakes := [one for one in found if one.severity == "error"]:
            raise _invalid(mistakes)
        self._context.require_store()
        done = self._install(data)
        return replace(done, problems=(*found, *done.problems))

    @abstractmethod
    def _install(self, data: bytes) -> Edited:
        """Put a text in its place with which nothing is wrong by itself."""

    def rebase(self, data: bytes) -> bytes:
        """Return a text with what somebody else has changed meanwhile; what it changes itself stands.

        From here on that is what it is compared with.
        """
        there = files.read_if_there(self.path)
        trees = [object_in(one, self.path) for one in (self.data, there, data)]
        self.there = there
        if there is None or not all(trees):
            return data
        self.data = there
        return jsontext.encode(patch.merge(*trees, settle=_theirs)[0])

    def keep_beside(self, data: bytes) -> Path:
        """Keep a text that is not used beside the file, under a name that nothing reads; return where it is."""
        self._context.require_store()
        folders.make(self.path.parent)
        number, target = 2, self.path.with_name(self.path.name + REJECTED)
        while files.exists(target):
            number, target = number + 1, self.path.with_name(f"{self.path.name}{REJECTED}-{number}")
        files.replace(target, data, durable=True)
        return target

    def _joined(self, there: bytes | None, data: bytes) -> bytes:
        """Return a text with what somebody else has changed in the file meanwhile.

        Raises:
            Conflict: they have changed the same things, or there is no telling what.
        """
        if there == self.there:
            return data
        base, ours, theirs = (object_in(one, self.path) for one in (self.data, there, data))
        if not (base and ours and theirs):
            raise self._conflict("somebody else has changed it, or taken it away, meanwhile")
        tree, conflicts = patch.merge(base, ours, theirs)
        if conflicts:
            places = ", ".join(".".join(map(str, one.path)) for one in conflicts)
            raise self._conflict(f"somebody else has changed this meanwhile, too: {places}")
        return jsontext.encode(tree)

    def _conflict(self, message: str) -> Conflict:
        return Conflict(message, path=self.path, hint="Edit it again, on top of what is there now.")


def _theirs(_: JsonPath, _base: Json, ours: Json, theirs: Json) -> Json:
    return patch.MISSING if type(ours) is type(theirs) is dict else theirs


def object_in(data: bytes | None, path: Path) -> Tree:
    """Return the JSON object that bytes are; an empty one where they are none."""
    try:
        return {} if data is None else jsontext.parse(data, path)
    except InvalidDocument:
        return {}


def fixed_fields(data: bytes, path: Path, before: Tree, after: Tree, names: Sequence[str]) -> list[Problem]:
    """Name the fields of an edited text that are not a person's to change, each with its place."""
    return [
        problem_at(data, (name,), path, f"{name}: it cannot be changed{_was(before, name)}", _KEPT)
        for name in names
        if not patch.same(before.get(name), after.get(name))
    ]


_KEPT = "Put it back as it was; it is kept up to date by itself."
_LONGEST = 60


def _was(before: Tree, name: str) -> str:
    if name not in before:
        return "; it was not there"
    shown = jsontext.encode_line(before[name]).decode()
    return f"; it was {shown}" if len(shown) <= _LONGEST else ""


def problem_at(data: bytes, where: JsonPath, path: Path, message: str, hint: str | None) -> Problem:
    """Return what is wrong at a place of a JSON text."""
    mistake = jsontext.mistake_at(jsontext.place(data, where, path), message, hint)
    return InvalidDocument.of([mistake], path).as_problems()[0]


def _invalid(problems: Sequence[Problem]) -> InvalidDocument:
    mistakes = [Mistake(one.message, one.line, one.column, None, one.hint, one.source) for one in problems]
    return InvalidDocument.of(mistakes, problems[0].path)
