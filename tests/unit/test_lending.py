"""Copies of a document that share with their lender what nobody has asked for: nobody can change another's."""

import copy
import pickle
from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from gamesaves.documents import CampaignData, CharacterInfo, RunData, SceneInfo, Session, lending
from gamesaves.documents.base import Document
from gamesaves.documents.lending import Lender

_AT = "2026-03-01T12:00:00Z"
TREES: dict[type[Document], dict[str, Any]] = {
    CharacterInfo: {
        "character_id": "pc:kara",
        "name": "Kara",
        "skills": {"climbing": 2, "crafts": ["rope", {"of": "hemp"}]},
        "inventory": {"torch": {"name": "Torch", "properties": {"light": [1, 2]}, "lit": {"since": [3]}}},
        "memories": [{"at": _AT, "text": "The bridge.", "data": {"who": ["Theron"]}}],
        "dialog_history": [{"speaker": "Kara", "said": ["hello"]}],
        "last_interaction": _AT,
        "mood": {"joy": [1]},
    },
    CampaignData: {
        "campaign_id": "the_road",
        "created_at": _AT,
        "npcs": {"ina": {"npc_id": "ina", "name": "Ina", "debts": [3]}},
        "narratives": [{"id": "1", "text": "It began.", "at": _AT}],
        "flags": {"bridge": {"open": [True]}},
    },
    Session: {
        "session_id": "session_001",
        "campaign_id": "the_road",
        "started_at": _AT,
        "active_characters": [{"character_id": "pc:kara", "notes": ["limps"]}],
        "active_scene": {"scene_id": "bridge", "environment_state": {"lighting": "dim"}},
    },
    SceneInfo: {"scene_id": "bridge", "character_ids": ["pc:kara"], "environment_state": {"smells": ["rain"]}},
    RunData: {
        "run_id": "kara_1",
        "character_id": "pc:kara",
        "campaign_id": "the_road",
        "started_at": _AT,
        "sessions": ["session_001"],
    },
}


