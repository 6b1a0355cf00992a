"""One story: `campaign_…/campaign_data.json`."""

from pydantic import Field

from gamesaves.documents.base import Amount, Count, Document, Id, JsonObject, Part, UtcTime


class NPCInfo(Part):
    """Somebody whom the story mentions, without a character sheet."""

    npc_id: str = Field(description="The key under which the campaign lists them.")
    name: str = Field(description="What a player reads.")
    role: str | None = Field(None, description="What they are in the story: innkeeper, rival.")
    description: str | None = Field(None, description="Who they are, in a sentence.")
    disposition: str = Field("neutral", description="How they stand towards the party: friendly, neutral, hostile.")
    location: str | None = Field(None, description="Where they are: the id of a place.")


class EnvironmentInfo(Part):
    """A place of the story."""

    location_id: str = Field(description="The key under which the campaign lists it.")
    name: str = Field(description="What a player reads.")
    description: str | None = Field(None, description="What it is like, in a sentence or two.")
    connections: list[str] = Field(default_factory=list, description="Ids of the places one can go to from here.")


class NarrativeInfo(Part):
    """A passage of the story as it was told."""

    id: str = Field(description="Tells passages apart.")
    text: str = Field(description="The passage.")
    at: UtcTime = Field(description="When it was told, in UTC.")
    scene_id: Id | None = Field(None, description="The scene it belongs to.")


class QuestInfo(Part):
    """Something the party has set out to do."""

    quest_id: str = Field(description="The key under which the campaign lists it.")
    title: str = Field(description="What a player reads.")
    status: str = Field("active", description="active, completed, failed, or a game's own.")
    description: str | None = Field(None, description="What is to be done, and for whom.")
    objectives: list[str] = Field(default_factory=list, description="The steps, in order.")


class CampaignData(Document):
    """What a campaign is and how far it has come. Characters have files of their own; here are their ids."""

    campaign_id: Id = Field(description="The campaign's id, as in its folder's name.")
    title: str = Field("Untitled Campaign", description="What a player reads.")
    description: str | None = Field(None, description="What it is about, in a sentence or two.")
    game_style: str = Field("balanced", description="How it is played: balanced, combat, story, or a game's own.")
    game_theme: str | None = Field(None, description="What it feels like: fantasy, horror, or a game's own.")
    created_at: UtcTime = Field(description="When it was made, in UTC.")
    last_played: UtcTime | None = Field(None, description="When it was last played, in UTC; written when it closes.")
    universe_id: Id | None = Field(None, description="The world it plays in, shared with other campaigns.")
    player_id: Id | None = Field(None, description="Whose campaign it is.")
    forked_from: str | None = Field(None, description="The campaign it was forked from, and at which event.")
    character_ids: list[Id] = Field(default_factory=list, description="Ids of the characters that take part.")
    npcs: dict[str, NPCInfo] = Field(default_factory=dict, description="People whom the story mentions, by id.")
    environments: dict[str, EnvironmentInfo] = Field(default_factory=dict, description="Places of the story, by id.")
    scenes: dict[str, str] = Field(default_factory=dict, description="The titles of the scenes, by id.")
    scene_order: list[Id] = Field(default_factory=list, description="Ids of the scenes, in the order of the story.")
    narratives: list[NarrativeInfo] = Field(default_factory=list, description="The newest 50 passages of the story.")
    quests: dict[str, QuestInfo] = Field(default_factory=dict, description="What the party has set out to do, by id.")
    current_scene_id: Id | None = Field(None, description="The scene that is being played.")
    current_location_id: str | None = Field(None, description="Where the party is.")
    active_quest_ids: list[str] = Field(default_factory=list, description="Ids of the quests that are open.")
    total_sessions: Count = Field(0, description="Sessions so far.")
    total_playtime_hours: Amount = Field(0.0, description="Hours played so far.")
    total_turns: Count = Field(0, description="Turns so far.")
    tags: JsonObject = Field(default_factory=dict, description="What a player sorts campaigns by.")
    custom_data: JsonObject = Field(default_factory=dict, description="Whatever the game adds.")
