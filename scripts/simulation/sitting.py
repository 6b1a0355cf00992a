"""One sitting, in a process of its own: `python -m scripts.simulation.sitting STORE NAME NUMBER`.

It says each turn that is committed on standard output, as a line of JSON, and at the turn at which it is to be killed,
it says so and waits for that.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from gamesaves import Campaign, SaveStore
from scripts.simulation import story
from scripts.simulation.cast import ROLES, Role, Sitting

_FIRST_EVENING = datetime(2026, 1, 10, 19, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved; the one that only runs forward begins anew in each process."""

    now: datetime
    monotonic: float = 5.0

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds


def main(arguments: list[str]) -> int:
    root, name, number = arguments
    with SaveStore(root, clock=lambda: _FIRST_EVENING) as store:
        if name == "world":
            story.make_world(store)
            return 0
    sit_down(root, ROLES[name], int(number))
    return 0


def sit_down(root: str, role: Role, number: int) -> None:
    """Play a sitting, from where the story is to where the sitting ends."""
    sitting = role.sittings[number]
    before = sum(one.turns for one in role.sittings[:number])
    clock = Clock(_FIRST_EVENING + timedelta(days=number + role.begins))
    with SaveStore(root, clock=lambda: clock.now, monotonic=lambda: clock.monotonic) as store:
        known = store.campaigns.find(role.campaign) is not None
        with store.campaigns.open(role.campaign) if known else story.begin(store, role) as campaign:
            done = campaign.data.total_turns - before
            clock.now += timedelta(minutes=done * sitting.minutes / sitting.turns)
            if campaign.session is None or campaign.session.status != "active":
                name = f"Sitting {number + 1}"
                campaign.start_session(name, custom_data={"open": story.open_to(campaign)})
            else:
                _say(turn=campaign.data.total_turns, gone_on=True, **_left(campaign))
            for turn in range(done + 1, sitting.turns + 1):
                _play(campaign, role, sitting, before, turn, clock, may_die=done == 0)
            if number == len(role.sittings) - 1:
                story.end(campaign, role)
            campaign.end_session()


def _play(
    campaign: Campaign, role: Role, sitting: Sitting, before: int, number: int, clock: Clock, *, may_die: bool
) -> None:
    clock.passes(sitting.minutes * 60 / sitting.turns)
    moment = sitting.killed[1] if may_die and sitting.killed is not None and sitting.killed[0] == number else None
    with campaign.turn(f"Turn {before + number}") as turn:
        story.take_turn(campaign, turn, role, role.begins + before + number)
        if moment == "within":
            _wait_for_the_end(before + number, moment)
    if moment == "after":
        _wait_for_the_end(before + number, moment)
    _say(turn=before + number, **_left(campaign))


def _left(campaign: Campaign) -> dict[str, Any]:
    """Return what a turn has left, as little of it as is needed to tell it again."""
    return {"event": campaign.head.hash, "seen": fingerprints(campaign)}


def fingerprints(campaign: Campaign) -> dict[str, str]:
    """Return a hash of each thing that going back in a campaign brings back."""
    return {key: _hash(value) for key, value in story.seen(campaign).items()}


def _hash(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _wait_for_the_end(turn: int, moment: str) -> None:
    _say(turn=turn, kill=moment)
    sys.stdin.read()
    raise SystemExit("nobody has killed this process")


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
