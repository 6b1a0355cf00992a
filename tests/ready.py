"""The `saves` command in a process that forks off one that is ready: all that it may need is loaded.

To start Python anew for each command takes longer than most commands do. What a command loads, and that it can, is
tested where Python starts anew.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import gamesaves

_PACKAGES = ("anyascii", "click.shell_completion", "filelock", "platformdirs", "pydantic", "watchdog.observers", "yaml")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(gamesaves.__path__, "gamesaves.")
    if not module.name.endswith("__main__")
)
_ROOT = Path(__file__).parents[1]
_STANDARD = ("stdin", "stdout", "stderr")


class Ready:
    """The process that is ready, and the place where a command's input and output pass."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._place = TemporaryDirectory(prefix="gamesaves-")
        self._streams = {name: Path(self._place.name) / name for name in _STANDARD}

    def run(
        self, args: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, stdin: str = "", anew: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end.

        Args:
            env: the whole environment.
            anew: start Python anew, for what counts only there; so it is always where a system cannot fork.
        """
        if anew or not hasattr(os, "fork"):
            return subprocess.run(
                [sys.executable, "-m", "gamesaves.cli", *args],
                input=stdin,  # never the terminal of whoever runs the tests
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",  # so that a test can write and see bytes that are no text
                env=env,
                cwd=cwd,
                timeout=60,
                check=False,
            )
        for name in _STANDARD:
            self._streams[name].write_bytes(stdin.encode(errors="surrogateescape") if name == "stdin" else b"")
        streams = {name: str(path) for name, path in self._streams.items()}
        job = {"args": list(map(str, args)), "env": dict(env), "cwd": str(cwd), "streams": streams}
        try:
            code = self._do(json.dumps(job).encode())
        except BaseException:
            # Whatever it is at: nobody waits for it any more.
            self._stop()
            raise
        told = (self._streams[name].read_bytes().decode(errors="surrogateescape") for name in _STANDARD[1:])
        return subprocess.CompletedProcess(list(args), code, *told)

    def _do(self, job: bytes) -> int:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ready"],
                cwd=_ROOT,
                env={**os.environ, "PYTHONUTF8": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(job + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def _stop(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._place.cleanup()


def _become(job: dict[str, Any]) -> None:
    """Be `python -m gamesaves.cli`."""
    for number, name in enumerate(_STANDARD):
        opened = os.open(job["streams"][name], os.O_RDWR | (os.O_APPEND if number else 0))
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])
    time.tzset()
    sys.path[0] = job["cwd"]
    sys.argv = ["saves", *job["args"]]
    try:
        runpy.run_module("gamesaves.cli", run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        sys.stdout.flush()
        sys.stderr.flush()
        if threading.active_count() == 1 and isinstance(leaving.code, int):
            # To take down what every command loads takes Python longer than most commands do.
            os._exit(leaving.code)
        raise


def main() -> None:
    for name in (*_PACKAGES, *MODULES):
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or each child's collector would copy all of it
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
