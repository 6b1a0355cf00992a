"""Snapshots: all documents of a ledger at one event, so that opening need not replay the whole log.

A snapshot is a file `<seq>-<hash8>.json`. Its last member, `digest`, covers all bytes before it, so that a damaged
snapshot is never taken for a good one; whether it belongs to a log is seen at the offset it names.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from gamesaves.disk import files, folders, jsontext, layout, log
from gamesaves.disk.folders import Entry
from gamesaves.disk.jsontext import Tree
from gamesaves.errors import Damaged, FileProblem

VERSION = 1
EVERY = 100
KEPT_NEWEST = 5
KEPT_ONE_PER = 1000

_NAME = re.compile(r"(\d{9,})-([0-9a-f]{8})\.json")
_DIGEST_KEY = b',"digest":"'
_MEMBERS = {
    "seq": int,
    "hash": str,
    "at": str,
    "turn": int,
    "played": str | None,
    "offset": int,
    "documents": dict,
    "views": dict,
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a ledger at one event.

    Attributes:
        seq, hash, at, turn, played: of the head at that event.
        offset: of the byte behind its line in the log.
        documents: the trees, each with its `revision`.
        views: where each view of the log ended at that event.
    """

    seq: int
    hash: str
    at: str
    turn: int
    played: str | None
    offset: int
    documents: Mapping[str, Tree]
    views: Mapping[str, str]


class Found(NamedTuple):
    """A file that is a snapshot by its name."""

    entry: Entry
    seq: int
    hash8: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.entry.path


def encode(snapshot: Snapshot, documents: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a snapshot.

    Args:
        documents: the encoded documents; they go in as they are, as encoding a large state again would hold up the
            game for milliseconds.
    """
    head = {
        "schema_version": VERSION,
        "seq": snapshot.seq,
        "hash": snapshot.hash,
        "at": snapshot.at,
        "turn": snapshot.turn,
        "played": snapshot.played,
        "offset": snapshot.offset,
        "views": snapshot.views,
    }
    members = b",\n".join(json.dumps(key).encode() + b":" + data.rstrip() for key, data in documents.items())
    body = json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"documents":{\n' + members + b"\n}"
    return b'%b%b%b"}\n' % (body, _DIGEST_KEY, blake2b(body, digest_size=16).hexdigest().encode())


def write(folder: Path, snapshot: Snapshot, documents: Mapping[str, bytes]) -> None:
    """Write a snapshot, durably."""
    folders.make(folder)
    path = folder / f"{snapshot.seq:09d}-{snapshot.hash[:8]}.json"
    files.replace(path, encode(snapshot, documents), durable=True)


def listed(folder: Path) -> list[Found]:
    """Return the snapshots in a folder, the newest first; their content is not looked at."""
    found = []
    for entry in folders.entries(folder):
        match = _NAME.fullmatch(entry.name)
        if match:
            found.append(Found(entry, int(match[1]), match[2]))
    return sorted(found, key=attrgetter("seq"), reverse=True)


def load(path: Path) -> Snapshot:
    """Read a snapshot.

    Raises:
        Damaged: its bytes are not what was written.
    """
    return decode(files.read(path), path)


def decode(data: bytes, path: Path) -> Snapshot:
    """Read the bytes of a snapshot.

    Raises:
        Damaged: they are not what was written.
    """
    data = data.rstrip()
    body, key, digest = data.rpartition(_DIGEST_KEY)
    if not key or digest != blake2b(body, digest_size=16).hexdigest().encode() + b'"}':
        raise Damaged("the snapshot is damaged", path=path, hint="Nothing is lost with it: the log has it all.")
    try:
        tree: dict[str, Any] = jsontext.parse_written(body + b"}")
        if tree["schema_version"] > VERSION:
            raise ValueError(f"a newer program has written it (version {tree['schema_version']})")
        for name, kind in _MEMBERS.items():
            if not isinstance(tree[name], kind):
                raise TypeError(f"{name!r} is not what it should be")
        if not log.is_hash(tree["hash"]):
            raise ValueError("its hash is none of an event")
        if not 0 <= tree["offset"] < 2**63:
            raise ValueError("its offset is none of a file")
        for key, document in tree["documents"].items():
            if not layout.is_document_key(key) or not isinstance(document, dict):
                raise ValueError(f"{key!r} is no document")
        return Snapshot(**{name: tree[name] for name in _MEMBERS})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"the snapshot cannot be read: {error}", path=path) from error


def prune(folder: Path, belongs: Callable[[int, str], bool]) -> None:
    """Remove what need not be kept: all but the newest 5 and one for every 1,000 events.

    Args:
        belongs: whether a snapshot with this offset and hash is on the chain of the log; others are left alone.
    """
    found = [one for one in listed(folder) if _belongs(one.path, belongs)]
    kept_thousands = {one.seq // KEPT_ONE_PER for one in found[:KEPT_NEWEST]}
    for one in reversed(found[KEPT_NEWEST:]):
        if one.seq // KEPT_ONE_PER in kept_thousands:
            files.remove(one.path)
        kept_thousands.add(one.seq // KEPT_ONE_PER)


def _belongs(path: Path, belongs: Callable[[int, str], bool]) -> bool:
    try:
        head = json.loads(files.read(path, 0, 4096).partition(b',"documents":')[0] + b"}")
        return belongs(head["offset"], head["hash"])
    except (FileProblem, ValueError, KeyError, TypeError):
        return False
