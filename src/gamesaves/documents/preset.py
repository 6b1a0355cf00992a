"""What characters are made from: `presets/<kind>/<id>.json`.

A preset file may carry `$schema`, for the completion of an editor, and any key of the game's own; all of them stay.
"""

from typing import Annotated, Literal

from pydantic import Field

from gamesaves.documents.appearance import Appearance, Texts, Voice
from gamesaves.documents.base import Count, Document, Id, JsonObject, Number, Part, Whole
from gamesaves.documents.character import AbilityInfo, ItemInfo, Level, Sheet
from gamesaves.documents.session import Period

LevelKey = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")]
"""A level as a key of a JSON object: `"3"`."""


class Preset(Document):
    """What presets of all kinds have in common."""

    id: Id | None = Field(None, description="The preset's id; where it is left out, the file's name is the id.")
    name: str = Field(description="What a player reads.")


class Outline(Preset):
    """The outline of a character: what it is, at which level, and where it differs from its class."""

    character_type: str = Field("player", description="player, npc, or a game's own.")
    race: str = Field("human", description="The SRD's races, or a game's own.")
    character_class: str = Field("adventurer", description="The id of a class preset.")
    level: Level = Field(1, description="The level to begin at, from 1.")
    hit_points_max: Count | None = Field(None, description="Hit points, where they differ from the class's formula.")
    armor_class: Count | None = Field(None, description="Armour class, where it differs from the class's.")


class CharacterPreset(Voice, Texts, Appearance, Sheet, Outline):
    """Somebody ready to be played or met: a file of `presets/characters/`.

    Hit points and armour class follow from class, level and Constitution where they are left out. The class's
    starting kit and abilities are added to `inventory` and `abilities`; an entry of the same id here replaces
    the class's, and an item with quantity 0 leaves the class's out.
    """

    portrait_prompt: str | None = Field(None, description="The words to make a portrait from.")


class ClassPreset(Preset):
    """A character class: a file of `presets/classes/`."""

    description: str | None = Field(None, description="What the class is about, in a sentence.")
    hit_die: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(8, description="Sides of the hit die: 6 to 12.")
    armor_class: Count = Field(10, description="Armour class in the starting kit, Dexterity not counted.")
    inventory: dict[str, ItemInfo] = Field(default_factory=dict, description="The starting kit, by the item's id.")
    abilities: dict[LevelKey, dict[str, AbilityInfo]] = Field(
        default_factory=dict, description='What the class learns, by level, then by the ability\'s id: {"1": {…}}.'
    )


class VoicePreset(Preset):
    """A voice that can speak for characters: a file of `presets/voices/`."""

    archetype: str | None = Field(None, description="The kind of character it fits: hero, sage, trickster.")
    gender: str | None = Field(None, description="For example female, male; null fits everybody.")
    description: str | None = Field(None, description="How it sounds, in a sentence.")
    settings: JsonObject = Field(default_factory=dict, description="What the game's speech engine wants to know.")


class EnvironmentPreset(Preset):
    """What each period of a day brings: a file of `presets/environments/`."""

    description: str | None = Field(None, description="What it is about, in a sentence.")
    periods: dict[Period, JsonObject] = Field(
        default_factory=dict,
        description='What becomes of a scene\'s environment, by period: {"night": {"lighting": "dark"}}.',
    )


class UnlockPreset(Preset):
    """Something that opens up to players: a file of `presets/unlocks/`."""

    description: str | None = Field(None, description="What it is, in a sentence.")
    requires: dict[str, Number] = Field(
        default_factory=dict,
        description="The least that numbers of the meta-progression must be, by their paths with dots between the "
        "steps; of a list or an object its length counts. All must be reached.",
    )


class Condition(Part):
    """What a value must be for a rule to hold."""

    at_least: Number | None = Field(None, description="The least that a number may be.")
    at_most: Number | None = Field(None, description="The most that a number may be.")
    equals: str | bool | None = Field(None, description="What the value must be.")


About = Literal["player", "active_runs", "paused_runs", "abandoned_runs", "unlocks"]
"""What a recommendation can be about: the player, each of their runs of a kind, or each thing that is open to them."""


class RecommendationPreset(Preset):
    """What a player may want to do next, and why: a file of `presets/recommendations/`."""

    about: About = Field("player", description="What it is about; one recommendation for each.")
    when: dict[str, Condition] = Field(
        default_factory=dict, description="Its conditions, by the field of what it is about. All must hold."
    )
    action: str = Field(description="What to do, in a word a game can act on: resume, start, create.")
    reason: str = Field(description="Why, as a player reads it; {character_name} and other fields are filled in.")
    priority: Whole = Field(0, description="Those with a higher number come first.")
    at_most: Count = Field(1, description="How many of this kind there are at most.")
