"""What loading a campaign costs, and what a loaded one takes."""

import gc
import shutil
import tracemalloc
from pathlib import Path

from gamesaves import Campaign, SaveStore
from scripts.benchmarks import stores
from scripts.benchmarks.measuring import Row, Scale, Spread, difference, interleaved, plain, timed

_TAIL = 99
"""Events without a snapshot; the next one would bring it."""


def _open_and_close(folder: Path, campaign_id: str) -> float:
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
    steps = [lambda one=one: _open_and_close(folder / "store", one) for one in ids]
    long, short = interleaved(scale.opens, *steps)
    sizes = f"{scale.long_campaign:,} turns · {scale.short_campaign:,} turns"
    return [difference(f"resume (open only): {sizes}", long, short, 2), plain("a load, p99", long, 500)]


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
        return _open_and_close(folder / "copy", campaign.id)

    (taken,) = interleaved(scale.opens, load)
    return [plain(f"a load after a kill, {_TAIL} events to replay, p99", taken, 500)]


def memory(folder: Path, _: Scale) -> list[Row]:
    campaign_id = stores.party_campaign(folder)
    documents = [path for path in (folder / campaign_id).rglob("*.json") if path.parent.name != "snapshots"]
    profiles = list((folder / "character_profiles").glob("pc.*.json"))
    assert len(documents) - 1 == len(profiles) == len(stores.PARTY)
    size, more = (sum(path.stat().st_size for path in paths) for paths in (documents, profiles))
    loaded, shown = _heap(folder, campaign_id)
    return [
        plain("JSON: campaign of 4 characters", Spread.size(size), 36),
        plain("JSON: the same and its 4 profiles", Spread.size(size + more)),
        plain("heap: the same, all profiles loaded", Spread.size(loaded), 300),
        plain("heap: and all four enriched, held at once", Spread.size(shown)),
    ]


def _heap(folder: Path, campaign_id: str) -> list[int]:
    """Return the bytes that Python holds for an open campaign: with its characters and profiles, and shown, too."""
    for counts in (False, True):  # the first time fills what a process fills once
        gc.collect()
        if counts:
            tracemalloc.start()
        store = SaveStore(folder)
        with store.campaigns.open(campaign_id) as campaign:
            loaded = [(who, store.profiles.get(who.character_id)) for who in campaign.party]
            held = [_traced()]
            shown = [campaign.enriched(who) for who in campaign.characters]
            held.append(_traced())
            assert len(loaded) == len(shown) == len(stores.PARTY)
        store.close()
        tracemalloc.stop()
    return held


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
