"""Field by field: what of a document can be used, and what has no place in the one that was made of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gamesaves.documents.base import Part
from gamesaves.rules.adoption import Tree
from gamesaves.rules.patch import JsonPath, pointer

WAS = "original_"
"""What a key begins with that keeps what an older tree had in a field."""

VERSION = "schema_version"

_NAMED_BY_KEY = ("name", "title", "npc_id", "location_id", "quest_id")
_WHOLE = re.compile("-?[0-9]{1,18}")
_NUMBERS = ("int_type", "int_from_float", "int_parsing", "float_type")


@dataclass(frozen=True, slots=True)
class Mended:
    """A value that could not be used as it was.

    Attributes:
        where: its path in the document.
        was: the value.
        text: what became of it, in words.
        lost: whether it is left out.
    """

    where: JsonPath
    was: Any
    text: str
    lost: bool = False


def salvaged(model: type[Part], tree: Tree, required: Mapping[str, Any]) -> tuple[Tree, list[Mended]]:
    """Return a document that fits its model, with all that can be used of a tree, and what could not.

    Whole numbers written as `26.0` or `"26"` are read, numbers below the least become the least; anything else that
    does not fit is left out, as little of it as can be. Keys that the model does not know stay.

    Args:
        required: values for the fields that a document cannot do without, where it has none that can be used.
    """
    mended: list[Mended] = []
    if type(version := tree.get(VERSION, 1)) is not int:
        # A number of another scheme says nothing of this format.
        tree = {**{key: value for key, value in tree.items() if key != VERSION}, WAS + VERSION: version}
    while True:
        missing = {name: value for name, value in required.items() if name not in tree}
        try:
            document = model.model_validate({**tree, **missing})
        except ValidationError as error:
            faults = {_nearest(tree, detail): detail for detail in reversed(error.errors(include_url=False))}
            # The later one of a list goes first, and what is inside something before that.
            for where in sorted(faults, reverse=True):
                tree, one = _mend(tree, where, faults[where])
                mended.append(one)
        else:
            return document.model_dump(mode="json"), mended[::-1]


def _nearest(tree: Tree, detail: ErrorDetails) -> JsonPath:
    """Return the path of the value that is to blame: of a part that lacks something, the part."""
    node: Any = tree
    where: list[str | int] = []
    for step in detail["loc"]:
        # What follows may be the name of a kind that was tried, and no step.
        if not isinstance(node, dict | list) or step not in (node if isinstance(node, dict) else range(len(node))):
            break
        node = node[step]  # type: ignore[index]
        where.append(step)
    if not where:
        raise AssertionError(f"a document lacks {detail['loc']}")
    return tuple(where)


def _mend(tree: Tree, where: JsonPath, detail: ErrorDetails) -> tuple[Tree, Mended]:
    was = _at(tree, where)
    name = ".".join(map(str, where))
    lacks = detail["loc"][-1]
    if detail["type"] == "missing" and lacks in _NAMED_BY_KEY and isinstance(where[-1], str) and isinstance(was, dict):
        return _with(tree, where, {**was, lacks: where[-1]}), Mended(where, None, f"{name}: it gets its key as {lacks}")
    shown = repr(was) if len(repr(was)) <= 60 else repr(was)[:57] + "…"
    if (read := _read(was, detail)) is not None:
        return _with(tree, where, read), Mended(where, was, f"{name}: {shown} is read as {read!r}")
    reason = detail["msg"].replace("Input should be", "must be").replace("Value error, ", "")
    return _with(tree, where), Mended(where, was, f"{name}: {shown} cannot be used ({reason}); it is left out", True)


def _read(was: Any, detail: ErrorDetails) -> int | str | None:
    """Return what a value of another form means; None where it means nothing."""
    kind = detail["type"]
    if isinstance(was, bool):
        return None
    if kind in _NUMBERS and isinstance(was, float) and was.is_integer():
        return int(was)
    if kind in _NUMBERS and isinstance(was, str) and _WHOLE.fullmatch(was.strip()):
        return int(was)
    if kind == "greater_than_equal" and isinstance(was, int | float):
        return int(detail["ctx"]["ge"])
    return str(was) if kind == "string_type" and isinstance(was, int | float) else None


def _at(tree: Any, where: JsonPath) -> Any:
    for step in where:
        tree = tree[step]
    return tree


def _with(tree: Any, where: JsonPath, *value: Any) -> Any:
    """Return a copy with a value at a path; without a value, with nothing there."""
    step, rest = where[0], where[1:]
    copy = tree.copy()
    if rest:
        copy[step] = _with(tree[step], rest, *value)
    elif value:
        copy[step] = value[0]
    else:
        del copy[step]
    return copy


def scalars(tree: Any, where: JsonPath = ()) -> Iterator[tuple[JsonPath, Any]]:
    """Yield every text, number and truth value of a tree with its path; `null` says nothing."""
    if isinstance(tree, dict | list):
        for step, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from scalars(value, (*where, step))
    elif tree is not None:
        yield where, tree


def unheld(source: Any, *made: Any) -> Tree:
    """Return the values of a tree that none of those made of it has in the same place, by JSON Pointer (RFC 6901).

    What is kept in a key of its own that begins with `original_` is held.
    """
    held = [dict(scalars(one)) for tree in made for one in (tree, _originals(tree))]
    return {
        pointer(where): value
        for where, value in scalars(source)
        if not any(where in one and alike(value, one[where]) for one in held)
    }


def _originals(tree: Any) -> Tree:
    own = tree.items() if isinstance(tree, dict) else ()
    return {key.removeprefix(WAS): value for key, value in own if key.startswith(WAS)}


def alike(one: Any, other: Any) -> bool:
    """Whether two values say the same: `26` and `26.0`, or one moment written in two ways."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str) and one != other:
        moments = moment(one), moment(other)
        return moments[0] is not None and moments[0] == moments[1]
    return bool(one == other)


def moment(value: Any) -> datetime | None:
    """Return the time that a text says, in UTC; None where it says none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
