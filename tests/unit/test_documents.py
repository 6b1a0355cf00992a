"""What a model keeps of what a person wrote, and what it refuses."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import gamesaves.documents
from gamesaves.documents import (
    CampaignData,
    CharacterInfo,
    CharacterPreset,
    CharacterProfile,
    ChatMessage,
    ClassPreset,
    Document,
    EnvironmentPreset,
    ItemInfo,
    Memory,
    Part,
    SceneInfo,
    Session,
    Slot,
    Slots,
    Starting,
    StoreInfo,
    VoicePreset,
)
from gamesaves.documents.appearance import TEXT_FIELDS, VISUAL_FIELDS, VOICE_FIELDS
from gamesaves.errors import TurnRequired

NOW = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
SMALLEST: dict[type[Part], dict[str, Any]] = {
    CampaignData: {"campaign_id": "campaign_lost_kingdom_k7qd", "created_at": "2026-11-21T10:00:00Z"},
    CharacterInfo: {"character_id": "pc:kara", "name": "Kara"},
    CharacterPreset: {"name": "Kara"},
    CharacterProfile: {"character_id": "pc:kara", "uid": "u1", "name": "Kara"},
    ChatMessage: {"id": "m1", "at": "2026-11-21T10:00:00Z", "speaker": "pc:kara", "text": "Run!"},
    ClassPreset: {"name": "Fighter"},
    EnvironmentPreset: {"name": "Day and night"},
    SceneInfo: {"scene_id": "scene_001"},
    Session: {"session_id": "session_001", "campaign_id": "campaign_x", "started_at": "2026-11-21T10:00:00Z"},
    Slot: {"name": "Before the bridge", "event": "0" * 32, "seq": 1, "saved_at": "2026-11-21T10:00:00Z"},
    Slots: {},
    StoreInfo: {"store_id": "s1", "created_at": "2026-11-21T10:00:00Z"},
    VoicePreset: {"name": "Ember"},
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def as_json(tree: Any) -> str:
    """The exact bytes' worth: `1`, `1.0` and `true` differ, and so does the order of keys."""
    return json.dumps(tree)


