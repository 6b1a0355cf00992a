"""The texts that are mutated, and a ledger with one of every kind of file."""

import contextlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from gamesaves.disk import jsontext, log, snapshots
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.snapshots import Snapshot
from gamesaves.errors import SavesError
from gamesaves.rules.patch import Operation
from tests.torture.mutations import SCALE, sealed_line, sealed_snapshot
from tests.unit.ledgers import DATA, KARA, MAP, World, hit


def tries(number: int) -> range:
    """Return the numbers of the mutations of one test."""
    return range(int(number * SCALE))


@cache
def documents() -> list[bytes]:
    """Documents: as this program writes them, as others do, and at the limits of the format."""
    character = {
        "schema_version": 1,
        "revision": "12-9f3a1c2b",
        "character_id": "pc:kara_smith",
        "name": "Kära \u201cSmith\u201d \U0001f600",
        "hp": 34,
        "speed": 1.5,
        "alive": True,
        "inventory": [{"name": "rope", "count": 2}, {"name": "torch", "count": None}],
        "notes": {"": "", "a/b~c": [[], {}, [1, -1, 0.1, 1e22, -0.0]]},
    }
    limits = {
        "min": -(2**63),
        "max": 2**63 - 1,
        "small": 5e-324,
        "large": 1.7976931348623157e308,
        "text": '\u2028\x7f\\"',
    }
    deep: dict[str, object] = {}
    for _ in range(62):
        deep = {"a": deep}
    compact = json.dumps(character).encode()
    return [
        jsontext.encode(character),
        compact,
        json.dumps(character, indent="\t").replace("\n", "\r\n").encode(),
        jsontext.encode(limits),
        jsontext.encode(deep),
        b"\xef\xbb\xbf" + compact,
        compact.decode().encode("utf-16"),
        b"{}",
    ]


@cache
def events() -> list[bytes]:
    """The lines of a log, without their newlines."""
    ops: list[Operation] = [
        {"op": "replace", "path": "/hp", "value": 34},
        {"op": "add", "path": "/inventory/-", "value": {"name": "rope"}},
        {"op": "remove", "path": "/notes/a~1b"},
    ]
    born = {"hp": 1, "inventory": [], "notes": {"a/b": 1}}
    found: list[bytes] = []
    prev = None
    histories: list[tuple[int, dict[str, list[Operation]], Tree]] = [
        (1, {DATA: [{"op": "add", "path": "", "value": {"title": "x"}}]}, {"format": 1}),
        (2, {KARA: [{"op": "add", "path": "", "value": born}]}, {"messages": [{"id": "m1", "text": "h\u00e9"}]}),
        (3, {KARA: ops}, {"messages": [{"id": "m2", "text": "two"}, {"id": "m3", "text": "three"}]}),
        (4, {KARA: [{"op": "remove", "path": ""}], DATA: [{"op": "replace", "path": "/title", "value": "y"}]}, {}),
    ]
    for seq, changes, data in histories:
        event = Event(seq, "2026-11-21T10:00:00.000000Z", "turn", seq - 1, "s1", "A note", data, changes, prev)
        line, prev = log.encode_event(event)
        found.append(line[:-1])
    return found


@cache
def snapshot() -> bytes:
    """A snapshot."""
    head = Snapshot(
        4, "41" * 16, "2026-11-21T10:00:00.000000Z", 3, "2026-11-21T10:00:00.000000Z", 999, {}, {"messages": "m3"}
    )
    return snapshots.encode(head, {"characters/pc:kara_smith": documents()[0], DATA: b"{}"})


def resealed_log(lines: list[bytes], number: int, change: Callable[[Any], Any]) -> bytes:
    """Return a log in which one event says something else, and every hash fits again: a chain that nobody wrote."""
    out: list[bytes] = []
    prev: str | None = None
    for at, line in enumerate(lines):
        tree = json.loads(line)
        tree.pop("hash")
        tree["prev"] = prev
        changed = change(tree) if at == number else tree
        out.append(sealed_line(json.dumps(changed, separators=(",", ":")).encode()[:-1]))
        prev = out[-1][-34:-2].decode()
    return b"\n".join(out) + b"\n"


def resealed_snapshot(data: bytes, change: Callable[[Any], Any]) -> bytes:
    """Return a snapshot that says something else, and whose digest fits again."""
    tree = json.loads(data)
    tree.pop("digest")
    return sealed_snapshot(json.dumps(change(tree), separators=(",", ":")).encode()[:-1])


def body_of(sealed: bytes, key: bytes) -> bytes:
    """Return what a hash or a digest at the end covers."""
    return sealed.rpartition(b',"%b":"' % key)[0]


def made_ledger(root: Path) -> World:
    """Make a ledger with a snapshot, a tail, messages, a branch, a head seen, and a document in a folder."""
    world = World(root)
    ledger = world.created()
    for number in range(4):
        hit(ledger, number)
        ledger.commit("turn", {MAP: {"level": number}}, data={"messages": [{"id": f"m{number}", "text": "h\u00e9"}]})
    ledger.write_snapshot()
    hit(ledger, 9)
    ledger.commit("message", {}, data={"messages": [{"id": "m9", "text": "late"}]})
    ledger.close()
    (world.folder / "branches").mkdir()
    (world.folder / "branches/0.jsonl").write_bytes(b"".join(world.lines()[:2]))
    return world


def files_in(folder: Path) -> Iterator[Path]:
    """Return every file in a folder and below, in a fixed order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def tried(action: Callable[[], object]) -> None:
    """Do something that a damaged file may forbid, with an error of gamesaves."""
    with contextlib.suppress(SavesError):
        action()
