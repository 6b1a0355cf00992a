"""Every error that gamesaves raises on purpose.

Each one says what happened, where (path, line, column) and what to do next (hint), in words a person can act on.
`code` is stable and meant for programs, `exit_code` is what the command ends with, and `player_message` is one
sentence that a game can put on the screen as it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gamesaves.problems import Mistake as Mistake
from gamesaves.problems import Problem as Problem
from gamesaves.problems import Severity as Severity


class SavesError(Exception):
    """The base of all errors of gamesaves.

    Attributes:
        message: what happened, one sentence.
        path: the file or folder it happened to, where there is one.
        line, column: the place in that file, counted from 1.
        hint: what to do next.
    """

    code = "failed"
    exit_code = 1
    player_message = "Something went wrong with your saved games. Nothing was overwritten."

    def __init__(
        self,
        message: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.line = line
        self.column = column
        self.hint = hint

    @property
    def place(self) -> str:
        """`path:line:column`, as far as it is known; empty where nothing is."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    def as_problem(self, severity: Severity = "error") -> Problem:
        """Return this error as a problem, for where the work goes on without what failed."""
        return Problem(severity, self.code, self.path or "", self.message, self.hint, self.line, self.column)

    def as_problems(self, severity: Severity = "error") -> list[Problem]:
        """Return all that this error tells of, each as a problem of its own."""
        return [self.as_problem(severity)]


_STORABLE = "Use texts, numbers, true and false, None, lists, and dictionaries whose keys are texts."
_LISTED = ("campaign", "player", "preset", "profile", "universe")


class NotFound(SavesError):
    """Something was asked for by a name that nothing has."""

    code = "not_found"
    exit_code = 10
    player_message = "That could not be found in your saved games."

    def __init__(self, kind: str, name: str, *, nearest: Sequence[str] = (), path: str | Path | None = None) -> None:
        hint = f"List what there is: saves {kind} list" if kind in _LISTED else None
        if nearest:
            hint = f"Did you mean {' or '.join(nearest)}?"
        super().__init__(f"there is no {kind} {name!r}", path=path, hint=hint)
        self.kind = kind
        self.name = name
        self.nearest = tuple(nearest)


class StoreNotFound(SavesError):
    """The folder given is not a store of saved games, or there is none."""

    code = "not_found"
    exit_code = 10
    player_message = "The folder with your saved games could not be found."


class Ambiguous(SavesError):
    """A name fits more than one thing."""

    code = "ambiguous"
    exit_code = 2
    player_message = "More than one saved game has that name."

    def __init__(self, kind: str, name: str, matches: Sequence[str]) -> None:
        super().__init__(
            f"{name!r} fits more than one {kind}: {', '.join(matches)}", hint="Give one of these ids instead."
        )
        self.kind = kind
        self.name = name
        self.matches = tuple(matches)


class AlreadyExists(SavesError):
    """Something new was to get an id or a path that is taken."""

    code = "already_exists"
    exit_code = 4
    player_message = "Something with that name is already there."


class NotUndoable(SavesError):
    """There is nothing to take back, or what was set aside cannot be put back by itself."""

    code = "not_undoable"
    exit_code = 1
    player_message = "That cannot be undone here. Nothing has been changed."


class InvalidName(SavesError):
    """A name or an id that cannot be used."""

    code = "invalid_name"
    exit_code = 2
    player_message = "That name cannot be used."


class InvalidDocument(SavesError):
    """A document that is not JSON, or not what its kind asks for; it tells of the first mistake, and carries all.

    Without a path it is about a value that the game itself has given, and the player is told of no file.
    """

    code = "invalid"
    exit_code = 5
    player_message = "A file of your saved games was changed in a way that cannot be read. It has been kept as it is."

    _mistakes: tuple[Mistake, ...] = ()

    def __init__(
        self, message: str, *, path: str | Path | None = None, hint: str | None = None, **place: int | None
    ) -> None:
        super().__init__(message, path=path, hint=hint, **place)
        if path is None:
            self.player_message = "That does not fit into a saved game. Nothing has been changed."
            self.hint = hint or _STORABLE

    @classmethod
    def of(cls, mistakes: Sequence[Mistake], path: str | Path, *, hint: str | None = None) -> "InvalidDocument":
        """Return the error for a file with these mistakes.

        Args:
            hint: what to do, where a mistake does not say it itself.
        """
        told = tuple(replace(one, hint=one.hint or hint) for one in mistakes)
        first = told[0]
        more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
        error = cls(first.message + more, path=path, line=first.line, column=first.column, hint=first.hint)
        error._mistakes = told
        return error

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """All that is wrong with the document, in the order of the file."""
        return self._mistakes or (Mistake(self.message, self.line, self.column, hint=self.hint),)

    def as_problem(self, severity: Severity = "error") -> Problem:
        """Return this error as a problem, with the line of the file that it is about."""
        return replace(super().as_problem(severity), source=self.mistakes[0].source)

    def as_problems(self, severity: Severity = "error") -> list[Problem]:
        """Return each of the mistakes as a problem."""
        return [
            Problem(severity, self.code, self.path or "", one.message, one.hint, one.line, one.column, one.source)
            for one in self.mistakes
        ]


