"""Time that passes in a story: what people were about gets done, the light changes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore, Turn
from gamesaves.documents import ActiveCharacter
from gamesaves.errors import Closed, InvalidDocument, InvalidValue
from tests.integration.stores import KARA, codes


@pytest.fixture
def campaign(store: SaveStore) -> Iterator[Campaign]:
    with store.campaigns.create("A Long Day", characters=["kara_stormwind"]) as campaign:
        campaign.add_scene("Mill", environment_state={"lighting": "dim", "ambiance": "quiet", "smell": "flour"})
        campaign.add_scene("Cave")
        campaign.start_session()
        yield campaign


def plan(campaign: Campaign, action: str | None) -> None:
    with campaign.turn("A plan") as turn:
        turn.session.active_characters[0].pending_action = action


def when(campaign: Campaign) -> tuple[int, str]:
    session = campaign.session
    assert session is not None
    return session.temporal_state.current_day, session.temporal_state.time_period


def kara_of(campaign: Campaign) -> ActiveCharacter:
    session = campaign.session
    assert session is not None
    return session.active_characters[0]


def test_days_go_by(campaign: Campaign) -> None:
    seen = [when(campaign)]
    for periods in (1, 2, 1, 4, 0, 7):
        with campaign.turn() as turn:
            turn.advance_time(periods)
        seen.append(when(campaign))
    assert seen == [
        (1, "morning"), (1, "afternoon"), (1, "night"), (2, "morning"), (3, "morning"), (3, "morning"), (4, "night"),
    ]  # fmt: skip


def test_the_light_changes_where_the_story_is_in_the_turns_own_commit(campaign: Campaign) -> None:
    seq = campaign.seq
    with campaign.turn("Dusk") as turn:
        turn.advance_time(2)
        turn.character(KARA).take_damage(1)
    assert campaign.seq == seq + 1
    assert campaign.head.changes.keys() == {f"characters/{KARA}", "scenes/scene_001", "sessions/session_001"}
    session = campaign.session
    assert session is not None
    assert session.active_scene.environment_state["lighting"] == "golden dusk"
    state = campaign.scenes["scene_001"].environment_state.model_dump()
    assert state == {"lighting": "golden dusk", "ambiance": "quiet", "privacy_level": None, "smell": "flour"}
    assert campaign.scenes["scene_002"].environment_state.lighting is None, "nobody is there"


def test_a_scene_that_the_turn_goes_to_gets_the_light(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.data.current_scene_id = "scene_002"
        turn.advance_time()
    assert campaign.scenes["scene_002"].environment_state.lighting == "bright daylight"
    assert campaign.scenes["scene_001"].environment_state.lighting == "dim"


def test_a_campaign_without_scenes_has_days_all_the_same(store: SaveStore) -> None:
    with store.campaigns.create("Nowhere") as campaign:
        campaign.start_session()
        with campaign.turn() as turn:
            turn.advance_time()
        assert when(campaign) == (1, "afternoon")


def rules(periods: Any) -> str:
    return json.dumps({"name": "Under ground", "periods": periods})


def test_a_game_or_a_campaign_has_rules_of_its_own(store: SaveStore, campaign: Campaign) -> None:
    folder = campaign.folder / "presets" / "environments"
    folder.mkdir(parents=True)
    (folder / "default.json").write_text(rules({"afternoon": {"lighting": "none", "ambiance": "dripping", "echo": 3}}))
    with campaign.turn() as turn:
        turn.advance_time()
    state = campaign.scenes["scene_001"].environment_state.model_dump()
    assert (state["lighting"], state["ambiance"], state["echo"]) == ("none", "dripping", 3)
    with campaign.turn() as turn:
        turn.advance_time()
    assert campaign.scenes["scene_001"].environment_state.lighting == "none", "the evening has no rule there"
    assert "default" in [entry.id for entry in store.presets.list("environments")]


def test_rules_that_cannot_be_read_stop_the_turn_and_are_named(campaign: Campaign) -> None:
    folder = campaign.folder / "presets" / "environments"
    folder.mkdir(parents=True)
    (folder / "default.json").write_text(rules({"noon": {}}))
    seq = campaign.seq
    with pytest.raises(InvalidDocument) as refused, campaign.turn() as turn:
        turn.advance_time()
    assert str(refused.value.path).endswith("default.json")
    assert campaign.seq == seq
    assert codes(entry.problem for entry in campaign.presets.list("environments")) == ["invalid"]


def test_what_somebody_is_about_is_done_as_time_passes(store: SaveStore, campaign: Campaign) -> None:
    told: list[tuple[str, str | None, str]] = []

    def do(turn: Turn, one: ActiveCharacter) -> str:
        told.append((one.character_id, one.pending_action, turn.session.temporal_state.time_period))
        turn.character(one.character_id).gain_item("Herbs")
        return "came back with herbs"

    stop = store.on_pending_action(do)
    plan(campaign, "looks for herbs")
    with campaign.turn() as turn:
        turn.advance_time(2)
    assert told == [(KARA, "looks for herbs", "morning")], "once, before time moves on"
    assert (kara_of(campaign).last_action, kara_of(campaign).pending_action) == ("came back with herbs", None)
    assert campaign.characters[KARA].inventory["herbs"].quantity == 1
    stop()
    plan(campaign, "sleeps")
    with campaign.turn() as turn:
        turn.advance_time()
    assert (kara_of(campaign).last_action, kara_of(campaign).pending_action) == ("sleeps", None)
    assert len(told) == 1


def test_the_first_hook_that_says_what_was_done_is_believed(store: SaveStore, campaign: Campaign) -> None:
    for said in (None, "found the key", "found nothing"):
        store.on_pending_action(lambda _, __, said=said: said)  # type: ignore[misc]
    plan(campaign, "searches")
    with campaign.turn() as turn:
        turn.advance_time()
    assert kara_of(campaign).last_action == "found the key"


def test_a_hook_that_raises_changes_nothing(store: SaveStore, campaign: Campaign) -> None:
    def broken(turn: Turn, one: ActiveCharacter) -> str:
        turn.character(one.character_id).take_damage(5)
        raise RuntimeError("no dice today")

    stop = store.on_pending_action(broken)
    plan(campaign, "fights")
    before = campaign.seq, when(campaign), campaign.characters[KARA].hit_points_current
    with pytest.raises(RuntimeError, match="no dice today"), campaign.turn() as turn:
        turn.advance_time()
    turn = campaign.begin_turn("Caught inside")
    turn.character(KARA).take_damage(1)
    with pytest.raises(RuntimeError):
        turn.advance_time()
    with pytest.raises(Closed):
        turn.commit()
    assert before == (campaign.seq, when(campaign), campaign.characters[KARA].hit_points_current)
    assert kara_of(campaign).pending_action == "fights"
    stop()
    with campaign.turn() as turn:
        turn.advance_time()
    assert when(campaign) == (1, "afternoon")


@pytest.mark.parametrize("before", ["pause_session", "end_session"])
def test_time_passes_only_in_an_active_session(campaign: Campaign, before: str) -> None:
    getattr(campaign, before)()
    seq = campaign.seq
    with campaign.turn() as turn:
        with pytest.raises(InvalidValue, match="active session") as refused:
            turn.advance_time()
        turn.discard()
    assert "start_session" in str(refused.value.hint)
    assert campaign.seq == seq


def test_time_does_not_run_backwards(campaign: Campaign) -> None:
    with pytest.raises(InvalidValue, match="-2 periods"), campaign.turn() as turn:
        turn.advance_time(-2)
    assert when(campaign) == (1, "morning")
