"""How two histories hang together."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.rules.histories import Parents, ancestors, relation, way

LINE: Parents = {"a": (), "b": ("a",), "c": ("b",), "d": ("b",), "m": ("c", "d"), "e": ("m",), "x": ()}


@st.composite
def graphs(draw: st.DrawFn) -> Parents:
    parents: dict[str, tuple[str, ...]] = {"0": ()}
    for number in range(1, draw(st.integers(1, 14))):
        before = draw(st.lists(st.sampled_from(sorted(parents)), min_size=1, max_size=2, unique=True))
        parents[str(number)] = tuple(sorted(before))
    return parents


@pytest.mark.parametrize(
    ("one", "other", "kind", "bases"),
    [
        ("c", "c", "identical", ("c",)),
        ("c", "b", "ahead", ("b",)),
        ("b", "m", "behind", ("b",)),
        ("c", "d", "diverged", ("b",)),
        ("d", "e", "behind", ("d",)),
        ("a", "x", "unrelated", ()),
    ],
)
def test_copies_stand_to_each_other(one: str, other: str, kind: str, bases: tuple[str, ...]) -> None:
    found = relation(LINE, one, other)
    assert (found.kind, found.bases) == (kind, bases)


def test_copies_that_were_joined_crosswise_have_parted_twice() -> None:
    crossed = {**LINE, "n": ("c", "d"), "f": ("n",)}
    assert relation(crossed, "e", "f").bases == ("c", "d")


def test_the_way_leads_over_a_merge() -> None:
    assert way(LINE, "d", "e") == ["m", "e"]
    assert way(LINE, "a", "d") == ["b", "d"]
    assert way(LINE, "a", "a") == []
    with pytest.raises(ValueError, match="does not stand on"):
        way(LINE, "c", "d")


@given(graphs(), st.data())
def test_both_sides_see_the_same(parents: Parents, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(sorted(parents))) for _ in range(2))
    here, there = relation(parents, one, other), relation(parents, other, one)
    swapped = {"ahead": "behind", "behind": "ahead"}
    assert there.kind == swapped.get(here.kind, here.kind)
    assert (here.ahead, here.behind, here.bases) == (there.behind, there.ahead, there.bases)
    assert here.ahead == ancestors(parents, one) - ancestors(parents, other)
    for base in here.bases:
        assert base in ancestors(parents, one) & ancestors(parents, other)
    if here.kind in ("behind", "identical"):
        steps = [one, *way(parents, one, other)]
        assert steps[-1] == other
        assert all(before in parents[after] for before, after in pairwise(steps))
