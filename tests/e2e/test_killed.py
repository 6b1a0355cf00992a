"""What is left of a game whose process is killed."""

import random
import sys
import time
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.processes import piped, terminal
from tests.e2e.stories import KARA, KINGDOM, answer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are another thing there")
PROMPT = f"{KINGDOM}> "


def begun(root: Path) -> str:
    with SaveStore(root) as store, store.campaigns.create(KINGDOM, characters=["kara_stormwind"]) as campaign:
        return campaign.id


def zombie(run_saves: RunSaves, root: Path) -> int:
    loaded = answer(run_saves("campaign", "load", KINGDOM, "--json", store=root))
    return int(loaded["characters"]["npc:zombie"]["hit_points_current"])


def test_a_wounded_zombie_stays_wounded(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    begun(root)
    with terminal(root, "play", KINGDOM) as console:
        console.wait_for(PROMPT)
        console.type("spawn zombie\n")
        console.wait_for(PROMPT)
        console.type("damage zombie 8\n")
        console.wait_for(PROMPT)
        console.kill()
    assert zombie(run_saves, root) == 14
    again = run_saves("play", KINGDOM, stdin="status\n", store=root)
    assert "14 of 22" in again.stdout
    assert answer(run_saves("check", "--json", store=root))["problems"] == []


def test_a_wounded_zombie_stays_wounded_through_a_pipe(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    begun(root)
    with piped(root, "play", KINGDOM) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for command, told in ((b"spawn zombie\n", b"Zombie appears"), (b"damage zombie 8\n", b"Zombie loses")):
            process.stdin.write(command)
            process.stdin.flush()
            assert process.stdout.readline().startswith(told)
        process.kill()
    assert zombie(run_saves, root) == 14


def test_killed_at_any_moment_it_is_before_a_command_or_after(tmp_path: Path) -> None:
    root = tmp_path / "s"
    begun(root)
    chance = random.Random(13)
    # Each round changes one document, then another part of it, then two documents at once.
    commands = [
        line for n in range(60) for line in ("xp kara 1", "give kara coin", f"scene place_{n:03}_{{}} Somewhere")
    ]
    before = 0
    for attempt in range(30):
        with piped(root, "play", KINGDOM) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n".join(commands).format(*[attempt] * 60).encode())
            process.stdin.close()
            told = process.stdout.readline()
            time.sleep(chance.random() * 0.05)
            process.kill()
            told += process.stdout.read()
        with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign:
            notes = [event.note or "" for event in campaign.history()][1:]
            done = len(notes) - before
            # At most one command was in the log before anybody was told.
            assert told.count(b"\n") <= done <= min(told.count(b"\n") + 1, len(commands)), (told, done)
            kara, data = campaign.characters[KARA], campaign.data
            learnt, got = (sum(part in note for note in notes) for part in ("learns", "gets coin"))
            coins = kara.inventory["coin"].quantity if "coin" in kara.inventory else 0
            assert (kara.experience, coins) == (learnt, got)
            assert list(data.scenes) == data.scene_order
            assert set(data.scenes) == set(campaign.scenes)
            assert len(data.scenes) == len(notes) - learnt - got
            before = len(notes)
            assert not [problem for problem in campaign.problems if problem.severity == "error"]
