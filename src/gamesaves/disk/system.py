"""The system calls: the smallest part of gamesaves, which tests take out and replace to make disks fail."""

import os
import sys
import time

_BINARY = getattr(os, "O_BINARY", 0)
_NO_INHERIT = getattr(os, "O_CLOEXEC", 0)


class System:
    """The system calls, one method each; no logic of its own."""

    def open(self, path: str, flags: int) -> int:
        """Open a file; flags are those of `os.open`."""
        return os.open(path, flags | _BINARY | _NO_INHERIT, 0o666)

    def close(self, fd: int) -> None:
        """Close a file."""
        os.close(fd)

    def read(self, fd: int, size: int) -> bytes:
        """Read up to so many bytes."""
        return os.read(fd, size)

    def seek(self, fd: int, position: int) -> int:
        """Go to a byte of the file."""
        return os.lseek(fd, position, os.SEEK_SET)

    def write(self, fd: int, data: memoryview) -> int:
        """Write some of the bytes; return how many."""
        return os.write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file off."""
        os.ftruncate(fd, size)

    def flush(self, fd: int) -> None:
        """Make data and metadata durable (`fsync`; on macOS `F_FULLFSYNC`, as `fsync` stops at the drive's cache)."""
        if sys.platform == "darwin":  # pragma: no cover
            import fcntl

            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(fd)

    def flush_data(self, fd: int) -> None:
        """Make data durable, and of the metadata what reading it back needs (`fdatasync` where there is one)."""
        if sys.platform in ("darwin", "win32"):  # pragma: no cover
            self.flush(fd)
        else:
            os.fdatasync(fd)

    def flush_folder(self, path: str) -> None:
        """Make a folder's entries durable; Windows has no such call."""
        if sys.platform == "win32":  # pragma: no cover
            return
        fd = os.open(path, os.O_RDONLY | _NO_INHERIT)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def stat(self, path: str) -> os.stat_result:
        """Look at a path, links followed."""
        return os.stat(path)

    def is_link(self, path: str) -> bool:
        """Whether a path is a link, wherever it leads."""
        return os.path.islink(path)

    def fstat(self, fd: int) -> os.stat_result:
        """Look at an open file."""
        return os.fstat(fd)

    def replace(self, source: str, target: str) -> None:
        """Rename, over what has the name already."""
        os.replace(source, target)

    def link(self, source: str, target: str) -> None:
        """Give a file a second name."""
        os.link(source, target)

    def unlink(self, path: str) -> None:
        """Remove a name."""
        os.unlink(path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        os.mkdir(path)

    def entries(self, path: str) -> list[os.DirEntry[str]]:
        """List a folder."""
        with os.scandir(path) as found:
            return list(found)

    def free_space(self, path: str) -> int:
        """Return the bytes that may still be written to the disk that holds `path`."""
        import shutil

        return shutil.disk_usage(path).free

    def monotonic(self) -> float:
        """Return seconds that only go forward."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        time.sleep(seconds)
