"""What the system tells of changes, by way of watchdog: hints where it is worth looking, some of which get lost."""

import errno
import logging
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from gamesaves.disk import files
from gamesaves.disk.files import Signature

Hint = Callable[[str, bool], None]
"""Told of a path, and whether it is a folder's."""

# Not that somebody reads: that is what looking at a file does, too.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
NO_WATCHES = (errno.ENOSPC, errno.EMFILE)
"""The errors with which Linux says that no more can be watched."""


class Hints:
    """Events of folders and all below them, as long as it is not stopped.

    Args:
        hint: told of each; on a thread of watchdog's.
        lost: told where hints may have been lost.
    """

    def __init__(self, folders: Sequence[Path], hint: Hint, lost: Callable[[], None]) -> None:
        self._folders = folders
        self._events = _Events(hint)
        self._alarm = _Alarm(lost)
        self._observer: BaseObserver | None = None
        self._watched: dict[Path, int | None] = {}

    def start(self) -> None:
        """Begin; raises `OSError` where the system cannot watch it all, and nothing is watched then."""
        logging.getLogger("watchdog").addHandler(self._alarm)
        # It warns of folders that it has just begun to watch; where warnings are errors, that would end its thread.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.observers")
        try:
            self._observer = Observer()
            self._watched = {folder: _inode(folder) for folder in self._folders}
            for folder, inode in self._watched.items():
                if inode is not None:
                    self._observer.schedule(self._events, folder, recursive=True, event_filter=_EVENTS)
            self._observer.start()
            self.require_room()
        except OSError:
            self.stop()
            raise

    def require_room(self) -> None:
        """Raise `OSError` where Linux watches no further folder: watchdog passes over those inside that it cannot."""
        if self._observer is None or sys.platform != "linux":
            return
        for folder in self._folders[:1]:
            probe = self._observer.schedule(FileSystemEventHandler(), folder.parent, event_filter=[DirDeletedEvent])
            self._observer.unschedule(probe)

    @property
    def is_stale(self) -> bool:
        """Whether it has to begin anew: a folder is there only now, another one is in its place, or a thread ended."""
        ended = self._observer is None or not all(one.is_alive() for one in self._observer.emitters)
        return ended or any(_inode(folder) not in (None, inode) for folder, inode in self._watched.items())

    def stop(self) -> None:
        """End it, and all its threads; a second call does nothing."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            if observer.is_alive():
                observer.join()
        logging.getLogger("watchdog").removeHandler(self._alarm)


def _inode(folder: Path) -> int | None:
    signature: Signature | None = files.signature(folder)
    return None if signature is None else signature.inode


class _Events(FileSystemEventHandler):
    def __init__(self, hint: Hint) -> None:
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in map(os.fsdecode, (event.src_path, event.dest_path)):
            if path and not os.path.basename(path).startswith("."):
                self._hint(path, event.is_directory)


class _Alarm(logging.Handler):
    """Hears what watchdog logs: that the system's queue ran over, which no event tells."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._lost = lost

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - whatever went wrong, looking again mends it
        self._lost()
