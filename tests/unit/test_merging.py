"""What stands where both copies have changed a value."""

from typing import Any

import pytest

from gamesaves.rules import patch
from gamesaves.rules.merging import settle_for
from gamesaves.rules.patch import MISSING, Conflict

KARA = "characters/pc:kara"


def merged(document: str, base: Any, ours: Any, theirs: Any, *, counting: bool = True) -> tuple[Any, list[Conflict]]:
    return patch.merge(base, ours, theirs, settle=settle_for(document, counting=counting))


@pytest.mark.parametrize(
    ("field", "base", "ours", "theirs", "result"),
    [
        ("experience", 10, 15, 12, 17),
        ("interaction_count", 1, 3, 4, 6),
        ("interaction_count", 1, 3, 3, 5),
        ("completed_quests", ["a"], ["a", "b"], ["a", "b"], ["a", "b"]),
        ("status_effects", ["blessed"], ["blessed", "wet"], [], ["wet"]),
        ("completed_quests", [], ["a"], ["b", "a"], ["a", "b"]),
        ("memories", [{"text": "x"}], [{"text": "x"}, {"text": "y"}], [{"text": "x"}, {"text": "z"}], "xyz"),
        ("timeline_position", 5, 12, 10, 12),
        ("last_interaction", None, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"),
    ],
)
def test_some_fields_settle_themselves(field: str, base: Any, ours: Any, theirs: Any, result: Any) -> None:
    tree, conflicts = merged(KARA, {field: base}, {field: ours}, {field: theirs})
    assert conflicts == []
    found = tree[field]
    assert ("".join(one["text"] for one in found) if field == "memories" else found) == result


def test_what_both_have_counted_alike_is_counted_for_both() -> None:
    both = {"sessions": [1], "turn_count": 8, "playtime_seconds": 60}
    tree, conflicts = merged("sessions/one", {"sessions": [1], "turn_count": 5, "playtime_seconds": 0}, both, both)
    assert (tree, conflicts) == ({"sessions": [1], "turn_count": 11, "playtime_seconds": 120}, [])


def test_the_rest_is_for_a_person() -> None:
    tree, (conflict,) = merged(KARA, {"location": "inn"}, {"location": "mine"}, {"location": "tower"})
    assert tree == {"location": "mine"}
    assert conflict == Conflict(("location",), "inn", "mine", "tower")


def test_a_counter_is_not_counted_twice_where_they_parted_more_than_once() -> None:
    _, conflicts = merged(KARA, {"experience": 1}, {"experience": 2}, {"experience": 3}, counting=False)
    assert [one.path for one in conflicts] == [("experience",)]


@pytest.mark.parametrize("wrong", [True, "12", None, [1]])
def test_what_is_no_number_is_no_counter(wrong: Any) -> None:
    _, conflicts = merged(KARA, {"experience": 1}, {"experience": 2}, {"experience": wrong})
    assert len(conflicts) == 1


def test_a_games_own_document_has_no_rules() -> None:
    _, conflicts = merged("documents/map", {"experience": 1}, {"experience": 2}, {"experience": 3})
    assert len(conflicts) == 1


def test_saves_of_both_sides_stand_beside_each_other() -> None:
    base = {"slots": {"old": {"seq": 1}, "gone": {"seq": 1}, "quick_1": {"seq": 2}}}
    ours = {"slots": {"old": {"seq": 1}, "quick_1": {"seq": 5}, "mine": {"seq": 6}}}
    theirs = {"slots": {"old": {"seq": 3}, "gone": {"seq": 1}, "quick_1": {"seq": 4}}}
    tree, conflicts = merged("slots", base, ours, theirs)
    assert conflicts == []
    assert tree["slots"] == {
        "old": {"seq": 3},
        "quick_1": {"seq": 5},
        "quick_1_2": {"seq": 4},
        "mine": {"seq": 6},
    }


@pytest.mark.parametrize(
    ("tree", "path", "value", "result"),
    [
        ({"a": 1}, (), {"b": 2}, {"b": 2}),
        ({"a": 1}, ("a",), 2, {"a": 2}),
        ({"a": {"b": 1, "c": 2}}, ("a", "b"), MISSING, {"a": {"c": 2}}),
        ({}, ("a", "b"), 1, {"a": {"b": 1}}),
        ({"a": 1}, ("b",), MISSING, {"a": 1}),
    ],
)
def test_a_value_is_put_in_its_place(tree: Any, path: Any, value: Any, result: Any) -> None:
    before = repr(tree)
    assert patch.put(tree, path, value) == result
    assert repr(tree) == before
