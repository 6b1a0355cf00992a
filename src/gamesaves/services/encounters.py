"""Encounters: fights whose rounds cost next to nothing, and that are one commit of the campaign once they end."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from gamesaves.disk import encounterlog
from gamesaves.disk.encounterledger import EncounterLedger
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.errors import InvalidValue
from gamesaves.ids import slug
from gamesaves.services.contracts import CHARACTERS, HAPPENINGS, MESSAGES
from gamesaves.services.encounter import Encounter, LeftEncounter, settling
from gamesaves.services.opened import Opened


class Encounters(Opened):
    """What an open campaign offers of encounters."""

    _current: Encounter | None = None

    def encounter(self, name: str) -> Encounter:
        """Begin an encounter for a `with` block; it is one commit at the end of the block, or dropped by an exception.

        Raises:
            InvalidName: the name is empty, or holds control characters.
            InvalidValue: another one is going on, or a turn is open in this thread.
            NoSpace, FileProblem: its log cannot be made.
        """
        encounter_id = f"{slug(name)[:40]}_{secrets.token_hex(3)}"
        return self._go_into(lambda ledger: EncounterLedger.begin(ledger, encounter_id, name), name)

    def close(self) -> None:
        """Close the campaign; an encounter that is going on is left open, and can be resumed."""
        if (fight := self.current_encounter) is not None and not isinstance(self._ledger, EncounterLedger):
            self._ledger.problems.extend(encounterlog.told(fight.written_down))
            fight.campaign.close()
        super().close()

    def _go_into(self, begin: Callable[[Ledger], EncounterLedger], name: str) -> Encounter:
        ledger = self._begin_encounter(begin, name)
        try:
            return Encounter(self, ledger, name)
        except BaseException:
            self._committer.encounter = None
            ledger.close()
            raise

    def _begin_encounter(self, begin: Callable[[Ledger], EncounterLedger], name: str) -> EncounterLedger:
        self._committer.begin_turn()
        try:
            if isinstance(self._ledger, EncounterLedger):
                raise InvalidValue("there is no encounter within an encounter", hint="Begin another round.")
            ledger = begin(self._ledger)
            self._committer.encounter = name
        finally:
            self._committer.end_turn()
        return ledger

    def _commit_encounter(self, ledger: EncounterLedger, encounter_id: str, note: str) -> Event:
        """Commit what an encounter has come to; it alone may do so while it goes on."""
        name, self._committer.encounter = self._committer.encounter, None
        try:
            self._committer.begin_turn()
            try:
                about = {"encounter": _told(ledger, encounter_id)}
                return self._committer.commit(
                    encounterlog.KIND,
                    _counted_once(ledger.outcome(settling), self._ledger.state.trees),
                    turn_taken=True,
                    note=note,
                    data={**about, **_collected(ledger)},
                ).result()
            finally:
                self._committer.end_turn()
        except BaseException:
            self._committer.encounter = name
            raise

    def _set_encounter_aside(self, path: Path, name: str) -> Path:
        self._committer.begin_turn()
        try:
            reason = f"the encounter {name} was dropped"
            at = self._context.stamp()
            return self._context.recovered.keep(path, at=at, reason=reason, verb="encounter drop")
        finally:
            self._committer.end_turn()

    @property
    def current_encounter(self) -> Encounter | None:
        """The encounter that is going on; None where there is none."""
        return None if self._current is None or self._current.has_ended else self._current

    @property
    def encounters(self) -> list[LeftEncounter]:
        """The encounters that were left open when a program ended."""
        going_on = None if self.current_encounter is None else self.current_encounter.id
        return [LeftEncounter(self, one) for one in encounterlog.left_over(self._ledger) if one.id != going_on]


def _counted_once(documents: dict[str, Tree | None], now: Mapping[str, Tree]) -> dict[str, Tree | None]:
    """Return the documents with one interaction more for each character, as for a turn, however many rounds it took."""
    counted: dict[str, Tree | None] = {}
    for key, tree in documents.items():
        if tree is not None and key.startswith(CHARACTERS):
            once = int(now.get(key, {}).get("interaction_count", 0)) + 1
            tree = {**tree, "interaction_count": min(tree.get("interaction_count", 0), once)}
        counted[key] = tree
    return counted


def _told(ledger: EncounterLedger, encounter_id: str) -> Tree:
    rounds = [{"at": event.at, "note": event.note} for event in ledger.rounds]
    return {"id": encounter_id, "began": ledger.began, "rounds": rounds}


def _collected(ledger: EncounterLedger) -> Tree:
    """Return what the rounds say beside their changes: facts and messages."""
    found = {
        key: [row for event in ledger.rounds for row in event.data.get(key) or ()]
        for key in ("records", MESSAGES, HAPPENINGS)
    }
    return {key: rows for key, rows in found.items() if rows}
