"""Commits of one campaign, one after the other, and turns that queue behind each other."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.state import State
from gamesaves.errors import InvalidValue
from gamesaves.services.context import Context
from gamesaves.services.running import Running
from gamesaves.services.sitting import Sitting


class PendingCommit:
    """A commit that the store's writer thread makes durable."""

    def __init__(self, event: Event, future: "Future[None] | None" = None) -> None:
        self._event = event
        self._future = future
        self.asked = False

    @property
    def done(self) -> bool:
        """Whether it is durable, or has failed."""
        return self._future is None or self._future.done()

    def result(self, timeout: float | None = None) -> Event:
        """Wait until it is durable and return the event.

        Args:
            timeout: in seconds; None waits as long as it takes.

        Raises:
            TimeoutError: it is not durable yet.
            NoSpace, FileProblem, FlushFailed, Diverged: it could not be made durable.
        """
        self.wait(timeout)
        return self._event.apart()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it is durable; the argument and errors are those of `result`."""
        if self._future is not None:
            self._future.exception(timeout)
            self.asked = True
            self._future.result()


class Committer:
    """Commits to the ledger of one campaign.

    One commit is in flight at a time; whoever comes next waits for it. One turn is open at a time; in another thread
    the next one waits for it to end.

    Attributes:
        sitting: the session that goes on.
        running: the runs that go on.
        encounter: the name of the one that is going on, which has the campaign to itself.
        counts_turns: whether turns count; not where they are rounds, which count as one when the encounter ends.
        before_turn: called before a turn where something outside concerns the campaign's documents, to look after that.
        after_commit: called with each event once it is durable, on the thread that wrote it, before the next commit.
        deliveries: called likewise, with the state before it, to hand on what concerns others; without an event where
            those of another copy were taken in.
    """

    def __init__(self, ledger: Ledger, context: Context) -> None:
        self.ledger = ledger
        self.context = context
        self.sitting = Sitting(ledger, context)
        self.running = Running(ledger, context)
        self.encounter: str | None = None
        self.counts_turns = True
        self.before_turn: Callable[[], object] | None = None
        self.after_commit: Callable[[Event], None] | None = None
        self.deliveries: list[Callable[[State, Event | None], None]] = []
        self._turn = threading.Lock()
        self._turn_thread: int | None = None
        self._commit = threading.RLock()
        self._pending: PendingCommit | None = None

    def begin_turn(self, *, looking: bool = True) -> None:
        """Wait for the turn before to end, and for its commit.

        Args:
            looking: look after what came from outside before anything else.

        Raises:
            InvalidValue: a turn is open in this thread, which would wait for itself for ever, or an encounter goes on.
            Closed, ReadOnly, NewerFormat, Damaged: nothing can be committed.
        """
        self.require_other_thread()
        me = threading.get_ident()
        if self._turn_thread == me:
            raise InvalidValue("a turn is open already", hint="Commit or discard it before you begin the next.")
        self._turn.acquire()
        self._turn_thread = me
        try:
            self.settle()
            self._require_ready()
            if self.ledger.suspect and looking and self.before_turn is not None:
                self.before_turn()
                self._require_ready()
        except BaseException:
            self.end_turn()
            raise

    def _require_ready(self) -> None:
        if (refusal := self.ledger.refusal) is not None:
            raise refusal
        if self.encounter is not None:
            hint = "End it first; what belongs to it goes into its rounds."
            raise InvalidValue(f"the encounter {self.encounter!r} is going on", hint=hint)

    def end_turn(self) -> None:
        """Let the next turn begin."""
        self._turn_thread = None
        self._turn.release()

    def take_in_edits(self, documents: Iterable[str]) -> bool:
        """Merge what was edited by hand, between two turns; return False where a turn or a commit is in the way.

        Raises:
            NoSpace, FileProblem, FlushFailed, Diverged: what was found could not be recorded.
        """
        # Nobody is waited for: not on the thread that has the turn, nor on that which writes.
        if not self._turn.acquire(blocking=False):
            return False
        self._turn_thread = threading.get_ident()
        try:
            with self.alone():
                if self.encounter is not None or not (self._pending is None or self._pending.done):
                    return False
                if self.ledger.refusal is None:
                    self.ledger.take_in_edits(documents, closely=True)
                return True
        finally:
            self.end_turn()

    def alone(self) -> AbstractContextManager[object]:
        """Let nobody commit in the meantime."""
        return self._commit

    def require_other_thread(self) -> None:
        """Refuse to wait for the writer thread on that thread itself, where subscribers may be told.

        Raises:
            InvalidValue: this is that thread.
        """
        if self.context.worker.is_current():
            raise InvalidValue(
                "a subscriber cannot change what it is told of, while it is told",
                hint="Take note of it, and change the campaign on the game's own thread.",
            )

    def settle(self) -> None:
        """Wait for the commit in flight; raise its error if nobody has asked for it."""
        self.require_other_thread()
        with self._commit:
            pending = self._pending
            try:
                if pending is not None and not pending.asked:
                    pending.wait()
            finally:
                # Ctrl-C may have come instead of an answer: then it is still in flight, or has failed unheard.
                if pending is None or pending.asked:
                    self._pending = None

    def commit(
        self,
        kind: str,
        documents: Mapping[str, Tree | None],
        *,
        wait: bool = True,
        turn_taken: bool = False,
        session: str | None = None,
        data: Tree | None = None,
        **more: Any,
    ) -> PendingCommit:
        """Commit documents to the ledger; a turn is counted in the session that is active.

        Args:
            wait: return once it is durable; else once it is encoded, and the rest is done on the writer thread.
            session: the session it belongs to, where that is not the one that is active.
            data, more: as `Ledger.prepare` takes it.

        Raises:
            InvalidValue: a turn changes the status of the session, or how far a run has come.
            As `Ledger.prepare` and `Ledger.write`.
        """
        with self._commit:
            self.settle()
            turn_taken = turn_taken and self.counts_turns
            session = session or self.sitting.active
            documents, counted_to = self.sitting.along(documents, turn_taken=turn_taken)
            if turn_taken:
                documents, data = self.running.along(documents, data or {}, session)
            prepared = self.ledger.prepare(kind, documents, turn_taken=turn_taken, session=session, data=data, **more)
            if wait:
                self._write(prepared, counted_to)
                return PendingCommit(prepared.event)
            work = self.context.worker.soon(lambda: self._write(prepared, counted_to))
            self._pending = PendingCommit(prepared.event, work)
            return self._pending

    def follow_up(self, kind: str, documents: Mapping[str, Tree | None], **more: Any) -> None:
        """Commit right behind what has just been written: for `after_commit` alone, also on the writer thread."""
        session = self.sitting.active
        self._write(self.ledger.prepare(kind, documents, session=session, **more), None)

    def _write(self, prepared: Prepared, counted_to: float | None) -> None:
        before = self.ledger.state
        event = self.ledger.write(prepared)
        self.sitting.followed(before, prepared, counted_to)
        self.running.followed(before, prepared)
        self.handed_on(before, event)
        if self.after_commit is not None:
            self.after_commit(event)

    def handed_on(self, before: State, event: Event | None) -> None:
        """Hand on what a commit, or what was taken in from another copy, has brought to others."""
        for deliver in self.deliveries:
            deliver(before, event)
