"""The event log of a ledger: one JSON object a line, each naming the one before it by hash.

A line ends with its own hash, `,"hash":"<32 hex digits>"}`: BLAKE2b of 16 bytes over everything before that. A line
is durable once `fdatasync` has returned; nothing is acknowledged before.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from types import NoneType
from typing import Any

from gamesaves.disk import files, jsontext
from gamesaves.disk.jsontext import Tree
from gamesaves.errors import Damaged, InvalidDocument
from gamesaves.rules.patch import Operation

FORMAT = 1
"""The format of the log and of the folder around it; the first event says which."""

HASH_LENGTH = 32
_HASH = re.compile(f"[0-9a-f]{{{HASH_LENGTH}}}")
_HASH_KEY = b',"hash":"'
_ENDING_LENGTH = len(_HASH_KEY) + HASH_LENGTH + len(b'"}')
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Event:
    """A fact: one commit.

    Attributes:
        seq: its number, from 1, for people; `hash` is what references name.
        at: when, ISO 8601 in UTC.
        kind: `created`, `turn`, `external_edit`, … or a game's own.
        turn: how many turns have been committed up to and with this event.
        changes: a patch for each document that changed.
        prev: the hash of the event before, None for the first and for a merge.
        parents: the hashes of the two events that a merge joins, sorted; empty for any other event.
        other_changes: of a merge, what leads to it from the second parent; `changes` leads to it from the first.
    """

    seq: int
    at: str
    kind: str
    turn: int
    session: str | None = None
    note: str | None = None
    data: Tree = field(default_factory=dict)
    changes: Mapping[str, list[Operation]] = field(default_factory=dict)
    prev: str | None = None
    hash: str = ""
    parents: tuple[str, ...] = ()
    other_changes: Mapping[str, list[Operation]] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """The revision that documents changed by this event carry."""
        return f"{self.seq}-{self.hash[:8]}"

    @property
    def before(self) -> tuple[str, ...]:
        """The hashes of the events that this one stands on: none, one, or two."""
        return self.parents or (() if self.prev is None else (self.prev,))

    def apart(self) -> "Event":
        """Return the event with values of its own, for who may change them: the state behind it has these."""
        from pydantic_core import to_jsonable_python

        data, changes, other = map(to_jsonable_python, (self.data, self.changes, self.other_changes))
        return replace(self, data=data, changes=changes, other_changes=other)

    def changes_from(self, parent: str) -> Mapping[str, list[Operation]]:
        """Return the changes that lead from one of the events before to this one."""
        return self.other_changes if self.parents[1:] == (parent,) else self.changes


def is_hash(value: object) -> bool:
    """Whether a value can be the hash of an event."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


class LineFault(ValueError):
    """Bytes that are no line of the log."""


def encode_event(event: Event) -> tuple[bytes, str]:
    """Return the line of an event, with its newline, and its hash (`event.hash` is not looked at).

    Raises:
        InvalidDocument: a value has no place in JSON.
    """
    tree: Tree = {
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "turn": event.turn,
        "session": event.session,
        "note": event.note,
        "data": event.data,
        "changes": event.changes,
    }
    if event.parents:
        tree |= {"other_changes": event.other_changes, "parents": list(event.parents)}
    else:
        tree["prev"] = event.prev
    return encode(tree)


