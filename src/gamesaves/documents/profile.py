"""Who somebody is, across all campaigns: `character_profiles/`."""

from pydantic import ConfigDict, Field

from gamesaves.documents.appearance import Appearance, Texts, Voice
from gamesaves.documents.base import Count, Document, Id, UtcTime
from gamesaves.documents.character import Level, Sheet

PREVIOUS_LIMIT = 16
"""How many earlier states of a profile are known by their hash."""


class Starting(Sheet):
    """What a new campaign begins with."""

    hit_points_max: Count | None = Field(None, description="Hit points at the start; null for the class's formula.")
    armor_class: Count | None = Field(None, description="Armour class at the start; null for the class's.")


class Identity(Document):
    """Which person a profile is of, and which state of the profile this is."""

    character_id: Id = Field(description="The character's id, as in its file name: pc:kara_smith.")
    uid: str = Field(min_length=1, description="Random, made once: tells two people apart whose ids agree.")
    revision: Count = Field(1, description="Counts the changes of this profile, from 1.")
    previous: list[str] = Field(
        default_factory=list, max_length=PREVIOUS_LIMIT, description="Hashes of the states before this, newest first."
    )
    state: str | None = Field(
        None, description="The hash of this state as a program wrote it; an edit by hand leaves it as it is."
    )
    name: str = Field(description="What a player reads.")
    character_type: str = Field("player", description="player, npc, or a game's own.")
    race: str = Field("human", description="The SRD's races, or a game's own.")
    character_class: str = Field("adventurer", description="The id of a class preset.")
    base_level: Level = Field(1, description="The level a new campaign begins at.")
    preset_id: Id | None = Field(None, description="The preset it was drafted from.")


class CharacterProfile(Voice, Texts, Appearance, Identity):
    """The identity of a character: a file of `character_profiles/`.

    A frozen value: a change makes a new one, with a higher `revision`. Fields stand in the file in the order of
    the bases from right to left, then these.
    """

    model_config = ConfigDict(frozen=True)

    starting: Starting = Field(default_factory=Starting, description="What a new campaign begins with.")
    portrait_url: str | None = Field(None, description="The portrait's address in the game's web layer, if it has one.")
    portrait_path: str | None = Field(None, description="The portrait's file, relative to the store: images/….")
    portrait_prompt: str | None = Field(None, description="The words the portrait was made from.")
    additional_images: list[str] = Field(default_factory=list, description="More pictures, relative to the store.")
    first_created: UtcTime | None = Field(None, description="When the profile was made, in UTC.")
    interactions: dict[str, Count] = Field(
        default_factory=dict, description="Turns with this character, by campaign id; added once a campaign closes."
    )
    total_interactions: Count = Field(0, description="Turns with this character over all campaigns.")
