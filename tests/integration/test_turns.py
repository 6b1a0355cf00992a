"""Turns: committed whole or not at all, one after the other, waited for or not."""

import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore, Turn
from gamesaves.disk import files
from gamesaves.errors import (
    Closed,
    Diverged,
    FileProblem,
    FlushFailed,
    InvalidDocument,
    InvalidValue,
    NoSpace,
    NotFound,
    SavesError,
    TurnRequired,
)
from tests.integration.stores import KARA, Quick, bytes_in, codes, document_of, in_threads, read, state_of
from tests.unit.systems import Faulty

LOG = "log.jsonl"


@pytest.fixture
def campaign(store: SaveStore, quick: Quick) -> Any:
    """A campaign with two characters and a document, on a system that can fail."""
    assert files.system is quick
    with store.campaigns.create("Turns", characters=["kara_stormwind", "zombie"]) as campaign:
        with campaign.turn("Before") as turn:
            turn.document("map")["doors"] = {"north": "shut", "south": ["shut", "barred"]}
            turn.data.custom_data["weather"] = {"sky": "clear", "wind": [1, 2]}
        campaign.flush()
        yield campaign


def hurt(campaign: Campaign, amount: int = 1) -> None:
    with campaign.turn() as turn:
        turn.character(KARA).take_damage(amount)


def reopened_state(campaign: Campaign, store: SaveStore) -> dict[str, Any]:
    """Return the state as another program would see it, which has nothing but the disk."""
    with store.campaigns.open(campaign.id, read_only=True) as other:
        return state_of(other)


# One commit


def test_a_turn_changes_several_documents_in_one_commit(campaign: Campaign, store: SaveStore) -> None:
    before = len(campaign.history())
    with campaign.turn("The goblin strikes back") as turn:
        turn.character(KARA).take_damage(8)
        turn.character("npc:zombie").heal(0)
        turn.document("map")["doors"]["north"] = "open"
        turn.document("weather")["sky"] = "dark"
        turn.data.current_location_id = "mill"
        turn.say("narrator", "Thunder.")
    assert len(campaign.history()) == before + 1
    assert campaign.head.changes.keys() == {
        f"characters/{KARA}",
        "documents/map",
        "documents/weather",
        "campaign_data",
    }
    assert campaign.characters[KARA].hit_points_current == 18
    assert reopened_state(campaign, store) == state_of(campaign)
    campaign.flush()
    assert read(document_of(campaign, "documents/map"))["doors"]["north"] == "open"
    assert read(document_of(campaign, "documents/weather"))["sky"] == "dark"


def test_a_turn_in_which_nothing_changed_is_still_a_turn(campaign: Campaign) -> None:
    turns = campaign.data.total_turns
    with campaign.turn("She waits"):
        pass
    assert campaign.data.total_turns == turns + 1
    assert (campaign.head.note, campaign.head.changes) == ("She waits", {})


def test_a_turn_takes_an_id_a_name_a_draft_a_profile_or_the_campaigns_own_object(
    campaign: Campaign, store: SaveStore
) -> None:
    draft = store.presets.draft("kara_stormwind")
    store.profiles.save(draft)
    for who in (KARA, "Kara Stormwind", "kara_stormwind", draft, store.profiles.get(KARA), campaign.characters[KARA]):
        with campaign.turn() as turn:
            turn.character(who).take_damage(1)
    assert campaign.characters[KARA].hit_points_current == 20
    with pytest.raises(NotFound) as missed, campaign.turn() as turn:
        turn.character("pc:kara_stormwynd")
    assert missed.value.nearest == (KARA,)
    with pytest.raises(NotFound), campaign.turn() as turn:
        turn.character(store.presets.draft("theron_gearwright"))


