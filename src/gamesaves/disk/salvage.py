"""What is left of a ledger's history where its log is damaged: each line is known by its hash, wherever it is found.

Looking changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gamesaves.disk import files, layout, log, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event, Line
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import Contract, State
from gamesaves.errors import Damaged, SavesError
from gamesaves.rules.patch import PatchError

_MOST = 16 << 10
"""The longest damaged stretch, in bytes, in which one flipped bit is searched for: each bit costs a hash over it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An event, and its line with its newline."""

    event: Event
    raw: bytes
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a ledger's history.

    Attributes:
        data: the log as it is; empty where there is none.
        way: from the first event to the newest that can be reached, each following on the one before.
        state: at its end; it has no head where nothing can be reached.
        stations: the states at newer events that snapshots, and the lines behind them, have: those that were asked for,
            and the newest; the oldest first.
        beyond: events of the log that cannot be reached.
        intact: whether the log has these events, and nothing else.
    """

    data: bytes
    way: list[Found]
    state: State
    stations: list[State]
    beyond: list[Event]
    intact: bool

    @property
    def text(self) -> bytes:
        """The log as it should be."""
        if not self.intact:
            return b"".join(one.raw for one in self.way)
        return self.data if self.data.endswith(b"\n") else self.data.rstrip(b"\0") + b"\n"


def look(
    folder: Path,
    contract: Contract,
    *,
    more: Iterable[bytes] = (),
    tips: Iterable[str] = (),
    wanted: Collection[str] = (),
    belongs: Callable[[Snapshot], bool] = lambda _snapshot: True,
    foreign: bool = False,
) -> Remains:
    """Find what is left of a ledger's history.

    Args:
        more: other files that may have lines of it.
        tips: hashes of events that are known to have been in it; the log is carried on to the newest of them.
        wanted: hashes of events whose states are asked for, though they cannot be reached.
        belongs: whether a snapshot is of this ledger.
        foreign: the log is another ledger's; it is not looked at.
    """
    data = b"" if foreign else _text(folder / layout.LOG)
    own, whole = found_in(data)
    pool = {one.event.hash: one for one in own}
    for other in more:
        for line in log.lines_of(other):
            if line.event is not None:
                pool.setdefault(line.event.hash, Found(line.event, _plain(line)))
    history = _History(pool, {one.event.hash for one in own})
    order = [one.event.hash for one in own]
    newest = next((one for one in reversed(order) if one in history.complete), None)
    for tip in tips:
        newest = history.further(newest, tip)
    way, state = _replayed(history.way(newest), contract)
    hashes = {one.event.hash for one in way}
    stations = _stations(folder, contract, own, state, wanted, belongs)
    intact = bool(own) and whole and order == [one.event.hash for one in way]
    return Remains(data, way, state, stations, [one.event for one in own if one.event.hash not in hashes], intact)


def _text(path: Path) -> bytes:
    data = files.read_if_there(path) or b""
    try:
        return (log.plain_text(path) if data else None) or data
    except Damaged:
        return data


def found_in(data: bytes) -> tuple[list[Found], bool]:
    """Return the events in the bytes of a log in their order, and whether there is nothing else in it."""
    found: list[Found] = []
    damaged: list[Line] = []
    whole = True
    for line in [*log.lines_of(data), None]:
        if line is not None and line.event is None:
            damaged.append(line)
            whole = False
            continue
        if damaged:
            found += _mended(data[damaged[0].start : damaged[-1].end])
            damaged = []
        if line is not None and line.event is not None:
            found.append(Found(line.event, _plain(line)))
    return found, whole


