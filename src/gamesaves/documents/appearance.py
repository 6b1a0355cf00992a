"""How somebody looks, what is told of them, and how they sound: what a preset, a profile and a campaign all hold.

The profile is the source of these fields; a campaign keeps copies, so that its folder can be read alone.
"""

from pydantic import Field

from gamesaves.documents.base import Id, JsonObject, Part


class Appearance(Part):
    """What a portrait is painted from. Every field is free text, or null where nobody has said."""

    gender: str | None = Field(None, description="For example female, male, nonbinary, or a game's own word.")
    age_category: str | None = Field(None, description="For example young adult, middle-aged, elderly.")
    build: str | None = Field(None, description="The body: lean, broad-shouldered, heavyset.")
    height_description: str | None = Field(None, description="The height in words: tall, a head shorter than most.")
    facial_expression: str | None = Field(None, description="The look on the face: a wry smile, a steady gaze.")
    facial_features: str | None = Field(None, description="Hair, eyes, skin and face.")
    attire: str | None = Field(None, description="Clothes and armour.")
    primary_weapon: str | None = Field(None, description="The weapon or tool carried in sight.")
    distinguishing_feature: str | None = Field(None, description="What one remembers: a scar, a tattoo, a limp.")
    background_setting: str | None = Field(None, description="What lies behind them in a portrait.")
    pose: str | None = Field(None, description="How they stand or sit in a portrait.")


class Texts(Part):
    """What is told of somebody, in sentences."""

    backstory: str | None = Field(None, description="Where they come from, and what drives them.")
    description: str | None = Field(None, description="Who they are, in a sentence or two.")
    appearance: str | None = Field(None, description="How they look, in sentences.")
    visual_description: str | None = Field(
        None, description="How a portrait should look, in full; it replaces the one composed from the visual fields."
    )


class Voice(Part):
    """Which voice speaks for somebody."""

    voice_id: Id | None = Field(None, description="The id of a voice preset; null until a campaign begins.")
    voice_settings: JsonObject = Field(default_factory=dict, description="What the game's speech engine wants to know.")
    voice_archetype: str | None = Field(None, description="The kind of voice to choose from the pool: hero, sage.")


VISUAL_FIELDS: tuple[str, ...] = tuple(Appearance.model_fields)
"""The names of the visual fields, in the order of the file."""

TEXT_FIELDS: tuple[str, ...] = tuple(Texts.model_fields)
"""The names of the texts."""

VOICE_FIELDS: tuple[str, ...] = tuple(Voice.model_fields)
"""The names of the fields that say which voice speaks."""