def test_what_a_turn_hands_out_twice_is_the_same_thing(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        assert turn.character(KARA) is turn.character("Kara Stormwind")
        assert turn.document("map") is turn.document("map")
        assert turn.data is turn.data


def test_every_operation_of_a_character_is_committed(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        kara = turn.character(KARA)
        kara.take_damage(20)
        kara.heal(3)
        kara.gain_experience(50)
        kara.gain_item("Rope", 2)
        kara.drop_item("Rope")
        kara.add_effect("blessed")
        kara.add_effect("poisoned")
        kara.remove_effect("poisoned")
        kara.level_up()
        used = next(iter(kara.abilities))
        kara.use_ability(used)
    with store.campaigns.open(campaign.id, read_only=True) as other:
        there = other.characters[KARA]
    assert (there.hit_points_current, there.hit_points_max, there.level, there.status) == (9, 34, 4, "injured")
    assert (there.experience, there.inventory["rope"].quantity, there.status_effects) == (50, 1, ["blessed"])
    with campaign.turn() as turn:
        turn.character(KARA).rest()
    assert campaign.characters[KARA].hit_points_current == 34


@pytest.mark.parametrize(
    "use",
    [
        lambda kara: kara.take_damage(-1),
        lambda kara: kara.heal(-1),
        lambda kara: kara.level_up(1),
        lambda kara: kara.drop_item("Moon"),
        lambda kara: kara.use_ability("Flight"),
        lambda kara: kara.remove_effect("joy"),
    ],
)
def test_an_operation_that_is_refused_leaves_the_turn_as_it_was(campaign: Campaign, use: Callable[[Any], Any]) -> None:
    before = campaign.characters[KARA].model_dump()
    with campaign.turn() as turn, pytest.raises(InvalidValue):
        use(turn.character(KARA))
    assert campaign.characters[KARA].model_dump() == before


# An exception


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, NotFound])
def test_an_exception_in_a_turn_changes_nothing_in_memory_or_on_the_disk(
    campaign: Campaign, store: SaveStore, kind: type[BaseException]
) -> None:
    before, bytes_before = state_of(campaign), bytes_in(store.root)
    error = kind("x", "y") if kind is NotFound else kind("x")

    def doomed() -> None:
        with campaign.turn("Doomed") as turn:
            turn.character(KARA).take_damage(8)
            turn.character(KARA).inventory.clear()
            turn.character("npc:zombie").status = "dead"
            turn.document("map")["doors"]["north"] = "open"
            turn.document("map")["doors"]["south"].append("burnt")
            turn.document("new")["x"] = 1
            turn.data.custom_data["weather"]["wind"].append(3)
            turn.data.custom_data["weather"]["sky"] = "dark"
            turn.remove("new")
            turn.say("narrator", "Never.")
            raise error

    with pytest.raises(kind):
        doomed()
    assert state_of(campaign) == before
    assert campaign.document("map") == {
        "doors": {"north": "shut", "south": ["shut", "barred"]},
        "schema_version": 1,
    }
    campaign.flush()
    assert bytes_in(store.root) == bytes_before
    hurt(campaign)
    assert reopened_state(campaign, store) == state_of(campaign)


def test_an_exception_in_a_block_within_the_block_changes_nothing_either(campaign: Campaign) -> None:
    before = state_of(campaign)

    def play(inner: Callable[[], object]) -> None:
        with campaign.turn("Outer") as turn:
            turn.character(KARA).take_damage(8)
            inner()

    for inner in (campaign.begin_turn, lambda: campaign.say("narrator", "a commit of its own")):
        with pytest.raises(InvalidValue, match="open already"):
            play(inner)
        assert state_of(campaign) == before
    hurt(campaign)


