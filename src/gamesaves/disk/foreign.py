"""A folder that somebody else has made: what files are in it, without following a link or opening anything."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.disk.files import Signature
from gamesaves.disk.manifests import Limits, require_within
from gamesaves.errors import BadBundle, FileProblem

DEPTH = 32
"""How many folders may lie inside each other."""


@dataclass(slots=True)
class Foreign:
    """What is in a folder.

    Attributes:
        files: by path, with `/`; hidden ones are left out.
        passed_over: paths that are not looked at, and why.
        unread: paths that the system does not let be looked at, and why.
    """

    origin: Path
    files: dict[str, Signature] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, as many as it had when the folder was looked at.

        Raises:
            FileProblem: it cannot be read.
        """
        return files.read(self.origin / path, 0, self.files[path].size)


def looked_through(origin: Path, limits: Limits) -> Foreign:
    """Look through a folder and those in it.

    Raises:
        BadBundle: there is too much in it.
    """
    found = Foreign(origin)
    _walk(found, origin, limits, 1)
    total = sum(one.size for one in found.files.values())
    require_within(origin, total, limits, packed=total)
    return found


def _walk(found: Foreign, folder: Path, limits: Limits, depth: int) -> None:
    for entry in folders.entries(folder):
        path = entry.path.relative_to(found.origin).as_posix()
        if entry.name.startswith("."):
            continue
        if (readable := path.encode(errors="backslashreplace").decode()) != path:
            found.passed_over[readable] = "its name is no text"
        elif entry.is_link:
            found.passed_over[path] = "it is a link"
        elif entry.is_folder and depth == DEPTH:
            found.passed_over[path] = f"it lies in more than {DEPTH} folders"
        else:
            try:
                if entry.is_folder:
                    _walk(found, entry.path, limits, depth + 1)
                else:
                    _look_at(found, entry.path, path)
            except FileProblem as error:
                found.unread[path] = error.message
            if len(found.files) > limits.entries:
                raise BadBundle(f"it has more than {limits.entries:,} files, which are the most", path=found.origin)


def _look_at(found: Foreign, file: Path, path: str) -> None:
    try:
        regular = stat.S_ISREG(files.system.stat(str(file)).st_mode)
    except OSError as error:
        files.refuse(error, file, "look at")
    signature = files.signature(file)
    if regular and signature is not None:
        found.files[path] = signature
    else:
        found.passed_over[path] = "it is no file"
