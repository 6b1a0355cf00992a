"""The files of profiles: read one by one, listed, and written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.documents import CharacterProfile
from gamesaves.errors import (
    AlreadyExists,
    FileProblem,
    InvalidDocument,
    NewerFormat,
    NoSpace,
    NotFound,
    Problem,
    SavesError,
)
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
    """Where the profiles of a store lie, and how one is written there.

    Args:
        noticed: told of each that is written.
    """

    def __init__(self, context: Context, noticed: Callable[[str], object]) -> None:
        self._context = context
        self._noticed = noticed

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

    def add(self, profile: CharacterProfile) -> CharacterProfile:
        """Write a new profile, and return it. The caller has the lock.

        Raises:
            InvalidDocument: a value has no place in JSON.
            AlreadyExists: somebody has put a file there meanwhile.
        """
        profile, tree = _to_write(profile)
        if not self.put(profile.character_id, jsontext.encode(tree), instead_of=None):
            path = self.path(profile.character_id)
            raise AlreadyExists("somebody has put it there meanwhile", path=path, hint="Try again.")
        return profile

    def revise(
        self, character_id: str, change: Callable[[CharacterProfile], CharacterProfile], *, verb: str | None = None
    ) -> CharacterProfile:
        """Change a profile, and return it as it is then; only what has changed is written anew.

        What somebody has written by hand, and is replaced, is kept. The caller has the lock.

        Args:
            change: returns what a profile is to be, itself where that is nothing new. It is asked again where somebody
                edits the file meanwhile.
            verb: what is done, where it can be undone.

        Raises:
            NotFound: there is no such profile.
            InvalidDocument, NewerFormat: what is there cannot be used, or a value has no place in JSON.
        """
        while True:
            path = self.path(character_id)
            there = files.read_if_there(path)
            if there is None:
                raise NotFound("profile", character_id)
            before = profile_in(there, path, character_id)
            after = change(before)
            if after is before:
                return before
            profile, tree = _to_write(after)
            data = jsontext.encode(rewritten(jsontext.parse(there, path), before.model_dump(mode="json"), tree))
            if verb is not None:
                self.set_aside(there, path, verb)
            elif with_edit_counted(before) is not before and profile.state != content_hash(before):
                reason = "it had been edited by hand, and a program has changed it since"
                self._context.recovered.keep_bytes(there, path, at=self._context.stamp(), reason=reason)
            if self.put(character_id, data, instead_of=there):
                return profile

    def set_aside(self, data: bytes, path: Path, verb: str) -> None:
        """Keep a profile's text, so that what `verb` is about to do can be undone."""
        reason = f"it is what the profile was before: {verb}"
        self._context.recovered.keep_bytes(data, path, at=self._context.stamp(), reason=reason, verb=verb)

    def put_back(self, path: Path, instead_of: bytes) -> None:
        """Let a profile that was put back follow on the one that stood there: campaigns have copies of that.

        One of somebody else, or that cannot be used, stays as it was put back. The caller has the lock.
        """
        identifier = id_of_stem(path.name.removesuffix(".json")) or ""
        try:
            before = profile_in(instead_of, path, identifier)
            self.revise(identifier, lambda wanted: _following_on(before, wanted))
        except (InvalidDocument, NewerFormat):
            return

    def put(self, character_id: str, data: bytes, *, instead_of: bytes | None) -> bool:
        """Put a profile's text in its place, and say so; not where it is no longer what the caller has seen there.

        The caller has the lock.
        """
        self._context.require_store()
        old = self.path(character_id)
        path = self._context.places.profiles / f"{file_stem(character_id)}.json"
        folders.make(path.parent)

        def as_seen() -> bool:
            return files.read_if_there(self.path(character_id)) == instead_of

        if not files.replace(path, data, durable=True, before_rename=as_seen):
            return False
        if old != path:
            files.remove(old)
        self._noticed(character_id)
        return True


def _following_on(before: CharacterProfile, wanted: CharacterProfile) -> CharacterProfile:
    if before.uid != wanted.uid:
        return wanted
    counted = {name: getattr(before, name) for name in COUNTERS}
    return moved_on(before, wanted.model_copy(update=counted))


def _to_write(profile: CharacterProfile) -> tuple[CharacterProfile, Tree]:
    profile = profile.model_copy(update={"state": content_hash(profile)})
    tree = profile.model_dump(mode="json")
    jsontext.require_storable(tree)
    return profile, tree


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
