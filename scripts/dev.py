"""Set up the project and run what a developer runs.

    python3 scripts/dev.py demo [PATH] [OPTIONS]    a store to look at, in .demo/ unless PATH is given
    python3 scripts/dev.py test [PYTEST OPTIONS]    the tests, with coverage
    python3 scripts/dev.py check                    format, lint, types and import contracts
    python3 scripts/dev.py bench [OPTIONS]          the benchmarks
    python3 scripts/dev.py simulate [OPTIONS]       a long story in one world, played, killed and verified
    python3 scripts/dev.py torture [--minutes N]    power cuts, far beyond what the tests do

The first run installs the project into .venv (or the folder that GAMESAVES_VENV names); later runs reuse it until
pyproject.toml or the Python version changes. Needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # an older one, from 3.7 on, has to get as far as saying so
ROOT = Path(__file__).resolve().parent.parent
COVERED = ("tests/unit", "tests/integration")
VENV = Path(os.environ.get("GAMESAVES_VENV") or ROOT / ".venv").absolute()


def main(arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb not in VERBS:
        print(__doc__)
        return 0 if verb in ("-h", "--help") else 2
    if sys.version_info < OLDEST_PYTHON:
        found, wanted = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST_PYTHON))
        return fail(f"This is Python {found}; gamesaves needs {wanted} or newer: python{wanted} scripts/dev.py {verb}")
    try:
        return prepare() or VERBS[verb](rest)
    except KeyboardInterrupt:
        return 130


def prepare() -> int:
    """Make the environment what pyproject.toml asks for; return 0, or the exit code of what failed."""
    python = f"Python {sys.version}"
    source = f"{ROOT}\n".encode() + (ROOT / "pyproject.toml").read_bytes()
    wanted = f"{python}\n{hashlib.sha256(source).hexdigest()}\n"
    stamp = VENV / "gamesaves-dev.txt"
    found = stamp.read_text(encoding="utf-8") if stamp.exists() else ""
    if found == wanted and tool("python").exists():
        return 0

    print(f"Setting up {VENV} ...", file=sys.stderr, flush=True)
    if not tool("python").exists() or (found and not found.startswith(f"{python}\n")):
        if importlib.util.find_spec("ensurepip") is None:
            return fail("This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv")
        # Only what is known to be an environment is cleared: GAMESAVES_VENV may name any folder.
        clear = ["--clear"] if (VENV / "pyvenv.cfg").exists() else []
        code = run(sys.executable, "-m", "venv", *clear, VENV)
        if code:
            return fail(f"No virtual environment could be made in {VENV}.", code)
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet")  # errors only
    code = run(tool("python"), *pip, "install", "--editable", f"{ROOT}[dev,yaml]")
    if code:
        return fail("The project could not be installed; pip says why above.", code)
    stamp.write_text(wanted, encoding="utf-8")
    return 0


def demo(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        arguments = [str(ROOT / ".demo" / time.strftime("%Y%m%d-%H%M%S") / "demo-store"), *arguments]
    return run(tool("saves"), "demo", *arguments)


def test(arguments: list[str]) -> int:
    # Some tests wait for a watcher or for a lock: one more process than there are cores uses that time.
    pytest: list[str | Path] = [tool("pytest"), "-n", str((os.cpu_count() or 1) + 1)]
    if arguments:
        # Part of the tests cannot cover everything.
        return run(*pytest, "--cov", "--cov-fail-under=0", *arguments, cwd=ROOT)
    covered = run(*pytest, *COVERED, "--cov", cwd=ROOT)
    # To count the lines of thousands of commands, and of thousands of states of the disk, would take minutes.
    others = run(*pytest, "tests", *(f"--ignore={folder}" for folder in COVERED), cwd=ROOT)
    return covered or others


def check(_arguments: list[str]) -> int:
    summary = []
    for command in ("ruff format --check", "ruff check", "mypy", "lint-imports --no-logo"):
        start = time.monotonic()
        name, *options = command.split()
        result = "FAILED" if run(tool(name), *options, cwd=ROOT) else "ok"
        summary.append(f"{result:<8}{command:<24}{time.monotonic() - start:6.1f} s")
    print("", *summary, sep="\n")
    return int(any(line.startswith("FAILED") for line in summary))


def bench(arguments: list[str]) -> int:
    return run(tool("python"), ROOT / "scripts" / "bench.py", *arguments)


def simulate(arguments: list[str]) -> int:
    return run(tool("python"), ROOT / "scripts" / "simulate.py", *arguments)


def torture(arguments: list[str]) -> int:
    return run(tool("python"), "-m", "tests.torture.run", *arguments, cwd=ROOT)


VERBS = {"demo": demo, "test": test, "check": check, "bench": bench, "simulate": simulate, "torture": torture}


def tool(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def run(*command: str | Path, cwd: Path | None = None) -> int:
    return subprocess.run(command, cwd=cwd, check=False).returncode


def fail(message: str, code: int = 1) -> int:
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
