"""Every system call of every workload fails once, and from then on: a clear error, the old state whole, and on it goes."""

import itertools
import shutil
from pathlib import Path

import pytest

from gamesaves.disk import files
from gamesaves.errors import NotFound, SavesError
from tests.torture import attempts, openings, wholestores
from tests.torture.attempts import Attempt
from tests.torture.breaking import FAULTS, SHORT, Breaking, Fault, Lasting

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


@pytest.mark.parametrize("lasting", Lasting, ids=lambda one: one.name.lower())
@pytest.mark.parametrize("fault", [*FAULTS, SHORT], ids=lambda one: one.name)
@pytest.mark.parametrize("attempt", [*LEDGERS, *STORES], ids=lambda one: one.__name__)
def test_a_call_that_fails_loses_nothing(attempt: type[Attempt], fault: Fault, lasting: Lasting, scratch: Path) -> None:
    template = scratch / "template"
    with files.using(Breaking()):
        attempt.prepare(template)
    for index in itertools.count():
        root = scratch / str(index)
        if template.exists():
            shutil.copytree(template, root)
        if not attempted(attempt, root, fault, lasting, index):
            return
        shutil.rmtree(root, ignore_errors=True)


def attempted(attempt: type[Attempt], root: Path, fault: Fault, lasting: Lasting, index: int) -> bool:
    """Make an attempt in which one call fails; return whether there was such a call."""
    system = Breaking()
    error = None
    with files.using(system):
        one = attempt(root, system)
        system.arm(fault, lasting, index)
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
            problem.add_note(f"{fault.name} {lasting.value} at call {index}, {system.first}; it raised {error!r}")
            raise
    return bool(system.failed)
