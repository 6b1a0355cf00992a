"""What may become of a session."""

from collections.abc import Iterable, Mapping
from typing import Any

from gamesaves.documents.session import Session, SessionStatus
from gamesaves.errors import InvalidValue

MOVES: Mapping[SessionStatus, tuple[SessionStatus, ...]] = {
    "active": ("paused", "ended"),
    "paused": ("active", "ended"),
    "ended": ("archived",),
    "archived": (),
}
"""From each status, those that can follow."""


def require_move(session: Session, status: SessionStatus) -> None:
    """Refuse a move that a session cannot make.

    Raises:
        InvalidValue: it names the moves there are.
    """
    allowed = MOVES[session.status]
    if status not in allowed:
        hint = f"It can become {' or '.join(allowed)}." if allowed else "Nothing can follow on that; start a new one."
        raise InvalidValue(f"{session.session_id} is {session.status} and cannot become {status}", hint=hint)


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
