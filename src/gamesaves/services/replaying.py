"""Looking at a ledger in a bundle: its log has to be sound from the first line on, and its snapshots say the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gamesaves.disk import jsontext, layout, log, snapshots
from gamesaves.disk.chain import REVISION, newer_format
from gamesaves.disk.log import Event
from gamesaves.disk.manifests import Bundle, refused
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import Contract, State
from gamesaves.errors import NewerFormat, SavesError
from gamesaves.rules.patch import PatchError, same

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class SeenLedger:
    """A ledger as a bundle has it.

    Attributes:
        files: of its folder: where each goes in there, and the entry.
        state: at the end of the log.
        text: the log.
        hashes: of all events of the log, and of those of other copies beside it.
    """

    files: dict[str, str] = field(default_factory=dict)
    state: State = field(default_factory=State)
    text: bytes = b""
    hashes: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """What a ledger has to be.

    Attributes:
        main: the document without which it is none.
        fault: says what is wrong with an event, beside what is wrong with any ledger's; None for nothing.
    """

    main: str
    contract: Contract
    fault: Callable[[Event], str | None] = lambda _: None


def look_at(bundle: Bundle, path: str, inside: str, seen: SeenLedger, kind: LedgerKind) -> Snapshot | None:
    """Read one entry of a ledger's folder and see that it is what its place asks for; return it if it is a snapshot.

    Args:
        inside: where it goes in the folder.
    """
    seen.files[inside] = path
    data = read(bundle, path, large=inside == layout.LOG or not inside.endswith(layout.DOCUMENT_SUFFIX))
    if inside.startswith(f"{layout.SNAPSHOTS}/"):
        return checked(bundle, path, lambda: snapshots.decode(data, Path(path)))
    if inside.startswith(f"{layout.BRANCHES}/"):
        look_at_branch(bundle, path, data, seen, kind)
    elif inside.endswith(layout.DOCUMENT_SUFFIX):
        checked(bundle, path, lambda: jsontext.parse_value(data, path))
    return None


def look_at_branch(bundle: Bundle, path: str, data: bytes, seen: SeenLedger, kind: LedgerKind) -> None:
    """Take note of the events of another copy."""
    for line in log.lines_of(data):
        if line.event is not None:
            if (fault := kind.fault(line.event)) is not None:
                raise refused(bundle.origin, path, f"line {line.number}: {fault}")
            seen.hashes.add(line.event.hash)


def read(bundle: Bundle, path: str, *, large: bool = False) -> bytes:
    """Return the bytes of an entry, which may have more than a document only where `large` says so."""
    size = bundle.entries[path].size
    if not large and size > jsontext.MAX_BYTES:
        raise refused(bundle.origin, path, f"it has {size:,} bytes; {jsontext.MAX_BYTES:,} are the most")
    return bundle.read(path)


def checked(bundle: Bundle, path: str, look: Callable[[], T]) -> T:
    """Return what `look` does, and refuse the entry where that is an error."""
    try:
        return look()
    except NewerFormat:
        raise
    except SavesError as error:
        place = f" (line {error.line}, column {error.column})" if error.line is not None else ""
        raise refused(bundle.origin, path, error.message + place) from error


def replay(
    bundle: Bundle, path: str, kept: dict[str, Snapshot], seen: SeenLedger, kind: LedgerKind, *, whole: bool
) -> None:
    """Build the state from the whole log, and see that the snapshots say the same.

    Args:
        path: of the log.
        kept: the snapshots, by the hash of the event they are of.
        whole: whether the last line has to be sound, too.
    """
    if path not in bundle.entries:
        raise refused(bundle.origin, path, f"it is missing, and without its log a {kind.contract.noun} is nothing")
    data = bundle.read(path)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        data = checked(bundle, path, lambda: jsontext.decode(data, path)).encode()
    lines = list(log.lines_of(data))
    waiting = dict(kept)
    for line in lines:
        fault = line.fault if line.event is None else _folded(bundle, path, line.event, line.end, seen, kind)
        if line.event is not None and fault is None:
            if (snapshot := waiting.pop(line.event.hash, None)) is not None:
                _compare(bundle, snapshot, seen.state, kind.contract)
        elif whole or line is not lines[-1]:
            raise refused(bundle.origin, path, f"line {line.number}: {fault}")
    if seen.state.head is None or kind.main not in seen.state.trees:
        raise refused(bundle.origin, path, f"there is no {kind.contract.noun} in it")
    for snapshot in waiting.values():
        reason = f"the snapshot of event {snapshot.seq} is of an event that the log does not have"
        raise refused(bundle.origin, path, reason)
    text = data[: seen.state.head.offset]
    seen.text = text if text.endswith(b"\n") else text.rstrip(b"\0") + b"\n"


def _folded(bundle: Bundle, path: str, event: Event, end: int, seen: SeenLedger, kind: LedgerKind) -> str | None:
    """Bring the state behind an event; return what is wrong with the event."""
    try:
        seen.state.fold(event, end, kind.contract.views)
    except PatchError as error:
        return str(error)
    version = event.data.get("format", log.FORMAT) if event.seq == 1 else log.FORMAT
    if not isinstance(version, int) or version > log.FORMAT:
        raise newer_format(bundle.origin / path, version, log.FORMAT)
    seen.hashes.add(event.hash)
    return kind.fault(event)


def _compare(bundle: Bundle, snapshot: Snapshot, state: State, contract: Contract) -> None:
    """Refuse a snapshot that says something else than the log: opening would believe it."""
    head = state.head
    assert head is not None
    told = (snapshot.seq, snapshot.at, snapshot.turn, snapshot.played, snapshot.offset, dict(snapshot.views))
    trees = {key: _bare(contract, key, tree) for key, tree in snapshot.documents.items()}
    revisions = {key: tree.get(REVISION) for key, tree in snapshot.documents.items()}
    known = {key: _bare(contract, key, tree) for key, tree in state.trees.items()}
    if (
        told != (head.seq, head.at, head.turn, head.played, head.offset, state.views)
        or revisions != state.revisions
        or not same(trees, known)
    ):
        name = f"{layout.SNAPSHOTS}/{head.seq:09d}-{head.hash[:8]}.json"
        raise refused(bundle.origin, name, "it is not what the log says")


def _bare(contract: Contract, key: str, tree: jsontext.Tree) -> jsontext.Tree:
    """Return a document without its revision, with what follows from the log at its defaults."""
    return {name: value for name, value in tree.items() if name != REVISION} | contract.derived(key, None)
