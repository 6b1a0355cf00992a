"""What a turn offers of the universe its campaign plays in: time that goes on, and what others find there."""

import secrets
from collections.abc import Iterable
from typing import Any

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.documents.universe import Scope
from gamesaves.errors import InvalidValue
from gamesaves.rules.timeline import require_allowed, require_exact, require_possible, require_tick
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS
from gamesaves.services.copies import Who
from gamesaves.services.published import worlds_changed
from gamesaves.services.timed import Timed
from gamesaves.services.validation import made, storable_values

_JOIN = "Let it play in one: turn.data.universe_id = universe.id"
_ELSEWHERE = "Fork it at an event before it first published, and let the fork play elsewhere."


class Happenings(Timed):
    """A turn as a part of a universe's time."""

    def advance_timeline(self, who: Who | None = None, *, ticks: int = 1, to: int | None = None) -> None:
        """Let somebody come to a later tick of the universe's timeline; the whole party where nobody is named.

        Args:
            ticks: how far to go.
            to: the tick to go to, instead; whoever is there or beyond stays.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: the number is negative: nobody goes back in time; it is no whole number, or leads beyond the
                last tick; or the campaign plays in no universe.
        """
        self._universe_id()
        given = ticks if to is None else to
        if type(given) is int and given < 0:
            raise InvalidValue("nobody goes back in time", hint="To undo what was played, restore the campaign.")
        require_tick(given)
        for one in self._party() if who is None else [who]:
            character = self.character(one)
            now = character.timeline_position or 0
            then = now + ticks if to is None else max(now, to)
            require_tick(then)
            character.timeline_position = then

    def publish(
        self,
        kind: str,
        description: str = "",
        *,
        by: Who | None = None,
        at: int | None = None,
        scope: Scope = "minor",
        location: str | None = None,
        effects: Iterable[Effect | dict[str, Any]] = (),
        matures_at: int | None = None,
        **data: Any,
    ) -> None:
        """Let something happen in the universe, with this turn; others find it when they come to that tick.

        It is part of the turn's commit, and reaches the universe once, whatever comes between.

        Args:
            kind: what kind of event it is, in the game's own word: `guardian_fell`.
            description: what happened, for people.
            by: who did it, and sees it wherever they are.
            at: the tick; where whoever did it stands, or else the furthest of the party, if it is not given.
            scope: `major`, if it changes the world; `minor`, if only its location.
            location: where: a key of the world's locations.
            effects: what it changes: `{"set": "/locations/forest/open", "value": True}`.
            matures_at: the tick from which the effects hold.
            data: whatever the game adds.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: a value does not fit, or the campaign plays in no universe.
            InvalidDocument: a value has no place in JSON.
        """
        self._require_open()
        self._universe_id()
        author = None if by is None else self._resolve(by)
        given = {
            "timeline_position": self._tick(author) if at is None else at,
            "character_id": author,
            "campaign_id": self._committer.ledger.folder.name,
            "kind": kind,
            "scope": scope,
            "location": location,
            "description": description,
            "data": data,
            "effects": list(effects),
            "matures_at": matures_at,
        }
        event = made(TimelineEvent, given)
        require_exact(event)
        require_allowed(event)
        require_possible(event)
        with storable_values():
            row: Tree = event.model_dump(mode="json", exclude_defaults=True)
        self._published.append({"id": secrets.token_hex(6), **row, "timeline_position": event.timeline_position})

    def _require_one_world(self, before: Tree, tree: Tree) -> None:
        """Refuse to take a campaign elsewhere that has brought something to its universe.

        Raises:
            InvalidValue: it has; what it takes back could not be taken back there.
        """
        world = tree.get("universe_id")
        if before.get("universe_id") == world:
            return
        others = worlds_changed(self._committer.ledger.ancestry.events.values()) - {world}
        if others:
            text = f"the campaign has published in {', '.join(sorted(map(str, others)))}, and stays there"
            raise InvalidValue(text, path=self._committer.ledger.folder, hint=_ELSEWHERE)

    def _universe_id(self) -> str:
        universe_id = (self._copies.get(CAMPAIGN) or self.data).universe_id
        if universe_id is None:
            raise InvalidValue("this campaign plays in no universe", hint=_JOIN)
        return str(universe_id)

    def _party(self) -> list[str]:
        trees = self._committer.ledger.state.trees
        listed = trees[CAMPAIGN].get("character_ids", [])
        return [one for one in listed if trees.get(CHARACTERS + one, {}).get("character_type") == "player"]

    def _tick(self, author: str | None) -> int:
        return max((self._position(one) for one in ([author] if author else self._party())), default=0)

    def _position(self, character_id: str) -> int:
        copy = self._copies.get(CHARACTERS + character_id)
        if copy is not None:
            return int(copy.timeline_position or 0)
        return int(self._committer.ledger.tree(CHARACTERS + character_id).get("timeline_position") or 0)
