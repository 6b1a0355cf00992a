"""A game that plays until it is killed, and says before and after each thing it does what that is."""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from gamesaves import Campaign, SaveStore
from tests.integration.stores import KARA

TITLE = "The Lost Kingdom"
SIDE = "A Side Story"

Tell = Callable[..., None]
"""Takes `begin` or `done` and what it is about; what is done is acknowledged, and has to outlive everything."""


def teller(fd: int) -> Tell:
    """Return what tells over a pipe; a line is short enough to arrive whole or not at all."""

    def tell(when: str, what: str, value: Any) -> None:
        os.write(fd, json.dumps([when, what, value]).encode() + b"\n")

    return tell


def picture(number: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + sha256(b"%d" % number).digest() * 40


class Game:
    """Plays; every value it writes is one more than the one it finds."""

    def __init__(self, store: SaveStore, campaign: Campaign, tell: Tell, random: Random) -> None:
        self.store = store
        self.campaign = campaign
        self.tell = tell
        self.random = random

    def turn(self) -> None:
        wait = self.random.random() < 0.7
        with self.campaign.turn("A turn") as turn:
            counter = turn.document("counter")
            number = counter["n"] = counter.get("n", 0) + 1
            turn.document("notes")["turn"] = number
            turn.character(KARA).hit_points_current = 1 + number % 9
            turn.say("pc:kara", str(number))
            self.tell("begin", "turn", number)
            pending = turn.commit(wait=wait)
        event = pending.result()
        self.tell("done", "turn", number)
        self.tell("done", "event", event.hash)

    def profile(self) -> None:
        number = int(self.store.profiles.get(KARA).attire or 0) + 1
        self.tell("begin", "profile", number)
        self.store.profiles.update(KARA, attire=str(number))
        self.tell("done", "profile", number)

    def picture(self) -> None:
        number = self.random.randrange(1000)
        path = self.store.images.add(picture(number), stem=f"p{number}")
        self.tell("done", "picture", path)

    def reopen(self) -> None:
        self.campaign.close()
        self.campaign = self.store.campaigns.open(TITLE)

    def side_story(self) -> None:
        sides = [one for one in self.store.campaigns.list() if one.title == SIDE]
        if len(sides) > 1:
            kept = self.store.campaigns.remove(sides[0].campaign_id)
            self.tell("done", "removed", [sides[0].campaign_id, str(kept)])
        else:
            with self.store.campaigns.create(SIDE, characters=[KARA]) as campaign:
                self.tell("done", "created", campaign.id)

    def play(self, steps: int) -> None:
        doing = (self.turn, self.profile, self.picture, self.reopen, self.side_story)
        for step in self.random.choices(doing, (12, 2, 1, 2, 1), k=steps):
            step()
        self.campaign.close()


def play(root: Path, tell: Tell, random: Random, steps: int) -> None:
    """Open the store and play; the last acknowledgement says that nothing is left to do."""
    with SaveStore(root) as store:
        Game(store, store.campaigns.open(TITLE), tell, random).play(steps)
    tell("done", "everything", steps)


def begin(root: Path) -> None:
    """Make what the game goes on with."""
    with SaveStore(root) as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
        store.profiles.update(KARA, attire="0")
        with store.campaigns.create(TITLE, characters=[KARA]) as campaign, campaign.turn() as turn:
            turn.put("counter", {"n": 0})
            turn.put("notes", {"turn": 0, "edit": 0})
