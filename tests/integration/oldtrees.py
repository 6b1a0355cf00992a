"""Trees as older versions have left them, for the tests of what takes them in."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.integration.stores import OTHER_PNG, PNG

COLON = "." if sys.platform == "win32" else ":"
"""What stands between kind and name in the names of files: Windows has no place for a colon."""

KARA, TOM, MIRA = "pc:kara_smith", "npc:old_tom", "pc:mira"
MINE, VALE = "campaigns/My Mine!", "campaigns/vale"
MINE_ID = "campaign_the_lost_mine_sj2j"
"""What the first of them is called once it is taken in, each time the same."""


def put(root: Path, path: str, content: Any) -> Path:
    """Write a file of a tree: bytes and text as they are, anything else as JSON."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str | bytes):
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    else:
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    return file


def kara(**more: Any) -> dict[str, Any]:
    """Return a profile of the global layer."""
    return {
        "character_id": KARA,
        "name": "Kara Smith",
        "character_class": "fighter",
        "attire": "Plate armor",
        "portrait_path": r"C:\Users\me\game\portraits\Kara.png",
        "additional_images": ["/home/me/old/images/map.png"],
        "first_created": "2024-03-01T10:00:00",
        "mood": "wry",
        **more,
    }


def old_tree(root: Path) -> Path:
    """Make a tree with something of every older layout, all of it sound."""
    put(root, f"character_profiles/pc{COLON}kara_smith.json", kara(revision=3))
    put(root, "shared/character_profiles/pc.kara_smith.json", kara(attire="A cloak", revision=2))
    put(root, f"character_profiles/prof_pc{COLON}kara_stormwind.json", {"name": "Kara Stormwind"})
    put(root, f"shared/character_profiles/prof_pc{COLON}kara_stormwind.json", {"name": "Kara Stormwind"})
    put(root, "portraits/Kara.png", PNG)
    put(root, "images/map.png", OTHER_PNG)
    put(
        root,
        "data/characters/mira.json",
        {"name": "Mira", "level": 4, "strength": 15, "hit_points_current": 9, "hit_points_max": 30, "build": "lean",
         "experience": 2700, "portrait_path": "/home/me/gone/mira.png", "corruption": 2},
    )  # fmt: skip
    mine(root)
    vale(root)
    put(root, "notes.txt", "not a save")
    return root


def mine(root: Path) -> None:
    """Add a campaign whose folder, id and names are none of ours."""
    put(
        root,
        f"{MINE}/campaign_data.json",
        {"campaign_id": "My Mine!", "title": "The Lost Mine", "created_at": "2024-03-02T10:00:00Z", "total_turns": 57,
         "last_played": "2024-05-01T20:30:00Z", "total_sessions": 6,
         "character_ids": ["Kara Smith", "npc:old_tom", "mira"],
         "quests": {"rats": {"title": "Rats in the cellar"}}, "chapter": 3},
    )  # fmt: skip
    put(
        root,
        f"{MINE}/characters/pc{COLON}kara_smith.json",
        {"character_id": KARA, "name": "Kara Smith", "level": 3, "hit_points_current": 11, "hit_points_max": 26,
         "attire": "Torn plate", "portrait_url": "/static/kara.png",
         "inventory": {"rope": {"name": "Rope", "quantity": 2}}},
    )  # fmt: skip
    put(
        root,
        f"{MINE}/characters/npc{COLON}old_tom.json",
        {"name": "Old Tom", "character_type": "npc", "hit_points_current": 0, "hit_points_max": 8},
    )
    put(
        root,
        f"{MINE}/chat_history/messages.json",
        [
            {"role": "user", "content": "We go in.", "timestamp": "2024-03-02T10:05:00"},
            {"id": "m2", "speaker": "npc:old_tom", "text": "Mind the rats.", "at": "2024-03-02T10:06:00Z", "turn": 1},
            "The lamp goes out.",
            ["odd", 3],
            {"text": "Who is there?", "speaker": "player", "id": "m2"},
        ],
    )
    put(root, f"{MINE}/scenes/Scene 1.json", {"title": "Cave", "environment_state": {"lighting": "dim"}})
    put(
        root,
        f"{MINE}/sessions/session_001.json",
        {"session_name": "First", "status": "ended", "started_at": "2024-03-02", "character_ids": ["Kara Smith"]},
    )
    put(root, f"{MINE}/world.json", {"doors": {"north": "open"}, "revision": "x"})
    put(root, f"{MINE}/seen.json", ["cave", "well"])
    put(root, f"{MINE}/diary.txt", "Dear diary")


def vale(root: Path) -> None:
    """Add a campaign with little in it."""
    put(root, f"{VALE}/campaign_data.json", {"title": "谷の物語", "character_ids": [KARA]})
    put(
        root,
        f"{VALE}/characters/pc.kara_smith.json",
        {"character_id": KARA, "name": "Kara Smith", "hit_points_current": 26.0, "hit_points_max": "26"},
    )
