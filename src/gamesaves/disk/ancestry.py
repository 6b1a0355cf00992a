"""All events that a ledger knows of: those of its log, and those of other copies that are kept in its branches."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from gamesaves.disk import files, folders, layout, log
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.disk.state import Contract, State
from gamesaves.errors import Ambiguous, Damaged, NotFound
from gamesaves.rules.patch import PatchError

_SHORTEST = 8


class Ancestry:
    """The history of one ledger, merges and branches included; the log is read when an event must be searched for.

    Args:
        folder: the ledger's.
        more: events of another copy, to look at both together.
    """

    def __init__(self, folder: Path, contract: Contract, more: Mapping[str, Event] | None = None) -> None:
        self.folder = folder
        self._contract = contract
        self._chain = Chain(folder, contract)
        self._more = more or {}

    @cached_property
    def _on_log(self) -> dict[str, Event]:
        return {event.hash: event for event in self._chain.events()}

    @cached_property
    def events(self) -> dict[str, Event]:
        """All events by their hashes, each behind those that it stands on.

        Raises:
            Damaged: a line of the log before the last is not what was written.
        """
        found = dict(self._on_log)
        for entry in folders.entries(self.folder / layout.BRANCHES):
            for line in log.lines_of(files.read(entry.path)):
                if line.event is not None:
                    found.setdefault(line.event.hash, line.event)
        found = {**self._more, **found}
        return dict(sorted(found.items(), key=lambda one: one[1].seq))

    def event(self, reference: str | int) -> Event:
        """Return an event by its number on the log, or by its hash or the first eight digits of it, or more.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        digits = "" if str(reference).startswith("-") else str(reference).rpartition("-")[2]
        if digits.isdecimal() and (isinstance(reference, int) or len(digits) < _SHORTEST):
            found = self._chain.named(int(digits))
        elif len(digits) >= _SHORTEST:
            found = self._chain.named(digits)
            found = found or [one for digest, one in self.events.items() if digest.startswith(digits)]
        else:
            found = []
        if len(found) > 1:
            raise Ambiguous("event", str(reference), [event.hash for event in found])
        if not found:
            error = NotFound("event", str(reference), path=self.folder)
            error.hint = f"See what happened: saves history log {self.folder.name}"
            raise error
        return found[0]

    @property
    def parents(self) -> dict[str, tuple[str, ...]]:
        """For each event the ones that it stands on, as `gamesaves.rules.histories` asks for it."""
        return {digest: event.before for digest, event in self.events.items()}

    def state_at(self, event: Event) -> State:
        """Return the documents as they were right after an event.

        Raises:
            Damaged: the way to it is damaged.
        """
        if self._chain.named(event.hash):
            return self._state_on_log(event)
        way: list[Event] = []
        one: Event | None = event
        while one is not None and one.hash not in self._on_log:
            way.append(one)
            one = self.events[one.before[0]] if one.before else None
        state = State() if one is None else self._state_on_log(one)
        for one in reversed(way):
            try:
                state.fold(one, 0, self._contract.views)
            except PatchError as error:
                raise Damaged(f"event {one.seq} cannot be replayed: {error}", path=self.folder) from error
        return state

    def _state_on_log(self, event: Event) -> State:
        state = self._chain.state_at(event.seq)
        if state.head is None or state.head.hash != event.hash:
            raise Damaged(f"the log is damaged before event {event.seq}", path=self.folder / layout.LOG)
        return state
