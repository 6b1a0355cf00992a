"""Universes with a mutated log or document are refused or go on, with errors of gamesaves alone.

GAMESAVES_FUZZ multiplies the number of mutations.
"""

import shutil
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.services.universe import Universe
from tests.torture.fuzzed import files_in, tried, tries
from tests.torture.mutations import Mutator
from tests.torture.storescenes import TITLE
from tests.torture.wholestores import opened
from tests.torture.worldsteps import WORLD, fell, with_universe

pytestmark = pytest.mark.usefixtures("unflushed")


@pytest.fixture
def template(scratch: Path) -> Path:
    root = scratch / "template"
    with_universe(root)
    with opened(root) as store:
        universe = store.universes.open(WORLD)
        universe.retract(str(universe.events()[0].event_id))
    return root


def lived_in(store: SaveStore) -> None:
    """Do what games and players do with a universe."""
    (listed,) = store.universes.list()
    universe = store.universes.open(listed.universe_id)
    for ask in (
        lambda: universe.data,
        lambda: universe.world,
        lambda: universe.world_at(4),
        lambda: universe.timeline_position,
        lambda: universe.events(seen_by="pc:kara_stormwind"),
        lambda: universe.events(retracted=True),
        universe.paradoxes,
    ):
        tried(ask)
    tried(lambda: store.campaigns.open(TITLE).close())
    tried(lambda: goes_on(universe))
    universe.close()


def goes_on(universe: Universe) -> None:
    """What is added is there, and the next one who looks sees it."""
    event = fell(universe, 30)
    assert universe.event(str(event.event_id)).timeline_position == 30
    universe.flush()


def test_every_file_of_a_universe_may_be_mutated(template: Path) -> None:
    mutate = Mutator("universes")
    victims = [
        path.relative_to(template).as_posix().encode()
        for path in files_in(template)
        if "universes" in path.parts or "world" in path.name
    ]
    for number in tries(300):
        root = template.with_name(str(number))
        shutil.copytree(template, root)
        victim = root / mutate.pick(victims).decode()
        data = mutate(victim.read_bytes() or b"{}")
        victim.write_bytes(data)
        try:
            with opened(root) as store:
                lived_in(store)
        except BaseException as error:
            error.add_note(f"mutation {number}, {victim.relative_to(root)}: {data!r}")
            raise
        shutil.rmtree(root)
