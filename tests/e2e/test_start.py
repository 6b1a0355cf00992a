"""What the command imports: nothing that it does not need, in any order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunSaves
from tests.e2e.processes import COMMAND, environment
from tests.e2e.stories import answer, kingdom
from tests.ready import MODULES

SLOW = {
    "pydantic",
    "pydantic_core",
    "filelock",
    "watchdog",
    "platformdirs",
    "anyascii",
    "importlib.metadata",
    "asyncio",
}


def imported(tmp_path: Path, *args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], *args],
        capture_output=True,
        encoding="utf-8",
        env=environment(tmp_path),
        check=True,
    )
    return set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["campaign", "--help"]])
def test_starting_imports_little(tmp_path: Path, args: list[str]) -> None:
    modules = imported(tmp_path, *args)
    assert "click" in modules
    assert not modules & SLOW
    assert not {name for name in modules if name.startswith(("gamesaves.disk", "gamesaves.services"))}
    commands = {"demo", "store", "play", "preset", "profile", "history", "image", "completion", "topics"}
    assert not modules & {f"gamesaves.cli.{name}" for name in commands}


def test_listing_imports_no_models(tmp_path: Path) -> None:
    kingdom(tmp_path / "s")
    for _ in ("index to make", "index there"):
        modules = imported(tmp_path, "--store", str(tmp_path / "s"), "list")
        assert not modules & SLOW


_EACH_FIRST = """
import importlib, os, sys
modules = sys.argv[1:]
for name in modules:
    if name.startswith("gamesaves.documents."):
        importlib.import_module(name)  # they take the longest, and import nothing of the rest
for name in modules:
    if name in sys.modules:
        continue
    if os.fork() == 0:
        importlib.import_module(name)
        os._exit(0)
    _, status = os.wait()
    if status:
        print(name)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_any_module_can_be_the_first_that_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _EACH_FIRST, *MODULES], capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("saves cam", ["campaign"]),
        ("saves campaign sh", ["show"]),
        ("saves campaign show --s", ["--store"]),
        ("saves profile show pc:ka", ["kara_stormwind"]),
        ("saves profile show zom", ["npc:zombie"]),
        ("saves list --character npc", ["npc:zombie"]),
        ("saves campaign create X --preset theron", ["theron_gearwright"]),
        ("saves preset show --kind voices emb", ["ember"]),
        ("saves campaign add-character X npc:zo", ["zombie"]),
        ("saves completion p", ["powershell"]),
        ("saves --store /nowhere campaign show ", []),
    ],
)
def test_bash_completes(tmp_path: Path, line: str, completed: list[str]) -> None:
    kingdom(tmp_path / "s")
    script = f"""
    saves() {{ "{sys.executable}" -m gamesaves.cli "$@"; }}
    source <(saves completion bash)
    compopt() {{ :; }}
    COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDBREAKS=$' \\t\\n:='
    _saves_completion saves
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script, "bash", line],
        capture_output=True,
        encoding="utf-8",
        env=environment(tmp_path) | {"SAVES_STORE": str(tmp_path / "s")},
        check=True,
    )
    assert done.stdout.split() == completed, done.stderr


def test_each_shell_gets_a_script(run_saves: RunSaves) -> None:
    for shell in ("bash", "zsh", "fish", "powershell"):
        data = answer(run_saves("completion", shell, "--json"))
        assert "_SAVES_COMPLETE" in data["script"]
        assert f"{shell}_complete" in data["script"]
        assert run_saves("completion", shell).stdout.strip() == data["script"].strip()


def test_other_shells_get_ids_with_what_they_are(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    asked = {"SAVES_STORE": str(tmp_path), "_SAVES_COMPLETE": "powershell_complete"}
    told = run_saves(env=asked | {"COMP_LINE": "saves profile show pc"})
    assert told.stdout == "pc:kara_stormwind\tKara Stormwind\n"
    told = run_saves(env=asked | {"COMP_LINE": "saves profile "})
    assert "rename\tGive somebody another name" in told.stdout
    zsh = {"_SAVES_COMPLETE": "zsh_complete", "COMP_WORDS": "saves profile show zom", "COMP_CWORD": "3"}
    told = run_saves(env=asked | zsh)
    assert told.stdout == "plain\nnpc\\:zombie\nZombie\n"
