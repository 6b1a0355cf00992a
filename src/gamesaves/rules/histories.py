"""How two histories hang together: which events each has, and where they parted. No clock is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Parents = Mapping[str, tuple[str, ...]]
"""For each event the ones that it stands on, all by their hashes."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How the history that ends with one event stands to the one that ends with another.

    Attributes:
        kind: `unrelated` where they have no event in common.
        ahead, behind: the events that only the first has, and only the second.
        bases: where they parted: the newest events that both have; one, unless both were merged crosswise before.
    """

    kind: Literal["identical", "ahead", "behind", "diverged", "unrelated"]
    ahead: frozenset[str]
    behind: frozenset[str]
    bases: tuple[str, ...]


def relation(parents: Parents, one: str, other: str) -> Relation:
    """Return how two histories stand to each other."""
    ours, theirs = ancestors(parents, one), ancestors(parents, other)
    common = ours & theirs
    older = {before for digest in common for before in parents[digest]}
    bases = tuple(sorted(common - older))
    ahead, behind = frozenset(ours - theirs), frozenset(theirs - ours)
    if not common:
        return Relation("unrelated", ahead, behind, ())
    if not ahead and not behind:
        return Relation("identical", ahead, behind, bases)
    return Relation("ahead" if not behind else "behind" if not ahead else "diverged", ahead, behind, bases)


def ancestors(parents: Parents, digest: str) -> set[str]:
    """Return an event and all that it stands on."""
    found: set[str] = set()
    waiting = [digest]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents[one]
    return found


def way(parents: Parents, start: str, end: str) -> list[str]:
    """Return the events that lead from one to another that stands on it, the oldest first, without the first.

    Raises:
        ValueError: `end` does not stand on `start`.
    """
    leading = {start}
    for digest in _oldest_first(parents, end):
        if leading.intersection(parents[digest]):
            leading.add(digest)
    found = []
    while end != start:
        if end not in leading:
            raise ValueError(f"{end} does not stand on {start}")
        found.append(end)
        end = next(one for one in parents[end] if one in leading)
    return found[::-1]


def _oldest_first(parents: Parents, end: str) -> list[str]:
    ordered: dict[str, None] = {}
    waiting = [end]
    while waiting:
        digest = waiting[-1]
        missing = [one for one in parents[digest] if one not in ordered]
        if missing:
            waiting += missing
        else:
            ordered.setdefault(waiting.pop())
    return list(ordered)
