"""What is on disk, as pydantic models: a module a noun.

Names are loaded when they are first used (PEP 562), so that a program that only asks for a version or for help
does not wait for pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gamesaves.documents.appearance import Appearance, Texts, Voice
    from gamesaves.documents.base import Document, Part
    from gamesaves.documents.bundle import BundleHead, BundleInfo, BundleUniverse, ProfileIds
    from gamesaves.documents.campaign import CampaignData, EnvironmentInfo, NarrativeInfo, NPCInfo, QuestInfo
    from gamesaves.documents.character import AbilityInfo, CharacterInfo, ItemInfo, Memory, Sheet
    from gamesaves.documents.message import ChatMessage
    from gamesaves.documents.player import AbandonedRun, Contribution, MetaProgression, PlayerData, PlayerRun
    from gamesaves.documents.preset import (
        CharacterPreset,
        ClassPreset,
        EnvironmentPreset,
        RecommendationPreset,
        UnlockPreset,
        VoicePreset,
    )
    from gamesaves.documents.profile import CharacterProfile, Starting
    from gamesaves.documents.run import Completion, RunData
    from gamesaves.documents.scene import EnvironmentState, SceneInfo
    from gamesaves.documents.session import ActiveCharacter, Session, TemporalState
    from gamesaves.documents.slots import Slot, Slots
    from gamesaves.documents.store import StoreInfo
    from gamesaves.documents.universe import (
        Effect,
        MajorEvent,
        Origin,
        Paradox,
        TimelineEvent,
        UniverseCharacter,
        UniverseData,
        WorldState,
    )

_HOMES = {
    "AbandonedRun": "player",
    "AbilityInfo": "character",
    "ActiveCharacter": "session",
    "Appearance": "appearance",
    "BundleHead": "bundle",
    "BundleInfo": "bundle",
    "BundleUniverse": "bundle",
    "CampaignData": "campaign",
    "CharacterInfo": "character",
    "CharacterPreset": "preset",
    "CharacterProfile": "profile",
    "ChatMessage": "message",
    "ClassPreset": "preset",
    "Completion": "run",
    "Contribution": "player",
    "Document": "base",
    "Effect": "universe",
    "EnvironmentInfo": "campaign",
    "EnvironmentPreset": "preset",
    "EnvironmentState": "scene",
    "ItemInfo": "character",
    "MajorEvent": "universe",
    "Memory": "character",
    "MetaProgression": "player",
    "NPCInfo": "campaign",
    "NarrativeInfo": "campaign",
    "Origin": "universe",
    "Paradox": "universe",
    "Part": "base",
    "PlayerData": "player",
    "PlayerRun": "player",
    "ProfileIds": "bundle",
    "QuestInfo": "campaign",
    "RecommendationPreset": "preset",
    "RunData": "run",
    "SceneInfo": "scene",
    "Session": "session",
    "Sheet": "character",
    "Slot": "slots",
    "Slots": "slots",
    "Starting": "profile",
    "StoreInfo": "store",
    "TemporalState": "session",
    "Texts": "appearance",
    "TimelineEvent": "universe",
    "UniverseCharacter": "universe",
    "UniverseData": "universe",
    "UnlockPreset": "preset",
    "Voice": "appearance",
    "VoicePreset": "preset",
    "WorldState": "universe",
}

__all__ = [
    "AbandonedRun",
    "AbilityInfo",
    "ActiveCharacter",
    "Appearance",
    "BundleHead",
    "BundleInfo",
    "BundleUniverse",
    "CampaignData",
    "CharacterInfo",
    "CharacterPreset",
    "CharacterProfile",
    "ChatMessage",
    "ClassPreset",
    "Completion",
    "Contribution",
    "Document",
    "Effect",
    "EnvironmentInfo",
    "EnvironmentPreset",
    "EnvironmentState",
    "ItemInfo",
    "MajorEvent",
    "Memory",
    "MetaProgression",
    "NPCInfo",
    "NarrativeInfo",
    "Origin",
    "Paradox",
    "Part",
    "PlayerData",
    "PlayerRun",
    "ProfileIds",
    "QuestInfo",
    "RecommendationPreset",
    "RunData",
    "SceneInfo",
    "Session",
    "Sheet",
    "Slot",
    "Slots",
    "Starting",
    "StoreInfo",
    "TemporalState",
    "Texts",
    "TimelineEvent",
    "UniverseCharacter",
    "UniverseData",
    "UnlockPreset",
    "Voice",
    "VoicePreset",
    "WorldState",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
