"""Verifying a universe: its events are ones that a timeline can have, and its world is what they make of it."""

import math
import shlex
from collections.abc import Iterator
from pathlib import Path

from gamesaves.disk import layout
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import State
from gamesaves.errors import Problem
from gamesaves.rules.patch import Json
from gamesaves.services.seenworlds import KIND
from gamesaves.services.worldchange import furthest_tick
from gamesaves.services.worldcontract import UNIVERSE, WORLD
from gamesaves.services.worldfold import MAJOR
from gamesaves.services.worldmerging import world_of


def world_problems(folder: Path, state: State) -> Iterator[Problem]:
    """Yield what is wrong with the world of a universe whose log is whole.

    Args:
        state: at the end of the log.
    """
    ancestry = Ancestry(folder, KIND.contract)
    faults = [(event, fault) for event in ancestry.events.values() if (fault := KIND.fault(event)) is not None]
    for event, fault in faults:
        hint = "Put the log back from a backup or another copy of the folder."
        text = f"event {event.seq} cannot be used: {fault}"
        yield Problem("error", "damaged", str(folder / layout.LOG), text, hint)
    if not faults and UNIVERSE in state.trees and WORLD in state.trees:
        tick = furthest_tick(state.trees[UNIVERSE])
        differs = _difference(state.trees[WORLD], world_of(ancestry, tick))
        if differs is not None:
            text = f"at {differs} it is not what the events make of it"
            name = shlex.quote(folder.name)
            hint = f"The events are the truth, and are all there: saves universe world {name} --at {tick}"
            yield Problem("warning", "world_differs", str(folder / layout.document_path(WORLD)), text, hint)


def _difference(known: Tree, made: Tree) -> str | None:
    """Return the first place that differs; None where none does.

    The list of major events may have more: of events that a repair could not find again.
    """
    return next((name for name, value in made.items() if name != MAJOR and not _alike(known.get(name), value)), None)


def _alike(one: Json, other: Json) -> bool:
    """Whether two values are the same, but for what rounding makes of sums in another order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other) and type(one) is type(other)
