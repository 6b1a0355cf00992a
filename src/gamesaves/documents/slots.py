"""The saves that a player sees: `campaign_…/slots.json`."""

from typing import Literal

from pydantic import ConfigDict, Field

from gamesaves.documents.base import Amount, Count, Document, Id, Part, UtcTime, Whole


class Slot(Part):
    """A save: the event whose state it is, and what a player is shown of it. It is never changed in place."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="What the player reads.")
    kind: Literal["named", "quick", "auto"] = Field(
        "named", description="Who made it: the player by name, a key, the game."
    )
    event: str = Field(pattern=r"^[0-9a-f]{32}$", description="The hash of the event whose state it is.")
    seq: Count = Field(description="The number of that event, for people.")
    saved_at: UtcTime = Field(description="When it was made, in UTC.")
    turn: Count = Field(0, description="How many turns there had been.")
    day: Whole | None = Field(None, description="The day of the story.")
    period: str | None = Field(None, description="The time of that day: morning, afternoon, evening, night.")
    place: str | None = Field(None, description="Where the story stood: the scene's title, or the place.")
    party: list[str] = Field(default_factory=list, description="Who played, with level and hit points, as text.")
    playtime_seconds: Amount = Field(0, description="How long had been played.")
    thumbnail: str | None = Field(None, description="A stored picture, relative to the store.")
    note: str | None = Field(None, description="What the player wanted to remember.")


class Slots(Document):
    """All saves of a campaign."""

    slots: dict[Id, Slot] = Field(default_factory=dict, description="The saves, by id.")
