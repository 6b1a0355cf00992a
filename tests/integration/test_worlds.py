"""Characters of several campaigns who meet in one world, each at a point of their own in its time."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.documents import Effect, TimelineEvent, WorldState
from gamesaves.errors import Ambiguous, InvalidValue, NotFound
from gamesaves.services.universe import Universe
from tests.integration.stores import KARA

THERON = "pc:theron_gearwright"
FOREST = "/locations/forest"


@pytest.fixture
def store(root: Path) -> Iterator[SaveStore]:
    with SaveStore(root) as opened:
        yield opened


@pytest.fixture
def world(store: SaveStore) -> Universe:
    return store.universes.create("Silverreach", world={"locations": {"forest": {"guardian": "awake"}}})


@pytest.fixture
def two(store: SaveStore, world: Universe) -> Iterator[tuple[Campaign, Campaign]]:
    """Two campaigns in that world: Kara's, and Theron's."""
    with (
        store.campaigns.create("Alex plays", characters=["kara_stormwind"], universe=world.id) as alex,
        store.campaigns.create("Sam plays", characters=["theron_gearwright"], universe=world.title) as sam,
    ):
        yield alex, sam


def play(campaign: Campaign, tick: int) -> None:
    with campaign.turn("The way there") as turn:
        turn.advance_timeline(to=tick)


def told(events: Iterable[TimelineEvent]) -> list[str]:
    return [event.description for event in events]


def forest(world: WorldState) -> dict[str, object]:
    return dict(world.locations["forest"])


# How characters meet


def test_two_who_are_somewhere_at_the_same_time_meet(two: tuple[Campaign, Campaign]) -> None:
    for campaign, who, words in zip(two, (KARA, THERON), ("Kara lights a fire", "Theron waves"), strict=True):
        with campaign.turn(words) as turn:
            turn.advance_timeline(to=1200)
            turn.publish("met", words, by=who, location="forest")
    alex, sam = two
    both = ["Kara lights a fire", "Theron waves"]
    assert told(alex.known_to(KARA)) == told(sam.known_to(THERON)) == both
    (met,) = sam.known_to(THERON, character=KARA)
    assert (met.timeline_position, met.campaign_id, met.location) == (1200, alex.id, "forest")


def test_what_one_has_done_is_found_by_who_comes_later(world: Universe, two: tuple[Campaign, Campaign]) -> None:
    alex, sam = two
    with alex.turn("The guardian falls") as turn:
        turn.advance_timeline(to=1200)
        effects: list[Any] = [
            {"set": f"{FOREST}/guardian", "value": "fallen"},
            {"set": f"{FOREST}/open", "value": True},
        ]
        turn.publish("guardian_fell", "The guardian falls", by=KARA, scope="major", location="forest", effects=effects)
    play(sam, 1199)
    assert forest(sam.world_of(THERON)) == {"guardian": "awake"}
    assert sam.known_to(THERON) == []
    assert told(alex.known_to(KARA)) == ["The guardian falls"]
    play(sam, 1247)
    assert forest(sam.world_of(THERON)) == {"guardian": "fallen", "open": True}
    assert told(sam.known_to(THERON, scope="major")) == ["The guardian falls"]
    (major,) = world.world.major_events
    assert (major.kind, major.timeline_position, major.location) == ("guardian_fell", 1200, "forest")


def test_what_lasts_grows_and_can_be_harvested(two: tuple[Campaign, Campaign]) -> None:
    alex, sam = two
    with alex.turn("Kara plants an apple tree") as turn:
        turn.advance_timeline(to=1150)
        for what, tick in (("a sapling", None), ("full of apples", 1247)):
            effects: list[Any] = [{"set": f"{FOREST}/tree", "value": what}]
            turn.publish("planted", what, by=KARA, location="forest", effects=effects, matures_at=tick)
    seen = []
    for tick in (1149, 1150, 1246, 1247):
        play(sam, tick)
        seen.append(forest(sam.world_of(THERON)).get("tree"))
    assert seen == [None, "a sapling", "a sapling", "full of apples"]
    with sam.turn("Theron fills his bag") as turn:
        turn.advance_timeline(to=1300)
        effects = [{"set": f"{FOREST}/tree", "value": "bare"}, {"increment": f"{FOREST}/harvests"}]
        turn.publish("harvested", "Theron fills his bag", by=THERON, location="forest", effects=effects)
    assert forest(sam.world_of(THERON)) == {"guardian": "awake", "tree": "bare", "harvests": 1}
    # Kara has not come that far yet.
    assert forest(alex.world_of(KARA))["tree"] == "a sapling"
    play(alex, 1300)
    assert told(alex.known_to(KARA, since=1151)) == ["Theron fills his bag"]


def test_who_is_behind_may_change_the_past_and_a_paradox_is_told(
    world: Universe, two: tuple[Campaign, Campaign]
) -> None:
    alex, sam = two
    with alex.turn() as turn:
        turn.advance_timeline(to=1200)
        turn.publish("fell", "It falls", location="forest", effects=[{"set": f"{FOREST}/guardian", "value": "fallen"}])
    with sam.turn() as turn:
        turn.advance_timeline(to=1100)
        turn.publish("charmed", "It is charmed", effects=[{"set": f"{FOREST}/guardian", "value": 1}], location="forest")
        turn.publish("built", "A hut", effects=[{"set": f"{FOREST}/hut", "value": "small"}], location="forest")
    (charmed,) = world.paradoxes()
    (fell,) = world.events(kind="fell")
    (paradox,) = charmed.paradoxes
    assert (charmed.description, paradox.path) == ("It is charmed", f"{FOREST}/guardian")
    assert paradox.event_id == fell.event_id
    assert forest(world.world_at(1100)) == {"guardian": 1, "hut": "small"}
    assert forest(world.world) == forest(alex.world_of(KARA)) == {"guardian": "fallen", "hut": "small"}
    assert told(world.events()) == ["It is charmed", "A hut", "It falls"]


def test_what_was_edited_by_hand_later_on_stands_over_what_is_added_to_the_past(
    store: SaveStore, world: Universe
) -> None:
    world.publish(TimelineEvent(timeline_position=10, kind="fell"))
    world.flush()
    file = world.folder / "world_state.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "npcs": {"tom": 50}}))
    world.take_in_edits()
    world.publish(
        TimelineEvent(timeline_position=5, kind="grew", scope="major", effects=[Effect(increment="/npcs/tom")])
    )
    assert (world.world_at(5).npcs, world.world_at(10).npcs, world.world.npcs) == ({"tom": 1}, {"tom": 50}, {"tom": 50})
    assert world.paradoxes() == []
    assert store.check() == []


def test_a_sum_that_has_no_room_in_the_past_is_not_made_there(store: SaveStore, world: Universe) -> None:
    largest = 2**63 - 1
    for tick, by in ((0, largest - 5), (10, -10), (5, 8), (5, 2)):
        effects = [Effect(increment="/npcs/tom", by=by)]
        world.publish(TimelineEvent(timeline_position=tick, kind="grew", scope="major", effects=effects))
    assert (world.world_at(5).npcs["tom"], world.world.npcs["tom"]) == (largest - 3, largest - 13)
    assert world.paradoxes() == []
    assert store.check() == []


def test_a_minor_event_changes_its_location_alone(world: Universe, two: tuple[Campaign, Campaign]) -> None:
    alex, _ = two
    for path, location in (("/npcs/tom", "forest"), ("/locations/town", "forest"), (FOREST, None)):
        with pytest.raises(InvalidValue, match="a minor event cannot change"), alex.turn() as turn:
            turn.publish("burnt", effects=[{"set": path, "value": "ash"}], location=location)
    with pytest.raises(InvalidValue, match="a minor event cannot change"):
        world.publish(TimelineEvent(timeline_position=1, kind="burnt", effects=[Effect(set="/npcs/tom", value="ash")]))
    assert (world.seq, world.events(), alex.seq) == (1, [], 1)


# What can be asked


def test_events_are_found_by_who_where_what_and_when(world: Universe, two: tuple[Campaign, Campaign]) -> None:
    for campaign, who in zip(two, (KARA, THERON), strict=True):
        for tick in (10, 20, 30):
            with campaign.turn() as turn:
                turn.advance_timeline(to=tick)
                place = "forest" if tick == 20 else "town"
                turn.publish("seen" if tick == 10 else "heard", f"{who} {tick}", by=who, location=place)
    alex, _ = two
    assert told(world.events(location="forest")) == [f"{KARA} 20", f"{THERON} 20"]
    assert told(world.events(character=KARA, kind="heard")) == [f"{KARA} 20", f"{KARA} 30"]
    assert told(world.events(since=11, until=29)) == [f"{KARA} 20", f"{THERON} 20"]
    assert told(world.events(last=2)) == [f"{KARA} 30", f"{THERON} 30"]
    assert told(world.events(last=1, until=20, location="town")) == [f"{THERON} 10"]
    assert told(world.events(seen_by=KARA, position=15)) == [f"{KARA} 10", f"{THERON} 10", f"{KARA} 20", f"{KARA} 30"]
    assert world.events(seen_by=KARA, campaign=alex.id) == world.events()
    nothings: list[dict[str, Any]] = [
        {"location": "sea"},
        {"kind": "felt"},
        {"character": "pc:nobody"},
        {"last": 0},
        {"scope": "major"},
    ]
    for nothing in nothings:
        assert world.events(**nothing) == []
    with pytest.raises(NotFound):
        alex.known_to("nobody")
    with pytest.raises(NotFound):
        world.event("never")


def test_a_world_in_which_nothing_has_happened(store: SaveStore) -> None:
    with pytest.raises(NotFound):
        store.universes.open("silverreach")
    assert (store.universes.list(), store.universes.find("Silverreach")) == ([], None)
    world = store.universes.create("銀の谷")
    assert (world.title, world.timeline_position, world.events(), world.paradoxes()) == ("銀の谷", 0, [], [])
    assert world.world.locations == world.world_at(1200).locations == {}
    assert world.world.major_events == world.world_at(1200).major_events == []
    assert world.position_of(KARA) == 0
    assert world.events(seen_by=KARA) == []
    assert store.universes.open("銀の谷") is world
    assert world.id.isascii()
    with pytest.raises(InvalidValue, match="no tick"):
        world.world_at(-1)


def test_nobody_goes_where_there_is_no_tick(world: Universe, two: tuple[Campaign, Campaign]) -> None:
    campaign, last = two[0], 2**63 - 1
    impossible: list[dict[str, Any]] = [{"to": 10**30}, {"ticks": last}, {"to": 2.5}, {"to": True}, {"ticks": "3"}]
    play(campaign, 1)
    for given in impossible:
        with pytest.raises(InvalidValue, match="no tick"), campaign.turn() as turn:
            turn.advance_timeline(**given)
    with pytest.raises(InvalidValue, match="back in time"), campaign.turn() as turn:
        turn.advance_timeline(to=-1)
    with pytest.raises(InvalidValue, match="back in time"), campaign.turn() as turn:
        turn.advance_timeline(ticks=-1)
    for tick in (-1, last + 1, 2.5):
        with pytest.raises(InvalidValue, match="no tick"):
            world.move({KARA: tick}, campaign_id=campaign.id)  # type: ignore[dict-item]
    assert campaign.position_of(KARA) == 1
    with campaign.turn() as turn:
        turn.advance_timeline(to=last)
    assert campaign.position_of(KARA) == last


# A campaign and its world


def test_a_campaign_is_put_in_a_world_by_its_title(store: SaveStore, world: Universe) -> None:
    with store.campaigns.create("By title", universe="silverreach") as campaign:
        assert campaign.universe is world
    with pytest.raises(NotFound) as unknown:
        store.campaigns.create("Nowhere", universe="Silverreech", characters=["kara_stormwind"])
    assert (unknown.value.nearest, unknown.value.kind) == ((world.id,), "universe")
    with pytest.raises(NotFound):
        store.campaigns.create("Elsewhere", universe="../x")
    store.universes.create("Silverreach")
    with pytest.raises(Ambiguous):
        store.campaigns.create("Which one?", universe="Silverreach")
    assert [one.title for one in store.campaigns.list()] == ["By title"]
    assert KARA not in store.profiles


def test_what_is_made_from_the_presets_of_a_world(store: SaveStore, world: Universe) -> None:
    goblin, _ = store.presets.tree("characters", "goblin")
    presets = {
        store.root / "presets": {"characters/goblin.json": {**goblin, "name": "Goblin of the store"}},
        world.folder / "presets": {
            "characters/goblin.json": {**goblin, "name": "Goblin of the lake"},
            "monsters/lake_worm.json": {"name": "Lake worm", "teeth": 40},
            "items/moon_apple.yaml": {"name": "Moon apple", "heals": 4},
        },
    }
    for folder, files in presets.items():
        for name, tree in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            # What is JSON is YAML, too.
            (folder / name).write_text(json.dumps(tree), encoding="utf-8")
    with store.campaigns.create("There", characters=["goblin"], universe=world.id) as there:
        assert [one.name for one in there.characters.values()] == ["Goblin of the lake"]
        for layers in (there.presets, world.presets):
            assert layers.get("goblin").name == "Goblin of the lake"
            assert layers.tree("monsters", "lake_worm")[0]["teeth"] == 40
            tree, entry = layers.tree("items", "moon_apple")
            assert (tree["heals"], entry.layer) == (4, "universe")
            (listed,) = (one for one in layers.list() if one.id == "goblin")
            assert (listed.layer, listed.overrides) == ("universe", ("store", "shipped"))
    with store.campaigns.create("Elsewhere", characters=["goblin"]) as elsewhere:
        assert [one.name for one in elsewhere.characters.values()] == ["Goblin of the store"]
        with pytest.raises(NotFound):
            elsewhere.presets.tree("monsters", "lake_worm")


# Whether it is all right


def test_a_world_that_is_not_what_happened_is_told(store: SaveStore, world: Universe) -> None:
    world.publish(
        TimelineEvent(timeline_position=3, kind="fell", scope="major", effects=[Effect(increment="/npcs/tom")])
    )
    world.publish(
        TimelineEvent(timeline_position=1, kind="fell", scope="major", effects=[Effect(set="/npcs/a", value=1)])
    )
    for by in (0.1, 0.2, 0.3):
        effects = [Effect(increment="/npcs/tree", by=by)]
        world.publish(TimelineEvent(timeline_position=2, kind="grew", scope="major", effects=effects))
    assert store.check() == []
    with world._ledger.held() as ledger:
        tree = ledger.tree("world_state")
        ledger.commit("moved", {"world_state": {**tree, "npcs": {"tom": 7}}})
    world.flush()
    (problem,) = store.check()
    assert (problem.code, problem.severity, problem.path) == (
        "world_differs",
        "warning",
        str(world.folder / "world_state.json"),
    )
    assert world.world_at(3).npcs["tom"] == 1


def test_an_event_that_no_timeline_can_have_is_told(store: SaveStore, world: Universe) -> None:
    with world._ledger.held() as ledger:
        ledger.commit("timeline", {}, data={"kind": "", "timeline_position": 1})
    (problem,) = store.check()
    assert (problem.code, problem.path) == ("damaged", str(world.folder / "log.jsonl"))
    log = world.folder / "log.jsonl"
    log.write_bytes(b"nothing\n" + log.read_bytes())
    assert [one.code for one in store.check() if one.severity == "error"] == ["damaged"]
