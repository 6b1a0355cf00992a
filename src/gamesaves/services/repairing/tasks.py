"""What a repair does with a single file: what was there before is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.services.context import Context
from gamesaves.services.repairing.plans import VERB, RepairStep


@dataclass(frozen=True, slots=True)
class Task:
    """A step, and what does it; it returns where what was there before is kept, None where nothing was."""

    step: RepairStep
    do: Callable[[], Path | None]


def replacing(context: Context, step: RepairStep, data: bytes) -> Task:
    """Return what writes a step's file."""

    def do() -> Path | None:
        kept = _kept(context, step) if files.exists(step.path) else None
        folders.make(step.path.parent)
        files.replace(step.path, data, durable=True)
        return kept

    return Task(step, do)


def setting_aside(context: Context, step: RepairStep) -> Task:
    """Return what takes a step's file away."""
    return Task(step, lambda: _kept(context, step))


def _kept(context: Context, step: RepairStep) -> Path:
    return context.recovered.keep(step.path, at=context.stamp(), reason=step.reason, verb=VERB)
