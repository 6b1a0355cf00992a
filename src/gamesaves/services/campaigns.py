"""The campaigns of a store: made, listed, found, opened, removed. Listing imports and reads as little as it can."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.errors import Ambiguous, NotFound, Problem, SavesError
from gamesaves.ids import is_id, slug, unique_id
from gamesaves.services.context import Context
from gamesaves.services.index import Index, Row, signatures
from gamesaves.services.lookup import look_up
from gamesaves.services.summaries import CampaignSummary, note_problem, summary, told_apart

if TYPE_CHECKING:
    from gamesaves.disk.locks import Lock
    from gamesaves.documents import CharacterPreset, CharacterProfile
    from gamesaves.services.archiving import Archived
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.documentediting import DocumentEdit
    from gamesaves.services.expiring import Expiry
    from gamesaves.services.players import Players
    from gamesaves.services.presets import Presets
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.rewinding import Reference
    from gamesaves.services.slots import SavedSlots
    from gamesaves.services.universes import Universes

DATA_FILE = "campaign_data.json"
OPEN_PATIENCE_SECONDS = 0.2
_LISTED = {
    "campaign_id": str,
    "title": str,
    "last_played": str,
    "total_turns": int,
    "character_ids": list,
    "tags": dict,
    "player_id": str,
    "universe_id": str,
}


class Campaigns:
    """The campaigns of a store, the `universes` that they can play in, and the `players` who play them."""

    def __init__(
        self,
        context: Context,
        profiles: "Callable[[], Profiles]",
        presets: "Presets",
        universes: "Callable[[], Universes]",
        players: "Callable[[], Players]",
    ) -> None:
        self._context = context
        self._profiles = profiles
        self._presets = presets
        self.universes = universes
        self.players = players

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
            note_problem(row, error)
        return row

    def _data(self, folder: Path, row: Row) -> jsontext.Tree:
        """Return a campaign's own document; where its file cannot be used the row says why, and the log has it.

        After a power cut the file may be empty, and the campaign must still be found by its title. So it must where an
        edit has left out the title.
        """
        tree: jsontext.Tree = {}
        try:
            tree = jsontext.parse(files.read(folder / DATA_FILE), folder / DATA_FILE)
            if tree.keys() >= _LISTED.keys():
                return tree
        except SavesError as error:
            note_problem(row, error)
        from gamesaves.disk.chain import Chain
        from gamesaves.services.contracts import CAMPAIGN, CampaignContract

        with suppress(SavesError):
            return {**Chain(folder, CampaignContract()).read().state.trees.get(CAMPAIGN, {}), **tree}
        return tree

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
        inside = [one.path.name for one in listed if one.shared_id == name]
        if len(inside) > 1:
            raise Ambiguous("campaign", name, inside)
        if inside:
            return inside[0]
        try:
            return look_up("campaign", name, {one.path.name: one.title for one in listed})
        except NotFound as error:
            from gamesaves.services.archiving import archived_folder

            with suppress(SavesError):
                put_away = archived_folder(self._context, name)
                error.hint = f"It is put away. Bring it back: saves campaign unarchive {put_away}"
            raise

    def id_in(self, folder_name: str, inside: str) -> str:
        """Return the id under which the campaign in a folder is found: the one inside, or the folder's name.

        Args:
            inside: what its own document says.
        """
        try:
            return inside if inside == folder_name or self.id_of(inside) == folder_name else folder_name
        except SavesError:
            return folder_name

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
            universe: the world it plays in: an id or a title.
            player: an id or a name.
            fields: of `CampaignData`; not those that follow from what happens.

        Raises:
            InvalidName: the title has no character that can be seen.
            NotFound, Ambiguous: there is no such universe, player, preset or profile, or more than one.
            InvalidValue: a player's character is named twice, or a field does not fit.
        """
        from gamesaves.services.beginnings import checked_data, states_of
        from gamesaves.services.casting import Casting
        from gamesaves.services.contracts import CAMPAIGN, CHARACTERS

        campaign_id = self._free_id(slug(title))
        world = None if universe is None else self.universes().home_of(universe)
        player_id = None if player is None else self.players().id_of(player)
        own = {"campaign_id": campaign_id, "title": title, "universe_id": world, "player_id": player_id}
        data = checked_data({"created_at": self._context.stamp(), **own}, fields)
        self._context.require_store()
        casting = Casting(self._context, self._profiles(), self._presets_in(world))
        states = states_of(casting, characters)
        documents = {CAMPAIGN: {**data, "character_ids": list(states)}}
        documents |= {CHARACTERS + one: state.model_dump(mode="json") for one, state in states.items()}
        return self._create(campaign_id, documents)

    def fork(self, name: str, *, at: "Reference | None" = None, title: str | None = None) -> "Campaign":
        """Make a campaign that begins where another one was, and open it; the other one stays as it is.

        Args:
            at: the event, as `Campaign.restore` takes it; the newest one where it is not given.
            title: of the new campaign; the old one's with ` (fork)` behind it where it is not given.

        Raises:
            NotFound, Ambiguous: there is no such campaign or event, or more than one.
            InvalidName: the title has no character that can be seen.
        """
        from gamesaves.services.forking import documents_of_fork

        self._context.require_store()
        with self.open(name, read_only=True) as source:
            title = title or f"{source.title} (fork)"
            campaign_id = self._free_id(slug(title))
            documents, data = documents_of_fork(
                source, at, campaign_id=campaign_id, title=title, created_at=self._context.stamp()
            )
        return self._create(campaign_id, documents, **data)

    def _create(self, campaign_id: str, documents: dict[str, jsontext.Tree], **data: Any) -> "Campaign":
        from gamesaves.disk.opening import create_ledger
        from gamesaves.services.contracts import CampaignContract

        with self._signed_lock(campaign_id) as lock:
            folder = self._context.places.campaign(campaign_id)
            about = {"campaign_id": campaign_id, **data}
            create_ledger(folder, CampaignContract(), self._context.surroundings, documents, data=about)
            return self._opened(campaign_id, lock)

    def _free_id(self, short: str) -> str:
        return unique_id(layout.CAMPAIGN_PREFIX + short, lambda one: files.exists(self._context.places.campaign(one)))

    def new_folder(self, title: str) -> str:
        """Return a name for the folder of a new campaign that no campaign of this store has."""
        return self._free_id(slug(title))

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
        from gamesaves.services.contracts import CAMPAIGN, CampaignContract
        from gamesaves.services.presets import Layer

        folder = self._context.places.campaign(folder_name)
        ledger = open_ledger(folder, CampaignContract(), self._context.surroundings, writing=lock is not None)
        with ExitStack() as on_failure:
            # Before the lock is given back: then nothing more may be written.
            on_failure.callback(ledger.close)
            presets = self._presets_in(ledger.tree(CAMPAIGN).get("universe_id"))
            presets = presets.under(Layer("campaign", folder / "presets"))
            casting = Casting(self._context, self._profiles(), presets, ledger)
            campaign = Campaign(ledger, self._context, casting, lock, self)
            self._context.has_opened(campaign)
            on_failure.callback(self._context.has_closed, campaign)
            if lock is not None:
                self._context.playing[str(folder)] = campaign
            campaign.up_to_date()
            on_failure.pop_all()
        return campaign

    def _presets_in(self, universe_id: object) -> "Presets":
        """Return the presets that there are in a world, which need not be here; the store's where it is none."""
        from gamesaves.services.presets import Layer

        if not isinstance(universe_id, str) or not is_id(universe_id):
            return self._presets
        return self._presets.under(Layer("universe", self._context.places.universe(universe_id) / "presets"))

    def slots(self, name: str) -> "SavedSlots":
        """Return the saves of a campaign by their ids, the newest first, without opening it.

        Where their file cannot be used they come from the log, and `problems` says why.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            Damaged: neither can be read.
        """
        from gamesaves.services.slots import slots_in

        places = self._context.places
        return slots_in(places.require_inside(places.campaign(self.id_of(name))))

    def thumbnails(self) -> "tuple[dict[str, list[str]], list[Problem]]":
        """Return the pictures that saves show, each with the campaigns they are of, and which saves cannot be read."""
        from gamesaves.services.archiving import archive_rows
        from gamesaves.services.slots import thumbnails

        shown, problems = thumbnails(self._folders(), self.slots)
        for bundle, row in archive_rows(self._context).items():
            problems += summary(bundle, row).problems
            for path in row.get("thumbnails", ()):
                shown.setdefault(path, []).append(bundle.stem)
        return shown, problems

    def edit(self, name: str, document: str) -> "DocumentEdit":
        """Return the text of a document to be edited: by its key, its path, or by whom or what it is about.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            ReadOnly, NewerFormat, Damaged: nothing can be committed.
        """
        from gamesaves.services.documentediting import begun

        return begun(self._context, self.id_of(name), document)

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
            reason = "the campaign was removed"
            return self._context.recovered.keep(folder, at=self._context.stamp(), reason=reason, verb="campaign remove")

    def expire_sessions(self, idle: timedelta = timedelta(hours=1)) -> "Expiry":
        """Pause the sessions in which nothing was committed for longer than `idle`, in all campaigns.

        Those that somebody has open, or that cannot be opened, are among the answer's problems.

        Raises:
            InvalidValue: the time is negative.
        """
        from gamesaves.services.expiring import expire

        return expire(self._context, self, idle)

    def archive(self, name: str) -> "Archived":
        """Put a campaign away as a bundle that is much smaller; `unarchive` brings it back the same.

        Its folder is set aside once the bundle has been read back.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            Locked: it is open.
            Conflict: the archive has another campaign in its place, or one with what this one has not.
            Damaged, NewerFormat: its log cannot be vouched for.
        """
        from gamesaves.services.archiving import archive

        return archive(self._context, self, self.id_of(name))

    def unarchive(self, name: str) -> "Archived":
        """Bring a campaign back that was put away; the bundle is set aside.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that among those put away.
            AlreadyExists: there is a campaign in its place.
            BadBundle: the bundle is damaged.
        """
        from gamesaves.services.archiving import unarchive

        return unarchive(self._context, self, self._profiles(), name)

    def list(self, *, archived: bool = False) -> list[CampaignSummary]:
        """Return the campaigns, the one played last first; one that cannot be read is listed with its problem.

        Args:
            archived: list those that are put away, too.
        """
        root = self._context.places.root
        present = {
            name: signatures(f"{root}/{name}/{DATA_FILE}", f"{root}/{name}/{layout.LOG}") for name in self._folders()
        }
        rows = Index(self._context.places.index / "campaigns.json", self._summarise).rows(present)
        summaries = told_apart([summary(root / name, row) for name, row in rows.items()])
        if archived:
            from gamesaves.services.archiving import archive_rows

            bundles = archive_rows(self._context)
            summaries += told_apart([summary(path, row, archived=True) for path, row in bundles.items()])
        return sorted(summaries, key=lambda one: (one.last_played or "", one.campaign_id), reverse=True)
