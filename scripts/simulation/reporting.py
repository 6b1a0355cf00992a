"""The story from its beginning to its report."""

import json
import subprocess
import sys
import time
from pathlib import Path

from scripts.simulation.cast import ROLES
from scripts.simulation.playing import ROOT, Line, Stopped, play

REPORT, PICTURE, SAID, STORE = "report.md", "timelines.svg", "said.jsonl", "store"


def simulate(folder: Path, *, each_state: bool) -> int:
    """Play the story, have it verified by a process that reads what is on the disk, and write the report.

    Returns:
        0 if every claim holds, 1 if one does not or the story stopped.
    """
    start = time.monotonic()
    try:
        said = play(folder / STORE)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    (folder / SAID).write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    turns = sum(role.turns for role in ROLES.values())
    told = f"{turns} turns of {len(ROLES)} characters in {_processes(said)} processes, {_kills(said)} of them killed."
    print(f"{told} {time.monotonic() - start:.0f} s\n", flush=True)
    more = ["--each-state"] if each_state else []
    command: list[str | Path] = [sys.executable, "-m", "scripts.simulation.verifying", folder / STORE, folder / SAID]
    done = subprocess.run(
        [*command, *more, "--picture", folder / PICTURE],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    print(done.stdout, end="")
    (folder / REPORT).write_text(_report(told, done.stdout), encoding="utf-8", newline="\n")
    return done.returncode


def _processes(said: list[Line]) -> int:
    return sum(len(role.sittings) for role in ROLES.values()) + _kills(said)


def _kills(said: list[Line]) -> int:
    return sum("kill" in line for line in said)


def _report(told: str, verified: str) -> str:
    return f"""# One world, four characters

{told}

![Timelines]({PICTURE})

Each bar is a sitting, a process of its own; a cross is where one was killed. A large mark changes the world, a small
one its place. A dashed line leads to where somebody found what another had done.

## What was verified

By a process that read nothing but the store, `{STORE}/`, and what the sittings had said, `{SAID}`.

```
{verified.rstrip()}
```
"""
