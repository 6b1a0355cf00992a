"""Disks of our own: file systems in memory or in a file, mounted where only the process that uses them sees them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""Runs a command whose mounts, and the processes that serve them, end with it."""

CANNOT_MOUNT = 77
"""The exit code of a command that could not mount what it needs."""


@dataclass(frozen=True)
class Disk:
    """A kind of file system.

    Attributes:
        megabytes: the size of its image; the file is sparse.
        make: the command that makes it in the image, whose path follows.
        mount: the command that mounts it; the image and the folder follow.
        helpers: the commands that this one calls.
    """

    megabytes: int
    make: tuple[str, ...]
    mount: tuple[str, ...] = ("mount", "-o", "loop")
    helpers: tuple[str, ...] = ()


DISKS = {
    "ext4": Disk(64, ("mkfs.ext4", "-q", "-F", "-m", "0")),
    "xfs": Disk(320, ("mkfs.xfs", "-q", "-f")),
    "btrfs": Disk(128, ("mkfs.btrfs", "-q", "-f")),
    "ntfs": Disk(64, ("mkfs.ntfs", "-q", "-F"), ("ntfs-3g", "-o", "windows_names")),
    "exfat": Disk(64, ("mkfs.exfat",), ("mount", "-t", "exfat-fuse", "-o", "loop"), ("mount.exfat-fuse",)),
    "tmpfs": Disk(0, (), ("mount", "-t", "tmpfs", "-o", "size=4m")),
}


@cache
def lacking(name: str) -> str | None:
    """Return why a disk of this kind cannot be made here; None where it can."""
    if not sys.platform.startswith("linux"):
        return "file systems of one's own are mounted on Linux only"
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    for tool in (*APART[:1], *DISKS[name].make[:1], *DISKS[name].mount[:1], *DISKS[name].helpers):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    apart = subprocess.run([*APART, "true"], capture_output=True, check=False)
    return None if apart.returncode == 0 else "this machine does not let a process have mounts of its own"


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip a test, with the reason, where one of these disks cannot be made."""
    reasons = [reason for reason in map(lacking, names) if reason]
    return pytest.mark.skipif(bool(reasons), reason="; ".join(dict.fromkeys(reasons)))


def on_disks(*arguments: str | Path) -> str:
    """Run `tests.torture.ondisks` where it may mount what it likes; return what it says."""
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.torture.ondisks", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    if done.returncode == CANNOT_MOUNT:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def mounted(folder: Path, *names: str) -> Iterator[dict[str, Path]]:
    """Make and mount disks in a folder; return where each is. Exits with `CANNOT_MOUNT` where that fails."""
    with ExitStack() as leaving:
        places = {}
        for name in names:
            place = folder / name
            place.mkdir()
            _run(name, *DISKS[name].mount, _image(folder, name), place)
            leaving.callback(_unmount, place)
            places[name] = place
        yield places


def _unmount(place: Path) -> None:
    subprocess.run(["umount", place], check=False)


def _image(folder: Path, name: str) -> Path:
    image = folder / f"{name}.image"
    if DISKS[name].make:
        with image.open("wb") as file:
            file.truncate(DISKS[name].megabytes << 20)
        _run(name, *DISKS[name].make, image)
    return image


def _run(name: str, *command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.stderr.write(f"{name} cannot be made and mounted here: {done.stderr.strip() or done.stdout.strip()}\n")
        sys.exit(CANNOT_MOUNT)
