"""Bundles that are not what they seem: each is refused with its reason, and nothing is written."""

import random
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk.chain import Chain
from gamesaves.disk.manifests import Limits
from gamesaves.errors import BadBundle, InvalidDocument, NewerFormat, SavesError
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.importing import Importing
from gamesaves.services.othercopies import events_of
from tests.integration.bundles import exported, plain, told
from tests.integration.hostile import Case, Tampered, cases
from tests.integration.stores import Clock, Quick

CASES = list(cases())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    told(root / "saves")
    return exported(root / "saves", root / "good.zip")


def taken_in(store: SaveStore, source: Path, limits: dict[str, int]) -> Any:
    importing = Importing(store._context, store.campaigns, store.profiles, Limits(**limits))
    return importing.take_in(source, dry_run=False, as_copy=False)


def test_there_are_many_of_them() -> None:
    assert len(CASES) >= 200
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_the_bundle_they_are_made_from_is_good(good: Path, root: Path, tmp_path: Path) -> None:
    rebuilt = Tampered(good).build({}, tmp_path / "x.zip")
    with SaveStore(root) as store:
        assert store.import_(rebuilt).done


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_is_refused_and_nothing_is_written(case: Case, good: Path, root: Path, tmp_path: Path) -> None:
    tampered = Tampered(good)
    case = tampered.named(case)
    source = tampered.build(case, tmp_path / "hostile.zip")
    with SaveStore(root) as store:
        with pytest.raises((BadBundle, NewerFormat, InvalidDocument)) as refused:
            taken_in(store, source, case.get("limits", {}))
        assert case["reason"] in str(refused.value)
        if "entry" in case:
            assert repr(case["entry"]) in str(refused.value)
        assert refused.value.exit_code in (5, 13)
    if "limits" not in case:
        with pytest.raises(type(refused.value)) as not_compared:
            events_of(source)
        assert not_compared.value.message == refused.value.message
    assert not root.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.zip"]


def test_a_limit_is_not_refused_where_it_is_only_reached(good: Path, root: Path) -> None:
    with SaveStore(root) as store:
        plan = store.plan_import(good)
        exactly = {"entries": len(plan.steps) + 1, "total": 1 << 20, "small": 1 << 20, "ratio": 1}
        assert {field.name for field in fields(Limits)} == exactly.keys()
        assert taken_in(store, good, exactly).done


def test_a_folder_of_more_files_than_are_taken_in_is_refused(good: Path, root: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(good, tmp_path / "unpacked")
    with SaveStore(root) as store, pytest.raises(BadBundle, match="more than 3 files"):
        taken_in(store, tmp_path / "unpacked", {"entries": 3})
    assert not root.exists()


def test_a_spoilt_byte_is_refused_or_does_no_harm(tmp_path: Path, quick: Quick) -> None:
    plain(tmp_path / "home")
    source = exported(tmp_path / "home", tmp_path / "good.zip", "Slot 1")
    data = source.read_bytes()
    chance = random.Random(20261121)
    spoilt = tmp_path / "spoilt.zip"
    accepted = 0
    for number in range(3000):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 8))):
            _spoil(changed, chance)
        quick.calls.clear()
        spoilt.write_bytes(changed)
        with SaveStore(tmp_path / f"b{number}", clock=Clock()) as store:
            try:
                done = store.import_(spoilt)
            except SavesError:
                assert not store.root.exists()
                continue
            accepted += 1
            if accepted > 100:
                continue
            folder = store.root / done.folder
            reading = Chain(folder, CampaignContract()).read()
            assert reading.read_only is None
            assert reading.state.head is not None
            assert reading.state.head.hash == done.hash
            assert [one for one in store.check() if one.severity == "error"] == []
    assert 0 < accepted < 2000


def _spoil(data: bytearray, chance: random.Random) -> None:
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


def test_a_spoilt_entry_that_the_manifest_vouches_for_is_refused_or_does_no_harm(
    good: Path, tmp_path: Path, quick: Quick
) -> None:
    chance = random.Random(20261122)
    accepted = 0
    for number in range(300):
        tampered = Tampered(good)
        path = chance.choice(list(tampered.entries))
        data = bytearray(tampered.entries[path])
        _spoil(data, chance)
        tampered.entries[path] = bytes(data)
        source = tampered.build({}, tmp_path / "spoilt.zip")
        quick.calls.clear()
        with SaveStore(tmp_path / f"b{number}", clock=Clock()) as store:
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
            store.export(done.folder, tmp_path / f"again{number}.zip")
    assert accepted > 20
