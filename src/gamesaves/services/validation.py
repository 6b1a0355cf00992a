"""From what pydantic says to what a person can act on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError

from gamesaves.disk import jsontext
from gamesaves.disk.chain import newer_format
from gamesaves.disk.jsonplaces import Wanted
from gamesaves.disk.state import Fault, Locate, located
from gamesaves.documents import keys
from gamesaves.documents.base import SCHEMA_VERSION
from gamesaves.documents.keys import Missing, misspelt
from gamesaves.errors import InvalidDocument, InvalidValue, Problem
from gamesaves.rules.patch import JsonPath
from gamesaves.services.wording import words

Model = TypeVar("Model", bound=BaseModel)

_KEY = "[key]"
_OWN_KEYS = "It stays as it is, if it is the game's own."


def faults_of(error: ValidationError, model: type[BaseModel], tree: Any) -> list[Fault]:
    """Return what is wrong with what was read as a model, each with its path in the document."""
    found: dict[tuple[JsonPath, bool], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_place_in(tree, detail), []).append(detail)
    faults = []
    for (where, of_key), details in found.items():
        message, hint = words(details, model, where, _value_at(tree, where[:-1]))
        faults.append(Fault(where, message, hint, of_key))
    return faults


def faults_in(model: type[BaseModel], tree: Any) -> list[Fault]:
    """Return what keeps a tree from being read as a model; nothing where it is fine."""
    try:
        model.model_validate(tree)
    except ValidationError as error:
        return faults_of(error, model, tree)
    return []


def _place_in(tree: Any, detail: ErrorDetails) -> tuple[JsonPath, bool]:
    """Return the place that pydantic means, and whether it is a key; types that it has tried there are left out."""
    where: list[str | int] = []
    for step in detail["loc"]:
        if step == _KEY:
            return tuple(where), True
        if _has(tree, step):
            tree = tree[step]
            where.append(step)
        elif detail["type"] == "missing":
            where.append(step)
    return tuple(where), False


def _has(tree: Any, step: str | int) -> bool:
    return step in tree if isinstance(tree, dict) else isinstance(tree, list) and isinstance(step, int)


def _value_at(tree: Any, where: JsonPath) -> Any:
    for step in where:
        tree = tree[step]
    return tree


def read_document(model: type[Model], data: bytes, path: Path) -> Model:
    """Read a document of the global layer.

    Raises:
        InvalidDocument: with line and column.
        NewerFormat: a newer program has written it.
    """
    tree = jsontext.parse(data, path)
    return validated(model, tree, path, lambda wanted: jsontext.places(data, wanted, path))


def read_named(model: type[Model], data: bytes, path: Path, field: str, identifier: str, *, hint: str) -> Model:
    """Read a document of the global layer whose file is named after its id.

    Args:
        field: which has the id.
        hint: what to do where the file says that it is somebody else's.

    Raises:
        InvalidDocument, NewerFormat: it cannot be used, or is not of who its file name says.
    """
    document = read_document(model, data, path)
    if getattr(document, field) != identifier:
        text = f"the id inside it is not {identifier!r}, which its file name says"
        mistake = jsontext.mistake_at(jsontext.place(data, (field,), path), text, pointer=f"/{field}")
        raise InvalidDocument.of([mistake], path, hint=hint)
    return document


def _nowhere(wanted: Sequence[Wanted]) -> Sequence[None]:
    return [None] * len(wanted)


def validated(model: type[Model], tree: jsontext.Tree, path: Path, places: Locate = _nowhere) -> Model:
    """Return a tree as a document.

    Args:
        places: without it an error has no line and column.

    Raises:
        InvalidDocument, NewerFormat: it is none.
    """
    version = tree.get("schema_version", 1)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise newer_format(path, version, SCHEMA_VERSION)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        mistakes = located(faults_of(error, model, tree), places)
        raise InvalidDocument.of(mistakes, path, hint="Mend it in a text editor; nothing has been changed.") from error


def suspicions(model: type[BaseModel], tree: jsontext.Tree, path: Path, places: Locate) -> list[Problem]:
    """Return the keys of a document that may be misspelt, as warnings: they stay, as they may be the game's own."""
    faults = [
        Fault(where, f"`{where[-1]}` is not known here: did you mean `{meant}`?", _OWN_KEYS, of_key=True)
        for where, meant in misspelt(model, tree)
    ]
    if not faults:
        return []
    found = InvalidDocument.of(located(faults, places), path).as_problems("warning")
    return [replace(one, code="unknown_key") for one in found]


def completed(model: type[BaseModel], tree: jsontext.Tree, base: jsontext.Tree) -> tuple[jsontext.Tree, list[Fault]]:
    """Return a document with the declared keys that it had, and which were missing: each where it may be misspelt."""
    whole, missing = keys.completed(model, tree, base)
    return whole, [_left_out(one) for one in missing]


def _left_out(missing: Missing) -> Fault:
    *around, name = missing.where
    text = f"`{'.'.join(map(str, missing.where))}` is missing"
    if missing.written is not None:
        hint = f"`{missing.written}` is not known here: did you mean `{name}`?"
        return Fault((*around, missing.written), text, hint, of_key=True)
    default = missing.field.get_default(call_default_factory=True)
    if missing.field.is_required() or isinstance(default, BaseModel):
        return Fault(missing.where, text, "It cannot be taken away.", of_key=True)
    hint = f'It cannot be taken away; to reset it, write "{name}": {json.dumps(default)}'
    return Fault(missing.where, text, hint, of_key=True)


@contextmanager
def storable_values() -> Iterator[None]:
    """Say of a value that JSON has no place for that it cannot be stored; raise `InvalidDocument`."""
    try:
        yield
    except PydanticSerializationError as error:
        raise InvalidDocument(f"a value has no place in JSON: {error}") from error


def changed(document: Model, fields: Mapping[str, Any], *, fixed: frozenset[str] = frozenset()) -> Model:
    """Return a document with some fields changed and all checked.

    Args:
        fixed: fields that cannot be set this way.

    Raises:
        InvalidValue: there is no such field, it is fixed, or the value does not fit.
    """
    known = type(document).model_fields
    for name in fields:
        if name in fixed:
            raise InvalidValue(f"{name!r} cannot be set", hint="It is kept up to date by the library.")
        if name not in known:
            close = get_close_matches(name, set(known) - fixed, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(set(known) - fixed))}."
            raise InvalidValue(f"{name!r} is not a field", hint=hint)
    return made(type(document), {**document.model_dump(), **fields})


def made(model: type[Model], fields: Mapping[str, Any]) -> Model:
    """Return a new document with these fields.

    Raises:
        InvalidValue: a value does not fit.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        fault = faults_of(error, model, fields)[0]
        raise InvalidValue(f"{'.'.join(map(str, fault.where))}: {fault.message}") from error
