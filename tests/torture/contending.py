"""One of several processes that want the same thing at the same time.

    python -m tests.torture.contending STORE ROLE NUMBER COUNT

It says `ready`, waits for a line, does its work, and says what it has done.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.errors import Locked
from tests.integration.stores import KARA
from tests.torture.breaking import Unflushed

TITLE = "The Lost Kingdom"
FIELDS = ("attire", "backstory", "build", "gender", "pose", "race", "primary_weapon", "background_setting")
"""Of the profile; each process has one for itself."""

TURNS_A_SITTING = 25


def credit(store: SaveStore, number: int, count: int) -> dict[str, Any]:
    """Add to the profile's total again and again, and now and then to a field of its own."""
    uid = store.profiles.get(KARA).uid
    for one in range(1, count + 1):
        assert store.profiles.credit(f"campaign_{number}", {(KARA, uid): one}) == []
        if one % 20 == 0:
            store.profiles.update(KARA, **{FIELDS[number]: str(one)})
            assert getattr(store.profiles.get(KARA), FIELDS[number]) == str(one)
    return {"done": count}


def play(store: SaveStore, number: int, count: int) -> dict[str, Any]:
    """Take turns in the campaign whenever nobody else has it; note who has it else."""
    done, holders = 0, []
    while done < count:
        try:
            campaign = store.campaigns.open(TITLE)
        except Locked as error:
            holders.append([error.pid, error.host, error.program, error.since])
            continue
        with campaign:
            for _ in range(min(TURNS_A_SITTING, count - done)):
                with campaign.turn(f"Of {number}") as turn:
                    counter = turn.document("counter")
                    counter["n"] = counter.get("n", 0) + 1
                done += 1
    return {"done": done, "holders": holders}


def hold(store: SaveStore, _number: int, _count: int) -> dict[str, Any]:
    """Open the campaign, say so, and keep it until the next line comes."""
    with store.campaigns.open(TITLE):
        say({"held": True})
        sys.stdin.readline()
    return {"held": False}


def look(store: SaveStore, _number: int, _count: int) -> dict[str, Any]:
    """Try to open the campaign, and say who has it."""
    try:
        store.campaigns.open(TITLE).close()
    except Locked as error:
        return {
            "pid": error.pid,
            "host": error.host,
            "program": error.program,
            "since": error.since,
            "text": str(error),
        }
    return {"opened": True}


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


ROLES: dict[str, Callable[[SaveStore, int, int], dict[str, Any]]] = {
    "credit": credit,
    "play": play,
    "hold": hold,
    "look": look,
}


def main(root: str, role: str, number: str, count: str) -> None:
    with files.using(Unflushed()), SaveStore(Path(root)) as store:
        store.profiles.get(KARA)
        say({"ready": True})
        sys.stdin.readline()
        say(ROLES[role](store, int(number), int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
