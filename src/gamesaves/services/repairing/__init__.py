"""Repairing a store: planned first, then done so that all of it can be taken back."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from gamesaves.disk import files
from gamesaves.disk.state import State
from gamesaves.errors import FileProblem, Problem, SavesError
from gamesaves.services.archiving import archive_problems
from gamesaves.services.campaigns import OPEN_PATIENCE_SECONDS, Campaigns
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context, Progress
from gamesaves.services.images import Images
from gamesaves.services.profiles import Profiles
from gamesaves.services.repairing.campaign import LedgerRepair
from gamesaves.services.repairing.kinds import CAMPAIGNS, Kind, ledgers
from gamesaves.services.repairing.plans import Repair, RepairStep
from gamesaves.services.repairing.shared import SharedRepair
from gamesaves.services.repairing.writing import carry_out

__all__ = ["Repair", "RepairStep", "repair"]


def repair(
    context: Context,
    campaigns: Campaigns,
    profiles: Profiles,
    images: Images,
    campaign: str | None,
    dry_run: bool,
    progress: Progress,
) -> Repair:
    """Repair a campaign, or the whole store; see `SaveStore.repair`."""
    # One that is not there is a step of its own.
    if not dry_run and files.exists(context.places.store_file):
        context.require_store()
    work = _Work(context, dry_run, progress or (lambda _: None))
    if campaign is not None:
        work.ledger(CAMPAIGNS, context.places.campaign(campaigns.id_of(campaign)))
        return work.result()
    for kind, folder in ledgers(context.places):
        try:
            work.ledger(kind, folder)
        except SavesError as error:
            work.remaining.append(error.as_problem())
    work.shared(campaigns, profiles, images)
    return work.result()


class _Work:
    """One repair under way."""

    def __init__(self, context: Context, dry_run: bool, tell: Callable[[str], object]) -> None:
        self._context = context
        self._dry_run = dry_run
        self._tell = tell
        self._steps: list[RepairStep] = []
        self._kept: list[Path] = []
        self._states: dict[str, State] = {}
        self.remaining: list[Problem] = []

    def result(self) -> Repair:
        return Repair(tuple(self._steps), tuple(self.remaining), tuple(self._kept), done=not self._dry_run)

    def ledger(self, kind: Kind, folder: Path) -> None:
        """Repair one campaign, or universe.

        Raises:
            Locked: somebody plays it.
            NoSpace, FileProblem, Damaged: it is as it was.
        """
        self._tell(folder.name)
        self._context.places.require_inside(folder)
        with self._held(kind, folder.name):
            plan = LedgerRepair(self._context, kind, folder).plan()
            self.remaining += plan.remaining
            if kind is CAMPAIGNS:
                self._states[folder.name] = plan.state
            if plan.steps and not self._dry_run:
                self._kept.append(carry_out(self._context, plan))
            self._steps += plan.steps

    @contextlib.contextmanager
    def _held(self, kind: Kind, name: str) -> Iterator[None]:
        lock = self._context.lock(kind.lock(name), f"{kind.contract.noun} {name}")
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(lock.held(OPEN_PATIENCE_SECONDS))
            except FileProblem:
                # Where nothing can be written nobody plays, and a plan can be made all the same.
                if not self._dry_run:
                    raise
            yield

    def shared(self, campaigns: Campaigns, profiles: Profiles, images: Images) -> None:
        """Repair what campaigns share, and look at what is put away: nothing mends that."""
        try:
            self.remaining += archive_problems(self._context, self._tell)
        except SavesError as error:
            self.remaining.append(error.as_problem())
        self._tell("profiles and pictures")
        shared = SharedRepair(self._context, campaigns, profiles, images, self._states)
        tasks = list(shared.tasks())
        self.remaining += shared.remaining
        for task in tasks:
            if not self._dry_run:
                try:
                    with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
                        kept = task.do()
                except SavesError as error:
                    self.remaining.append(error.as_problem())
                    continue
                self._kept += [] if kept is None else [kept]
            self._steps.append(task.step)
