"""The campaigns of a store: made, listed, found, opened, removed. Listing imports and reads as little as it can."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.errors import (
    Ambiguous,
    FileProblem,
    InvalidDocument,
    InvalidValue,
    NoSpace,
    NotFound,
    Problem,
    SavesError,
)
from gamesaves.ids import free_id, slug
from gamesaves.services.context import Context
from gamesaves.services.index import PASSING, Index, Row
from gamesaves.services.lookup import look_up

if TYPE_CHECKING:
    from gamesaves.disk.locks import Lock
    from gamesaves.documents import CharacterInfo, CharacterPreset, CharacterProfile
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.presets import Presets
    from gamesaves.services.profiles import Profiles

DATA_FILE = "campaign_data.json"
OPEN_PATIENCE_SECONDS = 0.2
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LISTED = {
    "campaign_id": str,
    "title": str,
    "last_played": str,
    "total_turns": int,
    "character_ids": list,
    "tags": dict,
}
_FIXED = frozenset({"schema_version", "campaign_id", "character_ids", "last_played", "total_turns"})


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """A campaign as it is listed, without being opened.

    Attributes:
        last_played: ISO 8601 in UTC; None where it has not been played.
        characters: ids.
        problems: what keeps it from being read.
    """

    campaign_id: str
    title: str
    last_played: str | None
    total_turns: int
    characters: tuple[str, ...]
    tags: dict[str, Any]
    path: Path
    problems: tuple[Problem, ...] = ()


class Campaigns:
    """The campaigns of a store."""

    def __init__(self, context: Context, profiles: "Callable[[], Profiles]", presets: "Presets") -> None:
        self._context = context
        self._profiles = profiles
        self._presets = presets

    def _folders(self) -> list[str]:
        names = folders.names(self._context.places.root, folders=True)
        return [name for name in names if name.startswith(layout.CAMPAIGN_PREFIX)]

    def _summarise(self, name: str) -> Row:
        from gamesaves.disk import log

        folder = self._context.places.campaign(name)
        row: Row = {"campaign_id": name, "title": name, "last_played": None, "total_turns": 0}
        try:
            tree = self._data(folder, row)
            # A value of the wrong type is passed over: opening names it, and the other campaigns are listed.
            row |= {field: tree[field] for field, kind in _LISTED.items() if isinstance(tree.get(field), kind)}
            for event in log.newest(folder / layout.LOG, 1):
                # After a crash the log is ahead of what closing would have written into the document.
                if event.turn > row["total_turns"]:
                    row["last_played"], row["total_turns"] = event.at, event.turn
        except SavesError as error:
            _note(row, error)
        return row

    def _data(self, folder: Path, row: Row) -> jsontext.Tree:
        """Return a campaign's own document; where its file cannot be used the row says why, and the log has it.

        After a power cut the file may be empty, and the campaign must still be found by its title.
        """
        try:
            return jsontext.parse(files.read(folder / DATA_FILE), folder / DATA_FILE)
        except SavesError as error:
            from gamesaves.disk.chain import Chain
            from gamesaves.services.contracts import CAMPAIGN, CampaignContract

            _note(row, error)
            with suppress(SavesError):
                return Chain(folder, CampaignContract()).read().state.trees.get(CAMPAIGN, {})
            return {}

    def id_of(self, name: str) -> str:
        """Return the folder of the campaign that a name means: an id, a folder's name or a title.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        folder = Path(name).name if name and ("/" in name or "\\" in name) else name
        if folder in self._folders():
            return folder
        listed = self.list()
        # In a folder that was renamed the campaign still has its id.
        inside = [one.path.name for one in listed if one.campaign_id == name]
        if len(inside) > 1:
            raise Ambiguous("campaign", name, inside)
        return inside[0] if inside else look_up("campaign", name, {one.path.name: one.title for one in listed})

    def find(self, name: str) -> CampaignSummary | None:
        """Return the campaign with this id, folder name or title, as it is listed; None where there is none."""
        try:
            wanted = self.id_of(name)
        except NotFound:
            return None
        return next(one for one in self.list() if one.path.name == wanted)

    def create(
        self,
        title: str,
        *,
        characters: "Sequence[str | CharacterPreset | CharacterProfile]" = (),
        universe: str | None = None,
        player: str | None = None,
        **fields: Any,
    ) -> "Campaign":
        """Make a campaign and open it.

        If it fails once the campaign is made, because it cannot be opened, the campaign is there and can be listed.

        Args:
            characters: who takes part: presets' ids, drafts, profiles or profiles' ids; each gets a profile.
            universe, player: ids.
            fields: of `CampaignData`; not those that follow from what happens.

        Raises:
            InvalidName: the title has no character that can be seen.
            NotFound: there is no such preset or profile.
            InvalidValue: a player's character is named twice, or a field does not fit.
        """
        from gamesaves.services.casting import Casting
        from gamesaves.services.contracts import CAMPAIGN, CHARACTERS

        campaign_id = self._free_id(slug(title))
        own = {"campaign_id": campaign_id, "title": title, "universe_id": universe, "player_id": player}
        data = _checked_data({"created_at": self._context.stamp(), **own}, fields)
        self._context.require_store()
        casting = Casting(self._context, self._profiles(), self._presets)
        states = _states(casting, characters)
        documents = {CAMPAIGN: {**data, "character_ids": list(states)}}
        documents |= {CHARACTERS + one: state.model_dump(mode="json") for one, state in states.items()}
        return self._create(campaign_id, documents)

    def _create(self, campaign_id: str, documents: dict[str, jsontext.Tree]) -> "Campaign":
        from gamesaves.disk.opening import create_ledger
        from gamesaves.services.contracts import CampaignContract

        with self._signed_lock(campaign_id) as lock:
            folder = self._context.places.campaign(campaign_id)
            about = {"campaign_id": campaign_id}
            create_ledger(folder, CampaignContract(), self._context.surroundings, documents, data=about)
            return self._opened(campaign_id, lock)

    def _free_id(self, short: str) -> str:
        import secrets

        while True:
            random = "".join(secrets.choice(_LETTERS) for _ in range(4))
            campaign_id = f"{layout.CAMPAIGN_PREFIX}{short}_{random}"
            if not files.exists(self._context.places.campaign(campaign_id)):
                return campaign_id

    def open(self, name: str, *, read_only: bool = False) -> "Campaign":
        """Open a campaign, by its id, its folder's name or its title.

        Args:
            read_only: take no lock and write nothing; what is wrong is reported, not put right.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            Locked: another program, or another part of this one, has it open; the error says who.
            Damaged: there is nothing left to open.
        """
        folder_name = self.id_of(name)
        self._context.places.require_inside(self._context.places.campaign(folder_name))
        if read_only:
            return self._opened(folder_name, None)
        self._context.require_store()
        with self._signed_lock(folder_name) as lock:
            return self._opened(folder_name, lock)

    @contextmanager
    def _signed_lock(self, folder_name: str) -> "Iterator[Lock]":
        """Take the lock of a campaign for longer than a block: it is given back only if the block fails."""
        lock = self._context.lock(folder_name, f"campaign {folder_name}")
        lock.acquire(OPEN_PATIENCE_SECONDS)
        try:
            lock.sign()
            yield lock
        except BaseException:
            lock.release()
            raise

    def _opened(self, folder_name: str, lock: "Lock | None") -> "Campaign":
        from gamesaves.disk.opening import open_ledger
        from gamesaves.services.campaign import Campaign
        from gamesaves.services.casting import Casting
        from gamesaves.services.contracts import CampaignContract
        from gamesaves.services.presets import Layer

        folder = self._context.places.campaign(folder_name)
        ledger = open_ledger(folder, CampaignContract(), self._context.surroundings, writing=lock is not None)
        presets = self._presets.under(Layer("campaign", folder / "presets"))
        return Campaign(ledger, self._context, Casting(self._context, self._profiles(), presets), lock)

    def remove(self, name: str) -> Path:
        """Set a campaign aside; profiles and pictures stay. Returns where it is kept.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            Locked: it is open.
        """
        folder_name = self.id_of(name)
        self._context.require_store()
        with self._context.lock(folder_name, f"campaign {folder_name}").held(OPEN_PATIENCE_SECONDS):
            folder = self._context.places.campaign(folder_name)
            return self._context.recovered.keep(folder, at=self._context.stamp(), reason="the campaign was removed")

    def list(self) -> list[CampaignSummary]:
        """Return the campaigns, the one played last first; one that cannot be read is listed with its problem."""
        root = self._context.places.root
        present = {
            name: (files.signature(f"{root}/{name}/{DATA_FILE}"), files.signature(f"{root}/{name}/{layout.LOG}"))
            for name in self._folders()
        }
        rows = Index(self._context.places.index / "campaigns.json", self._summarise).rows(present)
        summaries = [_summary(root / name, row) for name, row in rows.items()]
        return sorted(summaries, key=lambda one: (one.last_played or "", one.campaign_id), reverse=True)


