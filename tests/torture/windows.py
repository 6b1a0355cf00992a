"""What test_under_wine.py has a Windows Python do. Each line that it prints is one JSON value, for the test to judge.

python -m tests.torture.windows story STORE          a campaign from a preset, turns, closed and opened again
python -m tests.torture.windows names STORE          names that Windows keeps for itself
python -m tests.torture.windows seen STORE           all that a game sees of a store, and a hash of each file
python -m tests.torture.windows play STORE           a turn for each line that is read
python -m tests.torture.windows refused STORE        how opening the campaign is refused
python -m tests.torture.windows reading FILE         a file that is open until a line is read
"""

import json
import os
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from gamesaves.errors import Locked
from tests.integration.stores import bytes_in, state_of

TITLE = "The Lost Kingdom"
KARA = "pc:kara_smith"
TURNS = 30
"""Enough of them that closing leaves a snapshot."""

NAMES = ("CON", "aux", "NUL.txt", "com1", "LPT9 ", "dots...", "space ", "a:b", "Zo\u00eb", "\u674e\u5c0f\u9f8d")


def tell(value: Any) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def story(root: str) -> dict[str, Any]:
    """Play a campaign, close it, and play on."""
    with SaveStore(root) as store:
        kara = store.presets.draft("kara_stormwind")
        kara.name = "Kara Smith"
        store.profiles.portrait(kara)
        with store.campaigns.create(TITLE, characters=[kara]) as campaign:
            zombie = campaign.add_character("zombie").character_id
            for number in range(1, TURNS + 1):
                with campaign.turn(f"Round {number}") as turn:
                    turn.character(zombie).hit_points_current = 1 + number % 9
                    turn.document("map/aux")["n"] = number
            campaign.say(KARA, "\U0001f409 Was that all?")
    with SaveStore(root) as store, store.campaigns.open(TITLE) as campaign:
        assert campaign.problems == [], campaign.problems
        assert campaign.document("map/aux")["n"] == TURNS
        with campaign.turn("Home") as turn:
            turn.character(KARA).take_damage(8)
    return seen(root)


def names(root: str) -> dict[str, Any]:
    """Call people, campaigns and documents what a file may not be called."""
    with SaveStore(root) as store:
        drafts = [store.presets.draft("kara_stormwind") for _ in NAMES]
        for draft, name in zip(drafts, NAMES, strict=True):
            draft.name = name
        people = [store.profiles.save(draft).character_id for draft in drafts]
        for name in NAMES:
            with store.campaigns.create(name, characters=people) as campaign, campaign.turn() as turn:
                for one in people:
                    turn.character(one).hit_points_current = 7
                    turn.put(f"{one.partition(':')[2]}/{one.partition(':')[2]}", {"name": name})
        assert store.check() == []
    return seen(root)


def seen(root: str) -> dict[str, Any]:
    """Return what a game sees of a store, and a hash of each file; nothing is changed."""
    campaigns = {}
    with SaveStore(root) as store:
        profiles = [store.profiles.get(one.character_id).model_dump(mode="json") for one in store.profiles.list()]
        for one in store.campaigns.list():
            with store.campaigns.open(one.campaign_id, read_only=True) as campaign:
                campaigns[one.title] = state_of(campaign)
                assert campaign.problems == [], campaign.problems
        assert store.check() == []
    files = {name: sha256(data).hexdigest() for name, data in bytes_in(Path(root)).items()}
    return {"profiles": profiles, "campaigns": campaigns, "files": files}


def play(root: str) -> dict[str, Any]:
    """Commit a turn for each line; a line `wait` waits for the documents instead."""
    with SaveStore(root) as store, store.campaigns.open(TITLE) as campaign:
        tell({"pid": os.getpid(), "problems": [one.code for one in campaign.problems]})
        for line in sys.stdin:
            start = time.monotonic()
            if line.strip() == "wait":
                campaign.flush()
            else:
                with campaign.turn(line.strip()) as turn:
                    counter = turn.document("counter")
                    counter["n"] = counter.get("n", 0) + 1
                    turn.character(KARA).hit_points_current = 1 + counter["n"] % 9
            tell({"n": campaign.document("counter")["n"], "seconds": time.monotonic() - start})
        start = time.monotonic()
    return {"problems": [one.code for one in campaign.problems], "seconds": time.monotonic() - start}


def refused(root: str) -> dict[str, Any] | None:
    """Open the campaign, and return what the refusal says; None where there was none."""
    with SaveStore(root) as store:
        try:
            store.campaigns.open(TITLE).close()
        except Locked as error:
            return {"message": error.message, "pid": error.pid, "program": error.program, "code": error.code}
    return None


def reading(path: str) -> str:
    """Have a file open as any program has that does not care for others."""
    with open(path, encoding="utf-8") as file:
        file.read(1)
        tell("open")
        sys.stdin.readline()
    return "closed"


ROLES: dict[str, Callable[[str], Any]] = {
    "story": story,
    "names": names,
    "seen": seen,
    "play": play,
    "refused": refused,
    "reading": reading,
}


if __name__ == "__main__":
    tell(ROLES[sys.argv[1]](sys.argv[2]))
