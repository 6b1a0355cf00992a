"""The long story in one world is verified from what is on the disk, and what breaks a rule of it is found out."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from filelock import FileLock

from scripts import simulate
from scripts.simulation import playing, verifying
from scripts.simulation.cast import ALEX, JORDAN, ROUNDS
from scripts.simulation.claims import CLAIMS
from scripts.simulation.evidence import Check, Evidence

ROOT = Path(__file__).parents[2]


class Played(NamedTuple):
    """The folder of the report, and how playing and verifying ended."""

    folder: Path
    code: int
    printed: str


# What breaks rules, and the beginnings of the claims that are false from then on. Each is run on a copy of the store.
BREAKS = {
    "the guardian's event is not in force": (
        ("Turn 50",),
        'universe.retract(universe.events(kind="guardian_fell")[0].event_id)',
    ),
    "a tick is missing": (
        ("Each turn",),
        "universe.retract(universe.events(character=SAM.character_id, since=100, until=100)[0].event_id)",
    ),
    "an event is there twice": (
        ("Each turn",),
        'universe.publish(universe.events(kind="sword_left")[0].model_copy(update={"event_id": None}))',
    ),
    "an abandoned run grants progress": (
        ("Only the completed run",),
        """
from gamesaves.documents.player import Contribution
from gamesaves.services import players
honest = players.with_runs
def generous(player, campaign_id, runs, names):
    after = honest(player, campaign_id, runs, names)
    grants = {
        one.run_id: Contribution(
            campaign_id=campaign_id, character_id=one.character_id, character_name="Jordan", trigger="retirement",
            at=one.last_played, turns=one.turns_completed, insights=one.insights,
        )
        for one in runs if one.state == "abandoned"
    }
    return after.model_copy(update={"contributions": {**after.contributions, **grants}})
players.with_runs = generous
store.campaigns.open(JORDAN.campaign).close()
""",
    ),
    "runs are not wound back": (
        ("Alex's states",),
        """
from gamesaves.services import rewinding
honest = rewinding.wound_back
rewinding.wound_back = lambda key, now, then: now if key.startswith("runs/") else honest(key, now, then)
""",
    ),
    "everybody knows everything": (
        ("Turn 50",),
        """
from gamesaves.services.timeline import Timeline
honest = Timeline.find
Timeline.find = lambda timeline, *, seen_by=None, **filters: honest(timeline, **filters)
""",
    ),
    "what runs come to takes back nothing": (
        ("Where Alex goes back",),
        """
from gamesaves.services import players
honest = players.with_runs
def clinging(player, *told):
    after = honest(player, *told)
    return after.model_copy(update={"contributions": {**player.contributions, **after.contributions}})
players.with_runs = clinging
""",
    ),
    "more is asked before something opens": (
        ("Complex characters",),
        """
path = store.presets.customise("unlocks", "complex_characters")
path.write_text(path.read_text(encoding="utf-8").replace("100", "1000"), encoding="utf-8")
""",
    ),
    "what others did is taken back": (
        ("Turn 75", "Turn 90", "Turn 125"),
        """
for kind in ("village_saved", "sword_left"):
    universe.retract(universe.events(kind=kind)[0].event_id)
""",
    ),
    "files say something else": (
        ("Alex has played", "Alex's sittings", "Jordan has played", "Nothing is wrong"),
        """
for name, before, after in (
    ("campaign_alex_*/sessions/session_003.json", '"playtime_seconds": 3600.0', '"playtime_seconds": 5040.0'),
    ("campaign_alex_*/runs/*.json", '"state": "completed"', '"state": "active"'),
    ("campaign_jordan_*/runs/*.json", "the road is long", "the road is short"),
):
    (path,) = store.root.glob(name)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
""",
    ),
    "somebody forgets": (
        ("Robin, who",),
        """
with store.campaigns.open(ROBIN.campaign) as campaign, campaign.turn("A blow on the head") as turn:
    turn.character(ROBIN.character_id).memories = []
""",
    ),
    "a turn of the log is lost": (
        ("Sam has played",),
        """
