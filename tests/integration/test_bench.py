"""The benchmarks run; what they find is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.benchmarks.measuring import Row, Spread, difference, interleaved, plain, ratio

BENCH = Path(__file__).resolve().parents[2] / "scripts" / "bench.py"


def test_steps_take_turns_and_the_warm_up_does_not_count() -> None:
    done: list[str] = []

    def step(name: str, milliseconds: float) -> float:
        done.append(name)
        return milliseconds

    one, other = interleaved(4, lambda: step("one", 3), lambda: step("other", 1.5))
    assert (one.median, one.count, other.p99, other.count) == (3, 4, 1.5, 4)
    assert done == ["one", "other"] * 5


@pytest.mark.parametrize(
    ("row", "result", "verdict"),
    [
        (ratio("", Spread(5, 9, 10), Spread(2, 3, 10), 2.5), 2.5, "ok"),
        (ratio("", Spread(5, 9, 10), Spread(2, 3, 10), 2.5, p99=True), 3, "short"),
        (difference("", Spread(5, 9, 10), Spread(2, 3, 10), 2), 3, "short"),
        (plain("", Spread(5, 9, 10), 10), 9, "ok"),
        (plain("", Spread(5, 9, 10)), 9, ""),
    ],
)
def test_a_row_is_judged_by_its_target(row: Row, result: float, verdict: str) -> None:
    assert (row.result, row.verdict) == (result, verdict)


def test_p99_is_a_sample() -> None:
    assert Spread.of([float(number) for number in range(1, 201)]) == Spread(100.5, 198, 200)
    assert Spread.of([7.0]) == Spread(7, 7, 1)


def test_a_benchmark_reports(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    command: list[str | Path] = [sys.executable, BENCH, "--quick", "--only", "memory"]
    command += ["--folder", tmp_path, "--json", report]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    found = json.loads(report.read_text(encoding="utf-8"))
    assert "heap" in done.stdout
    assert (found["failed"], len(found["rows"]), found["about"].keys() >= {"python", "disk"}) == ([], 4, True)
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
