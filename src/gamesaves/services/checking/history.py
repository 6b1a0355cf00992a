"""The history of one campaign: each line of its log and of its branches, its snapshots, and what follows from it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gamesaves.disk import files, folders, jsontext, layout, log, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event, Line
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import State
from gamesaves.disk.views import last_id, rows_behind
from gamesaves.errors import Problem, SavesError, Severity
from gamesaves.rules.patch import PatchError, same
from gamesaves.services.repairing.kinds import Kind

_TOLD_EVERY = 5_000


class History:
    """What checking finds out of a campaign's history.

    Args:
        tell: told how far a long log is.
    """

    def __init__(self, kind: Kind, folder: Path, tell: Callable[[str], object]) -> None:
        self._folder = folder
        self._tell = tell
        self._kind = kind
        self._contract = kind.contract
        self._chain = Chain(folder, self._contract)
        self._state = State()
        self._ends: dict[str, int] = {}
        self._events: dict[str, Event] = {}
        self._is_whole = True
        self._snapshots: dict[str, tuple[Path, Snapshot]] = {}
        self._different: list[Path] = []

    @property
    def events(self) -> Mapping[str, Event]:
        """All events by their hashes, those of other copies included; none where the log is damaged: nobody knows."""
        return self._events if self._is_whole and self._state.head is not None else {}

    @property
    def hashes(self) -> set[str] | None:
        """Of all events of the history; None where the log is damaged, and nobody knows."""
        return set(self.events) or None

    @property
    def campaign_id(self) -> str | None:
        """The campaign that the log is of, as far as it says so."""
        found = self._state.trees.get(self._kind.about, {}).get(self._kind.id_field)
        return found if isinstance(found, str) else None

    def chain(self) -> Iterator[Problem]:
        """Verify the whole log, which opening does not read."""
        self._load_snapshots()
        state = self._state
        for line in self._chain.lines():
            fault = line.fault
            if line.event is not None:
                try:
                    state.fold(line.event, line.end, self._contract.views)
                except PatchError as error:
                    fault = str(error)
                else:
                    self._note(line.event, line.end)
                    continue
            self._is_whole = False
            yield self._damaged(line, fault)
            return

    def _damaged(self, line: Line, fault: str | None) -> Problem:
        path = str(self._chain.log)
        if not line.terminated:
            text = "it ends with half a line: somebody is playing, or the game was killed while it wrote"
            return Problem("note", "torn_line", path, text, "Nothing needs to be done.", line.number)
        after = self._state.head.seq if self._state.head else 0
        text = f"the log is damaged after event {after}: {fault}"
        return Problem("error", "damaged", path, text, None, line.number)

    def _note(self, event: Event, end: int) -> None:
        self._ends[event.hash] = end
        self._events[event.hash] = event
        if event.seq % _TOLD_EVERY == 0:
            self._tell(f"{self._folder.name}, event {event.seq:,}")
        found = self._snapshots.get(event.hash)
        if found is not None and not self._says_the_same(found[1]):
            self._different.append(found[0])

    def _says_the_same(self, snapshot: Snapshot) -> bool:
        told = self._chain.state_of(snapshot)
        known = {key: self._chain.canonical(key, tree) for key, tree in self._state.trees.items()}
        return told.revisions == self._state.revisions and same(told.trees, known)

    def _load_snapshots(self) -> None:
        for found in snapshots.listed(self._folder / layout.SNAPSHOTS):
            try:
                snapshot = snapshots.load(found.path)
            except SavesError:
                # `snapshots` tells it.
                continue
            self._snapshots[snapshot.hash] = (found.path, snapshot)

    def snapshots(self) -> Iterator[Problem]:
        """Verify each snapshot, and that it belongs to the log; without a log that is whole that is not known."""
        newest = 0
        for found in snapshots.listed(self._folder / layout.SNAPSHOTS):
            try:
                snapshot = snapshots.load(found.path)
            except SavesError as error:
                yield error.as_problem("warning")
                continue
            if (snapshot.seq, snapshot.hash[:8]) != (found.seq, found.hash8):
                yield self._of_snapshot("warning", found.path, "it is of another event than its name says")
            elif found.path in self._different:
                yield self._of_snapshot("warning", found.path, "it is not what the log says")
            elif snapshot.hash not in self._ends:
                if self._is_whole and self._state.head is not None:
                    yield self._of_snapshot("note", found.path, "the log does not have its event; it is not used")
            elif self._ends[snapshot.hash] != snapshot.offset:
                newest = max(newest, snapshot.seq)
                if self._chain.reencoded is None:
                    text = "its event is elsewhere in the log than it says; finding it takes time"
                    yield self._of_snapshot("note", found.path, text)
            else:
                newest = max(newest, snapshot.seq)
        head = self._state.head
        if self._is_whole and head is not None and head.seq - newest > 2 * snapshots.EVERY:
            text = f"the newest is of event {newest}, the log is at {head.seq}: opening takes longer"
            hint = f"Nothing is lost; the next one that plays writes one, or: {self._chain.repair}"
            yield Problem("note", "snapshot_missing", str(self._folder / layout.SNAPSHOTS), text, hint)

    def _of_snapshot(self, severity: Severity, path: Path, text: str) -> Problem:
        code = "foreign_snapshot" if severity == "note" else "damaged"
        hint = f"Nothing is lost with it. Set it aside: {self._chain.repair}"
        return Problem(severity, code, str(path), text, hint)

    def branches(self) -> Iterator[Problem]:
        """Verify the lines of other copies, and that what was joined is there."""
        for entry in folders.entries(self._folder / layout.BRANCHES):
            if entry.is_folder or entry.is_link:
                continue
            lines = list(log.lines_of(files.read(entry.path)))
            for line in lines:
                if line.event is not None:
                    self._events.setdefault(line.event.hash, line.event)
            bad = next((line for line in lines if line.event is None), None)
            if bad is not None or not lines:
                text = f"the lines of another copy are damaged: {bad.fault}" if bad else "it is empty"
                hint = f"Mend it: {self._chain.repair}"
                number = bad.number if bad else None
                yield Problem("warning", "branch_damaged", str(entry.path), text, hint, number)
        missing = {before: event for event in self._events.values() for before in event.before}
        for digest, event in missing.items() if self._is_whole else ():
            if digest not in self._events:
                path = self._folder / layout.BRANCHES / f"{digest}.jsonl"
                text = f"lines of another copy are not there, which event {event.seq} stands on"
                hint = f"How things stand is not touched. The lines may be found elsewhere: {self._chain.repair}"
                yield Problem("warning", "history_missing", str(path), text, hint)

    def views(self) -> Iterator[Problem]:
        """Compare the files that follow from the log with what they should be."""
        if not self._is_whole or self._state.head is None:
            return
        for name, inside in self._contract.views.items():
            path = self._folder / inside
            data = files.read_if_there(path)
            try:
                rows = rows_behind(sorted(self._events.values(), key=lambda one: one.seq), name, self._state.head.hash)
            except (PatchError, KeyError):
                # `branches` tells what is missing.
                continue
            wanted = b"".join(jsontext.encode_line(row) + b"\n" for row in rows)
            hint = f"It is built again when it is needed, or: {self._chain.repair}"
            if data is None or data == wanted:
                continue
            if last_id(path) == self._state.views.get(name):
                yield Problem("warning", "view_differs", str(path), "it is not what the log says", hint)
            else:
                yield Problem("note", "view_behind", str(path), "it does not end as the log says", hint)
