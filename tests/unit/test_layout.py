"""The paths of a store."""

import os
import platform
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.disk.layout import Layout, document_key, document_path, host_name, is_document_key
from gamesaves.errors import OutsideStore
from gamesaves.ids import is_id
from tests.unit.test_ids import ids


def test_every_path_lies_in_the_store() -> None:
    places = Layout(Path("/store"), "laptop")
    assert places.store_file == Path("/store/store.json")
    assert places.readme == Path("/store/README.txt")
    assert places.profiles == Path("/store/character_profiles")
    assert places.images == Path("/store/images")
    assert places.presets == Path("/store/presets")
    assert places.universes == Path("/store/universes")
    assert places.universe("world") == Path("/store/universes/world")
    assert places.archive == Path("/store/archive")
    assert places.campaign("campaign_x_1") == Path("/store/campaign_x_1")
    assert places.staging == Path("/store/.saves/staging")
    assert places.lock("campaign_x_1") == Path("/store/.saves/locks/campaign_x_1.lock")


def test_what_is_derived_and_what_was_set_aside_lies_under_the_name_of_the_machine() -> None:
    places = Layout(Path("/store"), "laptop")
    assert places.heads == Path("/store/.saves/laptop/heads")
    assert places.index == Path("/store/.saves/laptop/index")
    assert places.recovered == Path("/store/.saves/laptop/recovered")
    assert Layout(Path("/store")).host == host_name()


@pytest.mark.parametrize(("node", "name"), [("Kara's PC", "kara_s_pc"), ("", "localhost"), ("?", "x_83553d0d")])
def test_the_name_of_the_machine_is_a_folder_name(monkeypatch: pytest.MonkeyPatch, node: str, name: str) -> None:
    monkeypatch.setattr(platform, "node", lambda: node)
    assert host_name() == name
    assert is_id(name)


@given(st.lists(ids, min_size=1, max_size=4))
def test_a_document_comes_back_from_its_path(steps: list[str]) -> None:
    key = "/".join(steps)
    path = document_path(key)
    assert is_document_key(key)
    assert document_key(path) == key
    assert ":" not in path


@pytest.mark.parametrize(
    "key", ["", "/", "a/", "/a", "a//b", "..", "../a", "a/../b", "a/.", "A", "a.json", "a\\b", "c:\\a"]
)
def test_a_key_that_is_not_made_of_ids_is_none(key: str) -> None:
    assert not is_document_key(key)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("campaign_data", "campaign_data.json"),
        ("characters/pc:kara", "characters/pc.kara.json"),
        ("documents/map/aux", "documents/map/aux_.json"),
        ("documents/con/npc:x", "documents/con_/npc.x.json"),
    ],
)
def test_documents_have_these_paths(key: str, path: str) -> None:
    assert document_path(key) == path
    assert document_key(path) == key


@pytest.mark.parametrize(
    "path",
    [
        *("data", "data.jsonl", "data.JSON", ".json", "Data.json"),
        *("a//b.json", "../a.json", "/a.json", "a/../b.json", "a/.json"),
        *("characters/pc.kara (1).json", "characters/pc.kara - Copy.json"),
        "a.sync-conflict-20261121-100000-AAAAAAA.json",
    ],
)
def test_a_path_that_is_no_documents_stands_for_none(path: str) -> None:
    assert document_key(path) is None


def test_a_path_with_a_literal_colon_stands_for_the_same_document() -> None:
    assert document_key("characters/pc:kara.json") == "characters/pc:kara"


def test_a_path_inside_the_store_is_fine_and_need_not_be_there(tmp_path: Path) -> None:
    places = Layout(tmp_path / "store", "h")
    places.root.mkdir()
    (places.root / "link").symlink_to("a")
    for path in (places.root, places.root / "a/b", places.root / "a/../b", places.root / "link/c"):
        assert places.require_inside(path) == path


@pytest.mark.parametrize("target", ["..", "../elsewhere", "../store2", "/etc"])
def test_a_path_that_leaves_the_store_is_refused(tmp_path: Path, target: str) -> None:
    places = Layout(tmp_path / "store", "h")
    places.root.mkdir()
    (places.root / "link").symlink_to(target)
    for path in (places.root / "link", places.root / "link/a.json", places.root / target):
        with pytest.raises(OutsideStore) as caught:
            places.require_inside(path)
        assert caught.value.path == str(path)
        assert str(os.path.realpath(path)) in caught.value.message


def test_a_store_that_is_itself_reached_by_a_link_holds_its_paths(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "store").symlink_to("real")
    places = Layout(tmp_path / "store", "h")
    for path in (tmp_path / "store/a.json", tmp_path / "real/a.json"):
        assert places.require_inside(path) == path
