"""Every system call of every workload fails, once or for good: a clear error, the old state whole, and on it goes."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves.disk import files
from gamesaves.errors import NotFound, SavesError
from tests.torture import attempts, openings, wholestores, worldattempts
from tests.torture.attempts import Attempt
from tests.torture.breaking import FAULTS, HELD_OPEN, SHORT, Breaking, Fault, Lasting

LEDGERS = [
    attempts.CommitOne,
    attempts.CommitSeveral,
    attempts.CommitAndSnapshot,
    attempts.CommitAfterEdit,
    attempts.Snapshot,
    attempts.Close,
    attempts.CloseLongSession,
    attempts.Migrate,
    attempts.Diverge,
    openings.Open,
    openings.OpenReencoded,
    openings.Create,
]
STORES = [
    wholestores.UpdateProfile,
    wholestores.SaveProfile,
    wholestores.AddPicture,
    wholestores.PrunePictures,
    wholestores.CreateCampaign,
    wholestores.RemoveCampaign,
    wholestores.OpenCampaign,
    wholestores.Play,
]
WORLDS = [worldattempts.Publish, worldattempts.PublishInTurn]
HELD = [
    attempts.CommitSeveral,
    attempts.Snapshot,
    attempts.Close,
    openings.Open,
    openings.Create,
    *STORES,
    worldattempts.Publish,
]
ARMED = [(fault, lasting) for fault in [*FAULTS, SHORT] for lasting in (Lasting.ONCE, Lasting.SAME)]
ARMED.append((FAULTS[0], Lasting.ALL))  # the disk is gone
PATIENCE_SECONDS = 10.2


def every_attempt(
    attempt: type[Attempt], fault: Fault, lasting: Lasting, scratch: Path
) -> Iterator[tuple[Breaking, SavesError | None]]:
    """Make an attempt for each call that the fault can happen to; return the system and what `act` raised."""
    template = scratch / "template"
    with files.using(Breaking()):
        attempt.prepare(template)
    for index in itertools.count():
        root = scratch / str(index)
        if template.exists():
            shutil.copytree(template, root)
        system = Breaking()
        with files.using(system):
            error = attempted(attempt, root, system, (fault, lasting, index))
        if not system.failed:
            assert index > 0
            return
        yield system, error
        shutil.rmtree(root, ignore_errors=True)


def attempted(
    attempt: type[Attempt], root: Path, system: Breaking, armed: tuple[Fault, Lasting, int]
) -> SavesError | None:
    error = None
    one = attempt(root, system)
    system.arm(*armed)
    try:
        try:
            one.act()
        except SavesError as raised:
            error = raised
        system.mend()
        if error is not None:
            assert system.failed or attempt is attempts.Diverge
            assert error.message
            assert error.path or isinstance(error, NotFound)
        one.judge(error)
    except BaseException as problem:
        fault, lasting, index = armed
        problem.add_note(f"{fault.name} {lasting.value} at call {index}, {system.first}; it raised {error!r}")
        raise
    return error


@pytest.mark.parametrize(("fault", "lasting"), ARMED, ids=[f"{fault.name}-{lasting.name}" for fault, lasting in ARMED])
@pytest.mark.parametrize("attempt", [*LEDGERS, *STORES, *WORLDS], ids=lambda one: one.__name__)
def test_a_call_that_fails_loses_nothing(attempt: type[Attempt], fault: Fault, lasting: Lasting, scratch: Path) -> None:
    for _, error in every_attempt(attempt, fault, lasting, scratch):
        assert error is None or fault is not SHORT or attempt is attempts.Diverge


@pytest.mark.parametrize("fault", HELD_OPEN, ids=lambda one: one.name)
@pytest.mark.parametrize("attempt", HELD, ids=lambda one: one.__name__)
def test_a_file_that_another_program_of_windows_lets_go_of_is_waited_for(
    attempt: type[Attempt], fault: Fault, scratch: Path
) -> None:
    for system, error in every_attempt(attempt, fault, Lasting.ONCE, scratch):
        assert error is None
        assert system.waited == [0.01]


@pytest.mark.parametrize("fault", HELD_OPEN, ids=lambda one: one.name)
@pytest.mark.parametrize("attempt", HELD, ids=lambda one: one.__name__)
def test_a_file_that_another_program_of_windows_never_lets_go_of_is_given_up_in_time(
    attempt: type[Attempt], fault: Fault, scratch: Path
) -> None:
    for system, _ in every_attempt(attempt, fault, Lasting.SAME, scratch):
        tries = system.waited.count(0.01)
        # Documents are waited for together.
        assert 10 < sum(system.waited) < PATIENCE_SECONDS * tries
