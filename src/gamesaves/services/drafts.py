"""A character that is being made up: in memory only, until it is saved as a profile."""

from datetime import datetime
from typing import Any

from pydantic import PrivateAttr

from gamesaves.documents import CharacterPreset, CharacterProfile, ClassPreset
from gamesaves.documents.profile import Starting
from gamesaves.rules.building import profile_from
from gamesaves.rules.ownership import PORTRAIT_FIELDS, SOURCE_FIELDS

_OVERLAID = (*SOURCE_FIELDS, "character_type", "base_level", *PORTRAIT_FIELDS)


class Draft(CharacterPreset):
    """A preset that can be edited: `draft.name = "Kara Smith"`.

    It becomes a profile when it is saved, or when a campaign begins with it. Under a new name that is a new profile;
    under the name of the profile that the preset has already, that one gets what was edited here.
    """

    _base: CharacterPreset = PrivateAttr()
    _character_id: str | None = PrivateAttr(default=None)
    _portrait_path: str | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, preset: CharacterPreset) -> "Draft":
        """Return a draft of a preset, which stays as it is."""
        draft = cls.model_validate(preset.model_dump())
        draft._base = CharacterPreset.model_validate(preset.model_dump())
        return draft

    @property
    def character_id(self) -> str | None:
        """The profile this draft has become; None as long as it has not been saved."""
        return self._character_id

    @property
    def portrait_path(self) -> str | None:
        """The portrait made for this draft, relative to the store; the profile gets it when it is saved."""
        return self._portrait_path

    @property
    def kind(self) -> str:
        """The kind of its id: `npc` for those that nobody plays, else `pc`."""
        return "npc" if self.character_type == "npc" else "pc"

    def has_portrait(self, path: str) -> None:
        """Take note of a portrait."""
        self._portrait_path = path

    def became(self, character_id: str) -> None:
        """Take note of the profile; what is edited from here on is compared with the draft as it is now."""
        self._character_id = character_id
        self._base = CharacterPreset.model_validate(self.model_dump())

    def profile(
        self, class_preset: ClassPreset | None, *, character_id: str, uid: str, now: datetime
    ) -> CharacterProfile:
        """Return a new profile of this draft."""
        profile = profile_from(self, class_preset, character_id=character_id, uid=uid, now=now)
        return profile.model_copy(update={"portrait_path": self._portrait_path})

    def edits(self, profile: CharacterProfile, class_preset: ClassPreset | None, now: datetime) -> dict[str, Any]:
        """Return the fields of an existing profile that were edited here, with their new values."""
        edited, before = (
            profile_from(one, class_preset, character_id=profile.character_id, uid=profile.uid, now=now)
            for one in (self, self._base)
        )
        fields = {name: getattr(edited, name) for name in _OVERLAID if getattr(edited, name) != getattr(before, name)}
        # Keys of the game's own are edited like any others.
        own = edited.starting.model_extra or {}
        start = {
            name: getattr(edited.starting, name)
            for name in (*Starting.model_fields, *own)
            if getattr(edited.starting, name) != getattr(before.starting, name, None)
        }
        if start:
            fields["starting"] = profile.starting.model_copy(update=start)
        if self._portrait_path not in (None, profile.portrait_path):
            fields["portrait_path"] = self._portrait_path
        return fields
