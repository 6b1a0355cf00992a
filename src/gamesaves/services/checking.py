"""Verifying a whole store. Looking changes nothing, and one bad thing never stops the rest."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gamesaves.disk import files, folders, layout, snapshots, wholestores
from gamesaves.disk.chain import Chain
from gamesaves.disk.pictures import fits_name, picture_kind
from gamesaves.disk.state import State
from gamesaves.documents import Slot, StoreInfo
from gamesaves.errors import Problem, SavesError
from gamesaves.rules.patch import PatchError
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.archiving import archive_problems
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.contracts import CHARACTERS, CampaignContract
from gamesaves.services.duplicates import conflict_copies, same_campaigns
from gamesaves.services.filechecks import profile_problems
from gamesaves.services.images import Images
from gamesaves.services.presets import Presets
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.profiles import Profiles
from gamesaves.services.validation import read_document

Progress = Callable[[str], object] | None


def check(
    context: Context, campaigns: Campaigns, profiles: Profiles, images: Images, presets: Presets, progress: Progress
) -> list[Problem]:
    """Verify the global layer and every campaign; return what is wrong."""
    tell = progress or (lambda _: None)
    problems: list[Problem] = []
    tell("store.json")
    problems += _store_file(context)
    problems += _left_over(context)
    tell("presets")
    problems += [problem for kind in presets.kinds() for problem in presets.problems(kind)]
    tell("profiles")
    problems += _profiles(profiles, context)
    tell("images")
    problems += _images(images)
    listed = campaigns.list()
    for summary in listed:
        tell(summary.path.name)
        try:
            problems += _campaign(context, campaigns, summary.path.name)
        except SavesError as error:
            problems.append(error.as_problem())
    problems += archive_problems(context, tell)
    tell("copies")
    return [*problems, *same_campaigns(campaigns, listed)]


def _store_file(context: Context) -> list[Problem]:
    path = context.places.store_file
    data = files.read_if_there(path)
    if data is None and not files.exists(context.places.root):
        return []
    if data is None:
        hint = "The next write makes a new one."
        return [Problem("warning", "store_file_missing", str(path), "it is not there", hint)]
    try:
        read_document(StoreInfo, data, path)
    except SavesError as error:
        return error.as_problems()
    return []


def _left_over(context: Context) -> list[Problem]:
    text = "it was being put together when a program ended; nothing of it is in use"
    left = folders.entries(context.places.staging)
    harmless = [Problem("note", "left_over", str(one.path), text, "It can be deleted.") for one in left]
    return [*wholestores.unfinished(context.recovered), *harmless]


def _profiles(profiles: Profiles, context: Context) -> list[Problem]:
    problems = []
    for found in [*profiles.list(), *profiles.list(templates=True)]:
        try:
            # Not what the list says: that follows from what was remembered of files that look the same.
            data = files.read(found.path)
        except SavesError as error:
            problems.append(error.as_problem())
            continue
        problems += profile_problems(data, found.path, found.character_id)
        try:
            profile = profile_in(data, found.path, found.character_id)
        except SavesError:
            continue  # all that is wrong with it is told already
        for picture in (profile.portrait_path, *profile.additional_images):
            if picture is None:
                continue
            try:
                there = files.exists(context.places.require_inside(context.places.root / picture))
            except SavesError as error:
                problems.append(error.as_problem())
                continue
            if not there:
                text = f"the picture {picture} is not there"
                hint = f"Put it back, or make a new one: saves profile portrait {profile.character_id}"
                problems.append(Problem("warning", "missing_picture", str(found.path), text, hint))
    return problems


def _images(images: Images) -> list[Problem]:
    problems = []
    for image in images.list():
        try:
            data = files.read(image.file)
            picture_kind(data, image.file)
            if not fits_name(data, image.file.name):
                text = "its bytes are not those it was stored with: it was changed, or is damaged"
                problems.append(Problem("warning", "changed_picture", str(image.file), text))
        except SavesError as error:
            problems.append(error.as_problem())
    return problems


def _campaign(context: Context, campaigns: Campaigns, name: str) -> list[Problem]:
    folder = context.places.campaign(name)
    problems = list(_history(Chain(folder, CampaignContract())))
    problems += _snapshots(folder / layout.SNAPSHOTS)
    copies = list(conflict_copies(folder))
    with campaigns.open(name, read_only=True) as campaign:
        known = {(one.code, one.path) for one in problems} | {("foreign_file", one.path) for one in copies}
        problems += [one for one in campaign.problems if (one.code, one.path) not in known] + copies
        for character in campaign.characters.values():
            if not campaign.has_profile(character):
                path = folder / layout.document_path(CHARACTERS + character.character_id)
                text = f"the profile {character.profile_id} is not in this store; the campaign's own copies are shown"
                problems.append(Problem("warning", "missing_profile", str(path), text, "Copy the profile's file here."))
        problems += _thumbnails(context, folder / layout.document_path(SLOTS), campaign.slots.values())
    return problems


def _thumbnails(context: Context, path: Path, slots: Iterable[Slot]) -> Iterator[Problem]:
    """Report the pictures of saves that are not there; the saves can be loaded all the same."""
    for slot in slots:
        if slot.thumbnail is not None:
            try:
                there = files.exists(context.places.require_inside(context.places.root / slot.thumbnail))
            except SavesError as error:
                yield error.as_problem()
                continue
            if not there:
                text = f"the picture {slot.thumbnail} of the save {slot.name!r} is not there"
                yield Problem("warning", "missing_picture", str(path), text, "Put it back; the save needs none.")


def _history(chain: Chain) -> Iterator[Problem]:
    """Verify the whole log, which opening does not read."""
    state = State()
    for line in chain.lines():
        fault = line.fault
        if line.event is not None:
            try:
                state.fold(line.event, line.end, {})
                continue
            except PatchError as error:
                fault = str(error)
        if not line.terminated:
            text = "it ends with half a line: somebody is playing, or the game was killed while it wrote"
            yield Problem("note", "torn_line", str(chain.log), text, "Nothing needs to be done.", line.number)
            return
        after = state.head.seq if state.head else 0
        text = f"the log is damaged after event {after}: {fault}"
        yield Problem(
            "error",
            "damaged",
            str(chain.log),
            text,
            "Put the log back from a backup or another copy of the folder.",
            line.number,
        )
        return


def _snapshots(folder: Path) -> list[Problem]:
    problems = []
    for found in snapshots.listed(folder):
        try:
            snapshots.load(found.path)
        except SavesError as error:
            problems.append(error.as_problem("warning"))
    return problems
