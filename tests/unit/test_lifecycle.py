"""What may become of a session."""

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from gamesaves.documents import Session
from gamesaves.documents.session import SessionStatus
from gamesaves.errors import InvalidValue
from gamesaves.rules.lifecycle import MOVES, current, inherited, newest, require_move

BEGUN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def session(number: int, status: SessionStatus = "active", hours: int = 0) -> Session:
    begun = BEGUN + timedelta(hours=hours)
    return Session(session_id=f"session_{number:03d}", campaign_id="campaign_x", started_at=begun, status=status)


@pytest.mark.parametrize("before", get_args(SessionStatus))
@pytest.mark.parametrize("after", get_args(SessionStatus))
def test_only_these_moves_are_made(before: SessionStatus, after: SessionStatus) -> None:
    allowed = {
        ("active", "paused"), ("active", "ended"), ("paused", "active"), ("paused", "ended"), ("ended", "archived"),
    }  # fmt: skip
    if (before, after) in allowed:
        require_move(session(1, before), after)
        return
    with pytest.raises(InvalidValue, match=re.escape(f"session_001 is {before} and cannot become {after}")) as refused:
        require_move(session(1, before), after)
    assert all(one in str(refused.value.hint) for one in MOVES[before])


def test_the_active_session_goes_on_or_else_the_newest_that_is_paused() -> None:
    paused, later, ended = session(1, "paused"), session(2, "paused", 1), session(3, "ended", 2)
    assert current([]) is None
    assert current([ended]) is None
    assert current([later, paused, ended]) is later
    active = session(4, "active", -1)
    assert current([later, active]) is active
    assert newest([ended, paused, later]) is ended
    assert newest([]) is None


def test_the_story_goes_on_and_the_sitting_begins_anew() -> None:
    before = session(1, "ended")
    before.temporal_state.current_day = 3
    before.total_turns, before.turn_count = 12, 5
    before.conversation_context.conversation_summary = "They argued."
    before.conversation_context.emotional_tone = "tense"
    before.custom_data = {"score": 3}
    after = Session.model_validate({**session(2).model_dump(), **inherited(before)})
    assert (after.temporal_state.current_day, after.total_turns, after.turn_count) == (3, 12, 0)
    assert after.conversation_context.conversation_summary == "They argued."
    assert after.conversation_context.emotional_tone is None
    assert after.custom_data == {}
    assert inherited(None) == {}
