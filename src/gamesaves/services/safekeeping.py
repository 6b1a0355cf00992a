"""How a store is kept safe: what was set aside, copies of all of it, and what goes to other machines and comes back."""

from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.services.context import Progress
from gamesaves.services.parts import Parts

if TYPE_CHECKING:
    from gamesaves.disk.backups import Backup
    from gamesaves.disk.recovered import SetAside
    from gamesaves.services.backups import BackupMade
    from gamesaves.services.exporting import Exported
    from gamesaves.services.importing import ImportPlan
    from gamesaves.services.repairing import Repair
    from gamesaves.services.restoring import Restored
    from gamesaves.services.undoing import Undone


class Safekeeping(Parts):
    """What a store offers against loss, and for moving."""

    def repair(self, campaign: str | None = None, *, dry_run: bool = False, progress: Progress = None) -> "Repair":
        """Mend what is damaged, from the log, snapshots, documents and copies; what is lost is said.

        Nothing is deleted: of each thing that changes, a campaign's folder or a single file, what was there is set
        aside, and `undo` puts it back, byte for byte. A second repair finds nothing left to do.

        Args:
            campaign: an id, a folder's name or a title; None for the whole store.
            dry_run: only say what would be done.
            progress: told of each thing before it is looked at.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that.
            Locked: the campaign is open; of the whole store, that one is among what remains.
            NewerFormat, ReadOnly: nothing can be written to this store.
        """
        from gamesaves.services.repairing import repair

        return repair(self._context, self.campaigns, self.profiles, self.images, campaign, dry_run, progress)

    def recovered(self) -> "list[SetAside]":
        """Return what was set aside on this machine, the newest first; nothing of it goes away by itself."""
        return self._context.recovered.listed()

    def undo(self, identifier: str | None = None, *, dry_run: bool = False) -> "Undone":
        """Put back what a removal, or anything else that set something aside, has taken away; or take an import back.

        What is in its place now is set aside first, so that this can be undone, too. Of an import everything that it
        has brought is set aside, but for what has changed since, and what something that stays uses: the answer's
        `problems` name these.

        Args:
            identifier: the `id` of what was set aside; else the newest that can be put back.
            dry_run: only say what it would be.

        Raises:
            NotFound: nothing has that id.
            NotUndoable: nothing is left to undo, these are bytes that only a person can judge, or all that an import
                has brought has changed or is used.
            Locked: the campaign that is in its place, or that an import has brought, is open.
        """
        from gamesaves.services.undoing import undo

        return undo(self._context, self.campaigns, self.images, identifier, dry_run=dry_run)

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
            InvalidValue: it is a whole store of this version, or a backup of one.
            Conflict: the campaign is here, and is another version. One of several is among the plan's problems instead.
            NewerFormat: a newer program has made it.
            NoSpace: there is no room for it.
        """
        from gamesaves.services.portable import import_

        place = Path(source).absolute()
        return import_(self._context, self.campaigns, self.profiles, place, dry_run=dry_run, as_copy=as_copy)