def _names(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else ""


def _lender(kind: type[Document], tree: dict[str, Any]) -> Lender[Document]:
    return Lender(kind.model_validate(tree), tree)


def _spoil(value: Any) -> None:
    """Change everything that can be changed in place."""
    if isinstance(value, dict):
        for one in value.values():
            _spoil(one)
        value["spoilt"] = True
    elif isinstance(value, list):
        for one in value:
            _spoil(one)
        value.append("spoilt")
    elif isinstance(value, BaseModel):
        for name in (*type(value).model_fields, *(value.model_extra or {})):
            _spoil(getattr(value, name))
        value.spoilt = True  # type: ignore[attr-defined]
    else:
        assert isinstance(value, str | int | float | bool | datetime | None)


@pytest.mark.parametrize(("kind", "tree"), TREES.items(), ids=_names)
def test_whatever_is_done_to_a_copy_the_lender_and_other_copies_stay_as_they_are(
    kind: type[Document], tree: dict[str, Any]
) -> None:
    lender = _lender(kind, copy.deepcopy(tree))
    one, other, shallow = lending.lend(lender), lending.lend(lender), lending.lend(lender).model_copy()
    _spoil(one)
    whole = kind.model_validate(copy.deepcopy(tree))
    assert lender.tree == tree
    assert one != whole
    for untouched in (lender.model, other, shallow, lending.lend(lender)):
        assert untouched.model_dump() == whole.model_dump()
    _spoil(other)
    assert other == one
    _spoil(shallow)
    assert shallow == one


@pytest.mark.parametrize(("kind", "tree"), TREES.items(), ids=_names)
def test_a_copy_is_what_reading_the_document_gives(kind: type[Document], tree: dict[str, Any]) -> None:
    lender, whole = _lender(kind, tree), kind.model_validate(tree)
    assert lending.lend(lender) == whole
    assert whole == lending.lend(lender)
    assert repr(lending.lend(lender)) == repr(whole)
    assert lending.lend(lender).model_dump_json() == whole.model_dump_json()
    assert dict(lending.lend(lender)) == dict(whole)
    assert {name: getattr(lending.lend(lender), name) for name in kind.model_fields} == {
        name: getattr(whole, name) for name in kind.model_fields
    }


@pytest.mark.parametrize(("kind", "tree"), TREES.items(), ids=_names)
def test_copies_of_a_copy_are_their_own(kind: type[Document], tree: dict[str, Any]) -> None:
    lender = _lender(kind, tree)
    lent = lending.lend(lender)
    deep, pickled = copy.deepcopy(lent), pickle.loads(pickle.dumps(lent))
    assert deep == pickled == lent
    assert lending.lender_of(deep) is None
    _spoil(deep)
    _spoil(pickled)
    assert lent == kind.model_validate(tree) == lender.model


@pytest.mark.parametrize(("kind", "tree"), TREES.items(), ids=_names)
@pytest.mark.parametrize("mode", ["json", "python"])
def test_what_is_dumped_of_a_copy_is_nobody_elses(kind: type[Document], tree: dict[str, Any], mode: str) -> None:
    lender = _lender(kind, tree)
    lent = lending.lend(lender)
    _spoil(lent.model_dump(mode=mode))
    assert lent == lender.model == kind.model_validate(tree)


def test_who_walks_through_a_copy_gets_its_own_values() -> None:
    lender = _lender(SceneInfo, TREES[SceneInfo])
    for _, value in lending.lend(lender):
        if isinstance(value, list):
            value.append("spoilt")
    assert lending.lend(lender) == SceneInfo.model_validate(TREES[SceneInfo])


def test_only_what_was_asked_for_or_assigned_is_no_longer_the_lenders() -> None:
    lender = _lender(CharacterInfo, TREES[CharacterInfo])
    lent = lending.lend(lender)
    assert isinstance(lent, CharacterInfo)
    assert lending.touched(lent, lender) == {"mood"}, "a key of the game's own holds what can be changed"
    assert lent.name == "Kara"
    lent.level = 2
    lent.inventory["torch"].quantity = 3
    assert lending.touched(lent, lender) == {"mood", "level", "inventory"}
    del lent.mood  # type: ignore[attr-defined]
    lent.luck = 7
    assert lending.touched(lent, lender) == {"mood", "level", "inventory", "luck"}


def test_a_number_of_another_type_is_no_longer_the_lenders() -> None:
    lender = _lender(Session, {**TREES[Session], "playtime_seconds": 3})
    lent = lending.lend(lender)
    assert isinstance(lent, Session)
    lent.playtime_seconds = 3.0
    assert lending.touched(lent, lender) == {"playtime_seconds"}


def test_a_lender_follows_its_document() -> None:
    kind, tree = CharacterInfo, TREES[CharacterInfo]
    lender = _lender(kind, tree)
    later = {**tree, "skills": {"climbing": 3}, "last_interaction": "2026-03-02T12:00:00Z", "mood": {"joy": [2]}}
    followed = lending.followed(lender, later)
    assert followed is not None
    assert followed.model == kind.model_validate(later)
    assert lending.lend(followed) == kind.model_validate(later)
    assert lender.model == kind.model_validate(tree)


def test_a_document_that_has_become_another_is_read_anew() -> None:
    kind, tree = CharacterInfo, TREES[CharacterInfo]
    assert lending.followed(_lender(kind, tree), {**tree, "luck": 1}) is None
    many = {f"key_{number}": number for number in range(20)}
    lender = _lender(kind, {**tree, **many})
    assert lending.followed(lender, {**tree, **dict.fromkeys(many, -1)}) is None


def test_a_document_that_does_not_fit_its_model_is_not_followed() -> None:
    kind, tree = CharacterInfo, TREES[CharacterInfo]
    with pytest.raises(ValidationError, match="level"):
        lending.followed(_lender(kind, {**tree, "level": 1}), {**tree, "level": "high"})


def test_a_field_can_be_asked_for_only_of_an_instance() -> None:
    with pytest.raises(AttributeError):
        _ = CharacterInfo.inventory
    kara = CharacterInfo.model_validate(TREES[CharacterInfo])
    del kara.__dict__["inventory"]
    with pytest.raises(AttributeError, match="inventory"):
        _ = kara.inventory