def test_a_turn_goes_on_where_the_exception_is_caught_inside(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.character(KARA).take_damage(2)
        try:
            turn.character("pc:nobody")
        except SavesError:
            turn.character(KARA).take_damage(3)
    assert campaign.characters[KARA].hit_points_current == 21


def test_what_was_changed_deep_inside_is_committed(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.data.custom_data["weather"]["wind"].append(3)
        turn.data.custom_data["weather"]["sky"] = "dark"
        turn.character(KARA).skills["athletics"] = 9
        turn.character(KARA).relationships["npc:zombie"] = {"trust": 0}
        turn.character(KARA).inventory[next(iter(turn.character(KARA).inventory))].properties["rust"] = [1]
    with campaign.turn() as turn:
        turn.character(KARA).relationships["npc:zombie"]["trust"] = 1
        turn.character(KARA).inventory[next(iter(turn.character(KARA).inventory))].properties["rust"].append(2)
    with store.campaigns.open(campaign.id, read_only=True) as other:
        assert other.data.custom_data["weather"] == {"sky": "dark", "wind": [1, 2, 3]}
        kara = other.characters[KARA]
        assert kara.skills["athletics"] == 9
        assert kara.relationships == {"npc:zombie": {"trust": 1}}
        assert next(iter(kara.inventory.values())).properties["rust"] == [1, 2]


def test_what_a_game_does_to_a_value_it_was_shown_changes_nothing(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.character(KARA).relationships["npc:zombie"] = {"trust": 0}
    before = state_of(campaign)
    campaign.document("map")["doors"]["north"] = "open"
    campaign.data.custom_data["weather"]["sky"] = "dark"
    campaign.data.custom_data["weather"]["wind"].append(9)
    campaign.characters[KARA].relationships["npc:zombie"]["trust"] = 9
    hurt(campaign)
    assert campaign.characters[KARA].relationships == {"npc:zombie": {"trust": 0}}
    assert campaign.document("map") == before["documents"]["map"]
    assert reopened_state(campaign, store)["data"]["custom_data"] == before["data"]["custom_data"]
    with campaign.turn() as turn:
        turn.data.current_location_id = "mill"
        turn.document("map")["lit"] = True
    assert reopened_state(campaign, store)["data"]["custom_data"] == before["data"]["custom_data"]
    assert campaign.document("map")["doors"] == before["documents"]["map"]["doors"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda turn: turn.document("new").update(x=float("nan")),
        lambda turn: turn.document("new").update(x=2**64),
        lambda turn: turn.document("new").update(x=object()),
        lambda turn: turn.document("new").update(x="\ud800"),
        lambda turn: turn.document("new").update(revision=7),
        lambda turn: turn.data.custom_data.update(x=float("inf")),
        lambda turn: turn.data.custom_data.update(x={"y": object()}),
        lambda turn: turn.character(KARA).relationships.update(x=float("nan")),
        lambda turn: turn.data.tags.update(deep=_nested(70)),
        lambda turn: turn.say("narrator", "\ud800"),
        lambda turn: turn.record("odd", value=float("nan")),
        lambda turn: turn.record("odd", value=object()),
        lambda turn: turn.character(KARA).inventory.update(bad="no item"),
        lambda turn: turn.character(KARA).status_effects.append(7),
        lambda turn: turn.put("new", {"x": float("nan")}),
    ],
)
def test_a_value_that_cannot_be_stored_keeps_everything_from_being_committed(
    campaign: Campaign, store: SaveStore, spoil: Callable[[Any], Any]
) -> None:
    before, bytes_before = state_of(campaign), bytes_in(store.root)

    def play() -> None:
        with campaign.turn() as turn:
            turn.character("npc:zombie").take_damage(1)
            spoil(turn)

    with pytest.raises(InvalidDocument):
        play()
    assert state_of(campaign) == before
    campaign.flush()
    assert bytes_in(store.root) == bytes_before
    hurt(campaign)
    assert reopened_state(campaign, store) == state_of(campaign)


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"deeper": value}
    return value


def test_a_wrong_value_can_be_mended_before_the_turn_is_committed_again(campaign: Campaign) -> None:
    turn = campaign.begin_turn("Twice")
    turn.character(KARA).take_damage(1)
    turn.document("new")["x"] = float("nan")
    with pytest.raises(InvalidDocument):
        turn.commit()
    turn.document("new")["x"] = 1.5
    turn.commit()
    assert campaign.document("new")["x"] == 1.5
    assert campaign.characters[KARA].hit_points_current == 25


def test_wrong_values_are_refused_at_once_where_the_model_knows_better(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        kara = turn.character(KARA)
        for name, value in (("level", 0), ("hit_points_current", -1), ("status", "asleep"), ("hit_points_max", 1.5)):
            with pytest.raises(ValueError, match=name):
                setattr(kara, name, value)
        kara.hit_points_max = 105
    assert campaign.characters[KARA].hit_points_max == 105


def test_nobody_gets_another_id_in_a_turn(campaign: Campaign) -> None:
    scene = campaign.add_scene("Cave")
    before = state_of(campaign)
    with campaign.turn() as turn:
        for named, field in (
            (turn.data, "campaign_id"),
            (turn.character(KARA), "character_id"),
            (turn.scene(scene.scene_id), "scene_id"),
        ):
            own = getattr(named, field)
            setattr(named, field, "pc:nobody" if field == "character_id" else "nobody")
            with pytest.raises(InvalidValue, match=field):
                turn.commit()
            setattr(named, field, own)
        turn.discard()
    assert state_of(campaign) == before


@pytest.mark.parametrize("of", ["data", "character", "scene", "session"])
def test_a_turn_cannot_say_that_a_document_is_of_a_newer_version(campaign: Campaign, of: str) -> None:
    campaign.start_session(scene=campaign.add_scene("Cave").scene_id)
    turn = campaign.begin_turn()
    named: dict[str, Callable[[], Any]] = {
        "data": lambda: turn.data,
        "character": lambda: turn.character(KARA),
        "scene": lambda: turn.scene(next(iter(campaign.scenes))),
        "session": lambda: turn.session,
    }
    named[of]().schema_version = 2
    with pytest.raises(InvalidValue, match="schema_version"):
        turn.commit()
    turn.discard()
    hurt(campaign)


@pytest.mark.parametrize(
    "do",
    [
        lambda campaign: campaign.begin_turn(7).commit(),
        lambda campaign: campaign.begin_turn().commit(note=["a"]),
        lambda campaign: campaign.begin_turn().commit(kind=5),
        lambda campaign: campaign.begin_turn().commit(kind=None),
        lambda campaign: campaign.begin_turn().commit(session=5),
        lambda campaign: campaign.restore(1, note=5),
        lambda campaign: campaign.save_as("here", note=7),
        lambda campaign: campaign.encounter("Ambush").end(note=5),
    ],
)
def test_what_is_no_text_does_not_get_into_the_log(campaign: Campaign, store: SaveStore, do: Any) -> None:
    before = (campaign.folder / LOG).read_bytes()
    with pytest.raises(InvalidValue):
        do(campaign)
    assert (campaign.folder / LOG).read_bytes() == before
    assert dict(campaign.slots) == {}
    campaign.close()
    with store.campaigns.open(campaign.id) as again:
        assert again.read_only is None
        assert len(again.history()) == 2


# Outside of turns


def test_sealed_models_refuse_assignments_and_operations(campaign: Campaign) -> None:
    campaign.add_scene("Cave")
    before = state_of(campaign)
    kara = campaign.characters[KARA]
    for change in (
        lambda: kara.take_damage(1),
        lambda: kara.heal(1),
        lambda: kara.level_up(),
        lambda: kara.rest(),
        lambda: kara.gain_item("Rope"),
        lambda: kara.drop_item("Rope"),
        lambda: kara.use_ability("Second Wind"),
        lambda: kara.gain_experience(1),
        lambda: kara.add_effect("x"),
        lambda: kara.remove_effect("x"),
        lambda: setattr(kara, "level", 9),
        lambda: setattr(kara, "anything", 9),
        lambda: setattr(campaign.data, "title", "x"),
        lambda: setattr(campaign.scenes["scene_001"], "title", "x"),
        lambda: setattr(campaign.enriched(KARA), "name", "x"),
        lambda: setattr(campaign.party[0], "name", "x"),
    ):
        with pytest.raises(TurnRequired) as refused:
            change()
        assert refused.value.hint is not None
    assert state_of(campaign) == before


def test_what_is_changed_inside_a_sealed_object_is_in_no_turn_and_is_not_saved(
    campaign: Campaign, store: SaveStore
) -> None:
    before = state_of(campaign)
    kara = campaign.characters[KARA]
    kara.inventory["longsword"].quantity = 99
    kara.skills["flying"] = 9
    campaign.data.custom_data["weather"]["wind"].append(99)
    with campaign.turn() as turn:
        assert turn.character(KARA).inventory["longsword"].quantity == 1
        assert "flying" not in turn.character(KARA).skills
        assert turn.data.custom_data["weather"]["wind"] == [1, 2]
    assert reopened_state(campaign, store)["characters"] == before["characters"]
    hurt(campaign)
    assert campaign.characters[KARA].inventory["longsword"].quantity == 1
    assert "flying" not in campaign.characters[KARA].skills


def test_a_turn_commits_what_it_changed_in_a_field_and_nothing_besides(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        kara = turn.character(KARA)
        kara.inventory["longsword"].properties["notches"] = [1]
        kara.nickname = "Kara the Bold"
        assert kara.model_dump()["skills"] == campaign.characters[KARA].skills
    paths = [one["path"] for one in campaign.head.changes[f"characters/{KARA}"]]
    assert sorted(paths) == [
        "/interaction_count",
        "/inventory/longsword/properties/notches",
        "/last_interaction",
        "/nickname",
    ]
    with campaign.turn() as turn:
        del turn.character(KARA).nickname  # type: ignore[attr-defined]
    assert "/nickname" in [one["path"] for one in campaign.head.changes[f"characters/{KARA}"]]
    assert not hasattr(campaign.characters[KARA], "nickname")
    assert reopened_state(campaign, store) == state_of(campaign)


def test_a_clone_of_what_a_turn_or_the_campaign_handed_out_is_checked_like_anything_new(campaign: Campaign) -> None:
    campaign.add_scene("Inn")
    before = len(campaign.history())
    for key, clone in (
        (
            "scenes/inn_2",
            lambda _: campaign.scenes["scene_001"].model_copy(update={"scene_id": "inn_2", "title": None}),
        ),
        ("characters/pc:twin", lambda turn: turn.character(KARA).model_copy(update={"level": 0})),
    ):
        turn = campaign.begin_turn()
        turn.add(key, clone(turn))
        with pytest.raises(InvalidDocument, match=r"title|level"):
            turn.commit()
        turn.discard()
    assert len(campaign.history()) == before
    with campaign.turn() as turn:
        turn.add("characters/pc:twin", turn.character(KARA).model_copy(update={"character_id": "pc:twin"}))
    assert campaign.characters["pc:twin"].inventory == campaign.characters[KARA].inventory


def test_a_field_that_is_deleted_in_a_turn_is_what_it_is_by_default(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        kara = turn.character(KARA)
        del kara.level
        del kara.inventory
        with pytest.raises(AttributeError):
            del kara.inventory
    assert (campaign.characters[KARA].level, campaign.characters[KARA].inventory) == (1, {})
    assert reopened_state(campaign, store) == state_of(campaign)
    turn = campaign.begin_turn()
    del turn.character(KARA).name
    with pytest.raises(InvalidDocument, match="name"):
        turn.commit()
    turn.discard()
    with pytest.raises(TurnRequired):
        del campaign.characters[KARA].level


def test_a_change_of_type_alone_is_seen_at_once(campaign: Campaign) -> None:
    campaign.tag("hard", 1)
    assert campaign.data.tags == {"hard": 1}
    campaign.tag("hard", True)
    assert campaign.data.tags["hard"] is True


@pytest.mark.parametrize(
    "change",
    [
        lambda turn: turn.document("map").update({3: 1}),
        lambda turn: turn.document("map")["doors"].update({3: 1}),
        lambda turn: turn.document("new").update({"rooms": [{"by_number": {3: 1}}]}),
        lambda turn: turn.character(KARA).skills.update({3: 1}),
        lambda turn: turn.character(KARA).inventory["longsword"].properties.update(notches={(1, 2): 1}),
    ],
)
def test_a_key_that_json_would_make_a_text_of_is_refused_and_can_be_mended(
    campaign: Campaign, change: Callable[[Turn], Any]
) -> None:
    before = state_of(campaign)
    turn = campaign.begin_turn()
    change(turn)
    with pytest.raises(InvalidDocument, match=r"the key .* is no text"):
        turn.commit()
    turn.discard()
    assert state_of(campaign) == before


def test_what_a_game_is_handed_is_its_own_and_changing_it_changes_nothing(campaign: Campaign, store: SaveStore) -> None:
    told: list[Any] = []
    store.subscribe(told.append)
    with campaign.turn() as turn:
        turn.put("rooms", {"hall": ["rat"]})
    pending = campaign.begin_turn("Ghosts")
    pending.document("rooms")["attic"] = ["bat"]
    event = pending.commit().result()
    before = reopened_state(campaign, store)
    campaign.state_at(campaign.seq)["documents/rooms"]["hall"].append("ghost")
    for one in campaign.diff(1).changes:
        if isinstance(one.after, dict):
            one.after["ghost"] = 1
    for operations in (event.changes, *(commit.event.changes for commit in told)):
        for operation in operations.get("documents/rooms", ()):
            operation["value"].append("ghost") if isinstance(operation["value"], list) else operation["value"].clear()
    store.profiles.get(KARA).voice_settings["pitch"] = 3
    assert store.profiles.get(KARA).starting is not None
    store.profiles.get(KARA).starting.inventory.clear()
    assert state_of(campaign) == before == reopened_state(campaign, store)
    with store.campaigns.create("Next", characters=[KARA]) as other:
        assert other.characters[KARA].voice_settings == {}
        assert other.characters[KARA].inventory != {}
    hurt(campaign)
    campaign.close()
    assert store.check() == []


def test_what_a_session_hook_changes_is_the_sessions_alone(campaign: Campaign, store: SaveStore) -> None:
    scene = campaign.add_scene("Inn", environment_state={"smells": ["rain"]})

    def smoke(_: Campaign, session: Any) -> None:
        session.active_scene.environment_state["smells"].append("smoke")

    store.on_session_start(smoke)
    session = campaign.start_session(scene=scene.scene_id)
    assert session.active_scene.environment_state["smells"] == ["rain", "smoke"]
    assert campaign.scenes[scene.scene_id].environment_state.model_dump()["smells"] == ["rain"]


@pytest.mark.parametrize("reference", [-1, -2, "-1", True, 0])
def test_no_event_has_a_number_below_one(campaign: Campaign, reference: Any) -> None:
    before = len(campaign.history())
    with pytest.raises(NotFound):
        campaign.restore(reference)
    with pytest.raises(NotFound):
        campaign.state_at(reference)
    assert len(campaign.history()) == before


def test_a_value_that_does_not_fit_inside_a_field_is_refused(campaign: Campaign) -> None:
    before = state_of(campaign)
    turn = campaign.begin_turn()
    turn.character(KARA).inventory["longsword"].__dict__["quantity"] = -1
    with pytest.raises(InvalidDocument, match=r"inventory\.longsword\.quantity"):
        turn.commit()
    turn.character(KARA).inventory["longsword"].quantity = 2
    turn.commit()
    assert campaign.characters[KARA].inventory["longsword"].quantity == 2
    assert before != state_of(campaign)


def test_a_character_looked_at_before_a_turn_stays_as_it_was(campaign: Campaign) -> None:
    kara = campaign.characters[KARA]
    hurt(campaign, 5)
    assert kara.hit_points_current == 26
    assert campaign.characters[KARA].hit_points_current == 21


def test_what_a_turn_handed_out_does_nothing_once_the_turn_has_ended(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        kara, document = turn.character(KARA), turn.document("map")
        kara.take_damage(1)
    expected = state_of(campaign)
    kara.take_damage(10)
    document["doors"]["north"] = "gone"
    assert state_of(campaign) == expected
    hurt(campaign, 0)
    assert reopened_state(campaign, store)["documents"] == expected["documents"]
    assert campaign.characters[KARA].hit_points_current == 25


def test_a_turn_that_has_ended_refuses_to_be_used(campaign: Campaign) -> None:
    committed = campaign.begin_turn()
    committed.commit()
    discarded = campaign.begin_turn()
    discarded.discard()
    discarded.discard()
    for turn in (committed, discarded):
        uses: tuple[Callable[[Turn], object], ...] = (
            lambda one: one.character(KARA),
            lambda one: one.data,
            lambda one: one.document("map"),
            lambda one: one.put("map", {}),
            lambda one: one.remove("map"),
            lambda one: one.say("a", "b"),
            lambda one: one.record("x"),
            lambda one: one.commit(),
            lambda one: one.scene("scene_001"),
        )
        for use in uses:
            with pytest.raises(Closed):
                use(turn)
    hurt(campaign)


def test_a_turn_left_open_when_the_campaign_closes_commits_nothing(campaign: Campaign, store: SaveStore) -> None:
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(3)
    campaign.close()
    with pytest.raises(Closed):
        turn.commit()
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].hit_points_current == 26


# Frame loops


def test_a_turn_without_a_block_is_committed_or_discarded(campaign: Campaign) -> None:
    turn = campaign.begin_turn("Dragon breath")
    turn.character(KARA).take_damage(20)
    assert campaign.characters[KARA].hit_points_current == 26, "not before it is committed"
    pending = turn.commit()
    assert pending.done
    assert pending.result() == campaign.head
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(6)
    turn.discard()
    assert campaign.characters[KARA].hit_points_current == 6


def test_a_commit_that_is_not_waited_for_becomes_durable_on_another_thread(
    campaign: Campaign, store: SaveStore, quick: Quick
) -> None:
    go, threads = threading.Event(), []

    def hold(call: str, _path: str) -> None:
        if call == "flush_data":
            threads.append(threading.current_thread().name)
            assert go.wait(10)

    quick.before = hold
    turn = campaign.begin_turn("Dragon breath")
    kara = turn.character(KARA)
    kara.take_damage(20)
    pending = turn.commit(wait=False)
    kara.take_damage(1)  # the state at the call is what counts
    assert not pending.done
    with pytest.raises(TimeoutError):
        pending.result(timeout=0.01)
    go.set()
    assert pending.result().note == "Dragon breath"
    assert pending.done
    assert campaign.characters[KARA].hit_points_current == 6
    assert threads == ["gamesaves-writer"]
    assert reopened_state(campaign, store) == state_of(campaign)


def test_one_commit_is_in_flight_at_a_time(campaign: Campaign, quick: Quick) -> None:
    at_once: list[int] = []
    lock = threading.Lock()

    def count(call: str, _path: str) -> None:
        if call == "flush_data":
            assert lock.acquire(blocking=False)
            at_once.append(1)
            lock.release()

    quick.before = count
    pendings = []
    for number in range(30):
        turn = campaign.begin_turn(str(number))
        turn.document("count")["n"] = turn.document("count").get("n", 0) + 1
        pendings.append(turn.commit(wait=False))
    assert all(pending.done for pending in pendings[:-1])
    assert [pending.result().seq for pending in pendings] == list(range(3, 33))
    assert campaign.document("count")["n"] == 30
    assert len(at_once) == 30


def fail_next_append(quick: Faulty, error: int = errno.ENOSPC) -> None:
    quick.fail("write", LOG, error, times=1)


def test_a_failing_commit_that_was_waited_for_can_be_committed_again(campaign: Campaign, quick: Quick) -> None:
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(4)
    before = state_of(campaign)
    fail_next_append(quick)
    with pytest.raises(NoSpace) as full:
        turn.commit()
    assert "free" in full.value.message
    assert state_of(campaign) == before
    turn.commit()
    assert campaign.characters[KARA].hit_points_current == 22


def test_a_failing_commit_is_told_by_its_result(campaign: Campaign, store: SaveStore, quick: Quick) -> None:
    before = state_of(campaign)
    fail_next_append(quick)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(4)
    pending = turn.commit(wait=False)
    with pytest.raises(NoSpace):
        pending.result()
    with pytest.raises(NoSpace):
        pending.result()
    assert pending.done
    assert state_of(campaign) == before
    hurt(campaign, 2)
    assert campaign.characters[KARA].hit_points_current == 24
    assert reopened_state(campaign, store) == state_of(campaign)


@pytest.mark.parametrize(
    "next_call",
    [
        lambda campaign: campaign.begin_turn(),
        lambda campaign: campaign.turn("x").__enter__(),
        lambda campaign: campaign.flush(),
        lambda campaign: campaign.say("narrator", "x"),
        lambda campaign: campaign.close(),
    ],
    ids=["begin_turn", "turn", "flush", "say", "close"],
)
def test_a_failing_commit_that_nobody_asked_about_is_told_by_the_next_call(
    campaign: Campaign, store: SaveStore, quick: Quick, next_call: Callable[[Campaign], Any]
) -> None:
    fail_next_append(quick)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(4)
    turn.commit(wait=False)
    with pytest.raises(NoSpace):
        next_call(campaign)
    assert campaign.characters[KARA].hit_points_current == 26
    if not isinstance(campaign.read_only, Closed):
        hurt(campaign)
        assert campaign.characters[KARA].hit_points_current == 25
        campaign.close()
    with store.campaigns.open(campaign.id) as again:
        assert again.problems == []


def test_leaving_the_block_of_a_campaign_tells_of_a_failed_commit_and_frees_the_lock(
    store: SaveStore, quick: Quick
) -> None:

    def play() -> None:
        with store.campaigns.create("Block", characters=["kara_stormwind"]) as campaign:
            fail_next_append(quick, errno.EIO)
            turn = campaign.begin_turn()
            turn.character(KARA).take_damage(4)
            turn.commit(wait=False)

    with pytest.raises(FileProblem):
        play()
    with store.campaigns.open("Block") as again:
        assert again.characters[KARA].hit_points_current == 26
        assert [event.kind for event in again.history()] == ["created"]


@pytest.mark.parametrize("fails", [True, False])
def test_ctrl_c_while_a_commit_is_waited_for_does_not_let_it_be_forgotten(
    campaign: Campaign, store: SaveStore, quick: Quick, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    go = threading.Event()

    def hold(call: str, _path: str) -> None:
        if call == "write":
            assert go.wait(10)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    campaign.flush()
    quick.before = hold
    if fails:
        fail_next_append(quick)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(4)
    turn.commit(wait=False)
    with monkeypatch.context() as patched:
        patched.setattr(Future, "exception", interrupted)
        with pytest.raises(KeyboardInterrupt):
            campaign.begin_turn()
    go.set()
    if fails:
        with pytest.raises(NoSpace):
            campaign.begin_turn()
    hurt(campaign, 2)
    assert campaign.characters[KARA].hit_points_current == (24 if fails else 20)
    assert reopened_state(campaign, store) == state_of(campaign)


@pytest.mark.parametrize("call", ["write", "flush_data"])
def test_after_ctrl_c_in_a_commit_it_is_said_that_nobody_knows_and_nothing_else(
    campaign: Campaign, store: SaveStore, quick: Quick, call: str
) -> None:
    quick.largest_write = 40

    def interrupt(name: str, path: str) -> None:
        if name == call and path.endswith(LOG) and (campaign.folder / LOG).stat().st_size > size:
            raise KeyboardInterrupt

    campaign.flush()
    size = (campaign.folder / LOG).stat().st_size
    quick.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        hurt(campaign)
    quick.before = None
    assert isinstance(campaign.read_only, FlushFailed)
    for attempt in (campaign.begin_turn, campaign.quicksave, lambda: campaign.save_as("Here"), lambda: hurt(campaign)):
        with pytest.raises(FlushFailed, match="interrupted") as unknown:
            attempt()
        assert unknown.value.hint is not None
    campaign.flush()
    assert campaign.characters[KARA].hit_points_current == 26
    campaign.close()
    assert {one.code for one in campaign.problems} <= {"flush_failed"}
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].hit_points_current == (25 if call == "flush_data" else 26)
        assert "diverged" not in codes(again.problems)


def test_a_failing_commit_leaves_no_trace_in_the_log(campaign: Campaign, quick: Quick) -> None:
    campaign.flush()
    before = bytes_in(campaign.folder)
    quick.largest_write = 40
    quick.fail("write", LOG, errno.ENOSPC, skip=2, times=1)
    with pytest.raises(NoSpace):
        hurt(campaign)
    assert bytes_in(campaign.folder) == before
    quick.largest_write = None
    hurt(campaign)
    assert [event.seq for event in campaign.history()] == [1, 2, 3]


@pytest.mark.parametrize("wait", [True, False])
def test_after_a_failed_flush_a_campaign_can_only_be_read_until_it_is_opened_anew(
    campaign: Campaign, store: SaveStore, quick: Quick, wait: bool
) -> None:
    quick.fail("flush_data", LOG, errno.EIO, times=1)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(4)
    with pytest.raises(FlushFailed):
        turn.commit(wait=wait).result()
    turn.discard()
    assert isinstance(campaign.read_only, FlushFailed)
    with pytest.raises(FlushFailed):
        hurt(campaign)
    assert campaign.characters[KARA].hit_points_current == 26
    campaign.close()
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].hit_points_current in (22, 26)
        assert reopened_state(again, store) == state_of(again)


def test_a_log_that_was_replaced_meanwhile_is_never_written_over(campaign: Campaign, store: SaveStore) -> None:
    import os
    import shutil

    log = campaign.folder / LOG
    hurt(campaign)
    older = campaign.folder / "older"
    older.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:2]))
    theirs = older.read_bytes()
    os.replace(older, log)
    with pytest.raises(Diverged):
        hurt(campaign)
    with pytest.raises(Diverged):
        hurt(campaign)
    campaign.close()
    assert log.read_bytes() == theirs
    assert [path.name for path in (campaign.folder / "branches").iterdir()]
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].hit_points_current == 26
    shutil.rmtree(campaign.folder)


