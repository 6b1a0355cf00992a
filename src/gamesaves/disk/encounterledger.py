"""A campaign as it stands within an encounter."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gamesaves.disk import files, folders, layout
from gamesaves.disk.chain import Reading
from gamesaves.disk.encounterlog import BEGUN, RESUMED, SUFFIX, EncounterLog
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.state import State
from gamesaves.errors import Closed, Conflict, Damaged, InvalidValue, NotFound, SavesError
from gamesaves.ids import file_stem
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, PatchError, Settle

Settling = Callable[[str], Settle | None]
"""For a document, what settles values that both sides changed."""

_NOT_INSIDE = ("created", "encounter", "external_edit", "merge", "migrate", "restore", "session", "slot", "sync")


class EncounterLedger(Ledger):
    """A campaign as it stands within an encounter: what is committed here goes to the encounter's log alone.

    Attributes:
        path: of that log.
        base: the state of the campaign that the rounds stand on.
        rounds: what has happened.
        began: when, ISO 8601 in UTC.
    """

    def __init__(self, campaign: Ledger, path: Path) -> None:
        super().__init__(campaign.folder, campaign._contract, campaign._around, Reading(campaign.state, []), None)
        self.path = path
        self.base = campaign.state
        self.rounds: list[Event] = []
        self.began = self._around.clock()
        self._campaign = campaign
        self._end = 0

    @classmethod
    def begin(cls, campaign: Ledger, encounter_id: str, name: str) -> "EncounterLedger":
        """Begin an encounter.

        Raises:
            NoSpace, FileProblem: its log cannot be made.
        """
        path = campaign.folder / layout.ENCOUNTERS / f"{file_stem(encounter_id)}{SUFFIX}"
        folders.make(path.parent)
        encounter = cls(campaign, path)
        encounter._note(BEGUN, {}, name)
        return encounter

    @classmethod
    def rebuilt(cls, campaign: Ledger, left: EncounterLog) -> "EncounterLedger":
        """Return an encounter that was left open as it was then.

        Raises:
            Conflict: what it stands on is not in this campaign's history.
            Damaged: the log cannot be read, or does not follow on that.
        """
        if not left.events:
            hint = "Nothing of it can be used; drop it."
            raise Damaged(f"the log of the encounter cannot be read: {left.fault}", path=left.path, hint=hint)
        encounter = cls(campaign, left.path)
        encounter.state = encounter._state_at(str(left.events[0].data["base"]), left).copy()
        try:
            for event in left.events:
                encounter.state.fold(event, 0, encounter._contract.views)
        except PatchError as error:
            raise Damaged(f"the log of the encounter cannot be replayed: {error}", path=left.path) from error
        encounter.base = encounter._state_at(left.base, left)
        encounter.rounds = left.rounds
        encounter.began = left.events[0].at
        encounter._end = left.end
        return encounter

    @classmethod
    def resume(cls, campaign: Ledger, left: EncounterLog, settling: Settling) -> "EncounterLedger":
        """Go on with an encounter that was left open, on the campaign as it is now.

        Raises:
            Conflict, Damaged: as `rebuilt`, or the campaign has gone on and the two do not go together.
        """
        encounter = cls.rebuilt(campaign, left)
        documents = {key: campaign.state.trees.get(key) for key in _differing(encounter.base, campaign.state)}
        documents |= encounter.outcome(settling)
        encounter.keep_damaged(left)
        encounter._note(RESUMED, documents, left.name)
        encounter.base = campaign.state
        return encounter

    def _state_at(self, digest: str, left: EncounterLog) -> State:
        if self._campaign.head.hash == digest:
            return self._campaign.state
        ancestry = self._campaign.ancestry
        try:
            return ancestry.state_at(ancestry.event(digest))
        except NotFound as error:
            text = f"the encounter {left.name!r} began with an event that this campaign does not have"
            hint = "It belongs to another copy of the campaign. Drop it, or take it there."
            raise Conflict(text, path=left.path, hint=hint) from error

    def _note(self, kind: str, documents: Mapping[str, Tree | None], note: str) -> None:
        about = {"base": self._campaign.head.hash}
        self.write(self._prepared(kind, documents, {"note": note, "data": about}))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can happen in it."""
        return self._closed

    @property
    def refusal(self) -> SavesError | None:
        """Why nothing more can happen in it."""
        if self._closed:
            return Closed("the encounter has ended", path=self.folder, hint="Begin another one.")
        return self._campaign.refusal

    def prepare(
        self,
        kind: str,
        documents: Mapping[str, Tree | None],
        *,
        bases: Mapping[str, Tree | None] | None = None,  # noqa: ARG002 - as the campaign's; nothing comes between
        **more: Any,
    ) -> Prepared:
        """Make a round ready.

        Raises:
            InvalidValue: this is nothing that can happen within an encounter.
        """
        self._require_writable()
        if kind in _NOT_INSIDE:
            raise self._not_inside()
        return self._fitting(kind, documents, more)

    def _not_inside(self) -> InvalidValue:
        return InvalidValue("this has to wait until the encounter has ended", path=self.folder, hint="End it first.")

    def write(self, prepared: Prepared) -> Event:
        """Append a round to the encounter's log, without a flush.

        Raises:
            NoSpace, FileProblem: it has not happened.
            Damaged: somebody else has changed the log.
        """
        with self._committing:
            self._require_writable()
            self._append(prepared.line)
            self.state = prepared.state
            if prepared.event.kind not in (BEGUN, RESUMED):
                self.rounds.append(prepared.event)
            for key in prepared.event.changes:
                self._migrated.pop(key, None)
        return prepared.event

    def _append(self, data: bytes) -> None:
        signature = files.signature(self.path)
        size = 0 if signature is None else signature.size
        if size < self._end:
            raise Damaged("somebody has changed the log of the encounter", path=self.path, hint="Drop the encounter.")
        if size > self._end:
            # Half a line that a full disk has left, or what was damaged before it was resumed.
            files.write_from(self.path, self._end, b"")
        try:
            files.append_plain(self.path, data)
        except SavesError:
            with contextlib.suppress(SavesError):
                files.write_from(self.path, self._end, b"")
            raise
        self._end += len(data)

    def take_in_edits(self, keys: Any, *, closely: bool = False) -> bool:  # noqa: ARG002 - as the campaign's
        """Leave edits made by hand to the commit that ends the encounter."""
        return False

    def rows(self, name: str, newest: int | None = None) -> list[Tree]:
        """Return the rows of a view, all or the newest so many: those of the campaign, then those of the rounds."""
        before = self._views.rows(name, self.base, writing=False, newest=newest)
        rows = [*before, *(row for event in self.rounds for row in event.apart().data.get(name) or ())]
        return rows if newest is None else rows[-newest:]

    def outcome(self, settling: Settling) -> dict[str, Tree | None]:
        """Return the documents that the encounter has changed, as they are on the campaign's present state.

        Args:
            settling: for a document, what settles values that the campaign has changed as well.

        Raises:
            Conflict: the campaign has gone on, and both have changed the same.
        """
        documents: dict[str, Tree | None] = {}
        for key in _differing(self.base, self.state):
            trees = (state.trees.get(key) for state in (self.base, self.state, self._campaign.state))
            sides = (MISSING if tree is None else tree for tree in trees)
            merged, conflicts = patch.merge(*sides, settle=settling(key))
            places = [patch.pointer(one.path) for one in conflicts]
            if merged is not MISSING and not places and self._contract.faults(key, merged):
                places = [""]
            if places:
                text = f"the campaign has changed what the encounter changed: {', '.join(key + one for one in places)}"
                hint = "Drop the encounter; or go back to the event it began with, and take it over there."
                raise Conflict(text, path=self.path, hint=hint)
            documents[key] = None if merged is MISSING else merged
        return documents

    def flush(self) -> None:
        """Do nothing: no document follows from an encounter before it ends."""

    def adopt(self, events: Any) -> None:  # noqa: ARG002 - as the campaign's
        """Refuse: another copy is merged with the campaign.

        Raises:
            InvalidValue: always.
        """
        raise self._not_inside()

    def write_snapshot(self) -> None:
        """Refuse: a snapshot is of the campaign.

        Raises:
            InvalidValue: always.
        """
        raise self._not_inside()

    def keep_damaged(self, left: EncounterLog) -> None:
        """Keep the bytes of a log that is not whole, before they are cut off or removed."""
        if left.fault is not None:
            reason = f"the log of an encounter is damaged: {left.fault}"
            self._around.recovered.keep_bytes(files.read(left.path), left.path, at=self._around.clock(), reason=reason)

    def remove(self) -> None:
        """End it, and remove its log; what cannot be removed now is removed when the campaign is next opened."""
        # A round that nobody has waited for may be on its way.
        with self._committing:
            self.close()
            try:
                files.remove(self.path)
            except SavesError as error:
                self._campaign.problems.append(error.as_problem("warning"))


def _differing(one: State, other: State) -> list[str]:
    keys = dict.fromkeys((*one.trees, *other.trees))
    return [key for key in keys if not patch.same(one.trees.get(key), other.trees.get(key))]
