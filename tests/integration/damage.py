"""Kinds of damage to files, and a store with something of everything to damage."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from tests.integration.stores import KARA, Clock, state_of

Spoil = Callable[[Path], object]


def cut(path: Path, keep: float = 0.6) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def half_zeroed(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))


def flipped(where: float, bit: int = 2) -> Spoil:
    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        if data:
            data[int(len(data) * where)] ^= 1 << bit
        path.write_bytes(data)

    return flip


def gone(path: Path) -> None:
    path.unlink()


def exchanged(one: Path, other: Path) -> None:
    ours, theirs = one.read_bytes(), other.read_bytes()
    one.write_bytes(theirs)
    other.write_bytes(ours)


KINDS: dict[str, Spoil] = {
    "cut": cut,
    "short": short,
    "emptied": emptied,
    "zeroed": zeroed,
    "half zeroed": half_zeroed,
    "flipped at the beginning": flipped(0.02),
    "flipped early": flipped(0.3),
    "flipped in the middle": flipped(0.5, 5),
    "flipped late": flipped(0.97),
    "gone": gone,
}


def play(store: SaveStore, title: str, turns: int) -> str:
    """Make a campaign with sessions, saves, a chat and documents of the game's own, and close it."""
    with store.campaigns.create(title, characters=["kara_stormwind", "zombie"]) as campaign:
        campaign.add_scene("Cave")
        campaign.start_session("Monday")
        for number in range(turns):
            with campaign.turn(f"Turn {number} of {title}") as turn:
                turn.document("count")["n"] = number
                turn.document("map/level1")["doors"] = {"north": number % 3, "of": title}
                turn.character(KARA).gain_experience(1)
                if number % 4 == 0:
                    turn.say("narrator", f"It is turn {number} of {title}.")
        campaign.save_as("Before the end")
        with campaign.turn("The end") as turn:
            turn.character(KARA).take_damage(3)
            turn.say("player", "The end.")
        return campaign.id


def _go_on(store: SaveStore, name: str, where: str) -> None:
    with store.campaigns.open(name) as campaign, campaign.turn(f"Only {where}") as turn:
        turn.document("aside")[where] = True


def fill(root: Path) -> tuple[str, str]:
    """Make a store with two campaigns, one of which two copies were joined in; return their ids."""
    with SaveStore(root, clock=Clock()) as store:
        store.presets.customise("characters", "zombie")
        name, other = play(store, "The Mine", 26), play(store, "The Tower", 12)
        store.profiles.portrait(KARA)
        first = root.parent / "first"
        shutil.copytree(root / name, first)
        _go_on(store, name, "here")
        here = (root / name).rename(root.parent / "here")
        shutil.copytree(first, root / name)
        _go_on(store, name, "there")
        with store.campaigns.open(name) as campaign:
            campaign.merge(here)
            with campaign.turn("Behind the joining") as turn:
                turn.document("count")["n"] = 100
            assert campaign.messages
            fight = campaign.encounter("Ambush")
            for number in range(3):
                with fight.round(f"Round {number}") as turn:
                    turn.character(KARA).take_damage(1)
        shutil.rmtree(first)
        shutil.rmtree(here)
    return name, other


def truth(root: Path, name: str) -> dict[str, Any]:
    """Return all that a campaign knows, without its head, which a repair may have moved."""
    with SaveStore(root) as store, store.campaigns.open(name, read_only=True) as campaign:
        state = state_of(campaign)
        state["slots"] = {slot_id: slot.name for slot_id, slot in campaign.slots.items()}
        state["sessions"] = {one: session.model_dump(mode="json") for one, session in campaign.sessions.items()}
        return state
