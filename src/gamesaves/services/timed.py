"""What a turn offers of the session and the runs it belongs to: these themselves, memories, the passing of time."""

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import ActiveCharacter, Memory, RunData, Session
from gamesaves.documents.scene import EnvironmentState
from gamesaves.errors import InvalidValue
from gamesaves.rules.calendar import later
from gamesaves.rules.rewinding import RUNS, SESSIONS
from gamesaves.services.contracts import CAMPAIGN, SCENES
from gamesaves.services.copies import Copies, Who
from gamesaves.services.validation import made

if TYPE_CHECKING:
    from gamesaves.services.turns import Turn

START_RUN = "Start one: campaign.start_run(WHO), or saves run start CAMPAIGN WHO"
START_ONE = "Start one: campaign.start_session(), or saves session start CAMPAIGN"


def place_in(scene_id: str | None, scene: Tree) -> Tree:
    """Return the `active_scene` of a session that is played in a scene."""
    state = to_jsonable_python(scene.get("environment_state", {}))
    return {"scene_id": scene_id, "environment_state": {key: one for key, one in state.items() if one is not None}}


def _scene_in(session: Tree) -> Any:
    return session.get("active_scene", {}).get("scene_id")


class Timed(Copies):
    """A turn as a part of a session."""

    @property
    def session(self) -> Session:
        """The session that goes on, active or paused, to change. What was said last is in `campaign.session`.

        Raises:
            InvalidValue: there is none.
        """
        self._require_open()
        session_id = self._committer.sitting.current
        if session_id is None:
            raise InvalidValue("no session goes on", hint=START_ONE)
        return self.sitting(session_id)

    def sitting(self, session_id: str) -> Session:
        """Return a session to change, whether it goes on or not.

        Raises:
            NotFound: there is no such session.
        """
        return self._lent(SESSIONS + session_id, Session.model_validate)

    def _follow_scene(self, documents: dict[str, Tree | None]) -> None:
        """Take the active session to the scene that the turn goes to, unless the turn itself says where it is.

        Args:
            documents: what the turn changes.
        """
        data, active = documents.get(CAMPAIGN), self._committer.sitting.active
        if data is None or active is None:
            return
        ledger = self._committer.ledger
        scene_id, before = data.get("current_scene_id"), self._before[CAMPAIGN] or {}
        tree = documents.get(SESSIONS + active) or ledger.tree(SESSIONS + active)
        if scene_id == before.get("current_scene_id") or _scene_in(tree) != _scene_in(ledger.tree(SESSIONS + active)):
            return
        scene = documents.get(f"{SCENES}{scene_id}") or ledger.state.trees.get(f"{SCENES}{scene_id}")
        place = {**tree.get("active_scene", {}), **place_in(scene_id, scene or {})}
        documents[SESSIONS + active] = {**tree, "active_scene": place}

    def run(self, who: Who) -> RunData:
        """Return the run of a character that goes on, to note milestones, insights, storylines and skills in it.

        Where this is their first turn, it begins with it.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: none of theirs goes on.
        """
        self._require_open()
        character_id, running = self._resolve(who), self._committer.running
        begun = (key.removeprefix(RUNS) for key, one in self._copies.items() if _is_run_of(character_id, one))
        run_id = running.going_on(character_id) or next(begun, None)
        if run_id is None:
            if running.has_run(character_id) or self._committer.ledger.tree(CAMPAIGN).get("player_id") is None:
                raise InvalidValue(f"no run of {character_id} goes on", hint=START_RUN)
            run = running.new(character_id)
            run_id = run.run_id
            self._before[RUNS + run_id], self._copies[RUNS + run_id] = None, run
        return self.playthrough(run_id)

    def playthrough(self, run_id: str) -> RunData:
        """Return a run to change, whether it goes on or not.

        Raises:
            NotFound: there is no such run.
        """
        return self._lent(RUNS + run_id, RunData.model_validate)

    def remember(self, who: Who, text: str, *, about: str | None = None, **data: Any) -> Memory:
        """Let somebody remember something, in this session and all that come.

        Args:
            about: whom or what it is about: an id or a word.
            data: what else to keep with it.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: what is remembered is no text, or whom it is about.
        """
        character = self.character(who)
        given = {
            "at": self._committer.context.now(),
            "turn": self._committer.ledger.head.turn + 1,
            "session_id": self._committer.sitting.active,
            "text": text,
            "about": about,
            "data": data,
        }
        memory = made(Memory, given)
        character.memories = [*character.memories, memory]
        return memory

    def advance_time(self, periods: int = 1) -> None:
        """Let time pass in the story: morning, afternoon, evening, night, and the next day's morning.

        In each period those who take part first do what they are about, then the light changes as the preset
        `environments/default` says. If a hook raises, the turn is discarded.

        Raises:
            InvalidValue: no session is active, the number is negative or not whole, or a hook gives no text.
        """
        self._require_open()
        if self._committer.sitting.active is None:
            raise InvalidValue("time passes only in an active session", hint=START_ONE)
        later(1, "morning", periods)
        try:
            for _ in range(periods):
                self._pass_a_period(self.session)
        except BaseException:
            # Some of them have acted already: nothing of it may be committed by whoever catches this.
            self.discard()
            raise

    def _pass_a_period(self, session: Session) -> None:
        for one in session.active_characters:
            if one.pending_action is not None:
                one.last_action, one.pending_action = self._done(one) or one.pending_action, None
        time = session.temporal_state
        time.current_day, time.time_period = later(time.current_day, time.time_period)
        rules = self._presets.environment()
        values = {} if rules is None else rules.periods.get(time.time_period, {})
        place = session.active_scene
        place.environment_state = {**place.environment_state, **to_jsonable_python(values)}
        self._change_current_scene(to_jsonable_python(values))

    def _done(self, one: ActiveCharacter) -> str | None:
        """Let the game do what somebody is about; return what it says they have done."""
        said = [hook(cast("Turn", self), one) for hook in self._committer.context.action_hooks]
        done = next((text for text in said if text), None)
        if not isinstance(done, str | None):
            text = f"a hook has given {done!r} for what {one.character_id} has done"
            raise InvalidValue(text, hint="Return a text, or None.")
        return done

    def _change_current_scene(self, values: dict[str, Any]) -> None:
        scene_id = self.data.current_scene_id
        if scene_id is not None and SCENES + scene_id in self._committer.ledger.state.trees:
            scene = self.scene(scene_id)
            state = {**scene.environment_state.model_dump(), **values}
            scene.environment_state = EnvironmentState.model_validate(state)


def _is_run_of(character_id: str, document: Any) -> bool:
    return isinstance(document, RunData) and document.character_id == character_id
