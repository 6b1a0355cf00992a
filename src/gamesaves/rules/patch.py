"""Differences between JSON trees: found, applied, merged.

A patch is a list of operations of JSON Patch (RFC 6902), of which `add`, `remove` and `replace` are used, with paths
in the notation of JSON Pointer (RFC 6901). Trees are values: nothing here changes one in place, and what a patch does
not touch is shared between the old tree and the new one. `True`, `1` and `1.0` are three different values.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Json = Any
"""A JSON value: null, a boolean, a number, a string, a list or an object with string keys."""

Operation = dict[str, Json]
JsonPath = tuple[str | int, ...]

MISSING = object()
"""Stands for a value that is not there, which is something else than null."""

_INDEX = re.compile("0|[1-9][0-9]{0,17}")


class PatchError(ValueError):
    """A patch does not fit the tree that it is applied to."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both sides changed, each to something else; `MISSING` where a side has no value."""

    path: JsonPath
    base: Json
    ours: Json
    theirs: Json


def same(one: Json, other: Json) -> bool:
    """Whether two trees are equal in value and in type, whatever the order of keys."""
    if one is other:
        return True
    return type(one) is type(other) and one == other and _alike_in_type(one, other)


def _alike_in_type(one: Json, other: Json) -> bool:
    """Whether two trees that are equal and of one type are so all the way down.

    A document is compared whole in each commit, value by value: hence nothing is called for those that are shared,
    which most are, as one tree was copied from the other, and for those that hold no others.
    """
    kind = type(one)
    if kind is dict:
        for key, value in one.items():
            there = other[key]
            if value is not there:
                kind = type(value)
                if kind is not type(there) or ((kind is dict or kind is list) and not _alike_in_type(value, there)):
                    return False
    elif kind is list:
        return all(map(same, one, other))
    return True


def sharing(old: Json, new: Json, copied: Callable[[Any], Json]) -> Json:
    """Return `new` as a tree of its own that shares with `old` what is the same in both; comparing the two is fast.

    Args:
        copied: makes a JSON tree of what is new: a value of whatever kind the caller takes.
    """
    if same(old, new):
        return old
    if type(old) is not dict or type(new) is not dict:
        return copied(new)
    tree = {}
    for key, value in new.items():
        if type(key) is not str:
            return copied(new)
        there = old.get(key, MISSING)
        tree[key] = value if value is there else sharing(there, value, copied)
    return tree


def diff(old: Json, new: Json) -> list[Operation]:
    """Return the operations that lead from `old` to `new`; none where they are the same."""
    operations: list[Operation] = []
    if not same(old, new):
        _diff(old, new, "", operations)
    return operations


def between(old: Json, new: Json) -> list[Operation]:
    """Return the operations that lead from one state of a document to another; `MISSING` where there is none."""
    if old is MISSING or new is MISSING:
        return (
            []
            if old is new
            else [{"op": "remove", "path": ""}]
            if new is MISSING
            else [{"op": "add", "path": "", "value": new}]
        )
    return diff(old, new)


def _diff(old: Json, new: Json, path: str, operations: list[Operation]) -> None:
    """Add the operations for two trees that differ."""
    kind = type(old)
    if kind is dict and type(new) is dict:
        _diff_objects(old, new, path, operations)
    elif kind is list and type(new) is list:
        _diff_lists(old, new, path, operations)
    else:
        operations.append({"op": "replace", "path": path, "value": new})


def _diff_objects(old: Json, new: Json, path: str, operations: list[Operation]) -> None:
    for key, value in old.items():
        if key not in new:
            operations.append({"op": "remove", "path": f"{path}/{_escaped(key)}"})
        elif new[key] is not value and not same(value, new[key]):
            _diff(value, new[key], f"{path}/{_escaped(key)}", operations)
    for key, value in new.items():
        if key not in old:
            operations.append({"op": "add", "path": f"{path}/{_escaped(key)}", "value": value})


def _diff_lists(old: list[Json], new: list[Json], path: str, operations: list[Operation]) -> None:
    dropped = _dropped_from_front(old, new)
    operations.extend({"op": "remove", "path": f"{path}/0"} for _ in range(dropped))
    old = old[dropped:]
    start = _common_length(old, new)
    room = min(len(old), len(new)) - start
    end = _common_length(old[: -room - 1 : -1] if room else [], new[: -room - 1 : -1] if room else [])
    was, now = old[start : len(old) - end], new[start : len(new) - end]
    paired = min(len(was), len(now))
    for index in range(paired):
        if not same(was[index], now[index]):
            _diff(was[index], now[index], f"{path}/{start + index}", operations)
    for _ in was[paired:]:
        operations.append({"op": "remove", "path": f"{path}/{start + paired}"})
    for index, value in enumerate(now[paired:], start + paired):
        where = str(index) if end else "-"
        operations.append({"op": "add", "path": f"{path}/{where}", "value": value})


def _dropped_from_front(old: list[Json], new: list[Json]) -> int:
    """Return how many values left a list at its front; lists that hold the newest so many move like that."""
    if not old or not new or same(old[0], new[0]):
        return 0
    for count in range(1, min(4, len(old))):
        kept = old[count:]
        if len(kept) <= len(new) and same(kept, new[: len(kept)]):
            return count
    return 0


