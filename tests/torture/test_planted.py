"""Each planted bug is seen by the harness, or by the test that is there for it; one that is not is a hole in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.plan import task_of
from tests.torture.planted import BUGS
from tests.torture.planting import NAME, Bug, planted

pytestmark = pytest.mark.torture

ROOT = Path(__file__).parents[2]
BY_POWER_CUTS = [bug for bug in BUGS if "::" not in bug.seen_by]
BY_TESTS = [bug for bug in BUGS if "::" in bug.seen_by]
# A bug that stumbles over its own feet says nothing of the harness.
STUMBLING = ("NameError", "AttributeError", "TypeError", "UnboundLocalError", "ImportError")


@pytest.mark.parametrize("bug", BY_POWER_CUTS, ids=lambda bug: bug.name)
def test_power_cuts_show_a_planted_bug(bug: Bug, scratch: Path) -> None:
    with planted(bug):
        tally = task_of(bug.seen_by).run(scratch, enough=1)
    assert tally.violations, f"{tally.checks} states were looked at, and nothing was seen"
    assert not tally.violations[0].startswith(STUMBLING)


@pytest.mark.parametrize("bug", BY_TESTS, ids=lambda bug: bug.name)
def test_a_test_shows_a_planted_bug(bug: Bug) -> None:
    plain = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.torture.planting"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [*plain, bug.seen_by],
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT), NAME: bug.name},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert not any(f"E       {error}" in done.stdout for error in STUMBLING)


def test_there_are_enough_bugs_and_each_has_a_name_of_its_own() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 20
