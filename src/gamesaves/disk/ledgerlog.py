"""The log of an open ledger: what it says, and appending to it."""

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from gamesaves.disk import files, folders, layout, log
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import Chain, Reading
from gamesaves.disk.log import Event
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.state import Contract, Head, State
from gamesaves.errors import Closed, Diverged, FlushFailed, ReadOnly, SavesError


class LedgerLog:
    """The part of a ledger that is its log.

    Attributes:
        problems: what was found at opening.
        read_only: why nothing can be committed, None where it can.
        replayed: how many events opening had to replay.
    """

    def __init__(self, folder: Path, contract: Contract, reading: Reading, writer: LogWriter | None) -> None:
        self.folder = folder
        self.problems = reading.problems
        self.replayed = reading.replayed
        self.read_only: SavesError | None = reading.read_only
        self.state = reading.state
        self._contract = contract
        self._writer = writer
        self._closed = False
        # One line at a time; and while one is written nobody looks whether the log is as it should be.
        self._committing = threading.RLock()
        self._process = os.getpid()

    @property
    def head(self) -> Head:
        """The newest event."""
        assert self.state.head is not None
        return self.state.head

    def keys(self, folder: str = "") -> list[str]:
        """Return the documents, those in `folder` (`characters/`) only where it is given."""
        return [key for key in self.state.trees if key.startswith(folder)]

    def events(self) -> Iterator[Event]:
        """Read the whole history, the oldest event first."""
        return Chain(self.folder, self._contract).events()

    @property
    def ancestry(self) -> Ancestry:
        """The history as it is on the disk now, branches included."""
        return Ancestry(self.folder, self._contract)

    def newest(self, limit: int) -> list[Event]:
        """Return the newest events, the newest last."""
        return log.newest(self.folder / layout.LOG, limit)

    def keep_branch(self, events: Sequence[Event]) -> None:
        """Keep events of another copy beside the log, durably; the last one gives the file its name."""
        data = b"".join(log.encode_event(event)[0] for event in events)
        folders.make(self.folder / layout.BRANCHES)
        files.replace(self.folder / layout.BRANCHES / f"{events[-1].hash}.jsonl", data, durable=True)

    def _append(self, data: bytes) -> None:
        assert self._writer is not None
        try:
            self._writer.append(data)
        except (Diverged, FlushFailed) as error:
            self._ended_by(error, self._writer)
            raise
        except BaseException:
            if (unknown := self._writer.unknown) is not None:
                self._ended_by(unknown, self._writer)
            raise

    def _advance(self, data: bytes, state: State) -> State:
        """Append to the log and go on to another state; return the one before."""
        assert self._writer is not None
        before, end = self.state, self._writer.end
        try:
            self._append(data)
            self.state = state
        except BaseException:
            # Ctrl-C may come in between, and what is then appended to another state's log would damage it.
            if self._writer.end != end:
                self.state = state
            raise
        return before

    def _ended_by(self, error: Diverged | FlushFailed, writer: LogWriter) -> None:
        """Write nothing more: the log is not ours any more, or what is on the disk is not known."""
        self.read_only = error
        if isinstance(error, Diverged):
            self._keep_own_lines(writer)

    @property
    def refusal(self) -> SavesError | None:
        """Why nothing can be committed, also where that is only because it is closed, or was opened for reading."""
        if self._closed:
            return Closed("it has been closed", path=self.folder, hint="Open it again.")
        if self.read_only is None and self._writer is None:
            return ReadOnly("it was opened for reading only", path=self.folder, hint="Open it for writing.")
        if self._is_inherited:
            hint = "Commit there, or start processes anew (`spawn`) and open it in one of them."
            return ReadOnly("the process that this one was forked from has it open", path=self.folder, hint=hint)
        return self.read_only

    @property
    def _is_inherited(self) -> bool:
        """Whether this process was forked off the one that has the log open: neither lock nor thread is its own."""
        return os.getpid() != self._process

    def _require_writable(self) -> None:
        if (refusal := self.refusal) is not None:
            raise refusal

    def _keep_own_lines(self, writer: LogWriter) -> None:
        """Keep the lines of our log that the one in its place does not have; a folder that was moved has them."""
        try:
            if not files.exists(self.folder):
                return
            theirs = files.read_if_there(writer.path) or b""
            known = {line.raw for line in log.lines_of(theirs)}
            own = b"".join(line.raw for line in log.lines_of(writer.own_bytes()) if line.raw not in known)
            if own:
                folders.make(self.folder / layout.BRANCHES)
                files.replace(self.folder / layout.BRANCHES / f"{self.head.hash}.jsonl", own, durable=True)
        except SavesError as error:
            self.problems.append(error.as_problem())

    def _confirm(self) -> None:
        """Before anything follows from the log: see that it is still ours, and make it durable as it was found.

        Raises:
            Diverged, FlushFailed, FileProblem: nothing may be written.
        """
        assert self._writer is not None
        with self._committing:
            try:
                self._writer.require_in_place()
                self._writer.confirm()
            except (Diverged, FlushFailed) as error:
                self._ended_by(error, self._writer)
                raise

    def _is_ours(self) -> bool:
        """Whether documents may be written; the folder may be another copy's now, and ours is in `branches/`."""
        if self._closed or self._is_inherited or isinstance(self.read_only, Diverged):
            return False
        if self._writer is None or self.read_only is not None:
            return True
        try:
            self._confirm()
        except (Diverged, FlushFailed) as error:
            self.problems.append(error.as_problem())
            return False
        except SavesError:
            # It cannot be looked at now: documents wait until it can, and closing tells where it never could.
            return False
        return True
