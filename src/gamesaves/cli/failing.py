"""Errors: what they are called in JSON, what people read, and the exit code."""

import os
from dataclasses import asdict
from typing import Any

import click

from gamesaves.cli import output
from gamesaves.cli.base import Settings
from gamesaves.errors import Ambiguous, InvalidDocument, Locked, NoSpace, NotFound, SavesError

INTERNAL, USAGE, PARTLY, INTERRUPTED = 1, 2, 3, 130

EXIT_CODES = {
    0: "done",
    1: "failed",
    2: "wrong usage: the command, a name or a value",
    3: "partly done",
    4: "conflict: something else is there already",
    5: "damaged or invalid",
    10: "not found",
    11: "locked: open in another program",
    12: "no space left on the disk",
    13: "written by a newer version",
    130: "interrupted",
}


def report(error: BaseException, settings: Settings) -> int:
    """Tell of an error, and return the exit code."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        output.show_error(_error("interrupted", "interrupted"), settings)
        return INTERRUPTED
    if isinstance(error, SavesError):
        output.show_error(described(error), settings)
        return error.exit_code
    if isinstance(error, click.ClickException):
        output.show_error(_of_usage(error), settings)
        return error.exit_code
    if os.environ.get("GAMESAVES_DEBUG"):
        import traceback

        traceback.print_exception(error)
    hint = "This is a bug in gamesaves: please report it, with what you did. GAMESAVES_DEBUG=1 shows where it happened."
    output.show_error(_error("internal", f"{type(error).__name__}: {error}", hint=hint), settings)
    return INTERNAL


def unwritten(error: OSError, code: int) -> int:
    """Tell that the answer could not be written, and return the exit code; `code` is that of the command itself."""
    from gamesaves.disk.files import FULL

    full = error.errno in FULL
    hint = None if code else "What the command was to do is done: only its answer is lost."
    told = _error("no_space" if full else "io_error", f"the answer could not be written: {error.strerror}", hint=hint)
    output.show_error(told, Settings())
    return code or (NoSpace.exit_code if full else INTERNAL)


def _error(code: str, message: str, *, hint: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "path": None, "line": None, "column": None, "hint": hint}


def described(error: SavesError) -> dict[str, Any]:
    """Return an error as it stands in JSON."""
    tree: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "path": error.path,
        "line": error.line,
        "column": error.column,
        "hint": error.hint,
    }
    if isinstance(error, Locked):
        tree |= {"pid": error.pid, "host": error.host, "program": error.program, "since": error.since}
    elif isinstance(error, NotFound):
        tree["nearest"] = list(error.nearest)
    elif isinstance(error, Ambiguous):
        tree["matches"] = list(error.matches)
    elif isinstance(error, InvalidDocument):
        tree["errors"] = [asdict(mistake) for mistake in error.mistakes]
    return tree


def _of_usage(error: click.ClickException) -> dict[str, Any]:
    hint = getattr(error, "hint", None)
    context = getattr(error, "ctx", None)
    if hint is None and (near := getattr(error, "possibilities", None)):
        hint = f"Did you mean {' or '.join(near)}?"
    if hint is None and context is not None:
        hint = f"{context.get_usage()}\nSee: {context.command_path} --help"
    if hint is None and error.exit_code == USAGE:
        hint = "See: saves --help"
    message = error.message if getattr(error, "possibilities", None) else error.format_message().replace("\n\t", " ")
    message = message[:1].lower() + message[1:].rstrip(".")
    code = "usage" if error.exit_code == USAGE else "failed"
    return _error(code, message, hint=hint)
