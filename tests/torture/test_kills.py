"""Games are killed at any moment, over and over: every commit that was acknowledged is there, and the chain holds.

GAMESAVES_KILLS is the number of games that are killed at random.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("GAMESAVES_KILLS", "500"))
PARTS = 4

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork, which makes a game in milliseconds"),
    pytest.mark.timeout(60 + KILLS),
]


def killing(folder: Path, what: str, seed: int) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.killing", folder, what, str(seed)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_game_had_acknowledged_when_it_was_killed_is_there(part: int, scratch: Path) -> None:
    kills = KILLS // PARTS + (part < KILLS % PARTS)
    counts = killing(scratch, str(kills), seed=part)
    assert counts["killed"] == kills
    assert counts["acknowledged"] > kills
    assert counts["edits"] > kills // 10


def test_a_game_that_is_killed_before_any_of_its_system_calls_loses_nothing(scratch: Path) -> None:
    assert killing(scratch, "calls", seed=2)["killed"] > 100
