"""An open campaign as a part of what its player has gone through."""

from typing import Any

from pydantic import ValidationError

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.state import State
from gamesaves.documents import PlayerData
from gamesaves.errors import Problem, SavesError
from gamesaves.rules.rewinding import RUNS
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS
from gamesaves.services.runs import Runs

_TELLING = ("state", "can_resume", "abandon_reason", "contributions")
_NOTHING: Tree = {}


class Personal(Runs):
    """What an open campaign offers of its player, and how the player's file gets to know of its runs.

    The file follows from the runs of all campaigns. It is brought to what they say whenever one begins, ends or moves,
    when the campaign is opened, which makes up for a crash, and when it is closed.
    """

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._told: dict[str, Tree] | None = None
        self._committer.deliveries.append(self._hand_on_runs)
        missing = [one for one in self._player_ids() if one not in self._campaigns.players()]
        for player_id in missing:
            text = f"the player {player_id} is not in this store; the file is brought up to date once it is here"
            hint = "Copy the file into players/."
            self._ledger.problems.append(Problem("warning", "missing_player", str(self.folder), text, hint))
        if self._is_copy():
            text = f"this is a copy of {self._shared_id}: the player's file goes by the runs there"
            hint = "Bring the two together: saves campaign merge, campaign.merge()."
            self._ledger.problems.append(Problem("note", "runs_of_copy", str(self.folder), text, hint))
        elif self._lock is not None:
            self._tell_players()

    def _is_copy(self) -> bool:
        """Whether the campaign whose id this one has is here, too: told by both, its runs would come and go."""
        return self.id != self._shared_id and bool(self._player_ids())

    @property
    def player(self) -> PlayerData | None:
        """Whoever plays, with what is open to them as this campaign's presets say; None where nobody is named.

        Raises:
            NotFound: the player is not in this store.
            InvalidDocument, NewerFormat: the player's file cannot be used.
        """
        player_id = self._ledger.tree(CAMPAIGN).get("player_id")
        return None if player_id is None else self._campaigns.players().get(player_id, presets=self.presets)

    def _player_ids(self) -> list[str]:
        owners = [self._ledger.tree(CAMPAIGN).get("player_id")]
        owners += [self._ledger.tree(key).get("player_id") for key in self._ledger.keys(RUNS)]
        return list(dict.fromkeys(str(one) for one in owners if one is not None))

    def _hand_on_runs(self, before: State, event: Event | None) -> None:
        now = self._ledger.state.trees
        for key in {**before.trees, **now} if event is None else event.changes:
            if key.startswith(RUNS):
                old, new = before.trees.get(key, _NOTHING), now.get(key, _NOTHING)
                if any(old.get(field) != new.get(field) for field in _TELLING):
                    self._tell_players()
                    return

    def _tell_players(self) -> None:
        """Bring the players' files to what the runs say now; what cannot be told now is told at the next opening."""
        trees = {key: self._ledger.state.trees[key] for key in self._ledger.keys(RUNS)}
        told = self._told
        if self._is_copy() or not self._player_ids():
            return
        if told is not None and told.keys() == trees.keys() and all(told[key] is tree for key, tree in trees.items()):
            return
        names = {
            key.removeprefix(CHARACTERS): str(self._ledger.tree(key).get("name"))
            for key in self._ledger.keys(CHARACTERS)
        }
        try:
            players = self._campaigns.players()
            for player_id in self._player_ids():
                if player_id in players:
                    own = [run for run in self.runs.values() if run.player_id == player_id]
                    players.agree_with(player_id, self._shared_id, own, names)
            self._told = trees
        except SavesError as error:
            self._note_player_behind(error.message)
        except ValidationError as error:
            self._note_player_behind(f"a run cannot be read: {error}")

    def _note_player_behind(self, why: str) -> None:
        text = f"the player's file has not got what happened here yet: {why}"
        hint = "It gets it when this campaign is next opened."
        self._ledger.problems.append(Problem("warning", "player_behind", str(self.folder), text, hint))

    def close(self) -> None:
        """Let the player's file have the turns that were taken, and close the campaign; a second call does nothing."""
        if self._lock is not None and self.read_only is None:
            self._tell_players()
        super().close()
