"""Those who are told of each file that this program itself puts in its place, moves or removes.

A watcher is told so that it never takes what this program wrote for what somebody else did.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol


class Witness(Protocol):
    """Sees changes made by this program."""

    def witnessing(self, path: Path, data: bytes | None, source: Path | None) -> AbstractContextManager[None]:
        """Return what is entered before the change, and left behind it: with the error where it failed.

        Args:
            path: what is about to change; it goes away where neither of the others is given.
            data: what the file will hold.
            source: the file or folder that is moved there.
        """


_witnesses: tuple[Witness, ...] = ()


def add(witness: Witness) -> None:
    """Let somebody see every change from now on."""
    global _witnesses
    _witnesses = (*_witnesses, witness)


def dismiss(witness: Witness) -> None:
    """Show somebody nothing more."""
    global _witnesses
    _witnesses = tuple(one for one in _witnesses if one is not witness)


@contextmanager
def seeing(path: Path, data: bytes | None = None, source: Path | None = None) -> Iterator[None]:
    """Let all who are there see a change; the arguments are those of `Witness.witnessing`."""
    if not _witnesses:
        yield
        return
    with ExitStack() as stack:
        for witness in _witnesses:
            stack.enter_context(witness.witnessing(path, data, source))
        yield
