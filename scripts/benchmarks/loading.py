"""What loading a campaign costs, and what a loaded one takes."""

import gc
import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gamesaves import Campaign, SaveStore
from gamesaves.disk import layout
from gamesaves.services.profilecache import CACHE_SIZE
from scripts.benchmarks import stores
from scripts.benchmarks.measuring import Row, Scale, Spread, Step, difference, interleaved, plain, timed

Held = TypeVar("Held")

_TAIL = 99
"""Events without a snapshot; the next one would bring it."""


def open_and_close(folder: Path, campaign_id: str) -> float:
    """Return what opening takes: from a new store to the characters at hand; closing does not count."""
    opened: list[Campaign] = []

    def load() -> None:
        campaign = SaveStore(folder).campaigns.open(campaign_id)
        opened.append(campaign)
        assert len(campaign.party) == len(stores.PARTY)

    taken = timed(load)
    opened[0].close()
    return taken


def resume(folder: Path, scale: Scale) -> list[Row]:
    ids = []
    with stores.building(folder / "store") as store:
        for turns in (scale.long_campaign, scale.short_campaign):
            with store.campaigns.create(f"{turns} turns", characters=stores.PARTY) as campaign:
                stores.play(campaign, turns)
                ids.append(campaign.id)
    steps = [lambda one=one: open_and_close(folder / "store", one) for one in ids]
    long, short, raw = interleaved(scale.opens, *steps, _parsing(folder / "store" / ids[0]))
    sizes = f"{scale.long_campaign:,} turns · {scale.short_campaign:,} turns"
    return [
        difference(f"resume (open only): {sizes}", long, short, 2),
        difference(f"resume (open only): {scale.long_campaign:,} turns · reading and parsing the same", long, raw, 1),
        plain("a load, p99", long, 500),
    ]


def _parsing(campaign: Path) -> Step:
    """Return the least that opening can do: read the newest snapshot, the log behind it and each document, as JSON."""
    newest = max((campaign / layout.SNAPSHOTS).iterdir())
    documents = stores.documents(campaign)

    def parse() -> None:
        snapshot = json.loads(newest.read_bytes())
        with (campaign / layout.LOG).open("rb") as log:
            log.seek(snapshot["offset"])
            events = [json.loads(line) for line in log]
        trees = [json.loads(path.read_bytes()) for path in documents]
        assert len(events) <= _TAIL
        assert len(trees) == len(snapshot["documents"])

    return lambda: timed(parse)


def killed(folder: Path, scale: Scale) -> list[Row]:
    """Load what a kill has left: as long a tail to replay as there can be, and a document that is behind."""
    left = folder / "left"
    with stores.building(folder / "store") as store:
        with store.campaigns.create("Killed", characters=stores.PARTY) as campaign:
            stores.play(campaign, scale.long_campaign - _TAIL)
        with store.campaigns.open(campaign.id) as campaign:  # closing has written a snapshot
            stores.play(campaign, _TAIL - 1)
            campaign.flush()
            stores.play(campaign, 1)
            shutil.copytree(folder / "store", left)

    def load() -> float:
        shutil.rmtree(folder / "copy", ignore_errors=True)
        shutil.copytree(left, folder / "copy")
        stores.sync()
        return open_and_close(folder / "copy", campaign.id)

    (taken,) = interleaved(scale.opens, load)
    return [plain(f"a load after a kill, {_TAIL} events to replay, p99", taken, 500)]


def memory(folder: Path, scale: Scale) -> list[Row]:
    campaign_id = stores.party_campaign(folder / "campaign")
    documents = stores.documents(folder / "campaign" / campaign_id)
    profiles = list((folder / "campaign" / "character_profiles").glob("pc.*.json"))
    assert len(documents) - 1 == len(profiles) == len(stores.PARTY)
    size, more = (sum(path.stat().st_size for path in paths) for paths in (documents, profiles))
    loaded, shown = _second(lambda: _heap(folder / "campaign", campaign_id))
    ids = stores.many_profiles(folder / "profiles", scale.profiles)
    full = _second(lambda: _heap_of_profiles(folder / "profiles", ids))
    return [
        plain("JSON: campaign of 4 characters", Spread.size(size), 36),
        plain("JSON: the same and its 4 profiles", Spread.size(size + more)),
        plain("heap: the same, all profiles loaded", Spread.size(loaded), 300),
        plain("heap: and all four enriched, held at once", Spread.size(shown)),
        plain(f"heap: a store of {len(ids):,} profiles, {CACHE_SIZE} of them held", Spread.size(full), 8_192),
    ]


def _second(look: Callable[[], Held]) -> Held:
    """Return what is found the second time, with the heap traced; the first time fills what a process fills once."""
    look()
    gc.collect()
    tracemalloc.start()
    try:
        return look()
    finally:
        tracemalloc.stop()


def _heap(folder: Path, campaign_id: str) -> list[int]:
    """Return the bytes that Python holds for an open campaign: with its characters and profiles, and shown, too."""
    store = SaveStore(folder)
    with store.campaigns.open(campaign_id) as campaign:
        loaded = [(who, store.profiles.get(who.character_id)) for who in campaign.party]
        held = [_traced()]
        shown = [campaign.enriched(who) for who in campaign.characters]
        held.append(_traced())
        assert len(loaded) == len(shown) == len(stores.PARTY)
    store.close()
    return held


def _heap_of_profiles(folder: Path, ids: list[str]) -> int:
    """Return the bytes that Python holds for a store whose profiles were listed, and more read than are kept."""
    with SaveStore(folder) as store:
        assert len(store.profiles.list()) == len(ids)
        for character_id in ids[: CACHE_SIZE + 44]:
            store.profiles.get(character_id)
        return _traced()


def _traced() -> int:
    """Return the bytes that are traced; 0 where nothing is."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
