"""Appending to the log of a ledger."""

import contextlib
import os
from pathlib import Path

from gamesaves.disk import files
from gamesaves.errors import Damaged, Diverged, FileProblem, FlushFailed, NoSpace

_INTERRUPTED = "a commit was interrupted"


class LogWriter:
    """The log of a ledger, open for appending.

    Args:
        path: the log; it must be there.
        end: where its last whole line ends. What lies behind is cut off, so it must be set aside before.
    """

    def __init__(self, path: Path, end: int) -> None:
        self.path = path
        self.end = end
        self._broken: str | None = None
        self._confirmed = False
        self._in_folder = False
        try:
            self._fd = files.system.open(str(path), os.O_RDWR | os.O_APPEND)
        except OSError as error:
            files.refuse(error, path, "open")
        try:
            self._settle()
        except OSError as error:
            self.close()
            files.refuse(error, path, "open")

    def _settle(self) -> None:
        """Cut what lies behind the last whole line, and give that one its newline."""
        if files.system.fstat(self._fd).st_size > self.end:
            files.system.truncate(self._fd, self.end)
        if self.end:
            files.system.seek(self._fd, self.end - 1)
            if files.read_open(self._fd, 1) != b"\n":
                files.write_all(self._fd, b"\n")
                self.end += 1

    def confirm(self) -> None:
        """Make durable what was there when it was opened, and what others have appended since.

        A process that was killed may have left a line, or a log, that only the memory of this computer has. Whatever
        builds on it must come after this.

        Raises:
            FlushFailed: the disk did not confirm it.
        """
        if self._confirmed:
            return
        try:
            files.system.flush(self._fd)
            if not self._in_folder:
                files.system.flush_folder(str(self.path.parent))
                files.system.flush_folder(str(self.path.parent.parent))
        except OSError as error:
            self._broken = f"the disk did not confirm what was there ({error.strerror})"
            raise self._unknown("the disk did not confirm the log") from error
        self._confirmed = self._in_folder = True

    def append(self, line: bytes) -> int:
        """Write a line and make it durable; return the offset behind it.

        Raises:
            Diverged: another file stands in the place of the log, or somebody else wrote into it; nothing was
                acknowledged.
            NoSpace, FileProblem: the line could not be written and has been cut back; the next one may work.
            FlushFailed: the disk did not confirm it, or what a failed write has left could not be cut back. What is on
                the disk is not known; nothing more is appended.
            Damaged: an earlier failure has left the log in a state that only opening it anew can settle.
        """
        if self._broken:
            raise Damaged(
                f"the log cannot be written any more: {self._broken}", path=self.path, hint="Close it and open it anew."
            )
        self.confirm()
        self.require_in_place()
        # Ctrl-C may come at any point from here on; then nobody knows how much of the line is there.
        self._broken = _INTERRUPTED
        try:
            files.write_all(self._fd, line)
        except OSError as error:
            self._cut_back(error)
            files.refuse(error, self.path, "append to", needed=len(line))
        try:
            files.system.flush_data(self._fd)
        except OSError as error:
            # Linux may have dropped the pages with the error: trying again would report a success that is none.
            self._broken = f"the disk did not confirm a commit ({error.strerror})"
            raise self._unknown("the disk did not confirm the commit") from error
        try:
            self._require_in_place(self.end + len(line))
        except (FileProblem, NoSpace) as error:
            self._cut_back(error)
            raise
        self.end += len(line)
        self._broken = None
        return self.end

    @property
    def unknown(self) -> FlushFailed | None:
        """Why it is not known what the log holds, where a commit was interrupted; None where it is known."""
        return self._unknown(_INTERRUPTED) if self._broken == _INTERRUPTED else None

    def follow(self, end: int) -> None:
        """Take note that others, who held the lock, have appended up to here."""
        if end != self.end:
            # One of them may have been killed before its line was durable.
            self.end, self._confirmed = end, False

    def require_in_place(self) -> None:
        """Make sure that the log's path is still the open file, and that it ends where our last line does.

        Raises:
            Diverged: it is another one, or somebody else wrote into it.
            FileProblem: it cannot be looked at.
        """
        self._require_in_place(self.end)

    def _require_in_place(self, end: int) -> None:
        try:
            mine = files.system.fstat(self._fd)
            there = files.system.stat(str(self.path))
        except (FileNotFoundError, NotADirectoryError):
            in_place = False
        except OSError as error:
            files.refuse(error, self.path, "look at")
        else:
            in_place = (there.st_ino, there.st_dev, mine.st_size) == (mine.st_ino, mine.st_dev, end)
        if not in_place:
            self._broken = "another file stands in its place"
            raise Diverged(
                "the log was replaced, changed or taken away while it was open",
                path=self.path,
                hint="Close it and open it anew. Your own lines are kept where that can be; what is missing is told.",
            )

    def _cut_back(self, cause: Exception) -> None:
        try:
            files.system.truncate(self._fd, self.end)
        except OSError as error:
            # The whole line may be there, and would then count when the log is next read.
            self._broken = f"a failed write ({cause}) could not be cut back ({error})"
            raise self._unknown(f"the commit failed ({cause}) and could not be taken back ({error})") from cause
        self._broken = None

    def _unknown(self, message: str) -> FlushFailed:
        hint = "Close it and open it anew: then it is known whether the commit is there."
        return FlushFailed(message, path=self.path, hint=hint)

    def own_bytes(self) -> bytes:
        """Return what the open file holds, even where another file now has its name."""
        try:
            files.system.seek(self._fd, 0)
            return files.read_open(self._fd, self.end)
        except OSError as error:
            files.refuse(error, self.path, "read")

    def close(self) -> None:
        """Close the file; durable is what `append` has acknowledged, closing adds nothing and cannot fail."""
        fd, self._fd = self._fd, -1  # another file may soon have its number
        with contextlib.suppress(OSError):
            files.system.close(fd)
