"""The kinds of documents and presets that there are: one table, from which schemas, checks and editors go."""

from dataclasses import dataclass
from difflib import get_close_matches

from gamesaves.documents.base import Document
from gamesaves.documents.bundle import BundleInfo, ProfileIds
from gamesaves.documents.campaign import CampaignData
from gamesaves.documents.character import CharacterInfo
from gamesaves.documents.player import PlayerData
from gamesaves.documents.preset import (
    CharacterPreset,
    ClassPreset,
    EnvironmentPreset,
    RecommendationPreset,
    UnlockPreset,
    VoicePreset,
)
from gamesaves.documents.profile import CharacterProfile
from gamesaves.documents.run import RunData
from gamesaves.documents.scene import SceneInfo
from gamesaves.documents.session import Session
from gamesaves.documents.slots import Slots
from gamesaves.documents.store import StoreInfo
from gamesaves.documents.universe import UniverseData, WorldState
from gamesaves.errors import NotFound

_PRESETS = "presets/"


@dataclass(frozen=True, slots=True)
class Kind:
    """Files that are read as one model.

    Attributes:
        name: what people call it.
        files: where they are, from the store's folder; `*` stands for a part of a name.
        edited: whether people edit them, so that an editor should know them by where they are.
    """

    name: str
    model: type[Document]
    files: str
    edited: bool = True

    @property
    def in_ledger(self) -> bool:
        """Whether it is a document that the history of a campaign or a universe knows."""
        return self.files.startswith(("campaign_*/", "universes/"))

    @property
    def preset(self) -> str | None:
        """The kind of presets that it is, as their folder is called; None for what is no preset."""
        return self.files.split("/")[1] if self.files.startswith(_PRESETS) else None


KINDS = (
    Kind("character_preset", CharacterPreset, "presets/characters/*.json"),
    Kind("class_preset", ClassPreset, "presets/classes/*.json"),
    Kind("voice_preset", VoicePreset, "presets/voices/*.json"),
    Kind("environment_preset", EnvironmentPreset, "presets/environments/*.json"),
    Kind("unlock_preset", UnlockPreset, "presets/unlocks/*.json"),
    Kind("recommendation_preset", RecommendationPreset, "presets/recommendations/*.json"),
    Kind("profile", CharacterProfile, "character_profiles/*.json"),
    Kind("player", PlayerData, "players/*.json"),
    Kind("campaign", CampaignData, "campaign_*/campaign_data.json"),
    Kind("character", CharacterInfo, "campaign_*/characters/*.json"),
    Kind("scene", SceneInfo, "campaign_*/scenes/*.json"),
    Kind("session", Session, "campaign_*/sessions/*.json"),
    Kind("run", RunData, "campaign_*/runs/*.json"),
    Kind("slots", Slots, "campaign_*/slots.json"),
    Kind("profile_ids", ProfileIds, "campaign_*/profiles.json"),
    Kind("universe", UniverseData, "universes/*/universe.json"),
    Kind("world_state", WorldState, "universes/*/world_state.json"),
    Kind("store", StoreInfo, "store.json", edited=False),
    Kind("bundle", BundleInfo, "manifest.json", edited=False),
)


def kind_of(name: str) -> Kind:
    """Return a kind by its name.

    Raises:
        NotFound: there is none; the error has the nearest names.
    """
    wanted = name.lower().replace("-", "_")
    names = {kind.name: kind for kind in KINDS}
    if wanted not in names:
        close = get_close_matches(wanted, names)
        raise NotFound("schema", name, nearest=close or sorted(names))
    return names[wanted]


def preset_model(preset: str) -> type[Document] | None:
    """Return the model of a kind of presets; None for a game's own, which can be anything."""
    return next((kind.model for kind in KINDS if kind.preset == preset), None)
