"""How documents of older versions are read: field by field, by name, and by where they lie."""

from typing import Any

import pytest

from gamesaves.documents import CharacterInfo, CharacterProfile, ItemInfo
from gamesaves.ids import is_id
from gamesaves.rules.adoption.naming import Cast, as_character_id, as_id
from gamesaves.rules.adoption.people import newest, split, uid_of
from gamesaves.rules.adoption.places import meant_by, sorted_out
from gamesaves.rules.adoption.salvage import alike, salvaged, unheld


@pytest.mark.parametrize(
    ("was", "read", "lost"),
    [
        ({"quantity": 2}, 2, False),
        ({"quantity": 2.0}, 2, False),
        ({"quantity": " 2 "}, 2, False),
        ({"quantity": -2}, 0, False),
        ({"quantity": "-2"}, 0, False),
        ({"quantity": 2.5}, 1, True),
        ({"quantity": "two"}, 1, True),
        ({"quantity": True}, 1, True),
        ({"quantity": 10**30}, 1, True),
        ({"quantity": None}, 1, True),
        ({"quantity": [2]}, 1, True),
    ],
)
def test_a_number_is_read_where_it_can_be(was: dict[str, Any], read: int, lost: bool) -> None:
    tree, mended = salvaged(ItemInfo, {"name": "Rope", **was}, {})
    assert tree["quantity"] == read
    assert any(one.lost for one in mended) is lost
    assert all(one.text.startswith("quantity: ") for one in mended)


def test_as_little_as_can_be_is_left_out() -> None:
    old = {
        "character_id": "pc:kara",
        "name": "Kara",
        "inventory": {"rope": {"quantity": "x"}, "lamp": 3, "coin": {"name": "Coin", "weight": "heavy"}},
        "status_effects": ["blessed", {"no": 1}, "poisoned", []],
        "memories": [{"text": "A fall", "at": "2024-01-01"}, {"text": "No time"}],
        "mood": {"wry": True},
    }
    tree, mended = salvaged(CharacterInfo, old, {})
    assert {key: one["name"] for key, one in tree["inventory"].items()} == {"rope": "rope", "coin": "Coin"}
    assert tree["status_effects"] == ["blessed", "poisoned"]
    assert [one["text"] for one in tree["memories"]] == ["A fall"]
    assert tree["mood"] == {"wry": True}
    assert {one.where for one in mended if one.lost} == {
        ("inventory", "rope", "quantity"), ("inventory", "lamp"), ("inventory", "coin", "weight"),
        ("status_effects", 1), ("status_effects", 3), ("memories", 1),
    }  # fmt: skip


def test_what_a_document_cannot_do_without_is_given() -> None:
    given = {"character_id": "pc:kara", "uid": "x", "name": "Kara"}
    tree, mended = salvaged(CharacterProfile, {"name": {}, "uid": "", "schema_version": "0.3"}, given)
    assert (tree["character_id"], tree["uid"], tree["name"], tree["schema_version"]) == ("pc:kara", "x", "Kara", 1)
    assert tree["original_schema_version"] == "0.3"
    assert {one.where for one in mended} == {("name",), ("uid",)}


def test_values_without_a_place_are_told_apart() -> None:
    source = {
        "a": {"b/c": 1, "d": [1, 2]},
        "at": "2024-01-01T10:00:00",
        "n": 26.0,
        "id": "Old",
        "none": None,
        "flag": True,
    }
    made = {"a": {"d": [1]}, "at": "2024-01-01T10:00:00Z", "n": 26, "original_id": "Old", "flag": 1}
    assert unheld(source, made) == {"/a/b~1c": 1, "/a/d/1": 2, "/flag": True}
    assert unheld(source, made, source) == {}
    assert not alike("yesterday", "today")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pc:kara", "pc:kara"),
        ("kara", "pc:kara"),
        ("Kara Smith", "pc:kara_smith"),
        ("PC:Kara", "pc:kara"),
        ("npc.old tom", "npc:old_tom"),
        (":kara", "pc:kara"),
    ],
)
def test_characters_get_ids_with_a_kind(name: str, expected: str) -> None:
    assert as_character_id(name) == expected


