"""Copies that a campaign has of what profiles say, kept as the profiles are: by `rules.ownership`, and only forward."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from gamesaves.disk import layout
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.documents import CharacterInfo, CharacterProfile
from gamesaves.errors import Problem, SavesError
from gamesaves.rules.ownership import fading, link, stale_copies, standing
from gamesaves.services.casting import Casting
from gamesaves.services.committing import Committer
from gamesaves.services.contracts import CHARACTERS

KIND = "sync"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh has changed, or would change, of one character in one campaign.

    Attributes:
        fields: each with the value of the campaign's copy, `from`, and the profile's, `to`.
    """

    campaign_id: str
    character_id: str
    fields: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Behind:
    """A character whose copies may be refreshed; without fields only what is noted of the profile moves on."""

    key: str
    tree: Tree
    profile: CharacterProfile
    fields: dict[str, Any]

    @property
    def refreshed(self) -> Tree:
        return {**self.tree, **self.fields, **link(self.profile)}


class Refreshing:
    """The copies in one open campaign."""

    def __init__(self, campaign_id: str, ledger: Ledger, casting: Casting, committer: Committer) -> None:
        self._campaign_id = campaign_id
        self._ledger = ledger
        self._casting = casting
        self._committer = committer

    def mark(self, keys: Iterable[str]) -> None:
        """Let the copies of these characters be looked at before the next turn; may be called on any thread."""
        for key in keys:
            self._ledger.suspect.setdefault(key, set())

    def mark_all(self) -> None:
        """Let all copies be looked at before the next turn."""
        self.mark(self._ledger.keys(CHARACTERS))

    def mark_differing(self) -> None:
        """Let those copies be looked at that may not be as the profiles say."""
        self.mark(self._casting.with_other_copies(self._ledger, keeping=self._ledger.refusal is None))

    def refresh(self) -> list[Refresh]:
        """Look at the copies that are marked, refresh those that are stale in one commit, and return them.

        What keeps copies from being refreshed is among the campaign's problems, and the turn goes on.
        """
        behind: list[_Behind] = []
        try:
            # An edit by hand that is not in the log yet would be merged with what is refreshed, and stay.
            self._ledger.take_in_edits(list(self._ledger.suspect))
            behind = self._behind(self._take_marked())
            if behind:
                names = ", ".join(str(one.tree["name"]) for one in behind)
                documents = {one.key: one.refreshed for one in behind}
                self._committer.commit(KIND, documents, note=f"As the profile says: {names}")
        except SavesError as error:
            self.mark(one.key for one in behind)
            self._tell(error.as_problem("warning"))
            return []
        return self._told(behind)

    def stale(self) -> list[Refresh]:
        """Return what a refresh would change, for who only reads; each is noted among the campaign's problems."""
        found = self._told(self._behind(self._take_marked()))
        for one in found:
            text = f"not as the profile says: {', '.join(one.fields)}; refreshed when it is next opened for playing"
            self._tell(self._problem("note", "stale_copies", CHARACTERS + one.character_id, text))
        return found

    def _told(self, behind: list[_Behind]) -> list[Refresh]:
        return [
            Refresh(
                self._campaign_id,
                one.key.removeprefix(CHARACTERS),
                {name: {"from": one.tree.get(name), "to": value} for name, value in one.fields.items()},
            )
            for one in behind
            if one.fields
        ]

    def _take_marked(self) -> dict[str, set[str]]:
        marked = {}
        while self._ledger.suspect:
            key, edited = self._ledger.suspect.popitem()
            if key.startswith(CHARACTERS) and key in self._ledger.state.trees:
                marked[key] = edited
        return {key: marked[key] for key in self._ledger.keys(CHARACTERS) if key in marked}

    def _behind(self, marked: dict[str, set[str]]) -> list[_Behind]:
        return [one for key, edited in marked.items() if (one := self._compared(key, edited)) is not None]

    def _compared(self, key: str, edited: set[str]) -> _Behind | None:
        """Compare a character's copies with the profile; None where nothing is to be done, or nothing may be.

        Args:
            edited: the fields that somebody has just changed by hand.
        """
        tree = self._ledger.tree(key)
        try:
            character = CharacterInfo.model_validate(tree)
            profile = self._casting.profile_of(character)
        except ValidationError:
            # Of a log that somebody has edited: opening has named it.
            return None
        except SavesError as error:
            if self._ledger.refusal is None:
                # Who only looks gets it with the profile itself.
                self._tell(error.as_problem("warning"))
            return None
        if profile is None:
            self._tell_of_another(key, character)
            return None
        fields = stale_copies(character, profile)
        stands = standing(character, profile)
        if not fields:
            return _Behind(key, tree, profile, {}) if character.profile_state in fading(profile) else None
        if stands in ("later", "unknown"):
            self._tell(self._not_forward(key, character, profile, later=stands == "later"))
            return None
        for name in fields.keys() if stands == "same" else fields.keys() & edited:
            self._tell(self._changed_here(key, name, tree.get(name), profile))
        return _Behind(key, tree, profile, fields)

    # What is told

    def _tell(self, problem: Problem) -> None:
        if problem not in self._ledger.problems:
            self._ledger.problems.append(problem)

    def _problem(
        self, severity: Literal["warning", "note"], code: str, key: str, text: str, hint: str | None = None
    ) -> Problem:
        return Problem(severity, code, str(self._ledger.folder / layout.document_path(key)), text, hint)

    def _tell_of_another(self, key: str, character: CharacterInfo) -> None:
        if character.profile_uid is None or not self._casting.has_profile(character):
            return
        text = f"the profile {character.profile_id} is another person's; the campaign's own copies stay"
        hint = "Put back the profile with the uid that stands here as profile_uid."
        self._tell(self._problem("warning", "another_person", key, text, hint))

    def _not_forward(self, key: str, character: CharacterInfo, profile: CharacterProfile, *, later: bool) -> Problem:
        here, there = f"revision {character.profile_revision}", f"revision {profile.revision}"
        text = f"its copies are from a later state of {profile.character_id} ({here}) than the store's ({there})"
        if not later:
            text = f"its copies are from a state of {profile.character_id} ({here}) that the store's does not know"
        hint = "They stay. To take over the store's all the same, set profile_revision in this file to null."
        return self._problem("warning", "unknown_profile_state", key, text, hint)

    def _changed_here(self, key: str, name: str, value: Any, profile: CharacterProfile) -> Problem:
        text = f"{name} was changed in this campaign, but it is a copy: what the profile says stands"
        hint = f"The value is in the history. To have it in all campaigns, edit {name} of {profile.character_id}"
        if value is None or isinstance(value, str):
            hint += f": saves profile set {profile.character_id} {name}={shlex.quote(value or '')}"
        return self._problem("warning", "copy_changed", key, text, hint)
