"""Taking campaigns to other machines and back: bundles out of a store, and into it."""

from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.disk.layout import LOG
from gamesaves.disk.manifests import MANIFEST, Limits
from gamesaves.errors import FileProblem, Locked, LockUnavailable, NoSpace
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.exporting import Exported, add_people, add_universe, gathered, write
from gamesaves.services.importing import Importing, ImportPlan
from gamesaves.services.profiles import Profiles


def export(
    context: Context, campaigns: Campaigns, profiles: Profiles, name: str, target: Path, *, folder: bool
) -> Exported:
    """Write a bundle of a campaign; see `SaveStore.export`."""
    folder_name = campaigns.id_of(name)
    context.places.require_inside(context.places.campaign(folder_name))
    bring_up_to_date(campaigns, folder_name)
    result = gathered(context, folder_name)
    add_universe(result, context)
    add_people(result, context, profiles)
    return write(result, target, folder=folder)


def bring_up_to_date(campaigns: Campaigns, folder_name: str) -> None:
    """Take edits by hand into the log, unless somebody plays, or nothing can be written: then the log is enough."""
    try:
        campaigns.open(folder_name).close()
    except (Locked, LockUnavailable, FileProblem, NoSpace):
        return


def import_(
    context: Context,
    campaigns: Campaigns,
    profiles: Profiles,
    source: Path,
    *,
    dry_run: bool,
    as_copy: bool,
    limits: Limits | None = None,
) -> ImportPlan:
    """Take in a bundle or a tree of an older version, or say what that would do; see `SaveStore.import_`."""
    if folders.is_folder(source) and not any(_has(source / name) for name in (MANIFEST, LOG)):
        from gamesaves.services.adopting import Adoption

        adoption = Adoption(context, campaigns, profiles, source, dry_run=dry_run, limits=limits)
        return adoption.take_in(as_copy=as_copy)
    importing = Importing(context, campaigns, profiles, limits, source)
    return importing.take_in(source, dry_run=dry_run, as_copy=as_copy)


def _has(path: Path) -> bool:
    signature = files.signature(path)
    return signature is not None and signature.size > 0
