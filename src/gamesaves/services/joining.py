"""Two copies of one ledger: compared, and joined by what happened in each. No clock is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from gamesaves.disk import log
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import migrated
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.disk.state import PARTED, VIEWS, Contract, State, parted
from gamesaves.disk.views import rows_behind
from gamesaves.errors import Unmerged
from gamesaves.rules import histories, patch
from gamesaves.rules.merging import settle_for
from gamesaves.rules.patch import MISSING, Conflict, Json, Operation
from gamesaves.rules.rewinding import Change, all_changes
from gamesaves.rules.sittings import one_goes_on, told_apart
from gamesaves.services.othercopies import events_of

_DISPUTED = "\0"
"""Stands for a value that no document has."""

Side = Literal["ours", "theirs"]
Choice = Side | Callable[[str, Conflict], Side | None] | None
"""Which side stands where both changed a value: one for all, or what is asked for each; None leaves it open."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How another copy of a campaign, or of a universe, stands to this one.

    Attributes:
        kind: identical; ahead: this one has all that the other has, and more; behind; diverged; unrelated.
        ahead, behind: how many events only this copy has, and only the other.
        parted: the event at which they parted; None where they are unrelated, or were merged crosswise before.
        ours, theirs: what has changed on each side since.
    """

    kind: str
    ahead: int
    behind: int
    parted: Event | None
    ours: list[Change]
    theirs: list[Change]


@dataclass(frozen=True, slots=True)
class Copies:
    """Both copies as one history.

    Attributes:
        head, other_head: the newest event of this copy, and of the other.
    """

    contract: Contract
    ancestry: Ancestry
    relation: histories.Relation
    head: str
    other_head: str

    @classmethod
    def of(cls, folder: Path, head: str, contract: Contract, other: Path) -> Self:
        """Look at a ledger and another copy of it together.

        Args:
            folder: of the ledger.
            head: the hash of its newest event.

        Raises:
            As `events_of`.
        """
        events, other_head = events_of(other, contract)
        ancestry = Ancestry(folder, contract, events)
        return cls(contract, ancestry, histories.relation(ancestry.parents, head, other_head), head, other_head)

    def state(self, digest: str) -> State:
        """Return the state right after an event of either."""
        return self.ancestry.state_at(self.ancestry.events[digest])

    @property
    def base(self) -> Event:
        """The event at which they parted; of several the newest, the same one whichever side asks."""
        return max((self.ancestry.events[one] for one in self.relation.bases), key=lambda one: (one.seq, one.hash))

    def compared(self) -> Comparison:
        """Return how the other copy stands to this one."""
        ahead, behind = len(self.relation.ahead), len(self.relation.behind)
        if self.relation.kind == "unrelated":
            return Comparison("unrelated", ahead, behind, None, [], [])
        base = self.state(self.base.hash).trees
        parted = self.base if len(self.relation.bases) == 1 else None
        ours, theirs = (all_changes(base, self.state(one).trees) for one in (self.head, self.other_head))
        return Comparison(self.relation.kind, ahead, behind, parted, ours, theirs)


def take_in(ledger: Ledger, copies: Copies, joined: Callable[[], Event]) -> None:
    """Bring a ledger forward to what the other copy has, by its events, or by one that joins the two.

    Args:
        joined: gives that one.
    """
    known = copies.ancestry.events
    if copies.relation.kind == "behind":
        following = [known[one] for one in histories.way(copies.ancestry.parents, copies.head, copies.other_head)]
    else:
        following = [joined()]
    at_hand = ledger.ancestry.events.keys() | {event.hash for event in following}
    if beside := [one for one in known.values() if one.hash in copies.relation.behind - at_hand]:
        ledger.keep_branch(beside)
    ledger.adopt(following)


class Join:
    """The event that joins two copies. All of it but what a person settled follows from the two heads."""

    def __init__(self, copies: Copies, prefer: Choice) -> None:
        self.copies = copies
        self._prefer = prefer
        self._parents = tuple(sorted((copies.head, copies.other_head)))
        self._open: list[tuple[str, Conflict]] = []
        self._settled: list[dict[str, Any]] = []

    def event(self) -> Event:
        """Return it.

        Raises:
            Unmerged: somebody has to say which side stands.
        """
        known = self.copies.ancestry.events
        heads = [known[one] for one in self._parents]
        states = [self._common(self.copies.relation.bases), *map(self._trees, self._parents)]
        apart = told_apart(states)
        merged = {key: self.merged(key, *(trees.get(key, MISSING) for trees in apart)) for key in _keys(apart)}
        if self._open:
            raise Unmerged([f"{key}{patch.pointer(one.path)}" for key, one in self._open])
        merged = one_goes_on(merged)
        views = {name: self._last_row(name) for name in self.copies.contract.views}
        views[PARTED] = parted(*self._parents)
        event = Event(
            seq=max(one.seq for one in heads) + 1,
            at=max(one.at for one in heads),
            kind="merge",
            turn=self._turns(),
            note="Two copies were joined",
            data={VIEWS: views, "conflicts": self._settled},
            changes=_patches(states[1], merged),
            parents=self._parents,
            other_changes=_patches(states[2], merged),
        )
        return replace(event, hash=log.encode_event(event)[1])

    def _common(self, bases: Sequence[str]) -> Mapping[str, Json]:
        """Return what both sides stand on: of several events, which were joined crosswise, what they come to together.

        Where these contradict each other somebody has settled it on each side: then none of the two is the older one.
        """
        known = self.copies.ancestry.events
        first, *others = sorted(bases, key=lambda one: (known[one].seq, one))
        found: Mapping[str, Json] = self._trees(first)
        for other in others:
            older = histories.relation(self.copies.ancestry.parents, first, other).bases
            apart = told_apart([self._common(older) if older else {}, found, self._trees(other)])
            found = {
                key: _or_disputed(key, *(trees.get(key, MISSING) for trees in apart), counting=len(older) == 1)
                for key in _keys(apart)
            }
        return {key: tree for key, tree in found.items() if tree is not MISSING}

    def _trees(self, digest: str) -> dict[str, Json]:
        trees = self.copies.state(digest).trees
        return {key: migrated(self.copies.contract, key, tree) for key, tree in trees.items()}

    def merged(self, key: str, base: Json, first: Json, second: Json) -> Json:
        """Return a document as both sides have left it."""
        settle = settle_for(key, counting=len(self.copies.relation.bases) == 1)
        tree, conflicts = patch.merge(base, first, second, settle=settle)
        if not conflicts and tree is not MISSING and self.copies.contract.faults(key, tree):
            tree, conflicts = first, [Conflict((), base, first, second)]
        for conflict in conflicts:
            tree = self._choose(key, conflict, tree)
        return tree

    def _choose(self, key: str, conflict: Conflict, tree: Json) -> Json:
        """Return the document with the side that was chosen at one place; until then it has the first one's value."""
        swapped = self._parents[0] != self.copies.head
        shown = replace(conflict, ours=conflict.theirs, theirs=conflict.ours) if swapped else conflict
        side = self._prefer(key, shown) if callable(self._prefer) else self._prefer
        if side is None:
            self._open.append((key, shown))
            return tree
        takes_second = (side == "theirs") is not swapped
        value = conflict.theirs if takes_second else conflict.ours
        kept = None if value is MISSING else value
        self._settled.append({"document": key, "path": patch.pointer(conflict.path), "kept": kept})
        return patch.put(tree, conflict.path, value) if takes_second else tree

    def _turns(self) -> int:
        known = self.copies.ancestry.events
        reached = set().union(*(histories.ancestors(self.copies.ancestry.parents, one) for one in self._parents))
        return sum(
            known[one].turn > max((known[two].turn for two in known[one].before), default=0)
            for one in reached
            if not known[one].parents
        )

    def _last_row(self, view: str) -> str | None:
        events = self.copies.ancestry.events.values()
        first, second = (rows_behind(events, view, one) for one in self._parents)
        known = {row["id"] for row in first}
        rows = first + [row for row in second if row["id"] not in known]
        return str(rows[-1]["id"]) if rows else None


def _or_disputed(key: str, base: Json, one: Json, other: Json, *, counting: bool) -> Json:
    tree, conflicts = patch.merge(base, one, other, settle=settle_for(key, counting=counting))
    for conflict in conflicts:
        tree = patch.put(tree, conflict.path, _DISPUTED)
    return tree


def _keys(states: Sequence[Mapping[str, Json]]) -> list[str]:
    return sorted({key for trees in states for key in trees})


def _patches(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, list[Operation]]:
    found = {key: patch.between(before.get(key, MISSING), after[key]) for key in after}
    return {key: operations for key, operations in found.items() if operations}
