"""A second reader of the format, that shares no code with the first: what the harness believes rather than the core."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

Tree = dict[str, Any]

_ENDING = len(',"hash":"') + 32 + len('"}')


@dataclass(slots=True)
class History:
    """What is in a log.

    Attributes:
        hashes, kinds: of the events that are whole and follow on each other.
        rows: all messages.
        revisions: of each document, the event that changed it last.
        turn: how many turns were taken.
        end: where the next line would begin.
        tail: what is there and is no line; a lost newline, or NUL in its place, does not count.
    """

    hashes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    rows: list[Tree] = field(default_factory=list)
    trees: dict[str, Tree] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    turn: int = 0
    end: int = 0
    tail: bytes = b""

    @staticmethod
    @lru_cache(maxsize=64)
    def of(data: bytes) -> "History":
        """Read a log as far as it is whole; the same bytes give the same object."""
        history = History()
        *lines, last = data.split(b"\n")
        for raw in [*lines, last.rstrip(b"\0")]:
            event = _event(raw)
            if event is None or event["prev"] != (history.hashes[-1] if history.hashes else None):
                break
            history.add(event, event["hash"])
            history.end += len(raw) + 1
        if len(history.hashes) <= len(lines):
            history.tail = data[history.end :]
        return history

    def add(self, event: Tree, digest: str) -> None:
        """Go on by an event."""
        self.hashes.append(digest)
        self.kinds.append(event["kind"])
        self.turn = event["turn"]
        self.rows += event["data"].get("messages", [])
        for key, operations in event["changes"].items():
            tree = patched(self.trees.get(key), operations)
            if tree is None:
                del self.trees[key], self.revisions[key]
            else:
                self.trees[key] = tree
                self.revisions[key] = f"{event['seq']}-{digest[:8]}"


def _event(raw: bytes) -> Tree | None:
    try:
        event: Tree = json.loads(raw)
        body = raw[:-_ENDING]
        fits = blake2b(body, digest_size=16).hexdigest() == event["hash"]
        return event if fits and raw[-_ENDING:] == f',"hash":"{event["hash"]}"}}'.encode() else None
    except (ValueError, KeyError, TypeError):
        return None


def patched(tree: Tree | None, operations: list[Mapping[str, Any]]) -> Tree | None:
    """Apply a JSON Patch (RFC 6902) of add, remove and replace."""
    document: Tree = {"": json.loads(json.dumps(tree))} if tree is not None else {}
    for operation in operations:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")]
        parent: Any = document
        for step in steps[:-1]:
            parent = parent[int(step)] if isinstance(parent, list) else parent[step]
        _change(parent, steps[-1], operation)
    return document.get("")


def _change(parent: Any, step: str, operation: Mapping[str, Any]) -> None:
    name: Any = (len(parent) if step == "-" else int(step)) if isinstance(parent, list) else step
    if operation["op"] == "remove":
        del parent[name]
    elif operation["op"] == "add" and isinstance(parent, list):
        parent.insert(name, operation["value"])
    else:
        parent[name] = operation["value"]