def _mended(damaged: bytes) -> list[Found]:
    """Return the events in bytes of which one bit has flipped; nothing where it is more than that.

    A hash tells which bit it was: that two of them fit is out of the question.
    """
    tried = bytearray(damaged)
    for place in range(len(tried) if len(tried) <= _MOST and b"\0\0" not in damaged else 0):
        for bit in range(8):
            tried[place] ^= 1 << bit
            lines = list(log.lines_of(bytes(tried)))
            events = [Found(line.event, _plain(line), mended=True) for line in lines if line.event is not None]
            if events and len(events) == len(lines):
                return events
            tried[place] ^= 1 << bit
    return []


def _plain(line: Line) -> bytes:
    return line.raw.rstrip(b"\r\n") + b"\n"


def complete(events: Mapping[str, Event]) -> set[str]:
    """Return the events, by their hashes, that can be reached from a first one: of a merge, from one side or both."""
    found: set[str] = set()
    for digest, event in sorted(events.items(), key=lambda item: item[1].seq):
        if any(other in found for other in event.before) or (not event.before and event.seq == 1):
            found.add(digest)
    return found


class _History:
    """Events by their hashes, and which of them can be reached from a first one.

    Args:
        own: those of the log; of two that an event stands on, its is the one that stands before it there.
    """

    def __init__(self, pool: Mapping[str, Found], own: set[str]) -> None:
        self._pool = pool
        self._own = own
        self.complete = complete({digest: one.event for digest, one in pool.items()})

    def further(self, newest: str | None, tip: str) -> str | None:
        """Return `tip` if it can be reached by way of `newest`, else that."""
        if tip not in self.complete:
            return newest
        return tip if newest is None or any(one.event.hash == newest for one in self.way(tip)) else newest

    def way(self, tip: str | None) -> list[Found]:
        """Return what leads to an event that can be reached."""
        way = []
        while tip is not None:
            one = self._pool[tip]
            way.append(one)
            before = [other for other in one.event.before if other in self.complete]
            tip = next((other for other in before if other in self._own), before[0] if before else None)
        return way[::-1]


def _replayed(way: list[Found], contract: Contract) -> tuple[list[Found], State]:
    """Return the way as far as it can be replayed, and the state there."""
    state, end = State(), 0
    for place, one in enumerate(way):
        try:
            state.fold(one.event, end + len(one.raw), contract.views)
        except PatchError:
            return way[:place], state
        end += len(one.raw)
    return way, state


def _stations(
    folder: Path,
    contract: Contract,
    own: list[Found],
    state: State,
    wanted: Collection[str],
    belongs: Callable[[Snapshot], bool],
) -> list[State]:
    """Return the states beyond this one that snapshots, and the lines of the log behind them, have."""
    following = {before: one for one in own for before in one.event.before}
    reached = state.head.seq if state.head else 0
    found: dict[int, State] = {}
    newest = reached
    for snapshot in usable_snapshots(folder):
        if snapshot.seq <= reached or not belongs(snapshot):
            continue
        for later in _from(Chain(folder, contract, b"").state_of(replace(snapshot, offset=0)), following, contract):
            assert later.head is not None
            if later.head.hash in wanted or later.head.seq > newest:
                found[later.head.seq] = later
                newest = max(newest, later.head.seq)
    last = max(found, default=0)
    return [one for seq, one in sorted(found.items()) if seq == last or (one.head and one.head.hash in wanted)]


def usable_snapshots(folder: Path) -> Iterator[Snapshot]:
    """Yield the snapshots of a ledger that can be read, the oldest first, whether they are of its log or not."""
    for found in reversed(snapshots.listed(folder / layout.SNAPSHOTS)):
        try:
            yield snapshots.load(found.path)
        except SavesError:
            # `check` names it; what it had is looked for elsewhere.
            continue


def _from(state: State, following: Mapping[str, Found], contract: Contract) -> Iterator[State]:
    """Yield a state, and the ones that the events behind it lead to."""
    while True:
        yield state.copy()
        assert state.head is not None
        one = following.get(state.head.hash)
        if one is None:
            return
        try:
            state.fold(one.event, 0, contract.views)
        except PatchError:
            return
