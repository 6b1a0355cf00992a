"""What campaigns share: the store's own file, profiles, pictures, and what programs have left lying about."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from gamesaves.disk import files, folders, layout, wholestores
from gamesaves.disk.pictures import fits_name, picture_kind
from gamesaves.documents import CharacterProfile, StoreInfo
from gamesaves.errors import Problem, SavesError
from gamesaves.services.context import Context
from gamesaves.services.filechecks import player_problems, profile_problems
from gamesaves.services.images import Images
from gamesaves.services.players import Players
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.profiles import Profiles
from gamesaves.services.repairing.plans import VERB
from gamesaves.services.repairing.shared import dead_notes
from gamesaves.services.validation import read_document

REPAIR = "Mend it: saves repair"


def store_file_problems(context: Context) -> list[Problem]:
    """Return what is wrong with `store.json`."""
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
        return [mendable(problem) for problem in error.as_problems()]
    return []


def mendable(problem: Problem, campaign: str | None = None) -> Problem:
    """Return a problem with the command that mends it; what a newer program has written is not to be mended."""
    if problem.code == "newer_format":
        return problem
    return replace(problem, hint=REPAIR if campaign is None else f"{REPAIR} {campaign}")


def left_over_problems(context: Context) -> Iterator[Problem]:
    """Yield what programs that have ended have left: half a restore, half an import, notes of locks."""
    yield from wholestores.unfinished(context.recovered)
    text = "it was being put together when a program ended; nothing of it is in use"
    for one in folders.entries(context.places.staging):
        yield Problem("note", "left_over", str(one.path), text, "It can be deleted; or have it set aside: saves repair")
    for path in dead_notes(context):
        text = "it says who has a lock, but nobody has it: that program has ended"
        yield Problem("note", "stale_lock", str(path), text, "Nothing needs to be done; saves repair takes it away.")
    newest: set[str | None] = set()
    for entry in context.recovered.listed():
        unfinished = entry.verb == VERB and entry.undoable and entry.replaced_by is None
        if unfinished and entry.path not in newest and _is_away(context, str(entry.path)):
            what = "campaign" if str(entry.path).startswith(layout.CAMPAIGN_PREFIX) else "universe"
            text = f"a program ended while it repaired this {what}; it is kept, and whole as it was"
            home = str(context.places.root / str(entry.path))
            yield Problem("error", "unfinished_repair", home, text, f"Bring it back: saves undo {entry.id}")
        newest.add(entry.path)


def _is_away(context: Context, path: str) -> bool:
    return path.startswith((layout.CAMPAIGN_PREFIX, "universes/")) and not files.exists(context.places.root / path)


def people_problems(profiles: Profiles, context: Context) -> Iterator[Problem]:
    """Yield what is wrong with the profiles, and who has the same `uid`."""
    people: dict[str, list[str]] = defaultdict(list)
    for found in [*profiles.list(), *profiles.list(templates=True)]:
        try:
            # Not what the list says: that follows from what was remembered of files that look the same.
            data = files.read(found.path)
        except SavesError as error:
            yield error.as_problem()
            continue
        yield from map(_with_repair, profile_problems(data, found.path, found.character_id))
        try:
            profile = profile_in(data, found.path, found.character_id)
        except SavesError:
            continue  # all that is wrong with it is told already
        people[profile.uid].append(str(found.path))
        yield from _pictures(profile, str(found.path), context)
    for first, *others in people.values():
        for path in others:
            text = f"it has the uid of {first}: to every campaign the two are one person"
            hint = "Delete the one that is a copy; or make it somebody else: give it another uid, of any letters."
            yield Problem("warning", "same_uid", path, text, hint)


def player_file_problems(players: Players) -> Iterator[Problem]:
    """Yield what is wrong with the files of players."""
    for found in players.list():
        try:
            yield from map(_with_repair, player_problems(files.read(found.path), found.path, found.player_id))
        except SavesError as error:
            yield error.as_problem()


def _with_repair(problem: Problem) -> Problem:
    if problem.code != "invalid":
        return problem
    return replace(problem, hint=f"{problem.hint}\nOr: saves repair" if problem.hint else REPAIR)


def _pictures(profile: CharacterProfile, path: str, context: Context) -> Iterator[Problem]:
    for picture in (profile.portrait_path, *profile.additional_images):
        if picture is None:
            continue
        try:
            there = files.exists(context.places.require_inside(context.places.root / picture))
        except SavesError as error:
            yield error.as_problem()
            continue
        if not there:
            text = f"the picture {picture} is not there"
            hint = f"Put it back, or make a new one: saves profile portrait {profile.character_id}"
            yield Problem("warning", "missing_picture", path, text, hint)


def image_problems(images: Images) -> Iterator[Problem]:
    """Yield the pictures that are none, or not those that were stored."""
    for image in images.list():
        try:
            data = files.read(image.file)
            picture_kind(data, image.file)
        except SavesError as error:
            yield mendable(error.as_problem())
            continue
        if not fits_name(data, image.file.name):
            text = "its bytes are not those it was stored with: it was changed, or is damaged"
            yield Problem(
                "warning", "changed_picture", str(image.file), text, f"{REPAIR}, where it can be drawn again."
            )
