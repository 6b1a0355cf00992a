"""What a campaign knows of a character: `campaign_…/characters/`.

Fields stand in a file in the order of the bases from right to left, then the class's own: what a person
looks for first comes first, what was copied from the profile stands further down.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from gamesaves.documents.appearance import Appearance, Texts, Voice
from gamesaves.documents.base import Amount, Count, Document, Id, JsonObject, Part, UtcTime

Level = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
"""A level, from 1; a game may go beyond the 20 of the SRD."""

CharacterStatus = Literal["healthy", "injured", "unconscious", "dead"]
"""healthy, injured (below the maximum), unconscious (0 hit points), dead (set by the game alone)."""


class ItemInfo(Part):
    """Something a character carries: one kind of thing, and how many of it."""

    name: str = Field(description="What a player reads.")
    item_type: str = Field("misc", description="For example weapon, armor, shield, tool, potion, or a game's own.")
    description: str | None = Field(None, description="What it is, in a sentence.")
    quantity: Count = Field(1, description="How many there are.")
    equipped: bool = Field(False, strict=True, description="Whether it is worn or held.")
    weight: Amount | None = Field(None, description="The weight of one, in the game's unit; the SRD's is pounds.")
    properties: JsonObject = Field(default_factory=dict, description="What else the game needs to know: damage, value.")


class AbilityInfo(Part):
    """Something a character can do."""

    name: str = Field(description="What a player reads.")
    description: str | None = Field(None, description="What it does, in a sentence.")
    uses_left: Count | None = Field(None, description="Uses before the next rest; null where they are not counted.")
    uses_max: Count | None = Field(None, description="Uses after a rest; null where they are not counted.")


class Sheet(Part):
    """The part of a character sheet that a preset, the start of a campaign and a campaign's state have in common."""

    alignment: str = Field("neutral good", description="The SRD's nine alignments, unaligned, or a game's own.")
    strength: Count = Field(10, description="Ability score; 10 is average.")
    dexterity: Count = Field(10, description="Ability score; 10 is average.")
    constitution: Count = Field(10, description="Ability score; 10 is average. It adds to hit points.")
    intelligence: Count = Field(10, description="Ability score; 10 is average.")
    wisdom: Count = Field(10, description="Ability score; 10 is average.")
    charisma: Count = Field(10, description="Ability score; 10 is average.")
    skills: JsonObject = Field(default_factory=dict, description="Skill to bonus, or whatever the game keeps there.")
    inventory: dict[str, ItemInfo] = Field(default_factory=dict, description="What is carried, by the item's id.")
    abilities: dict[str, AbilityInfo] = Field(
        default_factory=dict, description="What they can do, by the ability's id."
    )
    personality_traits: list[str] = Field(default_factory=list, description="How they are, a sentence each.")
    bonds: list[str] = Field(default_factory=list, description="Whom and what they hold dear.")
    flaws: list[str] = Field(default_factory=list, description="What gets them into trouble.")


class Memory(Part):
    """Something a character remembers from one session to the next."""

    at: UtcTime = Field(description="When it was remembered, in UTC.")
    turn: Count = Field(0, description="The turn of the campaign it happened in.")
    session_id: Id | None = Field(None, description="The session it happened in.")
    text: str = Field(description="What is remembered, in words.")
    about: str | None = Field(None, description="Whom or what it is about: an id or a word.")
    data: JsonObject = Field(default_factory=dict, description="What else the game wants to keep with it.")


class CharacterState(Document):
    """How a character stands in a campaign: who it is, level, hit points, status and place.

    What is left out describes an adventurer of level 1 in good health.
    """

    character_id: Id = Field(description="The character's id, as in its file name: pc:kara_smith.")
    profile_id: Id | None = Field(None, description="The profile the copies are from; null for one without a profile.")
    profile_uid: str | None = Field(None, description="The uid of that profile: two with the same name may differ.")
    profile_revision: Count | None = Field(
        None, description="The revision of the profile that the copies are from; null takes over any state."
    )
    profile_state: str | None = Field(None, description="The hash of that state of the profile.")
    name: str = Field(description="What a player reads.")
    character_type: str = Field("player", description="player, npc, or a game's own.")
    race: str = Field("human", description="The SRD's races, or a game's own.")
    character_class: str = Field("adventurer", description="The id of a class preset.")
    level: Level = Field(1, description="The level in this campaign, from 1.")
    hit_points_current: Count = Field(8, description="Hit points left.")
    hit_points_max: Count = Field(8, description="Hit points in full health.")
    armor_class: Count = Field(10, description="Armour class: what an attack has to reach.")
    hit_dice_used: Count = Field(0, description="Hit dice spent since the last rest.")
    status: CharacterStatus = Field(
        "healthy",
        description="healthy, injured (below the maximum), unconscious (0 hit points), dead (set by the game).",
    )
    status_effects: list[str] = Field(default_factory=list, description="What lies upon them: poisoned, blessed.")
    experience: Count = Field(0, description="Experience points.")
    location: str | None = Field(None, description="Where they are: the id of a place.")


class CharacterInfo(Voice, Texts, Appearance, Sheet, CharacterState):
    """A character in one campaign: a file of `campaign_…/characters/`.

    The looks, texts and voice are copies of the profile's; all else belongs to this campaign alone.
    """

    quests: list[str] = Field(default_factory=list, description="Ids of the quests that are open for them.")
    completed_quests: list[str] = Field(default_factory=list, description="Ids of the quests they have completed.")
    relationships: JsonObject = Field(default_factory=dict, description="How they stand with others, by id.")
    memories: list[Memory] = Field(default_factory=list, description="What they remember across sessions.")
    dialog_history: list[Any] = Field(default_factory=list, description="The newest 50 of what was said with them.")
    first_appearance: UtcTime | None = Field(None, description="When they entered this campaign, in UTC.")
    last_interaction: UtcTime | None = Field(None, description="When a turn last touched them, in UTC.")
    interaction_count: Count = Field(0, description="Turns of this campaign that touched them.")
    timeline_position: Count | None = Field(
        None, description="The tick of the universe's timeline that they have come to; null outside a universe."
    )
