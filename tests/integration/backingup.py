"""What the tests of backups have in common: a story to back up, what of it is to be there, a program that dies."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.errors import SavesError
from tests.integration.stores import KARA, Mortal, bytes_in

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


def die(moment: int, work: Callable[[], object]) -> bool:
    """Do something in a program that dies after so many changes of the disk; return whether it died."""
    mortal = Mortal()

    def count(*_: str) -> None:
        mortal.dead = sum(name in Mortal.CHANGES for name, _ in mortal.calls) >= moment

    mortal.before = count
    with files.using(mortal), suppress(SavesError):
        work()
    return mortal.dead
