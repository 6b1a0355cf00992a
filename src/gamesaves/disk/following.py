"""A ledger that takes in what other programs append to its log, so that nobody has to keep its lock."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gamesaves.disk import files, layout, log
from gamesaves.disk.chain import Reading
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger, Surroundings
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.reconcile import Finding
from gamesaves.disk.state import VERSION, Contract, State
from gamesaves.errors import SavesError
from gamesaves.rules.patch import PatchError

Guarded = Callable[[Callable[[], object]], None]
"""Does something while the lock is held."""


class FollowingLedger(Ledger):
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
        if self._writer is not None:
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
        return self._fitting(kind, documents, more)

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
