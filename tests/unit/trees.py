"""JSON trees for property tests."""

from hypothesis import strategies as st

from gamesaves.rules.patch import Json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.sampled_from(["a", "b", "c", "~", "/", "~1", "", "0", "-", "ä"]) | texts
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.sampled_from([0, 1, 1.0, 0.0, "", "1"]) | numbers | texts
values: st.SearchStrategy[Json] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
trees = st.dictionaries(keys, values, max_size=4)
