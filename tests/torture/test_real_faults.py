"""Faults that the system itself makes: disks that are full, flushes that fail and kills under `strace`."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.disks import ROOT, needs, on_disks
from tests.torture.killed import begin
from tests.torture.survivors import Survivors

SEED, STEPS = 4, 14
CHANGES = "/^(write|ftruncate|fsync|fdatasync|rename.*|unlink.*|mkdir.*|rmdir)$"
KILLS = 8


@pytest.mark.parametrize("disk", [pytest.param(name, marks=needs(name)) for name in ("tmpfs", "ext4")])
def test_on_a_full_disk_the_error_says_what_is_missing_and_with_room_it_goes_on(disk: str, tmp_path: Path) -> None:
    on_disks("fill", tmp_path, disk)


@functools.cache
def no_strace() -> str | None:
    """Return why calls cannot be made to fail here."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "strace may not trace a process here" if tried.returncode else None


under_strace = pytest.mark.skipif(no_strace() is not None, reason=str(no_strace()))


def traced(root: Path, *options: str) -> list[bytes]:
    """Play under strace; return what the game said."""
    done = subprocess.run(
        ["strace", "-f", *options, sys.executable, "-m", "tests.torture.traced", root, str(SEED), str(STEPS)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.stdout.splitlines()


def calls(tmp_path: Path, names: str) -> int:
    """Return how many such calls the game makes if it is left alone."""
    begin(tmp_path / "calm")
    traced(tmp_path / "calm", "-o", str(tmp_path / "calls"), "-e", f"trace={names}")
    return sum(b"(" in line for line in (tmp_path / "calls").read_bytes().splitlines())


@under_strace
@pytest.mark.parametrize("call", ["fdatasync", "fsync"])
@pytest.mark.parametrize("when", [1, 2, 5])
def test_a_flush_that_fails_is_told_and_what_was_acknowledged_is_there(call: str, when: int, tmp_path: Path) -> None:
    root = tmp_path / "store"
    begin(root)
    said = traced(root, "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={when}")
    survivors = Survivors(root)
    assert survivors.hear(said)
    assert b'["done", "read only", false]' not in said
    if call == "fdatasync":
        assert b'["done", "read only", true]' in said
    survivors.look(writing=when % 2 == 0)
    survivors.look(writing=True)


@under_strace
def test_a_game_that_is_killed_at_a_system_call_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    total = calls(tmp_path, CHANGES)
    killed = 0
    for number in range(KILLS):
        root = tmp_path / str(number)
        begin(root)
        when = 1 + number * total // KILLS
        said = traced(
            root, "-o", os.devnull, "-e", f"trace={CHANGES}", "-e", f"inject={CHANGES}:signal=KILL:when={when}"
        )
        survivors = Survivors(root)
        killed += not survivors.hear(said)
        survivors.look(writing=number % 2 == 0)
        survivors.look(writing=True)
    assert killed > KILLS // 2
