"""What a repair is going to do, and has done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gamesaves.errors import Problem

VERB = "repair"

Action = Literal["rebuild", "cut", "rewrite", "take in", "set aside", "remove"]
"""What is done with a file: `rebuild`: made from what else there is. `cut`: what is whole stays. `rewrite`: written as
the log says. `take in`: what it says goes into the log. `set aside`: moved away, and kept. `remove`: taken away."""


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One thing that a repair does.

    Attributes:
        what: log, snapshot, document, view, branch, encounter, profile, template, player, picture, store, lock,
            left_over.
        path: of the file.
        action: what is done with it.
        reason: what is wrong with it.
        lost: what does not come back, in the words of the game; None where nothing is lost.
    """

    what: str
    path: Path
    action: Action
    reason: str
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair of a store, or of one campaign, is going to do, or has done.

    Attributes:
        steps: what is done, in this order.
        remaining: what cannot be repaired.
        kept_in: where what was there before is kept; `store.undo()` puts it back.
        done: whether it has been carried out.
    """

    steps: tuple[RepairStep, ...]
    remaining: tuple[Problem, ...]
    kept_in: tuple[Path, ...] = ()
    done: bool = False
