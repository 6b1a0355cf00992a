"""The verdict on the universes of a store after a power cut."""

import json

from gamesaves import Campaign, SaveStore
from gamesaves.services.universe import Universe
from tests.torture.reading import History
from tests.torture.trial import require
from tests.torture.worldsteps import WORLD, fell, fell_in_turn


def worlds_whole(store: SaveStore) -> None:
    """Open each universe with the real code, and what plays in it."""
    for listed in store.universes.list():
        require(listed.title == WORLD, f"it is listed as {listed.title}")
        universe = store.universes.open(listed.universe_id)
        before = History.of((universe.folder / "log.jsonl").read_bytes())
        _as_its_log_says(universe)
        history = History.of((universe.folder / "log.jsonl").read_bytes())
        require(history.hashes[: len(before.hashes)] == before.hashes, "looking has changed the history")
        for found in store.campaigns.list():
            with store.campaigns.open(found.campaign_id) as campaign:
                require(not campaign.problems, f"the campaign has {campaign.problems}")
                _all_there_once(universe, campaign)
        with universe._ledger.held():
            _as_its_log_says(universe)
        universe.close()


def _as_its_log_says(universe: Universe) -> None:
    history = History.of((universe.folder / "log.jsonl").read_bytes())
    require(universe.read_only is None, f"it can only be read: {universe.read_only}")
    world = universe.world
    require(world == universe.world_at(universe.timeline_position), "the world is not what its events make of it")
    # An edit that is not in the log yet is seen by whoever looks.
    shown = world.model_dump(mode="json", exclude={"npcs"})
    told = {**history.trees["world_state"], "npcs": {}}
    require(all(told[name] == value for name, value in shown.items()), "the world is not the log's")


def _all_there_once(universe: Universe, campaign: Campaign) -> None:
    """What is in force in a campaign is in force in the universe, and nothing else of it."""
    rows = campaign.happenings_at(campaign.head)
    there = [event.event_id for event in universe.events() if event.origin is not None]
    require(there == [row["event_id"] for row in rows], "a campaign's events are not there once each")


def worlds_go_on(store: SaveStore) -> None:
    """Publish something more, on both ways, and close: then the documents are as the log says."""
    universe = store.universes.open(WORLD)
    count = len(universe.events())
    fell(universe, 20)
    for found in store.campaigns.list():
        with store.campaigns.open(found.campaign_id) as campaign:
            if campaign.universe is not None:
                fell_in_turn(campaign, 21)
                count += 1
                require(campaign.problems == [], f"publishing has {campaign.problems}")
    require(len(universe.events()) == count + 1, "what was published is not there")
    _as_its_log_says(universe)
    folder = universe.folder
    universe.close()
    require(universe.problems == [], f"closing it has {universe.problems}")
    history = History.of((folder / "log.jsonl").read_bytes())
    for key in ("universe", "world_state"):
        tree = json.loads((folder / f"{key}.json").read_bytes())
        require(tree.pop("revision") == history.revisions[key], f"{key} has another revision than the log")
        require(tree == history.trees[key], f"{key} is not as the log says")
