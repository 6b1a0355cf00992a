"""Folders as a disk has them: numbered nodes, names that lead to them, and the operations that change either."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

ROOT = 0


@dataclass(frozen=True, slots=True)
class Create:
    """A name for a new file or folder."""

    folder: int
    name: str
    node: int
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put into a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file cut or lengthened."""

    node: int
    size: int


@dataclass(frozen=True, slots=True)
class Flush:
    """`fsync` or `fdatasync` of a file, returned."""

    node: int


@dataclass(frozen=True, slots=True)
class FlushFolder:
    """`fsync` of a folder, returned."""

    folder: int


@dataclass(frozen=True, slots=True)
class Rename:
    """A node that moves from one name to another, over what has that name."""

    node: int
    source: int
    old: str
    folder: int
    new: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A name that goes: `unlink` and `rmdir`."""

    folder: int
    name: str
    node: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing on the disk: the program has told somebody that something is safe now."""

    what: str


Naming = Create | Rename | Remove
Op = Naming | Write | Truncate | Flush | FlushFolder | Mark


@dataclass(frozen=True)
class Layout:
    """What is in a folder: files by their path, with `/` between the steps, and the folders below it."""

    files: dict[str, bytes]
    folders: frozenset[str]

    @cached_property
    def key(self) -> bytes:
        """A hash of everything in it."""
        digest = blake2b(digest_size=16)
        for path in sorted(self.folders):
            digest.update(b"\0%b\0" % path.encode())
        for path, data in sorted(self.files.items()):
            digest.update(b"%b\0%d\0" % (path.encode(), len(data)))
            digest.update(data)
        return digest.digest()

    @classmethod
    def of(cls, root: Path) -> "Layout":
        """Read a real folder; lock files and what SQLite keeps, which are no part of any save, are left out."""
        files: dict[str, bytes] = {}
        folders: set[str] = set()
        for place, below, names in os.walk(root):
            if Path(place).name == "index":
                below[:] = [name for name in below if not name.startswith("universe-")]
            step = Path(place).relative_to(root)
            folders.update((step / name).as_posix() for name in below)
            for name in names:
                if not name.endswith(".lock"):
                    files[(step / name).as_posix()] = Path(place, name).read_bytes()
        return cls(files, frozenset(folders))


@dataclass(slots=True)
class Disk:
    """The nodes of a disk, from `ROOT` down."""

    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {ROOT: {}})

    @classmethod
    def of(cls, layout: Layout) -> "Disk":
        """Return a disk with this on it."""
        disk = cls()
        numbers = {"": ROOT}
        for path in sorted(layout.folders | layout.files.keys()):
            above, _, name = path.rpartition("/")
            numbers[path] = node = len(numbers)
            disk.folders[numbers[above]][name] = node
            if path in layout.folders:
                disk.folders[node] = {}
            else:
                disk.files[node] = layout.files[path]
        return disk

    def copy(self) -> "Disk":
        """Return a disk that can be changed without this one changing."""
        return Disk(dict(self.files), {node: dict(names) for node, names in self.folders.items()})

    def apply(self, op: Op) -> None:
        """Do an operation, as the running system sees it."""
        match op:
            case Create():
                self.folders[op.folder][op.name] = op.node
                if op.is_folder:
                    self.folders.setdefault(op.node, {})
                else:
                    self.files.setdefault(op.node, b"")
            case Rename():
                del self.folders[op.source][op.old]
                self.folders[op.folder][op.new] = op.node
            case Remove():
                del self.folders[op.folder][op.name]
            case Write() | Truncate():
                self.files[op.node] = changed(self.files[op.node], op)
            case _:
                pass

    def layout(self) -> Layout:
        """Return what can be reached from the root."""
        files: dict[str, bytes] = {}
        folders: set[str] = set()
        for path, node in walk(self.folders, ROOT, ""):
            if node in self.folders:
                folders.add(path)
            else:
                files[path] = self.files[node]
        return Layout(files, frozenset(folders))


def walk(folders: dict[int, dict[str, int]], node: int, above: str) -> list[tuple[str, int]]:
    """Return the path and the node of everything below a folder."""
    found = []
    for name, below in folders[node].items():
        found.append((above + name, below))
        if below in folders:
            found += walk(folders, below, f"{above}{name}/")
    return found


def changed(content: bytes, op: Write | Truncate) -> bytes:
    """Return a file's content after an operation; what was never written is NUL."""
    if isinstance(op, Truncate):
        return content[: op.size].ljust(op.size, b"\0")
    return content[: op.offset].ljust(op.offset, b"\0") + op.data + content[op.offset + len(op.data) :]
