"""The document files of an open ledger, and bringing them up to date with its state after each commit.

The log is the truth, so a document may lag behind it: it is written by the store's writer thread, without a flush,
only its newest state, and never over a file that somebody else has changed since it was last looked at.
"""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from gamesaves.disk import files, folders, jsontext, layout, reconcile
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.preparing import SPREAD, Prepared
from gamesaves.disk.state import Contract, State
from gamesaves.errors import Problem, SavesError


class WriteBack:
    """What is known of a ledger's document files, and which of them are behind."""

    def __init__(self, folder: Path, contract: Contract, places: layout.Layout) -> None:
        self._folder = folder
        self._places = places
        self._contract = contract
        # Held while a file is replaced, so that nobody takes our own replacement for somebody else's.
        self._lock = threading.RLock()
        self._guard = threading.Lock()
        self._seen: dict[str, Signature | None] = {}
        self._behind: set[str] = set()
        self._delayed: dict[str, Problem] = {}
        self._encoded: dict[str, tuple[Tree, str, Tree, bytes]] = {}
        self._sizes: dict[str, tuple[Tree, int]] = {}
        self._paths: dict[str, Path] = {}

    def path(self, key: str) -> Path:
        """Return the path of a document's file."""
        known = self._paths.get(key)
        if known is None:
            known = self._paths[key] = self._folder / layout.document_path(key)
        return known

    def make_folder(self, key: str) -> None:
        """Make the folder of a document's file.

        Raises:
            OutsideStore: it is a link that leaves the store.
        """
        folders.make(self._places.require_inside(self.path(key).parent))

    def saw(self, key: str, signature: Signature | None) -> None:
        """Take note of a file as it is now known."""
        self._seen[key] = signature

    def seen(self, key: str) -> Signature | None:
        """Return a file as it was last seen; None where it was not, or was not there."""
        return self._seen.get(key)

    def forget(self, keys: Iterable[str]) -> None:
        """Take files for changed until they have been read."""
        for key in keys:
            self._seen.pop(key, None)

    def fell_behind(self, keys: Iterable[str]) -> None:
        """Take note that documents have changed."""
        with self._guard:
            self._behind.update(keys)

    @property
    def problems(self) -> list[Problem]:
        """What has kept documents from being written so far."""
        return list(self._delayed.values())

    def changed_outside(self, keys: Iterable[str]) -> list[str]:
        """Return the documents whose files are not as they were last seen; files that are gone do not count."""
        suspects = [key for key in keys if self._changed(key)]
        if not suspects:
            return []
        # It may be the writer thread that is just replacing them: then they are as they should be once it is done.
        with self._lock:
            return [key for key in suspects if self._changed(key)]

    def _changed(self, key: str) -> bool:
        now = files.signature(self.path(key))
        return now is not None and now != self._seen.get(key)

    def encoded(self, key: str, state: State) -> bytes:
        """Return the bytes of a document, encoded once for its file and for snapshots."""
        tree, revision = state.trees[key], state.revisions[key]
        overlay = self._contract.derived(key, state)
        known = self._encoded.get(key)
        if known is None or known[0] is not tree or known[1] != revision or known[2] != overlay:
            known = (tree, revision, overlay, reconcile.encoded(self._contract, key, state))
            self._encoded[key] = known
        return known[3]

    def require_room(self, before: State, prepared: Prepared) -> None:
        """Refuse a commit that makes a document too large to be read again.

        A document is encoded for this only when it may have grown that far since it was last measured.

        Raises:
            InvalidDocument: it does.
        """
        for key in prepared.event.changes.keys() & prepared.state.trees.keys():
            tree, size = self._sizes.get(key, (None, 0))
            size += SPREAD * len(prepared.line)
            if tree is None or tree is not before.trees.get(key) or size > jsontext.MAX_BYTES:
                size = len(self.encoded(key, prepared.state))
                jsontext.require_room(key, size)
            self._sizes[key] = (prepared.state.trees[key], size)

    def catch_up(self, state_now: Callable[[], State], edited: Iterable[str] | None = None) -> None:
        """Write every document that is behind; what cannot be written now stays behind.

        Args:
            state_now: asked for the state once it is known which documents are behind, so that none is missed.
            edited: write only these, durably. Their files hold an edit that the log has: found there once more, behind
                turns that came after it, it would count a second time.
        """
        with self._guard:
            behind = self._behind.copy() if edited is None else self._behind.intersection(edited)
            self._behind -= behind
        state = state_now()
        # One deadline for all of them: whoever backs up a folder may hold each for a while.
        deadline = files.system.monotonic() + files.PATIENCE_SECONDS
        for key in behind:
            with self._lock:
                try:
                    done = (
                        self._write(key, state, deadline, durable=edited is not None)
                        if key in state.trees
                        else self._take_away(key)
                    )
                except SavesError as error:
                    self._delayed[key] = error.as_problem("warning")
                    done = False
                else:
                    if done:
                        self._delayed.pop(key, None)
            if not done:
                self.fell_behind([key])

    def _write(self, key: str, state: State, deadline: float, *, durable: bool) -> bool:
        path = self.path(key)
        self.make_folder(key)
        data = self.encoded(key, state)
        patience = max(0.0, deadline - files.system.monotonic())
        signature = files.replace(
            path, data, durable=durable, before_rename=lambda: not self._changed(key), patience=patience
        )
        if signature is None:
            text = "it was changed while the game ran; it is merged before it is written again"
            self._delayed[key] = Problem("note", "edited_meanwhile", str(path), text)
            return False
        self._seen[key] = signature
        return True

    def _take_away(self, key: str) -> bool:
        if self._changed(key):
            return False
        self._places.require_inside(self.path(key).parent)
        files.remove(self.path(key))
        self._seen.pop(key, None)
        self._encoded.pop(key, None)
        self._sizes.pop(key, None)
        return True
