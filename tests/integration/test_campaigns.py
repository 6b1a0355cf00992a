"""Campaigns: made, listed, found, opened, renamed, removed; scenes and chat."""

import errno
import json
import os
import re
import shutil
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.errors import (
    AlreadyExists,
    Ambiguous,
    Closed,
    Damaged,
    FileProblem,
    InvalidName,
    InvalidValue,
    Locked,
    NoSpace,
    NotFound,
    OutsideStore,
    ReadOnly,
)
from tests.integration.stores import (
    KARA,
    PROFILES,
    Clock,
    bytes_in,
    codes,
    document_of,
    edit,
    kept,
    read,
    state_of,
    tree_hash,
)
from tests.unit.systems import Faulty

# Making


def test_a_store_comes_into_being_with_the_first_thing_written_to_it(root: Path) -> None:
    store = SaveStore(root)
    assert (store.campaigns.list(), store.profiles.list(), store.images.list()) == ([], [], [])
    assert store.campaigns.find("x") is None
    assert not root.exists()
    store.campaigns.create("First").close()
    info = read(root / "store.json")
    assert (info["kind"], info["schema_version"]) == ("gamesaves store", 1)
    assert "recovered" in (root / "README.txt").read_text(encoding="utf-8")
    SaveStore(root).create()
    assert read(root / "store.json") == info


def test_a_campaign_is_a_folder_that_can_be_read_alone(store: SaveStore) -> None:
    with store.campaigns.create("The Lost Kingdom", characters=["kara_stormwind", "zombie"]) as campaign:
        assert re.fullmatch(r"campaign_the_lost_kingdom_[a-z0-9]{4}", campaign.id)
        assert campaign.folder == store.root / campaign.id
    data = read(document_of(campaign, "campaign_data"))
    assert data["title"] == "The Lost Kingdom"
    assert data["campaign_id"] == campaign.id
    assert data["character_ids"] == [KARA, "npc:zombie"]
    kara = read(document_of(campaign, "characters/pc.kara_stormwind"))
    assert (kara["name"], kara["hit_points_current"]) == ("Kara Stormwind", 26)
    assert kara["profile_id"] == KARA
    assert "portrait_path" not in kara
    assert [json.loads(line)["kind"] for line in (campaign.folder / "log.jsonl").read_text().splitlines()] == [
        "created"
    ]


def test_an_empty_campaign_can_be_made_and_filled_later(store: SaveStore) -> None:
    with store.campaigns.create("Empty") as campaign:
        assert (dict(campaign.characters), campaign.party, campaign.messages) == ({}, [], [])
        assert campaign.add_character("kara_stormwind").character_id == KARA
    with store.campaigns.open("Empty") as campaign:
        assert [one.name for one in campaign.party] == ["Kara Stormwind"]
    assert not (store.root / "images").exists()


def test_two_campaigns_may_have_the_same_title(store: SaveStore) -> None:
    first, second = (store.campaigns.create("Twins") for _ in range(2))
    assert first.id != second.id
    first.close()
    second.close()
    with pytest.raises(Ambiguous) as unclear:
        store.campaigns.open("Twins")
    assert set(unclear.value.matches) == {first.id, second.id}
    store.campaigns.open(first.id).close()


def test_who_is_named_like_a_profile_is_told_its_id(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("aria_silverleaf"))
    store.profiles.update("Aria Silverleaf", name="Old Aria")
    with pytest.raises(NotFound, match="Old Aria") as caught:
        store.campaigns.create("Here", characters=["Old Aria"])
    assert caught.value.hint == "There is a profile of that name: pc:aria_silverleaf"
    with store.campaigns.create("Here", characters=["pc:aria_silverleaf"]) as campaign:
        assert [one.name for one in campaign.party] == ["Old Aria"]


