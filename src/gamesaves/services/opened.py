"""What is open of a campaign, and what can be looked at there; what else it offers stands on this."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.locks import Lock
from gamesaves.disk.log import Event
from gamesaves.documents import CampaignData, ChatMessage, SceneInfo
from gamesaves.errors import InvalidValue, NotFound, Problem, SavesError
from gamesaves.rules.patch import same
from gamesaves.services.casting import Casting
from gamesaves.services.characters import Character, EnrichedCharacter
from gamesaves.services.committing import Committer
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, MESSAGES, SCENES, store_ids
from gamesaves.services.copies import Who
from gamesaves.services.gamedocuments import Model, document_key, read_model
from gamesaves.services.loaded import Loaded, Models
from gamesaves.services.lookup import look_up, missing
from gamesaves.services.refreshing import Refresh, Refreshing
from gamesaves.services.turns import Turn

if TYPE_CHECKING:
    from gamesaves.services.campaigns import Campaigns


class Opened:
    """An open campaign's ledger and all that belongs to it.

    Attributes:
        id: under which it is found; a copy beside the campaign that it is of is found by its folder's name.
        folder: where it lies.
        characters, scenes: by id; sealed, change them inside a turn.
        presets: those of the campaign's own folder first, then the store's.
        refreshed: what opening has brought up to date with the profiles; of who only reads, what playing would.
    """

    refreshed: Sequence[Refresh] = ()

    def __init__(
        self, ledger: Ledger, context: Context, casting: Casting, lock: Lock | None, campaigns: "Campaigns"
    ) -> None:
        self.folder: Path = ledger.folder
        self._shared_id = str(ledger.tree(CAMPAIGN).get("campaign_id", ledger.folder.name))
        self.id: str = campaigns.id_in(ledger.folder.name, self._shared_id)
        self.presets = casting.presets
        self.characters: Mapping[str, Character] = Loaded(ledger, CHARACTERS, self._character)
        self.scenes: Mapping[str, SceneInfo] = Loaded(
            ledger, SCENES, lambda key: self._models.lend(key, SceneInfo.model_validate)
        )
        self._ledger = ledger
        self._models = Models(ledger)
        self._context = context
        self._casting = casting
        self._lock = lock
        self._campaigns = campaigns
        self._committer = Committer(ledger, context)
        self._refreshing = Refreshing(self.id, ledger, casting, self._committer)
        if lock is not None:
            self._committer.before_turn = self._refreshing.refresh
        self._data: tuple[Tree, CampaignData] | None = None

    def _character_of(self, tree: Tree) -> Character:
        return Character.model_validate(tree).knowing(self.presets.character_class)

    def _character(self, key: str) -> Character:
        return self._models.lend(key, self._character_of)

    # Looking

    @property
    def data(self) -> CampaignData:
        """The campaign's own data; sealed."""
        tree = self._ledger.tree(CAMPAIGN)
        if self._data is None or not same(self._data[0], tree):
            self._data = (tree, self._models.lend(CAMPAIGN, CampaignData.model_validate).seal())
        return self._data[1]

    @property
    def title(self) -> str:
        """What a player reads."""
        return self.data.title

    @property
    def party(self) -> list[Character]:
        """The characters that players play, in the order they joined."""
        present = (self.characters.get(one) for one in self.data.character_ids)
        return [one for one in present if one is not None and one.character_type == "player"]

    @property
    def messages(self) -> list[ChatMessage]:
        """The chat, the oldest message first."""
        return self._chat()

    def _chat(self, newest: int | None = None) -> list[ChatMessage]:
        try:
            return [ChatMessage.model_validate(row) for row in self._ledger.rows(MESSAGES, newest)]
        except ValidationError:
            # Somebody has edited the file, which only follows from the log.
            rows = [row for event in self._ledger.events() for row in event.data.get(MESSAGES) or ()]
            return [ChatMessage.model_validate(row) for row in rows[-(newest or 0) :]]

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong at opening and since."""
        return list(self._ledger.problems)

    @property
    def read_only(self) -> SavesError | None:
        """Why nothing can be committed; None where it can."""
        return self._ledger.refusal

    @property
    def is_writer(self) -> bool:
        """Whether it has the campaign's lock: no other program can write to it."""
        return self._lock is not None

    @property
    def head(self) -> Event:
        """The newest event."""
        return self.history(limit=1)[0]

    @property
    def seq(self) -> int:
        """The number of the newest event that is in force."""
        return self._ledger.head.seq

    @property
    def replayed_events(self) -> int:
        """How many events opening had to replay."""
        return self._ledger.replayed

    @overload
    def document(self, path: str) -> dict[str, Any]: ...
    @overload
    def document(self, path: str, model: type[Model]) -> Model: ...
    def document(self, path: str, model: type[Model] | None = None) -> Model | dict[str, Any]:
        """Return one of the game's own documents as it is; to change it, ask a turn for it.

        Raises:
            NotFound: there is no such document.
            InvalidDocument: it does not fit the model.
        """
        tree: Tree = to_jsonable_python(self._ledger.tree(document_key(path)))
        return tree if model is None else read_model(path, model, tree)

    def id_of(self, who: Who) -> str:
        """Return the id of somebody in this campaign.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
        """
        character_id = who if isinstance(who, str) else who.character_id
        if character_id is None:
            raise NotFound("character", getattr(who, "name", ""), path=self.folder)
        if CHARACTERS + character_id in self._ledger.state.trees:
            return character_id
        names = {one: str(self._ledger.tree(CHARACTERS + one).get("name", one)) for one in self.characters}
        try:
            return look_up("character", character_id, names)
        except NotFound as error:
            if not error.nearest:
                raise missing("character", character_id, names) from None
            raise

    def enriched(self, who: Who) -> EnrichedCharacter:
        """Return a character's state in this campaign with what the profile says; the profile is read here.

        Without the profile, or where another person has its id, the campaign's own copies are shown.
        """
        character = self.characters[self.id_of(who)]
        profile = self._casting.profile_of(character)
        return EnrichedCharacter.of(character, profile, self._context.places)

    def has_profile(self, who: Who) -> bool:
        """Whether the profile that a character refers to is in this store; one that refers to none lacks nothing."""
        return self._casting.has_profile(self.characters[self.id_of(who)])

    def history(self, *, limit: int | None = None) -> list[Event]:
        """Return what happened, the newest event last.

        Args:
            limit: the newest so many.

        Raises:
            InvalidValue: the limit is negative, or no whole number.
        """
        if limit is not None and (type(limit) is not int or limit < 0):
            raise InvalidValue(f"the newest {limit!r} events cannot be had", hint="Give a whole number from 0.")
        return self._ledger.newest(limit) if limit is not None else list(self._ledger.events())

    # Changing

    def turn(self, note: str | None = None) -> Turn:
        """Begin a turn for a `with` block: it is committed at the end of the block, or discarded by an exception."""
        return Turn(self._committer, note, self.id_of, self._models, self._character_of, self.presets)

    def begin_turn(self, note: str | None = None) -> Turn:
        """Begin a turn that ends with `turn.commit()` or `turn.discard()`, for a frame loop."""
        return self.turn(note)

    def take_in_edits(self, documents: Iterable[str] | None = None) -> bool:
        """Merge what somebody has edited by hand in the campaign's files, as an event of its own; wait for nobody.

        Each turn does so for the documents that it changes, and closing for all; a watcher does it at once.

        Args:
            documents: their keys, such as `characters/pc:kara_smith`; all where they are not given.

        Returns:
            False where nothing was looked at, because a turn or an encounter is going on, or a commit in flight.

        Raises:
            NoSpace, FileProblem, FlushFailed, Diverged: what was found could not be recorded.
        """
        return self._committer.take_in_edits(self._ledger.keys() if documents is None else documents)

    def noticed(self, profile_id: str) -> None:
        """Take note that a profile has changed, for the next turn; told by `Profiles.noticed`, on any thread."""
        trees = self._ledger.state.trees
        people = ((key, tree) for key, tree in trees.items() if key.startswith(CHARACTERS))
        self._refreshing.mark(
            key for key, tree in people if profile_id in store_ids(trees, str(tree.get("profile_id")))
        )

    def refresh_copies(self) -> Sequence[Refresh]:
        """Bring what is copied from profiles up to date, now and not with the next turn; return what has changed.

        Where the campaign can only be read, return what would change.

        Raises:
            InvalidValue: a turn is open in this thread, or an encounter goes on.
        """
        self._refreshing.mark_differing()
        if not self.is_writer or self.read_only is not None:
            return self._refreshing.stale()
        self._committer.begin_turn(looking=False)
        try:
            return self._refreshing.refresh()
        finally:
            self._committer.end_turn()

    def up_to_date(self) -> Self:
        """Refresh the copies as opening does; return the campaign. What keeps it from that is among its problems."""
        try:
            self.refreshed = self.refresh_copies()
        except SavesError as error:
            self._ledger.problems.append(error.as_problem("warning"))
        return self

    # The end

    def flush(self) -> None:
        """Wait for the commit in flight and bring every document up to date with the log.

        Raises:
            NoSpace, FileProblem, FlushFailed, Diverged: a commit that nobody waited for has failed.
        """
        self._committer.settle()
        self._ledger.flush()

    def close(self) -> None:
        """Write what is left to write and let others open the campaign; a second call does nothing.

        What could not be done is in `problems`: nothing of it loses a commit.
        """
        self._committer.require_other_thread()
        self._context.has_closed(self)
        lock, self._lock = self._lock, None
        if lock is None:
            self._ledger.close()
            return
        try:
            self._committer.settle()
        finally:
            try:
                with self._committer.alone():
                    self._ledger.problems.extend(self._casting.credit(self._shared_id, self._ledger))
                    self._ledger.problems.extend(self._ledger.close())
            finally:
                lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
