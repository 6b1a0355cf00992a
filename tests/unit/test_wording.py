"""What is wrong with a value, in words that need no knowledge of pydantic; and keys that may be misspelt."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from gamesaves.documents import CampaignData, CharacterInfo, CharacterPreset, CharacterProfile, ClassPreset, Session
from gamesaves.documents.keys import field_at, least_of, misspelt, near
from gamesaves.services.validation import faults_of

NAMED = {"name": "Kara"}


def told(model: type[BaseModel], tree: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(tree)
    faults = faults_of(caught.value, model, tree)
    return [("/".join(map(str, fault.where)), fault.message, fault.hint) for fault in faults]


@pytest.mark.parametrize(
    ("field", "value", "message", "hint"),
    [
        ("level", "three", 'must be at least 1, not "three"', "Write a whole number, without quotes."),
        ("level", "3", 'must be a whole number, not "3"', "Take the quotes away: 3"),
        ("level", 0, "must be at least 1, not 0", None),
        ("level", 1.5, "must be a whole number, not 1.5", None),
        ("level", True, "must be a whole number, not true", None),
        ("level", None, "must be a whole number, not null", None),
        ("strength", "strong", 'must be a whole number, not "strong"', "Write a whole number, without quotes."),
        ("strength", 2**63, "must be at most 9223372036854775807, not 9223372036854775808", None),
        ("race", 3, "must be a text, in double quotes, not 3", None),
        ("inventory", [], "must be an object, in braces { }, not []", None),
        ("flaws", {}, "must be a list, in brackets [ ], not {}", None),
        ("id", "A B", "must be an id of small letters a to z, digits, - and _, like kara_smith or pc:kara_smith", None),
        ("id", "x" * 129, "must have 128 characters at most", None),
        ("skills", "x" * 60, 'must be an object, in braces { }, not "' + "x" * 36 + "…", None),
    ],
)
def test_a_value_that_does_not_fit_is_explained(field: str, value: Any, message: str, hint: str | None) -> None:
    ((where, said, help_),) = told(CharacterPreset, {**NAMED, field: value})
    assert where == field
    assert said.startswith(message)
    assert help_ == hint


def test_a_value_that_may_be_of_several_types_is_told_of_once() -> None:
    sword = {"name": "Sword", "weight": "heavy"}
    assert told(CharacterPreset, {**NAMED, "inventory": {"sword": sword}}) == [
        ("inventory/sword/weight", 'must be a number, not "heavy"', "Write a number, without quotes.")
    ]
    assert told(CharacterPreset, {**NAMED, "inventory": {"sword": {**sword, "weight": -1}}}) == [
        ("inventory/sword/weight", "must be at least 0, not -1", None)
    ]


def test_choices_are_listed_and_the_nearest_is_offered() -> None:
    session = {"session_id": "s1", "campaign_id": "c1", "started_at": "2026-11-21T10:00:00Z"}
    ((_, message, hint),) = told(Session, {**session, "status": "pausd"})
    assert message == 'must be "active", "paused", "ended" or "archived", not "pausd"'
    assert hint == 'Did you mean "paused"?'
    assert told(Session, {**session, "status": 3})[0][2] is None
    assert (
        told(Session, {**session, "started_at": "noon"})[0][1] == 'must be a time like 2026-11-21T18:30:00Z, not "noon"'
    )


def test_what_is_missing_is_named_with_what_stands_in_its_place() -> None:
    assert told(CharacterPreset, {"nmae": "Kara"}) == [
        ("name", "it is missing", "There is a key `nmae`: did you mean `name`?")
    ]
    assert told(CharacterPreset, {"x": 1}) == [("name", "it is missing", None)]


def test_a_key_is_told_of_itself() -> None:
    with pytest.raises(ValidationError) as caught:
        ClassPreset.model_validate(tree := {**NAMED, "abilities": {"first": {}}})
    (fault,) = faults_of(caught.value, ClassPreset, tree)
    assert (fault.where, fault.of_key) == (("abilities", "first"), True)


def test_a_games_own_model_is_explained_as_well() -> None:
    class Level(BaseModel):
        size: Literal["small"] = "small"
        doors: set[int] = set()
        guard: CharacterPreset | None = None

    tree = {"size": b"x", "doors": [1, b"y"], "guard": {"name": 3}}
    found = {where: message for where, message, _ in told(Level, tree)}
    assert found["size"] == "must be \"small\", not b'x'"
    assert found["guard/name"] == "must be a text, in double quotes, not 3"
    assert found["doors/1"].startswith("must be a whole number")


@pytest.mark.parametrize(
    ("model", "tree", "meant"),
    [
        (CharacterPreset, {"levle": 3}, {"levle": "level"}),
        (CharacterPreset, {"nmae": "x", "Hit Points Max": 3}, {"nmae": "name", "Hit Points Max": "hit_points_max"}),
        (CharacterPreset, {"level": 3, "levels": {}}, {}),
        (CharacterPreset, {"$schema": "x", "_level": "a comment", "speed": 30, "hp": 3}, {}),
        (CharacterPreset, {"inventory": {"x": {"quantty": 2}}}, {"inventory/x/quantty": "quantity"}),
        (CharacterPreset, {"skills": {"levle": 3}}, {}),
        (CharacterInfo, {"memories": [{"txt": "x", "tex": "y"}]}, {"memories/0/tex": "text", "memories/0/txt": "text"}),
        (
            ClassPreset,
            {"abilities": {"1": {"bite": {"descripton": "x"}}}},
            {"abilities/1/bite/descripton": "description"},
        ),
        (CharacterProfile, {"starting": {"wisdon": 3}}, {"starting/wisdon": "wisdom"}),
        (CharacterProfile, {"starting": 3, "inventory": [{"x": 1}]}, {}),
    ],
)
def test_keys_that_may_be_misspelt_are_found(
    model: type[BaseModel], tree: dict[str, Any], meant: dict[str, str]
) -> None:
    assert {"/".join(map(str, where)): word for where, word in misspelt(model, tree)} == meant


def test_the_field_at_a_place_is_found() -> None:
    assert least_of(CharacterPreset, ("level",)) == 1
    assert least_of(CharacterPreset, ("inventory", "sword", "quantity")) == 0
    assert least_of(CharacterPreset, ("name",)) is None
    assert least_of(CharacterPreset, ("nothing", "deeper")) is None
    description = field_at(CampaignData, ("npcs", "x", "name"))
    assert description is not None
    assert description.description == "What a player reads."
    assert near("xyz", ["level"]) is None
