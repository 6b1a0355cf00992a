"""An open campaign as a part of the universe that it plays in."""

from typing import TYPE_CHECKING, Any

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.state import RESTORED, State, end_of
from gamesaves.documents import TimelineEvent, WorldState
from gamesaves.errors import InvalidValue, Problem, SavesError
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, HAPPENINGS
from gamesaves.services.copies import Who
from gamesaves.services.opened import Opened
from gamesaves.services.published import brought_by, rows_again, worlds_behind

if TYPE_CHECKING:
    from gamesaves.services.universe import Universe

_NOT_YET = "the universe has not got what happened here yet"


class Worldly(Opened):
    """What an open campaign offers of its universe."""

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._committer.deliveries.append(self._deliver)
        universe_id = self._ledger.tree(CAMPAIGN).get("universe_id")
        if universe_id is None:
            return
        if universe_id not in self._campaigns.universes():
            text = f"the universe {universe_id} is not in this store; what happens is kept until it comes"
            hint = "Copy its folder into universes/, or import a bundle that has it."
            self._ledger.problems.append(Problem("warning", "missing_universe", str(self.folder), text, hint))
        elif self._lock is not None:
            self._catch_universe_up()

    @property
    def universe(self) -> "Universe | None":
        """The universe it plays in; None where it plays in none, or that is not in this store."""
        universe_id = self._ledger.tree(CAMPAIGN).get("universe_id")
        universes = self._campaigns.universes()
        return universes.open(universe_id) if universe_id is not None and universe_id in universes else None

    def position_of(self, who: Who) -> int:
        """Return the tick of the universe's timeline that somebody has come to.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
        """
        return self.characters[self.id_of(who)].timeline_position or 0

    def world_of(self, who: Who) -> WorldState:
        """Return the world as it is where somebody stands in time; sealed.

        Raises:
            NotFound, Ambiguous: nobody, or more than one, is called that.
            InvalidValue: the campaign plays in no universe, or that is not in this store.
        """
        return self._require_universe().world_at(self.position_of(who))

    def known_to(self, who: Who, **filters: Any) -> list[TimelineEvent]:
        """Return what somebody can know of: what lies at or before their tick, and what they did themselves.

        Args:
            filters: as `Universe.events` takes them.

        Raises:
            As `world_of`.
        """
        character_id = self.id_of(who)
        return self._require_universe().events(
            seen_by=character_id, campaign=self.id, position=self.position_of(character_id), **filters
        )

    def _require_universe(self) -> "Universe":
        universe = self.universe
        if universe is None:
            raise InvalidValue("this campaign plays in no universe that is in this store", path=self.folder)
        return universe

    def happenings_at(self, event: Event) -> list[Tree]:
        """Return what the campaign has brought to its universe up to an event, as another campaign may have it."""
        return rows_again(self._ledger.ancestry.events.values(), self.id, event.hash)

    # What it brings to the universe

    def _deliver(self, before: State, event: Event | None) -> None:
        """Hand on what a commit has brought; what cannot be handed on now is, when the campaign is next opened."""
        old, new = end_of(before, HAPPENINGS), end_of(self._ledger.state, HAPPENINGS)
        if old == new:
            return
        try:
            universe = self.universe
            if universe is None:
                return
            events = [] if event is None or RESTORED in event.data else list(brought_by(event, self.id).values())
            if not events or not universe.receive(self.id, events, before=old, last=new):
                self._agree(universe)
        except SavesError as error:
            self._note_behind(error)

    def _catch_universe_up(self) -> None:
        try:
            universe = self.universe
            if universe is not None and self._is_ahead_of(universe):
                self._agree(universe)
        except SavesError as error:
            self._note_behind(error)

    def _is_ahead_of(self, universe: "Universe") -> bool:
        return universe.data.received.get(self.id) != end_of(self._ledger.state, HAPPENINGS)

    def universe_problems(self) -> list[Problem]:
        """Return that its universe has not got what happened here, where that is so.

        Raises:
            Damaged: the universe cannot be read.
        """
        universe = self.universe
        if universe is None or not self._is_ahead_of(universe):
            return []
        # A copy of a campaign is not known by its own name yet, but the universe may have all of it.
        return [self._behind(_NOT_YET)] if universe.differing(self.id, *self._published()) else []

    def _agree(self, universe: "Universe") -> None:
        """Let the universe have what is in force here, and take back what is not any more."""
        universe.agree_with(self.id, *self._published(), last=end_of(self._ledger.state, HAPPENINGS))

    def _published(self) -> tuple[dict[str, TimelineEvent], dict[str, TimelineEvent]]:
        """Return the events that are in force here, by their ids, and all that there ever were in this universe."""
        known: dict[str, tuple[str | None, TimelineEvent]] = {}
        by_row: dict[str, str] = {}
        events = self._ledger.ancestry.events.values()
        worlds, here = worlds_behind(events), self._ledger.tree(CAMPAIGN).get("universe_id")
        for event in events:
            for row_id, published in brought_by(event, self.id).items():
                event_id = by_row.setdefault(row_id, str(published.event_id))
                known.setdefault(event_id, (worlds[event.hash], published))
        # It is asked of the view, which is built again where a restore has left it behind.
        in_force = [by_row[row["id"]] for row in self._ledger.rows(HAPPENINGS)]
        own = {event_id: published for event_id, (world, published) in known.items() if world == here}
        return {event_id: own[event_id] for event_id in in_force if event_id in own}, own

    def _note_behind(self, error: SavesError) -> None:
        self._ledger.problems.append(self._behind(f"{_NOT_YET}: {error.message}"))

    def _behind(self, text: str) -> Problem:
        hint = "It gets it when this campaign is next opened, or publishes again."
        return Problem("warning", "universe_behind", str(self.folder), text, hint)

    def close(self) -> None:
        """Tell the universe where everybody has come to, and close the campaign; a second call does nothing."""
        if self._lock is not None and self.read_only is None:
            try:
                self._tell_positions()
            except SavesError as error:
                self._note_behind(error)
        super().close()

    def _tell_positions(self) -> None:
        trees = {key: self._ledger.tree(key) for key in self._ledger.keys(CHARACTERS)}
        positions = {
            key.removeprefix(CHARACTERS): tick
            for key, tree in trees.items()
            if (tick := tree.get("timeline_position")) is not None
        }
        if positions and (universe := self.universe) is not None:
            universe.move(positions, campaign_id=self.id)
