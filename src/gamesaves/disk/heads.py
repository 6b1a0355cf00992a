"""The newest head and the log lines that this machine has seen of each ledger.

They lie outside the ledger's folder, so that an older copy put in its place is noticed, and what it lacks can be
merged back.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, jsontext, log
from gamesaves.disk.chain import Chain
from gamesaves.disk.state import Head
from gamesaves.errors import Problem, SavesError


@dataclass(frozen=True, slots=True)
class _Seen:
    seq: int
    hash: str
    offset: int


class SeenHead:
    """What this machine has seen last of one ledger.

    Args:
        folder: where the heads of all ledgers are kept.
        name: of the ledger's folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._note = folder / f"{name}.json"
        self._lines = folder / f"{name}.jsonl"

    def missing_from(self, chain: Chain, head: Head, ledger: Path, noun: str) -> Problem | None:
        """Return what is to be reported where the log does not contain the head seen last.

        Args:
            noun: what the command calls such a ledger.
        """
        seen = self._seen()
        if seen is None or seen.hash == head.hash or chain.ends_line(seen.offset, seen.hash):
            return None
        if seen.hash in chain.offsets():
            return None
        return Problem(
            "warning",
            "older_copy",
            str(ledger),
            f"an older or another copy: event {seen.seq} was seen here and is not in its log, "
            f"which ends with event {head.seq}",
            "Take back what it lacks, before anything new happens in it: "
            f"saves {noun} merge {ledger.name} '{self._lines}'",
        )

    def known(self) -> tuple[list[str], list[bytes]]:
        """Return the hash of the head seen last, if there is one, and files with lines that were seen of the ledger."""
        seen = self._seen()
        lines = [
            files.read(entry.path)
            for entry in folders.entries(self._folder)
            if entry.name == self._lines.name
            or re.fullmatch(f"{re.escape(self._name)}-[0-9a-f]{{8}}[.]jsonl", entry.name)
        ]
        return [] if seen is None else [seen.hash], lines

    def _seen(self) -> _Seen | None:
        try:
            tree = jsontext.parse(files.read(self._note), self._note)
        except SavesError:
            # This is the machine's own memory of the save, not the save: without it there is nothing to compare.
            return None
        seq, digest, offset = (tree.get(name) for name in ("seq", "hash", "offset"))
        if type(seq) is int and type(offset) is int and offset >= 0 and log.is_hash(digest):
            return _Seen(seq, str(digest), offset)
        return None

    def keep(self, head: Head, ledger_log: Path) -> None:
        """Remember the head, and the lines of the log up to it; lines that the log no longer has are kept too."""
        seen = self._seen()
        if seen is not None and seen.hash == head.hash:
            return
        folders.make(self._folder)
        start = 0
        # After a crash they may have been moved already, and others begun: those must not take their place.
        if seen is not None and files.exists(self._lines) and log.ends_with_hash(self._lines, seen.offset, seen.hash):
            if log.ends_with_hash(ledger_log, seen.offset, seen.hash):
                start = seen.offset
            else:
                files.move(self._lines, self._folder / f"{self._name}-{seen.hash[:8]}.jsonl")
        files.write_from(self._lines, start, files.read(ledger_log, start, head.offset))
        if not start:
            # The note, which is in the same folder, must not come through a power cut without the lines.
            folders.flush(self._folder)
        note = {"seq": head.seq, "hash": head.hash, "at": head.at, "offset": head.offset}
        files.replace(self._note, jsontext.encode(note), durable=True)
