"""The sessions of a campaign: sat down to, paused, gone on with, ended, put away."""

import itertools
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from gamesaves.disk import layout
from gamesaves.documents import Session
from gamesaves.documents.session import SessionStatus
from gamesaves.errors import Damaged, InvalidValue, Problem, SavesError
from gamesaves.rules.lifecycle import inherited, newest, require_move
from gamesaves.rules.rewinding import SESSIONS
from gamesaves.services.contracts import MESSAGES, SCENES
from gamesaves.services.copies import Who
from gamesaves.services.loaded import Loaded
from gamesaves.services.lookup import look_up_called, missing
from gamesaves.services.opened import Opened
from gamesaves.services.timed import START_ONE, place_in
from gamesaves.services.turns import Turn
from gamesaves.services.validation import made

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign

RECENT = 15
"""How many of the newest messages a session tells, and keeps when it is paused or ended."""

_FIXED = frozenset(
    {"schema_version", "session_id", "session_name", "campaign_id", "status", "started_at", "last_saved", "ended_at"}
    | {"character_ids", "turn_count", "total_turns", "playtime_seconds", "device", "game_version"}
)


class Sittings(Opened):
    """What an open campaign offers of its sessions.

    Attributes:
        sessions: by id; sealed, change the one that goes on inside a turn.
    """

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self.sessions: Mapping[str, Session] = Loaded(self._ledger, SESSIONS, self._session, MESSAGES)
        active = self._committer.sitting.active
        # Whoever only reads may look on while somebody plays.
        if active is not None and self._lock is not None:
            path = str(self.folder / layout.document_path(SESSIONS + active))
            text = f"the session {active} had not been ended; the next turn goes on with it"
            self._ledger.problems.append(
                Problem("note", "session_left_open", path, text, "Or end it: campaign.end_session(), saves session end")
            )

    def _session(self, key: str) -> Session:
        session = self._models.lend(key, Session.model_validate)
        if session.status == "active":
            # While it is played this follows from the chat, and is not written.
            self._tell_what_was_said(session)
        return session

    def _tell_what_was_said(self, session: Session) -> None:
        # Where the chat cannot be read because the history is damaged, opening has told that.
        with suppress(Damaged):
            session.conversation_context.recent_messages = self._chat(RECENT)

    @property
    def session(self) -> Session | None:
        """The session that is active, or else the newest that is paused; sealed. None where there is none."""
        session_id = self._committer.sitting.current
        return None if session_id is None else self.sessions[session_id]

    def session_id_of(self, name: str) -> str:
        """Return the id of the session with this id or name.

        Raises:
            NotFound, Ambiguous: none, or more than one, is called that.
        """
        return look_up_called("session", name, {one: session.session_name for one, session in self.sessions.items()})

    def start_session(
        self,
        name: str | None = None,
        *,
        characters: Iterable[Who] = (),
        scene: str | None = None,
        device: str | None = None,
        game_version: str | None = None,
        **fields: Any,
    ) -> Session:
        """Begin a sitting, and return it; one that is active is paused.

        The time and the scene of the story, the narrative, the summary, and therapeutic settings and progress go on
        where the session before left them.

        Args:
            name: what a player reads; `Session 3` and so on where it is not given.
            characters: who takes part; the whole party where nobody is named.
            scene: the id of the scene that is played.
            fields: of `Session`.

        Raises:
            NotFound, Ambiguous: there is no such character or scene.
            InvalidValue: a field does not fit, or cannot be set.
        """
        _require_own(fields)
        with self.turn() as turn:
            numbers = itertools.count(len(self.sessions) + 1)
            number = next(one for one in numbers if f"session_{one:03d}" not in self.sessions)
            session_id = f"session_{number:03d}"
            given = {"session_name": name or f"Session {number}", "device": device, "game_version": game_version}
            cast_ids = [self.id_of(who) for who in characters] or [one.character_id for one in self.party]
            session = made(Session, {**self._beginnings(session_id, cast_ids, scene), **given, **fields})
            self._pause_active(turn)
            self._tell_hooks(session)
            turn.add(SESSIONS + session_id, session)
            turn.commit(kind="session", note=f"{session.session_name} begins", session=session_id)
        return self.sessions[session_id]

    def _tell_hooks(self, session: Session) -> None:
        session_id = session.session_id
        self._tell_what_was_said(session)
        for hook in self._context.session_hooks:
            hook(cast("Campaign", self), session)
        if (session.session_id, session.status) != (session_id, "active"):
            raise InvalidValue("a hook cannot change which session starts, or that it does")
        session.conversation_context.recent_messages = []

    def _beginnings(self, session_id: str, cast_ids: list[str], scene: str | None) -> dict[str, Any]:
        now, data = self._context.stamp(), self.data
        fields = inherited(newest(self.sessions.values()))
        if scene is not None or "active_scene" not in fields:
            fields["active_scene"] = self._scene_of(scene or data.current_scene_id, named=scene is not None)
        return {
            "session_id": session_id,
            "campaign_id": self._shared_id,
            "player_id": data.player_id,
            "universe_id": data.universe_id,
            "character_ids": cast_ids,
            "active_characters": [{"character_id": one} for one in cast_ids],
            "started_at": now,
            "last_saved": now,
            **fields,
        }

    def _scene_of(self, scene_id: str | None, *, named: bool) -> dict[str, Any]:
        if scene_id is None or SCENES + scene_id not in self._ledger.state.trees:
            if named:
                raise missing("scene", str(scene_id), self.scenes, path=self.folder)
            return {}
        return place_in(scene_id, self._ledger.tree(SCENES + scene_id))

    def pause_session(self) -> Session:
        """Pause the session that is active, and return it: the time until it is resumed does not count as played.

        Raises:
            InvalidValue: none is active.
        """
        return self._move(None, "paused", "is paused")

    def resume_session(self, session_id: str | None = None) -> Session:
        """Go on with a session that was paused, and return it; one that is active is paused.

        Args:
            session_id: the newest that is paused where it is not given.

        Raises:
            NotFound: there is no such session.
            InvalidValue: it is not paused.
        """
        return self._move(session_id, "active", "goes on")

    def end_session(self) -> Session:
        """End the session that is active or paused, and return it; a snapshot makes the next opening quick.

        Raises:
            InvalidValue: there is none.
        """
        ended = self._move(None, "ended", "ends")
        try:
            self._leave_snapshot()
        except SavesError as error:
            # It saves time at the next opening and nothing else: the session has ended without it.
            self._ledger.problems.append(error.as_problem("warning"))
        return ended

    def _leave_snapshot(self) -> None:
        # No other thread's turn comes between, so that the writer thread has nothing to do meanwhile.
        self._committer.begin_turn()
        try:
            self._ledger.flush()
            self._ledger.write_snapshot()
        finally:
            self._committer.end_turn()

    def archive_session(self, session_id: str) -> Session:
        """Put a session away that has ended, and return it.

        Raises:
            NotFound: there is no such session.
            InvalidValue: it has not ended.
        """
        return self._move(session_id, "archived", "is put away")

    def _move(self, session_id: str | None, status: SessionStatus, words: str) -> Session:
        with self.turn() as turn:
            session_id = self.session_id_of(session_id) if session_id else self._committer.sitting.current
            if session_id is None:
                raise InvalidValue("no session goes on", hint=START_ONE)
            session = turn.sitting(session_id)
            require_move(session, status)
            if status == "active":
                self._pause_active(turn)
            self._become(session, status)
            turn.commit(kind="session", note=f"{session.session_name} {words}", session=session_id)
        return self.sessions[session_id]

    def _become(self, session: Session, status: SessionStatus) -> None:
        now: datetime = self._context.now()
        session.status = status
        if status != "archived":
            session.last_saved = now
        if status in ("paused", "ended"):
            self._tell_what_was_said(session)
        if status == "ended":
            session.ended_at = now

    def _pause_active(self, turn: Turn) -> None:
        active = self._committer.sitting.active
        if active is not None:
            self._become(turn.sitting(active), "paused")


def _require_own(fields: Mapping[str, Any]) -> None:
    for name in fields:
        if name not in Session.model_fields:
            raise InvalidValue(f"{name!r} is not a field of a session", hint="Put the game's own into custom_data.")
        if name in _FIXED:
            raise InvalidValue(f"{name!r} cannot be set", hint="It follows from what happens in the session.")
