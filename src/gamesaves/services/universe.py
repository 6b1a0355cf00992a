"""A universe: a world with one timeline, which several campaigns, in several programs, add to at the same time."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic_core import to_jsonable_python

from gamesaves.disk.sharedledger import SharedLedger
from gamesaves.disk.timelineindex import TimelineIndex
from gamesaves.documents import TimelineEvent, UniverseData, WorldState
from gamesaves.errors import InvalidValue, Problem, SavesError
from gamesaves.rules.patch import Json
from gamesaves.rules.timeline import require_exact, require_possible, require_tick
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.joining import Choice, Comparison, Copies, take_in
from gamesaves.services.presets import Layer, Presets
from gamesaves.services.timeline import Sighting, Timeline
from gamesaves.services.worldchange import Change, furthest_tick
from gamesaves.services.worldcontract import UNIVERSE, WORLD, UniverseContract
from gamesaves.services.worldfold import KEPT, kept_of
from gamesaves.services.worldmerging import WorldJoin

if TYPE_CHECKING:
    from gamesaves.services.universes import Universes

DOCUMENTS_FOLLOW_SECONDS = 1.0
"""How long the documents of a universe may lag behind its log."""


class Universe:
    """An open universe. Nobody keeps it to themselves: each change takes in what others have done first.

    Attributes:
        id: its id.
        folder: where it lies.
        presets: those of the universe's own folder first, then the store's.
    """

    def __init__(self, universe_id: str, context: Context, presets: Presets, universes: "Universes") -> None:
        self.id = universe_id
        self.folder: Path = context.places.universe(universe_id)
        self.presets = presets.under(Layer("universe", self.folder / "presets"))
        self._context = context
        self._universes = universes
        lock = context.lock(f"universe-{universe_id}", f"universe {universe_id}")
        self._ledger = SharedLedger(
            self.folder,
            UniverseContract(),
            context.surroundings,
            lambda job: context.worker.later(job, DOCUMENTS_FOLLOW_SECONDS),
            lock,
            LOCK_PATIENCE_SECONDS,
        )
        index = TimelineIndex(context.places.index / f"universe-{universe_id}", self.folder)
        self.timeline = Timeline(index, self.folder)

    # Looking

    @property
    def data(self) -> UniverseData:
        """What the universe is, and who is where in it; sealed."""
        return UniverseData.model_validate(to_jsonable_python(self._ledger.tree(UNIVERSE))).seal()

    @property
    def world(self) -> WorldState:
        """The world at the furthest tick; sealed."""
        return WorldState.model_validate(to_jsonable_python(self._ledger.tree(WORLD))).seal()

    @property
    def title(self) -> str:
        """What a player reads."""
        return self.data.title

    @property
    def timeline_position(self) -> int:
        """The furthest tick that anybody has come to."""
        return furthest_tick(self._ledger.tree(UNIVERSE))

    @property
    def problems(self) -> list[Problem]:
        """What was found wrong at opening and since."""
        return self._ledger.problems

    @property
    def read_only(self) -> SavesError | None:
        """Why nothing can be added; None where it can."""
        return self._ledger.read_only

    @property
    def seq(self) -> int:
        """The number of the newest event in its log."""
        head = self._ledger.state.head
        assert head is not None
        return head.seq

    def world_at(self, position: int) -> WorldState:
        """Return the world as it is for whoever stands at a tick; sealed.

        Raises:
            InvalidValue: it is no tick.
        """
        require_tick(position)
        tree: Json = self.timeline.world_at(position)
        major = [kept_of(event) for event in self.timeline.newest_major(position, KEPT)]
        return WorldState.model_validate(to_jsonable_python({**tree, "major_events": major})).seal()

    def position_of(self, character_id: str, campaign_id: str | None = None) -> int:
        """Return the tick that a character has come to; 0 for one who has not been here.

        Args:
            campaign_id: the campaign they are played in; the furthest of all where it is not given.
        """
        found = [
            one.timeline_position
            for one in self.data.active_characters
            if one.character_id == character_id and campaign_id in (None, one.campaign_id)
        ]
        return max(found, default=0)

    def events(
        self,
        *,
        seen_by: str | None = None,
        campaign: str | None = None,
        position: int | None = None,
        location: str | None = None,
        character: str | None = None,
        kind: str | None = None,
        scope: Literal["major", "minor"] | None = None,
        since: int | None = None,
        until: int | None = None,
        last: int | None = None,
        retracted: bool = False,
    ) -> list[TimelineEvent]:
        """Return what happened, in the order of time, the latest last.

        Args:
            seen_by: only what a character can know of: what lies at or before their position, and what they did.
            campaign, position: the campaign that character is played in, and where they stand, if it is not where the
                universe has them.
            location, character, kind, scope: only events of this place, author, kind or scope.
            since, until: the first and the last tick.
            last: only the latest so many.
            retracted: those that were taken back, instead.
        """
        sighting = None
        if seen_by is not None:
            at = self.position_of(seen_by, campaign) if position is None else position
            sighting = Sighting(at, seen_by, campaign)
        return self.timeline.find(
            seen_by=sighting,
            location=location,
            character=character,
            kind=kind,
            scope=scope,
            since=since,
            until=until,
            last=last,
            in_force=not retracted,
        )

    def event(self, event_id: str) -> TimelineEvent:
        """Return an event, also one that was taken back.

        Raises:
            NotFound: there is none with this id.
        """
        return self.timeline.get(event_id)

    def paradoxes(self) -> list[TimelineEvent]:
        """Return the events that were added to the past and touched what had been changed further on."""
        return self.timeline.find(paradoxical=True)

    # Changing

    def publish(self, event: TimelineEvent) -> TimelineEvent:
        """Add an event to the timeline, now or in the past; return it as it stands there.

        What it touches that somebody further on had changed already is in its `paradoxes`, and the world is what all
        effects in their order make of it.

        Raises:
            InvalidValue: an effect is not the event's to have, has a key that nobody reads, or no world has room for
                it; or there is an event with its id.
            Locked, NoSpace, FileProblem, FlushFailed, Diverged, ReadOnly, NewerFormat, Damaged: it is not there.
        """
        require_exact(event)
        require_possible(event)
        if event.event_id is None:
            event = event.model_copy(update={"event_id": f"{self.id}/{secrets.token_hex(8)}"})
        with self._changing() as change:
            if self.timeline.standing(str(event.event_id)) is not None:
                raise InvalidValue(f"there is an event {event.event_id} already")
            return change.publish(event)

    def retract(self, event_id: str) -> None:
        """Take an event back: it stays readable and is no longer in force. One that was taken back stays so.

        Raises:
            NotFound: there is none with this id.
            As `publish`.
        """
        with self._changing() as change:
            change.stand(self.timeline.get(event_id), in_force=False)

    def reinstate(self, event_id: str) -> None:
        """Let an event that was taken back be in force again.

        Raises:
            As `retract`.
        """
        with self._changing() as change:
            change.stand(self.timeline.get(event_id), in_force=True)

    def move(self, positions: Mapping[str, int], *, campaign_id: str) -> None:
        """Take note of where the characters of a campaign have come to; time goes on with whoever is furthest.

        Raises:
            InvalidValue: one is no tick.
            As `publish`.
        """
        for position in positions.values():
            require_tick(position)
        with self._changing() as change:
            change.move(campaign_id, positions)

    def receive(
        self, campaign_id: str, events: Iterable[TimelineEvent], *, before: str | None, last: str | None
    ) -> bool:
        """Take over what a campaign's commit has brought, once; return False where it does not follow on the last one.

        Args:
            before: where what the campaign had published ended before this commit.
            last: where it ends now.
        """
        with self._changing() as change:
            received = change.received(campaign_id)
            if received == last:
                return True
            if received != before:
                return False
            fresh = [event for event in events if self.timeline.standing(str(event.event_id)) is None]
            for event in fresh[:-1]:
                change.publish(event)
            if fresh:
                change.publish(fresh[-1], received={campaign_id: last})
            else:
                change.note_received(campaign_id, last)
            return True

    def differing(self, campaign_id: str, in_force: Mapping[str, TimelineEvent], known: Iterable[str]) -> list[str]:
        """Return the ids of the events that a campaign's log has in force and this has not, or the other way round.

        Args:
            in_force, known: as `agree_with` takes them.
        """
        standing = {event_id: self.timeline.standing(event_id) for event_id in [*in_force, *known]}
        return [
            event_id
            for event_id, stands in standing.items()
            if (stands is None and event_id in in_force)
            or (
                stands is not None
                and stands is not (event_id in in_force)
                and _is_of(in_force.get(event_id) or self.timeline.get(event_id), campaign_id)
            )
        ]

    def agree_with(
        self, campaign_id: str, in_force: Mapping[str, TimelineEvent], known: Iterable[str], *, last: str | None
    ) -> None:
        """Bring what a campaign has published, whatever became of it on the way, to what its log says.

        Args:
            in_force: the events that are in force in the campaign, by their ids.
            known: the ids of all that it ever published.
            last: where what it has published ends now.
        """
        with self._changing() as change:
            for event_id in self.differing(campaign_id, in_force, known):
                if self.timeline.standing(event_id) is None:
                    change.publish(in_force[event_id])
                else:
                    change.stand(self.timeline.get(event_id), in_force=event_id in in_force)
            if change.received(campaign_id) != last:
                change.note_received(campaign_id, last)

    # Other copies

    def compare(self, other: str | Path) -> Comparison:
        """Tell how another copy of this universe stands to this one.

        Args:
            other: the folder of the other copy, its log alone, or a bundle of a campaign that plays in it.

        Raises:
            NotFound: there is no history at `other`.
            Damaged: one of the two cannot be read.
            BadBundle, NewerFormat: a bundle is refused.
        """
        head = self._ledger.looking().head.hash
        return Copies.of(self.folder, head, UniverseContract(), Path(other)).compared()

    def merge(self, other: str | Path, *, prefer: Choice = None) -> Comparison:
        """Take in what another copy of this universe has and this one has not; return how they stood before.

        The world is then what the events of both make of it; no clock is asked, and it is the same one whichever copy
        this is done in.

        Args:
            other: as `compare` takes it; it stays as it is.
            prefer: which side stands where both changed the same value of what the universe says of itself.

        Raises:
            Unmerged: somebody has to say which side stands; nothing was changed.
            InvalidValue: it is another universe.
            As `compare` and `publish`.
        """
        with self._ledger.held() as ledger:
            ledger.take_in_edits(ledger.keys())
            copies = Copies.of(ledger.folder, ledger.head.hash, UniverseContract(), Path(other))
            comparison = copies.compared()
            if comparison.kind == "unrelated":
                raise InvalidValue("this is another universe, not a copy of this one", path=other)
            if comparison.kind in ("behind", "diverged"):
                take_in(ledger, copies, WorldJoin(copies, prefer).event)
            return comparison

    @contextmanager
    def _changing(self) -> "Iterator[Change]":
        with self._ledger.held() as ledger:
            yield Change(ledger, self.timeline)

    def take_in_edits(self, documents: Iterable[str] | None = None) -> bool:
        """Take what somebody has edited by hand in the universe's files into its log now; a watcher does it at once.

        Args:
            documents: `universe` and `world_state`; both where they are not given.

        Returns:
            True, for a campaign may be asked likewise, which is not always ready for it.

        Raises:
            Locked, NoSpace, FileProblem, FlushFailed, Diverged: what was found could not be recorded.
        """
        with self._ledger.held() as ledger:
            ledger.take_in_edits(ledger.keys() if documents is None else documents)
        return True

    # The end

    def flush(self) -> None:
        """Bring its documents up to date with its log now.

        Raises:
            Locked: others have kept it for too long.
        """
        self._ledger.flush()

    def close(self) -> None:
        """Bring its documents up to date and let go of it; a second call does nothing."""
        self._ledger.close()
        self.timeline.close()
        self._universes.forget(self)


def _is_of(event: TimelineEvent, campaign_id: str) -> bool:
    return event.origin is not None and event.origin.campaign_id == campaign_id