@pytest.mark.parametrize(("model", "tree"), SMALLEST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_document_round_trips(model: type[Part], tree: dict[str, Any]) -> None:
    once = model.model_validate(tree).model_dump(mode="json")
    assert as_json(model.model_validate(once).model_dump(mode="json")) == as_json(once)
    assert as_json(json.loads(model.model_validate(once).model_dump_json())) == as_json(once)


@pytest.mark.parametrize(("model", "tree"), SMALLEST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_unknown_keys_stay_behind_the_declared_ones_in_their_order(model: type[Part], tree: dict[str, Any]) -> None:
    mixed = {"zeta": 1, "$schema": "character.json", **tree, "alpha": {"b": 1.0, "a": None}}
    dumped = model.model_validate(mixed).model_dump(mode="json")
    assert list(dumped) == [*model.model_fields, "zeta", "$schema", "alpha"]
    assert as_json(dumped["alpha"]) == '{"b": 1.0, "a": null}'


@pytest.mark.parametrize("model", SMALLEST, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[Part]) -> None:
    undescribed = [name for name, field in model.model_fields.items() if not field.description]
    assert not undescribed
    assert model.model_json_schema()["properties"].keys() == model.model_fields.keys()


@given(extra=json_values, weight=st.integers(0, 1000) | st.floats(0, 1000))
def test_nested_parts_keep_what_they_do_not_know(extra: Any, weight: float) -> None:
    tree = {**SMALLEST[CharacterInfo], "inventory": {"rope": {"name": "Rope", "weight": weight, "knots": extra}}}
    item = CharacterInfo.model_validate(tree).model_dump(mode="json")["inventory"]["rope"]
    assert as_json(item["knots"]) == as_json(extra)
    assert as_json(item["weight"]) == as_json(weight)


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (CharacterInfo, {"hit_points_current": -1}),
        (CharacterInfo, {"hit_points_current": "12"}),
        (CharacterInfo, {"hit_points_current": True}),
        (CharacterInfo, {"hit_points_current": 2**63}),
        (CharacterInfo, {"hit_points_current": 3.0}),
        (CharacterInfo, {"level": 0}),
        (CharacterInfo, {"status": "petrified"}),
        (CharacterInfo, {"character_id": "PC:Kara"}),
        (CharacterInfo, {"character_id": "pc:../kara"}),
        (CharacterInfo, {"inventory": {"rope": {"name": "Rope", "weight": float("nan")}}}),
        (CharacterInfo, {"inventory": {"rope": {"name": "Rope", "weight": "5"}}}),
        (CharacterInfo, {"inventory": {"rope": {"name": "Rope", "equipped": "yes"}}}),
        (CharacterInfo, {"first_appearance": "0001-01-01T00:00:00+02:00"}),
        (CharacterProfile, {"uid": ""}),
        (CharacterProfile, {"previous": ["hash"] * 17}),
        (CharacterProfile, {"interactions": {"campaign_x": -1}}),
        (ClassPreset, {"abilities": {"one": {}}}),
        (ClassPreset, {"hit_die": 0}),
        (EnvironmentPreset, {"periods": {"noon": {}}}),
        (Session, {"status": "asleep"}),
        (Session, {"playtime_seconds": -1}),
        (Session, {"temporal_state": {"time_period": "noon"}}),
        (StoreInfo, {"kind": "something else"}),
    ],
)
def test_what_makes_no_sense_is_refused(model: type[Part], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({**SMALLEST[model], **wrong})


def test_words_a_game_colours_in_are_open() -> None:
    tree = {**SMALLEST[CharacterInfo], "character_type": "familiar", "race": "automaton", "status_effects": ["rusty"]}
    assert CharacterInfo.model_validate(tree).character_type == "familiar"
    assert ItemInfo(name="Cog", item_type="gizmo").item_type == "gizmo"


@pytest.mark.parametrize(
    "moment", ["2026-11-21T10:00:00.123456", "2026-11-21T10:00:00.123456Z", "2026-11-21T12:00:00.123456+02:00"]
)
def test_times_are_utc(moment: str) -> None:
    memory = Memory.model_validate({"at": moment, "text": "The bell rang."})
    assert memory.at == NOW
    assert memory.model_dump(mode="json")["at"] == "2026-11-21T10:00:00.123456Z"


def test_a_time_from_another_zone_is_turned_into_utc() -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert Memory(at=moment, text="").at.tzinfo is UTC


def test_a_profile_is_frozen() -> None:
    profile = CharacterProfile.model_validate(SMALLEST[CharacterProfile])
    with pytest.raises(ValidationError, match="frozen"):
        setattr(profile, "name", "Kara Smith")  # noqa: B010 - a type checker refuses the assignment, as it should


def test_a_sealed_document_refuses_assignment_and_an_open_one_checks_it() -> None:
    character = CharacterInfo.model_validate(SMALLEST[CharacterInfo])
    character.name = "Kara Smith"
    with pytest.raises(ValidationError):
        character.hit_points_current = -1
    character.seal()
    with pytest.raises(TurnRequired):
        character.name = "Somebody else"
    assert character.name == "Kara Smith"


def test_only_documents_carry_the_seal() -> None:
    assert "_sealed" in Document.__private_attributes__
    assert not ItemInfo.__private_attributes__


def test_defaults_are_not_shared() -> None:
    one, other = Starting(), Starting()
    one.skills["stealth"] = 3
    assert other.skills == {}


def test_looks_texts_and_voice_are_the_same_everywhere() -> None:
    assert (len(VISUAL_FIELDS), len(TEXT_FIELDS), len(VOICE_FIELDS)) == (11, 4, 3)
    for model in (CharacterProfile, CharacterInfo, CharacterPreset):
        held = {name: field.description for name, field in model.model_fields.items()}
        for name in (*VISUAL_FIELDS, *TEXT_FIELDS, *VOICE_FIELDS):
            assert held[name] == CharacterProfile.model_fields[name].description
        assert all(model.model_fields[name].default is None for name in (*VISUAL_FIELDS, *TEXT_FIELDS))


def test_who_it_is_stands_before_how_they_look() -> None:
    for model in (CharacterProfile, CharacterInfo):
        fields = list(model.model_fields)
        assert fields[0] == "schema_version"
        assert fields.index("name") < fields.index("gender") < fields.index("voice_id")


def test_the_package_loads_pydantic_only_when_it_is_needed() -> None:
    code = (
        "import sys, gamesaves.documents as d\n"
        "assert 'ItemInfo' in dir(d) and 'pydantic' not in sys.modules\n"
        "d.ItemInfo; assert 'pydantic' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_offers_what_it_lists() -> None:
    assert dir(gamesaves.documents) == sorted(gamesaves.documents.__all__)
    for name in gamesaves.documents.__all__:
        assert issubclass(getattr(gamesaves.documents, name), Part)
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = gamesaves.documents.Nonsense
