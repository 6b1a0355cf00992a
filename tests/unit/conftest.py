"""Fixtures of the unit tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves.disk import files
from tests.unit.ledgers import World
from tests.unit.systems import Faulty


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "store")
    yield world
    for ledger in world.opened:
        ledger.close()


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A system that every file operation of the test goes through; nothing fails until the test says so."""
    system = Faulty()
    with files.using(system):
        yield system
        system.mend()
