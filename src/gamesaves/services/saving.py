"""Saving to slots, and loading from them: what a player knows as saved games.

A slot copies nothing: it names an event, and loading goes back to the state right after it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gamesaves.disk import files
from gamesaves.disk.jsontext import Tree, encode, parse
from gamesaves.disk.layout import document_path
from gamesaves.disk.log import Event
from gamesaves.documents import Slot, Slots
from gamesaves.errors import AlreadyExists, InvalidValue, NotFound, SavesError
from gamesaves.rules.rewinding import SLOTS
from gamesaves.rules.slots import Row, id_for, kind_of, require_name, rotated, same_name, told
from gamesaves.services.autosave import Autosave
from gamesaves.services.images import store_image
from gamesaves.services.rewinding import Rewinding
from gamesaves.services.slots import SavedSlots
from gamesaves.services.validation import made, validated

KIND = "slot"
SLOT_DELETE = "slot delete"
KEPT = 3
_COUNTED_NAMES = {"quick": "Quick save", "auto": "Autosave"}

Rows = dict[str, Row]


class Saving(Rewinding):
    """What an open campaign offers of saves that a player sees."""

    _slots: tuple[Tree | None, SavedSlots] | None = None

    @property
    def slots(self) -> SavedSlots:
        """The saves by id, the newest first; they cannot be changed in place."""
        tree = self._slots_tree()
        if self._slots is None or self._slots[0] is not tree:
            self._slots = (tree, SavedSlots(tree))
        return self._slots[1]

    def _slots_tree(self) -> Tree | None:
        return self._ledger.tree(SLOTS) if SLOTS in self._ledger.state.trees else None

    # Saving

    def save_as(self, name: str, *, note: str | None = None, thumbnail: bytes | Path | None = None) -> Slot:
        """Save under a name; a named slot of this name is replaced.

        Args:
            note: what the player wants to remember.
            thumbnail: a picture, its bytes or the file it is in; it is stored with the others of the store.

        Raises:
            InvalidName: the name is empty, holds control characters, or means a counted slot: `quick`, `auto_1`.
            NotAPicture: the thumbnail is none.
            InvalidValue: a turn is open in this thread, or the note is no text.
            NoSpace, FileProblem, FlushFailed, Diverged: it could not be made durable.
        """
        require_name(name)
        picture = None if thumbnail is None else store_image(self._context, thumbnail, stem="save")
        with self._changing_slots() as rows:
            slot_id = id_for(name, rows)
            self._write_snapshot()
            rows[slot_id] = self._row(name.strip(), "named", note=note, thumbnail=picture)
            self._commit_slots(rows, f"Saved: {name.strip()}")
        return self.slots[slot_id]

    def quicksave(self, *, keep: int = KEPT) -> Slot:
        """Save to the next quick slot: `quick_1`, `quick_2`, …; the oldest one gives way.

        Args:
            keep: how many there are to be.

        Raises:
            As `save_as`.
        """
        with self._changing_slots() as rows:
            slot_id, note = self._counted("quick", rows, keep)
            self._commit_slots(rows, note)
        return self.slots[slot_id]

    def autosave(self, turns: int | None = None, minutes: float | None = None, *, keep: int = KEPT) -> None:
        """Save by itself, from now on and until the campaign is closed; without arguments, stop doing so.

        The commit of the turn with which a save is due is followed by that of the slot: `auto_1`, `auto_2`, …

        Args:
            turns: after so many turns since the last time.
            minutes: after so many minutes since the last time, by the store's clock.
            keep: how many of these slots there are to be; the oldest one gives way.

        Raises:
            InvalidValue: a number is not positive.
        """
        if any(number is not None and number <= 0 for number in (turns, minutes, keep)):
            raise InvalidValue("turns, minutes and the number to keep must be more than 0")
        if turns is None and minutes is None:
            self._committer.after_commit = None
            return
        due = Autosave(turns, minutes, self._context.now())

        def save_if_due(event: Event) -> None:
            if due.with_turn(event):
                self._save_by_itself(keep)

        self._committer.after_commit = save_if_due

    def _save_by_itself(self, keep: int) -> None:
        """Save to the next automatic slot; the turn before it is durable, and stands whatever becomes of this."""
        try:
            rows = self._rows()
            _, note = self._counted("auto", rows, keep)
            self._committer.follow_up(KIND, {SLOTS: self._with(rows)}, note=note)
        except SavesError as error:
            self._ledger.problems.append(error.as_problem("warning"))

    def _counted(self, kind: str, rows: Rows, keep: int) -> tuple[str, str]:
        """Put a slot of a kind that is counted among the others; return its id, and the note of the commit."""
        slot_id, going = rotated(kind, rows, keep)
        for one in going:
            del rows[one]
        name = f"{_COUNTED_NAMES[kind]} {slot_id.rpartition('_')[2]}"
        rows[slot_id] = self._row(name, kind)
        return slot_id, name

    def _row(self, name: str, kind: str, *, note: str | None = None, thumbnail: str | None = None) -> Row:
        head = self._ledger.head
        own = {"name": name, "kind": kind, "event": head.hash, "seq": head.seq, "saved_at": self._context.stamp()}
        story = told(self._ledger.state.trees)
        row = {**own, "turn": head.turn, **story, "thumbnail": thumbnail, "note": note}
        made(Slot, row)
        return row

    def _write_snapshot(self) -> None:
        """Make it fast to come back here; what fails of that loses no save."""
        try:
            self._ledger.write_snapshot()
        except SavesError as error:
            self._ledger.problems.append(error.as_problem("warning"))

    # Loading

    def load(self, slot: str) -> Slot:
        """Go back, or forward, to the state of a slot; return it.

        The event that does so is in the history like any other: to take it back, load another slot or restore the
        event before it.

        Args:
            slot: its id or name; `quick` and `auto` mean the newest of these.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that, or the event is not in this history.
            As `restore`.
        """
        found = self.slots[self.slot_id_of(slot)]
        self.restore(found.event, note=f"Loaded: {found.name}")
        return found

    def quickload(self) -> Slot:
        """Load the newest quick slot.

        Raises:
            NotFound: there is none.
            As `load`.
        """
        try:
            newest = self.slots.newest("quick")
        except NotFound as error:
            error.hint = f"Make one: saves quicksave {self.id}"
            raise
        return self.load(newest)

    def slot_id_of(self, name: str) -> str:
        """Return the id of the slot that a name means: its id, `quick` and `auto` for the newest of these, or its name.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        try:
            return self.slots.id_of(name)
        except NotFound as error:
            error.hint = error.hint or f"See what there is: saves slot list {self.id}"
            raise

    # Changing slots

    def rename_slot(self, slot: str, name: str) -> str:
        """Give a slot another name; return its id. A quick or automatic one thereby becomes a named one, and stays.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            AlreadyExists: there is a named slot of that name, or one with that id.
            InvalidName: the name is empty, holds control characters, or means a counted slot: `quick`, `auto_1`.
        """
        require_name(name)
        with self._changing_slots() as rows:
            slot_id = self.slot_id_of(slot)
            new_id = slot_id if kind_of(rows[slot_id]) == "named" else id_for(name, rows)
            others = {key: one for key, one in rows.items() if key != slot_id}
            named = [one["name"] for one in others.values() if kind_of(one) == "named"]
            if any(same_name(other, name) for other in (*named, *others)):
                raise AlreadyExists(
                    f"there is a slot {name!r} already", hint="Choose another name, or delete that one."
                )
            row = rows.pop(slot_id)
            before = row["name"]
            rows[new_id] = {**row, "name": name.strip(), "kind": "named"}
            self._commit_slots(rows, f"Save {before} renamed to {name.strip()}")
        return new_id

    def delete_slot(self, slot: str) -> Slot:
        """Take a slot away; return what it was. The event that it names stays in the history.

        `store.undo` puts the slot back.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        with self._changing_slots() as rows:
            slot_id = self.slot_id_of(slot)
            found = self.slots[slot_id]
            self._keep_slot(slot_id, rows.pop(slot_id), f"the save {found.name!r} was deleted")
            self._commit_slots(rows, f"Save deleted: {found.name}")
        return found

    def _keep_slot(self, slot_id: str, row: Row, reason: str) -> Path:
        data = encode({"schema_version": 1, "slots": {slot_id: row}})
        origin = self.folder / document_path(SLOTS)
        return self._context.recovered.keep_bytes(
            data, origin, at=self._context.stamp(), reason=reason, verb=SLOT_DELETE
        )

    def _put_slot_back(self, kept: Path) -> Path | None:
        """Put a slot back that was deleted; another one that has its id by now is set aside.

        Args:
            kept: what was set aside of it.

        Returns:
            Where the other one is kept; None where there was none.

        Raises:
            InvalidDocument, NewerFormat: it cannot be read.
        """
        tree = parse(files.read(kept), kept)
        aside = None
        with self._changing_slots() as rows:
            for slot_id, slot in validated(Slots, tree, kept).slots.items():
                if slot_id in rows and rows[slot_id] != tree["slots"][slot_id]:
                    aside = self._keep_slot(slot_id, rows[slot_id], f"the save {slot.name!r} was put back in its place")
                rows[slot_id] = tree["slots"][slot_id]
                self._commit_slots(rows, f"Save put back: {slot.name}")
        return aside

    @contextmanager
    def _changing_slots(self) -> Iterator[Rows]:
        """Hand out the slots to change, between two turns."""
        self._committer.begin_turn()
        try:
            self._ledger.take_in_edits([SLOTS])
            yield self._rows()
        finally:
            self._committer.end_turn()

    def _rows(self) -> Rows:
        tree = self._slots_tree()
        return dict(tree.get("slots", {})) if tree else {}

    def _with(self, rows: Rows) -> Tree:
        tree: dict[str, Any] = self._slots_tree() or {"schema_version": 1}
        return {**tree, "slots": rows}

    def _commit_slots(self, rows: Rows, note: str) -> None:
        self._committer.commit(KIND, {SLOTS: self._with(rows)}, note=note).result()