def encode(tree: Tree) -> tuple[bytes, str]:
    """Return the line of an event that is not made yet, and its hash.

    Args:
        tree: what the event has besides the hash, in the order of the line.

    Raises:
        InvalidDocument: a value has no place in JSON.
    """
    body = jsontext.encode_line(tree)[:-1]
    digest = blake2b(body, digest_size=HASH_LENGTH // 2).hexdigest()
    return b'%b%b%b"}\n' % (body, _HASH_KEY, digest.encode()), digest


def decode_event(line: bytes) -> Event:
    """Read one line, without its newline, and check its hash.

    Raises:
        LineFault: the line is not what was written.
    """
    ending = line[-_ENDING_LENGTH:]
    if not (ending.startswith(_HASH_KEY) and ending.endswith(b'"}')):
        raise LineFault("it does not end with a hash")
    body = line[:-_ENDING_LENGTH]
    digest = ending[len(_HASH_KEY) : -2].decode("ascii", errors="replace")
    if blake2b(body, digest_size=HASH_LENGTH // 2).hexdigest() != digest:
        raise LineFault("its hash does not fit its bytes")
    try:
        tree = jsontext.parse_written(body + b"}")
        return Event(
            seq=_typed(tree, "seq", int),
            at=_typed(tree, "at", str),
            kind=_typed(tree, "kind", str),
            turn=_typed(tree, "turn", int),
            session=_typed(tree, "session", str, NoneType),
            note=_typed(tree, "note", str, NoneType),
            data=_typed(tree, "data", dict),
            changes=_patches(tree, "changes"),
            prev=None if "parents" in tree else _typed(tree, "prev", str, NoneType),
            hash=digest,
            parents=_parents(tree),
            other_changes=_patches(tree, "other_changes") if "parents" in tree else {},
        )
    except (ValueError, RecursionError, AttributeError) as error:
        raise LineFault(f"it is not an event: {error}") from error


def _typed(tree: Tree, key: str, *kinds: type[Any]) -> Any:
    value = tree.get(key)
    if type(value) not in kinds:
        raise LineFault(f"{key!r} is missing or not what it should be")
    return value


def _parents(tree: Tree) -> tuple[str, ...]:
    parents = tree.get("parents", [])
    if not isinstance(parents, list) or len(parents) not in (0, 2) or not all(map(is_hash, parents)):
        raise LineFault("'parents' are not two hashes")
    return tuple(parents)


def _patches(tree: Tree, name: str) -> dict[str, list[Operation]]:
    changes: dict[str, list[Operation]] = _typed(tree, name, dict)
    for key in changes:
        _typed(changes, key, list)
    return changes


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log as it stands in the file: `event` where it is whole, else `fault` says what is wrong.

    Attributes:
        start, end: the bytes it takes, its newline included.
        number: counted from 1 at where the reading began.
    """

    raw: bytes
    start: int
    end: int
    number: int
    event: Event | None
    fault: str | None

    @property
    def terminated(self) -> bool:
        """Whether the line has its newline."""
        return self.raw.endswith(b"\n")


def read_lines(path: Path, start: int = 0) -> Iterator[Line]:
    """Read a log from a byte offset on, a line at a time; blank lines are passed over.

    The chain is not looked at: that is for who knows what went before.
    """
    return _lines(_chunks(path, start), start)


def lines_of(data: bytes, start: int = 0) -> Iterator[Line]:
    """Read the lines of a log that is in memory."""
    return _lines(iter([data[start:]]), start)


def _chunks(path: Path, start: int) -> Iterator[bytes]:
    while chunk := files.read(path, start, start + _CHUNK):
        yield chunk
        start += len(chunk)


def _lines(chunks: Iterator[bytes], offset: int) -> Iterator[Line]:
    rest = b""
    number = 0
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for raw in whole:
            number += 1
            line = _line(raw + b"\n", offset, number)
            offset = line.end
            if raw.strip():
                yield line
    if rest.strip(b" \t\r"):
        # A power cut may leave NUL bytes in the place of the newline alone: then the line is whole all the same.
        line = _line(rest.rstrip(b"\0"), offset, number + 1)
        yield line if line.event is not None else _line(rest, offset, number + 1)


def _line(raw: bytes, start: int, number: int) -> Line:
    event, fault = None, None
    try:
        event = decode_event(raw.rstrip(b"\r\n"))
    except LineFault as error:
        fault = str(error)
    return Line(raw, start, start + len(raw), number, event, fault)


def newest(path: Path, limit: int) -> list[Event]:
    """Return the newest events of a log, the newest last, without reading more of it than that takes.

    Lines that are not whole are passed over: this is for looking, not for opening.
    """
    signature = files.signature(path)
    size = 0 if signature is None else signature.size
    span = 8 << 10
    while True:
        start = max(0, size - span)
        ending = files.read(path, start, size) if size else b""
        whole = ending if start == 0 else ending.partition(b"\n")[2]
        if start == 0 or whole.count(b"\n") >= limit + 1:
            found = [line.event for line in lines_of(whole) if line.event is not None]
            return found[-limit:] if limit else []
        span *= 4


def ends_with_hash(path: Path, offset: int, digest: str) -> bool:
    """Whether the line that ends at byte `offset` carries the hash `digest`."""
    ending = _HASH_KEY + digest.encode() + b'"}'
    start = max(0, offset - len(ending) - 2)
    data = files.read(path, start, offset)
    # A file that ends before the offset has lost its last newline, or more.
    return start + len(data) == offset and data.rstrip(b"\r\n").endswith(ending)


def plain_text(path: Path) -> bytes | None:
    """Return a log that an editor has saved as UTF-16 or with a byte order mark as plain UTF-8; None where it is that.

    Raises:
        Damaged: the bytes are no text.
    """
    if not files.read(path, 0, 3).startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        return jsontext.decode(files.read(path), path).encode()
    except InvalidDocument as error:
        hint = "Mend it: saves repair"
        raise Damaged(error.message, path=path, line=error.line, column=error.column, hint=hint) from error