def test_fields_of_the_campaign_can_be_given(store: SaveStore) -> None:
    more: dict[str, Any] = {"game_theme": "horror", "tags": {"hard": True}, "custom_data": {"seed": 7}}
    ana = store.players.create("Ana").player_id
    with store.campaigns.create("Fields", player=ana, **more) as campaign:
        assert (campaign.data.universe_id, campaign.data.player_id) == (None, ana)
        assert (campaign.data.game_theme, campaign.data.tags, campaign.data.custom_data) == (
            "horror",
            {"hard": True},
            {"seed": 7},
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"game_theme": 5},
        {"campaign_id": "campaign_other_abcd"},
        {"character_ids": ["pc:nobody"]},
        {"created_at": "yesterday"},
        {"schema_version": 7},
        {"total_turns": 9},
        {"universe_id": "nowhere"},
        {"player_id": "nobody"},
        {"custom_data": {"x": float("nan")}},
        {"custom_data": {"x": 2**64}},
        {"custom_data": {"x": "\ud800"}},
        {"last_played": None},
    ],
)
def test_fields_that_make_no_sense_are_refused_and_nothing_is_made(store: SaveStore, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        store.campaigns.create("Refused", characters=["kara_stormwind"], **fields)
    assert store.campaigns.list() == []
    assert store.profiles.list() == []


def test_somebody_who_does_not_exist_keeps_a_campaign_from_being_made(store: SaveStore) -> None:
    for who in ("kara_stromwind", "pc:nobody"):
        with pytest.raises(NotFound):
            store.campaigns.create("Nobody", characters=[who])
    assert store.campaigns.list() == []


def test_a_campaign_that_cannot_be_written_is_not_there(store: SaveStore, faulty: Faulty) -> None:
    import errno

    from gamesaves.errors import NoSpace

    store.create()
    faulty.fail("write", "staging", errno.ENOSPC, skip=1)
    with pytest.raises(NoSpace):
        store.campaigns.create("Full", characters=["kara_stormwind"])
    assert store.campaigns.list() == []
    faulty.mend()
    store.campaigns.create("Full", characters=["kara_stormwind"]).close()
    assert [one.title for one in store.campaigns.list()] == ["Full"]
    assert codes(store.check()) == []


# Listing and finding


def test_a_list_has_what_a_player_looks_for_the_last_played_first(store: SaveStore) -> None:
    with store.campaigns.create("Old", characters=["kara_stormwind"]) as old, old.turn() as turn:
        turn.character(KARA).take_damage(1)
    with store.campaigns.create("New", characters=["zombie"]) as new:
        new.tag("spooky")
        for _ in range(3):
            with new.turn() as turn:
                turn.character("npc:zombie").take_damage(1)
    store.campaigns.create("Never played").close()
    listed = store.campaigns.list()
    assert [one.title for one in listed] == ["New", "Old", "Never played"]
    assert [one.total_turns for one in listed] == [3, 1, 0]
    assert listed[0].tags == {"spooky": True}
    assert listed[0].characters == ("npc:zombie",)
    assert listed[0].path == new.folder
    assert listed[2].last_played is None
    assert store.campaigns.find("New") == listed[0]
    assert store.campaigns.find("Newer") is None


def test_listing_opens_nothing_that_has_not_changed(store: SaveStore, faulty: Faulty) -> None:
    for number in range(3):
        store.campaigns.create(f"Story {number}").close()
    store.campaigns.list()
    before = faulty.count("open", "campaign_")
    assert len(store.campaigns.list()) == 3
    assert faulty.count("open", "campaign_") == before
    edit(store.campaigns.list()[0].path / "campaign_data.json", title="Changed")
    assert "Changed" in [one.title for one in store.campaigns.list()]
    assert faulty.count("open", "campaign_") == before + 2, "its data and the end of its log"


@pytest.mark.parametrize("content", [b"", b"\0\0", b"[]", b'{"version":1,"rows":{"x":5}}', b'{"version":1}', b"{"])
def test_an_index_that_is_broken_is_made_anew(store: SaveStore, content: bytes) -> None:
    campaign = store.campaigns.create("Indexed")
    campaign.close()
    listed = store.campaigns.list()
    index = next((store.root / ".saves").glob("*/index/campaigns.json"))
    index.write_bytes(content.replace(b'"x"', b'"%b"' % campaign.id.encode()))
    assert store.campaigns.list() == listed


@pytest.mark.parametrize(
    "fields",
    [
        {"title": 5},
        {"title": None, "total_turns": "many"},
        {"title": None, "last_played": 7},
        {"character_ids": 5},
        {"character_ids": None},
        {"tags": "hard"},
        {"campaign_id": None},
        {"total_turns": None, "tags": None, "last_played": None},
    ],
)
def test_a_value_of_the_wrong_type_does_not_keep_the_others_from_being_listed(
    store: SaveStore, fields: dict[str, Any]
) -> None:
    with store.campaigns.create("Good", characters=["kara_stormwind"]) as campaign, campaign.turn() as turn:
        turn.character(KARA).take_damage(1)
    with store.campaigns.create("Bad", characters=["kara_stormwind"]) as bad, bad.turn() as turn:
        turn.character(KARA).take_damage(1)
    edit(document_of(bad, "campaign_data"), **fields)
    listed = {one.path.name: one for one in store.campaigns.list()}
    assert listed[campaign.id].problems == ()
    assert listed[bad.id].total_turns == 1
    assert listed[bad.id].characters in ((), (KARA,))
    assert isinstance(listed[bad.id].title, str)
    assert str(document_of(bad, "campaign_data")) in {problem.path for problem in store.check()}
    with store.campaigns.open(bad.id) as opened:
        assert opened.title == "Bad", "the last good state is in use"


def test_a_campaign_that_cannot_be_read_is_listed_with_its_place(store: SaveStore) -> None:
    store.campaigns.create("Good").close()
    with store.campaigns.create("Bad") as bad:
        pass
    document_of(bad, "campaign_data").write_text('{\n  "title": Bad\n}')
    problems = {one.path.name: one.problems for one in store.campaigns.list()}
    (problem,) = problems.pop(bad.id)
    assert (problem.code, problem.path, problem.line, problem.column) == (
        "invalid",
        str(document_of(bad, "campaign_data")),
        2,
        12,
    )
    assert list(problems.values()) == [()]


def test_a_campaign_whose_folder_may_not_be_read_keeps_no_other_from_anything(store: SaveStore, faulty: Faulty) -> None:
    for title in ("Good", "Bad"):
        store.campaigns.create(title).close()
    bad = store.campaigns.find("Bad")
    assert bad is not None
    for call in ("stat", "open", "entries"):
        faulty.fail(call, bad.path.name, errno.EACCES)
    problems = {one.title: one.problems for one in store.campaigns.list()}
    assert problems.pop("Good") == ()
    assert [one.code for (one,) in problems.values()] == ["io_error"]
    with store.campaigns.open("Good") as campaign, campaign.turn("Goes on"):
        pass
    assert all(str(one.path).startswith(str(bad.path)) for one in store.check())


def test_a_file_that_only_begins_like_a_campaign_is_none(store: SaveStore) -> None:
    store.campaigns.create("Real").close()
    (store.root / "campaign_ideas.txt").write_text("a haunted mill")
    assert [one.title for one in store.campaigns.list()] == ["Real"]
    assert store.check() == []


def test_a_folder_without_anything_in_it_is_listed_with_its_problem(store: SaveStore) -> None:
    store.campaigns.create("Real").close()
    (store.root / "campaign_empty_abcd").mkdir()
    assert {one.path.name.rpartition("_")[0]: len(one.problems) for one in store.campaigns.list()} == {
        "campaign_real": 0,
        "campaign_empty": 1,
    }
    with pytest.raises(Damaged):
        store.campaigns.open("campaign_empty_abcd")
    assert store.campaigns.find("campaign_empty_abcd") is not None


def test_a_campaign_is_opened_by_id_title_or_path(store: SaveStore) -> None:
    with store.campaigns.create("The Lost Kingdom") as campaign:
        pass
    for name in (campaign.id, "The Lost Kingdom", "the lost KINGDOM!", str(campaign.folder)):
        with store.campaigns.open(name) as opened:
            assert opened.id == campaign.id
    with pytest.raises(NotFound) as missed:
        store.campaigns.open("The Lost Kingdon")
    assert missed.value.nearest == (campaign.id,)


@pytest.mark.parametrize("name", ["", ".", "..", "../saves", "a/b", "x" * 300, "\0", "campaign_", "/"])
def test_a_name_that_no_campaign_has_is_not_found(store: SaveStore, name: str) -> None:
    store.campaigns.create("Here").close()
    with pytest.raises(NotFound):
        store.campaigns.open(name)
    with pytest.raises(NotFound):
        store.campaigns.remove(name)
    assert store.campaigns.find(name) is None


def test_a_renamed_folder_is_found_by_its_name_and_by_the_id_inside(store: SaveStore) -> None:
    with store.campaigns.create("Moved") as campaign:
        pass
    os.replace(campaign.folder, store.root / "campaign_from_my_laptop")
    for name in ("campaign_from_my_laptop", campaign.id, "Moved"):
        with store.campaigns.open(name) as opened:
            assert opened.folder == store.root / "campaign_from_my_laptop"
            assert opened.id == campaign.id


def test_each_campaign_is_listed_under_an_id_that_opens_it(store: SaveStore) -> None:
    with store.campaigns.create("First") as first, store.campaigns.create("Second") as second:
        pass
    for number, name in enumerate(("campaign_first - Copy", "campaign_first - Copy (2)", second.id)):
        shutil.rmtree(store.root / name, ignore_errors=True)
        shutil.copytree(first.folder, store.root / name)
        with store.campaigns.open(name) as copy:
            copy.rename(f"Copy {number}")
    shutil.rmtree(first.folder)
    for one in store.campaigns.list():
        assert (one.campaign_id, one.copy_of) == (one.path.name, first.id)
        with store.campaigns.open(one.campaign_id) as opened:
            assert (opened.folder, opened.id, opened.title) == (one.path, one.campaign_id, one.title)
    with pytest.raises(Ambiguous):
        store.campaigns.open(first.id)
    for name in ("campaign_first - Copy", second.id):
        store.campaigns.remove(name)
    (left,) = store.campaigns.list()
    assert (left.campaign_id, left.copy_of, left.path.name) == (first.id, None, "campaign_first - Copy (2)")


def test_a_copied_folder_is_another_campaign_to_open(store: SaveStore) -> None:
    with store.campaigns.create("Copied", characters=["kara_stormwind"]) as campaign:
        pass
    copy = shutil.copytree(campaign.folder, store.root / "campaign_copied_backup")
    with store.campaigns.open("campaign_copied_backup") as other, other.turn() as turn:
        turn.character(KARA).take_damage(9)
    with store.campaigns.open(campaign.id) as original:
        assert original.characters[KARA].hit_points_current == 26
    assert other.folder == copy
    with pytest.raises(Ambiguous):
        store.campaigns.open("Copied")


def test_a_campaign_copied_to_another_store_is_whole(store: SaveStore, tmp_path: Path) -> None:
    with store.campaigns.create("Travels", characters=["kara_stormwind"]) as campaign:
        campaign.say("narrator", "It begins.")
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(3)
            turn.document("map/level1")["doors"] = {"north": "open"}
        expected = state_of(campaign)
    shutil.copytree(campaign.folder, tmp_path / "other" / campaign.id)
    with SaveStore(tmp_path / "other") as elsewhere, elsewhere.campaigns.open("Travels") as there:
        assert state_of(there) == expected
        assert there.enriched(KARA).name == "Kara Stormwind"


def test_a_link_to_a_campaign_outside_the_store_is_refused(store: SaveStore, tmp_path: Path) -> None:
    with SaveStore(tmp_path / "other") as other:
        outside = other.campaigns.create("Outside")
        outside.close()
    store.create()
    (store.root / outside.id).symlink_to(outside.folder)
    before = tree_hash(outside.folder)
    with pytest.raises(OutsideStore):
        store.campaigns.open(outside.id)
    assert "outside_store" in codes(store.check())
    assert tree_hash(outside.folder) == before


# Opening


def test_opening_reads_no_profile_and_the_first_enriched_reads_one(store: SaveStore, faulty: Faulty) -> None:
    store.campaigns.create("Lazy", characters=["kara_stormwind", "theron_gearwright"]).close()
    fresh = SaveStore(store.root)
    with fresh.campaigns.open("Lazy") as campaign:
        assert campaign.characters[KARA].name == "Kara Stormwind"
        assert len(campaign.party) == 2
        assert faulty.count("open", PROFILES) == before_opening(faulty)
        campaign.enriched(KARA)
        assert faulty.count("open", PROFILES) == before_opening(faulty) + 1
        campaign.enriched(KARA)
        assert faulty.count("open", PROFILES) == before_opening(faulty) + 1


def before_opening(faulty: Faulty) -> int:
    """How many profile files had been opened when the log was opened for the last time."""
    opened = [number for number, (call, path) in enumerate(faulty.calls) if call == "open" and path.endswith(".jsonl")]
    return sum(call == "open" and PROFILES in path for call, path in faulty.calls[: opened[-1]])


def test_a_campaign_opened_for_reading_sees_everything_and_changes_nothing(store: SaveStore, tmp_path: Path) -> None:
    with store.campaigns.create("Read", characters=["kara_stormwind"]) as campaign:
        campaign.say("narrator", "Once")
        expected = state_of(campaign)
    before = tree_hash(tmp_path)
    with store.campaigns.open(campaign.id, read_only=True) as reading:
        assert state_of(reading) == expected
        assert isinstance(reading.read_only, ReadOnly)
        with pytest.raises(ReadOnly), reading.turn() as turn:
            turn.character(KARA).take_damage(1)
        for change in (
            lambda: reading.say("a", "b"),
            lambda: reading.tag("x"),
            lambda: reading.rename("y"),
            lambda: reading.add_scene("z"),
        ):
            with pytest.raises(ReadOnly):
                change()
        assert state_of(reading) == expected
    assert tree_hash(tmp_path) == before


def test_a_closed_campaign_refuses_to_be_changed_and_can_be_closed_again(store: SaveStore) -> None:
    campaign = store.campaigns.create("Closed", characters=["kara_stormwind"])
    assert campaign.read_only is None
    campaign.close()
    campaign.close()
    before = bytes_in(campaign.folder)
    for use in (
        lambda: campaign.begin_turn(),
        lambda: campaign.turn("x").__enter__(),
        lambda: campaign.say("a", "b"),
        lambda: campaign.tag("x"),
        lambda: campaign.add_character("zombie"),
        lambda: campaign.add_scene("Cave"),
        lambda: campaign.rename("Open"),
    ):
        with pytest.raises(Closed):
            use()
    assert campaign.characters[KARA].hit_points_current == 26, "what is in memory can be looked at"
    assert bytes_in(campaign.folder) == before
    assert store.profiles.find("npc:zombie") is None


def test_closing_the_store_closes_what_is_open_in_it(root: Path) -> None:
    store = SaveStore(root)
    campaign = store.campaigns.create("Open", characters=["kara_stormwind"])
    with campaign.turn() as turn:
        turn.character(KARA).take_damage(1)
    store.close()
    store.close()
    with pytest.raises(Closed):
        campaign.begin_turn()
    assert read(document_of(campaign, "characters/pc.kara_stormwind"))["hit_points_current"] == 25
    with SaveStore(root) as again:
        again.campaigns.open("Open").close()
        assert again.profiles.get(KARA).total_interactions == 1


def test_a_campaign_that_fails_when_the_store_is_closed_keeps_no_other_open(root: Path, faulty: Faulty) -> None:
    threads = set(threading.enumerate())
    store = SaveStore(root)
    world = store.universes.create("Coast")
    campaigns = [store.campaigns.create(title, universe=world.id) for title in ("One", "Two", "Three")]
    full = [str(one.folder / "log.jsonl") for one in campaigns[:2]]
    for one, path in zip(campaigns, full, strict=False):
        faulty.fail("write", path, errno.ENOSPC)
        turn = one.begin_turn()
        turn.document("lamps")["lit"] = True
        turn.commit(wait=False)
    with pytest.raises(NoSpace) as failed:
        store.close()
    (note,) = failed.value.__notes__
    assert {path for path in full if path == failed.value.path or path in note} == {*full}
    assert set(threading.enumerate()) == threads, "the writer thread has ended"
    with pytest.raises(Closed):
        _ = world.world
    store.close()
    faulty.mend()
    with SaveStore(root) as again:
        assert [again.campaigns.open(one.id).is_writer for one in campaigns] == [True] * 3


def test_a_campaign_that_cannot_be_opened_leaves_nothing_open(root: Path, faulty: Faulty) -> None:
    with SaveStore(root, clock=Clock()) as store:
        player = store.players.create("Alex").player_id
        store.campaigns.create("Doors", characters=["kara_stormwind"], player=player).close()
        (folder,) = root.glob("campaign_*")
        edit(folder / "campaign_data.json", description="edited by hand")
        faulty.calls.clear()
        faulty.fail("stat", str(root / "players"), errno.EACCES)
        with pytest.raises(FileProblem):
            store.campaigns.open("Doors")
        log = str(folder / "log.jsonl")
        assert faulty.count("open", log) == faulty.count("close", log) > 0
        written = read(folder / "campaign_data.json")
        assert written["revision"].startswith("2-"), "nothing is left to be written without the lock"
        faulty.mend()
        other = SaveStore(root).campaigns.open("Doors")
        store.close()
        with pytest.raises(Locked):
            store.campaigns.open("Doors")
        other.close()


def test_a_campaign_is_open_for_writing_once(store: SaveStore) -> None:
    with store.campaigns.create("Once") as campaign:
        with pytest.raises(Locked) as refused:
            store.campaigns.open("Once")
        assert refused.value.pid == os.getpid()
        with pytest.raises(Locked):
            store.campaigns.remove("Once")
    store.campaigns.open(campaign.id).close()


# Changing


def test_a_new_title_changes_neither_id_nor_folder(store: SaveStore) -> None:
    with store.campaigns.create("Before") as campaign:
        campaign.rename("After: 後")
        assert (campaign.title, campaign.data.title) == ("After: 後", "After: 後")
        with pytest.raises(InvalidName):
            campaign.rename(" ")
    assert campaign.id.startswith("campaign_before_")
    with store.campaigns.open("After: 後") as again:
        assert again.folder == campaign.folder


def test_tags_are_set_and_taken_away(store: SaveStore) -> None:
    with store.campaigns.create("Tags") as campaign:
        campaign.tag("hard")
        campaign.tag("rating", 5)
        assert campaign.data.tags == {"hard": True, "rating": 5}
        campaign.tag("hard", None)
        with pytest.raises(InvalidValue):
            campaign.tag("  ")
    assert store.campaigns.list()[0].tags == {"rating": 5}


def test_scenes_are_numbered_and_the_first_is_the_current_one(store: SaveStore) -> None:
    with store.campaigns.create("Scenes", characters=["kara_stormwind"]) as campaign:
        cave = campaign.add_scene("The Cave", description="dark", character_ids=[KARA])
        camp = campaign.add_scene("The Camp")
        mill = campaign.add_scene("The Mill", scene_id="mill")
        assert [one.scene_id for one in (cave, camp, mill)] == ["scene_001", "scene_002", "mill"]
        assert campaign.data.scene_order == ["scene_001", "scene_002", "mill"]
        assert campaign.data.scenes["mill"] == "The Mill"
        assert campaign.data.current_scene_id == "scene_001"
        with pytest.raises(AlreadyExists):
            campaign.add_scene("Again", scene_id="mill")
        with campaign.turn() as turn:
            turn.scene("mill").environment_state.lighting = "a candle"
            turn.data.current_scene_id = "mill"
        with pytest.raises(NotFound), campaign.turn() as turn:
            turn.scene("scene_009")
    with store.campaigns.open("Scenes") as again:
        assert again.scenes["mill"].environment_state.lighting == "a candle"
        assert again.scenes["scene_001"].character_ids == [KARA]
        assert again.data.current_scene_id == "mill"
    assert read(document_of(campaign, "scenes/scene_001"))["title"] == "The Cave"


@pytest.mark.parametrize("fields", [{"scene_id": "No Id"}, {"scene_id": "../x"}, {"character_ids": [5]}])
def test_a_scene_that_makes_no_sense_is_refused(store: SaveStore, fields: dict[str, Any]) -> None:
    with store.campaigns.create("Scenes") as campaign:
        with pytest.raises(InvalidValue):
            campaign.add_scene("Cave", **fields)
        assert dict(campaign.scenes) == {}


def test_the_chat_keeps_what_was_said_in_order_with_whatever_the_game_adds(store: SaveStore) -> None:
    with store.campaigns.create("Chat", characters=["kara_stormwind"]) as campaign:
        first = campaign.say("narrator", "It rains.", mood="grey")
        with campaign.turn("An arrow") as turn:
            turn.say(KARA, "Ouch")
            turn.say("narrator", "It hurts.")
            turn.character(KARA).take_damage(2)
        assert [message.text for message in campaign.messages] == ["It rains.", "Ouch", "It hurts."]
        assert campaign.messages[0].id == first
        assert campaign.messages[0].model_dump()["mood"] == "grey"
        assert campaign.head.changes.keys() == {f"characters/{KARA}"}
    view = campaign.folder / "chat_history" / "messages.jsonl"
    assert [json.loads(line)["text"] for line in view.read_text().splitlines()] == ["It rains.", "Ouch", "It hurts."]
    view.unlink()
    with store.campaigns.open("Chat") as again:
        assert [message.text for message in again.messages] == ["It rains.", "Ouch", "It hurts."]
    assert view.is_file()


@pytest.mark.parametrize("more", [{"id": "x"}, {"at": "now"}, {"turn": 3}, {"speaker": None}, {"text": 5}])
def test_a_message_that_could_not_be_read_again_is_refused(store: SaveStore, more: dict[str, Any]) -> None:
    with store.campaigns.create("Chat") as campaign:
        campaign.say("narrator", "before")
        with pytest.raises(InvalidValue):
            campaign.say(**{"speaker": "narrator", "text": "x", **more})
        with campaign.turn() as turn, pytest.raises(InvalidValue):
            turn.say(**{"speaker": "narrator", "text": "x", **more})
        assert [message.text for message in campaign.messages] == ["before"]


@pytest.mark.parametrize("spoil", [b'{"id": 7}\n', b"{\n", b"\xff\n", b'"x"\n', b'{"text": "no speaker"}\n'])
def test_a_chat_file_that_was_spoilt_by_hand_is_built_again(store: SaveStore, spoil: bytes) -> None:
    with store.campaigns.create("Chat") as campaign:
        for text in ("one", "two"):
            campaign.say("narrator", text)
    view = campaign.folder / "chat_history" / "messages.jsonl"
    view.write_bytes(spoil + view.read_bytes().splitlines(keepends=True)[-1])
    with store.campaigns.open(campaign.id) as again:
        assert [message.text for message in again.messages] == ["one", "two"]


def test_the_history_tells_what_happened(store: SaveStore) -> None:
    with store.campaigns.create("History", characters=["kara_stormwind"]) as campaign:
        with campaign.turn("The goblin strikes back") as turn:
            turn.character(KARA).take_damage(8)
            turn.record("combat", round=1)
        campaign.add_scene("Cave")
        events = campaign.history()
        assert [(event.seq, event.kind, event.turn) for event in events] == [
            (1, "created", 0),
            (2, "turn", 1),
            (3, "scene_added", 1),
        ]
        assert events[1].note == "The goblin strikes back"
        assert events[1].data["records"] == [{"kind": "combat", "data": {"round": 1}}]
        assert [event.prev for event in events[1:]] == [event.hash for event in events[:-1]]
        assert campaign.history(limit=1) == [campaign.head] == events[-1:]
        assert campaign.history(limit=0) == []
        assert campaign.history(limit=99) == events


def test_turns_and_the_time_of_play_follow_from_the_log(store: SaveStore) -> None:
    with store.campaigns.create("Derived", characters=["kara_stormwind"]) as campaign:
        assert (campaign.data.total_turns, campaign.data.last_played) == (0, None)
        for _ in range(2):
            with campaign.turn() as turn:
                turn.character(KARA).take_damage(1)
        campaign.say("narrator", "not a turn")
        assert campaign.data.total_turns == 2
        played = campaign.data.last_played
        assert played is not None
        assert played == datetime.fromisoformat(campaign.history()[2].at)
    assert read(document_of(campaign, "campaign_data"))["total_turns"] == 2


def test_a_clock_without_a_zone_is_read_as_utc(root: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 100_000)  # noqa: DTZ001 - that is what this is about
    with SaveStore(root, clock=lambda: moment) as store, store.campaigns.create("Naive") as campaign:
        assert campaign.head.at == "2026-01-02T03:04:05.100000Z"
        assert campaign.data.created_at.isoformat() == "2026-01-02T03:04:05.100000+00:00"


# Removing


def test_a_removed_campaign_is_set_aside_whole_and_takes_no_profile_and_no_picture_along(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    store.profiles.portrait(draft)
    with store.campaigns.create("Gone", characters=[draft]) as campaign:
        pass
    files = bytes_in(campaign.folder)
    others = {name: data for name, data in bytes_in(store.root).items() if not name.startswith(campaign.id)}
    place = store.campaigns.remove("Gone")
    assert store.campaigns.list() == []
    assert not campaign.folder.exists()
    assert bytes_in(place) == files
    assert bytes_in(store.root) == others
    note = read(place.parent / "note.json")
    assert note["home"] == campaign.id
    assert campaign.id in note["put_back"]
    shutil.move(place, store.root / note["home"])
    with store.campaigns.open("Gone") as again:
        assert again.enriched(KARA).portrait_file is not None
    assert set(kept(store)) == set()


def test_what_is_removed_twice_is_kept_twice(root: Path) -> None:
    with SaveStore(root, clock=lambda: Clock().now) as store:
        for _ in range(2):
            campaign = store.campaigns.create("Same")
            campaign.close()
            place = store.campaigns.remove("Same")
            os.replace(place, place.parent / "campaign_same_abcd")
        assert len(list((root / ".saves").glob("*/recovered/*/campaign_same_abcd"))) == 2
