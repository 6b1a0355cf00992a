"""A ledger that several programs write to at the same time.

Nobody keeps its lock: it is taken for each commit, which first takes in what the others have appended. Documents follow
a little later than those of a ledger with one writer, as each of the programs would otherwise write all of a large one
with each commit; the log has everything at once.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gamesaves.disk.chain import Reading
from gamesaves.disk.following import FollowingLedger
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Later, Ledger, Surroundings
from gamesaves.disk.locks import Lock
from gamesaves.disk.log import Event
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.opening import open_as
from gamesaves.disk.state import Contract, State
from gamesaves.errors import Closed, Problem, SavesError


class SharedLedger:
    """A ledger, as one of several programs has it open.

    Args:
        later: brings documents up to date, a while after a commit.
        lock: held for each commit, and while documents are written.
        patience: how long a commit waits for those of others, in seconds.
    """

    def __init__(
        self, folder: Path, contract: Contract, around: Surroundings, later: Later, lock: Lock, patience: float
    ) -> None:
        self.folder = folder
        self._contract = contract
        self._tell = around.tell
        self._told: list[tuple[str, Event]] = []
        self._around = replace(around, later=later, tell=lambda name, event: self._told.append((name, event)))
        self._lock = lock
        self._patience = patience
        # Reading, too, takes in what others have appended.
        self._mutex = threading.RLock()
        self._ledger: FollowingLedger | None = None
        self._problems: list[Problem] = []
        self._closed = False

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong at opening and since."""
        with self._mutex:
            return [*self._problems, *(() if self._ledger is None else self._ledger.problems)]

    @property
    def state(self) -> State:
        """The state behind everything that anybody has committed so far.

        Raises:
            Damaged: there is nothing to open.
        """
        return self.looking().state

    def tree(self, key: str) -> Tree:
        """Return a document as the log has it now.

        Raises:
            NotFound: there is no such document.
        """
        return self.looking().tree(key)

    @property
    def read_only(self) -> SavesError | None:
        """Why nothing can be committed; None where it can."""
        return self.looking().read_only

    def looking(self) -> FollowingLedger:
        """Return the ledger behind everything that anybody has committed so far, to look at; no lock is taken.

        Raises:
            Damaged: there is nothing to open.
        """
        with self._mutex:
            self._require_open()
            if self._ledger is None or not self._ledger.follow(whole=False):
                self._open(writing=False)
            assert self._ledger is not None
            return self._ledger

    @contextmanager
    def held(self) -> Iterator[Ledger]:
        """Hold the ledger, with everything that others have committed, for the length of a block.

        Subscribers are told of what was committed once it has been given back.

        Raises:
            Locked: others have kept it for too long.
            Closed: it has been closed.
            Damaged: there is nothing to open.
        """
        with self._held() as ledger:
            yield ledger

    @contextmanager
    def _held(self) -> Iterator[FollowingLedger]:
        with self._telling(), self._mutex:
            self._require_open()
            with self._lock.held(self._patience):
                if self._ledger is None or not self._ledger.writing or not self._ledger.follow(whole=True):
                    self._open(writing=True)
                assert self._ledger is not None
                yield self._ledger

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        finally:
            told, self._told = self._told, []
            for name, event in told:
                self._tell(name, event)

    def _require_open(self) -> None:
        if self._closed:
            raise Closed("it has been closed", path=self.folder, hint="Open it again.")

    def _open(self, *, writing: bool) -> None:
        self._put_away()
        self._ledger = open_as(self._make, self.folder, self._contract, self._around, writing=writing)

    def _make(
        self, folder: Path, contract: Contract, around: Surroundings, reading: Reading, writer: LogWriter | None
    ) -> FollowingLedger:
        return FollowingLedger(folder, contract, around, reading, writer, guarded=self._guarded)

    def _guarded(self, work: Callable[[], object]) -> None:
        with self._telling(), self._mutex, self._lock.held(self._patience):
            work()

    def _put_away(self) -> None:
        """Let go of a ledger that is not the one on the disk any more; documents are compared at the next opening."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            self._problems += [one for one in ledger.problems if one not in self._problems] if ledger.writing else []
            ledger.abandon()

    def flush(self) -> None:
        """Bring the documents up to date with the log now.

        Raises:
            Locked: others have kept it for too long.
            FlushFailed, FileProblem: the log cannot be read, or made durable.
        """
        ledger = self._ledger
        if ledger is not None and ledger.writing:
            ledger.settle_work()
            with self._held() as ledger:
                ledger.catch_up_guarded()

    def close(self) -> None:
        """Bring the documents up to date and let go; a second call does nothing. What fails is in `problems`."""
        ledger = self._ledger
        if not self._closed and ledger is not None and ledger.writing:
            ledger.settle_work()
            try:
                self._guarded(lambda: self._finish(ledger))
            except SavesError as error:
                self._problems.append(error.as_problem("warning"))
        with self._mutex:
            self._closed = True
            self._put_away()

    def _finish(self, ledger: FollowingLedger) -> None:
        if ledger.catch_up_guarded():
            self._problems += ledger.close()
