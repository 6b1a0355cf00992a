"""Every state that a power cut may leave of a folder, from the operations that were done in it.

The model, which allows all that POSIX leaves open, and so more than any one file system does:

- A file's bytes are safe up to its last completed flush. Of the writes and truncations behind it any subset survives.
  A write may be cut at any byte, the length may be there and the bytes not (they read as NUL), and of a write over
  several sectors any one may be lost.
- A name is safe once its folder has been flushed. Of the creations, renames and removals since then any subset
  survives that makes sense: a rename needs the name it moves. Flushing a file does not make its name safe, so a flushed
  file may be missing; and a name may survive without the bytes behind it, which gives empty and NUL-filled files.
- A rename replaces its target whole. Between two folders both halves survive or none does, until one of the folders
  is flushed: then the half in the other one is on its own, so that a file may have two names, or none. A folder that
  was renamed has one name from when the folder that holds the new one was flushed.
- What is below a folder whose own name did not survive is gone with it.

A state belongs to a moment: behind each operation the power may be cut, and what has been acknowledged until then
must be there. Where there are too many states for a moment, all that differ from the two extremes (everything survived,
nothing did) in one respect are built, and of the others a sample drawn with a seed.
"""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gamesaves.disk.files import TEMPORARY
from tests.torture.diskmodel import (
    ROOT,
    Create,
    Disk,
    Flush,
    FlushFolder,
    Layout,
    Mark,
    Naming,
    Op,
    Remove,
    Rename,
    Truncate,
    Write,
    walk,
)
from tests.torture.tearing import Torn

