"""A character of a campaign: what it can be made to do, and what is known of it together with its profile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr

from gamesaves.disk.layout import Layout
from gamesaves.documents import CharacterInfo, CharacterProfile, ClassPreset, ItemInfo
from gamesaves.errors import OutsideStore, TurnRequired
from gamesaves.rules import building, combat
from gamesaves.rules.ownership import copies

ClassLookup = Callable[[str], ClassPreset | None]


class Character(CharacterInfo):
    """A character in a campaign. Inside a turn it can be changed; outside of one it is sealed."""

    _class_of: ClassLookup = PrivateAttr()

    def knowing(self, class_of: ClassLookup) -> Self:
        """Tell it where classes are looked up; return it."""
        self._class_of = class_of
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return a copy to try things out on: it belongs to no campaign, and can be changed."""
        memo = {} if memo is None else memo
        # Where classes are looked up leads to the whole store, which is not copied.
        class_of = getattr(self, "_class_of", None)
        memo[id(class_of)] = class_of
        copy = super().__deepcopy__(memo)
        copy._sealed = False
        return copy

    def _require_turn(self) -> Self:
        if self._is_sealed():
            raise TurnRequired(self.character_id)
        return self

    def take_damage(self, amount: int) -> int:
        """Lose hit points, down to 0; return how many were lost.

        Raises:
            InvalidValue: the amount is negative.
        """
        return combat.take_damage(self._require_turn(), amount)

    def heal(self, amount: int) -> int:
        """Regain hit points, up to the maximum; return how many were regained.

        Raises:
            InvalidValue: the amount is negative, or the character is dead.
        """
        return combat.heal(self._require_turn(), amount)

    def level_up(self, level: int | None = None) -> int:
        """Rise by one level, or to `level`; return by how much the maximum of hit points grew. Nothing is healed.

        Raises:
            InvalidValue: it is no level, or below the present one.
        """
        return building.level_up(self._require_turn(), self._class_of(self.character_class), level)

    def rest(self) -> None:
        """Regain all hit points and uses of abilities."""
        combat.rest(self._require_turn())

    def gain_item(self, item: str | ItemInfo, quantity: int | None = None) -> str:
        """Get an item, or more of one that is there; return its id in the inventory."""
        return combat.gain_item(self._require_turn(), item, quantity)

    def drop_item(self, item: str, quantity: int | None = 1) -> int:
        """Give up some of an item, all of it where `quantity` is None; return how many are left.

        Raises:
            InvalidValue: there is no such item, or not that many.
        """
        return combat.drop_item(self._require_turn(), item, quantity)

    def use_ability(self, ability: str) -> int | None:
        """Use an ability once; return the uses left, None where they are not counted.

        Raises:
            InvalidValue: there is no such ability, or no use left.
        """
        return combat.use_ability(self._require_turn(), ability)

    def gain_experience(self, amount: int) -> int:
        """Gain experience points; return the new total."""
        return combat.gain_experience(self._require_turn(), amount)

    def add_effect(self, name: str) -> bool:
        """Put a status effect on; return whether it is new."""
        return combat.add_effect(self._require_turn(), name)

    def remove_effect(self, name: str) -> None:
        """Take a status effect away.

        Raises:
            InvalidValue: it is not there.
        """
        combat.remove_effect(self._require_turn(), name)


class EnrichedCharacter(CharacterInfo):
    """A character as a game shows it: the campaign's state with the profile's identity. Read only.

    Attributes:
        portrait_file: the portrait as an absolute path; None where there is none, or where the path leaves the store.
        additional_image_files: more pictures, likewise.
    """

    total_interactions: int = 0
    portrait_url: str | None = None
    portrait_prompt: str | None = None
    portrait_file: Path | None = None
    additional_image_files: list[Path] = Field(default_factory=list)

    @classmethod
    def of(cls, character: CharacterInfo, profile: CharacterProfile | None, places: Layout) -> Self:
        """Put both together; without a profile the campaign's own copies are shown."""
        tree = character.model_dump()
        if profile is not None:
            tree |= copies(profile)
            tree["total_interactions"] = profile.total_interactions
            tree["portrait_url"], tree["portrait_prompt"] = profile.portrait_url, profile.portrait_prompt
            files = [_picture(path, places) for path in (profile.portrait_path, *profile.additional_images)]
            tree["portrait_file"] = files[0]
            tree["additional_image_files"] = [file for file in files[1:] if file is not None]
        return cls.model_validate(tree).seal()


def _picture(path: str | None, places: Layout) -> Path | None:
    try:
        return places.require_inside(places.root / path) if path else None
    except OutsideStore:
        # A profile may come from anywhere; `check` names it.
        return None
