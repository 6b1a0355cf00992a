"""Fixtures of the tests of whole stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from tests.integration.stores import Clock, Quick


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the test's store is; there is nothing yet."""
    return tmp_path / "saves"


@pytest.fixture
def store(root: Path) -> Iterator[SaveStore]:
    with SaveStore(root, clock=Clock()) as store:
        yield store


@pytest.fixture
def quick() -> Iterator[Quick]:
    """As `faulty`, without flushes."""
    system = Quick()
    with files.using(system):
        yield system
        system.mend()
