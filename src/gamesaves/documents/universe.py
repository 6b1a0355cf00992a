"""A world that several campaigns share: `universes/<universe_id>/`."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from gamesaves.documents.base import Count, Document, Id, JsonObject, Number, Part, UtcTime

Scope = Literal["major", "minor"]
"""major: it changes the world; minor: only the place where it happens."""


class Effect(Part):
    """A change of the world: exactly one of `set`, `unset` and `increment`, each a path of keys.

    Paths are written as JSON Pointers (RFC 6901): `/locations/forest/guardian`. They lead through objects only: a
    position in a list would mean something else as soon as somebody adds to the past.
    """

    set: str | None = Field(None, description="The value to set, made with all that it stands in: a JSON Pointer.")
    unset: str | None = Field(None, description="The value to take away: a JSON Pointer.")
    increment: str | None = Field(None, description="The number to add to, from 0 where there is none.")
    value: Any = Field(None, description="What `set` sets.")
    by: Number = Field(1, description="What `increment` adds; may be negative.")

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        paths = [path for path in (self.set, self.unset, self.increment) if path is not None]
        if len(paths) != 1:
            raise ValueError("an effect has exactly one of set, unset and increment")
        if not paths[0].startswith("/") or len(paths[0]) < 2:
            raise ValueError("the path of an effect begins with a slash: /locations/forest")
        return self


class Origin(Part):
    """Where an event of the timeline comes from."""

    campaign_id: str = Field(description="The campaign whose commit brought it.")
    event: str = Field(description="The hash of that commit in the campaign's log.")
    turn: Count = Field(0, description="The turn of the campaign.")


class Paradox(Part):
    """Something further on in time that an event in the past has touched."""

    path: str = Field(description="What both change: a JSON Pointer.")
    event_id: str = Field(description="The event further on.")


class TimelineEvent(Part):
    """Something that happened in a universe, at a tick of its timeline; it does not change."""

    model_config = ConfigDict(frozen=True)

    event_id: str | None = Field(None, max_length=200, description="Unique; given where it enters the universe.")
    timeline_position: Count = Field(description="The tick at which it happened.")
    character_id: Id | None = Field(None, description="Who did it; they see it wherever they are.")
    campaign_id: str | None = Field(None, description="The campaign in which it happened.")
    run_id: Id | None = Field(None, description="The run in which it happened.")
    kind: str = Field(min_length=1, description="What kind of event it is; the game's own word.")
    scope: Scope = Field("minor", description="major: it changes the world. minor: only its location.")
    location: str | None = Field(None, description="Where it happened: a key of the world's locations.")
    description: str = Field("", description="What happened, for people.")
    data: JsonObject = Field(default_factory=dict, description="Whatever the game adds.")
    effects: list[Effect] = Field(default_factory=list, description="What it changes in the world.")
    matures_at: Count | None = Field(None, description="The tick from which its effects hold; else that of the event.")
    origin: Origin | None = Field(None, description="The commit that brought it.")
    paradoxes: list[Paradox] = Field(default_factory=list, description="What it has touched further on in time.")

    @model_validator(mode="after")
    def _require_sense(self) -> Self:
        if self.matures_at is not None and self.matures_at < self.timeline_position:
            raise ValueError("an event cannot mature before it happens")
        return self

    @property
    def takes_effect_at(self) -> int:
        """The tick from which its effects hold."""
        return self.timeline_position if self.matures_at is None else self.matures_at


class UniverseCharacter(Part):
    """A character of a campaign, and where on the timeline they are."""

    character_id: Id = Field(description="The character's id in the campaign.")
    campaign_id: str = Field(description="The campaign they are played in.")
    timeline_position: Count = Field(0, description="The tick they have come to.")
    state: JsonObject = Field(default_factory=dict, description="What the game keeps of them for the others.")


class UniverseData(Document):
    """What a universe is, how far its time has come, and who is where in it."""

    universe_id: Id = Field(description="The universe's id, as in its folder's name.")
    title: str = Field(description="What a player reads.")
    description: str | None = Field(None, description="What the world is, in a sentence or two.")
    created_at: UtcTime = Field(description="When it was made, in UTC.")
    timeline_position: Count = Field(0, description="The furthest tick that anybody has come to.")
    active_characters: list[UniverseCharacter] = Field(default_factory=list, description="Who is where in time.")
    received: dict[str, str | None] = Field(
        default_factory=dict, description="Where what was taken over from each campaign ends, by its id."
    )
    custom_data: JsonObject = Field(default_factory=dict, description="Whatever the game adds.")


class MajorEvent(Part):
    """A major event, as the world keeps it."""

    event_id: str = Field(description="The event's id in the timeline.")
    timeline_position: Count = Field(description="The tick at which it happened.")
    kind: str = Field(description="What kind of event it is.")
    location: str | None = Field(None, description="Where it happened.")
    description: str = Field("", description="What happened, for people.")


class WorldState(Document):
    """The world at the furthest tick of its timeline: the effects of all events up to there, in their order."""

    factions: JsonObject = Field(default_factory=dict, description="Factions by id: what the game keeps of them.")
    locations: JsonObject = Field(default_factory=dict, description="Places by id: what the game keeps of them.")
    npcs: JsonObject = Field(default_factory=dict, description="People by id: what the game keeps of them.")
    major_events: list[MajorEvent] = Field(
        default_factory=list, max_length=50, description="The newest 50 major events, the newest last."
    )