def _note(row: Row, error: SavesError) -> None:
    row["problem"] = [error.code, error.path, error.message, error.hint, error.line, error.column]
    row[PASSING] = isinstance(error, FileProblem | NoSpace)


def _states(
    casting: Any, characters: "Sequence[str | CharacterPreset | CharacterProfile]"
) -> "dict[str, CharacterInfo]":
    states: dict[str, CharacterInfo] = {}
    for who in characters:
        state = casting.enter(casting.profile(who))
        character_id = free_id(state.character_id, states)
        if character_id != state.character_id and state.character_type == "player":
            raise InvalidValue(f"{state.name} ({state.character_id}) is named twice", hint="Name each player once.")
        state.character_id = character_id
        states[character_id] = state
    return states


def _checked_data(own: jsontext.Tree, fields: jsontext.Tree) -> jsontext.Tree:
    from gamesaves.documents import CampaignData
    from gamesaves.services.validation import made

    for name in fields:
        if name not in CampaignData.model_fields:
            raise InvalidValue(f"{name!r} is not a field of a campaign", hint="Put the game's own into custom_data.")
        if name in _FIXED:
            raise InvalidValue(f"{name!r} cannot be set", hint="It follows from what happens in the campaign.")
    data = made(CampaignData, {**own, **fields}).model_dump(mode="json")
    try:
        jsontext.require_storable(data)
        jsontext.encode_line(data)
    except InvalidDocument as error:
        raise InvalidValue(error.message) from error
    return data


def _summary(path: Path, row: Row) -> CampaignSummary:
    problems: tuple[Problem, ...] = ()
    if found := row.get("problem"):
        code, place, message, hint, line, column = found
        problems = (Problem("error", code, place or str(path), message, hint, line, column),)
    return CampaignSummary(
        row["campaign_id"],
        row["title"],
        row["last_played"],
        row["total_turns"],
        tuple(map(str, row.get("character_ids", ()))),
        row.get("tags", {}),
        path,
        problems,
    )
