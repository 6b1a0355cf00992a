"""Working copies of a campaign's documents, which a turn hands out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import CampaignData, CharacterInfo, CharacterProfile, SceneInfo, lending
from gamesaves.errors import Closed, NotFound
from gamesaves.services.committing import Committer
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, SCENES
from gamesaves.services.drafts import Draft
from gamesaves.services.loaded import Kind, Models
from gamesaves.services.lookup import missing
from gamesaves.services.presets import Presets

if TYPE_CHECKING:
    from gamesaves.services.characters import Character

Who = str | Draft | CharacterProfile | CharacterInfo
"""Somebody: an id, a draft, a profile or the campaign's own object."""


class Copies:
    """The copies of one turn, each made when it is first asked for."""

    def __init__(
        self,
        committer: Committer,
        note: str | None,
        resolve: Callable[[Who], str],
        models: Models,
        character_of: "Callable[[Tree], Character]",
        presets: Presets,
    ) -> None:
        self._committer = committer
        self._note = note
        self._resolve = resolve
        self._models = models
        self._character_of = character_of
        self._presets = presets
        self._copies: dict[str, Any] = {}
        self._before: dict[str, Tree | None] = {}
        self._bases: dict[str, Tree | None] = {}
        self._unknown: dict[str, Tree] = {}
        self._records: list[Tree] = []
        self._messages: list[Tree] = []
        self._published: list[Tree] = []
        self._open = True
        committer.begin_turn()

    def _require_open(self) -> None:
        if not self._open:
            raise Closed("this turn has ended", hint="Begin another one.")

    def _tree(self, key: str) -> Tree | None:
        """Return a document as it is now, with an edit that somebody made to its file meanwhile."""
        ledger = self._committer.ledger
        ledger.take_in_edits([key])
        self._bases[key] = ledger.standing(key)
        return ledger.tree(key) if key in ledger.state.trees else None

    def _copy(self, key: str, make: Callable[[Tree | None], Any]) -> Any:
        self._require_open()
        if self._copies.get(key) is None:
            removed = key in self._copies
            if not removed:
                self._before[key] = self._tree(key)
            # Of a value whose shape belongs to the game a model keeps the very object, which is the committed state's.
            self._copies[key] = make(None if removed else to_jsonable_python(self._before[key]))
        return self._copies[key]

    def _lent(self, key: str, make: Callable[[Tree], Kind]) -> Kind:
        """Return a copy of one of the library's own documents."""
        self._require_open()
        copy: Kind | None = self._copies.get(key)
        if copy is None:
            if self._tree(key) is None:
                raise self._missing(key)
            copy = self._copies[key] = self._models.lend(key, make)
            lender = lending.lender_of(copy)
            assert lender is not None
            self._before[key] = lender.tree
        return copy

    def _missing(self, key: str) -> NotFound:
        folder, slash, name = key.partition("/")
        there = (one for one in self._committer.ledger.state.trees if one.startswith(folder + slash))
        return missing(folder.removesuffix("s"), name, (one.partition(slash)[2] for one in there))

    def character(self, who: Who) -> "Character":
        """Return a character of the campaign to change.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
        """
        self._require_open()
        return self._lent(CHARACTERS + self._resolve(who), self._character_of)

    @property
    def data(self) -> CampaignData:
        """The campaign's own data to change."""
        return self._lent(CAMPAIGN, CampaignData.model_validate)

    def scene(self, scene_id: str) -> SceneInfo:
        """Return a scene to change.

        Raises:
            NotFound: there is no such scene.
        """
        return self._lent(SCENES + scene_id, SceneInfo.model_validate)

    def discard(self) -> None:
        """End the turn and forget what was changed in it; a second call does nothing."""
        if self._open:
            self._end()

    def _end(self) -> None:
        self._open = False
        self._copies.clear()
        self._committer.end_turn()
