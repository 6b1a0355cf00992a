"""Power cuts at every moment of what is done to a ledger and a store, and during the recovery from them."""

import functools
from pathlib import Path

import pytest

from tests.torture.counting import CUTS, SECOND_CUTS, packed
from tests.torture.plan import Task, ci

pytestmark = pytest.mark.torture
TASKS = ci()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_nothing_that_was_acknowledged_is_lost(
    task: Task, scratch: Path, record_property: "functools.partial[None]"
) -> None:
    tally = task.run(scratch)
    assert not tally.violations, "\n".join(tally.violations[:5])
    record_property(CUTS, packed(tally.cuts))
    record_property(SECOND_CUTS, packed(tally.second_cuts))
    record_property("tests of power cuts", len(TASKS))
