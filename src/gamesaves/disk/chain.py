"""From a log and its snapshots to the state of a ledger."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gamesaves.disk import files, layout, log, snapshots
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event, Line
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import VERSION, Contract, Head, State
from gamesaves.errors import Damaged, NewerFormat, NotFound, Problem, SavesError
from gamesaves.rules.patch import PatchError

REVISION = "revision"

_REVISION = re.compile("([0-9]{1,18})-")


@dataclass(slots=True)
class Reading:
    """What reading a ledger's history brought.

    Attributes:
        torn: the line at which the log was cut short, not counted as an event.
        read_only: why nothing may be appended.
        replayed: how many events were replayed.
        snapshot_seq: the event of the snapshot the state was built on, 0 where there was none.
    """

    state: State
    problems: list[Problem]
    torn: Line | None = None
    read_only: SavesError | None = None
    replayed: int = 0
    snapshot_seq: int = 0


class Chain:
    """The history of one ledger, read from its folder.

    Args:
        text: what is to be read in the place of the log's file.

    Attributes:
        repair: the command that mends it; a campaign can be mended alone.
    """

    def __init__(self, folder: Path, contract: Contract, text: bytes | None = None) -> None:
        self._contract = contract
        self.repair = f"saves repair {shlex.quote(folder.name)}" if contract.noun == "campaign" else "saves repair"
        self.log = folder / layout.LOG
        self._snapshots = folder / layout.SNAPSHOTS
        self._present = text is not None or files.exists(self.log)
        self.reencoded = text if text is not None or not self._present else log.plain_text(self.log)

    def lines(self, start: int = 0) -> Iterator[Line]:
        """Read the lines of the log from a byte offset on."""
        if self.reencoded is not None:
            return log.lines_of(self.reencoded, start)
        return log.read_lines(self.log, start) if self._present else iter(())

    def ends_line(self, offset: int, digest: str) -> bool:
        """Whether a line that ends at byte `offset` of the log carries the hash `digest`."""
        return self._present and self.reencoded is None and log.ends_with_hash(self.log, offset, digest)

    def read(self) -> Reading:
        """Build the state at the end of the log: newest snapshot on it, then the lines behind.

        Raises:
            Damaged: there is nothing to build a state from.
        """
        reading = Reading(State(), [])
        elsewhere = self._start(reading)
        self._replay(reading)
        self._judge_beyond(reading, elsewhere)
        if reading.state.head is None:
            raise reading.read_only or Damaged(
                "there is no event in the log",
                path=self.log,
                hint=f"Mend it: {self.repair}; or restore the folder from a backup or another copy.",
            )
        return reading

    def _start(self, reading: Reading) -> list[Snapshot]:
        """Put the newest snapshot that is on the chain into the reading; return those that the chain does not have."""
        elsewhere: list[Snapshot] = []
        offsets: dict[str, int] | None = None
        for found in snapshots.listed(self._snapshots):
            try:
                snapshot = snapshots.load(found.path)
            except SavesError as error:
                reading.problems.append(error.as_problem("warning"))
                continue
            offset: int | None = snapshot.offset
            if not self.ends_line(snapshot.offset, snapshot.hash):
                offsets = self.offsets() if offsets is None else offsets
                offset = offsets.get(snapshot.hash)
            if offset is not None:
                reading.state = self.state_of(replace(snapshot, offset=offset))
                reading.snapshot_seq = snapshot.seq
                return elsewhere
            elsewhere.append(snapshot)
        return elsewhere

    def state_of(self, snapshot: Snapshot) -> State:
        """Return the state that a snapshot holds."""
        revisions = {key: str(tree.get(REVISION)) for key, tree in snapshot.documents.items()}
        trees = {key: self.canonical(key, tree) for key, tree in snapshot.documents.items()}
        head = Head(snapshot.seq, snapshot.hash, snapshot.at, snapshot.turn, snapshot.played, snapshot.offset)
        return State(head, trees, revisions, dict(snapshot.views))

    def canonical(self, key: str, tree: Tree) -> Tree:
        """Return a document without its revision, with the fields that follow from the log at their defaults."""
        tree = tree.copy()
        tree.pop(REVISION, None)
        tree.update(self._contract.derived(key, None))
        return tree

    def _replay(self, reading: Reading) -> None:
        state = reading.state
        following = self.lines(state.head.offset if state.head else 0)
        for line in following:
            fault = line.fault
            if line.event is not None:
                try:
                    state.fold(line.event, line.end, self._contract.views)
                    reading.replayed += 1
                    self._require_known_format(line.event, reading)
                    continue
                except PatchError as error:
                    fault = str(error)
            if line.event is None and next(following, None) is None:
                reading.torn = line
            else:
                place = f"after event {state.head.seq}" if state.head else "in its first line"
                reading.read_only = Damaged(
                    f"the log is damaged {place}: {fault}",
                    path=self.log,
                    hint=f"What is before it is in use, nothing is written. Mend it: {self.repair}",
                )
                reading.problems.append(reading.read_only.as_problem())
            return

    def _require_known_format(self, event: Event, reading: Reading) -> None:
        version = event.data.get("format", log.FORMAT) if event.seq == 1 else log.FORMAT
        if not isinstance(version, int) or version > log.FORMAT:
            reading.read_only = newer_format(self.log, version, log.FORMAT)
            reading.problems.append(reading.read_only.as_problem())

    def _judge_beyond(self, reading: Reading, elsewhere: list[Snapshot]) -> None:
        """Report snapshots that are ahead of the log; others that it does not have belong to another copy."""
        head = reading.state.head
        ahead = [one for one in elsewhere if head is None or one.seq > head.seq]
        if not ahead:
            return
        if head is None:
            reading.state = self.state_of(replace(ahead[0], offset=0))
            reading.snapshot_seq = ahead[0].seq
        if reading.read_only is None:
            reading.read_only = beyond_head(self._snapshots, ahead[0].seq, head.seq if head else 0, self.repair)
            reading.problems.append(reading.read_only.as_problem())

    def events(self) -> Iterator[Event]:
        """Read all events from the first on.

        Raises:
            Damaged: a line before the last is not what was written.
        """
        lines = self.lines()
        for line in lines:
            if line.event is not None:
                yield line.event
            elif next(lines, None) is not None:
                raise Damaged(f"the log is damaged: {line.fault}", path=self.log, line=line.number)

    def named(self, reference: int | str) -> list[Event]:
        """Return the events with a number, or with a hash that begins like that, without reading all the others."""
        data = self.reencoded if self.reencoded is not None else files.read_if_there(self.log) or b""
        needle = b'"seq":%d,' % reference if isinstance(reference, int) else b'"hash":"%b' % reference.encode()
        found = []
        at = data.find(needle)
        while at >= 0:
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            for line in log.lines_of(data[data.rfind(b"\n", 0, at) + 1 : end]):
                # The same bytes may stand in what somebody says.
                event = line.event
                if event is not None and _is_named(event, reference):
                    found.append(event)
            at = data.find(needle, end)
        return found

    def offsets(self) -> dict[str, int]:
        """Return where each event's line ends, by its hash; the whole log is read."""
        return {line.event.hash: line.end for line in self.lines() if line.event is not None}

    def tree_at(self, key: str, revision: str) -> Tree:
        """Return a document as it was right after the event that its revision names.

        Raises:
            NotFound: that event did not change it, or is not in this history.
        """
        state = self.state_at(seq_of(revision))
        if state.revisions.get(key) != revision:
            raise NotFound("event", revision, path=self.log)
        return self.canonical(key, state.trees[key])

    def state_at(self, seq: int) -> State:
        """Return the state at an event, built on the nearest snapshot before it; as far as the log goes undamaged."""
        state = self._nearest(seq)
        for line in self.lines(state.head.offset if state.head else 0):
            if line.event is None or (state.head is not None and state.head.seq >= seq):
                break
            try:
                state.fold(line.event, line.end, self._contract.views)
            except PatchError:
                break
        return state

    def _nearest(self, seq: int) -> State:
        for found in snapshots.listed(self._snapshots):
            if found.seq > seq:
                continue
            try:
                snapshot = snapshots.load(found.path)
            except SavesError:
                continue
            if self.ends_line(snapshot.offset, snapshot.hash):
                return self.state_of(snapshot)
        return State()


