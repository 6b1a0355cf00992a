"""Which text editor a person likes, and waiting for it."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gamesaves.cli import asking

VARIABLES = ("VISUAL", "EDITOR")
_WINDOWS = sys.platform == "win32"
_USUAL = ("notepad",) if _WINDOWS else ("nano", "vi")


class NoEditor(click.ClickException):
    """There is no editor to open a file in."""

    hint = "Say which: EDITOR=nano, or EDITOR='code --wait'. Or edit the file yourself, in any program."


class EditorFailed(click.ClickException):
    """The editor has not ended well."""

    hint = "Nothing has been changed. Another editor can be named in EDITOR."


def chosen() -> list[str]:
    """Return the words of the command that opens an editor: `$VISUAL`, `$EDITOR`, or what is usual.

    Raises:
        NoEditor: none is named, and there is none that is usual, or no terminal for it.
    """
    for variable in VARIABLES:
        if words := _words(os.environ.get(variable, "")):
            return words
    import shutil

    usual = next((name for name in _USUAL if shutil.which(name)), None)
    if usual is None or not (_WINDOWS or asking.can_ask()):
        raise NoEditor(f"no editor is named in {' or '.join(VARIABLES)}")
    return [usual]


def _words(command: str) -> list[str]:
    """Split a command as a shell does; on Windows a backslash is part of a path, and so may be a space."""
    if not _WINDOWS:
        try:
            return shlex.split(command)
        except ValueError as error:
            raise NoEditor(f"the editor {command!r} cannot be understood: {str(error).lower()}") from error
    if os.path.exists(command.strip()):  # pragma: no cover - Windows only
        return [command.strip()]
    return [word.strip('"') for word in shlex.split(command, posix=False)]  # pragma: no cover - Windows only


def open_in(words: list[str], file: Path, *, out: int | None) -> None:
    """Open a file in an editor, and wait until that is closed.

    Args:
        out: the file descriptor for what the editor shows; None for standard output.

    Raises:
        EditorFailed: it could not be started, or says that it has failed.
        KeyboardInterrupt: Ctrl-C has ended it.
    """
    try:
        with _deaf():
            code = subprocess.run([*words, str(file)], stdout=out, check=False).returncode
    except OSError as error:
        raise EditorFailed(f"the editor {words[0]!r} could not be started: {error.strerror or error}") from error
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code != 0:
        raise EditorFailed(f"the editor {words[0]!r} has ended with the exit code {code}")


@contextmanager
def _deaf() -> Iterator[None]:
    """Leave Ctrl-C to the editor, which may mean something else by it; a handler, as it must not inherit deafness."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
