"""The kinds of documents and presets that there are: one table, from which schemas, checks and editors go."""

from dataclasses import dataclass

from gamesaves.documents.base import Document
from gamesaves.documents.bundle import BundleInfo, ProfileIds
from gamesaves.documents.campaign import CampaignData
from gamesaves.documents.character import CharacterInfo
from gamesaves.documents.preset import CharacterPreset, ClassPreset, EnvironmentPreset, VoicePreset
from gamesaves.documents.profile import CharacterProfile
from gamesaves.documents.scene import SceneInfo
from gamesaves.documents.session import Session
from gamesaves.documents.slots import Slots
from gamesaves.documents.store import StoreInfo

_PRESETS = "presets/"


@dataclass(frozen=True, slots=True)
class Kind:
    """Files that are read as one model.

    Attributes:
        name: what people call it.
        files: where they are, from the store's folder; `*` stands for a part of a name.
    """

    name: str
    model: type[Document]
    files: str

    @property
    def preset(self) -> str | None:
        """The kind of presets that it is, as their folder is called; None for what is no preset."""
        return self.files.split("/")[1] if self.files.startswith(_PRESETS) else None


KINDS = (
    Kind("character_preset", CharacterPreset, "presets/characters/*.json"),
    Kind("class_preset", ClassPreset, "presets/classes/*.json"),
    Kind("voice_preset", VoicePreset, "presets/voices/*.json"),
    Kind("environment_preset", EnvironmentPreset, "presets/environments/*.json"),
    Kind("profile", CharacterProfile, "character_profiles/*.json"),
    Kind("campaign", CampaignData, "campaign_*/campaign_data.json"),
    Kind("character", CharacterInfo, "campaign_*/characters/*.json"),
    Kind("scene", SceneInfo, "campaign_*/scenes/*.json"),
    Kind("session", Session, "campaign_*/sessions/*.json"),
    Kind("slots", Slots, "campaign_*/slots.json"),
    Kind("profile_ids", ProfileIds, "campaign_*/profiles.json"),
    Kind("store", StoreInfo, "store.json"),
    Kind("bundle", BundleInfo, "manifest.json"),
)


def preset_model(preset: str) -> type[Document] | None:
    """Return the model of a kind of presets; None for a game's own, which can be anything."""
    return next((kind.model for kind in KINDS if kind.preset == preset), None)
