"""What the `saves` command costs, from its start to its end."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

from gamesaves import SaveStore
from scripts.benchmarks import stores
from scripts.benchmarks.measuring import Row, Scale, difference, interleaved, ratio, timed


def scan(folder: str) -> None:
    """Look at each campaign of a store: the least that listing them can do."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("campaign_"):
                os.stat(f"{entry.path}/campaign_data.json")


_SCAN = f"""
import os, sys, time
{inspect.getsource(scan)}
start = time.perf_counter()
scan(sys.argv[1])
print((time.perf_counter() - start) * 1000)
"""


def _saves() -> list[str]:
    script = Path(sys.executable).with_name("saves.exe" if os.name == "nt" else "saves")
    return [str(script)] if script.exists() else [sys.executable, "-m", "gamesaves.cli"]


class Commands:
    """Runs commands in child processes whose modules are compiled already, as they are where a program is installed.

    Args:
        folder: where the compiled modules are kept; the first, uncounted, runs make them.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._environment["PYTHONPYCACHEPREFIX"] = str(folder)

    def output(self, *command: str | Path) -> str:
        done = subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=self._environment
        )
        return done.stdout

    def timed(self, *command: str | Path) -> float:
        return timed(lambda: self.output(*command))

    def saves(self, *arguments: str | Path) -> float:
        return self.timed(*_saves(), *arguments)


def start(folder: Path, scale: Scale) -> list[Row]:
    run = Commands(folder)
    version, click = interleaved(
        scale.starts, lambda: run.saves("--version"), lambda: run.timed(sys.executable, "-c", "import click")
    )
    return [ratio('saves --version · python -c "import click"', version, click, 2)]


def listing(folder: Path, scale: Scale) -> list[Row]:
    """List many campaigns, with the index to make and with the index there; the command's start is taken off."""
    full, empty, run = folder / "full", folder / "empty", Commands(folder / "bytecode")
    stores.many_campaigns(full, scale.campaigns)
    SaveStore(empty).create()

    def warm() -> float:
        return run.saves("--store", full, "list") - run.saves("--store", empty, "list")

    def cold() -> float:
        for index in full.glob(".saves/*/index/campaigns.json"):
            index.unlink()
        return warm()

    without, there, scanned, nothing, version = interleaved(
        scale.starts,
        cold,
        warm,
        lambda: float(run.output(sys.executable, "-c", _SCAN, full)),
        lambda: run.saves("--store", empty, "list"),
        lambda: run.saves("--version"),
    )
    what = f"saves list, {scale.campaigns:,} campaigns less none"
    return [
        ratio(f"{what}, index cold · scandir + stat", without, scanned),
        ratio(f"{what}, index warm · scandir + stat", there, scanned, 3),
        difference("saves list, no campaigns · saves --version", nothing, version),
    ]


def listing_inside(folder: Path, scale: Scale) -> list[Row]:
    """The same without a command: what a game's own menu waits for."""
    stores.many_campaigns(folder, scale.campaigns)
    campaigns = SaveStore(folder).campaigns
    listed, scanned = interleaved(scale.opens, lambda: timed(campaigns.list), lambda: timed(lambda: scan(str(folder))))
    return [ratio(f"campaigns.list(), {scale.campaigns:,}, warm · scandir + stat", listed, scanned)]
