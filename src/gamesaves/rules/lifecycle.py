"""What may become of a session, and of a run."""

from collections.abc import Iterable, Mapping
from typing import Any

from gamesaves.documents.run import RunData, RunState
from gamesaves.documents.session import Session, SessionStatus
from gamesaves.errors import InvalidValue

MOVES: Mapping[SessionStatus, tuple[SessionStatus, ...]] = {
    "active": ("paused", "ended"),
    "paused": ("active", "ended"),
    "ended": ("archived",),
    "archived": (),
}
"""From each status of a session, those that can follow."""

RUN_MOVES: Mapping[RunState, tuple[RunState, ...]] = {
    "active": ("paused", "abandoned", "completed"),
    "paused": ("active", "abandoned"),
    "abandoned": ("active", "archived"),
    "completed": ("archived",),
    "archived": (),
}
"""From each state of a run, those that can follow; an abandoned one can be gone on with only where it says so."""


def require_move(session: Session, status: SessionStatus) -> None:
    """Refuse a move that a session cannot make.

    Raises:
        InvalidValue: it names the moves there are.
    """
    _require(session.session_id, session.status, status, MOVES[session.status])


def require_run_move(run: RunData, state: RunState) -> None:
    """Refuse a move that a run cannot make.

    Raises:
        InvalidValue: it names the moves there are.
    """
    allowed = RUN_MOVES[run.state]
    if run.state == "abandoned" and not run.can_resume:
        allowed = tuple(one for one in allowed if one != "active")
    _require(run.run_id, run.state, state, allowed)


def _require(name: str, now: str, wanted: str, allowed: tuple[str, ...]) -> None:
    if wanted not in allowed:
        hint = f"It can become {' or '.join(allowed)}." if allowed else "Nothing can follow on that; start a new one."
        raise InvalidValue(f"{name} is {now} and cannot become {wanted}", hint=hint)


def changes_standing(
    documents: Mapping[str, Any], trees: Mapping[str, Any], folder: str, fields: Iterable[str]
) -> bool:
    """Whether documents of a folder that are there already go, or have other values in these fields.

    Args:
        documents: the trees that are to be, None for one that is to go.
        trees: those that are.
    """
    for key, tree in documents.items():
        before = trees.get(key) if key.startswith(folder) else None
        if before is not None and (tree is None or any(tree.get(one) != before.get(one) for one in fields)):
            return True
    return False


def current(sessions: Iterable[Session]) -> Session | None:
    """Return the session that goes on: the active one, else the newest that is paused; None where there is none."""
    going_on = [one for one in sessions if one.status in ("active", "paused")]
    return max(going_on, key=lambda one: (one.status == "active", *_age(one)), default=None)


def newest(sessions: Iterable[Session]) -> Session | None:
    """Return the session that was begun last."""
    return max(sessions, key=_age, default=None)


def _age(session: Session) -> tuple[Any, ...]:
    return session.started_at, session.session_id


def inherited(previous: Session | None) -> dict[str, Any]:
    """Return the fields that a new session begins with: those in which the story goes on where it was left."""
    if previous is None:
        return {}
    goes_on = ("total_turns", "temporal_state", "active_scene", "narrative_state")
    names = (*goes_on, "therapeutic_settings", "therapeutic_progress")
    tree = previous.model_dump(mode="json")
    summary = {"conversation_summary": tree["conversation_context"]["conversation_summary"]}
    return {name: tree[name] for name in names} | {"conversation_context": summary}
