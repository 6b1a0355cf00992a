"""`field=value`: what a person types, as the value that a document's field takes."""

import json
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import click
from pydantic import BaseModel


def assignments(document: BaseModel, typed: Iterable[str]) -> dict[str, Any]:
    """Return the fields that are to be set, with their values.

    What a field of text gets is taken as it is, and nothing behind the `=` empties it; any other field takes JSON. A
    dot leads into a field: `starting.strength=18`.

    Args:
        document: what the fields are of.

    Raises:
        UsageError: a part has no `=`, or leads into something that has no fields.
    """
    found: dict[str, Any] = {}
    for one in typed:
        path, given, text = one.partition("=")
        if not given or not path:
            raise click.UsageError(f"{one!r} is no field with a value: write FIELD=VALUE")
        name, *rest = path.split(".")
        if rest:
            whole = found.get(name, getattr(document, name, None))
            found[name] = _put(_tree(whole), rest, _json(text), path)
        else:
            found[name] = _value(document, name, text)
    return found


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that differ, with their new values: `starting.strength`: 18; None for one that is gone."""
    from gamesaves.rules import patch

    return {one["path"][1:].replace("/", "."): one.get("value") for one in patch.diff(before, after)}


def _value(document: BaseModel, name: str, text: str) -> Any:
    field = type(document).model_fields.get(name)
    kinds = [] if field is None else _kinds(field.annotation)
    if str not in kinds:
        return _json(text)
    return None if NoneType in kinds and not text else text


def _kinds(annotation: Any) -> list[Any]:
    """Return the types that a field takes: of `Id | None` text and null."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin is Union or origin is UnionType:
        return [kind for one in get_args(annotation) for kind in _kinds(one)]
    return [annotation]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _tree(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else value


def _put(tree: Any, path: list[str], value: Any, whole: str) -> Any:
    if not isinstance(tree, dict):
        raise click.UsageError(f"{whole!r} leads into something that has no fields")
    name, *rest = path
    return {**tree, name: _put(tree.get(name, {}), rest, value, whole) if rest else value}
