"""Whatever a game does to a copy of a document, the turn commits what it would of a copy that shares nothing."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import CampaignData, CharacterInfo, Session, lending
from gamesaves.documents.base import Document
from gamesaves.documents.lending import Lender
from gamesaves.errors import InvalidDocument
from gamesaves.services.gamedocuments import tree_of
from tests.unit.test_lending import TREES

_KEYS = {CharacterInfo: "characters/pc:kara", CampaignData: "campaign_data", Session: "sessions/session_001"}
_VALUES = st.sampled_from(
    [None, True, 0, 1, 1.0, -1, 60, "", "sword", [], [1], {}, {"a": [1]}, {"name": "Rope"}, "2026-03-01"]
)
_SEEDS = st.integers(0, 10_000)
_DEEDS = st.tuples(
    st.sampled_from(["assign", "inside", "inside", "forget", "look", "dump", "copy"]), _SEEDS, _SEEDS, _VALUES
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return the places inside a value that can be changed: what holds it, and under which name."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        names, inside = list(value), list(value.values())
    elif isinstance(value, list):
        names, inside = list(range(len(value))), value
    elif isinstance(value, BaseModel):
        names = [*type(value).model_fields, *(value.model_extra or {})]
        inside = [getattr(value, name) for name in names]
    else:
        return found
    for name, one in zip(names, inside, strict=True):
        found += [(value, name), *_places(one)]
    return found


def _do(document: Document, names: list[str], deed: tuple[str, int, int, Any]) -> Any:
    """Do something to one of these fields of a document; return what could be seen of it."""
    what, first, second, value = deed
    value = copy.deepcopy(value)
    name = names[first % len(names)]
    try:
        if what == "assign":
            setattr(document, name, value)
        elif what == "inside" and (places := _places(getattr(document, name, None))):
            holder, key = places[second % len(places)]
            setattr(holder, key, value) if isinstance(holder, BaseModel) else holder.__setitem__(key, value)
        elif what == "forget" and name in (document.model_extra or {}):
            delattr(document, name)
        elif what == "dump":
            return document.model_dump(warnings=False)
        elif what == "copy":
            for _, one in _places([document.model_copy(), copy.deepcopy(document)]):
                if isinstance(one, dict):  # pragma: no branch
                    one["spoilt"] = True
        else:
            return repr(getattr(document, name, None))
    except ValidationError as error:
        return [detail["loc"] for detail in error.errors()]
    return None


def _committed(key: str, document: Document, before: Tree) -> Any:
    try:
        return tree_of(key, document, before, {})
    except InvalidDocument as error:
        return error.message


@given(st.sampled_from(sorted(_KEYS, key=str)), st.lists(_DEEDS, max_size=8))
def test_a_copy_that_shares_is_committed_like_one_that_does_not(kind: Any, deeds: list[Any]) -> None:
    tree = kind.model_validate(TREES[kind]).model_dump(mode="json")
    untouched = copy.deepcopy(tree)
    lender = Lender(kind.model_validate(tree), tree)
    lent, other, whole = lending.lend(lender), lending.lend(lender), kind.model_validate(copy.deepcopy(tree))
    # What is there in the sample is worth changing more than all that is empty.
    names = [*TREES[kind], "luck"]
    for deed in deeds:
        assert _do(lent, names, deed) == _do(whole, names, deed)
    assert _committed(_KEYS[kind], lent, tree) == _committed(_KEYS[kind], whole, tree)
    assert tree == untouched
    assert _committed(_KEYS[kind], other, tree) is tree
    assert other == lender.model == kind.model_validate(untouched)
