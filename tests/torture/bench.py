"""A real folder that is given one state after the other."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.diskmodel import Layout
from tests.torture.recorder import Watcher


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder in memory, where the system has such a thing."""
    memory = "/dev/shm"
    place = tempfile.mkdtemp(prefix="gamesaves-", dir=memory if os.access(memory, os.W_OK) else None)
    try:
        yield Path(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Bench:
    """Shows states in a folder; only what differs from the one before is written.

    Attributes:
        watcher: what has to see every operation in the folder, so that it is known what has changed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.watcher = Watcher(root)
        self._shown = Layout({}, frozenset())
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()

    def show(self, layout: Layout) -> None:
        """Make the folder what `layout` says."""
        if self.watcher.rearranged:
            shutil.rmtree(self.root)
            self.root.mkdir()
            self._shown = Layout({}, frozenset())
        touched = self.watcher.changed
        have = {path: data for path, data in self._shown.files.items() if path not in touched}
        for path in (have.keys() | touched) - layout.files.keys():
            if path not in layout.folders or path in self._shown.files:
                self._clear(path)
        for path in sorted(self._shown.folders - layout.folders):
            self._clear(path)
        for path in sorted(layout.folders):
            if path not in self._shown.folders or path in touched:
                os.makedirs(f"{self.root}/{path}", exist_ok=True)
        for path, data in layout.files.items():
            old = have.get(path)
            if old is not data and old != data:
                with open(f"{self.root}/{path}", "wb", buffering=0) as file:
                    file.write(data)
        self._shown = layout
        self.watcher = Watcher(self.root)

    def _clear(self, path: str) -> None:
        place = f"{self.root}/{path}"
        try:
            os.unlink(place)
        except (IsADirectoryError, PermissionError):
            shutil.rmtree(place)
        except (FileNotFoundError, NotADirectoryError):
            return
