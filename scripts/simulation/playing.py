"""The sittings of the story, each a process of its own; some are killed, and gone on with in another one."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scripts.simulation.cast import ROUNDS, Role

ROOT = Path(__file__).resolve().parents[2]
Line = dict[str, Any]


class Stopped(Exception):
    """A sitting has ended in another way than it was to."""


def play(store: Path) -> list[Line]:
    """Play the whole story into a store; return what the processes have said, each line with who said it.

    Raises:
        Stopped: a sitting failed.
    """
    said = process(store, "world", 0)
    sat: Counter[Role] = Counter()
    with ThreadPoolExecutor() as threads:
        for roles in ROUNDS:
            sittings = [threads.submit(_sitting, store, role, sat[role]) for role in roles]
            sat.update(roles)
            for one in sittings:
                said += one.result()
    return said


def _sitting(store: Path, role: Role, number: int) -> list[Line]:
    said = process(store, role.name, number)
    if said and "kill" in said[-1]:
        said += process(store, role.name, number)
    return said


def process(store: Path, name: str, number: int) -> list[Line]:
    """Run one process to its end; it is killed when it says that it waits for that."""
    command = [sys.executable, "-m", "scripts.simulation.sitting", str(store), name, str(number)]
    said: list[Line] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            said.append({"who": name, "sitting": number, **json.loads(line)})
            if "kill" in said[-1]:
                process.kill()
        wrong = process.stderr.read()
    was_killed = bool(said) and "kill" in said[-1]
    if (process.returncode != 0) is not was_killed:
        raise Stopped(f"sitting {number + 1} of {name} has ended with {process.returncode}: {wrong}")
    return said
