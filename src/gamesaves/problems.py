"""What was found wrong, as values: told of where the work goes on, and kept in the errors that end it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was found wrong while the work went on: named, never hidden.

    Attributes:
        severity: `error` where something is lost or cannot be used, `warning` where somebody should look, `note` where
            it has been put right.
        code: stable, for programs.
        source: the line of the file, as it stood there when it was read.
    """

    severity: Severity
    code: str
    path: str
    message: str
    hint: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with what somebody wrote into a file.

    Attributes:
        line, column: counted from 1, the column in characters; None where the place is not known.
        pointer: the value that is meant, as a JSON Pointer (RFC 6901); None where the text cannot be read.
        source: the line as it stands in the file; None where it is very long.
    """

    message: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    hint: str | None = None
    source: str | None = None
