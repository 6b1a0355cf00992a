"""The log of a campaign that is repaired: what can be had of it, and an event that leads to what else is known."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gamesaves.disk import files, jsontext, layout, log
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.disk.preparing import prepare
from gamesaves.disk.reconcile import Reconciler
from gamesaves.disk.salvage import Remains
from gamesaves.disk.state import VERSION, State
from gamesaves.errors import Problem
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, MESSAGES
from gamesaves.services.repairing.documents import Newer, newer_documents
from gamesaves.services.repairing.history import Sources, is_slots, rows_beyond, settled_saves, words_of_loss
from gamesaves.services.repairing.kinds import Kind
from gamesaves.services.repairing.plans import VERB, Action, RepairStep


@dataclass(slots=True)
class LedgerPlan:
    """What the repair of one campaign, or universe, does.

    Attributes:
        text: the log.
        state: at its end.
        contents: other files that are not as they were, by their paths inside the campaign.
        left: the paths of files that stay behind.
    """

    kind: Kind
    folder: Path
    steps: list[RepairStep] = field(default_factory=list)
    remaining: list[Problem] = field(default_factory=list)
    text: bytes = b""
    state: State = field(default_factory=State)
    contents: dict[str, bytes] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


class LogRepair:
    """Plans what becomes of a campaign's log; nothing is written.

    Attributes:
        result: the plan.
    """

    def __init__(self, context: Context, kind: Kind, folder: Path) -> None:
        self._context = context
        self._kind = kind
        self._contract = kind.contract
        self._folder = folder
        self._sources = Sources(context, kind, folder)
        self._events: dict[str, Event] = {}
        self._newer_keys: set[str] = set()
        self._turns = 0
        self.result = LedgerPlan(kind, folder)

    def _step(self, what: str, path: Path, action: Action, reason: str, lost: str | None = None) -> None:
        self.result.steps.append(RepairStep(what, path, action, reason, lost))

    def plan_history(self) -> None:
        """Plan the log, and the event that is added to it.

        Raises:
            NewerFormat: a newer program has written something that only it can judge.
        """
        remains = self._sources.look(further=False)
        newer = self._newer(remains)
        if not remains.intact or remains.stations or newer.newest:
            remains = self._sources.look(further=True)
            way = {one.event.hash for one in remains.way}
            newer = self._newer(remains, lambda revision: self._sources.is_of_other_copy(revision, way))
        self.result.text = remains.text
        self.result.state = remains.state.copy()
        if remains.state.head is not None:
            self.result.state.head = replace(remains.state.head, offset=len(remains.text))
        self._newer_keys = newer.seen
        lost = self._log_step(remains, newer)
        self.result.steps += newer.steps
        if lost or remains.stations or newer.trees:
            self._add_repair(remains, newer)
        self._events = {one.event.hash: one.event for one in remains.way} | self._events

    def _look(self, text: bytes, state: State) -> Reconciler:
        chain = Chain(self._folder, self._contract, text)
        return Reconciler(self._folder, self._contract, chain, state, self._context.places)

    def _newer(self, remains: Remains, leave: Callable[[str], bool] = lambda _: False) -> Newer:
        known = remains.stations[-1] if remains.stations else remains.state
        if self._kind.about not in known.trees:
            known = known.copy()
            known.trees[self._kind.about] = self._stand_in()
        look = self._look(remains.text, remains.state)
        return newer_documents(
            look,
            self._contract,
            self._folder,
            remains.state,
            known,
            lambda revision: self._sources.is_elsewhere(revision) or leave(revision),
        )

    def _stand_in(self) -> jsontext.Tree:
        """Return what stands in the place of the document that says which campaign it is, where nothing has it."""
        about = {self._kind.id_field: self._sources.identifier, "title": self._folder.name}
        return {VERSION: 1, **about, "created_at": self._context.stamp()}

    def _log_step(self, remains: Remains, newer: Newer) -> bool:
        """Note what is done with the log; return whether a part of the history is lost."""
        kept = bool(remains.stations or newer.seen)
        if remains.intact and not kept:
            return False
        known = [event.turn for event in remains.beyond]
        known += [one.head.turn for one in remains.stations if one.head]
        self._turns = max([remains.state.head.turn if remains.state.head else 0, *known, self._told("total_turns")])
        gone = kept or bool(remains.beyond)
        words = words_of_loss(remains, self._turns, kept=kept) if gone else None
        whole = b"".join(one.raw for one in remains.way)
        action: Action = "cut" if not kept and remains.data.startswith(whole) and whole else "rebuild"
        self._step("log", self._folder / layout.LOG, action, self._fault(remains), words)
        return gone

    def _fault(self, remains: Remains) -> str:
        path = self._folder / layout.LOG
        if self._sources.foreign:
            return "it is the log of another campaign"
        if not files.exists(path):
            return "it is not there"
        if not remains.data.strip(b"\0\r\n \t"):
            return "it is empty, or full of NUL bytes"
        for line in log.lines_of(remains.data):
            if line.event is None:
                return f"it is damaged in line {line.number}: {line.fault}"
        return "it has lost its end, or lines are missing"

    def _told(self, name: str) -> int:
        """Return what the campaign's own document says of how often it was played."""
        value = self._told_by_file().get(name)
        return value if type(value) is int else 0

    def _told_by_file(self) -> jsontext.Tree:
        data = files.read_if_there(self._folder / layout.document_path(self._kind.about)) or b""
        tree = jsontext.readable(data)
        return tree if tree.get(self._kind.id_field) == self._sources.identifier else {}

    def _add_repair(self, remains: Remains, newer: Newer) -> None:
        """Add the event that leads from what can be reached to the newest that is known."""
        moved = {digest: self._add_station(one) for digest, one in self._saved(remains).items()}
        before = self.result.state
        target = remains.stations[-1] if remains.stations else before
        trees: dict[str, jsontext.Tree | None] = dict.fromkeys(before.trees)
        trees |= target.trees
        trees |= newer.trees
        slots = trees.get(SLOTS)
        if slots is not None and is_slots(slots):
            trees[SLOTS], lost = settled_saves(slots, {one.event.hash for one in remains.way}, moved, None)
            self._tell_lost_saves(lost)
        chat = self._contract.views.get(MESSAGES)
        rows = rows_beyond(remains, self._folder / chat) if chat is not None else []
        if trees.get(self._kind.about) is None:
            if not trees:
                return
            trees[self._kind.about] = self._stand_in()
            reason = "neither it nor anything else says what was in it"
            gone = f"what was in {self._kind.about}: the title, and all that is in no other document"
            self._step("document", self._folder / layout.document_path(self._kind.about), "rebuild", reason, gone)
        if before.head is None:
            self._find_members(trees)
        data: dict[str, Any] = {"repaired_at": self._context.stamp(), "documents": sorted(newer.trees)}
        data |= {MESSAGES: rows} if rows else {}
        if before.head is None:
            data |= {"format": log.FORMAT, self._kind.id_field: self._sources.identifier}
        turns = self._turns - (before.head.turn if before.head else 0)
        self._append(VERB, trees, at=self._played(target) if turns else self._context.stamp(), turns=turns, data=data)

    def _saved(self, remains: Remains) -> dict[str, State]:
        """Return the states beyond the way of which there are saves, by the hashes of their events."""
        found = {one.head.hash: one for one in remains.stations if one.head}
        return {digest: one for digest, one in found.items() if digest in self._sources.saved}

    def _add_station(self, station: State) -> Event:
        """Add the event that leads to a state of which there is a save."""
        before, head = self.result.state, station.head
        assert head is not None
        trees: dict[str, jsontext.Tree | None] = {**dict.fromkeys(before.trees), **station.trees}
        if SLOTS in before.trees:
            trees[SLOTS] = before.trees[SLOTS]
        data: dict[str, Any] = {"repaired_at": self._context.stamp(), "was": head.hash}
        if before.head is None:
            data |= {"format": log.FORMAT, self._kind.id_field: self._sources.identifier}
        turns = head.turn - (before.head.turn if before.head else 0)
        return self._append(VERB, trees, at=head.at, turns=turns, data=data)

    def _tell_lost_saves(self, lost: list[str]) -> None:
        path = self._folder / layout.document_path(SLOTS)
        for name in lost:
            reason = "the event that it leads to is not in the history"
            self._step("slot", path, "remove", reason, f"the save {name!r}")

    @staticmethod
    def _find_members(trees: dict[str, jsontext.Tree | None]) -> None:
        data = trees.get(CAMPAIGN)
        if data is not None and not data.get("character_ids"):
            data["character_ids"] = [one.removeprefix(CHARACTERS) for one in trees if one.startswith(CHARACTERS)]

    def _played(self, target: State) -> str:
        """Return when the latest turn that is known was played."""
        now = self._context.stamp()
        told = (target.head.played if target.head else None), self._told_by_file().get("last_played")
        for one in sorted((one for one in told if isinstance(one, str)), reverse=True):
            try:
                datetime.fromisoformat(one)
            except ValueError:
                continue
            return one
        return now

    def _append(
        self, kind: str, trees: dict[str, jsontext.Tree | None], *, at: str, turns: int, data: dict[str, Any]
    ) -> Event:
        note = "What was left of it was put together again" if kind == VERB else None
        prepared = prepare(
            self.result.state, self._contract, kind, trees, at=at, turn_taken=turns, note=note, data=data
        )
        if prepared.event.changes or kind == VERB:
            self.result.text += prepared.line
            self.result.state = prepared.state
            self._events[prepared.event.hash] = prepared.event
        return prepared.event
