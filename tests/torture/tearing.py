"""What a file may contain after a power cut, if some of it was not flushed."""

import itertools
from dataclasses import dataclass, field

from tests.torture.diskmodel import Truncate, Write, changed

SECTOR = 512
"""What a disk writes whole or not at all."""

_ALL_SUBSETS = 4


@dataclass(slots=True)
class Torn:
    """A file with operations that were not flushed.

    The variants, by number: 0 all of them are there, 1 none is; then the other subsets (of more than a few operations:
    the first so many, and all but one); then, after each beginning of the operations, the next write cut at each byte,
    cut at each byte and filled up with NUL to its whole length, and each single sector of it lost.
    """

    durable: bytes
    pending: list[Write | Truncate] = field(default_factory=list)
    _variants: list[tuple[tuple[int, ...], int, int, str]] | None = None
    _contents: dict[int, bytes] = field(default_factory=dict)

    def add(self, op: Write | Truncate) -> "Torn":
        """Return what it is after another operation."""
        return Torn(self.durable, [*self.pending, op])

    @property
    def variants(self) -> list[tuple[tuple[int, ...], int, int, str]]:
        """The variants: the operations that are whole, the one that is torn or -1, where, and how."""
        if self._variants is None:
            self._variants = self._whole() + self._partial()
        return self._variants

    def _whole(self) -> list[tuple[tuple[int, ...], int, int, str]]:
        every = tuple(range(len(self.pending)))
        if len(every) <= _ALL_SUBSETS:
            kept = [one for size in every for one in itertools.combinations(every, size)]
        else:
            kept = [every[:size] for size in every] + [every[:out] + every[out + 1 :] for out in every[:-1]]
        return [(one, -1, 0, "") for one in [every, *kept]]

    def _partial(self) -> list[tuple[tuple[int, ...], int, int, str]]:
        found = []
        for index, op in enumerate(self.pending):
            if isinstance(op, Write):
                before = tuple(range(index))
                length = len(op.data)
                sectors = range(op.offset // SECTOR, (op.offset + length - 1) // SECTOR + 1)
                found += [(before, index, cut, "cut") for cut in range(1, length)]
                found += [(before, index, cut, "nul") for cut in range(length)]
                found += [(before, index, sector, "hole") for sector in sectors[:-1]]
        return found

    def content(self, number: int) -> bytes:
        """Return one of the things that the file may contain."""
        if number not in self._contents:
            self._contents[number] = self._content(*self.variants[number])
        return self._contents[number]

    def _content(self, whole: tuple[int, ...], torn: int, at: int, how: str) -> bytes:
        content = self.durable
        for index in whole:
            content = changed(content, self.pending[index])
        if torn < 0:
            return content
        op = self.pending[torn]
        assert isinstance(op, Write)
        before, end = content, op.offset + len(op.data)
        if how == "cut":
            return changed(before, Write(op.node, op.offset, op.data[:at]))
        content = changed(before, op)
        lost = (op.offset + at, end) if how == "nul" else (max(at * SECTOR, op.offset), min((at + 1) * SECTOR, end))
        # What is lost is what stood there before; behind the old end that is NUL.
        old = before.ljust(end, b"\0")
        return content[: lost[0]] + old[lost[0] : lost[1]] + content[lost[1] :]
