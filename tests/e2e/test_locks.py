"""A campaign that is open in another process."""

import json
import os
import platform
import sys
from pathlib import Path

import pytest

from gamesaves.ids import slug
from tests.conftest import RunSaves
from tests.e2e.processes import piped, terminal
from tests.e2e.stories import KINGDOM, answer, kingdom, refusal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are another thing there")


def test_who_has_it_is_told_and_reading_works(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    kingdom(root, "Another")
    with piped(root, "play", KINGDOM) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"damage zombie 1\n")
        process.stdin.flush()
        process.stdout.readline()

        error = refusal(run_saves("campaign", "tag", KINGDOM, "x", "--json", store=root), 11)
        assert error["code"] == "locked"
        assert (error["pid"], error["host"]) == (process.pid, slug(platform.node()))
        assert error["program"]
        assert error["since"].endswith("Z")
        assert error["hint"]
        refused = run_saves("play", KINGDOM, store=root)
        assert refused.exit_code == 11
        for part in (str(process.pid), error["host"], error["program"], error["since"]):
            assert part in refused.stderr
        for verb in (["rename", KINGDOM, "X"], ["add-character", KINGDOM, "zombie"], ["remove", KINGDOM, "--yes"]):
            assert run_saves("campaign", *verb, store=root).exit_code == 11

        loaded = answer(run_saves("campaign", "load", KINGDOM, "--json", store=root))
        assert loaded["characters"]["npc:zombie"]["hit_points_current"] == 13
        assert loaded["read_only"] is None
        for command in (["list"], ["check"], ["history", "log", KINGDOM], ["campaign", "show", KINGDOM], ["info"]):
            assert run_saves(*command, store=root).exit_code == 0, command
        assert run_saves("play", "Another", stdin="damage zombie 1\n", store=root).exit_code == 0
        process.kill()
        process.wait()
        answer(run_saves("campaign", "tag", KINGDOM, "free", "--json", store=root))


def test_a_lock_file_that_lies_there_means_nothing(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    note = tmp_path / ".saves" / "locks" / f"{campaign_id}.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"pid": os.getpid(), "host": platform.node(), "program": "x", "since": "x"}))
    note.with_suffix(".lock").touch()
    answer(run_saves("campaign", "tag", KINGDOM, "free", "--json", store=tmp_path))


def test_at_a_terminal(tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    prompt = f"{KINGDOM}> "
    with terminal(root, "play", KINGDOM) as console:
        console.wait_for(prompt)
        console.type("nonsense\n")
        assert "error: there is no command 'nonsense'" in console.wait_for(prompt)
        console.type("dam\t")
        console.wait_for("damage ")
        console.type("zom\t1\n")
        assert "13 of 22" in console.wait_for(prompt)
        console.type("\x04")
        assert console.ended() == 0
    with terminal(root, "play", KINGDOM) as console:
        console.wait_for(prompt)
        assert console.interrupted() == 130
    with terminal(root, "play", KINGDOM) as console:
        console.wait_for(prompt)
        console.type("damage zombie 1\nquit\n")
        console.wait_for("12 of 22")
        assert console.ended() == 0


def test_asking_at_a_terminal(tmp_path: Path) -> None:
    root = tmp_path / "s"
    campaign_id = kingdom(root)
    for typed, code in (("n\n", 1), ("\x04", 130)):
        with terminal(root, "campaign", "remove", KINGDOM) as console:
            console.wait_for("Set aside 'The Lost Kingdom' (1 turn)? [y/N]: ")
            console.type(typed)
            assert console.ended() == code, typed
        assert (root / campaign_id).exists()
    with terminal(root, "campaign", "remove", KINGDOM) as console:
        console.wait_for("[y/N]: ")
        assert console.interrupted() == 130
    with terminal(root, "campaign", "remove", KINGDOM) as console:
        console.wait_for("[y/N]: ")
        console.type("y\n")
        console.wait_for("It is kept in ")
        assert console.ended() == 0
    assert not (root / campaign_id).exists()
