"""Differences between JSON trees: found, applied, merged."""

import contextlib
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.rules.patch import (
    MISSING,
    Conflict,
    Json,
    JsonPath,
    Operation,
    PatchError,
    apply,
    diff,
    merge,
    pointer,
    same,
)
from tests.unit.trees import keys, trees, values


def as_text(tree: Json) -> str:
    """A second opinion on sameness: 1, 1.0 and true are written differently; the order of keys plays no part."""
    return json.dumps(tree, sort_keys=True)


def at(tree: Json, path: JsonPath) -> Json:
    for step in path:
        if not isinstance(tree, dict) or step not in tree:
            return MISSING
        tree = tree[step]
    return tree


# Sameness


@pytest.mark.parametrize(
    ("one", "other"), [(True, 1), (1, 1.0), (True, 1.0), (False, 0), (0, 0.0), ("1", 1), (None, 0)]
)
def test_values_that_python_takes_for_equal_are_kept_apart_by_type(one: Json, other: Json) -> None:
    for wrap in (lambda v: v, lambda v: [v], lambda v: {"a": v}, lambda v: {"a": [{"b": v}]}):
        assert not same(wrap(one), wrap(other))
        assert same(wrap(one), copy.deepcopy(wrap(one)))
        assert as_text(apply(wrap(one), diff(wrap(one), wrap(other)))) == as_text(wrap(other))


@pytest.mark.parametrize("text", ["1.5", "123456789012", '"a longer text"', "[1.5]", '{"a": [{"b": 1.5}]}'])
def test_values_that_are_equal_are_the_same_whoever_made_them(text: str) -> None:
    assert same(json.loads(text), json.loads(text))
    assert diff(json.loads(text), json.loads(text)) == []


@given(values, values)
def test_sameness_is_that_of_the_json_text(one: Json, other: Json) -> None:
    # Minus zero is the one number that is written in two ways.
    if "-0.0" not in as_text([one, other]):
        assert same(one, other) is (as_text(one) == as_text(other))
    assert same(one, copy.deepcopy(one))


def test_the_order_of_keys_makes_no_difference() -> None:
    one, other = {"a": 1, "b": {"c": [1], "d": 2}}, {"b": {"d": 2, "c": [1]}, "a": 1}
    assert same(one, other)
    assert diff(one, other) == []
    assert not same([one, 1], [other, 1.0])


# Differences


@given(trees, trees)
def test_the_difference_between_two_trees_leads_from_one_to_the_other(old: Json, new: Json) -> None:
    operations = diff(old, new)
    assert as_text(apply(old, operations)).replace("-0.0", "0.0") == as_text(new).replace("-0.0", "0.0")
    assert bool(operations) is not same(old, new)


@given(st.lists(st.sampled_from([0, 1, True, "a", {"x": 1}, {"x": 2}]), max_size=9), st.data())
def test_the_difference_between_lists_leads_from_one_to_the_other(old: Json, data: st.DataObject) -> None:
    new = list(old)
    for _ in range(data.draw(st.integers(0, 3))):
        index = data.draw(st.integers(0, len(new)))
        new[index : index + data.draw(st.integers(0, 2))] = data.draw(st.lists(st.sampled_from([1, "b"]), max_size=2))
    assert as_text(apply(old, diff(old, new))) == as_text(new)


@given(trees, trees)
def test_a_difference_survives_being_written_as_json(old: Json, new: Json) -> None:
    operations = json.loads(json.dumps(diff(old, new)))
    assert same(apply(old, operations), new)


def test_only_what_changed_is_in_a_difference() -> None:
    old = {"hp": 10, "name": "Kara", "bag": {"gold": 1, "~/": 2}}
    new = {"hp": 8, "name": "Kara", "bag": {"~/": 3}, "mood": "ok"}
    assert diff(old, new) == [
        {"op": "replace", "path": "/hp", "value": 8},
        {"op": "remove", "path": "/bag/gold"},
        {"op": "replace", "path": "/bag/~0~1", "value": 3},
        {"op": "add", "path": "/mood", "value": "ok"},
    ]


def test_what_is_added_to_the_end_of_a_list_is_one_operation() -> None:
    assert diff({"a": [1, 2]}, {"a": [1, 2, 3]}) == [{"op": "add", "path": "/a/-", "value": 3}]


def test_a_list_that_holds_the_newest_moves_on_by_two_operations() -> None:
    old = [{"n": n} for n in range(50)]
    assert diff(old, [*old[1:], {"n": 50}]) == [
        {"op": "remove", "path": "/0"},
        {"op": "add", "path": "/-", "value": {"n": 50}},
    ]


