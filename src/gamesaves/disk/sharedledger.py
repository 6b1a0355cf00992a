"""A ledger that several programs write to at the same time.

Nobody keeps its lock: it is taken for each commit, which first takes in what the others have appended. Documents follow
a little later than those of a ledger with one writer, as each of the programs would otherwise write all of a large one
with each commit; the log has everything at once.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gamesaves.disk import files, layout, log
from gamesaves.disk.chain import Reading
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Later, Ledger, Surroundings
from gamesaves.disk.locks import Lock
from gamesaves.disk.log import Event
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.opening import open_as
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.reconcile import Finding
from gamesaves.disk.state import VERSION, Contract, State
from gamesaves.errors import Closed, Problem, SavesError
from gamesaves.rules.patch import PatchError

Guarded = Callable[[Callable[[], object]], None]
"""Does something while the lock is held."""


class _Following(Ledger):
    """A ledger that takes in what others append."""

    def __init__(
        self,
        folder: Path,
        contract: Contract,
        around: Surroundings,
        reading: Reading,
        writer: LogWriter | None,
        *,
        guarded: Guarded,
    ) -> None:
        super().__init__(folder, contract, around, reading, writer)
        self._guarded = guarded
        self._path = folder / layout.LOG
        self._of_log = True
        # Somebody may have appended since it was read: its end is looked at before it counts as known.
        self._log = files.signature(self._path)
        self._known = False

    @property
    def writing(self) -> bool:
        """Whether it was opened for writing, and can be written."""
        return self._writer is not None and self.read_only is None

    def follow(self, *, whole: bool) -> bool:
        """Take in what others have appended; return False where the ledger has to be opened anew.

        Args:
            whole: nobody is writing, as the lock is held: then half a line is what a crash has left.
        """
        seen, now = self._log, files.signature(self._path)
        if self._known and now is not None and now == seen:
            return True
        if seen is None or now is None or now.inode != seen.inode:
            self._keep_what_is_lost()
            return False
        state = self._followed(now, whole=whole)
        if state is None:
            return False
        if self._writer is not None and state.head is not None:
            self._writer.follow(state.head.offset)
        self.state, self._log, self._known = state, now, True
        return True

    def _followed(self, now: Signature, *, whole: bool) -> State | None:
        """Return the state behind what others have appended; None where it does not follow from the one here."""
        end = self.head.offset
        if now.size < end or not log.ends_with_hash(self._path, end, self.head.hash):
            return None
        state = self.state.copy()
        for line in log.read_lines(self._path, end):
            if not (whole or line.terminated):
                # Somebody is just writing it.
                break
            try:
                if line.event is None or not line.terminated:
                    return None
                state.fold(line.event, line.end, self._contract.views)
            except PatchError:
                return None
        moved_on = state.head != self.head
        return None if moved_on and not (self._of_log and self._same_versions(state)) else state

    def _same_versions(self, state: State) -> bool:
        """Whether nobody has brought a document to another version, which this program may not know."""
        before = self.state.trees
        return not self._migrated and all(
            tree.get(VERSION) == before.get(key, tree).get(VERSION) for key, tree in state.trees.items()
        )

    def _keep_what_is_lost(self) -> None:
        """Where another file has taken the place of the log, keep those of our lines that it does not have."""
        if self._writer is not None and files.exists(self.folder):
            self._keep_own_lines(self._writer)

    def _show_edits(self, findings: list[Finding]) -> None:
        before = self.state
        super()._show_edits(findings)
        # What is appended next does not follow on edits that the log does not have.
        self._of_log = self.state.trees == before.trees

    def prepare(self, kind: str, documents: Mapping[str, Tree | None], **more: Any) -> Prepared:
        """Make a commit ready; edits made by hand are taken in where documents are written."""
        self._require_writable()
        if self._migrated:
            self._commit_migration()
        return self._prepared(kind, documents, more)

    def _append(self, data: bytes) -> None:
        super()._append(data)
        # The commit stands: where the file cannot be looked at now, its end is read again before the next one.
        with contextlib.suppress(SavesError):
            self._log = files.signature(self._path)

    def _catch_up(self) -> None:
        self._scheduled.clear()
        self._guarded(self.catch_up_guarded)

    def _hurry(self) -> None:
        # Whoever closes it holds the lock, and the writer thread would wait for it.
        if self._work is not None:
            self._work.cancel()
        super()._catch_up()

    def catch_up_guarded(self) -> bool:
        """Bring the documents up to date; whoever calls it holds the lock.

        Returns False where it has to be opened anew, which brings them up to date, too.
        """
        if self._closed or not self.writing or not self.follow(whole=True):
            return False
        # What a program that was killed has appended may not be on the disk yet.
        self._confirm()
        self.take_in_edits(self.keys())
        super()._catch_up()
        return True

    def settle_work(self) -> None:
        """Wait for what the writer thread has begun, and take back what it has not; nobody may hold the lock."""
        work, self._work = self._work, None
        if work is not None and not work.cancel():
            work.exception()

    def abandon(self) -> None:
        """Let go of it without writing anything; one that was closed stays so."""
        if not self._closed and self._writer is not None:
            self._writer.close()
        self._closed = True


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
        self._ledger: _Following | None = None
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

    def looking(self) -> Ledger:
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
    def _held(self) -> Iterator[_Following]:
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
    ) -> _Following:
        return _Following(folder, contract, around, reading, writer, guarded=self._guarded)

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

    def _finish(self, ledger: _Following) -> None:
        if ledger.catch_up_guarded():
            self._problems += ledger.close()
