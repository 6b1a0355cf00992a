"""From what pydantic says to what a person can act on."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gamesaves.disk import jsontext
from gamesaves.disk.chain import newer_format
from gamesaves.disk.state import Fault
from gamesaves.documents.base import SCHEMA_VERSION
from gamesaves.errors import InvalidDocument, InvalidValue
from gamesaves.rules.patch import JsonPath

Model = TypeVar("Model", bound=BaseModel)


def faults_of(error: ValidationError) -> list[Fault]:
    """Return what is wrong, each with its path in the document."""
    return [Fault(tuple(detail["loc"]), _words(detail)) for detail in error.errors(include_url=False)]


def _words(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "it is missing"
    shown = repr(detail["input"])
    if isinstance(detail["input"], str):
        shown = '"' + detail["input"] + '"'
    shown = shown if len(shown) <= 40 else shown[:37] + "…"
    message = detail["msg"].replace("Input should be", "must be").replace("Value error, ", "")
    return f"{message[:1].lower()}{message[1:]}, not {shown}"


def read_document(model: type[Model], data: bytes, path: Path) -> Model:
    """Read a document of the global layer.

    Raises:
        InvalidDocument: with line and column.
        NewerFormat: a newer program has written it.
    """
    return validated(model, jsontext.parse(data, path), path, data)


def validated(
    model: type[Model], tree: jsontext.Tree, path: Path, data: bytes | None = None, inside: JsonPath = ()
) -> Model:
    """Return a tree as a document.

    Args:
        data: the bytes the tree was read from; without them an error has no line and column.
        inside: where in them the tree stands.

    Raises:
        InvalidDocument, NewerFormat: it is none.
    """
    version = tree.get("schema_version", 1)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise newer_format(path, version, SCHEMA_VERSION)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        fault = faults_of(error)[0]
        where = None if data is None else jsontext.place(data, (*inside, *fault.where), path)
        name = ".".join(map(str, fault.where))
        more = error.error_count() - 1
        raise InvalidDocument(
            f"{name}: {fault.message}" + (f" (and {more} more)" if more else ""),
            path=path,
            line=where.line if where else None,
            column=where.column if where else None,
            hint="Mend it in a text editor; nothing has been changed.",
        ) from error


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
        fault = faults_of(error)[0]
        raise InvalidValue(f"{'.'.join(map(str, fault.where))}: {fault.message}") from error
