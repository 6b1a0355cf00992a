"""One of several processes that want the same thing at the same time.

    python -m tests.torture.contending STORE ROLE NUMBER COUNT

It says `ready`, waits for a line, does its work, and says what it has done.
"""

import json
import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.errors import Locked
from gamesaves.services.universe import Universe
from tests.integration.stores import KARA
from tests.torture.breaking import Unflushed

TITLE = "The Lost Kingdom"
FIELDS = ("attire", "backstory", "build", "gender", "pose", "race", "primary_weapon", "background_setting")
"""Of the profile; each process has one for itself."""

TURNS_A_SITTING = 25
PROCESSES = 8
FELLED = {"increment": "/locations/forest/fallen"}


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


def share(store: SaveStore, number: int, count: int) -> dict[str, Any]:
    """Let things happen in a universe, through turns of a campaign and without; once asked, say what it has become."""
    with store.campaigns.open(f"Road {number}") as campaign:
        universe = campaign.universe
        assert universe is not None
        for one in range(count):
            # Half of it comes behind what others have done already.
            tick, what = one if one % 4 < 2 else count * PROCESSES - one, f"{number}/{one}"
            if one % 2:
                with campaign.turn() as turn:
                    turn.publish("fell", what, at=tick, location="forest", effects=[FELLED, *marked(what)])
            else:
                effects = [Effect.model_validate(effect) for effect in (FELLED, *marked(what))]
                universe.publish(
                    TimelineEvent(
                        timeline_position=tick, kind="fell", description=what, location="forest", effects=effects
                    )
                )
            say({"told": what})
    say({"done": count})
    sys.stdin.readline()
    return {"seen": digest(universe)}


def marked(what: str) -> list[dict[str, Any]]:
    """Return an effect that shows what has happened last."""
    return [{"set": "/locations/forest/last", "value": what}]


def digest(universe: Universe) -> str:
    """Return a hash over everything that can be seen of a universe, in its order."""
    events = [event.model_dump(mode="json") for event in universe.events()]
    seen = [events, universe.world.model_dump(mode="json"), universe.data.model_dump(mode="json")]
    return blake2b(json.dumps(seen).encode(), digest_size=16).hexdigest()


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


ROLES: dict[str, Callable[[SaveStore, int, int], dict[str, Any]]] = {
    "credit": credit,
    "play": play,
    "hold": hold,
    "look": look,
    "share": share,
}


def main(root: str, role: str, number: str, count: str) -> None:
    with files.using(Unflushed()), SaveStore(Path(root)) as store:
        store.profiles.get(KARA)
        say({"ready": True})
        sys.stdin.readline()
        say(ROLES[role](store, int(number), int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
