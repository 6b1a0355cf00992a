"""The command as a process of its own that a test talks to, and kills."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "gamesaves.cli"]
PATIENCE_SECONDS = 60.0
_AT_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of whoever runs the tests is seen."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "PYTHONPATH") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("COVERAGE", "COV_"))}
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "USERPROFILE", "LOCALAPPDATA"), str(home))
    return kept | homes | {"PYTHONUTF8": "1", "TERM": "dumb"}


@contextmanager
def piped(root: Path, *args: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the command with pipes; it is dead when the block ends."""
    process = subprocess.Popen(
        [*COMMAND, "--store", str(root), *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(root.parent),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


class Terminal:
    """The command at a terminal: what it shows, and what is typed."""

    def __init__(self, root: Path, *args: str, variables: Mapping[str, str] | None = None) -> None:
        import pty

        self.shown = ""
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _AT_A_TERMINAL, *COMMAND[1:], "--store", str(root), *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(root.parent) | {"COLUMNS": "200"} | dict(variables or {}),
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str) -> str:
        """Read until `text` is shown; return what was shown up to there, and forget it."""
        while text not in self.shown:
            assert self._read(), f"it ended without {text!r}: {self.shown!r}"
        before, _, self.shown = self.shown.partition(text)
        return before

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], PATIENCE_SECONDS)
        assert ready, f"nothing more is shown than {self.shown!r}"
        try:
            chunk = os.read(self._master, 65536)
        except OSError:
            return False
        self.shown += chunk.decode(errors="replace")
        return bool(chunk)

    def kill(self) -> None:
        """Kill it: it can do nothing any more."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def ended(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE_SECONDS)

    def interrupted(self) -> int:
        """Press Ctrl-C, and return the exit code.

        Again if it must be: one that comes right before Python waits for input is seen only with the next.
        """
        self.type("\x03")
        while True:
            ready, _, _ = select.select([self._master], [], [], 1.0)
            if not ready:
                self.type("\x03")
            elif not self._read():
                break
        return self._process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Kill it if it is still there, and let the terminal go."""
        self.kill()
        os.close(self._master)


@contextmanager
def terminal(root: Path, *args: str, variables: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Run the command at a terminal; it is dead when the block ends."""
    opened = Terminal(root, *args, variables=variables)
    try:
        yield opened
    finally:
        opened.close()