def _common_length(one: Sequence[Json], other: Sequence[Json]) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if not same(left, right):
            break
        length += 1
    return length


def _escaped(key: str) -> str:
    if "~" in key or "/" in key:
        return key.replace("~", "~0").replace("/", "~1")
    return key


def pointer(path: JsonPath) -> str:
    """Return a path in the notation of JSON Pointer."""
    return "".join(f"/{_escaped(str(step))}" for step in path)


def apply(tree: Json, operations: Sequence[Operation]) -> Json:
    """Return the tree that the operations lead to; `tree` stays as it is.

    Operations on the whole document (path `""`) add, replace or remove it: then `tree` or the result is `MISSING`.

    Raises:
        PatchError: an operation does not fit.
    """
    fresh: set[int] = set()
    for operation in operations:
        try:
            op, path = operation["op"], operation["path"]
            value = None if op == "remove" else operation["value"]
        except (KeyError, TypeError) as error:
            raise PatchError(f"this is no operation: {operation!r}") from error
        if op not in ("add", "remove", "replace") or not isinstance(path, str) or path[:1] not in ("", "/"):
            raise PatchError(f"this is no operation: {operation!r}")
        if not path:
            if (op == "add") is not (tree is MISSING):
                raise PatchError(f"{op} of a document that is {'not ' if tree is MISSING else ''}there")
            tree = MISSING if op == "remove" else value
        else:
            tree = _apply_inside(tree, op, path, value, fresh)
    return tree


def _apply_inside(tree: Json, op: str, path: str, value: Json, fresh: set[int]) -> Json:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    tree = node = _owned(tree, fresh)
    for step in steps[:-1]:
        key = _key(node, step, path)
        child = _owned(node[key], fresh)
        node[key] = child
        node = child
    last = steps[-1]
    if isinstance(node, list) and op == "add":
        index = len(node) if last == "-" else _index(last, len(node) + 1, path)
        node.insert(index, value)
    elif isinstance(node, dict) and op == "add":
        node[last] = value
    elif op == "remove":
        del node[_key(node, last, path)]
    else:
        node[_key(node, last, path)] = value
    return tree


def _owned(node: Json, fresh: set[int]) -> Json:
    """Return a copy of a container that this patch may change; the same one again where it already is one."""
    if not isinstance(node, dict | list):
        raise PatchError(f"there is nothing inside {node!r}")
    if id(node) in fresh:
        return node
    copy = node.copy()
    fresh.add(id(copy))
    return copy


def _key(node: Json, step: str, path: str) -> str | int:
    if isinstance(node, list):
        return _index(step, len(node), path)
    if step not in node:
        raise PatchError(f"there is no {path}")
    return step


def _index(step: str, limit: int, path: str) -> int:
    # RFC 6901 has no leading zeros and no signs; Python refuses to read numbers of thousands of digits.
    if not _INDEX.fullmatch(step) or int(step) >= limit:
        raise PatchError(f"there is no {path}")
    return int(step)


Settle = Callable[[JsonPath, Json, Json, Json], Json]
"""Given a place, base, ours and theirs where both sides changed it: the value that stands, `MISSING` for a conflict."""


def put(tree: Json, path: JsonPath, value: Json) -> Json:
    """Return a tree with another value at a place; `MISSING` takes it away."""
    if not path:
        return value
    step, *rest = path
    there = tree.get(step, MISSING)
    inner = put({} if there is MISSING and rest else there, tuple(rest), value)
    if inner is MISSING:
        return {key: one for key, one in tree.items() if key != step}
    return {**tree, step: inner}


def merge(base: Json, ours: Json, theirs: Json, *, settle: Settle | None = None) -> tuple[Json, list[Conflict]]:
    """Merge two trees that both come from `base`, field by field.

    A change that only one side made stands; where both made the same one it stands once, unless `settle` adds up what
    both have counted; lists are taken whole. Where the sides disagree and `settle` has no answer, `ours` stands and the
    place is listed as a conflict. `MISSING` stands for a tree that is not there.
    """
    conflicts: list[Conflict] = []
    return _merge(base, ours, theirs, (), conflicts, settle), conflicts


def _merge(
    base: Json, ours: Json, theirs: Json, path: JsonPath, conflicts: list[Conflict], settle: Settle | None
) -> Json:
    if same(base, theirs) or (settle is None and same(ours, theirs)):
        return ours
    if same(base, ours):
        return theirs
    # Also where both came to the same: each may have counted on its own.
    settled = MISSING if settle is None else settle(path, base, ours, theirs)
    if settled is not MISSING:
        return settled
    if not (type(ours) is type(theirs) is dict):
        if not same(ours, theirs):
            conflicts.append(Conflict(path, base, ours, theirs))
        return ours
    before = base if type(base) is dict else {}
    merged = {}
    for key in dict.fromkeys([*ours, *theirs]):
        sides = (before.get(key, MISSING), ours.get(key, MISSING), theirs.get(key, MISSING))
        value = _merge(*sides, (*path, key), conflicts, settle)
        if value is not MISSING:
            merged[key] = value
    return merged
