"""What the state machines of whole stores have in common."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from tests.integration.stores import Clock, Quick


class Machine(RuleBasedStateMachine):
    """A store in a folder of its own, which goes away in the end.

    Attributes:
        system: what stands between it and the disk.
        campaign: the one that is open, if it is.
    """

    system: Quick
    campaign: Campaign | None = None

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="gamesaves-"))
        self.stack = ExitStack()
        self.begin_process()

    def make_system(self) -> Quick:
        return Quick()

    def begin_process(self) -> None:
        self.system = self.make_system()
        self.stack.enter_context(files.using(self.system))
        self.store = SaveStore(self.root / "saves", clock=Clock())

    def teardown(self) -> None:
        self.stack.close()
        self.store.close()
        shutil.rmtree(self.root)

    def _open(self) -> Campaign:
        assert self.campaign is not None
        return self.campaign
