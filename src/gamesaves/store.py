"""The store: what a game opens."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, overload

from gamesaves.disk import files, folders
from gamesaves.errors import Problem, StoreNotFound
from gamesaves.services.context import Context, Progress, Subscriber, close_all
from gamesaves.services.safekeeping import Safekeeping

if TYPE_CHECKING:
    from gamesaves.services.context import Commit
    from gamesaves.services.hooks import ActionHook, SessionHook
    from gamesaves.services.overview import Overview
    from gamesaves.services.syncing import Synced
    from gamesaves.services.watching.changes import DiskChange
    from gamesaves.services.watching.watcher import Watcher


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SaveStore(Safekeeping):
    """A folder of saved games. Opening it reads and writes nothing; it comes into being with the first write.

    Args:
        root: the folder.
        clock: the time, for tests and for games with a clock of their own; a naive time is read as UTC.
        monotonic: seconds on a clock that only runs forward, by which it is measured how long is played.
        presets: the folder of the game's own presets, which override those that come with the library.

    Raises:
        StoreNotFound: `root` is a file.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        presets: str | Path | None = None,
    ) -> None:
        self.root = Path(root).absolute()
        if files.exists(self.root) and not folders.is_folder(self.root):
            raise StoreNotFound("a store is a folder, this is a file", path=self.root, hint="Give the folder.")
        super().__init__(Context(self.root, clock, monotonic), None if presets is None else Path(presets).absolute())

    @classmethod
    def for_game(
        cls,
        game: str,
        studio: str | None = None,
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        presets: str | Path | None = None,
    ) -> Self:
        """Return the store of a game in the folder that this platform has for programs' data.

        The store is added to the list of stores that `saves stores` shows.

        Args:
            game: the game's name.
            studio: who makes it; on Windows a folder above the game's.

        Raises:
            InvalidName: on some system a folder cannot have that name.
        """
        import platformdirs

        from gamesaves.services import known_stores

        for name in (game, *([studio] if studio else [])):
            known_stores.require_name(name)
        root = Path(platformdirs.user_data_dir(game, studio or False)) / "saves"
        store = cls(root, clock=clock, monotonic=monotonic, presets=presets)
        store.create()
        known_stores.remember(Path(platformdirs.user_data_dir("gamesaves", False)), game, store.root)
        return store

    def create(self) -> None:
        """Make the store now, rather than with the first thing that is written to it."""
        self._context.require_store()

    @overload
    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]: ...
    @overload
    def subscribe(
        self, subscriber: "Callable[[Commit | DiskChange], object]", *, changes: Literal[True]
    ) -> Callable[[], None]: ...
    def subscribe(self, subscriber: Callable[..., object], *, changes: bool = False) -> Callable[[], None]:
        """Tell `subscriber` of every commit once it is durable; return what ends that.

        It is told on the thread that committed, or on the writer thread where nobody waited. One that raises is
        logged, and the commit stands.

        Args:
            changes: tell of every `DiskChange`, too, that is found while the store is watched; see `watch`.
        """
        commits = self._context.subscribe(subscriber)
        found = self._context.subscribe_to_changes(subscriber) if changes else None

        def end() -> None:
            commits()
            if found is not None:
                found()

        return end

    def watch(
        self, subscriber: "Callable[[DiskChange], object] | None" = None, *, poll: float | None = None
    ) -> "Watcher":
        """Watch the store's files until the watcher, or the store, is closed: what others change, a game then has.

        A profile is read again, and the edit of a document goes into a campaign that is open for playing. Only then
        `subscriber` is told, on the watcher's own thread. What this program writes is not told. One that raises is
        logged. Returns once all files have been read.

        Args:
            poll: look at every file each so many seconds, for network drives, which tell nothing of changes. Else the
                system tells.

        Raises:
            InvalidValue: the store is watched already, or `poll` is no time.
        """
        from gamesaves.services.watching.watcher import watch

        return watch(self._context, self._game_presets, self._noticed, subscriber, poll=poll)

    def _noticed(self, character_id: str) -> None:
        self.profiles.noticed(character_id)

    def on_session_start(self, hook: "SessionHook") -> Callable[[], None]:
        """Call `hook(campaign, session)` for each session that starts; return what ends that.

        It fills in what the session begins with, in a working copy. If it raises, no session starts, and whoever starts
        it gets the exception.
        """
        return self._context.session_hooks.add(hook)

    def on_pending_action(self, hook: "ActionHook") -> Callable[[], None]:
        """Let `hook(turn, active_character)` do what a character is about when time moves on; return what ends that.

        It returns what they have done, in words, or None for the words there are. If it raises, the turn is discarded.
        """
        return self._context.action_hooks.add(hook)

    def check(self, *, progress: Progress = None) -> list[Problem]:
        """Verify everything and return what is wrong; nothing is changed.

        Args:
            progress: told of each thing before it is looked at.
        """
        from gamesaves.services.checking import check

        return check(self._context, self.campaigns, self.profiles, self.images, self.presets, progress)

    def sync(self, campaign: str | None = None, *, dry_run: bool = False) -> "Synced":
        """Bring what campaigns have copied from profiles up to date: in one, or in all of them.

        A campaign does so by itself when it is opened, and one that is open with its next turn.

        Args:
            campaign: an id, a folder's name or a title; else all.
            dry_run: only say what would change.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
        """
        from gamesaves.services.syncing import sync

        return sync(self._context, self.campaigns, self.profiles, campaign, dry_run=dry_run)

    @classmethod
    def from_backup(
        cls,
        backup: str | Path,
        target: str | Path,
        *,
        clock: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        presets: str | Path | None = None,
    ) -> Self:
        """Restore a backup to a new place, all of it or nothing, and return the store that is there then.

        Args:
            backup: the folder of one backup.
            target: a folder that is empty, or not there yet.

        Raises:
            NotFound: there is no backup.
            Damaged, InvalidDocument: the backup is not what was written; nothing has been made.
            AlreadyExists: there is something in `target`.
        """
        from gamesaves.services import restoring

        restoring.to_new_place(Path(backup).absolute(), Path(target).absolute())
        return cls(target, clock=clock, monotonic=monotonic, presets=presets)

    def overview(self) -> "Overview":
        """Return what the store says of itself, and how much room it takes."""
        from gamesaves.services.overview import overview

        return overview(self._context)

    def close(self) -> None:
        """Close the watcher and the campaigns that are still open, and end the writer thread; once is enough.

        Raises:
            NoSpace, FileProblem, FlushFailed, Diverged: a commit that nobody waited for has failed; all is closed.
        """
        try:
            close_all(self._closing())
        finally:
            self._context.worker.stop()

    def _closing(self) -> Iterator[Callable[[], object]]:
        if self._context.watcher is not None:
            yield self._context.watcher.close
        for opened in self._context.opened:
            yield opened.close
        # A campaign tells its universe where everybody is while it is closed.
        if "universes" in vars(self):
            yield self.universes.close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
