"""The store: what a game opens."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gamesaves.disk import files, folders
from gamesaves.errors import Problem, StoreNotFound
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context, Subscriber
from gamesaves.services.presets import Layer, Presets, shipped_presets

if TYPE_CHECKING:
    from gamesaves.services.images import Images
    from gamesaves.services.overview import Overview
    from gamesaves.services.profiles import Profiles


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SaveStore:
    """A folder of saved games. Opening it reads and writes nothing; it comes into being with the first write.

    Args:
        root: the folder.
        clock: the time, for tests and for games with a clock of their own; a naive time is read as UTC.
        presets: the folder of the game's own presets, which override those that come with the library.

    Raises:
        StoreNotFound: `root` is a file.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        clock: Callable[[], datetime] = _utc_now,
        presets: str | Path | None = None,
    ) -> None:
        self.root = Path(root).absolute()
        if files.exists(self.root) and not folders.is_folder(self.root):
            raise StoreNotFound("a store is a folder, this is a file", path=self.root, hint="Give the folder.")
        self._context = Context(self.root, clock)
        self._game_presets = None if presets is None else Path(presets).absolute()

    @classmethod
    def for_game(
        cls,
        game: str,
        studio: str | None = None,
        *,
        clock: Callable[[], datetime] = _utc_now,
        presets: str | Path | None = None,
    ) -> Self:
        """Return the store of a game in the folder that this platform has for programs' data.

        The store is added to the list of stores that `saves stores` shows.

        Args:
            game: the game's name.
            studio: who makes it; on Windows a folder above the game's.
        """
        import platformdirs

        from gamesaves.services import known_stores

        store = cls(Path(platformdirs.user_data_dir(game, studio or False)) / "saves", clock=clock, presets=presets)
        store.create()
        known_stores.remember(Path(platformdirs.user_data_dir("gamesaves", False)), game, store.root)
        return store

    @cached_property
    def profiles(self) -> "Profiles":
        """Who the characters are."""
        from gamesaves.services.profiles import Profiles

        return Profiles(self._context, self.images)

    @cached_property
    def images(self) -> "Images":
        """The pictures."""
        from gamesaves.services.images import Images

        return Images(self._context, lambda: [*self.profiles.list(), *self.profiles.list(templates=True)])

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
        return Campaigns(self._context, lambda: self.profiles, self.presets)

    def create(self) -> None:
        """Make the store now, rather than with the first thing that is written to it."""
        self._context.require_store()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tell `subscriber` of every commit once it is durable; return what ends that.

        It is told on the thread that committed, or on the writer thread where nobody waited. One that raises is
        logged, and the commit stands.
        """
        return self._context.subscribe(subscriber)

    def check(self, *, progress: Callable[[str], object] | None = None) -> list[Problem]:
        """Verify everything and return what is wrong; nothing is changed.

        Args:
            progress: told of each thing before it is looked at.
        """
        from gamesaves.services.checking import check

        return check(self._context, self.campaigns, self.profiles, self.images, self.presets, progress)

    def overview(self) -> "Overview":
        """Return what the store says of itself, and how much room it takes."""
        from gamesaves.services.overview import overview

        return overview(self._context)

    def close(self) -> None:
        """Close the campaigns that are still open, and end the writer thread; a second call does nothing."""
        for opened in tuple(self._context.opened):
            opened.close()
        self._context.worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
