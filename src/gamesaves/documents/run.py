"""One character's playthrough of a campaign: `campaign_…/runs/`."""

from typing import Any, Literal

from pydantic import Field

from gamesaves.documents.base import Count, Document, Id, JsonObject, Part, UtcTime

RunState = Literal["active", "paused", "abandoned", "completed", "archived"]
"""active (being played), paused (to be gone on with), abandoned, completed, archived (either, and out of the way)."""

Trigger = Literal["retirement", "death", "story_resolution", "milestone"]
"""What a run ends with: the character retires or dies, the story is over, or what was set out for is reached."""


class Completion(Part):
    """How a run came to its end."""

    trigger: Trigger = Field(description="retirement, death, story_resolution or milestone.")
    at: UtcTime = Field(description="When, in UTC.")
    summary: str | None = Field(None, description="How it ended, in a sentence or two.")


class RunData(Document):
    """One character's playthrough: from their first turn to the end of their story."""

    run_id: Id = Field(description="The run's id, as in its file name; no other run of the player has it.")
    player_id: Id | None = Field(None, description="Who plays.")
    character_id: Id = Field(description="The character that is played.")
    campaign_id: Id = Field(description="The campaign it takes place in.")
    universe_id: Id | None = Field(None, description="The world it takes place in.")
    state: RunState = Field("active", description="active, paused, abandoned, completed or archived.")
    started_at: UtcTime = Field(description="When it began, in UTC.")
    last_played: UtcTime | None = Field(None, description="When the last of its turns was taken, in UTC.")
    turns_completed: Count = Field(0, description="The turns that the character took in it.")
    sessions: list[Id] = Field(default_factory=list, description="Ids of the sessions in which it was played.")
    completion: Completion | None = Field(None, description="How it was completed.")
    abandon_reason: str | None = Field(None, description="Why it was abandoned.")
    can_resume: bool = Field(True, description="Whether it can be gone on with once it is abandoned.")
    milestones: list[Any] = Field(default_factory=list, description="What the character has reached.")
    insights: list[Any] = Field(default_factory=list, description="What was found out in it.")
    storylines: list[Any] = Field(
        default_factory=list, description="The threads of the story that it brought to an end."
    )
    skills: JsonObject = Field(default_factory=dict, description="What the player has become good at, and how good.")
    contributions: JsonObject = Field(
        default_factory=dict,
        description="What it grants the player; the library's part is filled in when it is completed.",
    )
