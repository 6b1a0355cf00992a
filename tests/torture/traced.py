"""A game for `strace`, which makes its system calls fail or kills it at one of them: one thread, the same every time.

python -m tests.torture.traced STORE SEED STEPS
"""

import sys
from pathlib import Path
from random import Random

from gamesaves import Campaign
from gamesaves.errors import FlushFailed, SavesError
from tests.torture.killed import TITLE, Game, teller
from tests.torture.wholestores import opened


def main(root: str, seed: str, steps: str) -> None:
    tell = teller(sys.stdout.fileno())
    with opened(Path(root)) as store:
        game: Game | None = None
        try:
            game = Game(store, store.campaigns.open(TITLE), tell, Random(int(seed)))
            game.play(int(steps))
        except SavesError as error:
            tell("done", "refused", type(error).__name__)
            if game is not None and isinstance(error, FlushFailed) and str(error.path).endswith("log.jsonl"):
                tell("done", "read only", is_read_only(game.campaign))
    tell("done", "everything", steps)


def is_read_only(campaign: Campaign) -> bool:
    """Whether the campaign takes no more commits after one whose outcome is not known."""
    try:
        campaign.say("nobody", "is this kept?")
    except FlushFailed:
        return True
    return False


if __name__ == "__main__":
    main(*sys.argv[1:])