def test_what_was_acknowledged_is_offered_back_where_the_log_was_replaced_before_closing(
    campaign: Campaign, store: SaveStore
) -> None:
    older = (campaign.folder / LOG).read_bytes()
    for _ in range(3):
        hurt(campaign)
    campaign.flush()
    put = campaign.folder / "older"
    put.write_bytes(older)
    put.replace(campaign.folder / LOG)
    campaign.close()
    assert codes(campaign.problems) == ["diverged"]
    assert "older_copy" in codes(store.check())
    assert store.repair().done
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].hit_points_current == 23
        assert [event.kind for event in again.history()][-3:] == ["turn"] * 3


# Threads


def test_turns_of_two_threads_queue_behind_each_other(campaign: Campaign) -> None:
    def play(_: int) -> None:
        for _ in range(25):
            with campaign.turn() as turn:
                document = turn.document("count")
                document["n"] = document.get("n", 0) + 1

    assert in_threads(4, play) == []
    assert campaign.document("count")["n"] == 100


def test_the_second_thread_waits_until_the_first_turn_ends(campaign: Campaign) -> None:
    began = threading.Event()
    seen: list[int] = []

    def second() -> None:
        with campaign.turn() as turn:
            began.set()
            seen.append(turn.character(KARA).hit_points_current)

    first = campaign.begin_turn()
    thread = threading.Thread(target=second)
    thread.start()
    assert not began.wait(0.1)
    first.character(KARA).take_damage(7)
    first.commit()
    thread.join()
    assert seen == [19]


