"""The store: what a game opens."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, overload

from gamesaves.disk import files, folders
from gamesaves.errors import Problem, StoreNotFound
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context, Subscriber
from gamesaves.services.presets import Layer, Presets, shipped_presets

if TYPE_CHECKING:
    from gamesaves.disk.backups import Backup
    from gamesaves.disk.recovered import SetAside
    from gamesaves.services.backups import BackupMade
    from gamesaves.services.context import Commit
    from gamesaves.services.exporting import Exported
    from gamesaves.services.hooks import ActionHook, SessionHook
    from gamesaves.services.images import Images
    from gamesaves.services.importing import ImportPlan
    from gamesaves.services.overview import Overview
    from gamesaves.services.profilefiles import ProfileSummary
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.restoring import Restored
    from gamesaves.services.undoing import Undone
    from gamesaves.services.universes import Universes
    from gamesaves.services.watching.changes import DiskChange
    from gamesaves.services.watching.watcher import Watcher


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SaveStore:
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
        self._context = Context(self.root, clock, monotonic)
        self._game_presets = None if presets is None else Path(presets).absolute()

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
        """
        import platformdirs

        from gamesaves.services import known_stores

        root = Path(platformdirs.user_data_dir(game, studio or False)) / "saves"
        store = cls(root, clock=clock, monotonic=monotonic, presets=presets)
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
        return Campaigns(self._context, lambda: self.profiles, self.presets, lambda: self.universes)

    @cached_property
    def universes(self) -> "Universes":
        """The worlds that campaigns share."""
        from gamesaves.services.universes import Universes

        return Universes(self._context, self.presets)

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

    def check(self, *, progress: Callable[[str], object] | None = None) -> list[Problem]:
        """Verify everything and return what is wrong; nothing is changed.

        Args:
            progress: told of each thing before it is looked at.
        """
        from gamesaves.services.checking import check

        return check(self._context, self.campaigns, self.profiles, self.images, self.presets, progress)

    def recovered(self) -> "list[SetAside]":
        """Return what was set aside on this machine, the newest first; nothing of it goes away by itself."""
        return self._context.recovered.listed()

    def undo(self, identifier: str | None = None, *, dry_run: bool = False) -> "Undone":
        """Put back what a removal, or anything else that set something aside, has taken away.

        What is in its place now is set aside first, so that this can be undone, too.

        Args:
            identifier: the `id` of what was set aside; else the newest that can be put back.
            dry_run: only say what it would be.

        Raises:
            NotFound: nothing has that id.
            NotUndoable: nothing is left to undo, or these are bytes that only a person can judge.
            Locked: the campaign that is in its place is open.
        """
        from gamesaves.services.undoing import undo

        return undo(self._context, self.campaigns, identifier, dry_run=dry_run)

    def backup(
        self, folder: str | Path, *, keep_last: int = 7, keep_weekly: int = 4, keep_monthly: int = 12
    ) -> "BackupMade":
        """Copy the whole store to a folder of its own in `folder`, verify that, and let older backups go.

        It is made of plain files; those that have not changed are shared with the backup before, where the file
        system can. Campaigns that are being played are backed up as far as they have got.

        Args:
            keep_last: how many of the newest stay.
            keep_weekly: of how many weeks the newest stays.
            keep_monthly: of how many months the newest stays.

        Raises:
            NoSpace, FileProblem, Damaged: there is no new backup, and the older ones are as they were.
            StoreNotFound: there is nothing to back up.
            InvalidValue: `folder` lies inside the store.
            Locked: another program makes a backup.
        """
        from gamesaves.services import backups

        keeping = backups.Keeping(keep_last, keep_weekly, keep_monthly)
        return backups.make(self._context, Path(folder).absolute(), keeping)

    def backups(self, folder: str | Path) -> "list[Backup]":
        """Return the backups of this store in a folder, the newest first; those that were not finished, too."""
        from gamesaves.services import backups

        return backups.own(self._context, Path(folder).absolute())

    def restore_backup(self, name: str | None, folder: str | Path, *, dry_run: bool = False) -> "Restored":
        """Put a backup in the place of this store, all of it or nothing; `undo` takes that back.

        The store as it is now is kept whole among what was set aside. To restore to a new place: `from_backup`.

        Args:
            name: of the backup; None for the newest that is complete.
            folder: where the backups are.
            dry_run: only verify the backup.

        Raises:
            NotFound: there is no such backup of this store.
            Damaged, InvalidDocument: the backup is not what was written; nothing has been changed.
            Locked: a campaign is open.
        """
        from gamesaves.services import restoring

        return restoring.in_place(self._context, name, Path(folder).absolute(), dry_run=dry_run)

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

    def export(self, campaign: str, target: str | Path, *, folder: bool = False) -> "Exported":
        """Write a campaign, and who and what belongs to it, into one file that another store can take in.

        Edits made by hand are taken into its log first, unless somebody plays it: then what the log has is exported.
        The same history gives the same bytes.

        Args:
            campaign: an id, a folder's name or a title.
            target: the zip file to make, or a folder to make it in.
            folder: write the same as a plain folder.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            AlreadyExists: there is something at `target`.
            Damaged, NewerFormat: the campaign's log cannot be vouched for.
        """
        from gamesaves.services.portable import export

        place = Path(target).absolute()
        return export(self._context, self.campaigns, self.profiles, campaign, place, folder=folder)

    def plan_import(self, source: str | Path, *, as_copy: bool = False) -> "ImportPlan":
        """Look at all that is in a bundle or a folder and return what `import_` would do; nothing is written.

        The arguments and errors are those of `import_`.
        """
        return self.import_(source, dry_run=True, as_copy=as_copy)

    def import_(self, source: str | Path, *, dry_run: bool = False, as_copy: bool = False) -> "ImportPlan":
        """Take in a campaign, all of it or nothing; nothing that is here is written over.

        A folder of an older version is taken in with all its campaigns, each of them whole or not at all, and with its
        profiles and pictures; `decisions` of the plan say how it was read. The folder stays as it is.

        Args:
            source: a bundle, as a file or a folder, or the folder of a campaign that was copied by hand, or a folder
                with saves of an older version.
            dry_run: only say what would be done.
            as_copy: take it in beside the one that is here, under a folder name of its own.

        Raises:
            NotFound: there is nothing at `source`.
            BadBundle: an entry is refused; the message has its name, and the reason.
            Conflict: the campaign is here, and is another version. One of several is among the plan's problems instead.
            NewerFormat: a newer program has made it.
            NoSpace: there is no room for it.
        """
        from gamesaves.services.portable import import_

        place = Path(source).absolute()
        return import_(self._context, self.campaigns, self.profiles, place, dry_run=dry_run, as_copy=as_copy)

    def overview(self) -> "Overview":
        """Return what the store says of itself, and how much room it takes."""
        from gamesaves.services.overview import overview

        return overview(self._context)

    def close(self) -> None:
        """Close the watcher and the campaigns that are still open, and end the writer thread; once is enough."""
        if self._context.watcher is not None:
            self._context.watcher.close()
        for opened in tuple(self._context.opened):
            opened.close()
        if "universes" in vars(self):
            self.universes.close()
        self._context.worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
