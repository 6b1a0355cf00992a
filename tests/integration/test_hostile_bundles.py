"""Bundles that are not what they seem: each is refused with its reason, and nothing is written."""

import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk.manifests import Limits
from gamesaves.errors import BadBundle, InvalidDocument, NewerFormat
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.importing import Importing
from gamesaves.services.othercopies import events_of
from tests.integration.bundles import exported, manifest_of, told
from tests.integration.hostile import Case, Tampered, cases

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
            events_of(source, CampaignContract())
        assert not_compared.value.message == refused.value.message
    assert not root.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.zip"]


def test_a_limit_is_not_refused_where_it_is_only_reached(good: Path, root: Path) -> None:
    with SaveStore(root) as store:
        exactly = {"entries": len(manifest_of(good)["entries"]) + 1, "total": 1 << 20, "small": 1 << 20, "ratio": 1}
        assert {field.name for field in fields(Limits)} == exactly.keys()
        assert taken_in(store, good, exactly).done


def test_a_folder_of_more_files_than_are_taken_in_is_refused(good: Path, root: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(good, tmp_path / "unpacked")
    with SaveStore(root) as store, pytest.raises(BadBundle, match="more than 3 files"):
        taken_in(store, tmp_path / "unpacked", {"entries": 3})
    assert not root.exists()