def test_a_turn_may_be_committed_by_another_thread_than_began_it(campaign: Campaign) -> None:
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(7)
    thread = threading.Thread(target=turn.commit)
    thread.start()
    thread.join()
    hurt(campaign)
    assert campaign.characters[KARA].hit_points_current == 18


def test_a_second_turn_in_the_same_thread_is_refused_and_the_first_goes_on(campaign: Campaign) -> None:
    turn = campaign.begin_turn()
    with pytest.raises(InvalidValue, match="open already"):
        campaign.begin_turn()
    turn.character(KARA).take_damage(7)
    turn.commit()
    assert campaign.characters[KARA].hit_points_current == 19


def test_the_chat_can_be_read_while_a_message_is_being_written(campaign: Campaign, quick: Quick) -> None:
    campaign.say("narrator", "one")
    readers: list[threading.Thread] = []

    def look(call: str, path: str) -> None:
        if call == "open" and path.endswith("messages.jsonl") and not readers:
            readers.append(threading.Thread(target=lambda: campaign.messages))
            readers[0].start()
            readers[0].join(0.3)

    quick.before = look
    campaign.say("narrator", "two")
    quick.before = None
    readers[0].join()
    assert [message.text for message in campaign.messages] == ["one", "two"]
    view = campaign.folder / "chat_history" / "messages.jsonl"
    assert len(view.read_text().splitlines()) == 2


