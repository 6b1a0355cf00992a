"""Putting campaigns away, each as a bundle that has been read back, and bringing them back."""

import contextlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gamesaves.disk import bundles, files, folders
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.manifests import Limits
from gamesaves.documents import BundleInfo
from gamesaves.errors import BadBundle, Conflict, Damaged, Problem, SavesError
from gamesaves.services.campaigns import OPEN_PATIENCE_SECONDS, Campaigns
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.examining import examined
from gamesaves.services.exporting import gathered, write
from gamesaves.services.importing import Importing
from gamesaves.services.index import Index, Row
from gamesaves.services.lookup import look_up
from gamesaves.services.othercopies import events_of
from gamesaves.services.profiles import Profiles
from gamesaves.services.standing import joining
from gamesaves.services.summaries import note_problem
from gamesaves.services.validation import validated

ARCHIVE, UNARCHIVE = "campaign archive", "campaign unarchive"


@dataclass(frozen=True, slots=True)
class Archived:
    """A campaign that was put away, or brought back.

    Attributes:
        folder: the name of its folder.
        path: the bundle it is in, or the folder it is in again.
        kept_in: where the other one of the two is kept.
        before, after: bytes of the folder and of the bundle, or the other way round.
        problems: what the bundle does not have, or what did not come back.
        replaced: where the bundle is kept that was in the archive before, and had nothing that this one has not; None
            where there was none.
    """

    campaign_id: str
    title: str
    folder: str
    path: Path
    kept_in: Path
    before: int
    after: int
    problems: tuple[Problem, ...] = ()
    replaced: Path | None = None


def archive(context: Context, campaigns: Campaigns, folder_name: str) -> Archived:
    """Put a campaign away; see `Campaigns.archive`."""
    folder = context.places.require_inside(context.places.campaign(folder_name))
    # What somebody has edited goes into the log first, and closing brings every document up to date.
    campaigns.open(folder_name).close()
    target = context.places.archive / (folder_name + bundles.SUFFIX)
    with context.lock(folder_name, f"campaign {folder_name}").held(OPEN_PATIENCE_SECONDS):
        result = gathered(context, folder_name, documents=False)
        replaced = _make_room(context, folder, target)
        before = sum(folders.sizes(folder))
        made = write(result, target, folder=False)
        try:
            _read_back(target, made.hash)
            reason = f"the campaign was archived as {target.relative_to(context.places.root).as_posix()}"
            kept = context.recovered.keep(folder, at=context.stamp(), reason=reason, verb=ARCHIVE, replaced_by=target)
        except BaseException:
            # The first failure is what matters; the folder is still there, so the bundle is of no use.
            with contextlib.suppress(SavesError):
                if files.exists(folder):
                    files.remove(target)
            raise
    return Archived(made.campaign_id, made.title, folder_name, target, kept, before, made.size, made.problems, replaced)


def _make_room(context: Context, folder: Path, target: Path) -> Path | None:
    """Set aside what is in the archive in a campaign's place; return where it is kept.

    Raises:
        Conflict: something happened there that the campaign does not know of.
    """
    if not files.exists(target):
        return None
    contract = CampaignContract()
    try:
        there = set(events_of(target, contract)[0])
    except BadBundle:
        # Nothing could be brought back from it; as it is, it is kept.
        there = set()
    here = Ancestry(folder, contract).events.keys()
    if there - here:
        text = "the one in the archive has what this one has not; it is not replaced"
        hint = f"{joining(folder.name, target)}\nThen archive it again."
        if not there & here:
            text = "another campaign is in the archive in its place; it is not replaced"
            take_out = f"saves import --as-copy {shlex.quote(str(target))}"
            hint = f"Take that one out: {take_out}\nThen move this file away, and archive it again."
        raise Conflict(text, path=target, hint=hint)
    return context.recovered.keep(target, at=context.stamp(), reason="the campaign was archived again")


def _read_back(target: Path, digest: str) -> None:
    with bundles.opened(target, Limits()) as bundle:
        if examined(bundle).info.head.hash != digest:
            raise Damaged("what was written is not what was read", path=target, hint="Check the disk.")


def unarchive(context: Context, campaigns: Campaigns, profiles: Profiles, name: str) -> Archived:
    """Bring a campaign back; see `Campaigns.unarchive`."""
    folder = archived_folder(context, name)
    path = context.places.require_inside(context.places.archive / (folder + bundles.SUFFIX))
    plan = Importing(context, campaigns, profiles).bring_back(path, folder)
    signature = files.signature(path)
    place = context.places.campaign(folder)
    with context.global_lock.held(LOCK_PATIENCE_SECONDS):
        reason = "the campaign was brought back from the archive"
        kept = context.recovered.keep(path, at=context.stamp(), reason=reason, verb=UNARCHIVE, replaced_by=place)
    after = sum(folders.sizes(place))
    size = signature.size if signature else 0
    return Archived(plan.campaign_id, plan.title, folder, place, kept, size, after, plan.problems)


def archived_folder(context: Context, name: str) -> str:
    """Return the folder, as it was called, of the campaign that a name means among those that are put away.

    Raises:
        NotFound, Ambiguous: nothing, or more than one, is called that.
    """
    rows = {path.stem: row for path, row in archive_rows(context).items()}
    by_id = [folder for folder, row in rows.items() if row["campaign_id"] == name]
    titles = {folder: row["title"] for folder, row in rows.items()}
    return by_id[0] if len(by_id) == 1 and name not in rows else look_up("archived campaign", name, titles)


def archive_rows(context: Context) -> dict[Path, Row]:
    """Return what is to be listed of each campaign that is put away; of a bundle only the manifest is read."""
    folder = context.places.archive
    present = {
        entry.name: (files.signature(entry.path),)
        for entry in folders.entries(folder)
        if entry.name.endswith(bundles.SUFFIX) and not entry.name.startswith(".") and not entry.is_folder
    }
    rows = Index(context.places.index / "archive.json", lambda name: _row(folder / name)).rows(present)
    return {folder / name: row for name, row in rows.items()}


def archive_problems(context: Context, tell: Callable[[str], object]) -> list[Problem]:
    """Verify every campaign that is put away, each entry of it; return what is wrong.

    Args:
        tell: told of each bundle before it is looked at.
    """
    problems = []
    for path in archive_rows(context):
        tell(path.name)
        try:
            with bundles.opened(path, Limits()) as bundle:
                examined(bundle)
        except SavesError as error:
            problem = error.as_problem()
            kept = (one for one in context.recovered.listed() if (one.verb, one.path) == (ARCHIVE, path.stem))
            if (folder := next(kept, None)) is not None and folder.undoable:
                problem = replace(
                    problem, hint=f"The folder it was made from is kept. Bring it back: saves undo {folder.id}"
                )
            problems.append(problem)
    return problems


def _row(path: Path) -> Row:
    row: Row = {"campaign_id": path.stem, "title": path.stem, "last_played": None, "total_turns": 0}
    try:
        with bundles.opened(path, Limits()) as bundle:
            info = validated(BundleInfo, bundle.about or {}, path)
    except SavesError as error:
        note_problem(row, error)
        return row
    row |= info.model_dump(mode="json", include={"campaign_id", "title", "last_played", "total_turns", "tags"})
    return row | {"character_ids": info.characters, "thumbnails": info.thumbnails}
