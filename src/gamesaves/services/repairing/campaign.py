"""What is wrong with one campaign, and what is to be done about it; nothing is written here."""

from collections.abc import Mapping
from pathlib import Path

from gamesaves.disk import encounterlog, files, folders, handedits, jsontext, layout, log, salvage, snapshots
from gamesaves.disk.reconcile import Finding, encoded
from gamesaves.disk.salvage import Found
from gamesaves.disk.views import last_id, rows_behind
from gamesaves.errors import NewerFormat, Problem, SavesError
from gamesaves.rules import patch
from gamesaves.rules.patch import PatchError
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.repairing.history import is_slots, settled_saves
from gamesaves.services.repairing.log import LedgerPlan, LogRepair


class LedgerRepair(LogRepair):
    """Plans the repair of one campaign, or universe; nothing is written."""

    def plan(self) -> LedgerPlan:
        """Return what is to be done; without steps where nothing is, or can be."""
        result = self.result
        try:
            self.plan_history()
        except NewerFormat as error:
            result.remaining.append(error.as_problem())
            return result
        if result.state.head is None:
            hint = "Put the folder back from a backup, or from another computer."
            text = "there is neither a log, nor a snapshot, nor a document from which it could be rebuilt"
            result.remaining.append(Problem("error", "damaged", str(self._folder), text, hint))
            result.steps.clear()
            return result
        self._plan_branches()
        self._plan_documents()
        self._plan_views()
        self._plan_encounters()
        self._plan_snapshots()
        return result

    def _plan_branches(self) -> None:
        """Keep what is whole of the lines of other copies; what they lack may be found elsewhere."""
        damaged: dict[Path, list[Found]] = {}
        whole_ones: dict[Path, list[Found]] = {}
        for entry in folders.entries(self._folder / layout.BRANCHES):
            if entry.is_folder or entry.is_link:
                continue
            data = files.read(entry.path)
            found, whole = salvage.found_in(data)
            self._events = {**{one.event.hash: one.event for one in found}, **self._events}
            (whole_ones if whole and found else damaged)[entry.path] = found
        for digest in iter(self._missing, None):
            path = self._folder / layout.BRANCHES / f"{digest}.jsonl"
            lines = self._back_from(digest)
            damaged[path] = lines + damaged.get(path, [])
        known = salvage.complete(self._events)
        if any(one.what == "log" for one in self.result.steps):
            damaged |= {path: found for path, found in whole_ones.items() if not _hashes(found) <= known}
        self._events = {digest: one for digest, one in self._events.items() if digest in known}
        self._branch_steps({path: [one for one in found if one.event.hash in known] for path, found in damaged.items()})

    def _missing(self) -> str | None:
        """Return an event that another one stands on, and that is not there but can be found."""
        missing = {before for event in self._events.values() for before in event.before} - self._events.keys()
        return next((one for one in sorted(missing) if one in self._sources.elsewhere), None)

    def _back_from(self, digest: str) -> list[Found]:
        """Return the lines that lead to an event from what is there; they count as there from now on."""
        lines: list[Found] = []
        while (one := self._sources.elsewhere.get(digest)) is not None and digest not in self._events:
            lines.append(one)
            self._events[digest] = one.event
            if not one.event.before:
                break
            digest = one.event.before[0]
        return lines[::-1]

    def _branch_steps(self, damaged: Mapping[Path, list[Found]]) -> None:
        for path, found in damaged.items():
            self._replace(path, b"".join(one.raw for one in found))
            is_there = path.name.removesuffix(encounterlog.SUFFIX) in self._events
            lost = None if is_there else "a part of what was played in another copy, before it was joined"
            reason = "lines of it are damaged, or what they stand on is gone"
            reason = reason if files.exists(path) else "it is not there"
            self._step("branch", path, "rebuild" if found else "set aside", reason, lost)

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
            elif one.stops is not None:
                text = "the log does not have what it is of: it is of another campaign or copy, or of a newer version"
                self._step("document", one.path, "set aside", text)
            elif one.verdict == "aside":
                self._step("document", one.path, "set aside", reason)
            elif one.verdict == "rewrite" and one.problems:
                self._step("document", one.path, "rewrite", reason)
            elif one.tree is not None:
                edited.append(one)
                if reason:
                    self._step("document", one.path, "take in", reason)
        self._take_in([one for one in edited if not self._is_exchanged(one, edited)])

    def _is_exchanged(self, one: Finding, edited: list[Finding]) -> bool:
        """Whether two files have each what belongs into the other; the log has both."""
        state = self.result.state
        own = {file.key: encoded(self._contract, file.key, state) for file in edited if file.key in state.trees}
        for other in edited:
            if other is not one and (one.data, other.data) == (own.get(other.key), own.get(one.key)):
                self._step("document", one.path, "rewrite", f"it was exchanged for {other.path.name}")
                return True
        return False

    def _take_in(self, edited: list[Finding]) -> None:
        edits = handedits.gather(edited, self.result.state, self._contract)
        slots = edits.documents.get(SLOTS)
        if slots is not None and is_slots(slots):
            before = self.result.state.trees.get(SLOTS)
            edits.documents[SLOTS], lost = settled_saves(slots, self._events, {}, before)
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
            # One that is not there is built again when somebody asks for it.
            if data is not None and data != wanted:
                is_ended = last_id(path) == self.result.state.views.get(name)
                reason = "it is not what the log says" if is_ended else "it does not end as the log says"
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


def _hashes(found: list[Found]) -> set[str]:
    return {one.event.hash for one in found}
