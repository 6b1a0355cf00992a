"""The runs of a campaign: each a character's playthrough, begun, paused, gone on with, given up, completed."""

from collections.abc import Mapping
from typing import Any

from gamesaves.documents import Completion, RunData
from gamesaves.documents.run import RunState, Trigger
from gamesaves.errors import AlreadyExists, InvalidValue, NotFound
from gamesaves.rules.lifecycle import require_run_move
from gamesaves.rules.progression import granted
from gamesaves.rules.rewinding import RUNS
from gamesaves.services.contracts import HAPPENINGS
from gamesaves.services.copies import Who
from gamesaves.services.loaded import Loaded
from gamesaves.services.lookup import look_up
from gamesaves.services.published import happening
from gamesaves.services.sittings import Sittings
from gamesaves.services.timed import START_RUN
from gamesaves.services.turns import Turn
from gamesaves.services.validation import changed, made

KIND = "run"


class Runs(Sittings):
    """What an open campaign offers of its runs.

    Attributes:
        runs: by id; sealed. What is noted in them is changed inside a turn: `turn.run(who)`.
    """

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self.runs: Mapping[str, RunData] = Loaded(
            self._ledger, RUNS, lambda key: self._models.lend(key, RunData.model_validate)
        )

    def run_of(self, who: Who) -> RunData | None:
        """Return the run of a character that goes on, else their latest one; sealed. None where they have none.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
        """
        character_id = self.id_of(who)
        going_on = self._committer.running.going_on(character_id)
        if going_on is not None:
            return self.runs[going_on]
        own = [one for one in self.runs.values() if one.character_id == character_id]
        return max(own, key=lambda one: (one.started_at, one.run_id), default=None)

    def run_id_of(self, name: str) -> str:
        """Return the id of the run with this id; or of the latest run of the character that is called that.

        Raises:
            NotFound, Ambiguous: none, or more than one, is called that.
        """
        try:
            return look_up("run", name, {one: one for one in self.runs})
        except NotFound as missing:
            try:
                run = self.run_of(name)
            except NotFound:
                raise missing from None
            if run is None:
                raise
            return run.run_id

    def endings(self) -> dict[str, Trigger]:
        """Return the active runs that have come to an end in the story, and how; completing them is left to the game.

        A character's death ends a run. It is offered, and not done: somebody may raise the dead.
        """
        dead = {one for one, character in self.characters.items() if character.status == "dead"}
        return {
            run_id: "death" for run_id in self._committer.running.active() if self.runs[run_id].character_id in dead
        }

    def start_run(self, who: Who) -> RunData:
        """Begin a run of a character, and return it; one of another character that is active is paused.

        Without it, a character's run begins with their first turn, where the campaign has a player.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            AlreadyExists: a run of theirs goes on.
        """
        character_id = self.id_of(who)
        with self.turn() as turn:
            running = self._committer.running
            if (known := running.going_on(character_id)) is not None:
                hint = "Pause it, go on with it, complete it or abandon it."
                raise AlreadyExists(f"the run {known} of {character_id} goes on already", hint=hint)
            run = running.new(character_id)
            self._pause_runs(turn, but=None)
            turn.add(RUNS + run.run_id, run)
            turn.commit(kind=KIND, note=f"A run of {self.characters[character_id].name} begins")
        return self.runs[run.run_id]

    def pause_run(self, run: str | None = None) -> RunData:
        """Pause a run, and return it; the next turn of its character, or `resume_run`, goes on with it.

        Args:
            run: its id or its character; where nothing is given, the one that is active.

        Raises:
            NotFound, Ambiguous: there is no such run, or more than one.
            InvalidValue: it is not active.
        """
        return self._move_run(run, "paused", "is paused")

    def resume_run(self, run: str | None = None) -> RunData:
        """Go on with a run that was paused or abandoned, and return it; one of another character is paused.

        Args:
            run: its id or its character; where nothing is given, the one that is paused.

        Raises:
            NotFound, Ambiguous: there is no such run, or more than one.
            InvalidValue: it is neither, it cannot be resumed, or another run of the character goes on.
        """
        return self._move_run(run, "active", "goes on")

    def abandon_run(self, reason: str | None = None, *, can_resume: bool = True, run: str | None = None) -> RunData:
        """Give a run up, and return it: it grants the player nothing, and what it did to the world stays.

        Args:
            reason: why.
            can_resume: whether it can be gone on with later.
            run: its id or its character; where nothing is given, the one that is active.

        Raises:
            NotFound, Ambiguous: there is no such run, or more than one.
            InvalidValue: it is completed, or put away, or the reason is no text.
        """
        return self._move_run(run, "abandoned", "is abandoned", abandon_reason=reason, can_resume=can_resume)

    def complete_run(self, trigger: Trigger, summary: str | None = None, *, run: str | None = None) -> RunData:
        """Complete a run, and return it: what it grants counts for the player from now on.

        Args:
            trigger: `retirement`, `death`, `story_resolution` or `milestone`.
            summary: how it ended.
            run: its id or its character; where nothing is given, the one that is active.

        Raises:
            NotFound, Ambiguous: there is no such run, or more than one.
            InvalidValue: it is not active, or there is no such trigger.
        """
        completion = made(Completion, {"trigger": trigger, "at": self._context.now(), "summary": summary})
        return self._move_run(run, "completed", "is completed", completion=completion)

    def archive_run(self, run: str) -> RunData:
        """Put a run away that was completed or abandoned, and return it; what it granted stays granted.

        Raises:
            NotFound, Ambiguous: there is no such run, or more than one.
            InvalidValue: it is neither.
        """
        return self._move_run(run, "archived", "is put away")

    def _move_run(self, name: str | None, state: RunState, words: str, **fields: Any) -> RunData:
        with self.turn() as turn:
            run_id = self._only_run(state) if name is None else self.run_id_of(name)
            run = turn.playthrough(run_id)
            require_run_move(run, state)
            if state == "active":
                self._require_no_other(run)
                self._pause_runs(turn, but=run_id)
            moved = changed(run, {**fields, "state": state})
            for field in (*fields, "state"):
                setattr(run, field, getattr(moved, field))
            if state == "completed":
                run.universe_id = run.universe_id or self.data.universe_id
                run.contributions = self._granted(run)
            turn.commit(kind=KIND, note=f"The run of {self._name_of(run)} {words}")
        return self.runs[run_id]

    def _only_run(self, state: RunState) -> str:
        """Return the run that a move is meant for where none was named."""
        wanted = "paused" if state == "active" else "active"
        ids = [one for one in self.runs if self.runs[one].state == wanted]
        if len(ids) != 1:
            text = f"{len(ids)} runs are {wanted}" if ids else f"no run is {wanted}"
            raise InvalidValue(text, hint=f"Name one: {', '.join(ids)}." if ids else START_RUN)
        return ids[0]

    def _require_no_other(self, run: RunData) -> None:
        other = self._committer.running.going_on(run.character_id)
        if other not in (None, run.run_id):
            raise InvalidValue(f"another run of {run.character_id} goes on", hint=f"Abandon or complete {other} first.")

    def _pause_runs(self, turn: Turn, *, but: str | None) -> None:
        for run_id in self._committer.running.active():
            if run_id != but:
                turn.playthrough(run_id).state = "paused"

    def _name_of(self, run: RunData) -> str:
        character = self.characters.get(run.character_id)
        return run.character_id if character is None else character.name

    def _granted(self, run: RunData) -> dict[str, Any]:
        sessions = [self.sessions[one] for one in run.sessions if one in self.sessions]
        rows = [row for row in self._ledger.rows(HAPPENINGS) if row.get("run_id") == run.run_id]
        return granted(run, name=self._name_of(run), sessions=sessions, published=map(happening, rows))
