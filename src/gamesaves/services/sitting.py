"""Which session an open campaign is in, and how long it has been played."""

from collections.abc import Mapping

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.state import State
from gamesaves.errors import InvalidValue
from gamesaves.rules.lifecycle import changes_standing, current
from gamesaves.rules.rewinding import SESSIONS
from gamesaves.services.context import Context
from gamesaves.services.contracts import sessions_in

_TELLING = frozenset(("", "/status", "/started_at", "/session_id"))
"""The places in a session that tell which one goes on."""


class Sitting:
    """The session that goes on in one open campaign.

    Which one that is, is found out anew only when a session was changed there, so that a turn costs no more for it.
    """

    def __init__(self, ledger: Ledger, context: Context) -> None:
        self._ledger = ledger
        self._context = context
        self._known: tuple[State, str | None, bool] | None = None
        # Time is counted from here on: what went before was another opening's, or belonged to no active session.
        self._counted_to = context.monotonic()

    def _look(self) -> tuple[State, str | None, bool]:
        state = self._ledger.state
        if self._known is None or self._known[0] is not state:
            found = current(sessions_in(state.trees))
            active = found is not None and found.status == "active"
            self._known = (state, None if found is None else found.session_id, active)
        return self._known

    @property
    def current(self) -> str | None:
        """The id of the session that is active, or else of the newest that is paused."""
        return self._look()[1]

    @property
    def active(self) -> str | None:
        """The id of the session that is active."""
        _, session_id, active = self._look()
        return session_id if active else None

    def along(
        self, documents: Mapping[str, Tree | None], *, turn_taken: bool
    ) -> tuple[Mapping[str, Tree | None], float | None]:
        """Return the documents of a commit together with the active session as it is then.

        Returns:
            The documents, and up to when time will be counted once they are committed; None where that stays.

        Raises:
            InvalidValue: a turn changes whether the session goes on, which is not its to say.
        """
        if turn_taken and changes_standing(documents, self._ledger.state.trees, SESSIONS, ("status",)):
            hint = "Use pause_session, resume_session, end_session and archive_session of the campaign."
            raise InvalidValue("a turn cannot change the status of a session", hint=hint)
        active = self.active
        if active is None:
            # Up to here nobody was playing. If this begins a session, its time begins here.
            begins = any(key.startswith(SESSIONS) for key in documents)
            return documents, self._context.monotonic() if begins else None
        key = SESSIONS + active
        tree = documents.get(key) if key in documents or not turn_taken else self._ledger.tree(key)
        if tree is None:
            return documents, None
        now = self._context.monotonic()
        played = tree.get("playtime_seconds", 0) + max(0.0, now - self._counted_to)
        tree = {**tree, "playtime_seconds": round(played, 3)}
        if turn_taken:
            counts = {name: tree.get(name, 0) + 1 for name in ("turn_count", "total_turns")}
            tree = {**tree, "last_saved": self._context.stamp(), **counts}
        return {**documents, key: tree}, now

    def followed(self, before: State, prepared: Prepared, counted_to: float | None) -> None:
        """Take note of a commit that was written.

        Args:
            before: the state that it was written to.
        """
        if counted_to is not None:
            self._counted_to = counted_to
        if self._known is None or self._known[0] is not before:
            return
        changes = prepared.event.changes.items()
        places = (one["path"] for key, patch in changes if key.startswith(SESSIONS) for one in patch)
        # What came of it is the state then; otherwise it is looked up anew.
        self._known = None if _TELLING.intersection(places) else (prepared.state, *self._known[1:])
