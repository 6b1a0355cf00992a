"""Copies of a document that share with their lender what nobody has asked them for yet.

A turn changes a few fields of a document and most documents are only looked at, so most of what a whole copy holds is
made for nothing. A lent copy begins with the values of its lender. Those that cannot be changed in place stay shared;
each of the others is made anew, from its JSON, when the copy is first asked for it. The lender itself is handed to
nobody: what it holds is what its JSON says.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

Model = TypeVar("Model", bound=BaseModel)
Tree = dict[str, Any]

_PLAIN = (str, int, float, bool, NoneType, datetime)
_FEW = 8
_NOTHING: Mapping[str, Any] = {}
_GONE = object()


@dataclass(frozen=True, slots=True, eq=False)
class Lender(Generic[Model]):
    """Whoever a copy was lent by.

    Attributes:
        model: it, as a model that nobody changes.
        tree: it, as JSON.
    """

    model: Model
    tree: Tree

    def __eq__(self, other: object) -> bool:
        # Two documents are the same if they say the same, and pydantic compares what is private, too.
        return other is None or isinstance(other, Lender)

    def __hash__(self) -> int:
        return hash(Lender)


class OnAccess:
    """A field of values that can be changed in place, which a lent copy makes its own when it is asked for it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, model: BaseModel | None, _: type) -> Any:
        name = self._name
        if model is None or name not in model.__dict__:
            # Of the class, too, as for every field: pydantic takes anything else for the field's default.
            raise AttributeError(name)
        value, lender = model.__dict__[name], lender_of(model)
        if lender is not None and value is not None and value is lender.model.__dict__[name]:
            value = model.__dict__[name] = _anew(lender, name, value)
        return value

    def __set__(self, model: BaseModel, value: Any) -> None:
        # That there is a `__set__` lets `__get__` come before the instance's own dictionary.
        model.__dict__[self._name] = value

    def __delete__(self, model: BaseModel) -> None:
        if model.__dict__.pop(self._name, _GONE) is _GONE:
            raise AttributeError(self._name)


def _anew(lender: Lender[Any], name: str, value: Any) -> Any:
    if lender.model.model_config.get("frozen"):
        # Nothing can be assigned to it.
        return deepcopy(value)
    tree = to_jsonable_python(lender.tree.get(name, value))
    return assigned(lender.model, {name: tree}).__dict__[name]


def make_on_access(kind: type[BaseModel]) -> None:
    """Prepare a class for being lent."""
    for name, field in kind.model_fields.items():
        if not _is_plain(field.annotation):
            setattr(kind, name, OnAccess(name))


def _is_plain(annotation: Any) -> bool:
    """Whether values of this type cannot be changed in place."""
    if annotation in _PLAIN or get_origin(annotation) is Literal:
        return True
    parts = get_args(annotation)
    return get_origin(annotation) not in (list, dict) and bool(parts) and all(map(_is_plain, parts))


def lender_of(model: BaseModel) -> Lender[Any] | None:
    """Return whoever a copy was lent by; None for what is no such copy."""
    private = model.__pydantic_private__
    return private.get("_lender") if private else None


def assigned(model: Model, trees: Mapping[str, Any]) -> Model:
    """Return a copy of a model with some fields as their JSON says; of a game's own values it keeps the very objects.

    Raises:
        pydantic.ValidationError: one does not fit.
    """
    copy = model.model_copy()
    for name, tree in trees.items():
        type(copy).__pydantic_validator__.validate_assignment(copy, name, tree)
    return copy


def lend(lender: Lender[Model]) -> Model:
    """Return a copy of the lender."""
    copy = lender.model.model_copy()
    assert copy.__pydantic_private__ is not None
    copy.__pydantic_private__["_lender"] = lender
    if more := copy.model_extra:
        more.update({name: to_jsonable_python(value) for name, value in more.items() if isinstance(value, dict | list)})
    return copy


def own(copy: BaseModel) -> None:
    """Make a copy's own all that it still shares."""
    if lender_of(copy) is not None:
        for name in type(copy).model_fields:
            getattr(copy, name)


def followed(lender: Lender[Model], tree: Tree) -> Lender[Model] | None:
    """Return the lender as it is with another tree; None where little of it is as it was.

    Raises:
        pydantic.ValidationError: a value does not fit.
    """
    before = lender.tree
    if before.keys() != tree.keys():
        return None
    changed = {name: value for name, value in tree.items() if value is not before[name]}
    if len(changed) > _FEW:
        return None
    return Lender(assigned(lender.model, changed), tree)


def touched(copy: BaseModel, lender: Lender[Any]) -> set[str]:
    """Return the fields, and keys, of a copy that are not its lender's any more; they may say the same even so."""
    own = copy.__dict__
    names = {name for name, value in lender.model.__dict__.items() if own.get(name, _GONE) is not value}
    more, lent = copy.model_extra or _NOTHING, lender.model.model_extra or _NOTHING
    if more or lent:
        names.update(name for name in {**lent, **more} if more.get(name, _GONE) is not lent.get(name, _GONE))
    return names