class NewerFormat(SavesError):
    """A document that a newer version of the program has written; it is never written by this one."""

    code = "newer_format"
    exit_code = 13
    player_message = "This saved game was made by a newer version of the game. Update the game to play it."


class Damaged(SavesError):
    """Bytes on the disk are not what was written."""

    code = "damaged"
    exit_code = 5
    player_message = "A file of this saved game is damaged. What can be read has been kept."


class ReadOnly(SavesError):
    """Writing was asked of something that can only be read at the moment; `message` says why."""

    code = "read_only"
    exit_code = 1
    player_message = "This saved game can only be looked at for now."


class Diverged(SavesError):
    """The log of a ledger is no longer the file that was opened: another copy stands in its place."""

    code = "diverged"
    exit_code = 4
    player_message = "Another copy of this saved game was put in its place while you were playing. Both are kept."


class Unmerged(SavesError):
    """Both copies of a campaign have changed the same values, and nobody has said which stand.

    Attributes:
        places: the values, `characters/pc:kara_smith/location`.
    """

    code = "unmerged"
    exit_code = 4
    player_message = "Both copies of this saved game were played, and something has to be decided. Both are kept."

    def __init__(self, places: list[str]) -> None:
        shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
        super().__init__(
            f"both copies have changed {shown}",
            hint="Say which stands: --prefer ours or --prefer theirs; or keep both: saves campaign fork",
        )
        self.places = places


class FlushFailed(SavesError):
    """The disk did not confirm what was written: it may be there, or be gone after a power cut; nothing else is lost.

    Of a commit it is known once the ledger has been opened anew; anything else can be written again.
    """

    code = "flush_failed"
    exit_code = 1
    player_message = "The disk did not confirm the last save. Open the saved game again to see how far it got."


class Locked(SavesError):
    """Another program, or another part of this one, has it open for writing.

    Attributes:
        pid, host, program, since: who holds it, as far as the holder has said.
    """

    code = "locked"
    exit_code = 11
    player_message = "This saved game is open in another window. Close it there first."

    def __init__(
        self,
        what: str,
        *,
        pid: int | None = None,
        host: str | None = None,
        program: str | None = None,
        since: str | None = None,
        path: str | Path | None = None,
    ) -> None:
        holder = (
            f"{program or 'another program'} (process {pid} on {host}, since {since})" if pid else "another program"
        )
        super().__init__(f"{what} is open in {holder}", path=path, hint="Close it there, or open it for reading only.")
        self.pid = pid
        self.host = host
        self.program = program
        self.since = since


class LockUnavailable(SavesError):
    """The file system has no locks that hold between programs; writing without one would risk the save."""

    code = "lock_unavailable"
    exit_code = 1
    player_message = "This folder cannot be used for saved games. Choose a folder on another drive."


class NoSpace(SavesError):
    """The disk is full; the state before is whole."""

    code = "no_space"
    exit_code = 12
    player_message = "The disk is full. Your last save is safe; make room and save again."


class FileProblem(SavesError):
    """The operating system refused a file operation."""

    code = "io_error"
    exit_code = 1
    player_message = "A file could not be read or written. Your last save is safe."


class OutsideStore(SavesError):
    """A path that leaves the store once links and `..` are resolved."""

    code = "outside_store"
    exit_code = 5
    player_message = "A file of this saved game points outside its folder and was not used."


class NotAPicture(SavesError):
    """The bytes are no picture of a kind that is accepted."""

    code = "not_a_picture"
    exit_code = 5
    player_message = "That file is not a picture this game can use."


class Conflict(SavesError):
    """What was to be taken in is not what is there already, and neither may be written over the other."""

    code = "conflict"
    exit_code = 4
    player_message = "That does not go together with what is here already. Both are kept as they are."


class BadBundle(SavesError):
    """A bundle of a campaign that is not taken in: the message names the entry, and the reason."""

    code = "bad_bundle"
    exit_code = 5
    player_message = "That file is damaged, or is no saved game. Nothing was changed."


class MissingExtra(SavesError):
    """An optional package is needed for this."""

    code = "missing_extra"
    exit_code = 1
    player_message = "This game was installed without a part that is needed here."


class InvalidValue(SavesError):
    """A call was given a value that makes no sense there."""

    code = "invalid_value"
    exit_code = 2
    player_message = "That is not possible."


class TurnRequired(SavesError):
    """A campaign's document was to be changed outside a turn."""

    code = "turn_required"
    exit_code = 1

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} can only be changed inside a turn",
            hint='Use `with campaign.turn("…") as turn:` and change what `turn.character(…)` returns.',
        )


class Closed(SavesError):
    """Something that has been closed, committed or discarded was used again."""

    code = "closed"
    exit_code = 1
