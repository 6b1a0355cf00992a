"""Which keys the models know at each place of a document, which of a file's may be meant for them, and which are gone.

A document keeps keys that its model does not declare, as they may be the game's own. Hence one that looks like a
declared key is never refused; it is only asked about.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Path = tuple[str | int, ...]

_CLOSE = 0.8


@dataclass(frozen=True, slots=True)
class Missing:
    """A key that a model declares, and that a document had and has no more.

    Attributes:
        written: the key beside it that may be meant for it.
    """

    where: Path
    field: FieldInfo
    written: str | None


def field_at(model: type[BaseModel], where: Path) -> FieldInfo | None:
    """Return the field that a place in a document is; None where it is within what belongs to the game."""
    kind: Any = model
    field: FieldInfo | None = None
    for step in where:
        inner = _model_in(kind)
        field = None if inner is None else inner.model_fields.get(str(step))
        kind = _inside(kind) if inner is None else field and field.annotation
    return field


def least_of(model: type[BaseModel], where: Path) -> int | None:
    """Return the least number that a field may be, where it says one."""
    field = field_at(model, where)
    bounds = [getattr(one, "ge", None) for one in field.metadata] if field else []
    return next((one for one in bounds if one is not None), None)


def near(key: str, known: Iterable[str]) -> str | None:
    """Return the known word that somebody may have meant; None where none is close."""
    words = {_bare(one): one for one in known}
    word = _bare(key)
    swapped = [one for one in words if one[:1] == word[:1] and sorted(one) == sorted(word)]
    close = swapped or get_close_matches(word, words, n=1, cutoff=_CLOSE)
    return words[close[0]] if close else None


def misspelt(model: type[BaseModel], tree: Any) -> Iterator[tuple[Path, str]]:
    """Return the keys of a document that may be meant for others: each with its place, and what may be meant.

    A key is not suspected where the one it resembles stands beside it.
    """
    yield from _misspelt(model, tree, ())


def _misspelt(kind: Any, value: Any, where: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _misspelt(_inside(kind), one, (*where, index))
    elif isinstance(value, dict):
        inner = _model_in(kind)
        fields = {} if inner is None else inner.model_fields
        free = [name for name in fields if name not in value]
        for key, one in value.items():
            if inner is None:
                yield from _misspelt(_inside(kind), one, (*where, key))
            elif key in fields:
                yield from _misspelt(fields[key].annotation, one, (*where, key))
            elif not key.startswith(("$", "_")) and (meant := near(key, free)):
                yield (*where, key), meant


def completed(model: type[BaseModel], tree: Any, before: Any) -> tuple[Any, list[Missing]]:
    """Return a document with all declared keys that it had before, and those that were missing.

    What is in a list is compared where the list is as long as it was: else there is no telling what was what.
    """
    missing: list[Missing] = []
    return _completed(model, tree, before, (), missing), missing


def _completed(kind: Any, value: Any, before: Any, where: Path, missing: list[Missing]) -> Any:
    if isinstance(value, list) and isinstance(before, list) and len(value) == len(before):
        pairs = enumerate(zip(value, before, strict=True))
        return [_completed(_inside(kind), one, was, (*where, index), missing) for index, (one, was) in pairs]
    if not (isinstance(value, dict) and isinstance(before, dict)):
        return value
    inner = _model_in(kind)
    if inner is None:
        kinds = dict.fromkeys(value, _inside(kind))
    else:
        kinds = {name: field.annotation for name, field in inner.model_fields.items()}
        gone = [name for name in kinds if name in before and name not in value]
        meant = {near(key, gone): key for key in value if key not in kinds and key not in before}
        missing += [Missing((*where, name), inner.model_fields[name], meant.get(name)) for name in gone]
        value = {**value, **{name: before[name] for name in gone}}
    return {key: _completed(kinds.get(key), one, before.get(key), (*where, key), missing) for key, one in value.items()}


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _model_in(kind: Any) -> type[BaseModel] | None:
    """Return the model that a value of this type is, where it is one."""
    return next((one for one in _choices(kind) if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _inside(kind: Any) -> Any:
    """Return the type of the values in a dictionary or a list of this type."""
    found = [one for one in _choices(kind) if get_origin(one) in (dict, list)]
    return get_args(found[0])[-1] if found else None


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
