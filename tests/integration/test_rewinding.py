"""Going back and forward in history: nothing is ever lost by it."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamesaves import Campaign, SaveStore
from gamesaves.errors import Closed, InvalidValue, NotFound, ReadOnly
from tests.integration.stores import KARA, Quick, edit, read

HURT = f"characters/{KARA}"


pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def campaign(store: SaveStore) -> Any:
    with store.campaigns.create("Back", characters=["kara_stormwind"]) as campaign:
        yield campaign


def play(campaign: Campaign, number: int) -> None:
    with campaign.turn(f"Turn {number}") as turn:
        turn.character(KARA).take_damage(1)
        turn.document("map")["n"] = number
        turn.say("narrator", f"It is turn {number}")


def picture(campaign: Campaign) -> tuple[dict[str, Any], list[str]]:
    """Return all that a restore brings back."""
    return campaign.state_at(campaign.head), [one.text for one in campaign.messages]


def test_turns_are_taken_back_and_that_is_taken_back(campaign: Campaign) -> None:
    pictures = []
    for number in range(5):
        play(campaign, number)
        pictures.append(picture(campaign))
    event = campaign.rollback(turns=2)
    assert (event.kind, event.note, event.turn) == ("restore", "2 turns taken back", 5)
    assert picture(campaign) == pictures[2]
    assert campaign.characters[KARA].hit_points_current == 23
    campaign.rollback()
    assert picture(campaign) == pictures[1]
    campaign.restore(campaign.history()[-3])
    assert picture(campaign) == pictures[4]
    assert [one.kind for one in campaign.history()] == ["created", *["turn"] * 5, *["restore"] * 3]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["play", "play", "scene", "back", "anywhere"]), st.integers(0, 30)), max_size=12)
)
def test_every_state_there_was_can_be_reached_again(tmp_path_factory: Any, steps: list[Any]) -> None:
    with SaveStore(tmp_path_factory.mktemp("s")) as store:
        with store.campaigns.create("Any", characters=["kara_stormwind"]) as campaign:
            pictures = {campaign.head.hash: picture(campaign)}
            for what, number in steps:
                known = list(pictures)
                if what == "play":
                    play(campaign, number)
                elif what == "scene":
                    campaign.add_scene(f"Scene {number}")
                elif what == "anywhere":
                    target = known[number % len(known)]
                    campaign.restore(target)
                    assert picture(campaign) == pictures[target]
                elif sum(event.kind == "turn" for event in campaign.in_force()) > 0:
                    campaign.rollback()
                pictures[campaign.head.hash] = picture(campaign)
        with store.campaigns.open("Any") as again:
            assert again.problems == []
            assert picture(again) == list(pictures.values())[-1]
            for target, wanted in pictures.items():
                again.restore(target)
                assert picture(again) == wanted


def test_an_event_is_named_in_several_ways(campaign: Campaign) -> None:
    play(campaign, 1)
    head = campaign.head
    for name in (head.seq, str(head.seq), head.hash, head.hash[:8], head.revision, head):
        assert campaign.state_at(name)[HURT]["hit_points_current"] == 25
    for unknown in (99, "99", "deadbeef", "abc", ""):
        with pytest.raises(NotFound):
            campaign.state_at(unknown)


def test_what_somebody_says_is_not_taken_for_an_event(campaign: Campaign) -> None:
    hashed = campaign.head.hash
    campaign.say("narrator", f'{{"seq":1,"hash":"{hashed}"}}')
    assert campaign.point(hashed)[0].seq == 1
    assert campaign.point(1)[0].hash == hashed


def test_two_states_are_told_apart_in_the_games_terms(campaign: Campaign) -> None:
    play(campaign, 1)
    before = campaign.head
    play(campaign, 2)
    found = campaign.diff(before)
    words = {change.pointer: change.words for change in found.changes}
    assert words["/hit_points_current"] == "hit points 25 → 24"
    assert words["/n"] == "n 1 → 2"
    assert found.patches["documents/map"] == [{"op": "replace", "path": "/n", "value": 2}]
    assert campaign.diff(campaign.seq).changes == []
    assert {change.words for change in campaign.diff(1, before).changes} >= {"hit points 26 → 25"}


def test_who_set_a_value(campaign: Campaign, store: SaveStore) -> None:
    for number in (1, 2):
        play(campaign, number)
    with campaign.turn("Elsewhere") as turn:
        turn.character(KARA).location = "the inn"
    assert campaign.blame(HURT, "hit_points_current").note == "Turn 2"
    assert campaign.blame(HURT, "location").note == "Elsewhere"
    assert campaign.blame(HURT, "strength").kind == "created"
    campaign.rollback(turns=2)
    assert campaign.blame(HURT, "hit_points_current").note == "Turn 1"
    assert campaign.blame(HURT, "location").kind == "created"
    campaign.close()
    edit(campaign.folder / "characters/pc.kara_stormwind.json", level=7)
    with store.campaigns.open("Back") as again:
        assert again.blame(HURT, "level").kind == "external_edit"
        again.restore(again.history()[-2])
        assert again.characters[KARA].level == 3
        for document, path in (("characters/pc:nobody", "level"), (HURT, "no_such_field")):
            with pytest.raises(NotFound):
                again.blame(document, path)


@pytest.mark.parametrize("turns", [0, -1, 3, 1.5, "1"])
def test_more_turns_than_there_are_cannot_be_taken_back(campaign: Campaign, turns: Any) -> None:
    play(campaign, 1)
    play(campaign, 2)
    head = campaign.head
    with pytest.raises(InvalidValue):
        campaign.rollback(turns=turns)
    assert campaign.head == head


def test_going_back_waits_for_no_turn_of_its_own_thread(campaign: Campaign) -> None:
    with campaign.turn(), pytest.raises(InvalidValue, match="a turn is open"):
        campaign.restore(1)


def test_what_is_taken_back_is_chosen_once_the_turns_before_have_ended(campaign: Campaign, quick: Quick) -> None:
    for number in range(3):
        play(campaign, number)
    go = threading.Event()
    quick.before = lambda call, _: None if call != "flush_data" else _wait(go)
    turn = campaign.begin_turn()
    turn.document("map")["n"] = 3
    turn.commit(wait=False)
    taking = threading.Thread(target=campaign.rollback)
    taking.start()
    go.set()
    taking.join()
    assert campaign.document("map")["n"] == 2


def test_a_fork_has_the_turn_that_nobody_waited_for(campaign: Campaign, quick: Quick) -> None:
    go = threading.Event()
    quick.before = lambda call, _: None if call != "write" else _wait(go)
    turn = campaign.begin_turn()
    turn.document("map")["n"] = 3
    turn.commit(wait=False)
    threading.Timer(0.02, go.set).start()
    with campaign.fork() as fork:
        assert fork.document("map")["n"] == 3


def _wait(go: threading.Event) -> None:
    assert go.wait(10)


def test_only_somebody_who_may_write_can_go_back(campaign: Campaign, store: SaveStore) -> None:
    play(campaign, 1)
    with store.campaigns.open("Back", read_only=True) as looking:
        assert len(looking.diff(1).changes) > 0
        with pytest.raises(ReadOnly):
            looking.rollback()
    campaign.close()
    with pytest.raises(Closed):
        campaign.restore(1)


def test_an_edit_made_by_hand_is_in_the_history_before_it_is_wound_back(campaign: Campaign) -> None:
    play(campaign, 1)
    campaign.flush()
    edit(campaign.folder / "documents/map.json", n=77)
    campaign.restore(1)
    assert campaign.history()[-2].kind == "external_edit"
    campaign.restore(campaign.history()[-2])
    assert campaign.document("map")["n"] == 77


def test_the_file_of_the_chat_follows(campaign: Campaign) -> None:
    for number in range(3):
        play(campaign, number)
    campaign.rollback(turns=2)
    assert len(campaign.messages) == 1
    rows = (campaign.folder / "chat_history/messages.jsonl").read_text().splitlines()
    assert len(rows) == 1
    campaign.say("narrator", "Again")
    assert [one.text for one in campaign.messages] == ["It is turn 0", "Again"]


def test_a_fork_begins_where_the_other_one_was(campaign: Campaign, store: SaveStore) -> None:
    for number in range(3):
        play(campaign, number)
    event = campaign.history()[2]
    with campaign.fork("What if", at=event) as fork:
        assert (fork.title, fork.data.forked_from) == ("What if", f"{campaign.id}@{event.hash}")
        assert fork.document("map")["n"] == 1
        assert [one.text for one in fork.messages] == ["It is turn 0", "It is turn 1"]
        assert fork.id == fork.folder.name != campaign.id
        play(fork, 9)
    assert campaign.document("map")["n"] == 2
    with store.campaigns.fork("Back") as whole:
        assert whole.title == "Back (fork)"
        assert whole.document("map")["n"] == 2
    with store.campaigns.open("What if") as again:
        assert again.problems == []
        assert read(again.folder / "documents/map.json")["n"] == 9


def test_what_was_said_and_taken_back_is_not_in_the_chat_behind_what_is_said_next(
    store: SaveStore, campaign: Campaign
) -> None:
    play(campaign, 1)
    play(campaign, 2)
    campaign.rollback(turns=1)
    play(campaign, 3)
    assert [message.text for message in campaign.messages] == ["It is turn 1", "It is turn 3"]
    assert store.check() == []


def test_what_a_turn_records_is_not_taken_for_an_event(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.record("odd", seq=1, hash=campaign.head.hash, more=2)
    assert campaign.point(1)[0].kind == "created"
    assert campaign.point(campaign.head.hash[:12])[0].seq == 2
