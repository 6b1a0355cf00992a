"""Whoever plays, across all campaigns: `players/`."""

from typing import Any

from pydantic import ConfigDict, Field

from gamesaves.documents.base import Count, Document, Id, JsonObject, Part, UtcTime
from gamesaves.documents.run import RunState, Trigger
from gamesaves.errors import NotFound


class PlayerRun(Part):
    """A run as the player's file lists it."""

    run_id: Id = Field(description="The run's id.")
    campaign_id: Id = Field(description="The campaign it takes place in.")
    universe_id: Id | None = Field(None, description="The world it takes place in.")
    character_id: Id = Field(description="The character that is played.")
    character_name: str = Field(description="What a player reads.")
    state: RunState = Field(description="active, paused, abandoned, completed or archived.")
    started_at: UtcTime = Field(description="When it began, in UTC.")
    last_played: UtcTime | None = Field(None, description="When it was last played, in UTC.")
    turns_completed: Count = Field(0, description="Turns, as the campaign was last closed.")


class AbandonedRun(Part):
    """A run that was given up."""

    run_id: Id = Field(description="The run's id.")
    campaign_id: Id = Field(description="The campaign it took place in.")
    character_name: str = Field(description="What a player reads.")
    turns_completed: Count = Field(0, description="The turns that were taken in it.")
    last_played: UtcTime | None = Field(None, description="When it was last played, in UTC.")
    can_resume: bool = Field(True, description="Whether it can be gone on with.")
    reason: str | None = Field(None, description="Why it was given up.")


class Therapeutic(Part):
    """What a run has brought its player, in games that are for wellbeing."""

    metaconcepts: list[Any] = Field(default_factory=list, description="Ideas the player has made their own.")
    milestones: list[Any] = Field(default_factory=list, description="Steps that have been taken.")
    insights: list[Any] = Field(default_factory=list, description="What the player has found out.")


class WorldPart(Part):
    """What a run has changed in a universe."""

    major_events: Count = Field(0, description="Major events it brought.")
    npcs: list[str] = Field(default_factory=list, description="Ids of the people its events have changed.")
    locations: list[str] = Field(
        default_factory=list, description="Ids of the places its events happened at or changed."
    )


class Contribution(Part):
    """What one completed run grants."""

    campaign_id: Id = Field(description="The campaign it took place in.")
    character_id: Id = Field(description="The character that was played.")
    character_name: str = Field(description="What a player reads.")
    trigger: Trigger = Field(description="What it ended with.")
    at: UtcTime = Field(description="When it was completed, in UTC.")
    summary: str | None = Field(None, description="How it ended, in a sentence or two.")
    turns: Count = Field(0, description="The turns that were taken in it.")
    milestones: list[Any] = Field(default_factory=list, description="What the character has reached.")
    insights: list[Any] = Field(default_factory=list, description="What was found out in it.")
    storylines: list[Any] = Field(
        default_factory=list, description="The threads of the story that it brought to an end."
    )
    skills: JsonObject = Field(default_factory=dict, description="What the player has become good at, and how good.")
    universes: dict[str, WorldPart] = Field(
        default_factory=dict, description="The worlds that it explored, by id, and what it changed there."
    )
    therapeutic: Therapeutic = Field(default_factory=Therapeutic, description="What it brought the player.")


class StoryMastery(Part):
    """How much of stories a player has seen."""

    universes_explored: list[str] = Field(default_factory=list, description="Ids of the worlds of completed runs.")
    major_storylines_completed: Count = Field(0, description="Different storylines that were brought to an end.")
    character_arcs_finished: Count = Field(0, description="Different characters whose run was completed.")


class TherapeuticMastery(Part):
    """What games for wellbeing have brought a player."""

    metaconcepts_mastered: list[Any] = Field(default_factory=list, description="Ideas the player has made their own.")
    therapeutic_milestones: Count = Field(0, description="Different steps that have been taken.")
    insights_documented: Count = Field(0, description="Different insights, those of the runs' own included.")


class UniverseContribution(Part):
    """What a player has changed in a world."""

    major_events_created: Count = Field(0, description="Major events that completed runs brought.")
    npcs_influenced: Count = Field(0, description="Different people that were changed.")
    locations_discovered: Count = Field(0, description="Different places where something happened or was changed.")


class MetaProgression(Part):
    """What all completed runs of a player come to. It follows from what each of them granted."""

    total_runs_completed: Count = Field(0, description="Completed runs.")
    total_turns_played: Count = Field(0, description="Turns of completed runs.")
    story_mastery: StoryMastery = Field(default_factory=StoryMastery, description="How much of stories was seen.")
    therapeutic_mastery: TherapeuticMastery = Field(
        default_factory=TherapeuticMastery, description="What games for wellbeing have brought."
    )
    universe_contributions: dict[str, UniverseContribution] = Field(
        default_factory=dict, description="What was changed in worlds, by their ids."
    )
    milestones: list[Any] = Field(default_factory=list, description="What characters have reached.")
    insights: list[Any] = Field(default_factory=list, description="What the player has found out.")
    skills: dict[str, Any] = Field(
        default_factory=dict, description="What the player is good at: the best of all runs."
    )
    unlocks: dict[str, bool] = Field(
        default_factory=dict, description="What is open to the player, by the ids of the presets of the kind unlocks."
    )


class PlayerData(Document):
    """Whoever plays: a file of `players/`. A frozen value; a change makes a new one."""

    model_config = ConfigDict(frozen=True)

    player_id: Id = Field(description="The player's id, as in the file name.")
    name: str = Field(description="What a player reads.")
    created_at: UtcTime | None = Field(None, description="When the player was added, in UTC.")
    preferences: JsonObject = Field(default_factory=dict, description="What the player likes; the game's own.")
    privacy: JsonObject = Field(default_factory=dict, description="What others may see; the game's own.")
    therapeutic_settings: JsonObject = Field(
        default_factory=dict, description="How a game for wellbeing goes about it."
    )
    runs: list[PlayerRun] = Field(
        default_factory=list, description="Every run of the player; follows from the campaigns."
    )
    abandoned_runs: list[AbandonedRun] = Field(
        default_factory=list, description="Those that were given up; follows from the campaigns."
    )
    contributions: dict[str, Contribution] = Field(
        default_factory=dict, description="What each completed run grants, by its id; follows from the campaigns."
    )
    meta_progression: MetaProgression = Field(
        default_factory=MetaProgression, description="What that comes to; follows from `contributions`."
    )
    custom_data: JsonObject = Field(default_factory=dict, description="Whatever the game adds.")

    def unlocked(self, unlock: str) -> bool:
        """Whether something is open to the player: `unlocked("complex_characters")`.

        Raises:
            NotFound: there is no preset of the kind `unlocks` with this id.
        """
        unlocks = self.meta_progression.unlocks
        if unlock not in unlocks:
            raise NotFound("unlock", unlock, nearest=[one for one in unlocks if unlock and unlock in one])
        return unlocks[unlock]
