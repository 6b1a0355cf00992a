"""Bundles with bytes changed: each is refused and nothing is written, or what comes in is whole.

GAMESAVES_FUZZ multiplies the number of mutations.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.disk.chain import Chain
from gamesaves.errors import SavesError
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.importing import ImportPlan
from tests.integration.bundles import exported, plain, told
from tests.integration.hostile import Tampered
from tests.integration.stores import Clock
from tests.torture.breaking import Unflushed
from tests.torture.fuzzed import tries

pytestmark = pytest.mark.torture

LOOKED_AT = 100
"""Of the bundles that are taken in though bytes of theirs are changed, so many are looked at: it takes long."""


@pytest.fixture(autouse=True)
def unflushed() -> Iterator[None]:
    with files.using(Unflushed()):
        yield


def spoil(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at] = chance.randrange(256)
        case 2:
            del data[at : at + chance.choice((1, 2, 30))]
        case _:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 2, 30))))


def require_whole(store: SaveStore, done: ImportPlan) -> None:
    reading = Chain(store.root / done.folder, CampaignContract()).read()
    assert reading.read_only is None
    assert reading.state.head is not None
    assert reading.state.head.hash == done.hash
    assert [one for one in store.check() if one.severity == "error"] == []


def test_a_spoilt_byte_is_refused_or_does_no_harm(scratch: Path) -> None:
    plain(scratch / "home")
    data = exported(scratch / "home", scratch / "good.zip", "Slot 1").read_bytes()
    chance = random.Random(20261121)
    spoilt = scratch / "spoilt.zip"
    store = SaveStore(scratch / "0", clock=Clock())
    refused = accepted = 0
    for number in tries(10_000):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 8))):
            spoil(changed, chance)
        spoilt.write_bytes(changed)
        try:
            done = store.import_(spoilt)
        except SavesError:
            refused += 1
            assert not store.root.exists()
            continue
        accepted += 1
        if accepted <= LOOKED_AT:
            require_whole(store, done)
        store.close()
        store = SaveStore(scratch / str(number), clock=Clock())
    store.close()
    assert accepted > LOOKED_AT
    assert refused > accepted


def test_a_spoilt_entry_that_the_manifest_vouches_for_is_refused_or_does_no_harm(scratch: Path) -> None:
    told(scratch / "home")
    good = exported(scratch / "home", scratch / "good.zip")
    chance = random.Random(20261122)
    accepted = 0
    for number in tries(300):
        tampered = Tampered(good)
        path = chance.choice(list(tampered.entries))
        data = bytearray(tampered.entries[path])
        spoil(data, chance)
        tampered.entries[path] = bytes(data)
        source = tampered.build({}, scratch / "spoilt.zip")
        with SaveStore(scratch / f"b{number}", clock=Clock()) as store:
            try:
                done = store.import_(source)
            except SavesError:
                assert not store.root.exists()
                continue
            accepted += 1
            with store.campaigns.open(done.folder) as campaign:
                assert campaign.read_only is None
                assert campaign.messages
                assert all(campaign.enriched(one) for one in campaign.characters)
            assert Chain(store.root / done.folder, CampaignContract()).read().read_only is None
            store.export(done.folder, scratch / f"again{number}.zip")
    assert accepted > 20