@pytest.mark.parametrize("name", ["", "\n", "\udcff", "谷", "a\x00b", "../..", "x" * 300, "y" * 127, "con", "1:2:3"])
def test_every_name_leads_to_an_id(name: str) -> None:
    assert is_id(as_id(name))
    assert is_id(as_character_id(name))


def test_references_find_whom_they_mean() -> None:
    cast = Cast()
    assert cast.learn("pc.kara_smith", {"character_id": "pc:kara_smith"}) == "pc:kara_smith"
    assert cast.learn("Old Tom", {"name": "Old Tom", "character_type": "npc"}) == "npc:old_tom"
    assert cast.learn("pc:kara_smith", {"id": "Kara Smith"}) == "pc:kara_smith"
    assert [cast(one) for one in ("Kara Smith", "kara_smith", "pc.kara_smith")] == ["pc:kara_smith"] * 3
    assert cast("old tom") == "npc:old_tom"
    assert cast("Nobody") == "pc:nobody"


def test_files_are_told_apart_by_where_they_lie() -> None:
    found = sorted_out(
        [
            "campaigns/a/campaign_data.json",
            "campaigns/a/characters/x.json",
            "campaigns/a/pictures/x.PNG",
            "campaigns/a/b/log.jsonl",
            "shared/Character_Profiles/k.json",
            "data/characters/k.json",
            "presets/characters/orc.json",
            "art/k.png",
            "universes/highmere/log.jsonl",
            "readme.md",
        ]
    )
    assert found.campaigns == {
        "campaigns/a": [
            "campaigns/a/campaign_data.json",
            "campaigns/a/characters/x.json",
            "campaigns/a/pictures/x.PNG",
        ],
        "campaigns/a/b": ["campaigns/a/b/log.jsonl"],
    }
    assert (found.profiles, found.characters) == (["shared/Character_Profiles/k.json"], ["data/characters/k.json"])
    assert found.pictures == ["art/k.png", "campaigns/a/pictures/x.PNG"]
    assert found.others == ["presets/characters/orc.json", "readme.md", "universes/highmere/log.jsonl"]
    assert not found.empty
    assert sorted_out(["a.txt"]).empty


def test_a_picture_is_meant_by_its_name_and_the_folders_it_lay_in() -> None:
    there = ["a/kara.png", "b/portraits/kara.png", "b/portraits/karas.png"]
    assert meant_by(r"C:\old\Portraits\KARA.png", there) == ["b/portraits/kara.png", "a/kara.png"]
    assert meant_by("kara.png", there)[0] == "a/kara.png"
    assert meant_by("gone.png", there) == meant_by("", there) == []


def test_the_newer_of_two_documents_stands() -> None:
    for older, newer in (
        ({"revision": 1, "x": 1, "y": 2}, {"revision": 2}),
        ({"last_interaction": "2024-01-01T12:00:00+02:00"}, {"last_interaction": "2024-01-01T11:00:00Z"}),
        ({"total_interactions": 3}, {"total_interactions": 4}),
        ({"name": "K"}, {"name": "K", "attire": "A cloak"}),
    ):
        assert (newest([older, newer]), newest([newer, older])) == (1, 0)
    assert newest([{"name": "A"}, {"name": "B"}]) == 0


def test_a_document_of_one_layer_is_taken_apart() -> None:
    parts = split(
        {"name": "Mira", "level": 4, "strength": 15, "hit_points_current": 9, "portrait_url": "/m", "luck": 2}
    )
    assert parts.identity == {"name": "Mira", "portrait_url": "/m", "base_level": 4, "starting": {"strength": 15}}
    assert parts.state == {"level": 4, "strength": 15, "hit_points_current": 9}
    assert parts.others == {"luck": 2}


def test_the_same_words_are_the_same_person() -> None:
    assert uid_of({"uid": "mine"}, "pc:a") == "mine"
    assert uid_of({"name": "A", "revision": 1}, "pc:a") == uid_of({"name": "A", "revision": 2}, "pc:a")
    assert uid_of({"name": "A"}, "pc:a") != uid_of({"name": "A", "attire": "x"}, "pc:a")
