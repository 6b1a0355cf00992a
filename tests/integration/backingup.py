"""What the tests of backups have in common: a story to back up, what of it is to be there, a program that dies."""

import errno
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gamesaves import Campaign, SaveStore
from gamesaves.errors import SavesError
from tests.integration.stores import KARA, Quick, bytes_in

INTERNAL = {"locks", "staging"}


def story(store: SaveStore, title: str = "The Mine") -> str:
    with store.campaigns.create(title, characters=["kara_stormwind"]) as campaign:
        blow(campaign)
        return campaign.id


def blow(campaign: Campaign) -> None:
    with campaign.turn("A blow") as turn:
        turn.character(KARA).take_damage(1)


def content(root: Path) -> dict[str, bytes]:
    """Return what of a store is to be in its backup."""
    every = bytes_in(root, besides=())
    passing = (name.split("/") for name in every)
    left_out = {"/".join(parts) for parts in passing if parts[0] == ".saves" and {*parts[1:3]} & (INTERNAL | {"index"})}
    own = {"backup.json", "backup-incomplete.json"}
    return {name: data for name, data in every.items() if name not in left_out | own}


def complete(store: SaveStore, folder: Path) -> list[str]:
    return [one.name for one in store.backups(folder) if one.complete]


def failures(system: Quick, work: Callable[[], object], *, step: int = 1) -> Iterator[int]:
    """Do something again and again, each time with another operation on files failing, until none of it has failed.

    Args:
        step: how many operations further on the next failure is.

    Returns:
        How many operations went well before the one that failed.
    """
    for number in itertools.count(0, step):
        failing = _Failing(number)
        system.before = failing
        with suppress(SavesError, OSError):
            work()
        system.before = None
        yield number
        if failing.left >= 0:
            return


@dataclass
class _Failing:
    """Lets the operation fail before which there were so many."""

    left: int

    def __call__(self, call: str, path: str) -> None:
        self.left -= 1
        if self.left == -1:
            raise OSError(errno.EIO, f"the disk failed in {call}", path)
