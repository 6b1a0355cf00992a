"""The benchmarks run; what they find is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gamesaves import SaveStore
from scripts import bench
from scripts.benchmarks import loading, peers
from scripts.benchmarks.measuring import Row, Scale, Spread, ahead, difference, interleaved, plain, ratio
from scripts.benchmarks.peers import PEERS, Kind
from scripts.simulation.growing import EVENT_BYTES, STATE_BYTES, WORLD_BYTES, Crowd, grow

TINY = Scale(rested_turns=1, opens=1, long_campaign=101, short_campaign=1, compared_turns=3)
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
        (ahead("", Spread(5, 9, 10), Spread(10, 3, 10)), 2, "ok"),
        (ahead("", Spread(5, 9, 10), Spread(2, 30, 10)), 0.4, "short"),
        (ahead("", Spread(5, 9, 10), None), None, ""),
    ],
)
def test_a_row_is_judged_by_its_target(row: Row, result: float | None, verdict: str) -> None:
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
    assert (found["failed"], len(found["rows"]), found["about"].keys() >= {"python", "disk"}) == ([], 5, True)
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]


def test_a_resume_is_compared_with_reading_the_same_files(tmp_path: Path) -> None:
    rows = loading.resume(tmp_path, TINY)
    assert [(row.unit, row.target) for row in rows] == [("ms", 2), ("ms", 1), ("ms", 500)]
    assert rows[1].baseline is not None


@pytest.mark.parametrize("kind", PEERS, ids=lambda kind: kind.name)
def test_a_peer_has_what_was_stored_when_it_is_opened_again(kind: Kind, tmp_path: Path) -> None:
    if not kind.is_installed:
        pytest.skip(f"{kind.module} is not installed")
    for count in (0, 1, 2):
        peer = kind.open(tmp_path)
        if count == 0:
            peer.create({"characters/pc:kara": {"experience": 0, "name": "Kara"}, "campaign_data": {}})
        else:
            peer.read()
        peer.change("characters/pc:kara", {"experience": count})
        peer.close()
    peer = kind.open(tmp_path)
    assert peer.read() == {"characters/pc:kara": {"experience": 2, "name": "Kara"}, "campaign_data": {}}
    peer.close()


def test_peers_are_reported_alone_and_one_that_is_missing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr(peers, "find_spec", lambda module: module if module == "sqlite3" else None)
    report = tmp_path / "figures.json"
    assert bench.main(["--quick", "--peers", "--folder", str(tmp_path), "--json", str(report)]) == 0
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert [row["what"].rpartition(" · ")[2] for row in rows] == [kind.name for kind in PEERS] * 3
    assert [row["note"] for row in rows] == ["", *["not installed"] * 3] * 3
    assert [row["result"] is None for row in rows] == [False, True, True, True] * 3
    assert capsys.readouterr().out.count("not installed") == 9


def test_a_crowd_is_measured_as_it_grows(tmp_path: Path) -> None:
    levels = list(grow(tmp_path / "store", Crowd(players=2, runs=2, turns=2)))
    assert [(level.runs, level.events, level.turn.count) for level in levels] == [(1, 2, 2), (2, 4, 2), (4, 8, 4)]
    assert all(0 < one.world < one.disk for one in levels)
    with SaveStore(tmp_path / "store") as store:
        assert store.check() == []
        assert sum(one.runs_completed for one in store.players.list()) == 3
        universe = store.universes.open("World")
        assert len(universe.world.model_dump_json()) == pytest.approx(WORLD_BYTES, rel=0.1)
        assert len(universe.events()[0].model_dump_json()) == pytest.approx(EVENT_BYTES, rel=0.1)
        with store.campaigns.open("Story 3", read_only=True) as campaign:
            (session,) = campaign.sessions.values()
            assert len(session.model_dump_json()) == pytest.approx(STATE_BYTES, rel=0.1)
