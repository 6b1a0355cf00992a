"""Every block of Python and every command in README and docs/ runs, in the order it stands there.

Blocks of one page share one Python namespace and a folder, which holds a copy of the sample store as `my-saves` and
saves of an older version as `old-saves`. In a
`console` block a line that starts with `$` is a command; what stands below it must be its output, where `...` stands
for anything. A command that is to fail says so behind it: `# exit code 5`; its standard error is shown, too.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ready import Ready

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
HOMES = ("HOME", "USERPROFILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA")
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT_CODE = re.compile(r"# exit code (\d+)$")
_MATCHER = doctest.OutputChecker()


@dataclass(frozen=True)
class Command:
    """A command as a page shows it, and the output below it."""

    line: str
    shown: str


def commands(block: str) -> list[Command]:
    """Split a console block into its commands."""
    found: list[list[str]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:]])
        elif found:
            found[-1].append(line)
    return [Command(line, "\n".join(rest)) for line, *rest in found]


def run(command: Command, folder: Path, ready: Ready) -> None:
    """Run a command of a page, and compare its output with the one shown."""
    words = shlex.split(command.line, comments=True)
    environment = {name: value for name, value in os.environ.items() if name != "SAVES_STORE"}
    environment |= {"PYTHONUTF8": "1", "COLUMNS": "120"}
    if words[0] == "saves":
        done = ready.run(words[1:], env=environment, cwd=folder)
    else:
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", input=""
        )
    told = f"{command.line}\n{done.stdout}{done.stderr}"
    expected = _EXIT_CODE.search(command.line)
    assert done.returncode == (int(expected[1]) if expected else 0), told
    if command.shown.strip():
        output = done.stdout + (done.stderr if expected else "")
        want, got = command.shown.strip() + "\n", output.strip() + "\n"
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert _MATCHER.check_output(want, got, flags), f"{told}\nthe page shows:\n{want}"


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Return the kind and the text of each block of a page that can be run."""
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks_of(page)], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: Ready
) -> None:
    shutil.copytree(ROOT / "storage", tmp_path / "my-saves")
    shutil.copytree(ROOT / "tests" / "data" / "old-saves", tmp_path / "old-saves")
    monkeypatch.chdir(tmp_path)
    for name in HOMES:
        monkeypatch.setenv(name, str(tmp_path / "home"))
    namespace: dict[str, object] = {"__name__": "__page__"}
    for kind, block in blocks_of(page):
        if kind == "python":
            exec(compile(block, str(page), "exec"), namespace)
        else:
            for command in commands(block):
                run(command, tmp_path, ready)


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
