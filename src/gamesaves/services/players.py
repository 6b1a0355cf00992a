"""The players of a store: whoever plays, and what all their runs come to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gamesaves.disk import files, folders, jsontext
from gamesaves.documents import PlayerData, RunData
from gamesaves.errors import NotFound, Problem, SavesError
from gamesaves.ids import file_stem, id_of_stem, is_id, slug, unique_id
from gamesaves.rules.progression import progression, with_runs
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.lookup import look_up
from gamesaves.services.presets import Presets
from gamesaves.services.validation import changed, made, read_named, storable_values

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.campaigns import Campaigns
    from gamesaves.services.dashboard import Dashboard

_FOLLOWING = frozenset({"runs", "abandoned_runs", "contributions", "meta_progression"})
_FIXED = _FOLLOWING | {"schema_version", "player_id", "created_at"}


@dataclass(frozen=True, slots=True)
class PlayerSummary:
    """A player as they are listed.

    Attributes:
        problem: why the file cannot be used, if it cannot.
    """

    player_id: str
    name: str
    runs_completed: int
    turns_played: int
    path: Path
    problem: Problem | None = None


def player_in(data: bytes, path: Path, player_id: str) -> PlayerData:
    """Read a player.

    Raises:
        InvalidDocument, NewerFormat: the file cannot be used, or is not of whom its name says.
    """
    hint = "A copy that is to be somebody else needs an id of its own inside."
    return read_named(PlayerData, data, path, "player_id", player_id, hint=hint)


def encoded(player: PlayerData) -> bytes:
    """Return the bytes of a player's file.

    Raises:
        InvalidDocument: a value has no place in JSON.
    """
    tree = player.model_dump(mode="json")
    jsontext.require_storable(tree)
    return jsontext.encode(tree)


class Players:
    """The players of a store. Each is a file, replaced whole; what follows from runs in it is never set by hand."""

    def __init__(self, context: Context, presets: Presets, campaigns: "Callable[[], Campaigns]") -> None:
        self._context = context
        self._presets = presets
        self._campaigns = campaigns

    def _path(self, player_id: str) -> Path:
        return self._context.places.players / f"{file_stem(player_id)}.json"

    def __contains__(self, player_id: object) -> bool:
        return is_id(str(player_id)) and files.exists(self._path(str(player_id)))

    def create(self, name: str, **fields: Any) -> PlayerData:
        """Add a player, and return them.

        Args:
            name: what a player reads; any script.
            fields: of `PlayerData`: `preferences`, `privacy`, `therapeutic_settings`, `custom_data`.

        Raises:
            InvalidName: the name has no character that can be seen.
            InvalidValue: there is no such field, it cannot be set, or the value does not fit.
        """
        wanted = slug(name)
        self._context.require_store()
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), storable_values():
            player_id = unique_id(wanted, self.__contains__)
            blank = made(PlayerData, {"player_id": player_id, "name": name, "created_at": self._context.now()})
            self._write(changed(blank, fields, fixed=_FIXED))
        return self.get(player_id)

    def get(self, name: str, *, presets: Presets | None = None) -> PlayerData:
        """Return a player, by id or by name, with what their runs come to as the presets say now.

        Args:
            presets: those that say what is open to them; the store's where it is not given.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidDocument, NewerFormat: the file cannot be used; it stays as it is.
        """
        return self.progressed(self._read(self.id_of(name)), presets=presets)

    def progressed(self, player: PlayerData, *, presets: Presets | None = None) -> PlayerData:
        """Return a player with what their runs come to; see `get`."""
        thresholds = {str(one.id): one.requires for one in (presets or self._presets).unlocks()}
        return player.model_copy(update={"meta_progression": progression(player.contributions, thresholds)})

    def find(self, name: str) -> PlayerData | None:
        """Return the player with this id or name; None where there is none.

        Raises:
            Ambiguous, InvalidDocument, NewerFormat: as `get`.
        """
        try:
            return self.get(name)
        except NotFound:
            return None

    def id_of(self, name: str) -> str:
        """Return the id of the player that a name means; see `get`."""
        return name if name in self else look_up("player", name, {one.player_id: one.name for one in self.list()})

    def list(self) -> list[PlayerSummary]:
        """Return the players, sorted by id; one whose file cannot be used is listed with its problem."""
        entries = folders.entries(self._context.places.players)
        ids = [id_of_stem(one.name.removesuffix(".json")) for one in entries if one.name.endswith(".json")]
        return [self._summary(one) for one in sorted(one for one in ids if one is not None)]

    def _summary(self, player_id: str) -> PlayerSummary:
        path = self._path(player_id)
        try:
            player = self._read(player_id)
        except SavesError as error:
            return PlayerSummary(player_id, player_id, 0, 0, path, error.as_problem())
        turns = sum(one.turns for one in player.contributions.values())
        return PlayerSummary(player_id, player.name, len(player.contributions), turns, path)

    def _read(self, player_id: str) -> PlayerData:
        path = self._context.places.require_inside(self._path(player_id))
        data = files.read_if_there(path)
        if data is None:
            raise NotFound("player", player_id, path=path)
        return player_in(data, path, player_id)

    def update(self, name: str, /, **fields: Any) -> PlayerData:
        """Change fields of a player, and return them as they are then.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: there is no such field, it cannot be set, or the value does not fit.
            InvalidName: the name has no character that can be seen.
        """
        if isinstance(fields.get("name"), str):
            slug(fields["name"])
        player_id = self.id_of(name)
        self._change(player_id, lambda player: changed(player, fields, fixed=_FIXED))
        return self.get(player_id)

    def dashboard(self, name: str) -> "Dashboard":
        """Return what a player sees of all their stories: characters, last sessions, highlights, recommendations.

        Raises:
            As `get`.
        """
        from gamesaves.services.dashboard import dashboard

        return dashboard(self.get(name), self._campaigns(), self._presets)

    def switch(
        self, name: str, *, character: str, campaign: str | None = None, universe: str | None = None
    ) -> "Campaign":
        """Take a player to another character and world, and return the campaign, open.

        The target is opened first; only then the session that the player is in is paused, with its run. In the target
        the latest session with that character goes on; where there is none, one starts with the settings of the one
        that was left. A campaign that was open stays open, and if the target cannot be opened nothing changes.

        Args:
            character: an id or a name.
            campaign: an id, a folder's name or a title.
            universe: an id or a title; of the player's campaigns with the character there, the one played last.

        Raises:
            NotFound, Ambiguous: there is no such player, campaign, universe or character.
            InvalidValue: it is another player's campaign.
            Locked: one of the two campaigns is open elsewhere.
            As `Campaigns.open` and `Campaign.start_session`.
        """
        from gamesaves.services.switching import switch

        return switch(self._context, self._campaigns(), self.id_of(name), character, campaign, universe)

    def agree_with(self, player_id: str, campaign_id: str, runs: Iterable[RunData], names: Mapping[str, str]) -> None:
        """Let a player's file say of a campaign's runs what the campaign says now; nothing is written where it does.

        Args:
            names: of the characters, by their ids.

        Raises:
            NotFound, InvalidDocument, NewerFormat: the player's file cannot be used.
            Locked, NoSpace, FileProblem: it cannot be written.
        """
        self._change(player_id, lambda player: with_runs(player, campaign_id, runs, names))

    def _change(self, player_id: str, change: Callable[[PlayerData], PlayerData]) -> None:
        # Read anew under the lock: another campaign of the player may have told of its runs just now.
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), storable_values():
            before = self._read(player_id)
            after = self.progressed(change(before))
            if after != before:
                self._write(after)

    def _write(self, player: PlayerData) -> None:
        data = encoded(player)
        self._context.require_store()
        path = self._path(player.player_id)
        folders.make(path.parent)
        files.replace(path, data, durable=True)
