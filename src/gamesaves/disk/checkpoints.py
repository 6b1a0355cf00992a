"""When a ledger's snapshots are written, and what is remembered of it outside its folder."""

import threading
from pathlib import Path

from gamesaves.disk import layout, log, snapshots
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import State
from gamesaves.disk.writeback import WriteBack
from gamesaves.errors import Problem, SavesError

_AT_CLOSE = 20


class Checkpoints:
    """The snapshots of one open ledger.

    Args:
        newest: the event of the newest snapshot, 0 where there is none.
    """

    def __init__(self, folder: Path, documents: WriteBack, seen_head: SeenHead, *, newest: int) -> None:
        self._snapshots = folder / layout.SNAPSHOTS
        self._log = folder / layout.LOG
        self._documents = documents
        self._seen_head = seen_head
        self._newest = newest
        self._writing = threading.Lock()

    def after_commit(self, state: State) -> list[Problem]:
        """Write a snapshot where one is due; one that fails is told, and due again 100 events on."""
        assert state.head is not None
        if state.head.seq - self._newest < snapshots.EVERY:
            return []
        return self._attempt(state)

    def at_close(self, state: State) -> list[Problem]:
        """Write a snapshot if opening would have much to replay, and remember the head."""
        assert state.head is not None
        try:
            if state.head.seq - self._newest >= _AT_CLOSE:
                return self._attempt(state)
            self._seen_head.keep(state.head, self._log)
        except SavesError as error:
            return [error.as_problem("warning")]
        return []

    def _attempt(self, state: State) -> list[Problem]:
        try:
            self.write(state)
        except SavesError as error:
            # A snapshot saves time at the next opening and nothing else: the commit stands without it.
            return [error.as_problem("warning")]
        return []

    def write(self, state: State) -> None:
        """Write a snapshot, remember the head, and remove snapshots that need not be kept."""
        head = state.head
        assert head is not None
        # A save may ask for one while the writer thread is at another.
        with self._writing:
            self._newest = head.seq
            documents = {key: self._documents.encoded(key, state) for key in state.trees}
            snapshot = Snapshot(head.seq, head.hash, head.at, head.turn, head.played, head.offset, {}, state.views)
            snapshots.write(self._snapshots, snapshot, documents)
            self._seen_head.keep(head, self._log)
            snapshots.prune(self._snapshots, lambda offset, digest: log.ends_with_hash(self._log, offset, digest))
