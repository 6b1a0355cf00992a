"""What campaigns share: the store's own file, profiles, players, pictures, and what programs left lying about."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.disk.pictures import fits_name, is_stored, picture_kind
from gamesaves.disk.state import State
from gamesaves.documents import CharacterInfo, CharacterProfile, StoreInfo
from gamesaves.errors import FileProblem, InvalidDocument, Locked, NewerFormat, Problem, SavesError
from gamesaves.ids import file_stem, slug
from gamesaves.rules.emblem import emblem_png
from gamesaves.rules.rebuilding import rebuilt_profile
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import FORMAT, KIND, Context
from gamesaves.services.contracts import store_ids
from gamesaves.services.exporting import characters
from gamesaves.services.images import Image, Images
from gamesaves.services.profilefiles import TEMPLATE_KIND, ProfileSummary, profile_in
from gamesaves.services.profiles import Profiles
from gamesaves.services.repairing.documents import fitting, salvaged
from gamesaves.services.repairing.plans import RepairStep
from gamesaves.services.repairing.players import PlayerRepair
from gamesaves.services.repairing.tasks import Task, replacing, setting_aside
from gamesaves.services.validation import faults_in, read_document

_OF_A_PROFILE = {
    "portrait_path": "the portrait",
    "additional_images": "more pictures",
    "starting": "what a new campaign begins with",
}


class SharedRepair:
    """Plans the repair of what campaigns share.

    Args:
        states: of the campaigns, by the name of their folders, as they are once they are repaired.
    """

    def __init__(
        self,
        context: Context,
        campaigns: Campaigns,
        profiles: Profiles,
        images: Images,
        states: Mapping[str, State],
    ) -> None:
        self._context = context
        self._campaigns = campaigns
        self._profiles = profiles
        self._images = images
        self._states = states
        self.remaining: list[Problem] = []

    def tasks(self) -> Iterator[Task]:
        """Yield what is to be done; what cannot be is in `remaining` then."""
        for part in (self._store_file, self._people, self._players, self._pictures, self._notes, self._left_over):
            try:
                yield from part()
            except SavesError as error:
                self.remaining.append(error.as_problem())

    # The store's own file

    def _store_file(self) -> Iterator[Task]:
        path = self._context.places.store_file
        data = files.read_if_there(path)
        reason = "it is not there"
        if data is not None:
            try:
                read_document(StoreInfo, data, path)
                return
            except InvalidDocument as error:
                reason = error.message
        known = jsontext.readable(data or b"")
        own = {name: known[name] for name in ("store_id", "created_at") if isinstance(known.get(name), str)}
        about = {"schema_version": FORMAT, "kind": KIND, "store_id": secrets.token_hex(8)}
        tree = {**about, "created_at": self._context.stamp(), **own}
        try:
            StoreInfo.model_validate(tree)
        except ValidationError:
            tree["created_at"] = self._context.stamp()
        lost = None if "store_id" in own else "the store's id: backups made before are those of another store"
        yield replacing(self._context, RepairStep("store", path, "rebuild", reason, lost), jsontext.encode(tree))

    # Profiles

    def _people(self) -> Iterator[Task]:
        strays: dict[str, bytes] = {}
        broken: list[tuple[str, Path, SavesError]] = []
        for listed in [*self._profiles.list(), *self._profiles.list(templates=True)]:
            data = files.read(listed.path)
            try:
                profile_in(data, listed.path, listed.character_id)
            except (NewerFormat, FileProblem) as error:
                self.remaining.append(error.as_problem())
            except SavesError as error:
                broken.append((listed.character_id, listed.path, error))
                if (whose := _whose(data, listed.path)) is not None:
                    strays[whose] = data
        for character_id, path, fault in broken:
            yield self._mended(character_id, path, fault.message, strays.get(character_id))
        for character_id, tree in self._missing():
            path = self._context.places.profiles / f"{file_stem(character_id)}.json"
            own: jsontext.Tree = {}
            made = self._rebuilt(character_id, tree, own)
            if made is not None:
                lost = _gone(str(tree.get("name")), own, [])
                reason = "it is not there; the campaigns' copies are"
                yield replacing(self._context, RepairStep("profile", path, "rebuild", reason, lost), made)

    def _mended(self, character_id: str, path: Path, reason: str, stray: bytes | None) -> Task:
        if stray is not None:
            step = RepairStep("profile", path, "rewrite", "it was exchanged for another one")
            return replacing(self._context, step, stray)
        if character_id.startswith(TEMPLATE_KIND):
            # The next draft of its preset writes it again.
            return setting_aside(self._context, RepairStep("template", path, "set aside", reason))
        data = files.read(path)
        own, _ = salvaged(data, path)
        if own.get("character_id", character_id) != character_id:
            own = {}
        copies = next((tree for one, tree in self._members() if one == character_id), None)
        rebuilt = None if copies is None else self._rebuilt(character_id, copies, {})
        before = None if rebuilt is None else jsontext.parse(rebuilt, path)
        tree, left = fitting(
            {"character_id": character_id, **own}, before, partial(faults_in, CharacterProfile), is_whole=before is None
        )
        if tree is None:
            lost = f"who {character_id} is: nothing of it can be read, and no campaign has copies"
            return setting_aside(self._context, RepairStep("profile", path, "set aside", reason, lost))
        self._find_portrait(tree, own)
        gone = _gone(str(tree.get("name")), own, left)
        data = jsontext.encode(CharacterProfile.model_validate(tree).model_dump(mode="json"))
        return replacing(self._context, RepairStep("profile", path, "rebuild", reason, gone), data)

    def _members(self) -> Iterator[tuple[str, jsontext.Tree]]:
        """Yield the characters of all campaigns, each with the id of its profile in this store."""
        for state in self._states.values():
            for _, tree in characters(state):
                if isinstance(tree.get("profile_id"), str) and isinstance(tree.get("profile_uid"), str):
                    yield store_ids(state.trees, tree["profile_id"])[0], tree

    def _missing(self) -> Iterable[tuple[str, jsontext.Tree]]:
        found: dict[str, jsontext.Tree] = {}
        for character_id, tree in self._members():
            if character_id not in self._profiles and tree["profile_id"] not in self._profiles:
                found.setdefault(character_id, tree)
        return found.items()

    def _rebuilt(self, character_id: str, tree: jsontext.Tree, own: jsontext.Tree) -> bytes | None:
        try:
            member = CharacterInfo.model_validate(tree)
            profile = rebuilt_profile(member, character_id=character_id, now=self._context.now())
        except ValidationError:
            return None
        tree = profile.model_dump(mode="json")
        self._find_portrait(tree, own)
        return jsontext.encode(tree)

    def _find_portrait(self, tree: jsontext.Tree, own: jsontext.Tree) -> None:
        """Give a profile the one picture that was stored under its name and that nobody shows, and add it to `own`."""
        stem = f"{slug(str(tree.get('name')))}-"
        found = [one.path for one in self._images.list() if not one.used_by and one.file.name.startswith(stem)]
        if "portrait_path" not in own and len(found) == 1:
            tree["portrait_path"] = own["portrait_path"] = found[0]

    # Players

    def _players(self) -> Iterator[Task]:
        return PlayerRepair(self._context, self._campaigns, self._states, self.remaining).tasks()

    # Pictures

    def _pictures(self) -> Iterator[Task]:
        for one in self._profiles.list():
            path = self._context.places.root / str(one.portrait_path)
            if one.portrait_path is not None and not files.exists(path) and (drawn := _drawn(one, path.name)):
                step = RepairStep("picture", path, "rebuild", "it is not there; it can be drawn again")
                yield replacing(self._context, step, drawn)
        for image in self._images.list():
            data = files.read(image.file)
            fault = _fault(data, image)
            if fault is None:
                continue
            reason, is_picture = fault
            if (found := self._another(image)) is not None:
                step = RepairStep("picture", image.file, "rewrite", reason)
                yield replacing(self._context, step, found)
            elif is_picture:
                hint = "It is still shown. Put it back from a backup, or make a new portrait."
                self.remaining.append(Problem("warning", "changed_picture", str(image.file), reason, hint))
            else:
                whose = ", ".join(self._called(one) for one in image.used_by)
                lost = f"the picture of {whose}" if whose else "a picture that nobody shows"
                step = RepairStep("picture", image.file, "set aside", reason, lost)
                yield setting_aside(self._context, step)

    def _called(self, user: str) -> str:
        listed = {one.character_id: one.name for one in self._profiles.list()}
        return listed.get(user, user)

    def _another(self, image: Image) -> bytes | None:
        """Return the bytes that a picture was stored with: those of another file, or of the emblem that was drawn."""
        if not is_stored(image.file.name):
            return None
        for other in self._images.list():
            data = files.read(other.file)
            if fits_name(data, image.file.name):
                return data
        users = (one for one in self._profiles.list() if one.character_id in image.used_by)
        return next((drawn for one in users if (drawn := _drawn(one, image.file.name))), None)

    # What programs that have ended left lying about

    def _notes(self) -> Iterator[Task]:
        for path in dead_notes(self._context):
            reason = "whoever had the lock is gone"
            yield Task(RepairStep("lock", path, "remove", reason), lambda path=path: files.remove(path))  # type: ignore[misc]

    def _left_over(self) -> Iterator[Task]:
        for entry in folders.entries(self._context.places.staging):
            name = entry.name.partition("-")[0]
            owner = name if name.startswith(layout.CAMPAIGN_PREFIX) else "backup"
            if is_free(self._context, owner):
                reason = "it was being put together when a program ended"
                yield setting_aside(self._context, RepairStep("left_over", entry.path, "set aside", reason))


def dead_notes(context: Context) -> Iterator[Path]:
    """Yield the notes of locks that nobody holds."""
    folder = context.places.lock("store").parent
    for entry in folders.entries(folder):
        if entry.name.endswith(layout.DOCUMENT_SUFFIX) and is_free(context, entry.name.removesuffix(".json")):
            yield entry.path


def is_free(context: Context, name: str) -> bool:
    """Whether nobody holds a lock; where that cannot be found out, somebody may."""
    try:
        with context.lock(name, name).held(0):
            return True
    except (Locked, FileProblem):
        return False


def _drawn(profile: ProfileSummary, name: str) -> bytes | None:
    """Return the emblem of somebody, where it is the picture that has this name: it follows from who they are."""
    drawn = emblem_png(f"{profile.name}\n{profile.character_class}")
    return drawn if is_stored(name) and fits_name(drawn, name) else None


def _gone(name: str, own: jsontext.Tree, left: list[str]) -> str | None:
    """Return what of a profile does not come back: what it did not say itself, and what no campaign has a copy of."""
    missing = [field for field in ("portrait_path", "additional_images", "starting") if field not in own]
    gone = [_OF_A_PROFILE[field] for field in _OF_A_PROFILE if field in missing or field in left]
    return f"of {name}: {', '.join(gone)}" if gone else None


def _whose(data: bytes, path: Path) -> str | None:
    try:
        return read_document(CharacterProfile, data, path).character_id
    except SavesError:
        return None


def _fault(data: bytes, image: Image) -> tuple[str, bool] | None:
    """Return what is wrong with a picture, and whether it is one all the same."""
    try:
        picture_kind(data, image.file)
    except SavesError as error:
        return error.message, False
    return None if fits_name(data, image.file.name) else ("its bytes are not those it was stored with", True)
