"""Writing again what a person wrote: only what has changed becomes something else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gamesaves.rules import patch
from gamesaves.rules.rewriting import rewritten

DEFAULTS: dict[str, Any] = {"name": "", "level": 1, "kit": {"rope": 1, "lamp": None}}
VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.floats(0, 3) | st.text("ab", max_size=2)
KITS = st.dictionaries(st.sampled_from(["rope", "lamp", "own"]), VALUES, max_size=3)
TREES = st.fixed_dictionaries({}, optional={"own": VALUES, "level": VALUES, "kit": KITS, "name": VALUES})


def as_read(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree as a document has it: with every field, in an order of its own."""
    return {**DEFAULTS, **tree, "kit": {**DEFAULTS["kit"], **tree.get("kit", {})}}


def test_keys_keep_their_order_and_what_was_left_out_stays_out() -> None:
    written = {"own": 1, "level": 2, "name": "Kara"}
    before = as_read(written)
    after = {**before, "level": 3, "kit": {"rope": 2, "lamp": None}, "new": [1]}
    again = rewritten(written, before, after)
    assert list(again.items()) == [
        ("own", 1),
        ("level", 3),
        ("name", "Kara"),
        ("kit", {"rope": 2, "lamp": None}),
        ("new", [1]),
    ]
    assert rewritten(written, before, before) is written


def test_what_is_gone_goes_and_numbers_of_another_type_have_changed() -> None:
    assert rewritten({"own": 1, "level": 1}, {"own": 1, "level": 1}, {"level": 1.0}) == {"level": 1.0}
    assert type(rewritten({"level": 1}, {"level": 1}, {"level": 1.0})["level"]) is float


@given(TREES, TREES)
def test_what_is_written_reads_as_it_should(written: dict[str, Any], wanted: dict[str, Any]) -> None:
    before, after = as_read(written), as_read(wanted)
    again = rewritten(written, before, after)
    assert patch.same(as_read(again), after)
    kept = [key for key in written if key in again]
    assert [key for key in again if key in written] == kept
