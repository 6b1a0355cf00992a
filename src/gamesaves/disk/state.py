"""The state of a ledger at one event, and what its owner knows of the documents in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gamesaves.disk import layout
from gamesaves.disk.jsonplaces import Place, Wanted
from gamesaves.disk.jsontext import Tree, mistake_at
from gamesaves.disk.jsontokens import MOST_FAULTS
from gamesaves.disk.log import Event
from gamesaves.errors import Mistake
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Json, JsonPath, Operation, PatchError

VERSION = "schema_version"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document, and where in it.

    Attributes:
        of_key: whether it is the key itself, and not the value.
    """

    where: JsonPath
    message: str
    hint: str | None = None
    of_key: bool = False


Locate = Callable[[Sequence[Wanted]], Sequence[Place | None]]
"""Tells where in a file values stand, or their keys; None where that is not known."""


def located(faults: Sequence[Fault], places: Locate) -> list[Mistake]:
    """Return faults with their places, in the order of the file; of very many only the first."""
    faults = faults[:MOST_FAULTS]
    mistakes = []
    for fault, place in zip(faults, places([Wanted(one.where, one.of_key) for one in faults]), strict=True):
        name = ".".join(map(str, fault.where))
        message = f"{name}: {fault.message}" if name and not fault.of_key else fault.message
        pointer = patch.pointer(fault.where)
        if place is None:
            mistakes.append(Mistake(message, pointer=pointer, hint=fault.hint))
        else:
            mistakes.append(mistake_at(place, message, fault.hint, pointer))
    return sorted(mistakes, key=lambda one: (one.line or 0, one.column or 0))


class Contract(Protocol):
    """What the owner of a ledger knows of its documents; the disk knows only JSON trees."""

    noun: str
    """What people and the command call such a ledger: campaign, universe."""

    views: Mapping[str, str]
    """Views of the log: a key of the events' `data` that holds rows, and the file that lists them all."""

    def is_document(self, key: str) -> bool:
        """Whether a file with this key is one of the ledger's documents."""

    def faults(self, key: str, tree: Tree) -> list[Fault]:
        """Return what is wrong with a document; nothing where it is fine."""

    def completed(self, key: str, tree: Tree, base: Tree) -> tuple[Tree, list[Fault]]:
        """Return an edited document with what no edit may leave out as it was in `base`, and what was missing."""

    def fits(self, key: str, tree: Tree, base: Tree | None) -> bool:
        """Whether the id inside a document is its own: the one that its key says, or that it had.

        Args:
            base: what the document was before; None where it is new.
        """

    def newest_version(self, key: str) -> int:
        """Return the newest `schema_version` of this document that is understood."""

    def migrate(self, key: str, tree: Tree) -> Tree:
        """Return an older document as the newest version has it; one of the newest version comes back as it is."""

    def derived(self, key: str, state: "State | None") -> Tree:
        """Return the fields of a document that follow from the log, as they are then; None for their defaults."""

    def session(self, state: "State") -> str | None:
        """Return the id of the session that is active; None where none is."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of a log.

    Attributes:
        played: when the latest turn was committed.
        offset: of the byte behind its line.
    """

    seq: int
    hash: str
    at: str
    turn: int
    played: str | None
    offset: int

    @property
    def revision(self) -> str:
        """The revision of a document that this event changed last."""
        return f"{self.seq}-{self.hash[:8]}"


@dataclass(slots=True)
class State:
    """The documents of a ledger at one event: trees without `revision`, never changed in place.

    Attributes:
        views: the id of the last row of each view of the log.
    """

    head: Head | None = None
    trees: dict[str, Tree] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)

    def fold(self, event: Event, end: int, views: Mapping[str, str]) -> None:
        """Apply an event.

        Raises:
            PatchError: it does not follow on this state, or does not fit it.
        """
        head = self.head
        if not self._is_followed_by(event):
            raise PatchError("it does not follow on the line before it")
        changes = event.changes_from(head.hash) if head else event.changes
        changed = {key: self._after(key, operations) for key, operations in changes.items()}
        last_rows = {name: rows[-1]["id"] for name in views if (rows := rows_of(event, name))}
        for key, tree in changed.items():
            if tree is MISSING:
                self.trees.pop(key, None)
                self.revisions.pop(key, None)
            else:
                self.trees[key] = tree
        for key in (*changes, *event.changes, *event.other_changes):
            if key in self.trees:
                self.revisions[key] = event.revision
        self.views = views_after(event, {**self.views, **last_rows})
        played = event.at if event.turn > (head.turn if head else 0) else head.played if head else None
        self.head = Head(event.seq, event.hash, event.at, event.turn, played, end)

    def _is_followed_by(self, event: Event) -> bool:
        if self.head is None:
            return not event.before and event.seq == 1
        if event.parents:
            return self.head.hash in event.parents and event.seq > self.head.seq
        return event.prev == self.head.hash and event.seq == self.head.seq + 1

    def _after(self, key: str, operations: list[Operation]) -> Json:
        """Return a document as the operations leave it, `MISSING` where they take it away."""
        if key not in self.trees and not layout.is_document_key(key):
            raise PatchError(f"{key!r} is no document")
        tree = patch.apply(self.trees.get(key, MISSING), operations)
        if tree is not MISSING and not isinstance(tree, dict):
            raise PatchError(f"{key!r} is no object")
        return tree

    def copy(self) -> "State":
        """Return a state that can be folded further without this one changing."""
        return State(self.head, dict(self.trees), dict(self.revisions), dict(self.views))


RESTORED = "restored"
"""The key of an event's data that names the event whose state it leads back to."""

VIEWS = "views"
"""The key of the data of a restore or a merge: the id of the last row of each view behind it, null for none."""

PARTED = "parted"
"""The key among these that says which two events the rows come from: others may end with the same row."""


def parted(one: str, other: str) -> str:
    """Return what a restore or a merge says of where the rows behind it come from.

    Args:
        one, other: the hashes of the two events.
    """
    return f"{one[:8]}-{other[:8]}"


def end_of(state: State, view: str) -> str | None:
    """Return what tells the rows of a view at one event from those at any other; None for no rows."""
    last, origin = state.views.get(view), state.views.get(PARTED)
    return last if last is None or origin is None else f"{last}@{origin}"


def views_after(event: Event, views: dict[str, str]) -> dict[str, str]:
    """Return the last rows of the views behind an event.

    Raises:
        PatchError: what it says of them makes no sense.
    """
    if RESTORED not in event.data and not event.parents:
        return views
    told = event.data.get(VIEWS, {})
    if not isinstance(told, dict) or not all(one is None or isinstance(one, str) for one in told.values()):
        raise PatchError("it does not say where the views end")
    return {name: last for name, last in told.items() if last is not None}


def rows_of(event: Event, name: str) -> list[Tree]:
    """Return the rows that an event adds to a view of the log.

    Raises:
        PatchError: what it has there are no rows.
    """
    rows: Any = event.data.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise PatchError(f"{name!r} is no list of rows with an id each")
    return rows
