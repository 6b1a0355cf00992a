"""Fixtures of the torture tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves.disk import files
from tests.torture.breaking import Unflushed

_MEMORY = Path("/dev/shm")


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the system has one: for tests that make thousands of stores and need no real disk."""
    if not os.access(_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY, prefix="gamesaves-") as folder:
        yield Path(folder)


@pytest.fixture
def unflushed() -> Iterator[None]:
    """Let nothing be flushed: for what has nothing to do with power cuts."""
    with files.using(Unflushed()):
        yield
