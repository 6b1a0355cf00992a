"""Stores in which a file says what makes no sense: everything else goes on, and errors are those of gamesaves.

GAMESAVES_FUZZ multiplies the number of mutations.
"""

import json
import shutil
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.integration.stores import KARA, PNG
from tests.torture.fuzzed import files_in, tried, tries
from tests.torture.mutations import Mutator
from tests.torture.wholestores import opened

pytestmark = pytest.mark.usefixtures("unflushed")

TITLE = "The Lost Kingdom"


@pytest.fixture
def template(scratch: Path) -> Path:
    root = scratch / "template"
    with opened(root) as store:
        store.profiles.portrait(store.profiles.save(store.presets.draft("kara_stormwind")).character_id, picture=PNG)
        with store.campaigns.create(TITLE, characters=[KARA]) as campaign:
            campaign.add_scene("The gate")
            with campaign.turn("Knock") as turn:
                turn.character(KARA).hit_points_current = 9
                turn.document("map/level1")["doors"] = {"north": "shut"}
                turn.say(KARA, "Open!")
        store.profiles.list()
        store.campaigns.list()
        (root / "presets/characters").mkdir(parents=True)
        (root / "presets/characters/mine.json").write_bytes(
            json.dumps({"name": "Mine", "character_class": "Fighter"}).encode()
        )
    return root


def lived_in(store: SaveStore) -> None:
    """Do what a game and a player do."""
    tried(store.profiles.list)
    tried(lambda: store.profiles.get(KARA))
    tried(lambda: store.profiles.update(KARA, attire="A red cloak"))
    tried(lambda: store.profiles.save(store.presets.draft("mine")))
    tried(lambda: store.presets.list("characters"))
    tried(store.images.list)
    tried(store.campaigns.list)
    tried(lambda: played(store))
    tried(store.check)


def played(store: SaveStore) -> None:
    with store.campaigns.open(next(one.path.name for one in store.campaigns.list())) as campaign:
        tried(lambda: campaign.data)
        tried(lambda: campaign.party)
        tried(lambda: campaign.enriched(KARA))
        tried(lambda: campaign.messages)
        tried(lambda: campaign.scenes["scene_001"])
        with campaign.turn("On") as turn:
            turn.document("map/level1")["doors"] = {"north": "open"}
            tried(lambda: turn.character(KARA).take_damage(1))
        assert campaign.document("map/level1")["doors"] == {"north": "open"}


@pytest.mark.parametrize("seed", range(2))
def test_any_file_of_a_store_may_say_what_makes_no_sense(seed: int, template: Path) -> None:
    mutate = Mutator(f"stores {seed}")
    victims = [one.relative_to(template).as_posix().encode() for one in files_in(template) if one.suffix == ".json"]
    for number in tries(300):
        root = template.with_name(str(number))
        shutil.copytree(template, root)
        victim = root / mutate.pick(victims).decode()
        data = victim.read_bytes()
        mutant = json.dumps(mutate.tree(json.loads(data))).encode() if number % 4 else mutate(data)
        victim.write_bytes(mutant)
        try:
            with opened(root) as store:
                lived_in(store)
        except BaseException as error:
            error.add_note(f"mutation {number}, {victim.relative_to(root)}: {mutant!r}")
            raise
        shutil.rmtree(root)