_ALL, _NONE = 0, 1
_OF_NO_NAME = 12


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of the space is built at each moment.

    Attributes:
        whole: up to so many states there are all of them.
        torn: in how many ways a write is torn where it happens, None for every one.
        renamed: in how many ways a file is torn where it gets its name, None for every one.
        drawn: how many states are drawn from the rest.
    """

    whole: int
    torn: int | None
    renamed: int | None
    drawn: int


@dataclass(frozen=True, slots=True)
class CrashState:
    """What a power cut left.

    Attributes:
        acknowledged: how many marks had been passed.
        moment: the number of the last operation before the cut.
    """

    layout: Layout
    acknowledged: int
    moment: int


@dataclass(slots=True)
class Survival:
    """What is safe at a moment, and what may or may not survive."""

    now: Disk
    safe: Disk
    names: list[Naming] = field(default_factory=list)
    torn: dict[int, Torn] = field(default_factory=dict)

    @classmethod
    def of(cls, base: Layout) -> "Survival":
        """Return the moment before the first operation: everything is safe."""
        disk = Disk.of(base)
        return cls(disk, disk.copy())

    def note(self, op: Op) -> None:
        """Go on by an operation."""
        self.now.apply(op)
        match op:
            case Create():
                self.names.append(op)
                if op.is_folder:
                    self.safe.folders.setdefault(op.node, {})
                else:
                    self.safe.files.setdefault(op.node, b"")
            case Rename() | Remove():
                self.names.append(op)
            case Write() | Truncate():
                self.torn[op.node] = self.torn.get(op.node, Torn(self.safe.files[op.node])).add(op)
            case Flush():
                self.torn.pop(op.node, None)
                self.safe.files[op.node] = self.now.files[op.node]
            case FlushFolder():
                self._flush_folder(op.folder)
            case Mark():
                pass

    def _flush_folder(self, folder: int) -> None:
        self.safe.folders[folder] = dict(self.now.folders[folder])
        left: list[Naming] = []
        for op in self.names:
            if not isinstance(op, Rename):
                if op.folder != folder:
                    left.append(op)
            elif folder not in (op.source, op.folder):
                left.append(op)
            elif op.source != op.folder and op.source == folder:
                left.append(Create(op.folder, op.new, op.node))
            elif op.source != op.folder and op.node in self.now.folders:
                self.safe.folders[op.source].pop(op.old, None)
            elif op.source != op.folder:
                left.append(Remove(op.source, op.old, op.node))
        self.names = left

    def named(self, mask: int) -> list[tuple[str, int]]:
        """Return each path and its node where the names in `mask` survived."""
        folders = self.safe.folders
        copied: set[int] = set()

        def names_of(folder: int) -> dict[str, int]:
            nonlocal folders
            if folders is self.safe.folders:
                folders = dict(folders)
            if folder not in copied:
                folders[folder] = dict(folders[folder])
                copied.add(folder)
            return folders[folder]

        for index, op in enumerate(self.names):
            if not mask >> index & 1:
                continue
            if isinstance(op, Create):
                names_of(op.folder)[op.name] = op.node
            elif isinstance(op, Remove) and folders[op.folder].get(op.name) == op.node:
                del names_of(op.folder)[op.name]
            elif isinstance(op, Rename) and folders[op.source].get(op.old) == op.node:
                del names_of(op.source)[op.old]
                names_of(op.folder)[op.new] = op.node
        return walk(folders, ROOT, "")


class Moment:
    """The states of one moment."""

    def __init__(self, survival: Survival, op: Op | None, effort: Effort, chance: random.Random) -> None:
        self._survival = survival
        self._op = op
        self._effort = effort
        self._chance = chance
        self._count = len(survival.names)
        self._everything = (1 << self._count) - 1
        self._named: dict[int, list[tuple[str, int]]] = {}

    def _at(self, mask: int) -> list[tuple[str, int]]:
        if mask not in self._named:
            self._named[mask] = self._survival.named(mask)
        return self._named[mask]

    def _tearable(self, mask: int) -> list[int]:
        return [node for _, node in self._at(mask) if node in self._survival.torn]

    def layout(self, mask: int, contents: dict[int, int], otherwise: int = _ALL) -> Layout:
        """Return the state in which these names and these variants of files survived."""
        files, folders = {}, set()
        for path, node in self._at(mask):
            torn = self._survival.torn.get(node)
            if node in self._survival.safe.folders:
                folders.add(path)
            elif torn is None:
                files[path] = self._survival.safe.files[node]
            else:
                files[path] = torn.content(contents.get(node, otherwise))
        return Layout(files, frozenset(folders))

    def layouts(self) -> Iterator[Layout]:
        """Return the states; some of them more than once."""
        if self._size() <= self._effort.whole:
            yield from self._all()
            return
        masks = [self._everything, 0, self._random_mask(), self._random_mask()]
        yield from (self.layout(mask, {}, otherwise) for mask in masks for otherwise in (_ALL, _NONE))
        for index in range(self._count):
            for mask in (self._everything ^ 1 << index, 1 << index):
                yield from (self.layout(mask, {}, otherwise) for otherwise in (_ALL, _NONE))
        yield from self._swept(masks[:3])
        for _ in range(self._effort.drawn):
            yield self._drawn()

    def _size(self) -> int:
        if self._count > self._effort.whole.bit_length():
            return self._effort.whole + 1
        torn = self._survival.torn
        masks = range(self._everything + 1)
        return sum(math.prod(len(torn[node].variants) for node in set(self._tearable(mask))) for mask in masks)

    def _all(self) -> Iterator[Layout]:
        for mask in range(self._everything + 1):
            choices: list[dict[int, int]] = [{}]
            for node in set(self._tearable(mask)):
                variants = range(len(self._survival.torn[node].variants))
                choices = [{**choice, node: number} for choice in choices for number in variants]
            yield from (self.layout(mask, choice) for choice in choices)

    def _swept(self, masks: list[int]) -> Iterator[Layout]:
        """Return the states in which the file that this moment is about is torn in each way."""
        node = self._op.node if isinstance(self._op, Write | Truncate | Rename) else None
        torn = None if node is None else self._survival.torn.get(node)
        if node is None or torn is None:
            return
        place = next((path for path, one in self._at(self._everything) if one == node), TEMPORARY)
        numbers: Iterable[int] = range(len(torn.variants))
        most = self._effort.renamed if isinstance(self._op, Rename) else self._effort.torn
        if place.endswith(TEMPORARY):
            most = _OF_NO_NAME
        if most is not None and most < len(torn.variants):
            numbers = self._chance.sample(range(len(torn.variants)), most)
        for number in numbers:
            yield from (self.layout(mask, {node: number}) for mask in dict.fromkeys(masks))

    def _random_mask(self) -> int:
        share = self._chance.choice((0.1, 0.5, 0.9))
        return sum((self._chance.random() < share) << index for index in range(self._count))

    def _drawn(self) -> Layout:
        mask = self._random_mask()
        contents = {}
        for node in self._tearable(mask):
            luck = self._chance.random()
            variants = len(self._survival.torn[node].variants)
            contents[node] = _ALL if luck < 0.4 else _NONE if luck < 0.55 else self._chance.randrange(variants)
        return self.layout(mask, contents)


def crash_states(
    base: Layout, ops: list[Op], effort: Effort, chance: random.Random, *, first: int = 0
) -> Iterator[CrashState]:
    """Return the states that a power cut may leave, moment by moment; some come more than once.

    Args:
        first: the number of the first operation of interest; before it the power holds.
    """
    survival = Survival.of(base)
    acknowledged = 0
    for number, op in enumerate(ops):
        survival.note(op)
        acknowledged += isinstance(op, Mark)
        # Flushing a file takes possibilities away and gives none: the states were among those of the moment before.
        if number < first or isinstance(op, Flush):
            continue
        for layout in Moment(survival, op, effort, chance).layouts():
            yield CrashState(layout, acknowledged, number)
