"""What a store consists of; each part is made when it is first asked for."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.presets import Layer, Presets, shipped_presets

if TYPE_CHECKING:
    from gamesaves.services.images import Images
    from gamesaves.services.players import Players
    from gamesaves.services.profilefiles import ProfileSummary
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.universes import Universes


class Parts:
    """The parts of one store.

    Args:
        game_presets: the folder of the game's own presets.
    """

    def __init__(self, context: Context, game_presets: Path | None) -> None:
        self._context = context
        self._game_presets = game_presets

    @cached_property
    def profiles(self) -> "Profiles":
        """Who the characters are."""
        from gamesaves.services.profiles import Profiles

        return Profiles(self._context, self.images)

    @cached_property
    def images(self) -> "Images":
        """The pictures."""
        from gamesaves.services.images import Images

        def profiles() -> "list[ProfileSummary]":
            return [*self.profiles.list(), *self.profiles.list(templates=True)]

        return Images(self._context, profiles, self.campaigns.thumbnails)

    @cached_property
    def presets(self) -> Presets:
        """What characters, and a game's own things, are made from."""
        layers = [Layer("store", self._context.places.presets)]
        if self._game_presets is not None:
            layers.append(Layer("game", self._game_presets))
        layers.append(Layer("shipped", shipped_presets()))
        return Presets(self._context, lambda: self.profiles, layers)

    @cached_property
    def campaigns(self) -> Campaigns:
        """The stories."""
        return Campaigns(
            self._context, lambda: self.profiles, self.presets, lambda: self.universes, lambda: self.players
        )

    @cached_property
    def players(self) -> "Players":
        """Whoever plays."""
        from gamesaves.services.players import Players

        return Players(self._context, self.presets, lambda: self.campaigns)

    @cached_property
    def universes(self) -> "Universes":
        """The worlds that campaigns share."""
        from gamesaves.services.universes import Universes

        return Universes(self._context, self.presets)
