"""A story of 150 turns in five sittings, each a process of its own; one is killed."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

from gamesaves import Campaign, SaveStore
from tests.integration.stores import Clock

ROOT = Path(__file__).parents[2]
TITLE = "The Long Way"
KARA = "pc:kara_stormwind"
SITTINGS = (30, 30, 40, 25, 25)
KILLED = 2
STAYS = ("status", "started_at", "last_saved", "ended_at", "playtime_seconds", "device")


def picture(campaign: Campaign) -> dict[str, Any]:
    """Return all that going back brings back."""
    state = {key: tree for key, tree in campaign.state_at(campaign.head).items() if key != "slots"}
    for key, tree in state.items():
        if key.startswith("sessions/"):
            state[key] = {name: value for name, value in tree.items() if name not in STAYS}
    return {"state": state, "chat": [message.text for message in campaign.messages]}


def act(campaign: Campaign, number: int, random: Random) -> None:
    with campaign.turn(f"Turn {number}") as turn:
        kara = turn.character(KARA)
        what = random.randrange(5)
        if what == 0:
            kara.take_damage(random.randrange(9))
        elif what == 1:
            kara.heal(random.randrange(9))
            turn.remember(KARA, f"Somebody healed me in turn {number}")
        elif what == 2:
            turn.advance_time(random.randrange(1, 4))
        elif what == 3:
            turn.session.user_state.mood = random.choice(["grim", "merry"])
            turn.document("map/level1")["seen"] = number
        kara.gain_experience(1)
        turn.say("narrator", f"It is turn {number}")


def sitting(root: str, number: int) -> None:
    """Play one sitting; say what every turn has left."""
    random = Random(number)
    first = sum(SITTINGS[:number])
    with SaveStore(root, clock=Clock()) as store:
        campaign = store.campaigns.open(TITLE)
        if campaign.session is not None and campaign.session.status == "active":
            campaign.end_session()
        campaign.start_session(f"Sitting {number + 1}", characters=[KARA])
        for turn in range(first, first + SITTINGS[number]):
            act(campaign, turn, random)
            line = {"event": campaign.head.hash, "turn": turn, **picture(campaign)}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        if number == KILLED:
            signal.raise_signal(signal.SIGKILL)
        campaign.close()


def test_each_of_150_turns_in_five_sittings_can_be_reached_again(tmp_path: Path) -> None:
    with SaveStore(tmp_path / "s", clock=Clock()) as store:
        store.campaigns.create(TITLE, characters=["kara_stormwind"]).close()
    said: list[dict[str, Any]] = []
    for number in range(len(SITTINGS)):
        child = [sys.executable, "-m", "tests.e2e.test_long_story", str(tmp_path / "s"), str(number)]
        done = subprocess.run(child, capture_output=True, encoding="utf-8", cwd=ROOT, check=False)
        assert done.returncode == (-signal.SIGKILL if number == KILLED else 0), done.stderr
        said += [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["turn"] for one in said] == list(range(150))
    with SaveStore(tmp_path / "s", clock=Clock()) as store, store.campaigns.open(TITLE) as campaign:
        assert campaign.data.total_turns == 150
        assert campaign.data.total_sessions == 5
        assert len(campaign.characters[KARA].memories) > 5
        assert campaign.characters[KARA].experience == 150
        for one in said:
            campaign.restore(one["event"])
            found = picture(campaign)
            # That somebody sat down later stays true.
            later = {key for key in found["state"] if key.startswith("sessions/")} - one["state"].keys()
            kept = {key: tree for key, tree in found["state"].items() if key not in later}
            assert (kept, found["chat"]) == (one["state"], one["chat"]), one["turn"]


if __name__ == "__main__":
    sitting(sys.argv[1], int(sys.argv[2]))
