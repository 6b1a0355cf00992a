"""What is wrong with one campaign, and what is to be done about it; nothing is written here."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gamesaves.disk import encounterlog, files, folders, handedits, jsontext, layout, log, salvage, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.disk.preparing import prepare
from gamesaves.disk.reconcile import Finding, Reconciler
from gamesaves.disk.salvage import Remains
from gamesaves.disk.state import State
from gamesaves.disk.views import rows_behind
from gamesaves.errors import NewerFormat, Problem, SavesError
from gamesaves.rules import patch
from gamesaves.rules.patch import PatchError
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, MESSAGES, CampaignContract
from gamesaves.services.repairing.documents import Newer, newer_documents
from gamesaves.services.repairing.history import Sources, is_slots, rows_beyond, without_lost, words_of_loss
from gamesaves.services.repairing.plans import VERB, Action, RepairStep


@dataclass(slots=True)
class CampaignPlan:
    """What the repair of one campaign does.

    Attributes:
        text: the log.
        state: at its end.
        contents: other files that are not as they were, by their paths inside the campaign.
        left: the paths of files that stay behind.
    """

    folder: Path
    steps: list[RepairStep] = field(default_factory=list)
    remaining: list[Problem] = field(default_factory=list)
    text: bytes = b""
    state: State = field(default_factory=State)
    contents: dict[str, bytes] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


class CampaignRepair:
    """Plans the repair of one campaign; nothing is written."""

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._contract = CampaignContract()
        self._folder = folder
        self._sources = Sources(context, folder)
        self._events: dict[str, Event] = {}
        self._newer_keys: set[str] = set()
        self._turns = 0
        self.result = CampaignPlan(folder)

    def plan(self) -> CampaignPlan:
        """Return what is to be done; without steps where nothing is, or can be."""
        result = self.result
        try:
            self._plan_history()
        except NewerFormat as error:
            result.remaining.append(error.as_problem())
            return result
        if result.state.head is None:
            hint = "Put the folder back from a backup, or from another computer."
            text = "there is neither a log, nor a snapshot, nor a document from which it could be rebuilt"
            result.remaining.append(Problem("error", "damaged", str(self._folder), text, hint))
            return result
        self._plan_branches()
        self._plan_documents()
        self._plan_views()
        self._plan_encounters()
        self._plan_snapshots()
        return result

    def _step(self, what: str, path: Path, action: Action, reason: str, lost: str | None = None) -> None:
        self.result.steps.append(RepairStep(what, path, action, reason, lost))

    # The history

    def _plan_history(self) -> None:
        remains = self._sources.look(further=False)
        newer = self._newer(remains)
        if not remains.intact or remains.later is not None or newer.newest:
            remains = self._sources.look(further=True)
            newer = self._newer(remains)
        self.result.text = remains.text
        self.result.state = remains.state.copy()
        if remains.state.head is not None:
            self.result.state.head = replace(remains.state.head, offset=len(remains.text))
        self._newer_keys = newer.seen
        lost = self._log_step(remains, newer)
        self.result.steps += newer.steps
        if lost or remains.later is not None or newer.trees:
            self._add_repair(remains, newer)
        self._events = {one.event.hash: one.event for one in remains.way} | self._events

    def _look(self, text: bytes, state: State) -> Reconciler:
        chain = Chain(self._folder, self._contract, text)
        return Reconciler(self._folder, self._contract, chain, state, self._context.places)

    def _newer(self, remains: Remains) -> Newer:
        known = remains.later or remains.state
        if CAMPAIGN not in known.trees:
            known = known.copy()
            about = {"campaign_id": self._sources.campaign_id, "title": self._folder.name}
            known.trees[CAMPAIGN] = {"schema_version": 1, **about, "created_at": self._context.stamp()}
        look = self._look(remains.text, remains.state)
        return newer_documents(look, self._folder, remains.state, known, self._sources.is_elsewhere)

    def _log_step(self, remains: Remains, newer: Newer) -> bool:
        """Note what is done with the log; return whether a part of the history is lost."""
        kept = remains.later is not None or bool(newer.seen)
        if remains.intact and not kept:
            return False
        known = [event.turn for event in remains.beyond]
        if remains.later is not None and remains.later.head is not None:
            known.append(remains.later.head.turn)
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
        data = files.read_if_there(self._folder / layout.document_path(CAMPAIGN)) or b""
        tree = jsontext.readable(data)
        return tree if tree.get("campaign_id") == self._sources.campaign_id else {}

    def _add_repair(self, remains: Remains, newer: Newer) -> None:
        """Add the event that leads from what can be reached to the newest that is known."""
        before = self.result.state
        target = remains.later or before
        trees: dict[str, jsontext.Tree | None] = dict.fromkeys(before.trees)
        trees |= target.trees
        trees |= newer.trees
        known = {one.event.hash for one in remains.way}
        slots = trees.get(SLOTS)
        if slots is not None and is_slots(slots):
            trees[SLOTS], lost = without_lost(slots, known, None)
            self._tell_lost_saves(lost)
        rows = rows_beyond(remains, self._folder / self._contract.views[MESSAGES])
        if before.head is None:
            self._find_members(trees)
        if CAMPAIGN not in trees:
            return
        data: dict[str, Any] = {"repaired_at": self._context.stamp(), "documents": sorted(newer.trees)}
        data |= {MESSAGES: rows} if rows else {}
        if before.head is None:
            data |= {"format": log.FORMAT, "campaign_id": self._sources.campaign_id}
        turns = self._turns - (before.head.turn if before.head else 0)
        self._append(VERB, trees, at=self._played(target) if turns else self._context.stamp(), turns=turns, data=data)

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
    ) -> None:
        note = "What was left of it was put together again" if kind == VERB else None
        prepared = prepare(
            self.result.state, self._contract, kind, trees, at=at, turn_taken=turns, note=note, data=data
        )
        if prepared.event.changes or kind == VERB:
            self.result.text += prepared.line
            self.result.state = prepared.state
            self._events[prepared.event.hash] = prepared.event

    # What stands beside the log

    def _plan_branches(self) -> None:
        """Keep what is whole of the lines of other copies; what they lack may be found elsewhere."""
        for entry in folders.entries(self._folder / layout.BRANCHES):
            if entry.is_folder or entry.is_link:
                continue
            data = files.read(entry.path)
            found, whole = salvage.found_in(data)
            self._events = {**{one.event.hash: one.event for one in found}, **self._events}
            if not whole or not found:
                self._replace(entry.path, b"".join(one.raw for one in found))
                mended = any(one.mended for one in found)
                lost = None if mended and found else "a part of what was played in another copy, before it was joined"
                self._step("branch", entry.path, "cut" if found else "set aside", "lines of it are damaged", lost)

    def _replace(self, path: Path, data: bytes) -> None:
        inside = path.relative_to(self._folder).as_posix()
        self.result.left.add(inside)
        if data:
            self.result.contents[inside] = data

    def _plan_documents(self) -> None:
        result = self.result
        look = self._look(result.text, result.state).look()
        edited: list[Finding] = []
        for one in look.findings:
            result.left.add(one.path.relative_to(self._folder).as_posix())
            if one.key in self._newer_keys:
                continue
            reason = one.problems[0].message if one.problems else ""
            if one.verdict == "unread":
                result.remaining += one.problems
            elif one.verdict == "aside" or one.stops is not None:
                self._step("document", one.path, "set aside", reason)
            elif one.verdict == "rewrite" and one.problems:
                self._step("document", one.path, "rewrite", reason)
            elif one.tree is not None:
                edited.append(one)
        self._take_in(edited)

    def _take_in(self, edited: list[Finding]) -> None:
        edits = handedits.gather(edited, self.result.state, self._contract)
        slots = edits.documents.get(SLOTS)
        if slots is not None and is_slots(slots):
            before = self.result.state.trees.get(SLOTS)
            edits.documents[SLOTS], lost = without_lost(slots, set(self._events), before)
            self._tell_lost_saves(lost)
            if not patch.same(edits.documents[SLOTS], slots):
                path = self._folder / layout.document_path(SLOTS)
                self._step("document", path, "rewrite", "it names events that are not in the history")
        if self.result.steps and edits.documents:
            self._append(handedits.KIND, dict(edits.documents), at=self._context.stamp(), turns=0, data=edits.data)

    def _plan_views(self) -> None:
        for name, inside in self._contract.views.items():
            path = self._folder / inside
            data = files.read_if_there(path)
            events = sorted(self._events.values(), key=lambda one: one.seq)
            try:
                rows = rows_behind(events, name, self.result.state.head.hash if self.result.state.head else None)
            except (PatchError, KeyError):
                text = "the chat cannot be put together: lines of a copy that was joined are missing"
                self.result.remaining.append(Problem("warning", "history_missing", str(path), text))
                continue
            wanted = b"".join(jsontext.encode_line(row) + b"\n" for row in rows)
            self.result.left.add(inside)
            if wanted:
                self.result.contents[inside] = wanted
            if data != (wanted or None) and (data or wanted):
                reason = "it is not there" if data is None else "it is not what the log says"
                self._step("view", path, "rewrite", reason)

    def _plan_encounters(self) -> None:
        for entry in folders.entries(self._folder / layout.ENCOUNTERS):
            if entry.is_folder or entry.is_link or not entry.name.endswith(encounterlog.SUFFIX):
                continue
            left = encounterlog.read(entry.path)
            if left.fault is None:
                continue
            self._replace(entry.path, files.read(entry.path, 0, left.end))
            rounds = len(left.rounds)
            lost = f"what happened in the fight {left.name!r} behind round {rounds}"
            self._step("encounter", entry.path, "cut" if left.events else "set aside", left.fault, lost)

    def _plan_snapshots(self) -> None:
        ends: dict[str, int] = {line.event.hash: line.end for line in log.lines_of(self.result.text) if line.event}
        newest = 0
        for found in snapshots.listed(self._folder / layout.SNAPSHOTS):
            reason = None
            try:
                snapshot = snapshots.load(found.path)
            except SavesError as error:
                reason = error.message
            else:
                if (snapshot.seq, snapshot.hash[:8]) != (found.seq, found.hash8):
                    reason = "it is of another event than its name says"
                elif ends.get(snapshot.hash) != snapshot.offset:
                    reason = "the log does not have its event, or has it elsewhere"
                else:
                    newest = max(newest, snapshot.seq)
            if reason is not None:
                self.result.left.add(found.path.relative_to(self._folder).as_posix())
                self._step("snapshot", found.path, "set aside", reason)
        head = self.result.state.head
        assert head is not None
        if head.seq - newest > snapshots.EVERY:
            reason = f"there is none of the newest {snapshots.EVERY} events: opening takes longer"
            self._step("snapshot", self._folder / layout.SNAPSHOTS, "rebuild", reason)
