"""The library with the Python for Windows, under Wine. `python3 scripts/wine.py` sets that up.

Wine follows Windows in what a test can see of sharing, locks and names. What a disk keeps through a power cut is not
among that: the files are on the disk of this machine.
"""

import json
import random
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.ids import file_stem, slug
from tests.torture import windows as inside
from tests.torture.underwine import awake, lacking, started, windows, windows_path
from tests.torture.windows import NAMES, TITLE, TURNS, seen

DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
FAR_DOWN = 150
"""So long is the path of a store far down that its files have more than 200 characters, and fewer than the 260 that
Windows allows where nobody has changed that."""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="this is Windows itself"),
    pytest.mark.skipif(lacking() is not None, reason=str(lacking())),
]


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    with awake():
        yield


@pytest.fixture(scope="module")
def made_there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that Windows has made."""
    root = tmp_path_factory.mktemp("windows") / "store"
    windows("story", root)
    return root


@pytest.fixture
def root(made_there: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test to change."""
    shutil.copytree(made_there, tmp_path / "store")
    return tmp_path / "store"


def log_of(root: Path) -> list[dict[str, Any]]:
    (path,) = root.glob("campaign_*/log.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def counter_of(root: Path) -> int | None:
    """Return what the document says, which may be behind its log."""
    (campaign,) = root.glob("campaign_*")
    path = campaign / "documents/counter.json"
    return int(json.loads(path.read_bytes())["n"]) if path.exists() else None


@contextmanager
def held_open(root: Path, name: str) -> Iterator[None]:
    """Another program under Wine has a file of the campaign open."""
    (path,) = root.glob(f"campaign_*/{name}")
    with started("reading", path) as reader:
        assert reader.told() == "open"
        yield
        reader.type("")
        assert reader.end() == "closed"


def test_a_store_made_there_is_the_same_here(made_there: Path) -> None:
    here = seen(str(made_there))
    assert here == windows("seen", made_there)
    assert here["campaigns"][TITLE]["documents"]["map/aux"]["n"] == TURNS
    assert any("/snapshots/" in name for name in here["files"])
    assert not [name for name in here["files"] if b"\r" in (made_there / name).read_bytes() and name[-5:] == ".json"]


def test_a_store_made_here_is_the_same_there(tmp_path: Path) -> None:
    root = tmp_path / "store"
    assert inside.story(str(root)) == windows("seen", root)


def test_each_goes_on_where_the_other_stopped(root: Path) -> None:
    for number in (1, 2, 3):
        with started("play", root) as there:
            assert there.told()["problems"] == []
            there.type("There")
            assert there.told()["n"] == 2 * number - 1
            assert there.end()["problems"] == []
        with SaveStore(root) as store, store.campaigns.open(TITLE) as campaign:
            assert campaign.problems == []
            with campaign.turn("Here") as turn:
                turn.document("counter")["n"] += 1
    assert [event["note"] for event in log_of(root)][-6:] == ["There", "Here"] * 3


def test_a_second_process_is_told_who_has_it_open(root: Path) -> None:
    with started("play", root) as holder:
        pid = holder.told()["pid"]
        refusal = windows("refused", root)
        assert (refusal["code"], refusal["pid"], refusal["program"]) == ("locked", pid, "windows.py")
        assert f"(process {pid} on " in refusal["message"]
        holder.type("It still plays")
        assert holder.told()["n"] == 1
        holder.end()
    assert windows("refused", root) is None


def test_the_lock_of_a_killed_process_is_free_at_once(root: Path) -> None:
    with started("play", root) as holder:
        holder.told()
        holder.kill()
        assert windows("refused", root) is None


def test_killed_in_the_middle_of_turns_everything_it_acknowledged_is_there(root: Path) -> None:
    chance = random.Random(7)
    for _ in range(8):
        before = sum(event["note"] == "A turn" for event in log_of(root))
        with started("play", root) as game:
            assert game.told()["problems"] == []
            game.type(*["A turn"] * 500)
            game.told()
            time.sleep(chance.random() * 0.3)
            told = game.kill()
        assert len(told) < 499, "it was not killed in the middle"
        with SaveStore(root) as store, store.campaigns.open(TITLE, read_only=True) as campaign:
            done = sum(event.note == "A turn" for event in campaign.history())
            assert campaign.document("counter")["n"] == done
            # At most one turn was in the log before anybody was told.
            assert len(told) + 1 <= done - before <= len(told) + 2
    assert windows("seen", root)["campaigns"][TITLE]["documents"]["counter"]["n"] == done


def test_a_document_that_another_program_has_open_holds_up_no_turn(root: Path) -> None:
    with started("play", root) as game:
        game.told()
        game.type("Before", "wait")
        assert [game.told()["n"], game.told()["n"], counter_of(root)] == [1, 1, 1]
        with held_open(root, "documents/counter.json"):
            game.type("Meanwhile")
            told = game.told()
            assert told["n"] == 2
            assert told["seconds"] < 2
            assert log_of(root)[-1]["note"] == "Meanwhile"
            time.sleep(0.5)
            assert counter_of(root) == 1
        # Nobody asks for it: it is tried again and again.
        deadline = time.monotonic() + 5
        while counter_of(root) != 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert game.end()["problems"] == []


def test_a_document_that_stays_open_is_written_when_the_campaign_is_next_opened(root: Path) -> None:
    with started("play", root) as game:
        game.told()
        game.type("Before", "wait")
        assert [game.told()["n"], game.told()["n"]] == [1, 1]
        with held_open(root, "documents/counter.json"):
            game.type("Meanwhile")
            assert game.told()["n"] == 2
            # It is tried for ten seconds, then the game may end.
            end = game.end()
            assert end["problems"] == ["io_error"]
            assert end["seconds"] < 30
            assert counter_of(root) == 1
    assert not list(root.glob("campaign_*/documents/*tmp"))
    with started("play", root) as game:
        assert game.told()["problems"] == []
        assert game.end()["problems"] == []
    assert counter_of(root) == 2


def test_a_log_that_another_program_reads_can_be_written(root: Path) -> None:
    with held_open(root, "log.jsonl"), started("play", root) as game:
        assert game.told()["problems"] == []
        game.type("A turn")
        assert game.told()["n"] == 1
        assert game.end()["problems"] == []
    assert log_of(root)[-1]["note"] == "A turn"


def test_names_that_windows_keeps_for_itself_make_files_there(tmp_path: Path) -> None:
    there = windows("names", tmp_path / "there")
    assert there == seen(str(tmp_path / "there"))
    here = inside.names(str(tmp_path / "here"))
    assert here == windows("seen", tmp_path / "here")
    for store in (there, here):
        assert store["campaigns"].keys() == set(NAMES)
        assert {f"character_profiles/{file_stem(f'pc:{slug(name)}')}.json" for name in NAMES} <= store["files"].keys()
        steps = {step for name in store["files"] for step in name.split("/")}
        assert not [step for step in steps if DEVICE.match(step) or step[-1] in ". "]
        assert {"con_", "aux_", "com1_"} <= {step.partition(".")[0] for step in steps}


def test_a_store_far_down_is_a_store_like_any_other(tmp_path: Path) -> None:
    root = tmp_path / ("x" * (FAR_DOWN - len(windows_path(tmp_path)))) / "store"
    there = windows("story", root)
    assert there == seen(str(root))
    assert max(len(windows_path(root / name)) for name in there["files"]) > 200
