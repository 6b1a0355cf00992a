"""The sample store in `storage/` opens for ever, whatever format comes later; all of it is done on a copy."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.disk.pictures import picture_kind

SAMPLE = Path(__file__).resolve().parents[2] / "storage"
LOST, DROWNED = "The Lost Kingdom", "The Drowned Bell"
KARA, THERON = "pc:kara_smith", "pc:theron_gearwright"
MOST_BYTES = 250_000


@pytest.fixture
def store(tmp_path: Path) -> SaveStore:
    shutil.copytree(SAMPLE, tmp_path / "store")
    return SaveStore(tmp_path / "store", clock=lambda: datetime(2027, 5, 1, 12, 0, tzinfo=UTC))


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".saves" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def state(campaign: Campaign) -> dict[str, tuple[int, int, int, str, int]]:
    return {
        one: (who.level, who.hit_points_current, who.hit_points_max, who.status, who.interaction_count)
        for one, who in campaign.characters.items()
    }


def test_it_holds_what_travels_and_no_more() -> None:
    assert not (SAMPLE / ".saves").exists()
    assert sum(len(data) for data in contents(SAMPLE).values()) < MOST_BYTES
    assert {path.name for path in SAMPLE.iterdir()} >= {"README.txt", "store.json", "images", "presets"}


def test_it_is_listed(store: SaveStore) -> None:
    listed = [(one.title, one.total_turns, one.last_played, one.tags, one.problems) for one in store.campaigns.list()]
    assert listed == [
        (DROWNED, 3, "2026-01-13T20:41:00Z", {}, ()),
        (LOST, 23, "2026-01-11T19:40:00Z", {"favourite": True}, ()),
    ]
    assert [one.character_id for one in store.profiles.list()] == [
        "npc:marsh_goblin",
        "npc:marta_copperkettle",
        "npc:zombie",
        KARA,
        THERON,
    ]
    assert [(one.used_by, one.size > 0) for one in store.images.list()] == [((KARA,), True)]


def test_nothing_is_wrong_with_it(store: SaveStore) -> None:
    assert store.check() == []


def test_the_long_story_is_as_it_was(store: SaveStore) -> None:
    with store.campaigns.open(LOST) as campaign:
        assert (campaign.problems, campaign.read_only, campaign.replayed_events) == ([], None, 6)
        assert state(campaign) == {
            KARA: (4, 15, 34, "injured", 11),
            THERON: (2, 11, 11, "healthy", 10),
            "npc:marta_copperkettle": (1, 4, 4, "healthy", 0),
            "npc:zombie": (3, 0, 22, "dead", 3),
            "npc:zombie_2": (3, 0, 22, "dead", 3),
        }
        assert [one.character_id for one in campaign.party] == [KARA, THERON]
        assert {"wax_candle", "cracked_lens", "blue_feather"} < campaign.characters[KARA].inventory.keys()
        assert (campaign.characters[THERON].location, campaign.characters[THERON].experience) == ("crypt", 75)
        assert campaign.document("map/level1")["rooms"]["crypt"] == {"visited": True, "searched": 7}
        assert campaign.data.custom_data == {"difficulty": 2, "house_rules": ["potions as a bonus action"]}
        assert [campaign.scenes[one].title for one in campaign.data.scene_order] == ["The Drowsy Goose", "The Crypt"]
        assert [one.speaker for one in campaign.messages] == [
            "npc:marta_copperkettle",
            "Kara Smith",
            "narrator",
            "Theron Gearwright",
        ]
        assert (campaign.messages[1].model_extra, "「雨」" in campaign.messages[2].text) == ({"mood": "bold"}, True)
        kinds = {"created": 1, "scene_added": 2, "joined": 3, "turn": 23, "message": 2, "tagged": 1}
        assert Counter(event.kind for event in campaign.history()) == kinds


def test_the_short_story_is_as_it_was(store: SaveStore) -> None:
    with store.campaigns.open(DROWNED) as campaign:
        assert (campaign.problems, campaign.read_only) == ([], None)
        assert state(campaign) == {
            KARA: (3, 22, 26, "injured", 3),
            "npc:marsh_goblin": (2, 4, 9, "injured", 1),
        }
        assert campaign.characters[KARA].location == "reed_bank"
        bell = campaign.characters[KARA].inventory["drowned_bell"]
        assert (bell.weight, bell.properties) == (12.5, {"tone": "e flat"})
        assert campaign.document("weather") == {"schema_version": 3, "sky": "fog", "wind": None, "degrees": -1.5}
        kinds = [event.kind for event in campaign.history()]
        assert kinds == ["created", "joined", "turn", "turn", "external_edit", "turn"]


def test_one_profile_is_in_both_stories(store: SaveStore) -> None:
    for title in (LOST, DROWNED):
        with store.campaigns.open(title) as campaign:
            kara = campaign.enriched(KARA)
        assert (kara.attire, kara.voice_id, kara.total_interactions) == ("Silver-trimmed plate armor", "ember", 14)
        assert kara.portrait_file is not None
        assert picture_kind(kara.portrait_file.read_bytes(), kara.portrait_file) == "png"


def test_its_own_preset_overrides_the_one_that_is_shipped(store: SaveStore) -> None:
    (goblin,) = (entry for entry in store.presets.list() if entry.id == "goblin")
    assert (goblin.name, goblin.layer, goblin.overrides) == ("Marsh Goblin", "store", ("shipped",))
    assert store.presets.get("goblin").hit_points_max == 9


def test_looking_at_it_changes_no_byte(store: SaveStore) -> None:
    for title in (LOST, DROWNED):
        store.campaigns.open(title).close()
    assert contents(store.root) == contents(SAMPLE)


def test_it_builds_the_same_state_from_its_log_alone(store: SaveStore) -> None:
    with store.campaigns.open(LOST) as campaign:
        before = state(campaign), campaign.document("map/level1"), campaign.messages
        folder = campaign.folder
    for name in ("snapshots", "characters", "documents", "chat_history"):
        shutil.rmtree(folder / name)
    with store.campaigns.open(LOST) as campaign:
        assert (state(campaign), campaign.document("map/level1"), campaign.messages) == before


def test_a_turn_can_be_played_in_it(store: SaveStore) -> None:
    profile = (store.root / "character_profiles" / "pc.kara_smith.json").read_bytes()
    with store.campaigns.open(LOST) as campaign:
        before = campaign.head.seq
        with campaign.turn("Back to the crypt") as turn:
            turn.character(KARA).take_damage(5)
            turn.document("map/level1")["doors"]["south"] = "open"
        assert (store.root / "character_profiles" / "pc.kara_smith.json").read_bytes() == profile
    with store.campaigns.open(LOST) as campaign:
        assert (campaign.characters[KARA].hit_points_current, campaign.head.note) == (10, "Back to the crypt")
        assert campaign.document("map/level1")["doors"] == {"north": "open", "east": "open", "south": "open"}
        assert (campaign.head.seq, campaign.head.turn, campaign.problems) == (before + 1, 24, [])
    assert store.campaigns.list()[0].title == LOST
