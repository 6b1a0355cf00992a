"""A profile while somebody edits its text."""

from gamesaves.disk import files, jsontext
from gamesaves.disk.jsontext import Tree
from gamesaves.documents import CharacterProfile
from gamesaves.errors import InvalidName, Problem, SavesError
from gamesaves.ids import slug
from gamesaves.rules.revisions import TRACES, content_hash, moved_on
from gamesaves.rules.rewriting import rewritten
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.editing import Edited, TextEdit, fixed_fields, object_in, problem_at
from gamesaves.services.filechecks import profile_problems
from gamesaves.services.profilefiles import ProfileStorage, profile_in

EDIT, REAPPLY = "profile edit", "profile reapply"
"""The verbs that set a profile's text aside."""

FIXED = (
    *("schema_version", "character_id", "uid"),
    *("revision", "previous", "state", "interactions", "total_interactions"),
)
"""What the library keeps up to date, or what makes somebody the person they are."""


class ProfileEdit(TextEdit):
    """A profile's text while somebody edits it; a change of what it says moves its revision on."""

    def __init__(self, context: Context, files_of: ProfileStorage, character_id: str) -> None:
        self._files = files_of
        self.character_id = character_id
        path = files_of.path(character_id)
        data = files.read(path)
        super().__init__(context, path, data, data)

    def problems(self, data: bytes) -> list[Problem]:
        """Return everything that is wrong with a text."""
        found = profile_problems(data, self.path, self.character_id)
        after = self._known(data)
        if after is None:
            return found
        try:
            slug(after.name)
        except InvalidName as error:
            found.append(problem_at(data, ("name",), self.path, f"name: {error.message}", error.hint))
        before = self._known(self.data)
        if before is not None:
            was, now = (one.model_dump(mode="json", include=set(FIXED)) for one in (before, after))
            found += fixed_fields(data, self.path, was, now, FIXED)
        return found

    def _known(self, data: bytes | None) -> CharacterProfile | None:
        """Return the profile that a text is; None where it is none, and can only become one by being edited."""
        try:
            return None if data is None else profile_in(data, self.path, self.character_id)
        except SavesError:
            return None

    def _install(self, data: bytes) -> Edited:
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            while True:
                self.path = self._files.path(self.character_id)
                there = files.read_if_there(self.path)
                joined = self._joined(there, data)
                before = self._known(there)
                if before is not None:
                    joined = self._moved_on(before, joined)
                if there is not None:
                    self._files.set_aside(there, self.path, EDIT)
                if self._files.put(self.character_id, joined, instead_of=there):
                    break
            self.path = self._files.path(self.character_id)
        return Edited(self.path, self._said(there), self._said(joined))

    def _said(self, data: bytes | None) -> Tree:
        """Return what a text says, without what tells one state of a profile from another."""
        return {name: value for name, value in object_in(data, self.path).items() if name not in TRACES}

    def _moved_on(self, before: CharacterProfile, data: bytes) -> bytes:
        """Return a text with the revision that comes next; as it is where it says the same in other words."""
        after = profile_in(data, self.path, self.character_id)
        profile = moved_on(before, after)
        if profile is before:
            return data
        profile = profile.model_copy(update={"state": content_hash(profile)})
        tree = jsontext.parse(data, self.path)
        return jsontext.encode(rewritten(tree, *(one.model_dump(mode="json") for one in (after, profile))))