def test_what_is_committed_while_threads_look_on_is_seen_whole(campaign: Campaign) -> None:
    torn: list[Any] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            pair = campaign.document("pair")
            if pair["a"] != pair["b"]:
                torn.append(pair)

    with campaign.turn() as turn:
        turn.put("pair", {"a": 0, "b": 0})
    thread = threading.Thread(target=look)
    thread.start()
    for number in range(200):
        with campaign.turn() as turn:
            turn.put("pair", {"a": number, "b": number})
    done.set()
    thread.join()
    assert torn == []


def test_characters_that_two_threads_add_at_once_are_all_there(campaign: Campaign) -> None:
    def spawn(number: int) -> None:
        for index in range(5):
            zombie = campaign.add_character("zombie")
            with campaign.turn() as turn:
                turn.character(zombie).location = f"{number}-{index}"
            campaign.tag(f"{number}-{index}")
            campaign.add_scene(f"{number}-{index}")

    assert in_threads(3, spawn) == []
    places = {f"{number}-{index}" for number in range(3) for index in range(5)}
    assert {one.location for one in campaign.characters.values() if one.location} == places
    assert campaign.data.tags.keys() == places
    assert {scene.title for scene in campaign.scenes.values()} == places
    assert len(campaign.data.character_ids) == 17


def test_every_file_operation_goes_through_the_seam(campaign: Campaign, quick: Quick) -> None:
    assert files.system is quick
    hurt(campaign)
    campaign.flush()
    assert quick.count("write", LOG) >= 2
    assert quick.count("replace", "pc.kara_stormwind.json") >= 1