path = next(store.root.glob("campaign_sam_*")) / "log.jsonl"
lines = path.read_bytes().splitlines(keepends=True)
path.write_bytes(b"".join(lines[:60] + lines[61:]))
""",
    ),
}
_BEGINNING = """
import sys
from gamesaves import SaveStore
from scripts.simulation.cast import JORDAN, ROBIN, SAM, WORLD
store = SaveStore(sys.argv[1])
universe = store.universes.open(WORLD)
"""
_END = """
store.close()
from scripts.simulation import verifying
sys.exit(verifying.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Played:
    """The story, played once, however many processes run the tests."""
    here = tmp_path_factory.getbasetemp()
    folder = (here if worker_id == "master" else here.parent) / "simulation"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            done = in_child(ROOT / "scripts" / "simulate.py", "--report", folder)
            (folder / "printed.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
            (folder / "code.txt").write_text(str(done.returncode), encoding="utf-8")
    printed = (folder / "printed.txt").read_text(encoding="utf-8")
    return Played(folder, int((folder / "code.txt").read_text(encoding="utf-8")), printed)


def in_child(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run Python; the lines it runs are counted in other tests, where they take half as long."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, env=env, check=False)


def false_claims(printed: str) -> list[str]:
    return [line.removeprefix("FALSE").strip() for line in printed.splitlines() if line.startswith("FALSE")]


def test_every_claim_about_the_story_holds(played: Played) -> None:
    assert played.code == 0, played.printed
    assert [line.removeprefix("ok").strip() for line in played.printed.splitlines()[2:-2]] == list(CLAIMS)
    assert "in 16 processes, 3 of them killed" in played.printed
    assert played.printed.endswith(f"{len(CLAIMS)} of {len(CLAIMS)} claims hold.\n")
    report = (played.folder / "report.md").read_text(encoding="utf-8")
    assert all(sentence in report for sentence in CLAIMS)


def test_the_picture_shows_who_did_what_and_what_was_killed(
    played: Played,
) -> None:
    drawn = (played.folder / "timelines.svg").read_text(encoding="utf-8")
    words = ["".join(one.itertext()) for one in ElementTree.fromstring(drawn).iter()]
    assert {"Alex", "Jordan", "Sam", "Robin", "abandoned, 87 turns", "125 · mara met"} <= set(words)
    assert {f"killed in turn {turn}" for turn in (44, 66, 77)} <= set(words)
    assert drawn == (ROOT / "docs" / "timelines.svg").read_text(encoding="utf-8"), "draw docs/timelines.svg anew"


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_rule_is_found_out(broken: str, played: Played, tmp_path: Path) -> None:
    claims, how = BREAKS[broken]
    shutil.copytree(played.folder / "store", tmp_path / "store")
    done = in_child("-c", _BEGINNING + how + _END, tmp_path / "store", played.folder / "said.jsonl")
    assert done.returncode == 1, done.stdout + done.stderr
    found = false_claims(done.stdout)
    missed = [claim for claim in claims if not any(one.startswith(claim) for one in found)]
    assert missed == [], done.stdout + done.stderr
    assert len(found) < len(CLAIMS)


def test_each_claim_is_broken_by_something() -> None:
    broken = [claim for claims, _ in BREAKS.values() for claim in claims] + ["Three processes"]
    assert [one for one in CLAIMS if not one.startswith(tuple(broken))] == []


def test_what_was_said_and_is_not_there_is_found_out(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [json.loads(line) for line in (played.folder / "said.jsonl").read_text(encoding="utf-8").splitlines()]
    turn = next(line for line in said if line["who"] == "Alex" and line.get("turn") == 150)
    turn["seen"]["chat"] = "something else"
    gone_on = next(line for line in said if line.get("gone_on") and line["who"] == "Sam")
    gone_on["seen"]["chat"] = "something else"
    (tmp_path / "said.jsonl").write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    assert verifying.main([str(played.folder / "store"), str(tmp_path / "said.jsonl")]) == 1
    printed = capsys.readouterr().out
    assert [" ".join(one.split()[:2]) for one in false_claims(printed)] == ["Three processes", "Alex's states"]
    assert "what differs at turn 150: found ['chat'], expected []" in printed


def test_a_claim_that_looks_at_nothing_or_cannot_look_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreadable(evidence: Evidence) -> Iterator[Check]:
        yield Check("the guardian", evidence.event("guardian_fell"), None)

    claims = {"Empty": lambda _evidence: iter(()), "Unreadable": unreadable}
    monkeypatch.setattr(verifying, "CLAIMS", claims)
    (tmp_path / "said.jsonl").touch()
    assert verifying.main([str(tmp_path / "store"), str(tmp_path / "said.jsonl")]) == 1
    printed = capsys.readouterr().out
    assert false_claims(printed) == ["Empty", "Unreadable"]
    assert "nothing was looked at" in printed
    assert "NotFound" in printed


def test_a_sitting_that_fails_stops_the_story(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file", encoding="utf-8")
    with pytest.raises(playing.Stopped, match="StoreNotFound"):
        playing.play(tmp_path / "store")


def test_nobody_begins_with_what_is_not_open_yet(tmp_path: Path) -> None:
    playing.process(tmp_path / "store", "world", 0)
    with pytest.raises(playing.Stopped, match="complex_characters is not open to Noa"):
        playing.process(tmp_path / "store", "Robin", 0)


def test_a_report_never_goes_where_something_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").touch()
    for taken in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(SystemExit, match="2"):
            simulate.main(["--report", str(taken)])
    with pytest.raises(SystemExit, match="2"):
        simulate.main(["--players", "0"])
    assert "is not an empty folder" in capsys.readouterr().err


def test_a_crowd_is_shown_in_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--players", "2", "--runs", "1", "--turns", "1", "--report", str(tmp_path / "report")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("2 players × 1 runs × 1 turns; a session's state, an event and the world: 50 KB")
    heading, *rows = printed[2:5]
    assert ("disk, MB" in heading, [row.split()[:2] for row in rows]) == (True, [["1", "1"], ["2", "2"]])
    assert rows[1] in (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / "report" / "store" / "store.json").exists()


def test_whoever_sits_down_has_a_sitting_left() -> None:
    seats = [role for roles in ROUNDS for role in roles]
    assert all(seats.count(role) == len(role.sittings) for role in seats)
    assert [one.turns for one in ALEX.sittings] == [30, 30, 40, 25, 25]
    assert [one.minutes for one in ALEX.sittings] == [30, 45, 60, 30, 45]
    assert (ALEX.turns, JORDAN.turns) == (150, 87)
