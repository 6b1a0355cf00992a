"""Kills games: forks one after the other from a process that has loaded everything, and looks what is left of each.

python -m tests.torture.killing FOLDER CYCLES SEED     at moments chosen by the seed
python -m tests.torture.killing FOLDER calls SEED      before each system call that changes anything
"""

import itertools
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from gamesaves.disk import files
from tests.integration.stores import Quick
from tests.torture.killed import begin, play, teller
from tests.torture.survivors import Survivors

GAMES_PER_STORE = 25
SECONDS = 30.0
"""How long a game may take: longer, and it hangs."""

Child = Callable[[int], None]


CHANGES = frozenset({"write", "truncate", "flush", "flush_data", "flush_folder", "replace", "unlink", "rmdir", "mkdir"})


class Doomed(Quick):
    """Ends the process before one of the calls that change something; between those it makes no difference."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._left = last
        self.before = self._count

    def _count(self, call: str, path: str) -> None:
        if call not in CHANGES and (call != "open" or os.path.exists(path)):
            return
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def forked(child: Child) -> tuple[int, int]:
    """Run `child` in a process of its own; return its id and where it can be heard."""
    hear, speak = os.pipe()
    pid = os.fork()
    if pid:
        os.close(speak)
        return pid, hear
    code = 1
    try:
        os.close(hear)
        child(speak)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may get out of the child, into the rest of the tests
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def heard(pid: int, hear: int, until: Callable[[int], float | None]) -> list[bytes]:
    """Listen until the game ends or is to be killed; return the whole lines it has said.

    Args:
        until: given how many lines were heard, the time at which to kill it; None to wait for more.
    """
    text, give_up = b"", time.monotonic() + SECONDS
    poll = select.poll()
    poll.register(hear)
    while True:
        moment = until(text.count(b"\n"))
        wait = (give_up if moment is None else moment) - time.monotonic()
        if wait <= 0:
            os.kill(pid, signal.SIGKILL)
            assert moment is not None, "the game hangs"
        if poll.poll(max(wait, 0.0) * 1000 if wait > 0 else None):
            data = os.read(hear, 1 << 16)
            text += data
            if not data:
                break
    os.close(hear)
    _, status = os.waitpid(pid, 0)
    assert status in (0, signal.SIGKILL), f"the game ended with {status}"
    return text.splitlines()[: text.count(b"\n")]


def at_random(random: Random) -> Callable[[int], float | None]:
    """Return when to kill a game: some time after it began, or shortly after one of the things it says."""
    if random.random() < 0.3:
        moment = time.monotonic() + random.random() * 0.03
        return lambda _lines: moment
    enough, delay = random.randrange(1, 20), random.random() ** 2 * 0.003
    moments: list[float] = []

    def until(lines: int) -> float | None:
        if lines >= enough and not moments:
            moments.append(time.monotonic() + delay)
        return moments[0] if moments else None

    return until


def edited_by_hand(survivors: Survivors, random: Random) -> None:
    """Change the notes with an editor while nobody plays, or break them."""
    path = next(survivors.root.glob("campaign_the_lost*/documents/notes.json"))
    try:
        notes = json.loads(path.read_bytes())
    except ValueError:
        return
    if random.random() < 0.5:
        survivors.edits += 1
        survivors.edit = survivors.edits
        survivors.taken_in = False
        path.write_text(json.dumps({**notes, "edit": survivors.edit}, indent=4))
    elif survivors.taken_in:
        survivors.ruins.append(b'{"edit": %d, "ruined": ' % random.getrandbits(32))
        path.write_bytes(survivors.ruins[-1])


def killed_at_random(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Begin games until so many were killed; some come to their end before."""
    random = Random(seed)
    counts = {"games": 0, "killed": 0, "acknowledged": 0, "edits": 0}
    for number in itertools.count():
        if counts["killed"] == kills:
            break
        if number % GAMES_PER_STORE == 0:
            root = folder / str(number)
            begin(root)
            survivors = Survivors(root)
        own = Random(random.getrandbits(64))
        pid, hear = forked(lambda fd, own=own, root=root: play(root, teller(fd), own, 12))  # type: ignore[misc]
        lines = heard(pid, hear, at_random(random))
        counts["games"] += 1
        counts["killed"] += not survivors.hear(lines)
        counts["acknowledged"] += sum(b'"done"' in line for line in lines)
        survivors.look(writing=random.random() < 0.5)
        if random.random() < 0.3:
            edited_by_hand(survivors, random)
            counts["edits"] += 1
        if number % GAMES_PER_STORE == GAMES_PER_STORE - 1:
            shutil.rmtree(root)
    return counts


def killed_before_each_call(folder: Path, seed: int) -> dict[str, int]:
    template = folder / "template"
    begin(template)
    for index in range(1 << 20):
        root = folder / "store"
        shutil.copytree(template, root)
        survivors = Survivors(root)

        def child(fd: int, index: int = index, root: Path = root) -> None:
            with files.using(Doomed(index)):
                play(root, teller(fd), Random(seed), 8)

        pid, hear = forked(child)
        ended = survivors.hear(heard(pid, hear, lambda _lines: None))
        survivors.look(writing=index % 2 == 0)
        shutil.rmtree(root)
        if ended:
            return {"games": index, "killed": index}
    raise AssertionError("the game never came to its end")


def main(folder: str, what: str, seed: str) -> None:
    place = Path(folder)
    done = (
        killed_before_each_call(place, int(seed)) if what == "calls" else killed_at_random(place, int(what), int(seed))
    )
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
