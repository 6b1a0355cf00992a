"""Which runs go on in an open campaign, and what its turns make of them."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.preparing import Prepared
from gamesaves.disk.state import State
from gamesaves.documents import RunData
from gamesaves.errors import InvalidValue
from gamesaves.ids import slug
from gamesaves.rules.lifecycle import changes_standing
from gamesaves.rules.rewinding import RUNS, SESSIONS
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, HAPPENINGS

_TELLING = frozenset(("", "/state", "/character_id"))
"""The places in a run that tell which ones go on."""
_OWN = ("state", "character_id", "turns_completed", "completion")
_NOTHING: Tree = {}


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of a campaign.

    Attributes:
        going_on: by the character, the id of the one that is active, or else of one that is paused.
        played: the characters that have a run, finished ones included.
    """

    going_on: dict[str, str] = field(default_factory=dict)
    played: set[str] = field(default_factory=set)


class Running:
    """The runs that go on in one open campaign.

    Which those are is found out anew only when a run was changed there, so that a turn costs next to nothing for it.
    """

    def __init__(self, ledger: Ledger, context: Context) -> None:
        self._ledger = ledger
        self._context = context
        self._known: tuple[State, _Runs] | None = None

    def _look(self) -> _Runs:
        state = self._ledger.state
        if self._known is None or self._known[0] is not state:
            found = _Runs()
            for key, tree in state.trees.items():
                if key.startswith(RUNS):
                    _note(found, tree)
            self._known = (state, found)
        return self._known[1]

    def going_on(self, character_id: str) -> str | None:
        """Return the id of a character's run that is active or paused; None where there is none."""
        return self._look().going_on.get(character_id)

    def active(self) -> list[str]:
        """Return the ids of the runs that are active."""
        ids = self._look().going_on.values()
        return [one for one in ids if self._ledger.state.trees[RUNS + one].get("state") == "active"]

    def has_run(self, character_id: str) -> bool:
        """Whether a character has a run, one that is finished included."""
        return character_id in self._look().played

    def new(self, character_id: str) -> RunData:
        """Return a run of a character that begins now."""
        data = self._ledger.state.trees[CAMPAIGN]
        return RunData(
            run_id=f"{slug(character_id.rpartition(':')[2])}_{secrets.token_hex(4)}",
            player_id=data.get("player_id"),
            character_id=character_id,
            campaign_id=str(data.get("campaign_id", self._ledger.folder.name)),
            universe_id=data.get("universe_id"),
            started_at=self._context.now(),
        )

    def along(
        self, documents: Mapping[str, Tree | None], data: Tree, session: str | None
    ) -> tuple[Mapping[str, Tree | None], Tree]:
        """Return the documents of a turn with the runs of those who take it, and its data, which names these runs.

        A character's first turn starts their run, in a campaign that has a player; one that is paused goes on.

        Args:
            data: of the event.
            session: the id of the one that is active.

        Raises:
            InvalidValue: the turn changes how far a run has come, which is not its to say.
        """
        if changes_standing(documents, self._ledger.state.trees, RUNS, _OWN):
            hint = "Use pause_run, resume_run, abandon_run, complete_run and archive_run of the campaign."
            raise InvalidValue("a turn cannot change how far a run has come", hint=hint)
        rows, trees = data.get(HAPPENINGS, ()), self._ledger.state.trees
        found = {one: run for one in _takers(documents, rows) if (run := self._run_of(one, documents)) is not None}
        if not found:
            return documents, data
        runs = {one: str(run["run_id"]) for one, run in found.items()}
        changed = {**documents, **{RUNS + run["run_id"]: self._played(run, session) for run in found.values()}}
        if any(run.get("state") != "active" or RUNS + run["run_id"] not in trees for run in found.values()):
            self._pause_others(changed, set(runs.values()))
        sitting = None if session is None else changed.get(SESSIONS + session)
        if sitting and sitting.get("run_id") is None:
            changed[f"{SESSIONS}{session}"] = {**sitting, "run_id": next(iter(runs.values()))}
        return changed, {**data, HAPPENINGS: [_of_run(row, runs) for row in rows]} if rows else data

    def _run_of(self, character_id: str, documents: Mapping[str, Tree | None]) -> Tree | None:
        """Return the run that a turn of a character belongs to, a new one where it is their first; None for none."""
        known = self._look()
        if (run_id := known.going_on.get(character_id)) is not None:
            return documents.get(RUNS + run_id) or self._ledger.tree(RUNS + run_id)
        for key, tree in documents.items():
            if key.startswith(RUNS) and tree and tree.get("character_id") == character_id:
                return tree
        trees = self._ledger.state.trees
        if character_id in known.played or trees[CAMPAIGN].get("player_id") is None:
            return None
        tree = documents.get(CHARACTERS + character_id) or trees.get(CHARACTERS + character_id, _NOTHING)
        return self.new(character_id).model_dump(mode="json") if tree.get("character_type") == "player" else None

    def _pause_others(self, documents: dict[str, Tree | None], playing: set[str]) -> None:
        for run_id in self.active():
            if run_id not in playing:
                tree = documents.get(RUNS + run_id) or self._ledger.tree(RUNS + run_id)
                documents[RUNS + run_id] = {**tree, "state": "paused"}

    def _played(self, run: Tree, session: str | None) -> Tree:
        sessions = run.get("sessions", [])
        if session is not None and session not in sessions:
            sessions = [*sessions, session]
        turns = run.get("turns_completed", 0) + 1
        played = {"turns_completed": turns, "last_played": self._context.stamp(), "sessions": sessions}
        return {**run, "state": "active", **played}

    def followed(self, before: State, prepared: Prepared) -> None:
        """Take note of a commit that was written.

        Args:
            before: the state that it was written to.
        """
        if self._known is None or self._known[0] is not before:
            return
        changes = prepared.event.changes.items()
        places = (one["path"] for key, patch in changes if key.startswith(RUNS) for one in patch)
        self._known = None if _TELLING.intersection(places) else (prepared.state, self._known[1])


def _note(runs: _Runs, run: Tree) -> None:
    # As it is in the log, which nobody has checked for what these fields may be.
    character_id, run_id, state = (str(run.get(name)) for name in ("character_id", "run_id", "state"))
    runs.played.add(character_id)
    if state == "active" or (state == "paused" and character_id not in runs.going_on):
        runs.going_on[character_id] = run_id


def _takers(documents: Mapping[str, Tree | None], rows: Iterable[Tree]) -> Iterable[str]:
    """Return the ids of those who take a turn: whom it changes, who publishes, and whose run it notes something in."""
    found = [key.removeprefix(CHARACTERS) for key, tree in documents.items() if tree and key.startswith(CHARACTERS)]
    found += [str(tree["character_id"]) for key, tree in documents.items() if tree and key.startswith(RUNS)]
    return dict.fromkeys((*found, *(row["character_id"] for row in rows if row.get("character_id") is not None)))


def _of_run(row: Tree, runs: Mapping[str, str]) -> Tree:
    run_id = runs.get(row.get("character_id", ""))
    return row if run_id is None else {**row, "run_id": run_id}
