"""The files of profiles: read one by one, listed, and written."""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.files import Signature
from gamesaves.documents import CharacterProfile
from gamesaves.errors import FileProblem, NoSpace, Problem, SavesError
from gamesaves.ids import file_stem, id_of_stem
from gamesaves.rules.revisions import COUNTERS, content_hash, moved_on, with_edit_counted
from gamesaves.rules.rewriting import rewritten
from gamesaves.services.context import Context
from gamesaves.services.index import PASSING, Index, Row
from gamesaves.services.validation import read_named

TEMPLATE_KIND = "prof_"

_SHOWN = ("name", "character_class", "character_type", "voice_id", "portrait_path", "additional_images")


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """A profile as it is listed.

    Attributes:
        problem: why it cannot be used, if it cannot.
    """

    character_id: str
    name: str
    character_class: str
    character_type: str
    voice_id: str | None
    portrait_path: str | None
    additional_images: tuple[str, ...]
    path: Path
    problem: Problem | None = None


def profile_in(data: bytes, path: Path, character_id: str) -> CharacterProfile:
    """Read a profile.

    Raises:
        InvalidDocument, NewerFormat: it cannot be used, or is not of who its file name says.
    """
    hint = "A copy that is to be somebody else needs an id and a uid of its own inside."
    return read_named(CharacterProfile, data, path, "character_id", character_id, hint=hint)


class ProfileStorage:
    """Where the profiles of a store lie, and how one is written there."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def path(self, character_id: str) -> Path:
        """Return the profile's file; with a literal colon, as older trees have it, where only that one is there."""
        return self.located(character_id)[0]

    def located(self, character_id: str) -> tuple[Path, Signature | None]:
        """Return the profile's file, and what the system says of it; None where it is not there."""
        portable = self._context.places.profiles / f"{file_stem(character_id)}.json"
        if (there := files.signature(portable)) is not None:
            return portable, there
        literal = portable.with_name(f"{character_id}.json")
        there = files.signature(literal)
        return portable if there is None else literal, there

    def write(self, profile: CharacterProfile, *, over: CharacterProfile | None = None) -> CharacterProfile:
        """Write a profile and return it; of one that is there only what has changed is written anew.

        Args:
            over: whose values are replaced; what somebody has written by hand into that is kept.

        Raises:
            InvalidDocument: a value has no place in JSON, or what is there cannot be used.
        """
        profile = profile.model_copy(update={"state": content_hash(profile)})
        tree = profile.model_dump(mode="json")
        jsontext.require_storable(tree)
        path = self.path(profile.character_id)
        there = files.read_if_there(path)
        if there is not None:
            before = profile_in(there, path, profile.character_id).model_dump(mode="json")
            tree = rewritten(jsontext.parse(there, path), before, tree)
            if over is not None and with_edit_counted(over) is not over:
                reason = "it had been edited by hand, and a program has changed it since"
                self._context.recovered.keep_bytes(there, path, at=self._context.stamp(), reason=reason)
        self.put(profile.character_id, jsontext.encode(tree))
        return profile

    def set_aside(self, character_id: str, verb: str) -> None:
        """Keep a profile's text as it is now, so that what `verb` is about to do can be undone."""
        path = self.path(character_id)
        reason = f"it is what the profile was before: {verb}"
        self._context.recovered.keep_bytes(files.read(path), path, at=self._context.stamp(), reason=reason, verb=verb)

    def put_back(self, path: Path, instead_of: bytes) -> None:
        """Let a profile that was put back follow on the one that stood there: campaigns have copies of that.

        One of somebody else, or that cannot be used, stays as it was put back. The caller has the lock.
        """
        identifier = id_of_stem(path.name.removesuffix(".json")) or ""
        data = files.read(path)
        try:
            before, wanted = (profile_in(one, path, identifier) for one in (instead_of, data))
        except SavesError:
            return
        if before.uid == wanted.uid:
            counted = {name: getattr(before, name) for name in COUNTERS}
            profile = moved_on(before, wanted.model_copy(update=counted))
            profile = profile.model_copy(update={"state": content_hash(profile)})
            trees = (one.model_dump(mode="json") for one in (wanted, profile))
            self.put(identifier, jsontext.encode(rewritten(jsontext.parse(data, path), *trees)))

    def put(self, character_id: str, data: bytes) -> None:
        """Put a profile's text in its place. The caller has the lock."""
        self._context.require_store()
        old = self.path(character_id)
        path = self._context.places.profiles / f"{file_stem(character_id)}.json"
        folders.make(path.parent)
        files.replace(path, data, durable=True)
        if old != path:
            files.remove(old)


def listed(context: Context, *, templates: bool) -> list[ProfileSummary]:
    """Return the profiles, or the templates, sorted by id; one that cannot be used is listed with its problem."""
    folder = context.places.profiles
    present = {}
    for entry in folders.entries(folder):
        identifier = id_of_stem(entry.name.removesuffix(".json"))
        if not entry.name.endswith(".json") or identifier is None or entry.is_folder:
            continue
        if identifier.startswith(TEMPLATE_KIND) is templates:
            present[entry.name] = (files.signature(entry.path),)
    index = context.places.index / ("templates.json" if templates else "profiles.json")
    rows = Index(index, lambda file: _row(folder / file)).rows(present)
    return sorted((_summary(folder / file, row) for file, row in rows.items()), key=lambda one: one.character_id)


def _row(path: Path) -> Row:
    identifier = str(id_of_stem(path.name.removesuffix(".json")))
    row: Row = {"character_id": identifier, "name": identifier}
    try:
        profile = profile_in(files.read(path), path, identifier)
    except SavesError as error:
        problem = error.as_problem()
        row["problem"] = [problem.code, problem.message, problem.hint, problem.line, problem.column, problem.source]
        return row | {PASSING: isinstance(error, FileProblem | NoSpace)}
    return row | {field: getattr(profile, field) for field in _SHOWN}


def _summary(path: Path, row: Row) -> ProfileSummary:
    problem = None
    if found := row.get("problem"):
        code, message, hint, line, column, *source = found  # an older index has no line of the file
        problem = Problem("error", code, str(path), message, hint, line, column, *source)
    return ProfileSummary(
        row["character_id"],
        row["name"],
        row.get("character_class", ""),
        row.get("character_type", ""),
        row.get("voice_id"),
        row.get("portrait_path"),
        tuple(row.get("additional_images", ())),
        path,
        problem,
    )
