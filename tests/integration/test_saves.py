"""Saving to slots and loading from them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gamesaves import Campaign, SaveStore
from gamesaves.documents import EnvironmentInfo
from gamesaves.errors import (
    AlreadyExists,
    Ambiguous,
    InvalidDocument,
    InvalidName,
    InvalidValue,
    NotAPicture,
    NotFound,
)
from tests.integration.stores import KARA, PNG, Clock, Quick
from tests.unit.systems import Faulty

TITLE = "The Lost Kingdom"


@pytest.fixture
def campaign(store: SaveStore) -> Iterator[Campaign]:
    with store.campaigns.create(TITLE, characters=["kara_stormwind"]) as campaign:
        yield campaign


def wound(campaign: Campaign, amount: int = 1) -> None:
    with campaign.turn("A blow") as turn:
        turn.character(KARA).take_damage(amount)


def points(campaign: Campaign) -> int:
    return campaign.characters[KARA].hit_points_current


def test_a_slot_names_the_event_before_it_and_tells_of_the_story(campaign: Campaign) -> None:
    campaign.add_scene("The Drowsy Goose")
    wound(campaign, 8)
    head = campaign.head
    slot = campaign.save_as("Before the bridge", note="Take the rope")
    assert (slot.name, slot.kind, slot.note) == ("Before the bridge", "named", "Take the rope")
    assert (slot.event, slot.seq, slot.turn) == (head.hash, head.seq, 1)
    assert (slot.place, slot.party) == ("The Drowsy Goose", ["Kara Stormwind, level 3, 18 of 26 hit points"])
    assert (slot.day, slot.period, slot.playtime_seconds, slot.thumbnail) == (None, None, 0, None)
    event = campaign.head
    assert (event.kind, list(event.changes), event.seq, event.turn) == ("slot", ["slots"], head.seq + 1, 1)
    assert dict(campaign.slots) == {"before_the_bridge": slot}
    with pytest.raises(ValidationError, match="frozen"):
        setattr(slot, "name", "Another")  # noqa: B010 - a type checker refuses the assignment, as it should


def test_a_slot_stays_when_the_campaign_is_opened_again(store: SaveStore, campaign: Campaign) -> None:
    campaign.save_as("One")
    campaign.close()
    with store.campaigns.open(TITLE) as again:
        assert [slot.name for slot in again.slots.values()] == ["One"]
        assert again.problems == []


def test_loading_and_loading_back_again(campaign: Campaign) -> None:
    campaign.save_as("Healthy")
    wound(campaign, 8)
    campaign.save_as("Wounded")
    seq = campaign.seq
    assert campaign.load("Healthy").name == "Healthy"
    assert (points(campaign), campaign.seq, campaign.head.kind) == (26, seq + 1, "restore")
    assert list(campaign.slots) == ["wounded", "healthy"]
    campaign.load("wounded")
    assert points(campaign) == 18
    campaign.restore(campaign.head.before[0])
    assert points(campaign) == 26


def test_the_same_name_is_replaced_and_another_one_is_not(campaign: Campaign) -> None:
    campaign.save_as("Bridge")
    wound(campaign, 5)
    campaign.save_as(" Bridge ")
    campaign.save_as("bridge!")
    assert [(one, slot.name) for one, slot in campaign.slots.items()] == [("bridge_2", "bridge!"), ("bridge", "Bridge")]
    for name in ("Bridge", "bridge", "BRIDGE?"):
        assert campaign.load(name).name == "Bridge"
    assert points(campaign) == 21


@pytest.mark.parametrize("name", ["洞窟の前", "???", "Été", "con", "../..", "quick 1", "x" * 300])
def test_any_name_that_can_be_seen_names_a_slot(campaign: Campaign, name: str) -> None:
    campaign.quicksave()
    wound(campaign)
    campaign.save_as(name)
    wound(campaign)
    campaign.save_as(name)
    wound(campaign)
    assert campaign.load(name).name == name
    assert points(campaign) == 24
    assert [slot.kind for slot in campaign.slots.values()] == ["named", "quick"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x00"])
def test_a_name_that_cannot_be_seen_is_refused(campaign: Campaign, name: str) -> None:
    with pytest.raises(InvalidName):
        campaign.save_as(name)
    assert campaign.seq == 1


def test_two_names_with_the_same_letters_are_two_slots(campaign: Campaign) -> None:
    campaign.save_as("橋")
    campaign.save_as("桥")
    campaign.save_as("e\u0301t\u00e9")
    campaign.save_as("\u00e9te\u0301")
    assert len(campaign.slots) == 3


def test_quick_saves_take_turns(campaign: Campaign) -> None:
    for _ in range(5):
        campaign.quicksave()
        wound(campaign)
    assert list(campaign.slots) == ["quick_2", "quick_1", "quick_3"]
    assert [slot.name for slot in campaign.slots.values()] == ["Quick save 2", "Quick save 1", "Quick save 3"]
    assert campaign.quickload().name == "Quick save 2"
    assert points(campaign) == 22
    campaign.load("quick_3")
    assert points(campaign) == 24
    campaign.quicksave(keep=1)
    assert len(campaign.slots) == 1
    campaign.load("quick")
    with pytest.raises(InvalidValue):
        campaign.quicksave(keep=0)


def test_without_a_quick_save_there_is_nothing_to_load(campaign: Campaign) -> None:
    campaign.save_as("Quick")
    with pytest.raises(NotFound, match="quick") as caught:
        campaign.quickload()
    assert caught.value.hint == f"Make one: saves quicksave {campaign.id}"


@pytest.mark.parametrize("name", ["quick", "auto", " quick_1", "auto_12"])
def test_what_means_a_save_that_is_counted_is_no_name(campaign: Campaign, name: str) -> None:
    campaign.save_as("Bridge")
    seq = campaign.seq
    for attempt in (lambda: campaign.save_as(name), lambda: campaign.rename_slot("Bridge", name)):
        with pytest.raises(InvalidName, match=name.strip()) as caught:
            attempt()
        assert caught.value.hint is not None
    assert (campaign.seq, list(campaign.slots)) == (seq, ["bridge"])


def test_the_newest_quick_save_is_meant_also_where_a_named_one_has_been_called_quick(campaign: Campaign) -> None:
    campaign.save_as("Quick")
    campaign.flush()
    file = campaign.folder / "slots.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"Quick"', '"quick"'), encoding="utf-8")
    campaign.take_in_edits()
    assert campaign.load("quick").kind == "named"
    wound(campaign)
    campaign.quicksave()
    wound(campaign)
    assert (campaign.quickload().name, points(campaign)) == ("Quick save 1", 25)
    assert campaign.load("quick").name == "Quick save 1"
    assert campaign.delete_slot("quick").name == "Quick save 1"
    assert campaign.load("save_quick").kind == "named"
    assert campaign.rename_slot("save_quick", "The boss") == "save_quick"


def test_renaming(campaign: Campaign) -> None:
    campaign.save_as("Bridge")
    campaign.quicksave()
    assert campaign.rename_slot("Bridge", "The bridge of Highmere") == "bridge"
    assert campaign.rename_slot("quick", "The boss") == "the_boss"
    assert {one: (slot.name, slot.kind) for one, slot in campaign.slots.items()} == {
        "bridge": ("The bridge of Highmere", "named"),
        "the_boss": ("The boss", "named"),
    }
    with pytest.raises(AlreadyExists):
        campaign.rename_slot("bridge", "The boss")
    with pytest.raises(NotFound) as caught:
        campaign.rename_slot("cellar", "The cellar")
    assert caught.value.hint is not None
    campaign.quicksave()
    assert len(campaign.slots) == 3


def test_a_name_that_is_the_id_of_another_save_is_not_taken_for_it(campaign: Campaign) -> None:
    campaign.save_as("boss")
    campaign.rename_slot("boss", "Old boss")
    wound(campaign)
    campaign.save_as("Boss")
    assert campaign.slot_id_of("Boss") == "boss_2"
    for verb in (campaign.load, campaign.delete_slot, lambda one: campaign.rename_slot(one, "New")):
        with pytest.raises(Ambiguous, match="boss, boss_2") as caught:
            verb("boss")
        assert caught.value.hint == "Say 'Old boss' for boss; of the others say the ids."
    with pytest.raises(Ambiguous):
        campaign.load("BOSS")
    assert campaign.load("Old boss").name == "Old boss"
    assert campaign.delete_slot("boss_2").name == "Boss"
    assert campaign.load("boss").name == "Old boss"


def test_a_name_that_is_the_id_of_another_save_is_not_given(campaign: Campaign) -> None:
    campaign.save_as("Bridge")
    campaign.save_as("bridge!")
    with pytest.raises(AlreadyExists):
        campaign.rename_slot("Bridge", "bridge_2")
    assert campaign.rename_slot("bridge!", "bridge_2") == "bridge_2"
    campaign.quicksave()
    campaign.save_as("quick 1")
    assert (campaign.load("quick_1").kind, campaign.load("quick 1").kind) == ("quick", "named")


def test_deleting_leaves_the_event_in_the_history(campaign: Campaign) -> None:
    slot = campaign.save_as("Bridge")
    wound(campaign)
    assert campaign.delete_slot("Bridge") == slot
    assert dict(campaign.slots) == {}
    with pytest.raises(NotFound):
        campaign.load("Bridge")
    campaign.restore(slot.event)
    assert points(campaign) == 26


def test_a_thumbnail_is_stored_once_and_not_pruned(store: SaveStore, campaign: Campaign, tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    picture.write_bytes(PNG)
    first = campaign.save_as("One", thumbnail=PNG).thumbnail
    assert first is not None
    assert campaign.save_as("Two", thumbnail=picture).thumbnail == first
    assert (store.root / first).read_bytes() == PNG
    campaign.flush()
    assert [image.used_by for image in store.images.list()] == [(campaign.folder.name,)]
    assert store.images.prune() == []
    with pytest.raises(NotAPicture):
        campaign.save_as("Three", thumbnail=b"no picture")
    assert len(campaign.slots) == 2
    campaign.delete_slot("One")
    campaign.delete_slot("Two")
    campaign.flush()
    assert [image.path for image in store.images.prune()] == [first]


def kinds(campaign: Campaign) -> str:
    return "".join(event.kind[0] for event in campaign.history()[1:])


def test_pictures_are_listed_but_not_pruned_where_saves_cannot_be_read(store: SaveStore, campaign: Campaign) -> None:
    store.images.add(PNG)
    campaign.close()
    (campaign.folder / "log.jsonl").write_bytes(b"")
    assert [image.used_by for image in store.images.list()] == [()]
    with pytest.raises(InvalidDocument) as caught:
        store.images.prune()
    assert caught.value.path == str(campaign.folder / "log.jsonl")


@pytest.mark.parametrize(("thumbnail", "code"), [(None, "missing_picture"), ("../outside.png", "outside_store")])
def test_checking_names_a_thumbnail_that_is_not_there(
    store: SaveStore, campaign: Campaign, thumbnail: str | None, code: str
) -> None:
    picture = campaign.save_as("One", thumbnail=PNG).thumbnail
    assert picture is not None
    campaign.close()
    if thumbnail is None:
        (store.root / picture).unlink()
    else:
        file = campaign.folder / "slots.json"
        file.write_text(file.read_text(encoding="utf-8").replace(picture, thumbnail), encoding="utf-8")
    assert code in [problem.code for problem in store.check()]


@pytest.mark.parametrize("wait", [True, False])
def test_automatic_saves_by_turns(campaign: Campaign, wait: bool) -> None:
    campaign.autosave(turns=2, keep=2)
    for _ in range(7):
        turn = campaign.begin_turn()
        turn.character(KARA).take_damage(1)
        turn.commit(wait=wait)
    campaign.flush()
    assert kinds(campaign) == "ttsttsttst"
    assert [(one, slot.turn) for one, slot in campaign.slots.items()] == [("auto_1", 6), ("auto_2", 4)]
    campaign.load("auto")
    assert points(campaign) == 20
    campaign.autosave()
    wound(campaign)
    wound(campaign)
    assert kinds(campaign).endswith("strtt")


def test_automatic_saves_by_minutes(root: Path) -> None:
    clock = Clock()
    with (
        SaveStore(root, clock=clock) as store,
        store.campaigns.create("One", characters=["kara_stormwind"]) as campaign,
    ):
        campaign.autosave(minutes=5)
        wound(campaign)
        clock.now += timedelta(minutes=5)
        campaign.say("narrator", "Night falls.")
        wound(campaign)
        wound(campaign)
        assert kinds(campaign) == "tmtst"


@pytest.mark.parametrize(("turns", "minutes", "keep"), [(0, None, 3), (None, -1, 3), (1, None, 0)])
def test_an_automatic_save_needs_numbers_that_make_sense(
    campaign: Campaign, turns: int | None, minutes: float | None, keep: int
) -> None:
    with pytest.raises(InvalidValue):
        campaign.autosave(turns, minutes, keep=keep)


def test_an_automatic_save_costs_one_flush_when_it_is_due_and_none_else(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        campaign.autosave(turns=2)
        wound(campaign)
        flushes = []
        for _ in range(4):
            before = faulty.count("flush_data")
            wound(campaign)
            flushes.append(faulty.count("flush_data") - before)
        assert flushes == [2, 1, 2, 1]


def test_a_turn_stands_whatever_becomes_of_the_automatic_save(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        campaign.autosave(turns=1)
        wound(campaign)
        faulty.fail("write", "log.jsonl", 28, skip=1, times=1)
        wound(campaign)
        assert (points(campaign), len(campaign.slots)) == (24, 1)
        assert [problem.code for problem in campaign.problems] == ["no_space"]
        wound(campaign)
        assert len(campaign.slots) == 2


def test_a_save_that_a_snapshot_could_not_help_is_a_save(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        faulty.fail("open", "snapshots", 28)
        campaign.save_as("One")
        assert list(campaign.slots) == ["one"]
        assert [problem.code for problem in campaign.problems] == ["no_space"]


def test_a_named_save_makes_coming_back_fast(campaign: Campaign) -> None:
    slot = campaign.save_as("One")
    assert [path.name for path in (campaign.folder / "snapshots").iterdir()] == [
        f"{slot.seq:09d}-{slot.event[:8]}.json"
    ]


def test_a_turn_that_is_open_must_end_first(campaign: Campaign) -> None:
    with campaign.turn("A blow"), pytest.raises(InvalidValue, match="open"):
        campaign.quicksave()


# Listing without opening


def test_listing_reads_one_file(root: Path, quick: Quick) -> None:
    with SaveStore(root) as store:
        with store.campaigns.create("One") as campaign:
            for _ in range(150):
                campaign.quicksave(keep=200)
            folder = campaign.folder.name
        quick.calls.clear()
        slots = store.campaigns.slots(folder)
        assert len(slots) == 150
        assert next(iter(slots)) == "quick_150"
        assert [path for call, path in quick.calls if call == "open"] == [str(campaign.folder / "slots.json")]


def test_listing_works_while_somebody_plays(store: SaveStore, campaign: Campaign) -> None:
    assert dict(store.campaigns.slots(TITLE)) == {}
    campaign.save_as("One")
    campaign.flush()
    assert [slot.name for slot in store.campaigns.slots(TITLE).values()] == ["One"]


@pytest.mark.parametrize("broken", [b"", b"\0\0\0", b'{"slots": {"one": {}}}', b'{"schema_version": 99}', None])
def test_a_file_of_slots_that_cannot_be_used(store: SaveStore, campaign: Campaign, broken: bytes | None) -> None:
    campaign.save_as("One")
    campaign.close()
    file = campaign.folder / "slots.json"
    if broken is None:
        file.unlink()
    else:
        file.write_bytes(broken)
    slots = store.campaigns.slots(TITLE)
    assert list(slots) == ["one"]
    assert [(problem.severity, problem.path) for problem in slots.problems] == [("warning", str(file))]


def test_slots_edited_by_hand_are_taken_in(store: SaveStore, campaign: Campaign) -> None:
    campaign.save_as("One")
    campaign.flush()
    file = campaign.folder / "slots.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"One"', '"Uno"'), encoding="utf-8")
    campaign.quicksave()
    assert [slot.name for slot in campaign.slots.values()] == ["Quick save 1", "Uno"]
    campaign.close()
    file.write_text("{broken", encoding="utf-8")
    with store.campaigns.open(TITLE) as again:
        assert len(again.slots) == 2
        assert {problem.code for problem in again.problems} == {"invalid"}


def test_in_a_session_a_slot_tells_the_day_and_how_long_was_played(campaign: Campaign) -> None:
    campaign.start_session()
    campaign.autosave(turns=1)
    with campaign.turn() as turn:
        turn.advance_time(5)
    assert campaign.session is not None
    auto = campaign.slots["auto_1"]
    assert (auto.day, auto.period) == (2, "afternoon")
    assert auto.playtime_seconds == campaign.session.playtime_seconds
    assert {event.session for event in campaign.history()[2:]} == {campaign.session.session_id}
    campaign.end_session()
    assert campaign.quicksave().day is None


def test_where_there_is_no_scene_a_slot_tells_the_place(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.data.environments = {"mill": EnvironmentInfo(location_id="mill", name="The old mill")}
        turn.data.current_location_id = "mill"
    assert campaign.quicksave().place == "The old mill"
    with campaign.turn() as turn:
        turn.data.current_location_id = "somewhere"
    assert campaign.quicksave().place == "somewhere"


def test_an_automatic_save_follows_a_turn_that_nobody_waits_for(campaign: Campaign) -> None:
    campaign.autosave(turns=1)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(1)
    pending = turn.commit(wait=False)
    assert pending.result().kind == "turn"
    assert list(campaign.slots) == ["auto_1"]
    wound(campaign)
    assert kinds(campaign) == "tsts"
