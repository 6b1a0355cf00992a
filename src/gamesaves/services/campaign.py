"""One open campaign."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.locks import Lock
from gamesaves.disk.log import Event
from gamesaves.documents import CampaignData, CharacterPreset, CharacterProfile, ChatMessage, SceneInfo
from gamesaves.errors import AlreadyExists, InvalidValue, NotFound, Problem, SavesError
from gamesaves.ids import free_id, slug
from gamesaves.services.casting import Casting
from gamesaves.services.characters import Character, EnrichedCharacter
from gamesaves.services.committing import Committer
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, MESSAGES, SCENES
from gamesaves.services.gamedocuments import Model, document_key, read_model
from gamesaves.services.loaded import Loaded
from gamesaves.services.lookup import look_up
from gamesaves.services.turns import Turn, Who
from gamesaves.services.validation import made


class Campaign:
    """An open campaign; close it when done, or use it as a context manager. Made by `store.campaigns`.

    Attributes:
        id: its id.
        folder: where it lies.
        characters, scenes: by id; sealed, change them inside a turn.
        presets: those of the campaign's own folder first, then the store's.
    """

    def __init__(self, ledger: Ledger, context: Context, casting: Casting, lock: Lock | None) -> None:
        self.folder: Path = ledger.folder
        self.id: str = str(ledger.tree(CAMPAIGN).get("campaign_id", ledger.folder.name))
        self.presets = casting.presets
        self.characters: Mapping[str, Character] = Loaded(ledger, CHARACTERS, self._character_of)
        self.scenes: Mapping[str, SceneInfo] = Loaded(ledger, SCENES, SceneInfo.model_validate)
        self._ledger = ledger
        self._context = context
        self._casting = casting
        self._lock = lock
        self._committer = Committer(ledger, context)
        self._data: tuple[Tree, CampaignData] | None = None
        context.opened.add(self)

    def _character_of(self, tree: Tree) -> Character:
        return Character.model_validate(tree).knowing(self.presets.character_class)

    # Looking

    @property
    def data(self) -> CampaignData:
        """The campaign's own data; sealed."""
        tree = self._ledger.tree(CAMPAIGN)
        if self._data is None or self._data[0] != tree:
            self._data = (tree, CampaignData.model_validate(to_jsonable_python(tree)).seal())
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
        try:
            return [ChatMessage.model_validate(row) for row in self._ledger.rows(MESSAGES)]
        except ValidationError:
            # Somebody has edited the file, which only follows from the log.
            rows = (row for event in self._ledger.events() for row in event.data.get(MESSAGES) or ())
            return [ChatMessage.model_validate(row) for row in rows]

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong at opening and since."""
        return list(self._ledger.problems)

    @property
    def read_only(self) -> SavesError | None:
        """Why nothing can be committed; None where it can."""
        return self._ledger.refusal

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
        return look_up("character", character_id, names)

    def enriched(self, who: Who) -> EnrichedCharacter:
        """Return a character's state in this campaign with what the profile says; the profile is read here.

        Without the profile, or where another person has its id, the campaign's own copies are shown.
        """
        character = self.characters[self.id_of(who)]
        profile = self._casting.profile_of(character)
        return EnrichedCharacter.of(character, profile, self._context.places)

    def history(self, *, limit: int | None = None) -> list[Event]:
        """Return what happened, the newest event last.

        Args:
            limit: the newest so many.
        """
        return self._ledger.newest(limit) if limit is not None else list(self._ledger.events())

    # Changing

    def turn(self, note: str | None = None) -> Turn:
        """Begin a turn for a `with` block: it is committed at the end of the block, or discarded by an exception."""
        return Turn(self._committer, note, self.id_of, self._character_of)

    def begin_turn(self, note: str | None = None) -> Turn:
        """Begin a turn that ends with `turn.commit()` or `turn.discard()`, for a frame loop."""
        return self.turn(note)

    def add_character(self, who: str | CharacterPreset | CharacterProfile, *, name: str | None = None) -> Character:
        """Bring somebody into the campaign, and return them.

        Args:
            who: a preset's id, a draft, a profile or a profile's id (`pc:kara_smith`).
            name: a name of their own, for a preset.

        Raises:
            NotFound: there is no such preset or profile.
            AlreadyExists: this player's character is in the campaign already; of an NPC there can be several.
        """
        with self.turn() as turn:
            profile = self._casting.profile(who, name=name)
            state = self._casting.enter(profile)
            character_id = free_id(state.character_id, self.characters)
            if character_id != state.character_id and profile.character_type == "player":
                raise AlreadyExists(f"{profile.name} ({profile.character_id}) is in this campaign already")
            state.character_id = character_id
            turn.add(CHARACTERS + character_id, state)
            turn.data.character_ids = [*turn.data.character_ids, character_id]
            turn.commit(kind="joined", note=f"{profile.name} joins")
        return self.characters[character_id]

    def add_scene(self, title: str, *, scene_id: str | None = None, current: bool = False, **fields: Any) -> SceneInfo:
        """Add a scene behind the others, and return it; the first one becomes the current one.

        Args:
            scene_id: `scene_001` and so on where it is not given.
            current: go there at once, also where it is not the first.
            fields: of `SceneInfo`.

        Raises:
            AlreadyExists: there is a scene with this id.
            InvalidValue: a value does not fit.
        """
        with self.turn() as turn:
            numbered = (f"scene_{number:03d}" for number in itertools.count(1))
            wanted = scene_id or next(one for one in numbered if one not in self.scenes)
            if wanted in self.scenes:
                raise AlreadyExists(f"there is a scene {wanted!r} already", hint="Choose another id.")
            turn.add(SCENES + wanted, made(SceneInfo, {"scene_id": wanted, "title": title, **fields}))
            data = turn.data
            data.scenes = {**data.scenes, wanted: title}
            data.scene_order = [*data.scene_order, wanted]
            data.current_scene_id = wanted if current else data.current_scene_id or wanted
            turn.commit(kind="scene_added", note=f"Scene: {title}")
        return self.scenes[wanted]

    def say(self, speaker: str, text: str, **more: Any) -> str:
        """Add a message to the chat in a commit of its own; return its id."""
        with self.turn() as turn:
            message_id = turn.say(speaker, text, **more)
            turn.commit(kind="message")
        return message_id

    def rename(self, title: str) -> None:
        """Give the campaign another title; its id and folder stay."""
        slug(title)
        with self.turn(f"Renamed to {title}") as turn:
            turn.data.title = title
            turn.commit(kind="renamed")

    def tag(self, name: str, value: Any = True) -> None:
        """Set a tag, which players sort campaigns by; `None` takes it away."""
        if not name.strip():
            raise InvalidValue("a tag needs a name")
        with self.turn(f"Tag: {name}") as turn:
            tags = {**turn.data.tags, name: value}
            turn.data.tags = {key: one for key, one in tags.items() if one is not None}
            turn.commit(kind="tagged")

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
        self._context.opened.discard(self)
        lock, self._lock = self._lock, None
        if lock is None:
            self._ledger.close()
            return
        try:
            self._committer.settle()
        finally:
            try:
                self._ledger.problems.extend(self._casting.credit(self.id, self._ledger))
                self._ledger.problems.extend(self._ledger.close())
            finally:
                lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
