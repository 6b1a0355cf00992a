"""The logs of encounters: fights whose rounds become one commit of the campaign when they end.

An encounter's log goes on where the campaign's ended when it began, with the same chain of hashes, in a file of its
own. Nothing of it is promised, so nothing is flushed.
"""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, layout, log
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.errors import FileProblem, Problem, SavesError

KIND = "encounter"
BEGUN = "begun"
RESUMED = "resumed"
SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class EncounterLog:
    """What an encounter has left on the disk.

    Attributes:
        id: the name of its file, without the ending.
        events: its whole lines: that it has begun, then its rounds.
        end: of the last of them, in bytes.
        fault: why what stands behind them cannot be used; None where nothing does.
    """

    path: Path
    events: tuple[Event, ...]
    end: int
    fault: str | None

    @property
    def id(self) -> str:
        """What tells it from other encounters."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def name(self) -> str:
        """What it was called when it began."""
        return (self.events[0].note if self.events else None) or self.id

    @property
    def rounds(self) -> list[Event]:
        """What happened in it."""
        return [event for event in self.events if event.kind not in (BEGUN, RESUMED)]

    @property
    def base(self) -> str:
        """The hash of the campaign's event that its rounds stand on."""
        begun = [event for event in self.events if event.kind in (BEGUN, RESUMED)]
        return str(begun[-1].data["base"])


def read(path: Path) -> EncounterLog:
    """Read the log of an encounter as far as it is whole."""
    events: list[Event] = []
    end, fault = 0, None
    try:
        for line in log.read_lines(path):
            fault = line.fault if line.event is None else _misfit(line.event, events)
            if line.event is None or fault is not None:
                break
            events.append(line.event)
            end = line.end
    except FileProblem as error:
        fault = error.message
    if not events and fault is None:
        fault = "there is nothing in it"
    return EncounterLog(path, tuple(events), end, fault)


def _misfit(event: Event, before: list[Event]) -> str | None:
    if event.kind in (BEGUN, RESUMED) and not log.is_hash(event.data.get("base")):
        return "it does not say what it stands on"
    if not before:
        return None if event.kind == BEGUN else "it does not say that an encounter has begun"
    follows = (event.prev, event.seq) == (before[-1].hash, before[-1].seq + 1)
    return None if follows else "it does not follow on the line before it"


def left_over(ledger: Ledger) -> list[EncounterLog]:
    """Return the encounters that have not ended; one that is going on is among them."""
    return [one for one in _found(ledger.folder) if not _ended(ledger, one)]


def _found(folder: Path) -> list[EncounterLog]:
    listed = folders.entries(folder / layout.ENCOUNTERS)
    return [read(one.path) for one in listed if one.name.endswith(SUFFIX) and not (one.is_folder or one.is_link)]


def _ended(ledger: Ledger, encounter: EncounterLog) -> bool:
    """Whether the history has what the encounter became: a crash may have come before its log was removed."""
    # Of a log that a power cut has emptied nobody knows when it began.
    began = encounter.events[0].seq if encounter.events else 0
    since = ledger.newest(max(0, ledger.head.seq - began + 1))
    ended = (event.data.get("encounter") for event in since if event.kind == KIND)
    return any(isinstance(one, dict) and one.get("id") == encounter.id for one in ended)


def settle(ledger: Ledger) -> list[Problem]:
    """Report the encounters that were left open; remove what is left of those that had ended, where that is allowed."""
    problems = []
    try:
        for one in _found(ledger.folder):
            if not _ended(ledger, one):
                problems += told(one)
            elif ledger.refusal is None:
                files.remove(one.path)
    except SavesError as error:
        problems.append(error.as_problem("warning"))
    return problems


def told(encounter: EncounterLog) -> list[Problem]:
    """Return what is to be reported of an encounter that was left open."""
    count = len(encounter.rounds)
    text = f"the encounter {encounter.name!r} was left open, or is going on, after {count} round{'s'[: count != 1]}"
    hint = "Go on with it, take over what happened in it, or drop it; until then the campaign is as it was before."
    problems = [Problem("note", "encounter_left_open", str(encounter.path), text, hint)]
    if encounter.fault is not None:
        text = f"the log of the encounter is damaged behind round {count}: {encounter.fault}"
        problems.append(Problem("warning", "encounter_damaged", str(encounter.path), text, "The rest can be used."))
    return problems
