"""What is done with a universe, and with a campaign that plays in it, while the power may fail."""

import json
import os
from pathlib import Path

from gamesaves import Campaign
from gamesaves.disk import files
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.services.universe import Universe
from gamesaves.services.worldcontract import UNIVERSE
from tests.integration.stores import KARA
from tests.torture.storescenes import TITLE, StoreScene, opened, prepare_store

WORLD = "World"
FOREST = "/locations/forest"


def fell(universe: Universe, tick: int) -> TimelineEvent:
    """Let a tree fall in the forest."""
    effects = [Effect(increment=f"{FOREST}/fallen"), Effect(set=f"{FOREST}/last", value=tick)]
    event = TimelineEvent(timeline_position=tick, kind="fell", scope="major", location="forest", effects=effects)
    return universe.publish(event)


def fell_in_turn(campaign: Campaign, tick: int) -> None:
    """Let a tree fall as a part of a turn."""
    with campaign.turn(f"To {tick}") as turn:
        turn.advance_timeline(to=tick)
        turn.publish("fell", by=KARA, location="forest", effects=[{"increment": f"{FOREST}/fallen"}])


def with_universe(root: Path) -> None:
    """Have a campaign that plays in a universe, in which something has happened."""
    prepare_store(root)
    with opened(root, 9) as store:
        universe = store.universes.create(WORLD, world={"locations": {"forest": {"trees": ["oak", "ash"]}}})
        for tick in (3, 7):
            fell(universe, tick)
        with store.campaigns.open(TITLE) as campaign:
            with campaign.turn("Into the world") as turn:
                turn.data.universe_id = universe.id
            fell_in_turn(campaign, 5)


def publish_in_the_past(scene: StoreScene) -> None:
    """Add to what has been, and take back what was added."""
    universe = scene.store.universes.open(WORLD)
    fell(universe, 8)
    event = fell(universe, 4)
    assert event.paradoxes
    universe.retract(str(event.event_id))


def publish_in_a_turn(scene: StoreScene) -> None:
    with scene.store.campaigns.open(TITLE) as campaign:
        fell_in_turn(campaign, 8)
        campaign.rollback(turns=1)
        fell_in_turn(campaign, 9)


def publish_by_turns(scene: StoreScene) -> None:
    """Two programs add to the universe, and somebody edits its world."""
    universe = scene.store.universes.open(WORLD)
    with opened(scene.root, 11) as store:
        store.subscribe(scene.tell)
        other = store.universes.open(WORLD)
        for tick in (8, 9):
            fell(universe, tick)
            fell(other, tick)
        other.flush()
        path = universe.folder / "world_state.json"
        tree = {**json.loads(path.read_bytes()), "npcs": {"tom": {"mood": "glad"}}}
        files.replace(path, json.dumps(tree, indent=3).encode(), durable=True)


def publish_behind_a_kill(scene: StoreScene) -> None:
    """Another program is killed when its line is written and not flushed."""
    universe = scene.store.universes.open(WORLD)
    fell(universe, 8)
    with universe._ledger.held() as ledger:
        line = ledger.prepare("moved", {UNIVERSE: {**ledger.tree(UNIVERSE), "description": "Large"}}).line
        fd = files.system.open(str(universe.folder / "log.jsonl"), os.O_WRONLY | os.O_APPEND)
        files.write_all(fd, line)
        files.system.close(fd)
    universe.flush()
    fell(universe, 9)


WORLD_STEPS = (publish_in_the_past, publish_in_a_turn, publish_by_turns, publish_behind_a_kill)
