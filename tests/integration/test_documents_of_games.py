"""A game's own documents: plain objects or the game's models, in the same commits as everything else."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from gamesaves import Campaign, SaveStore
from gamesaves.disk import jsontext
from gamesaves.errors import InvalidDocument, InvalidValue, NotFound
from tests.integration.stores import KARA, document_of, edit, read


class Chest(BaseModel):
    gold: int = 0
    open: bool = False


class Level(BaseModel):
    doors: dict[str, Literal["open", "shut"]] = Field(default_factory=dict)
    chests: list[Chest] = Field(default_factory=list)
    found_at: datetime | None = None


class Versioned(BaseModel):
    schema_version: int = 3
    name: str = "nobody"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    n: int = 0


class Aliased(BaseModel):
    door_list: list[str] = Field(default_factory=list, alias="doorList")


class Needy(BaseModel):
    needed: int


@pytest.fixture
def campaign(store: SaveStore) -> Any:
    with store.campaigns.create("Documents", characters=["kara_stormwind"]) as campaign:
        yield campaign


def anew(store: SaveStore, campaign: Campaign) -> Campaign:
    return store.campaigns.open(campaign.id, read_only=True)


def test_a_game_without_characters_uses_turns_and_documents_alone(store: SaveStore) -> None:
    with store.campaigns.create("Chess") as chess:
        for number, move in enumerate(["e4", "e5"], start=1):
            with chess.turn(move) as turn:
                turn.document("board")["moves"] = [*turn.document("board").get("moves", []), move]
            assert chess.data.total_turns == number
    with store.campaigns.open("Chess") as again:
        assert again.document("board") == {"moves": ["e4", "e5"], "schema_version": 1}
    assert store.profiles.list() == []


def test_a_models_document_is_made_from_its_defaults_and_comes_back_as_the_model(
    campaign: Campaign, store: SaveStore
) -> None:
    with campaign.turn() as turn:
        level = turn.document("map/level1", Level)
        level.doors["north"] = "open"
        level.chests.append(Chest(gold=5))
        level.found_at = datetime(2026, 1, 2, tzinfo=UTC)
    found = anew(store, campaign).document("map/level1", Level)
    assert found == Level(doors={"north": "open"}, chests=[Chest(gold=5)], found_at=datetime(2026, 1, 2, tzinfo=UTC))
    campaign.flush()
    tree = read(document_of(campaign, "documents/map/level1"))
    assert (tree["schema_version"], tree["chests"]) == (1, [{"gold": 5, "open": False}])
    assert campaign.document("map/level1")["doors"] == {"north": "open"}


def test_only_what_changed_is_in_the_history(campaign: Campaign) -> None:
    for gold in (5, 6):
        with campaign.turn() as turn:
            level = turn.document("map/level1", Level)
            level.chests = [Chest(gold=gold), Chest(gold=1)]
    assert campaign.head.changes == {"documents/map/level1": [{"op": "replace", "path": "/chests/0/gold", "value": 6}]}


def test_a_document_that_was_only_looked_at_is_not_written(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.document("map", Level).doors["north"] = "open"
        turn.document("plain")["x"] = 1
    campaign.flush()
    edit(document_of(campaign, "documents/map"), made_by="a modder")
    with campaign.turn() as turn:
        assert turn.document("map", Level).doors == {"north": "open"}
        assert turn.document("plain")["x"] == 1
    assert campaign.head.changes == {}
    assert campaign.document("map")["made_by"] == "a modder"


def test_keys_that_the_games_model_does_not_know_stay(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.put("map", {"schema_version": 7, "doors": {}, "lore": {"deep": [1.0, True]}})
    with campaign.turn() as turn:
        turn.document("map", Level).doors["north"] = "open"
    tree = anew(store, campaign).document("map")
    assert tree["doors"] == {"north": "open"}
    assert tree["lore"] == {"deep": [1.0, True]}
    assert tree["schema_version"] == 7, "it is the game's own"


def test_a_model_may_keep_its_own_version(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.document("who", Versioned).name = "Ana"
    campaign.flush()
    there = anew(store, campaign)
    assert there.document("who")["schema_version"] == 3
    assert there.document("who", Versioned) == Versioned(name="Ana")
    assert there.read_only is not None
    assert there.problems == [], "any version of a game's own document is understood"


def test_a_model_that_forbids_other_keys_can_be_used(campaign: Campaign) -> None:
    for number in (1, 2):
        with campaign.turn() as turn:
            turn.document("strict", Strict).n += 1
        assert campaign.document("strict", Strict).n == number


def test_a_model_with_other_names_in_the_file_is_read_as_it_was_written(campaign: Campaign, store: SaveStore) -> None:
    for door in ("north", "south"):
        with campaign.turn() as turn:
            turn.document("map", Aliased).door_list.append(door)
    assert anew(store, campaign).document("map", Aliased).door_list == ["north", "south"]
    assert campaign.document("map") == {"doorList": ["north", "south"], "schema_version": 1}


def test_what_does_not_fit_the_model_is_refused_with_its_place_in_it(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.put("map", {"chests": [{"gold": "much"}]})
    with pytest.raises(InvalidDocument, match=r"documents/map: chests\.0\.gold"), campaign.turn() as turn:
        turn.document("map", Level)
    with pytest.raises(InvalidDocument, match=r"documents/map: chests\.0\.gold"):
        campaign.document("map", Level)
    with pytest.raises(InvalidDocument, match="needed"), campaign.turn() as turn:
        turn.document("new", Needy)


def test_a_value_that_no_longer_fits_the_model_is_refused_at_the_commit(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.document("map", Level).doors["north"] = "open"
    with pytest.raises(InvalidDocument, match=r"doors\.north"), campaign.turn() as turn:
        turn.document("map", Level).doors["north"] = "ajar"  # type: ignore[assignment]
    assert campaign.document("map", Level).doors == {"north": "open"}


def test_a_document_is_put_whole_whatever_it_was(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.put("a", {"x": 1})
        turn.put("b", Level(doors={"north": "shut"}))
        turn.put("c", Needy(needed=1))
    with campaign.turn() as turn:
        turn.put("a", Level())
        turn.put("b", {"y": [1, 2, 3]})
        assert turn.document("b") == {"y": [1, 2, 3]}
    there = anew(store, campaign)
    assert there.document("a") == {"doors": {}, "chests": [], "found_at": None, "schema_version": 1}
    assert there.document("b") == {"y": [1, 2, 3], "schema_version": 1}
    assert there.document("c", Needy).needed == 1


def test_a_document_can_be_removed_and_made_again(campaign: Campaign, store: SaveStore) -> None:
    with campaign.turn() as turn:
        turn.document("map")["x"] = 1
    campaign.flush()
    assert document_of(campaign, "documents/map").is_file()
    with campaign.turn() as turn:
        turn.remove("map")
    campaign.flush()
    assert not document_of(campaign, "documents/map").exists()
    for gone in (campaign, anew(store, campaign)):
        with pytest.raises(NotFound):
            gone.document("map")
    with pytest.raises(NotFound), campaign.turn() as turn:
        turn.remove("map")
    with campaign.turn() as turn:
        turn.document("map")["y"] = 2
    assert anew(store, campaign).document("map") == {"y": 2, "schema_version": 1}


def test_a_document_removed_and_asked_for_in_one_turn_begins_anew(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.document("map")["x"] = 1
    with campaign.turn() as turn:
        turn.remove("map")
        turn.document("map")["y"] = 2
        turn.put("level", {"x": 1})
        turn.remove("level")
    assert campaign.document("map") == {"y": 2, "schema_version": 1}
    with pytest.raises(NotFound):
        campaign.document("level")


def test_one_document_has_one_shape_within_a_turn(campaign: Campaign) -> None:
    with campaign.turn() as turn:
        turn.document("map")["x"] = 1
        with pytest.raises(InvalidValue, match="something else"):
            turn.document("map", Level)
    with campaign.turn() as turn:
        turn.document("map", Level)
        with pytest.raises(InvalidValue, match="something else"):
            turn.document("map", Strict)


@pytest.mark.parametrize(
    "path", ["", "/", "a/", "/a", "../x", "a/../b", "A", "a b", "a.b", "a\\b", "ä", "a\n", "x" * 300, "a/" + "y" * 200]
)
def test_a_path_that_is_not_made_of_ids_is_refused(campaign: Campaign, path: str) -> None:
    with campaign.turn() as turn:
        with pytest.raises(InvalidValue):
            turn.document(path)
        with pytest.raises(InvalidValue):
            turn.put(path, {})
        with pytest.raises(InvalidValue):
            turn.remove(path)
    with pytest.raises(InvalidValue):
        campaign.document(path)
    assert not (campaign.folder / "documents").exists()


@pytest.mark.parametrize("path", ["con", "map/aux", "nul/x", "monster:slime_1", "a/b/c/d/e", "map", "map/level1"])
def test_any_path_of_ids_comes_back(campaign: Campaign, store: SaveStore, path: str) -> None:
    with campaign.turn() as turn:
        turn.put(path, {"path": path})
        turn.put("map", {"path": "map"} if path != "map" else {"path": path})
    campaign.close()
    names = [one.name for one in (campaign.folder / "documents").rglob("*")]
    assert not {name.partition(".")[0] for name in names} & {"con", "aux", "nul"}
    assert not any(":" in name for name in names)
    with store.campaigns.open(campaign.id) as again:
        assert again.problems == []
        assert again.document(path)["path"] == path


def test_a_character_and_a_games_document_change_together_or_not_at_all(campaign: Campaign) -> None:
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(3)
    turn.document("map", Level).doors["north"] = "ajar"  # type: ignore[assignment]
    with pytest.raises(InvalidDocument):
        turn.commit()
    turn.discard()
    assert campaign.characters[KARA].hit_points_current == 26
    with pytest.raises(NotFound):
        campaign.document("map")


def test_values_keep_their_types(campaign: Campaign, store: SaveStore) -> None:
    values: dict[str, Any] = {
        "true": True,
        "one": 1,
        "float": 1.0,
        "tiny": 5e-324,
        "big": 2**63 - 1,
        "small": -(2**63),
        "null": None,
        "text": "a \u2028 b \x7f 「雨」 🎲",
        "empty": [{}, [], ""],
    }
    with campaign.turn() as turn:
        turn.put("values", values)
    campaign.close()
    with store.campaigns.open(campaign.id) as again:
        found = again.document("values")
        assert {key: (type(found[key]), found[key]) for key in values} == {
            key: (type(value), value) for key, value in values.items()
        }
        for key, value in (("true", 1), ("one", 1.0), ("float", True)):
            with again.turn() as turn:
                turn.document("values")[key] = value
            assert again.head.changes.keys() == {"documents/values"}
        assert type(again.document("values")["float"]) is bool


def test_what_could_not_be_read_again_for_its_size_is_refused(
    store: SaveStore, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsontext, "MAX_BYTES", 60_000)
    with campaign.turn() as turn:
        turn.document("map")["rows"] = ["x" * 100] * 300
    before = campaign.head
    with pytest.raises(InvalidDocument, match="documents/map") as refused, campaign.turn() as turn:
        turn.document("map")["rows"] = ["x" * 100] * 600
    assert "60,000 are the most" in refused.value.message
    assert refused.value.hint is not None
    assert campaign.head == before
    with pytest.raises(InvalidDocument, match="60,000 are the most"):
        store.campaigns.create("Too much", description="x" * 70_000)
    with store.campaigns.create("Enough", description="x" * 50_000) as enough:
        assert enough.seq == 1
    assert {one.title for one in store.campaigns.list()} == {"Documents", "Enough"}


def test_a_document_grows_by_small_steps_to_the_limit_and_not_beyond(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsontext, "MAX_BYTES", 60_000)

    def grow() -> None:
        for number in range(100):
            with campaign.turn() as turn:
                # Each takes a line of its own in the file, which is much more than it takes in the log.
                turn.document("map")[f"level{number}"] = [[[[1] * 60]]]

    with pytest.raises(InvalidDocument, match="60,000 are the most"):
        grow()
    campaign.flush()
    size = document_of(campaign, "documents/map").stat().st_size
    assert 57_000 < size <= 60_000
    with campaign.turn() as turn:
        del turn.document("map")["level0"]
    with campaign.turn() as turn:
        turn.document("map")["again"] = [[[[1] * 60]]]
    campaign.flush()
    assert document_of(campaign, "documents/map").stat().st_size <= 60_000