def test_what_is_put_into_the_middle_of_a_list_leaves_the_rest_alone() -> None:
    assert diff([1, 2, 3], [1, 9, 2, 3]) == [{"op": "add", "path": "/1", "value": 9}]
    assert diff([1, 9, 8, 2], [1, 2]) == [{"op": "remove", "path": "/1"}, {"op": "remove", "path": "/1"}]
    assert diff([{"a": 1}, 2], [{"a": 3}, 2]) == [{"op": "replace", "path": "/0/a", "value": 3}]


# Applying


@given(trees, trees)
def test_applying_changes_neither_the_tree_nor_the_patch(old: Json, new: Json) -> None:
    operations = diff(old, new)
    tree_before, patch_before = copy.deepcopy(old), copy.deepcopy(operations)
    result = apply(old, operations)
    apply(result, [{"op": "add", "path": f"{pointer((key,))}", "value": 0} for key in result])
    assert same(old, tree_before)
    assert same(operations, patch_before)


def test_a_value_that_a_patch_puts_in_and_goes_on_to_change_stays_as_it_was() -> None:
    value: Json = {"x": []}
    result = apply({}, [{"op": "add", "path": "/a", "value": value}, {"op": "add", "path": "/a/x/-", "value": 1}])
    assert result == {"a": {"x": [1]}}
    assert value == {"x": []}
    whole: Json = {"x": 1}
    result = apply(MISSING, [{"op": "add", "path": "", "value": whole}, {"op": "remove", "path": "/x"}])
    assert (result, whole) == ({}, {"x": 1})


def test_what_a_patch_does_not_touch_is_shared() -> None:
    tree = {"a": {"b": [1]}, "c": {"d": 2}}
    result = apply(tree, [{"op": "replace", "path": "/c/d", "value": 3}])
    assert result["a"] is tree["a"]
    assert result["c"] is not tree["c"]


@pytest.mark.parametrize(
    ("tree", "operation", "result"),
    [
        ({"a": 1}, {"op": "add", "path": "/a", "value": 2}, {"a": 2}),
        ({}, {"op": "add", "path": "/", "value": 2}, {"": 2}),
        ({}, {"op": "add", "path": "/-", "value": 2}, {"-": 2}),
        ({"~1": 1}, {"op": "remove", "path": "/~01"}, {}),
        ([1, 2], {"op": "add", "path": "/0", "value": 0}, [0, 1, 2]),
        ([1, 2], {"op": "add", "path": "/2", "value": 3}, [1, 2, 3]),
        ([1, 2], {"op": "add", "path": "/-", "value": 3}, [1, 2, 3]),
        ([1, 2], {"op": "replace", "path": "/1", "value": None}, [1, None]),
        ([1, 2], {"op": "remove", "path": "/0"}, [2]),
        ({"a": 1}, {"op": "replace", "path": "", "value": [1]}, [1]),
        (MISSING, {"op": "add", "path": "", "value": {}}, {}),
        ({"a": 1}, {"op": "remove", "path": ""}, MISSING),
    ],
)
def test_operations_do_what_rfc_6902_says(tree: Json, operation: Operation, result: Json) -> None:
    assert apply(tree, [operation]) == result


@pytest.mark.parametrize(
    ("tree", "operation"),
    [
        ({}, {"op": "replace", "path": "/a", "value": 1}),
        ({}, {"op": "remove", "path": "/a"}),
        ({}, {"op": "add", "path": "/a/b", "value": 1}),
        ({"a": 1}, {"op": "add", "path": "/a/b", "value": 1}),
        ({"a": None}, {"op": "remove", "path": "/a/b"}),
        ([1], {"op": "replace", "path": "/-", "value": 1}),
        ([1], {"op": "replace", "path": "/1", "value": 1}),
        ([1], {"op": "remove", "path": "/-1"}),
        ([1], {"op": "remove", "path": "/"}),
        ([1, 2], {"op": "remove", "path": "/01"}),
        ([1, 2], {"op": "remove", "path": "/+1"}),
        ([1, 2], {"op": "remove", "path": "/١"}),
        ([1], {"op": "add", "path": "/2", "value": 1}),
        ([1], {"op": "add", "path": "/" + "9" * 5000, "value": 1}),
        ([[1]], {"op": "add", "path": "/a/0", "value": 1}),
        ({}, {"op": "add", "path": "", "value": 1}),
        (MISSING, {"op": "remove", "path": ""}),
        (MISSING, {"op": "replace", "path": "", "value": 1}),
        (MISSING, {"op": "add", "path": "/a", "value": 1}),
        ({}, {"op": "move", "from": "/a", "path": "/b", "value": 1}),
        ({}, {"op": "add", "path": "a", "value": 1}),
        ({}, {"op": "add", "path": 5, "value": 1}),
        ({}, {"op": ["add"], "path": "/a", "value": 1}),
        ({}, {"op": "add", "path": "/a"}),
        ({}, {"path": "/a", "value": 1}),
        ({}, "add"),
        ({}, None),
    ],
)
def test_an_operation_that_does_not_fit_is_refused_and_changes_nothing(tree: Json, operation: Operation) -> None:
    before = copy.deepcopy(tree) if tree is not MISSING else MISSING
    with pytest.raises(PatchError):
        apply(tree, [operation])
    assert tree is before or same(tree, before)


