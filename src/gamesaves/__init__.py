"""Saved games that are never lost: characters, campaigns and their whole history, in plain files.

Nothing is imported before it is used, so that `import gamesaves` costs a game next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gamesaves import errors
    from gamesaves.disk.backups import Backup
    from gamesaves.disk.log import Event
    from gamesaves.disk.recovered import SetAside
    from gamesaves.documents import (
        ActiveCharacter,
        CharacterInfo,
        CharacterProfile,
        ItemInfo,
        PlayerData,
        RunData,
        Session,
        Slot,
    )
    from gamesaves.errors import Problem, SavesError
    from gamesaves.services.archiving import Archived
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.characters import Character, EnrichedCharacter
    from gamesaves.services.committing import PendingCommit
    from gamesaves.services.context import Commit
    from gamesaves.services.drafts import Draft
    from gamesaves.services.encounter import Encounter, LeftEncounter
    from gamesaves.services.exporting import Exported
    from gamesaves.services.importing import ImportPlan
    from gamesaves.services.profiles import PortraitGenerator
    from gamesaves.services.schemas import schema
    from gamesaves.services.summaries import CampaignSummary
    from gamesaves.services.turns import Turn
    from gamesaves.services.watching.changes import DiskChange
    from gamesaves.services.watching.watcher import Watcher
    from gamesaves.store import SaveStore

__version__ = "0.1.0"

_HOMES = {
    "Archived": "services.archiving",
    "ActiveCharacter": "documents",
    "Backup": "disk.backups",
    "Campaign": "services.campaign",
    "CampaignSummary": "services.summaries",
    "Character": "services.characters",
    "CharacterInfo": "documents",
    "CharacterProfile": "documents",
    "Commit": "services.context",
    "DiskChange": "services.watching.changes",
    "Draft": "services.drafts",
    "Encounter": "services.encounter",
    "EnrichedCharacter": "services.characters",
    "Event": "disk.log",
    "Exported": "services.exporting",
    "ImportPlan": "services.importing",
    "ItemInfo": "documents",
    "LeftEncounter": "services.encounter",
    "PendingCommit": "services.committing",
    "PlayerData": "documents",
    "PortraitGenerator": "services.profiles",
    "Problem": "errors",
    "RunData": "documents",
    "SaveStore": "store",
    "SavesError": "errors",
    "Session": "documents",
    "SetAside": "disk.recovered",
    "Slot": "documents",
    "Turn": "services.turns",
    "schema": "services.schemas",
    "Watcher": "services.watching.watcher",
}

__all__ = [
    "ActiveCharacter",
    "Archived",
    "Backup",
    "Campaign",
    "CampaignSummary",
    "Character",
    "CharacterInfo",
    "CharacterProfile",
    "Commit",
    "DiskChange",
    "Draft",
    "Encounter",
    "EnrichedCharacter",
    "Event",
    "Exported",
    "ImportPlan",
    "ItemInfo",
    "LeftEncounter",
    "PendingCommit",
    "PlayerData",
    "PortraitGenerator",
    "Problem",
    "RunData",
    "SaveStore",
    "SavesError",
    "Session",
    "SetAside",
    "Slot",
    "Turn",
    "Watcher",
    "__version__",
    "errors",
    "schema",
]


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("gamesaves.errors")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"gamesaves.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
