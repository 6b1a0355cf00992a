"""A ledger: a folder of JSON documents that survives, because the log of every change to them comes first.

One commit is one line of the log, made durable; only then are the changed documents replaced. The state in memory is
the log's state: a `State` is never changed in place, so that readers and the writer thread need no lock for it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gamesaves.disk import handedits, layout, log
from gamesaves.disk.chain import Chain, Reading, is_newer, migrated, newer_format
from gamesaves.disk.checkpoints import Checkpoints
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledgerlog import LedgerLog
from gamesaves.disk.log import Event
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.preparing import Prepared, prepare, rebased
from gamesaves.disk.reconcile import Finding, Reconciler
from gamesaves.disk.recovered import Recovered
from gamesaves.disk.settling import Settling
from gamesaves.disk.state import VERSION, Contract
from gamesaves.disk.views import Views
from gamesaves.disk.writeback import WriteBack
from gamesaves.errors import (
    Damaged,
    InvalidValue,
    NotFound,
    Problem,
    SavesError,
)
from gamesaves.rules.patch import PatchError

Later = Callable[[Callable[[], None]], "Future[None]"]
"""Runs something on the store's writer thread, a little later."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a ledger needs of the store it lies in.

    Attributes:
        clock: the time, ISO 8601 in UTC.
        tell: told of each commit once it is durable, with the name of the ledger's folder.
    """

    places: layout.Layout
    clock: Callable[[], str]
    later: Later
    tell: Callable[[str, Event], None] = lambda _ledger, _event: None

    @property
    def recovered(self) -> Recovered:
        """Where bytes are set aside."""
        return Recovered(self.places.recovered, self.places.root)


class Ledger(LedgerLog):
    """One open ledger; see `gamesaves.disk.opening`.

    Attributes:
        suspect: documents that something from outside concerns, with the fields that were edited by hand; whoever looks
            after that takes them out.
        seen_head: what this machine had seen of it.
    """

    def __init__(
        self, folder: Path, contract: Contract, around: Surroundings, reading: Reading, writer: LogWriter | None
    ) -> None:
        super().__init__(folder, contract, reading, writer)
        self._around = around
        self._documents = WriteBack(folder, contract, around.places)
        self._views = Views(folder, contract.views, lambda: self.ancestry.events.values())
        self.seen_head = SeenHead(around.places.heads, folder.name)
        self._checkpoints = Checkpoints(folder, self._documents, self.seen_head, newest=reading.snapshot_seq)
        self._migrated = self._migrations()
        self._scheduled = threading.Event()
        self._work: Future[None] | None = None
        self._catching_up = threading.Lock()
        # Entries come and go one by one, which needs no lock: threads may add to it at any time.
        self.suspect: dict[str, set[str]] = {}

    def tree(self, key: str) -> Tree:
        """Return a document as the log has it, with the fields that follow from the log; do not change it.

        Raises:
            NotFound: the ledger has no such document.
        """
        tree = self._migrated.get(key) or self.state.trees.get(key)
        if tree is None:
            raise NotFound("document", key, path=self.folder)
        derived = self._contract.derived(key, self.state)
        return {**tree, **derived} if derived else tree

    def prepare(
        self,
        kind: str,
        documents: Mapping[str, Tree | None],
        *,
        bases: Mapping[str, Tree | None] | None = None,
        **more: Any,
    ) -> Prepared:
        """Make a commit ready: find out what changed, check that the result is sound, encode the line.

        Args:
            documents: the new trees of those that may have changed, None for one that is to go. An edit that somebody
                made to one of their files meanwhile is committed first, and merged.
            bases: what they were made from, as `standing` gave it, where that may have been some time ago.
            more: as `gamesaves.disk.preparing.prepare` takes it.

        Raises:
            ReadOnly, NewerFormat, Damaged: nothing can be committed.
            InvalidDocument: a value has no place in JSON, or a document would be too large to be read again.
        """
        self._require_writable()
        if self._migrated:
            self._commit_migration()
        before = {key: self.state.trees.get(key) for key in documents} | dict(bases or {})
        self.take_in_edits(documents)
        documents = {key: self._rebased(key, before[key], tree) for key, tree in documents.items()}
        return self._fitting(kind, documents, more)

    def standing(self, key: str) -> Tree | None:
        """Return a document as the log has it, brought up to this version, to be a base; None where it has none."""
        return self._migrated.get(key) or self.state.trees.get(key)

    def _rebased(self, key: str, base: Tree | None, ours: Tree | None) -> Tree | None:
        if self.state.trees.get(key) is base:
            return ours
        tree, conflicts = rebased(self._contract, key, base, ours, self.state.trees.get(key))
        self.problems += [handedits.conflict_problem(self._documents.path(key), one) for one in conflicts]
        return tree

    def _prepared(self, kind: str, documents: Mapping[str, Tree | None], more: Tree) -> Prepared:
        return prepare(self.state, self._contract, kind, documents, at=self._around.clock(), **more)

    def _fitting(self, kind: str, documents: Mapping[str, Tree | None], more: Tree) -> Prepared:
        """Make a commit ready that somebody asks for, and whose documents can be read again."""
        prepared = self._prepared(kind, documents, more)
        self._documents.require_room(self.state, prepared)
        return prepared

    def _own_commit(self, kind: str, documents: Mapping[str, Tree | None], more: Tree) -> Prepared:
        """Make a commit of the ledger's own ready: it belongs to the session that is active, if one is."""
        return self._prepared(kind, documents, {"session": self._contract.session(self.state), **more})

    def write(self, prepared: Prepared) -> Event:
        """Append a prepared commit to the log and make it durable; its documents follow on the writer thread.

        Raises:
            NoSpace, FileProblem: nothing was committed; the next commit may work.
            FlushFailed, Diverged: nothing was acknowledged, and the ledger can only be read until it is opened anew.
            InvalidValue: another commit was written since this one was prepared; its line would damage the log.
        """
        with self._committing:
            self._require_writable()
            assert self._writer is not None
            if prepared.event.prev != self.head.hash:
                raise InvalidValue("another commit was written since it was prepared", path=self.folder)
            with self._views.parted_with([prepared.event]):
                before = self._advance(prepared.line, prepared.state)
            self._documents.fell_behind(prepared.event.changes)
            self.problems.extend(self._views.append(prepared.event, before.views))
        self._schedule()
        self._around.tell(self.folder.name, prepared.event)
        return prepared.event

    def commit(self, kind: str, documents: Mapping[str, Tree | None], **more: Any) -> Event:
        """Prepare and write in one go; the arguments and errors are those of the two."""
        return self.write(self.prepare(kind, documents, **more))

    def adopt(self, events: Sequence[Event]) -> None:
        """Append events that another copy of this ledger has, or the merge of the two.

        Raises:
            Damaged: they do not follow on the newest event.
            As `write`.
        """
        with self._committing:
            self._require_writable()
            assert self._writer is not None
            after, lines = self.state.copy(), []
            for event in events:
                lines.append(log.encode_event(event)[0])
                try:
                    after.fold(event, self.head.offset + sum(map(len, lines)), self._contract.views)
                except PatchError as error:
                    raise Damaged(f"event {event.seq} of the other copy: {error}", path=self.folder) from error
            with self._views.parted_with(events):
                before = self._advance(b"".join(lines), after)
            self._migrated = self._migrations()
            changed = {*before.trees, *after.trees}
            self._documents.fell_behind(key for key in changed if before.revisions.get(key) != after.revisions.get(key))
        self._schedule()
        for event in events:
            self._around.tell(self.folder.name, event)

    # Hand edits

    def take_in_edits(self, keys: Iterable[str], *, closely: bool = False) -> bool:
        """Commit what was edited by hand in the files of these documents; return whether there was anything.

        A file that does not parse at the moment is left for later: an editor may be in the middle of saving.

        Args:
            closely: read the files, also where size and time are as they were.
        """
        if closely:
            keys = list(keys)
            self._documents.forget(keys)
        return self._look_again(keys, final=False)

    def take_in(self, key: str, data: bytes) -> bool:
        """Commit a document's text that somebody has edited, as if it were in the document's file.

        Returns:
            Whether there was anything to commit; the problems tell of an edit that does not go together with what was
            changed meanwhile, whose text is set aside.

        Raises:
            ReadOnly, NewerFormat, Damaged: nothing can be committed.
        """
        self._require_writable()
        # What somebody saves to the file from now on is not what was seen of it, and so never written over.
        self.take_in_edits([key], closely=True)
        return self.act_on([self._looking().judged(key, self._documents.path(key), data, self._documents.seen(key))])

    def text(self, key: str) -> bytes:
        """Return the bytes that a document's file has once it is up to date."""
        return self._documents.encoded(key, self.state)

    def _looking(self) -> Reconciler:
        chain = Chain(self.folder, self._contract)
        return Reconciler(self.folder, self._contract, chain, self.state, self._around.places)

    def _look_again(self, keys: Iterable[str], *, final: bool) -> bool:
        changed = self._documents.changed_outside(keys)
        if not changed:
            return False
        look = self._looking()
        findings = [look.finding_at_home(key) for key in changed]
        return self.act_on(one for one in findings if final or one.verdict not in ("aside", "unread"))

    def act_on(self, findings: Iterable[Finding]) -> bool:
        """Do for each document file what its finding asks for; return whether edits were committed."""
        findings = list(findings)
        for finding in findings:
            self.problems.extend(finding.problems)
            self.read_only = self.read_only or finding.stops
        if self._writer is None or self.read_only is not None:
            self._show_edits(findings)
            return False
        if to_do := any(one.verdict != "clean" or one.away for one in findings):
            self._confirm()
        settling = Settling(self._documents, self._around.recovered, self._around.clock, self.problems)
        settling.settle(findings, self.state)
        if self._migrated and any(finding.tree is not None for finding in findings):
            self._commit_migration()
        edits = handedits.gather(findings, self.state, self._contract)
        self.problems.extend(edits.problems)
        for finding in edits.unusable:
            settling.set_aside(finding, self.state)
        if edits.documents:
            prepared = self._own_commit(handedits.KIND, edits.documents, {"data": edits.data})
            # A crash may have come between the log and the file: then the edit is in the log already.
            if prepared.event.changes or edits.conflicts:
                self.write(prepared)
            for key, operations in prepared.event.changes.items():
                fields = self.suspect.setdefault(key, set())
                fields.update(one["path"].split("/")[1] for one in operations if one["path"])
            settling.recorded(findings, edits.documents)
            self._documents.catch_up(lambda: self.state, edits.documents)
        if to_do:
            self._schedule()
        return bool(edits.documents)

    def _show_edits(self, findings: list[Finding]) -> None:
        """Let somebody who only reads see edits that are not in the log yet."""
        edits = handedits.gather(findings, self.state, self._contract)
        self.state = self.state.copy()
        self.state.trees.update(edits.documents)
        for key in edits.documents:
            self._migrated.pop(key, None)
            self.state.revisions.setdefault(key, self.head.revision)
            text = "edited by hand; it goes into the history when this is next opened for playing"
            self.problems.append(Problem("note", "edit_not_recorded", str(self._documents.path(key)), text))

    # Documents, snapshots and views

    def _schedule(self) -> None:
        if not self._scheduled.is_set():
            self._scheduled.set()
            self._work = self._around.later(self._catch_up)

    def _catch_up(self) -> None:
        self._scheduled.clear()
        if not self._is_ours():
            return
        # The game may be in a hurry while the writer thread is at it: then it waits until that is done.
        with self._catching_up:
            self._documents.catch_up(lambda: self.state)
            self.problems.extend(self._checkpoints.after_commit(self.state))

    def _keep_own_lines(self, writer: LogWriter) -> None:
        super()._keep_own_lines(writer)
        try:
            # So that the next opening tells of them, and how they come back.
            self.seen_head.keep_own(self.head, writer.own_bytes())
        except SavesError as error:
            self.problems.append(error.as_problem("warning"))

    def _hurry(self) -> None:
        """Do at once what the writer thread would do after its pause; wait for it where it has begun."""
        work = None if self._is_inherited else self._work
        if work is not None and work.cancel():
            self._catch_up()
        elif work is not None:
            work.result()

    def write_snapshot(self) -> None:
        """Write a snapshot of the present state, durably."""
        self._confirm()
        self._checkpoints.write(self.state)

    def rows(self, name: str, newest: int | None = None) -> list[Tree]:
        """Return the rows of a view of the log, all or the newest so many, the oldest first."""
        return self._views.rows(name, self.state, writing=self._writer is not None, newest=newest)

    # The end

    def flush(self) -> None:
        """Bring every document up to date with the log, as far as it can be done now."""
        self._hurry()
        if self._is_ours():
            self._documents.catch_up(lambda: self.state)

    def close(self) -> list[Problem]:
        """Bring the documents up to date, remember the head, close the log; return what could not be done besides.

        A second call does nothing.
        """
        if self._closed:
            return []
        try:
            # Whatever becomes of the rest: once the lock is given back, nothing more may be written.
            self._hurry()
            return [] if self._writer is None or self.refusal is not None else self._settle()
        finally:
            self._closed = True
            if self._writer is not None:
                self._writer.close()

    def _settle(self) -> list[Problem]:
        problems = []
        try:
            self._confirm()
            self._look_again(self.keys(), final=True)
        except SavesError as error:
            problems.append(error.as_problem())
        if self.read_only is None:
            self._documents.fell_behind(key for key in self.keys() if self._contract.derived(key, self.state))
            self.flush()
            problems += self._documents.problems + self._checkpoints.at_close(self.state)
        return problems

    # Versions

    def _migrations(self) -> dict[str, Tree]:
        """Return the documents that are older than this program, as it has them; a newer one forbids writing."""
        newer = {}
        for key, tree in self.state.trees.items():
            if is_newer(self._contract, key, tree):
                newest = self._contract.newest_version(key)
                self.read_only = newer_format(self._documents.path(key), tree[VERSION], newest)
                self.problems.append(self.read_only.as_problem())
            elif (new := migrated(self._contract, key, tree)) is not tree:
                newer[key] = new
        return newer

    def _commit_migration(self) -> None:
        self.write_snapshot()
        self.write(self._own_commit("migrate", self._migrated, {}))
        self._migrated = {}
