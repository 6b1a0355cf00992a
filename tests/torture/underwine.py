"""Running `windows.py` with the Windows Python that `python3 scripts/wine.py` has put together."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts import wine
from tests.torture.disks import ROOT

FOLDER = Path(os.environ.get("GAMESAVES_WINE") or ROOT / ".wine").absolute()
PATIENCE_SECONDS = 60.0


def lacking() -> str | None:
    """Return why nothing can be run here; None where it can."""
    if wine.wine() is None:
        return "wine is not installed"
    if not (FOLDER / wine.STAMP).exists():
        return f"there is no Windows Python in {FOLDER}: python3 scripts/wine.py"
    return None


def windows_path(path: Path) -> str:
    """Return what programs under Wine call a path of this machine."""
    return "Z:" + str(path).replace("/", "\\")


class Inside:
    """The script `windows.py`, run by the Windows Python."""

    def __init__(self, role: str, path: Path) -> None:
        places = ";".join(windows_path(one) for one in (ROOT / "src", ROOT))
        # Pipes, as Wine gives a program no handle for an output that is a file.
        self.process = subprocess.Popen(
            [*wine.command(FOLDER), "-m", "tests.torture.windows", role, windows_path(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=wine.environment(FOLDER) | {"PYTHONPATH": places},
            cwd=ROOT,
        )

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.writelines(f"{line}\n" for line in lines)
        self.process.stdin.flush()

    def told(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)

    def end(self) -> Any:
        """Close its input, wait until it has ended, and return what it said last."""
        told, complaints = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, complaints
        return json.loads(told.splitlines()[-1])

    def kill(self) -> list[Any]:
        """Kill it, and return what it had said by then."""
        self.process.kill()
        told, _ = self.process.communicate()
        return [json.loads(line) for line in told.splitlines() if line.endswith("}")]


@contextmanager
def started(role: str, path: Path) -> Iterator[Inside]:
    opened = Inside(role, path)
    try:
        yield opened
    finally:
        opened.kill() if opened.process.poll() is None else opened.process.communicate()


def windows(role: str, path: Path) -> Any:
    """Run a role to its end; return what it said last."""
    with started(role, path) as running:
        return running.end()


@contextmanager
def awake() -> Iterator[None]:
    """Keep Wine's own processes running.

    They have the outputs of the program that started them, and keep them open: nobody would see such a program's end.
    """
    nowhere = subprocess.DEVNULL
    command, environment = [wine.command(FOLDER)[0], "cmd", "/c"], wine.environment(FOLDER)
    pausing = subprocess.Popen(
        [*command, "pause"], stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, env=environment
    )
    # Whatever is started once this has ended finds them there.
    subprocess.run([*command, "rem"], stdin=nowhere, stdout=nowhere, stderr=nowhere, env=environment, check=True)
    try:
        yield
    finally:
        pausing.communicate(b"\r\n")
