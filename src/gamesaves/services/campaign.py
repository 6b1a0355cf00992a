"""One open campaign."""

import itertools
from typing import Any

from gamesaves.documents import CharacterPreset, CharacterProfile, SceneInfo
from gamesaves.errors import AlreadyExists, InvalidValue
from gamesaves.ids import free_id, slug
from gamesaves.services.characters import Character
from gamesaves.services.contracts import CHARACTERS, SCENES
from gamesaves.services.encounters import Encounters
from gamesaves.services.merging import Merging
from gamesaves.services.personal import Personal
from gamesaves.services.saving import Saving
from gamesaves.services.validation import made
from gamesaves.services.worldly import Worldly


class Campaign(Worldly, Personal, Encounters, Saving, Merging):
    """An open campaign; close it when done, or use it as a context manager. Made by `store.campaigns`."""

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
