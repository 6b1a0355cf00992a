"""Looking over many files at little cost: nothing is read, sorted or resolved."""

import contextlib
from collections.abc import Container, Iterator

from gamesaves.disk import files
from gamesaves.disk.files import Signature
from gamesaves.errors import FileProblem


def scan(
    folder: str, endings: tuple[str, ...], *, deep: bool = True, left_out: Container[str] = ()
) -> Iterator[tuple[str, Signature]]:
    """Yield the files with these endings, and what tells each from a later version of itself.

    Names that begin with a dot are passed over, and so is what cannot be listed or asked now. Links to folders are not
    followed, as they may lead back.

    Args:
        deep: look into the folders inside, too.
        left_out: names in `folder` that are not looked at.
    """
    try:
        found = files.system.entries(folder)
    except OSError:
        return
    for entry in found:
        if entry.name.startswith(".") or entry.name in left_out:
            continue
        if entry.is_dir(follow_symlinks=False):
            if deep:
                yield from scan(entry.path, endings)
        elif entry.name.endswith(endings):
            with contextlib.suppress(FileProblem):
                if (signature := files.signature(entry.path)) is not None:
                    yield entry.path, signature


def subfolders(folder: str) -> list[str]:
    """Return the paths of the folders in a folder, links to folders among them; none where it cannot be listed."""
    try:
        return [one.path for one in files.system.entries(folder) if not one.name.startswith(".") and one.is_dir()]
    except OSError:
        return []
