"""What the command writes: an answer or an error, for people or as one JSON document."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any

import click

from gamesaves.cli.text import Line, Piece, rendered

if TYPE_CHECKING:
    from gamesaves.cli.base import Settings
    from gamesaves.errors import Problem

API_VERSION = 1
_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "red": {"fg": "red", "bold": True},
    "green": {"fg": "green"},
    "yellow": {"fg": "yellow"},
    "cyan": {"fg": "cyan"},
}
SEVERITIES = {"error": "red", "warning": "yellow", "note": "cyan"}
"""The style of the word for how bad something is."""


@dataclass(frozen=True)
class Answer:
    """What a command has to say.

    Attributes:
        data: for `--json`.
        lines: for people; what makes them, where that is much work and JSON may be wanted instead.
        brief: for people who asked for less with `--quiet`; None where there is nothing shorter.
        problems: what was found wrong while the work went on.
        exit_code: 0, or 3 where only a part could be done, or what the command's help says.
    """

    data: Any
    lines: Sequence[Line] | Callable[[], Sequence[Line]] = ()
    brief: Sequence[Line] | None = None
    problems: Sequence["Problem"] = field(default=())
    exit_code: int = 0


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` stands among the arguments: known before they are understood, so that errors are JSON too."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


_unwritten: list[OSError] = []
"""Why standard output could not be written."""


def prepare(as_json: bool) -> None:
    """Have all three streams there, and make standard output and error take every character there is."""
    _unwritten.clear()
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # It was closed by whoever called us. A file of ours must not get its number.
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace", **({"encoding": "utf-8"} if as_json else {}))


def coloured(stream: IO[str]) -> bool:
    """Whether to colour what goes to a stream: on a terminal, unless NO_COLOR says no; FORCE_COLOR says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """Return how wide the terminal is; None where output goes elsewhere and can be as wide as it likes."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def write(lines: Iterable[Line], *, error: bool = False) -> None:
    """Write lines to standard output, or to standard error."""
    stream = sys.stderr if error else sys.stdout
    styler = _styled if coloured(stream) else None
    _put("".join(rendered(line, styler) + "\n" for line in lines), stream)


def _styled(text: str, style: str) -> str:
    return click.style(text, **_STYLES[style])


def _put(text: str, stream: IO[str]) -> None:
    try:
        click.echo(text, file=stream, nl=False, color=True)
    except OSError as broken:
        # What is being done is done to its end all the same. Where whoever read has had enough, Windows says EINVAL.
        import errno

        if broken.errno not in (errno.EPIPE, errno.EINVAL) and stream is sys.stdout:
            _unwritten.append(broken)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_json(document: dict[str, Any]) -> None:
    """Write the one JSON document that a command with `--json` writes."""
    indent = 2 if sys.stdout.isatty() else None
    _put(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent) + "\n", sys.stdout)


def show(answer: Answer, settings: "Settings") -> int:
    """Write an answer, and return the exit code."""
    if settings.json:
        warnings = [warning(problem) for problem in answer.problems]
        write_json({"api_version": API_VERSION, "ok": True, "data": answer.data, "warnings": warnings})
        return answer.exit_code
    if settings.quiet and answer.brief is not None:
        write(answer.brief)
    else:
        write(answer.lines() if callable(answer.lines) else answer.lines)
    if not settings.quiet:
        show_problems(answer.problems)
    return answer.exit_code


def show_problems(problems: Sequence["Problem"]) -> None:
    """Tell people what was found wrong."""
    for problem in problems:
        write(problem_lines(problem), error=True)


def problem_lines(problem: "Problem") -> list[Line]:
    """Return a problem as people read it: what, where, and what to do."""
    return _told(problem.severity, SEVERITIES[problem.severity], asdict(problem))


def warning(problem: "Problem") -> dict[str, Any]:
    """Return a problem as it stands in JSON."""
    return asdict(problem)


def show_error(error: dict[str, Any], settings: "Settings") -> None:
    """Write an error; `error` is what `--json` shows of it."""
    if settings.json:
        write_json({"api_version": API_VERSION, "ok": False, "error": error, "warnings": []})
        return
    blocks = [{**one, "path": error["path"]} for one in error.get("errors", ())] or [error]
    for block, following in zip(blocks, [*blocks[1:], {}], strict=True):
        # A hint that several mistakes have in common is shown once.
        hint = None if following.get("hint") == block["hint"] else block["hint"]
        write(_told("error", "red", {**block, "hint": hint}), error=True)


def _told(word: str, style: str, what: dict[str, Any]) -> list[Line]:
    """Return an error or a problem as people read it; `what` is what `--json` shows of it."""
    from gamesaves.cli.excerpts import excerpt

    first, *more = what["message"].splitlines() or [""]
    path, line, column = what["path"], what["line"], what["column"]
    place = ":".join(str(part) for part in (path, line, column) if part)
    within = f"{place}: " if line else ""
    lines: list[Line] = [[Piece(f"{word}:", style), " ", within, first], *(["  ", one] for one in more)]
    if line and column and what.get("source"):
        lines += excerpt(what["source"], line, column, style)
    if place and not within:
        lines.append(["  at ", place])
    for number, text in enumerate((what["hint"] or "").splitlines()):
        lines.append(["        ", text] if number else [Piece("  hint:", "cyan"), " ", text])
    return lines


def say(line: Line, settings: "Settings") -> None:
    """Tell people something on the way; with `--json` and `--quiet` nothing is told."""
    if not settings.json and not settings.quiet:
        write([line])


def progress(text: str, settings: "Settings") -> None:
    """Show on a terminal what is being done; the next text takes the place of this one, an empty one clears it."""
    if settings.json or settings.quiet or not sys.stderr.isatty():
        return
    _put("\r\x1b[K" + (rendered(Piece(text), None) if text else ""), sys.stderr)


def finish() -> OSError | None:
    """Write what is left in the buffers, so that nothing can go wrong when the process ends.

    Returns:
        Why not all of the answer could be written; None where it was, or nobody wanted to read on.
    """
    for stream in (sys.stdout, sys.stderr):
        _put("", stream)
    return _unwritten[0] if _unwritten else None
