"""One sitting of a campaign: `campaign_…/sessions/`."""

from typing import Any, Literal

from pydantic import Field

from gamesaves.documents.base import Amount, Count, Document, Id, JsonObject, Part, UtcTime, Whole
from gamesaves.documents.message import ChatMessage

SessionStatus = Literal["active", "paused", "ended", "archived"]
"""active (being played), paused (to be gone on with), ended, archived (ended, and out of the way)."""

Period = Literal["morning", "afternoon", "evening", "night"]
"""A part of a day of the story."""


class TemporalState(Part):
    """When it is, in the story."""

    current_day: Count = Field(1, description="The day of the story, from 1.")
    time_period: Period = Field("morning", description="morning, afternoon, evening or night.")
    weather: str | None = Field(None, description="For example clear, drizzle.")
    season: str | None = Field(None, description="For example spring, harvest.")


class ActiveScene(Part):
    """Where the story is."""

    scene_id: Id | None = Field(None, description="The scene being played; follows the campaign's.")
    environment_state: JsonObject = Field(default_factory=dict, description="Light, mood and the like, at the moment.")


class ActiveCharacter(Part):
    """Somebody who takes part in the session."""

    character_id: Id = Field(description="The character's id.")
    current_state: JsonObject = Field(default_factory=dict, description="How they are: what the game keeps of it.")
    last_action: str | None = Field(None, description="What they have done last, in words.")
    pending_action: str | None = Field(None, description="What they are about; done when time moves on.")


class ConversationContext(Part):
    """What has been talked about, for whoever tells the story on."""

    conversation_summary: str | None = Field(None, description="What was said so far, in a few sentences.")
    emotional_tone: str | None = Field(None, description="For example tense, hopeful.")
    recent_messages: list[ChatMessage] = Field(
        default_factory=list, description="The newest 15 of the chat: now while it is played, else as it was left."
    )


class NarrativeState(Part):
    """How far the story has come."""

    current_scene: str | None = Field(None, description="What is going on, in words.")
    recent_events: list[Any] = Field(default_factory=list, description="What has happened lately.")
    active_storylines: list[Any] = Field(default_factory=list, description="The threads that are open.")
    timeline_position: Whole | None = Field(None, description="Where on the universe's timeline, in its ticks.")


class TherapeuticProgress(Part):
    """What a player has gained, for games that are for wellbeing."""

    primary_focus: str | None = Field(None, description="What it is about above all.")
    metaconcepts_integrated: list[Any] = Field(default_factory=list, description="Ideas the player has made their own.")
    insights_discovered: list[Any] = Field(default_factory=list, description="What the player has found out.")
    therapeutic_milestones: list[Any] = Field(default_factory=list, description="Steps that have been taken.")


class UserState(Part):
    """How the player stands."""

    location: str | None = Field(None, description="Where they are: the id of a place, or words.")
    last_action: str | None = Field(None, description="What they have done last, in words.")
    mood: str | None = Field(None, description="For example curious, tired.")


class Session(Document):
    """One sitting of a campaign: from when the player sits down to when they have had enough."""

    session_id: Id = Field(description="The session's id, as in its file name: session_001.")
    session_name: str = Field("Untitled Session", description="What a player reads.")
    campaign_id: Id = Field(description="The campaign it is of.")
    player_id: Id | None = Field(None, description="Who plays.")
    character_ids: list[Id] = Field(default_factory=list, description="Ids of the characters that take part.")
    universe_id: Id | None = Field(None, description="The world it plays in.")
    run_id: Id | None = Field(None, description="The run it belongs to.")
    status: SessionStatus = Field("active", description="active, paused, ended or archived.")
    started_at: UtcTime = Field(description="When it began, in UTC.")
    last_saved: UtcTime | None = Field(None, description="When a turn was last committed in it, in UTC.")
    ended_at: UtcTime | None = Field(None, description="When it ended, in UTC.")
    turn_count: Count = Field(0, description="Turns in this session.")
    total_turns: Count = Field(0, description="Turns of the run so far, those of the sessions before included.")
    playtime_seconds: Amount = Field(0, description="Seconds played, pauses left out; brought up to date by each turn.")
    device: str | None = Field(None, description="What it is played on.")
    game_version: str | None = Field(None, description="The version of the game.")
    temporal_state: TemporalState = Field(default_factory=TemporalState, description="When it is, in the story.")
    active_scene: ActiveScene = Field(default_factory=ActiveScene, description="Where the story is.")
    active_characters: list[ActiveCharacter] = Field(
        default_factory=list, description="Who takes part, and what they are about."
    )
    conversation_context: ConversationContext = Field(
        default_factory=ConversationContext, description="What has been talked about."
    )
    narrative_state: NarrativeState = Field(default_factory=NarrativeState, description="How far the story has come.")
    therapeutic_settings: JsonObject = Field(
        default_factory=dict, description="How a game for wellbeing goes about it."
    )
    therapeutic_progress: TherapeuticProgress = Field(
        default_factory=TherapeuticProgress, description="What the player has gained."
    )
    user_state: UserState = Field(default_factory=UserState, description="How the player stands.")
    custom_data: JsonObject = Field(default_factory=dict, description="Whatever the game adds.")
