"""Sessions and runs of two copies that are joined: those begun under one id stay two, and one at a time goes on."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from gamesaves.rules.patch import Json
from gamesaves.rules.rewinding import RUNS, SESSIONS

Documents = Mapping[str, Json]
_BEGAN = "started_at"


def told_apart(copies: Sequence[Documents]) -> list[Documents]:
    """Return the documents of copies with an id of its own for each session, wherever it was begun.

    Two machines number their sessions alike. When one began says which it is, as that never changes: the earliest keeps
    the id, and each of the others gets one that follows from when it began, so that it is the same in every merge.
    """
    began: dict[str, set[str]] = {}
    for documents in copies:
        for key, tree in documents.items():
            if key.startswith(SESSIONS) and isinstance(tree, dict) and isinstance(tree.get(_BEGAN), str):
                began.setdefault(key, set()).add(tree[_BEGAN])
    first = {key: min(times) for key, times in began.items() if len(times) > 1}
    return [_renamed(documents, first) for documents in copies]


def _renamed(documents: Documents, first: Mapping[str, str]) -> Documents:
    ids: dict[Any, str] = {}
    for key, earliest in first.items():
        tree = documents.get(key)
        if isinstance(tree, dict) and isinstance(tree.get(_BEGAN), str) and tree[_BEGAN] != earliest:
            session_id = key.removeprefix(SESSIONS)
            ids[session_id] = f"{session_id}_{blake2b(tree[_BEGAN].encode(), digest_size=2).hexdigest()}"
    if not ids:
        return documents
    found: dict[str, Json] = {}
    for key, tree in documents.items():
        new = ids.get(key.removeprefix(SESSIONS)) if key.startswith(SESSIONS) else None
        found[key if new is None else SESSIONS + new] = _with_ids(tree, ids, new)
    return found


def _with_ids(tree: Json, ids: Mapping[Any, str], own: str | None) -> Json:
    """Return a document with other ids of sessions: its own, those of a run, those of what somebody remembers."""
    if not isinstance(tree, dict):
        return tree
    tree = tree if own is None else {**tree, "session_id": own}
    if isinstance(sessions := tree.get("sessions"), list):
        tree = {**tree, "sessions": [ids.get(one, one) if isinstance(one, str) else one for one in sessions]}
    if isinstance(memories := tree.get("memories"), list):
        tree = {**tree, "memories": [_remembered(one, ids) for one in memories]}
    return tree


def _remembered(memory: Json, ids: Mapping[Any, str]) -> Json:
    session_id = memory.get("session_id") if isinstance(memory, dict) else None
    return {**memory, "session_id": ids[session_id]} if isinstance(session_id, str) and session_id in ids else memory


def one_goes_on(documents: Documents) -> dict[str, Json]:
    """Return documents of which one session is active at most, and one run of each character: the newest of them."""
    found = dict(documents)
    active: dict[tuple[str, Any], list[tuple[str, str]]] = {}
    for key, tree in documents.items():
        field = "status" if key.startswith(SESSIONS) else "state" if key.startswith(RUNS) else None
        if field is not None and isinstance(tree, dict) and tree.get(field) == "active":
            whose = str(tree.get("character_id")) if field == "state" else None
            active.setdefault((field, whose), []).append((str(tree.get(_BEGAN)), key))
    for (field, _), keys in active.items():
        for _, key in sorted(keys)[:-1]:
            found[key] = {**documents[key], field: "paused"}
    return found
