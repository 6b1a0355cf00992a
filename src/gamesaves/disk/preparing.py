"""From the trees that a turn leaves to the line that commits them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gamesaves.disk import jsontext, log
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.jsontokens import MAX_DEPTH
from gamesaves.disk.log import Event
from gamesaves.disk.state import VERSION, Contract, State
from gamesaves.errors import InvalidDocument, InvalidValue
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Conflict, Operation


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit that is ready to be written: its event, its line and the state behind it."""

    event: Event
    line: bytes
    state: State


CREATED = "created"
_PERHAPS_TEXT = str | None
SPREAD = MAX_DEPTH + 2
"""How many bytes of a document's file a byte of a line makes at most: `1,` gets a line of its own, and its indent."""


def begin(contract: Contract, documents: Mapping[str, Tree], *, at: str, turn: int = 0, data: Tree) -> Prepared:
    """Return the first event of a ledger.

    Args:
        turn: how many turns there had been before there was a log.

    Raises:
        InvalidDocument: a value has no place in a document.
    """
    trees = {key: {VERSION: 1, **tree, **contract.derived(key, None)} for key, tree in documents.items()}
    event = Event(
        seq=1,
        at=at,
        kind=CREATED,
        turn=turn,
        data={"format": log.FORMAT, **data},
        changes={key: [{"op": "add", "path": "", "value": tree}] for key, tree in trees.items()},
    )
    require_storable(event.changes, event.data)
    line, digest = log.encode_event(event)
    if len(line) * SPREAD > jsontext.MAX_BYTES:
        for key, tree in trees.items():
            jsontext.require_room(key, len(jsontext.encode(tree)))
    event = replace(event, hash=digest)
    state = State()
    state.fold(event, len(line), contract.views)
    return Prepared(event, line, state)


def prepare(
    state: State,
    contract: Contract,
    kind: str,
    documents: Mapping[str, Tree | None],
    *,
    at: str,
    turn_taken: int = False,
    session: str | None = None,
    note: str | None = None,
    data: Tree | None = None,
    patches: Mapping[str, list[Operation]] | None = None,
) -> Prepared:
    """Return the commit that leads from `state`, or from nothing at all, to these documents.

    Args:
        documents: the trees of those that may have changed, None for one that is to go.
        at: the time, ISO 8601 in UTC.
        turn_taken: whether it counts as a turn; of what was rebuilt, as how many.
        patches: changes of other documents, for those that are large and of which the caller knows what changed.

    Raises:
        InvalidDocument: a value has no place in a document.
        InvalidValue: kind, session or note is no text.
    """
    for name, value, wanted in (
        ("kind", kind, str),
        ("session", session, _PERHAPS_TEXT),
        ("note", note, _PERHAPS_TEXT),
    ):
        if not isinstance(value, wanted):
            raise InvalidValue(f"the {name} of an event is a text, not {value!r}")
    head = state.head
    changes = {**_changes(state, contract, documents), **(patches or {})}
    require_storable(changes, data or {})
    told: Tree = {
        "seq": head.seq + 1 if head else 1,
        "at": at,
        "kind": kind,
        "turn": (head.turn if head else 0) + turn_taken,
        "session": session,
        "note": note,
        "data": data or {},
        "changes": changes,
        "prev": head.hash if head else None,
    }
    line, digest = log.encode(told)
    event = Event(**told, hash=digest)
    after = state.copy()
    after.fold(event, (head.offset if head else 0) + len(line), contract.views)
    return Prepared(event, line, after)


def _changes(state: State, contract: Contract, documents: Mapping[str, Tree | None]) -> dict[str, list[Operation]]:
    changes: dict[str, list[Operation]] = {}
    for key, tree in documents.items():
        old = state.trees.get(key)
        if tree is None:
            operations: list[Operation] = [{"op": "remove", "path": ""}] if old is not None else []
        else:
            version = 1 if old is None else old.get(VERSION, 1)
            new = {VERSION: version, **tree, **contract.derived(key, None)}
            operations = [{"op": "add", "path": "", "value": new}] if old is None else patch.diff(old, new)
        if operations:
            changes[key] = operations
    return changes


def require_storable(changes: Mapping[str, list[Operation]], data: Tree) -> None:
    """Refuse changes that lead to documents which could not be read again; raise `InvalidDocument`."""
    for key, operations in changes.items():
        for operation in operations:
            path = operation["path"]
            try:
                jsontext.require_storable(operation.get("value"), path.count("/") + 1)
            except InvalidDocument as error:
                raise InvalidDocument(f"{key}{path}: {error.message}") from error
    jsontext.require_storable(data)


def rebased(
    contract: Contract, key: str, base: Tree | None, ours: Tree | None, theirs: Tree | None
) -> tuple[Tree | None, list[Conflict]]:
    """Return our change of a document as it is after somebody else's, and the places that both have changed.

    There ours stands; where the two do not go together, ours stands whole.
    """
    merged, conflicts = patch.merge(*(MISSING if tree is None else tree for tree in (base, ours, theirs)))
    if merged is MISSING:
        return None, conflicts
    if contract.faults(key, merged):
        return ours, [Conflict((), base, ours, theirs)]
    return merged, conflicts
