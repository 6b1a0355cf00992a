"""The stores that are measured, built without waiting for the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files, jsontext, layout
from gamesaves.disk.system import System
from gamesaves.ids import file_stem

PARTY = ("kara_stormwind", "theron_gearwright", "aria_silverleaf", "gorak_the_brutal")
HERO = "pc:kara_stormwind"
WORLD = "world"
_AT_ONCE = 100


class Unflushed(System):
    """A disk that says at once that everything is durable."""

    def flush(self, fd: int) -> None: ...

    def flush_data(self, fd: int) -> None: ...

    def flush_folder(self, path: str) -> None: ...


@contextmanager
def building(folder: Path) -> Iterator[SaveStore]:
    """Return a store to fill; what was written is on the disk once the block has ended."""
    with files.using(Unflushed()), SaveStore(folder) as store:
        yield store
    sync()


def sync() -> None:
    """Let the disk come to rest, so that nothing measured next waits for what was written before."""
    if hasattr(os, "sync"):  # not on Windows
        os.sync()


def party_campaign(folder: Path) -> str:
    """Make a campaign of four characters, whose files have about 5 KB each; return its id."""
    with building(folder) as store, store.campaigns.create("The Lost Kingdom", characters=PARTY) as campaign:
        return campaign.id


def documents(campaign: Path) -> list[Path]:
    """Return the files of a campaign's documents, which are what opening it reads besides its log and a snapshot."""
    return sorted(path for path in campaign.rglob("*.json") if path.parent.name != layout.SNAPSHOTS)


def many_profiles(folder: Path, count: int) -> list[str]:
    """Make a store with so many profiles of about 5 KB each, and return their ids."""
    with building(folder) as store:
        template = store.profiles.get(store.profiles.save(store.presets.draft(PARTY[0])).character_id)
        tree = template.model_dump(mode="json")
        ids = [f"pc:nobody_{number:05d}" for number in range(count - 1)]
        for number, character_id in enumerate(ids):
            one = tree | {"character_id": character_id, "uid": f"{number:032x}", "name": f"Nobody the {number}th"}
            path = folder / "character_profiles" / f"{file_stem(character_id)}.json"
            path.write_bytes(jsontext.encode(one))
    return [*ids, template.character_id]


def world_of(size: int) -> dict[str, Any]:
    """Return a game's own document whose file has at least `size` bytes: a map, place by place."""
    places: dict[str, Any] = {}
    world = {"schema_version": 1, "tick": 0, "places": places}
    while len(jsontext.encode(world)) < size:
        for number in range(len(places), len(places) + 5):
            places[f"place_{number:03d}"] = {
                "name": f"The {number}th milestone of the old king's road",
                "visited": number % 3 == 0,
                "light": 0.25,
                "items": [{"id": "torch", "count": number % 5}, {"id": "rope", "count": 1}],
                "exits": {"north": f"place_{number + 1:03d}", "south": None},
            }
    return world


def play(campaign: Campaign, turns: int) -> None:
    """Take turns that change one character each."""
    for number in range(turns):
        with campaign.turn(f"Turn {number}") as turn:
            turn.character(HERO).gain_experience(1)


def many_campaigns(folder: Path, count: int) -> None:
    """Make campaigns with a character and three turns each."""
    with building(folder) as store:
        for start in range(0, count, _AT_ONCE):
            # All stay open until the last is made: closing waits for the writer thread, which then has one pause.
            opened = [_short_campaign(store, number) for number in range(start, min(start + _AT_ONCE, count))]
            for campaign in opened:
                campaign.close()


def _short_campaign(store: SaveStore, number: int) -> Campaign:
    who = HERO if number else PARTY[0]
    campaign = store.campaigns.create(f"Campaign {number:04d}", characters=[who], tags={"favourite": number % 7 == 0})
    play(campaign, 3)
    return campaign
