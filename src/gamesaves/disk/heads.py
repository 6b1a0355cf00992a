"""The newest head and the log lines that this machine has seen of each ledger.

They lie outside the ledger's folder, so that an older copy put in its place is noticed, and what it lacks can be
merged back.
"""

import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gamesaves.disk import files, folders, jsontext, log
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import Event
from gamesaves.disk.state import Head
from gamesaves.errors import Problem, SavesError
from gamesaves.rules import histories


@dataclass(frozen=True, slots=True)
class _Seen:
    """A head that was seen.

    Attributes:
        lines: the name of the file with the lines up to it.
    """

    seq: int
    hash: str
    offset: int
    lines: str


class SeenHead:
    """What this machine has seen last of one ledger, and what of it an older copy has lost since.

    Args:
        folder: where the heads of all ledgers are kept.
        name: of the ledger's folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._note = folder / f"{name}.json"
        self._back: set[str] = set()

    def missing_from(
        self, chain: Chain, head: Head, noun: str, events: Callable[[], Mapping[str, Event]]
    ) -> list[Problem]:
        """Return what is to be reported of heads seen here that the ledger does not have.

        Args:
            noun: what the command calls such a ledger.
            events: gives all that are known of it by their hashes, branches included, where lines may lie that were
                never joined; asked only where it is not sure otherwise.
        """
        seen, lost = self._seen()
        is_there = seen is None or seen.hash == head.hash or chain.ends_line(seen.offset, seen.hash)
        if is_there and not lost:
            return []
        doubtful = lost if is_there or seen is None else [*lost, seen]
        # The lines of a copy that was joined may be missing.
        parents = defaultdict(tuple, {digest: event.before for digest, event in events().items()})
        known = histories.ancestors(parents, head.hash)
        self._back = {one.hash for one in doubtful if one.hash in known}
        missing = [one for one in doubtful if one.hash not in known and files.exists(self._folder / one.lines)]
        return [self._problem(one, chain.log.parent, head, noun) for one in missing]

    def _problem(self, seen: _Seen, ledger: Path, head: Head, noun: str) -> Problem:
        text = f"an older or another copy: event {seen.seq} was seen here and is not in its log, "
        merge = f"saves {noun} merge {shlex.join((ledger.name, str(self._folder / seen.lines)))}"
        hint = f"Take back what it lacks: {merge}\nOr delete that file, if nobody misses it."
        return Problem("warning", "older_copy", str(ledger), f"{text}which ends with event {head.seq}", hint)

    def known(self) -> tuple[list[str], list[bytes]]:
        """Return the hash of the head seen last, if there is one, and files with lines that were seen of the ledger."""
        seen, _ = self._seen()
        lines = [
            files.read(entry.path)
            for entry in folders.entries(self._folder)
            if entry.name == self._first_lines
            or re.fullmatch(f"{re.escape(self._name)}-[0-9a-f]{{8}}[.]jsonl", entry.name)
        ]
        return [] if seen is None else [seen.hash], lines

    @property
    def _first_lines(self) -> str:
        return f"{self._name}.jsonl"

    def _seen(self) -> tuple[_Seen | None, list[_Seen]]:
        """Return the head seen last, and those that were not in the log when it was seen."""
        try:
            tree = jsontext.parse(files.read(self._note), self._note)
        except SavesError:
            # This is the machine's own memory of the save, not the save: without it there is nothing to compare.
            return None, []
        lost = tree.get("lost")
        found = [self._head_in(one) for one in lost] if isinstance(lost, list) else []
        return self._head_in(tree), [one for one in found if one is not None]

    def _head_in(self, tree: Any) -> _Seen | None:
        if not isinstance(tree, dict):
            return None
        seq, digest, offset = (tree.get(name) for name in ("seq", "hash", "offset"))
        lines = tree.get("lines", self._first_lines)
        if type(seq) is int and type(offset) is int and offset >= 0 and log.is_hash(digest) and _is_name(lines):
            return _Seen(seq, str(digest), offset, lines)
        return None

    def keep(self, head: Head, ledger_log: Path) -> None:
        """Remember the head, and the lines of the log up to it; lines that the log has lost stay where they are."""
        seen, lost = self._seen()
        if seen is not None and seen.hash == head.hash:
            return
        folders.make(self._folder)
        lost = [one for one in lost if one.hash not in self._back]
        lines, start = self._first_lines if seen is None else seen.lines, 0
        if seen is None and not self._begins_with(ledger_log, self._folder / lines):
            lines = self._new_lines(head)
        elif seen is not None and self._has_lines_of(seen):
            if log.ends_with_hash(ledger_log, seen.offset, seen.hash):
                start = seen.offset
            elif seen.hash not in self._back:
                lost.append(seen)
                lines = self._new_lines(head)
        files.write_from(self._folder / lines, start, files.read(ledger_log, start, head.offset))
        if not start:
            # The note, which is in the same folder, must not come through a power cut without the lines.
            folders.flush(self._folder)
        self._write_note(head, lines, lost)

    def keep_own(self, head: Head, lines: bytes) -> None:
        """Remember a head, and the lines up to it, that another log has taken the place of."""
        seen, lost = self._seen()
        if seen is not None and seen.hash == head.hash:
            return
        folders.make(self._folder)
        name = self._new_lines(head)
        files.replace(self._folder / name, lines, durable=True)
        if seen is not None and not log.ends_with_hash(self._folder / name, seen.offset, seen.hash):
            lost.append(seen)
        self._write_note(head, name, lost)

    def _write_note(self, head: Head, lines: str, lost: list[_Seen]) -> None:
        note = {"seq": head.seq, "hash": head.hash, "at": head.at, "offset": head.offset, "lines": lines}
        files.replace(self._note, jsontext.encode({**note, "lost": [asdict(one) for one in lost]}), durable=True)

    def _has_lines_of(self, seen: _Seen) -> bool:
        path = self._folder / seen.lines
        return files.exists(path) and log.ends_with_hash(path, seen.offset, seen.hash)

    @staticmethod
    def _begins_with(ledger_log: Path, lines: Path) -> bool:
        """Whether nothing would be lost if the lines of the log were written to this file."""
        kept = files.read_if_there(lines) or b""
        return files.read(ledger_log, 0, len(kept)) == kept

    def _new_lines(self, head: Head) -> str:
        """Return a name for a file that is not there yet."""
        parts = (head.hash[at : at + 8] for at in range(log.HASH_LENGTH - 7))
        names = (f"{self._name}-{part}.jsonl" for part in parts)
        return next(one for one in names if not files.exists(self._folder / one))


def _is_name(value: Any) -> bool:
    """Whether a value names a file in the folder itself: somebody may have edited the note."""
    return isinstance(value, str) and value.endswith(".jsonl") and Path(value).name == value