_paths = st.lists(keys.map(lambda key: pointer((key,))), max_size=3).map("".join) | st.text("/~019-", max_size=5)
_operations = st.fixed_dictionaries(
    {}, optional={"op": st.sampled_from(["add", "remove", "replace", "test", 1]), "path": _paths, "value": values}
)


@given(trees, st.lists(_operations | values, max_size=4))
def test_whatever_stands_in_a_patch_is_applied_or_refused(tree: Json, operations: list[Json]) -> None:
    before = copy.deepcopy(tree)
    with contextlib.suppress(PatchError):
        apply(tree, operations)
    assert same(tree, before)


@given(st.lists(keys, max_size=4))
def test_a_pointer_leads_back_to_its_path(path: list[str]) -> None:
    tree: Json = 1
    for key in reversed(path):
        tree = {key: tree}
    replaced = apply(tree, [{"op": "replace", "path": pointer(tuple(path)), "value": 2}])
    assert at(replaced, tuple(path)) == 2


# Merging


@given(trees, trees)
def test_a_change_of_one_side_alone_stands(base: Json, changed: Json) -> None:
    for ours, theirs in ((changed, base), (base, changed), (changed, copy.deepcopy(changed))):
        merged, conflicts = merge(base, ours, theirs)
        assert same(merged, changed)
        assert conflicts == []


@given(trees, trees, trees)
def test_merging_does_not_depend_on_the_side_where_nothing_conflicts(base: Json, ours: Json, theirs: Json) -> None:
    here, mine = merge(base, ours, theirs)
    there, yours = merge(base, theirs, ours)
    assert {one.path for one in mine} == {one.path for one in yours}
    if not mine:
        assert same(here, there)


@given(trees, trees, trees)
def test_a_conflict_names_three_values_and_ours_stands(base: Json, ours: Json, theirs: Json) -> None:
    merged, conflicts = merge(base, ours, theirs)
    for one in conflicts:
        assert same(at(base, one.path), one.base)
        assert same(at(ours, one.path), one.ours)
        assert same(at(theirs, one.path), one.theirs)
        assert same(at(merged, one.path), one.ours)
        assert not same(one.ours, one.theirs)


@given(trees, trees, trees)
def test_merging_changes_none_of_the_three(base: Json, ours: Json, theirs: Json) -> None:
    before = copy.deepcopy([base, ours, theirs])
    merge(base, ours, theirs)
    assert same([base, ours, theirs], before)


def test_fields_that_different_sides_changed_go_together() -> None:
    base = {"hp": 10, "mood": "ok", "bag": {"gold": 1}}
    ours = {"hp": 8, "mood": "ok", "bag": {"gold": 1, "rope": 1}}
    theirs = {"hp": 10, "bag": {"gold": 5}}
    merged, conflicts = merge(base, ours, theirs)
    assert merged == {"hp": 8, "bag": {"gold": 5, "rope": 1}}
    assert conflicts == []


def test_lists_are_taken_whole() -> None:
    merged, conflicts = merge({"a": [1]}, {"a": [1, 2]}, {"a": [1, 3]})
    assert merged == {"a": [1, 2]}
    assert conflicts == [Conflict(("a",), [1], [1, 2], [1, 3])]


def test_types_are_kept_apart_in_a_merge_too() -> None:
    merged, conflicts = merge({"a": 1}, {"a": 1.0}, {"a": True})
    assert conflicts == [Conflict(("a",), 1, 1.0, True)]
    assert type(merged["a"]) is float


def test_what_one_side_removed_and_the_other_changed_is_a_conflict() -> None:
    merged, conflicts = merge({"a": 1, "b": 1}, {"b": 1}, {"a": 2})
    assert merged == {}
    assert conflicts == [Conflict(("a",), 1, MISSING, 2)]
    merged, conflicts = merge({"a": 1}, {"a": 2}, {})
    assert merged == {"a": 2}
    assert conflicts == [Conflict(("a",), 1, 2, MISSING)]


def test_a_whole_tree_can_be_missing() -> None:
    assert merge(MISSING, MISSING, {"a": 1}) == ({"a": 1}, [])
    assert merge({"a": 1}, MISSING, {"a": 1}) == (MISSING, [])
    merged, conflicts = merge({"a": 1}, MISSING, {"a": 2})
    assert merged is MISSING
    assert conflicts == [Conflict((), {"a": 1}, MISSING, {"a": 2})]
    assert merge(MISSING, {"a": 1, "b": 2}, {"a": 1, "c": 3}) == ({"a": 1, "b": 2, "c": 3}, [])
