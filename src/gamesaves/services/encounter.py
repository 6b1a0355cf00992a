"""An encounter that is going on, and one that was left open."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

from gamesaves.disk import encounterlog
from gamesaves.disk.encounterledger import EncounterLedger
from gamesaves.disk.encounterlog import EncounterLog
from gamesaves.disk.log import Event
from gamesaves.rules.merging import settle_for
from gamesaves.rules.patch import Settle
from gamesaves.services.characters import Character
from gamesaves.services.copies import Who
from gamesaves.services.gamedocuments import Model
from gamesaves.services.turns import Turn

if TYPE_CHECKING:
    from gamesaves.services.encounters import Encounters


def settling(key: str) -> Settle | None:
    """Return what settles values that both the campaign and an encounter have changed."""
    return settle_for(key, counting=True)


class Encounter:
    """An encounter that is going on. Use it as a context manager, or call `end` or `drop`.

    What happens in it is written down round by round, without waiting for the disk, and becomes one commit of the
    campaign when the block ends. An exception drops it whole. Until then all else in the campaign has to wait.

    Attributes:
        name: what it is called.
        campaign: the campaign as it stands within the encounter: look at characters here; turns taken here are rounds.
    """

    def __init__(self, outside: "Encounters", ledger: EncounterLedger, name: str) -> None:
        from gamesaves.services.campaign import Campaign

        self.name = name
        self.campaign: Campaign = Campaign(ledger, outside._context, outside._casting, None, outside._campaigns)
        outside._context.has_opened(self.campaign)
        self.campaign._committer.counts_turns = False
        # What rounds bring to others is handed on with the one commit that they become.
        self.campaign._committer.deliveries.clear()
        self.campaign._current = self
        self._outside = outside
        self._ledger = ledger
        self._between: Turn | None = None
        outside._current = self

    @property
    def id(self) -> str:
        """What tells it from other encounters: the name of its log in `encounters/`."""
        return self._ledger.path.stem

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can happen in it."""
        return self._ledger.has_ended

    @property
    def rounds(self) -> int:
        """How many rounds have been written down."""
        return len(self._ledger.rounds)

    @property
    def written_down(self) -> EncounterLog:
        """Its log, as it is on the disk."""
        return encounterlog.read(self._ledger.path)

    def round(self, note: str | None = None) -> Turn:
        """Begin a round for a `with` block: a turn, which is written down at the end of the block.

        An exception in the block discards the round, and the whole encounter if it leaves that block as well.

        Raises:
            Closed: the encounter has ended.
        """
        self._write_down()
        return self.campaign.turn(note)

    def character(self, who: Who) -> Character:
        """Return a character to change outside a round; it is written down with the next round, or at the end.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
        """
        return self._turn().character(who)

    @overload
    def document(self, path: str) -> dict[str, Any]: ...
    @overload
    def document(self, path: str, model: type[Model]) -> Model: ...
    def document(self, path: str, model: type[Model] | None = None) -> Model | dict[str, Any]:
        """Return one of the game's own documents to change outside a round; see `Turn.document`."""
        return self._turn().document(path) if model is None else self._turn().document(path, model)

    def record(self, kind: str, /, **data: Any) -> None:
        """Note a fact, for whoever reads the history."""
        self._turn().record(kind, **data)

    def say(self, speaker: str, text: str, **more: Any) -> str:
        """Add a message to the chat; return its id."""
        return self._turn().say(speaker, text, **more)

    def _turn(self) -> Turn:
        if self._between is None:
            self._between = self.campaign.turn()
        return self._between

    def _write_down(self) -> None:
        """Write down what happened outside rounds."""
        if self._between is not None:
            self._between.commit()
            self._between = None

    def end(self, note: str | None = None) -> Event:
        """Make one commit of all that happened; return its event.

        Args:
            note: what came of it; else its name.

        Raises:
            Closed: it has ended.
            InvalidValue: a round, or a turn of the campaign, is open in this thread.
            Conflict: the campaign was changed meanwhile where the encounter has changed it, too.
            NoSpace, FileProblem: nothing was committed, and it goes on; end it again once there is room.
            FlushFailed, Diverged: the campaign must be opened anew.
        """
        if (refusal := self._ledger.refusal) is not None:
            raise refusal
        self._write_down()
        # No round may be open now: what it has done so far would be in no commit.
        within = self.campaign._committer
        within.begin_turn()
        try:
            self.campaign.flush()
            event = self._outside._commit_encounter(self._ledger, self.id, note or self.name)
            self._ledger.remove()
        finally:
            within.end_turn()
        return event

    def drop(self) -> None:
        """Forget all that happened; the campaign is as it was before. A second call does nothing."""
        if self._between is not None:
            self._between.discard()
        self._outside._committer.encounter = None
        self._ledger.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.has_ended:
            return
        if kind is not None:
            self.drop()
            return
        try:
            self.end()
        finally:
            # What could not be committed is left over, and can be taken over later.
            self._outside._committer.encounter = None
            self._ledger.close()


class LeftEncounter:
    """An encounter that had not ended when its program did.

    Attributes:
        id, name: what tells it from others, and what it is called.
        began: when, ISO 8601 in UTC; None where its log cannot be read.
        rounds: how many there are.
        path: of its log.
        fault: why what stands behind these rounds cannot be used; None where nothing does.
    """

    def __init__(self, outside: "Encounters", left: EncounterLog) -> None:
        self.id = left.id
        self.name = left.name
        self.began = left.events[0].at if left.events else None
        self.rounds = len(left.rounds)
        self.path = left.path
        self.fault = left.fault
        self._outside = outside
        self._left = left

    def resume(self) -> Encounter:
        """Go on with it.

        Raises:
            Conflict: the campaign has gone on since, and the two do not go together.
            Damaged: its log cannot be read.
            InvalidValue: another encounter is going on.
        """
        return self._outside._go_into(lambda ledger: EncounterLedger.resume(ledger, self._left, settling), self.name)

    def merge(self, note: str | None = None) -> Event:
        """Make one commit of what was written down of it, on the campaign as it is now; return its event.

        Raises:
            Conflict, Damaged, InvalidValue: as `resume`.
        """
        ledger = self._outside._begin_encounter(lambda ledger: EncounterLedger.rebuilt(ledger, self._left), self.name)
        try:
            ledger.keep_damaged(self._left)
            event = self._outside._commit_encounter(ledger, self.id, note or self.name)
        except BaseException:
            self._outside._committer.encounter = None
            ledger.close()
            raise
        ledger.remove()
        return event

    def drop(self) -> Path:
        """Set it aside; return where it is kept."""
        return self._outside._set_encounter_aside(self.path, self.name)
