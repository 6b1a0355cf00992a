"""Settings and fixtures that all tests share."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import settings

from gamesaves.disk import files
from tests.ready import Ready
from tests.unit.systems import Faulty

pytest_plugins = ["tests.torture.counting"]

# Files are slow on some machines, so no example has a deadline. Another profile: --hypothesis-profile=torture
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("torture", max_examples=20_000, deadline=None)
settings.load_profile("ci")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background has them ignore Ctrl-C, and so would every command that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)

HOME_VARIABLES = (
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)


@dataclass(frozen=True)
class Result:
    """What the `saves` command did."""

    exit_code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        return json.loads(self.stdout)


class RunSaves(Protocol):
    """Runs the `saves` command in a child process, away from the stores and settings of whoever runs the tests."""

    def __call__(
        self,
        *args: str | Path,
        stdin: str | None = None,
        store: Path | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result: ...


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    with Ready() as ready:
        yield ready


@pytest.fixture
def run_saves(tmp_path: Path, ready: Ready) -> RunSaves:
    home = tmp_path / "home"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAVES_") and name != "NO_COLOR"}
    clean |= dict.fromkeys(HOME_VARIABLES, str(home)) | {"PYTHONUTF8": "1"}

    def run(
        *args: str | Path,
        stdin: str | None = None,
        store: Path | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        home.mkdir(exist_ok=True)
        place: tuple[str | Path, ...] = () if store is None else ("--store", store)
        # The language and the encoding count where Python starts.
        anew = any(name.startswith(("PYTHON", "LC_", "LANG")) for name in env or {})
        everything = clean | dict(env or {})
        done = ready.run([*place, *args], stdin=stdin or "", env=everything, cwd=cwd or home, anew=anew)
        return Result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A system that every file operation of the test goes through; nothing fails until the test says so."""
    system = Faulty()
    with files.using(system):
        yield system
        system.mend()
