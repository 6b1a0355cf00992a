"""Players: what is their own is kept as far as it can be read, and what follows from runs is worked out anew."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from pydantic import ValidationError

from gamesaves.disk import bundles, files, jsontext
from gamesaves.disk.chain import Chain, newer_format
from gamesaves.disk.manifests import Limits
from gamesaves.disk.state import State
from gamesaves.documents import PlayerData, RunData
from gamesaves.documents.base import SCHEMA_VERSION
from gamesaves.errors import InvalidDocument, Problem, SavesError
from gamesaves.ids import file_stem
from gamesaves.rules.progression import with_runs
from gamesaves.rules.rewinding import RUNS
from gamesaves.services.archiving import archive_rows
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS
from gamesaves.services.examining import examined
from gamesaves.services.players import encoded, player_in
from gamesaves.services.repairing.documents import fitting, salvaged
from gamesaves.services.repairing.kinds import CAMPAIGNS, ledgers
from gamesaves.services.repairing.plans import RepairStep
from gamesaves.services.repairing.tasks import Task, replacing, setting_aside
from gamesaves.services.validation import faults_in, read_document

_OF_A_PLAYER = {
    "name": "the name",
    "created_at": "when they were added",
    "preferences": "what they like",
    "privacy": "what others may see",
    "therapeutic_settings": "the settings for wellbeing",
    "custom_data": "what the game has added",
    **dict.fromkeys(("runs", "abandoned_runs", "contributions"), "runs of campaigns that are not here"),
}


@dataclass(frozen=True, slots=True)
class _Story:
    """What a campaign says of those who play it.

    Attributes:
        names: of the characters, by their ids.
    """

    campaign_id: str
    players: set[str]
    runs: list[RunData]
    names: dict[str, str]


class PlayerRepair:
    """Plans the repair of players' files.

    Args:
        states: of the campaigns that could be looked at, by the name of their folders, as they are once repaired.
        remaining: takes what cannot be repaired.
    """

    def __init__(
        self, context: Context, campaigns: Campaigns, states: Mapping[str, State], remaining: list[Problem]
    ) -> None:
        self._context = context
        self._campaigns = campaigns
        self._players = campaigns.players()
        self._states = states
        self._remaining = remaining

    def tasks(self) -> Iterator[Task]:
        """Yield what is to be done."""
        broken: list[tuple[str, Path, bytes, str]] = []
        strays: dict[str, bytes] = {}
        for listed in self._players.list():
            try:
                data = files.read(self._context.places.require_inside(listed.path))
                player_in(data, listed.path, listed.player_id)
            except InvalidDocument as error:
                broken.append((listed.player_id, listed.path, data, error.message))
                with suppress(SavesError):
                    strays[read_document(PlayerData, data, listed.path).player_id] = data
            except SavesError as error:
                self._remaining.append(error.as_problem())
        for player_id, path, data, reason in broken:
            if player_id in strays:
                step = RepairStep("player", path, "rewrite", "it was exchanged for another one")
                yield replacing(self._context, step, strays[player_id])
            else:
                yield from self._mended(player_id, path, data, reason)

    def _mended(self, player_id: str, path: Path, data: bytes, reason: str) -> Iterator[Task]:
        own, is_whole = salvaged(data, path)
        version, inside = own.get("schema_version"), str(own.get("player_id"))
        if isinstance(version, int) and version > SCHEMA_VERSION:
            self._remaining.append(newer_format(path, version, SCHEMA_VERSION).as_problem())
            return
        place = path
        if inside != player_id and inside in self._players:
            # A copy of somebody else's file says nothing of this player.
            own, is_whole = {}, False
        elif inside != player_id and any(inside in one.players for one in self._stories):
            player_id, place = inside, path.with_name(f"{file_stem(inside)}.json")
        player, left = self._player(player_id, own)
        if player is None:
            lost = f"who {player_id} is: nothing of it can be read, and no campaign names them"
            yield setting_aside(self._context, RepairStep("player", path, "set aside", reason, lost))
            return
        lost_fields = {*left, *(() if is_whole else _OF_A_PLAYER.keys() - own.keys())}
        step = RepairStep("player", place, "rebuild", reason, _gone(player.name, lost_fields))
        yield replacing(self._context, step, encoded(player))
        if place != path:
            text = f"it is the file of {player_id}, under another name"
            yield setting_aside(self._context, RepairStep("player", path, "set aside", text))

    def _player(self, player_id: str, own: jsontext.Tree) -> tuple[PlayerData | None, list[str]]:
        """Return a player as their own fields and the campaigns have them, and the fields that did not fit.

        Returns:
            None where there is neither.
        """
        stories = [one for one in self._stories if player_id in one.players]
        least = {"player_id": player_id, "name": player_id}
        tree, left = fitting({**own, "player_id": player_id}, least, partial(faults_in, PlayerData), is_whole=False)
        if tree is None or not (own or stories):
            return None, left
        player = PlayerData.model_validate(tree)
        for one in stories:
            # A run that somebody has edited grants nothing; opening its campaign tells it.
            with suppress(ValidationError):
                runs = [run for run in one.runs if run.player_id == player_id]
                player = with_runs(player, one.campaign_id, runs, one.names)
        return self._players.progressed(player), left

    @cached_property
    def _stories(self) -> list[_Story]:
        """What the campaigns say, those that are put away included; of two copies of one only what it says itself."""
        found: dict[str, _Story] = {}
        for folder, state in self._present():
            story = _told(state, folder)
            if self._campaigns.id_in(folder, story.campaign_id) == story.campaign_id:
                found[story.campaign_id] = story
        for path in archive_rows(self._context):
            # What keeps one from being read is told where the archive is looked at.
            with suppress(SavesError), bundles.opened(path, Limits()) as bundle:
                story = _told(examined(bundle).state, path.stem)
                found.setdefault(story.campaign_id, story)
        return list(found.values())

    def _present(self) -> Iterator[tuple[str, State]]:
        yield from self._states.items()
        for kind, folder in ledgers(self._context.places):
            if kind is CAMPAIGNS and folder.name not in self._states:
                # It is being played, or cannot be read, which is told already.
                with suppress(SavesError):
                    yield folder.name, Chain(folder, kind.contract).read().state


def _told(state: State, folder: str) -> _Story:
    trees = state.trees
    runs = []
    for key, tree in trees.items():
        if key.startswith(RUNS):
            # One that somebody has edited; the campaign tells it.
            with suppress(ValidationError):
                runs.append(RunData.model_validate(CAMPAIGNS.contract.migrate(key, tree)))
    owners = [trees.get(CAMPAIGN, {}).get("player_id"), *(run.player_id for run in runs)]
    names = {
        key.removeprefix(CHARACTERS): str(tree.get("name")) for key, tree in trees.items() if key.startswith(CHARACTERS)
    }
    campaign_id = str(trees.get(CAMPAIGN, {}).get("campaign_id", folder))
    return _Story(campaign_id, {str(one) for one in owners if one is not None}, runs, names)


def _gone(name: str, fields: set[str]) -> str | None:
    """Return what of a player does not come back."""
    words = dict.fromkeys(_OF_A_PLAYER[field] for field in _OF_A_PLAYER if field in fields)
    return f"of {name}: {', '.join(words)}" if words else None
