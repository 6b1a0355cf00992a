"""What a campaign brings to its universe reaches it once, whatever comes between."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.errors import InvalidValue, Locked
from tests.integration.stores import KARA, Quick, codes, edit, killed

TITLE = "The long road"


def fell(campaign: Campaign, number: int) -> None:
    with campaign.turn(f"Turn {number}") as turn:
        turn.advance_timeline(to=number)
        effects = [{"increment": "/locations/forest/fallen"}]
        turn.publish("fell", f"Fall {number}", by=KARA, location="forest", effects=effects)


def begun(root: Path) -> SaveStore:
    store = SaveStore(root)
    universe = store.universes.create("World")
    with store.campaigns.create(TITLE, characters=["kara_stormwind"], universe=universe.id):
        pass
    return store


def told(store: SaveStore) -> list[str]:
    return [event.description for event in store.universes.open("World").events()]


def fallen(store: SaveStore) -> int:
    world = store.universes.open("World").world
    return int(world.locations.get("forest", {}).get("fallen", 0))


def test_a_turn_and_what_it_publishes_are_one_commit(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        with campaign.turn("Two at once") as turn:
            turn.advance_timeline(ticks=3)
            turn.publish("fell", "First", by=KARA, location="forest")
            turn.publish("fell", "Second", at=1, scope="major", effects=[{"set": "/factions/wolves", "value": 1}])
        turn = campaign.begin_turn("Never")
        turn.publish("fell", "Never", location="forest")
        with pytest.raises(InvalidValue):
            turn.publish("fell", "Beyond its place", effects=[{"set": "/npcs/tom", "value": 1}])
        turn.discard()
        assert told(store) == ["Second", "First"]
        (second, first) = store.universes.open("World").events()
        assert (first.character_id, first.timeline_position, first.campaign_id) == (KARA, 3, campaign.id)
        assert first.origin is not None
        assert (first.origin.event, first.event_id) == (campaign.head.hash, f"{campaign.head.hash}/0")
        assert second.character_id is None
        assert campaign.world_of(KARA).factions == {"wolves": 1}


def test_what_is_undone_is_taken_back_and_comes_again(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        for number in (1, 2, 3):
            fell(campaign, number)
        before = campaign.head
        campaign.rollback(turns=2)
        universe = store.universes.open("World")
        assert (told(store), fallen(store), campaign.position_of(KARA)) == (["Fall 1"], 1, 1)
        assert [event.description for event in universe.events(retracted=True)] == ["Fall 2", "Fall 3"]
        fell(campaign, 2)
        campaign.restore(before)
        assert (told(store), fallen(store)) == (["Fall 1", "Fall 2", "Fall 3"], 3)
        campaign.restore(before.seq - 1, keep_published=True)
        assert (told(store), fallen(store), campaign.position_of(KARA)) == (["Fall 1", "Fall 2", "Fall 3"], 3, 2)
        assert universe.timeline_position == 3
        campaign.rollback(turns=1)
        assert told(store) == ["Fall 1"]


def test_a_fork_brings_nothing_twice_and_takes_nothing_back(tmp_path: Path) -> None:
    with begun(tmp_path) as store:
        with store.campaigns.open(TITLE) as campaign:
            fell(campaign, 1)
        with store.campaigns.fork(TITLE, title="Elsewhere") as fork:
            assert told(store) == ["Fall 1"]
            fell(fork, 5)
            assert told(store) == ["Fall 1", "Fall 5"]
            fork.rollback(turns=1)
            assert told(store) == ["Fall 1"]
        with store.campaigns.open(TITLE) as campaign:
            campaign.rollback(turns=1)
        assert told(store) == []
        store.campaigns.open("Elsewhere").close()
        assert told(store) == []


def test_a_universe_that_comes_later_gets_what_happened_before(tmp_path: Path) -> None:
    with begun(tmp_path / "home") as store:
        universe = store.universes.open("World").id
    away = tmp_path / "away"
    shutil.copytree(
        next((tmp_path / "home").glob("campaign_*")), away / next((tmp_path / "home").glob("campaign_*")).name
    )
    with SaveStore(away) as store, store.campaigns.open(TITLE) as campaign:
        assert "missing_universe" in codes(campaign.problems)
        assert campaign.universe is None
        fell(campaign, 1)
        with pytest.raises(InvalidValue):
            campaign.world_of(KARA)
    shutil.copytree(tmp_path / "home/universes", away / "universes")
    with SaveStore(away) as store:
        with store.campaigns.open(TITLE) as campaign:
            assert campaign.problems == []
        assert (told(store), fallen(store)) == (["Fall 1"], 1)
        assert store.universes.open("World").id == universe


def test_a_universe_that_is_held_gets_it_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gamesaves.services.universe.LOCK_PATIENCE_SECONDS", 0.05)
    with begun(tmp_path) as store, SaveStore(tmp_path) as other, store.campaigns.open(TITLE) as campaign:
        universe_id = store.universes.open("World").id
        with other._context.lock(f"universe-{universe_id}", "it").held(1):
            fell(campaign, 1)
            assert codes(campaign.problems) == ["universe_behind"]
            assert codes(store.check()) == ["universe_behind"]
        with pytest.raises(Locked), other._context.lock(f"universe-{universe_id}", "it").held(1):
            store.universes.open("World").retract("nothing")
        assert told(store) == []
        fell(campaign, 2)
        assert told(store) == ["Fall 1", "Fall 2"]
        assert store.check() == []


BEYOND = "/factions" + "/k" * 70
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    "effect",
    [
        {"increment": "/factions/elves/trust", "by": LARGEST},
        {"increment": "/factions/elves/wealth", "by": 1.5e308},
        {"set": BEYOND, "value": 1},
        {"increment": BEYOND},
    ],
)
def test_an_effect_that_no_world_has_room_for_keeps_nothing_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, effect: dict[str, object]
) -> None:
    with SaveStore(tmp_path) as store:
        world = {"factions": {"elves": {"trust": 5, "wealth": 1.5e308}}}
        universe = store.universes.create("World", world=world)
        with store.campaigns.create(TITLE, characters=["kara_stormwind"], universe=universe.id) as campaign:
            # As earlier versions have it in their logs.
            monkeypatch.setattr("gamesaves.services.happenings.require_possible", lambda _: None)
            with campaign.turn() as turn:
                turn.publish("grew", "Too much", by=KARA, scope="major", effects=[effect], matures_at=2)
            for number in (1, 2, 3):
                fell(campaign, number)
            assert campaign.problems == []
        assert (told(store), fallen(store)) == (["Too much", "Fall 1", "Fall 2", "Fall 3"], 3)
        assert universe.world.factions == universe.world_at(3).factions == world["factions"]
        universe.retract(universe.events()[0].event_id or "")
        universe.reinstate(universe.events(retracted=True)[0].event_id or "")
        assert universe.world.factions == world["factions"]
        assert store.check() == []


def test_an_effect_that_says_what_nobody_reads_is_refused_where_it_is_published(tmp_path: Path) -> None:
    gate, elves = "/locations/gate/open", "/factions/elves"
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"set": gate, "to": True}, "'to' is not a key", "It has: set, value."),
        ({"set": gate, "vaule": True}, "'vaule' is not a key", "Did you mean value?"),
        ({"set": gate}, "there is no value to set", "To take one away, say unset."),
        ({"set": gate, "value": 1, "note": ""}, "'note' is not a key", "It has: set, value."),
        ({"increment": elves, "amount": 3}, "'amount' is not a key", "It has: increment, by."),
        ({"increment": elves, "value": 3}, "'value' is not a key", "It has: increment, by."),
        ({"unset": elves, "by": 2}, "'by' is not a key", "It has: unset."),
    ]
    good = Effect(set=elves, value=None)
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        universe = store.universes.open("World")
        for effect, why, hint in wrong:
            with pytest.raises(InvalidValue, match=f"effects.1: {why}") as caught, campaign.turn() as turn:
                turn.publish("fell", scope="major", effects=[good, effect])
            assert caught.value.hint == hint
            event = TimelineEvent(timeline_position=1, kind="fell", scope="major", effects=[good, Effect(**effect)])
            with pytest.raises(InvalidValue, match=f"effects.1: {why}"):
                universe.publish(event)
        with campaign.turn("Good") as turn:
            turn.publish("fell", scope="major", effects=[good, good.model_dump()])
        assert (universe.world.factions, len(universe.events())) == ({"elves": None}, 1)


def test_an_effect_beyond_the_limits_of_the_format_is_refused_where_it_is_published(tmp_path: Path) -> None:
    deep: object = 1
    for _ in range(10):
        deep = [deep]
    beyond: list[dict[str, object]] = [
        {"set": BEYOND, "value": 1},
        {"increment": BEYOND},
        {"unset": BEYOND},
        {"set": "/factions" + "/k" * 60, "value": deep},
        {"set": "/factions/elves", "value": LARGEST + 1},
        {"set": "/factions/elves", "value": float("inf")},
    ]
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        universe = store.universes.open("World")
        for effect in beyond:
            with pytest.raises(InvalidValue), campaign.turn() as turn:
                turn.publish("grew", by=KARA, scope="major", effects=[effect])
        for effect in beyond:
            made = Effect.model_validate(effect)
            with pytest.raises(InvalidValue, match="/factions/"):
                universe.publish(TimelineEvent(timeline_position=0, kind="grew", scope="major", effects=[made]))
        assert told(store) == []
        with campaign.turn() as turn:
            turn.publish("grew", scope="major", effects=[{"set": "/factions" + "/k" * 63, "value": 1}])
        assert len(told(store)) == 1


def test_a_campaign_in_no_universe_cannot_publish(tmp_path: Path) -> None:
    with SaveStore(tmp_path) as store, store.campaigns.create("Alone", characters=["kara_stormwind"]) as campaign:
        with pytest.raises(InvalidValue, match="no universe"), campaign.turn() as turn:
            turn.publish("fell")
        with pytest.raises(InvalidValue, match="no universe"), campaign.turn() as turn:
            turn.advance_timeline()
        universe = store.universes.create("World")
        with campaign.turn() as turn:
            turn.data.universe_id = universe.id
            turn.publish("arrived", "Kara arrives", by=KARA)
        assert told(store) == ["Kara arrives"]


def test_a_copy_of_a_campaign_brings_nothing_that_is_there_already(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        fell(campaign, 1)
    shutil.copytree(campaign.folder, tmp_path / "campaign_copied")
    with SaveStore(tmp_path) as store:
        assert "universe_behind" not in codes(store.check())
        with store.campaigns.open("campaign_copied") as copy:
            fell(copy, 2)
        assert "universe_behind" not in codes(store.check())
        assert told(store) == ["Fall 1", "Fall 2"]


# Histories that part and come together


def parted(root: Path) -> tuple[SaveStore, Campaign, Path]:
    """Publish in two copies of a campaign, one of them where its universe is not; return the one that has it."""
    home = begun(root / "home")
    campaign = home.campaigns.open(TITLE)
    campaign.close()
    away = root / "away" / campaign.folder.name
    shutil.copytree(campaign.folder, away)
    with SaveStore(root / "away") as store, store.campaigns.open(TITLE) as other:
        fell(other, 1)
        there = other.head.hash
    campaign = home.campaigns.open(TITLE)
    fell(campaign, 2)
    while campaign.head.hash < there:
        # Of two copies the one whose hash is greater has the last row.
        with campaign.turn("On"):
            pass
    return home, campaign, away


def test_what_the_other_copy_has_published_comes_with_it(tmp_path: Path) -> None:
    store, campaign, away = parted(tmp_path)
    with store, campaign:
        assert told(store) == ["Fall 2"]
        assert campaign.merge(away).kind == "diverged"
        assert (told(store), fallen(store)) == (["Fall 1", "Fall 2"], 2)
        assert campaign.universe_problems() == []
        fell(campaign, 3)
        campaign.rollback()
        assert told(store) == ["Fall 1", "Fall 2"]


def test_what_was_joined_or_restored_while_the_universe_was_held_comes_at_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gamesaves.services.universe.LOCK_PATIENCE_SECONDS", 0.05)
    store, campaign, away = parted(tmp_path)
    with store, SaveStore(store.root) as other:
        own = campaign.head
        lock = other._context.lock(f"universe-{store.universes.open('World').id}", "it")

        def behind(change: Callable[[], object], before: list[str], after: list[str]) -> None:
            with lock.held(1):
                change()
                assert "universe_behind" in codes(campaign.problems)
                campaign.close()
            assert codes(store.check()) == ["universe_behind"]
            assert told(store) == before
            with store.campaigns.open(TITLE):
                assert told(store) == after

        behind(lambda: campaign.merge(away), ["Fall 2"], ["Fall 1", "Fall 2"])
        campaign = store.campaigns.open(TITLE)
        behind(lambda: campaign.restore(own), ["Fall 1", "Fall 2"], ["Fall 2"])
        assert store.check() == []


def test_what_is_restored_is_in_force_beside_what_is_kept(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        start = campaign.head
        fell(campaign, 1)
        first = campaign.head
        campaign.restore(start)
        fell(campaign, 2)
        second = campaign.head
        campaign.restore(first, keep_published=True)
        assert (told(store), fallen(store)) == (["Fall 1", "Fall 2"], 2)
        assert store.check() == []
        # The last row is the same, and the one before it is not in force.
        campaign.restore(second)
        assert (told(store), fallen(store)) == (["Fall 2"], 1)
        assert store.check() == []


def test_a_campaign_that_has_published_stays_in_its_world(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        world, other = store.universes.open("World"), store.universes.create("Other")
        for universe in (other, world):
            with campaign.turn("Nothing was published yet") as turn:
                turn.data.universe_id = universe.id
        before = campaign.head
        with campaign.turn("Away") as turn:
            turn.data.universe_id = other.id
            turn.publish("fell", "Elsewhere", by=KARA, location="forest")
        for universe_id in (world.id, None):
            with pytest.raises(InvalidValue, match=f"published in {other.id}") as raised, campaign.turn() as turn:
                turn.data.universe_id = universe_id
            assert "Fork" in (raised.value.hint or "")
        campaign.restore(before)
        assert campaign.universe is other
        with pytest.raises(InvalidValue), campaign.turn() as turn:
            turn.data.universe_id = world.id
        assert (told(store), other.events(), len(other.events(retracted=True))) == ([], [], 1)
        with campaign.fork("Back", at=before) as fork:
            assert fork.universe is world
            with fork.turn() as turn:
                turn.data.universe_id = other.id
            assert fork.universe is other


def test_what_was_published_before_a_universe_is_joined_again_is_taken_back(tmp_path: Path) -> None:
    with SaveStore(tmp_path) as store, store.campaigns.create("Alone", characters=["kara_stormwind"]) as campaign:
        before = campaign.head
        universe = store.universes.create("World")
        with campaign.turn() as turn:
            turn.data.universe_id = universe.id
            turn.publish("arrived", "Kara arrives", by=KARA)
        campaign.restore(before)
        assert (told(store), campaign.universe) == ([], universe)


def test_what_was_published_stays_where_it_happened_when_the_world_is_changed_by_hand(tmp_path: Path) -> None:
    with begun(tmp_path) as store:
        other = store.universes.create("Other")
        with store.campaigns.open(TITLE) as campaign:
            fell(campaign, 1)
        edit(campaign.folder / "campaign_data.json", universe_id=other.id)
        with store.campaigns.open(TITLE) as campaign:
            assert (campaign.universe, other.events()) == (other, [])
            fell(campaign, 2)
            assert campaign.universe_problems() == []
            assert told(store) == ["Fall 1"]
            assert [event.description for event in other.events()] == ["Fall 2"]
            campaign.rollback()
            assert (told(store), other.events()) == (["Fall 1"], [])


def test_two_copies_that_have_published_in_two_worlds_leave_each_what_happened_there(tmp_path: Path) -> None:
    store, campaign, away = parted(tmp_path)
    with store, campaign:
        other = store.universes.create("Other")
        edit(away / "campaign_data.json", universe_id=other.id)
        with SaveStore(tmp_path / "away") as elsewhere, elsewhere.campaigns.open(TITLE) as copy:
            fell(copy, 3)
        campaign.merge(away)
        assert campaign.universe is other
        assert [event.description for event in other.events()] == ["Fall 3"]
        assert "Fall 2" in told(store)


# Killed at any operation


def story(store: SaveStore) -> None:
    """Publish, go back, publish again, go forward."""
    with store.campaigns.open(TITLE) as campaign:
        fell(campaign, 1)
        fell(campaign, 2)
        campaign.rollback(turns=1)
        fell(campaign, 3)


OUTCOMES = [[], ["Fall 1"], ["Fall 1", "Fall 2"], ["Fall 1"], ["Fall 1", "Fall 3"]]


def restored(root: Path) -> SaveStore:
    """Publish, go back, and publish something else."""
    store = begun(root)
    with store.campaigns.open(TITLE) as campaign:
        start = campaign.head
        fell(campaign, 1)
        campaign.restore(start)
        fell(campaign, 2)
    return store


def story_of_restores(store: SaveStore) -> None:
    """Let the first be in force beside the second, and then the second alone: the last row is the same."""
    with store.campaigns.open(TITLE) as campaign:
        first, _, second = (event for event in campaign.history() if event.kind in ("turn", "restore"))
        campaign.restore(first, keep_published=True)
        campaign.restore(second)


RESTORED_OUTCOMES = [["Fall 2"], ["Fall 1", "Fall 2"], ["Fall 2"]]


def at_rest(store: SaveStore, outcomes: list[list[str]], commits: int) -> list[str]:
    """Open the campaign, which brings the universe up to date; return what its own log says."""
    with store.campaigns.open(TITLE) as campaign:
        return outcomes[sum(event.kind in ("turn", "restore") for event in campaign.history()) - commits]


def kills(
    folder: Path,
    story: Callable[[SaveStore], None],
    outcomes: list[list[str]],
    before: Callable[[Path], SaveStore] = begun,
    commits: int = 0,
) -> set[int]:
    """Kill the story at one operation after the other; return how many outcomes were seen.

    Args:
        outcomes: what is told behind each of its commits.
        before, commits: makes the store that it begins with, which has so many commits.
    """
    with files.using(Quick()):
        before(folder / "before").close()
    seen = set()
    for step in range(1000):
        root = folder / str(step)
        shutil.copytree(folder / "before", root)
        died = killed(root, step, story)
        with files.using(Quick()), SaveStore(root) as again:
            outcome = at_rest(again, outcomes, commits)
            assert told(again) == outcome
            assert fallen(again) == len(outcome)
            ids = [event.event_id for event in again.universes.open("World").events()]
            assert len(ids) == len(set(ids))
            seen.add(len(outcome))
        shutil.rmtree(root)
        if not died:
            return seen
    raise AssertionError("the story never ends")


def test_killed_at_any_operation_each_event_is_there_once(tmp_path: Path) -> None:
    assert kills(tmp_path, story, OUTCOMES) >= {0, 2}


def test_killed_at_any_operation_of_a_restore_what_is_in_force_is_there(tmp_path: Path) -> None:
    assert kills(tmp_path, story_of_restores, RESTORED_OUTCOMES, restored, 3) == {1, 2}


def test_an_encounter_publishes_once_when_it_ends_and_not_when_it_is_dropped(tmp_path: Path) -> None:
    with begun(tmp_path) as store, store.campaigns.open(TITLE) as campaign:
        fell(campaign, 1)
        dropped = campaign.encounter("The bridge")
        with dropped.round() as turn:
            turn.publish("fell", "Never", by=KARA, location="bridge")
        dropped.drop()
        assert told(store) == ["Fall 1"]
        with campaign.encounter("The bridge") as encounter:
            for number in (2, 3):
                with encounter.round() as turn:
                    turn.publish("fell", f"Fall {number}", by=KARA, at=number, location="bridge")
            assert told(store) == ["Fall 1"]
        assert told(store) == ["Fall 1", "Fall 2", "Fall 3"]
        campaign.rollback()
        assert told(store) == ["Fall 1"]
