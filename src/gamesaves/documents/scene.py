"""A scene of a campaign: `campaign_…/scenes/`."""

from pydantic import Field

from gamesaves.documents.base import Document, Id, Part


class EnvironmentState(Part):
    """What a scene is like at the moment. A game adds keys of its own."""

    lighting: str | None = Field(None, description="For example dim torchlight.")
    ambiance: str | None = Field(None, description="For example tense, festive.")
    privacy_level: str | None = Field(None, description="Who may overhear: public, private.")


class SceneInfo(Document):
    """A scene: where it plays, who is there, what it is like."""

    scene_id: Id = Field(description="The scene's id, as in its file name.")
    title: str = Field("Untitled Scene", description="What a player reads.")
    description: str | None = Field(None, description="What happens here, in a sentence or two.")
    location_id: str | None = Field(None, description="Where it plays: the id of a place.")
    character_ids: list[Id] = Field(default_factory=list, description="Ids of the characters who are there.")
    environment_state: EnvironmentState = Field(
        default_factory=EnvironmentState, description="Light, mood and the like, at the moment."
    )