def _is_named(event: Event, reference: int | str) -> bool:
    return event.seq == reference if isinstance(reference, int) else event.hash.startswith(reference)


def is_newer(contract: Contract, key: str, tree: Tree) -> bool:
    """Whether a newer program has written a document."""
    version = tree.get(VERSION, 1)
    return isinstance(version, int) and version > contract.newest_version(key)


def migrated(contract: Contract, key: str, tree: Tree) -> Tree:
    """Return a document as the newest version has it; itself where it is of that version, or has none that counts."""
    version = tree.get(VERSION, 1)
    if isinstance(version, int) and 1 <= version < contract.newest_version(key):
        return contract.migrate(key, tree)
    return tree


def seq_of(revision: str) -> int:
    """Return the number of the event that a revision names, 0 where it names none."""
    match = _REVISION.match(revision)
    return int(match[1]) if match else 0


def newer_format(path: Path, version: Any, newest: int) -> NewerFormat:
    """Return the error for what a newer program has written."""
    return NewerFormat(
        f"it has format version {version}; this program knows up to {newest}",
        path=path,
        hint="Update the game; nothing has been changed.",
    )


def beyond_head(path: Path, seq: int, head_seq: int, repair: str) -> Damaged:
    """Return the error for something that is ahead of the log.

    Args:
        repair: the command that mends the ledger.
    """
    return Damaged(
        f"it is of event {seq}, but the log ends with event {head_seq}: the log has lost its end, or is an older copy",
        path=path,
        hint="Put the newer log back, where a synchroniser keeps it under another name; or go on with what there is: "
        + repair,
    )
