"""What CONTRIBUTING.md says of the source's shape."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "gamesaves"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

MOST_LINES = 400  # 300 is the aim
EMPTY_WORDS = ("helper", "manager", "misc", "util")


def test_imports_keep_the_contracts() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    lines = (PACKAGE / module).read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, f"{module} has {lines} lines; split it by what its parts know"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_named_for_what_it_knows(module: str) -> None:
    assert not [word for word in EMPTY_WORDS if word in module.lower()]
