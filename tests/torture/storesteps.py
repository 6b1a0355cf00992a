"""What is done with a store while the power may fail."""

import shutil
from collections.abc import Callable
from pathlib import Path

from gamesaves.disk import files
from tests.integration.stores import KARA, OTHER_PNG, PNG
from tests.torture.storescenes import (
    TITLE,
    StoreRecording,
    StoreScene,
    opened,
    prepare_store,
    record_store,
)
from tests.torture.worldsteps import WORLD_STEPS, with_universe

ROUNDS = 2
"""Of the encounter."""


def save_profile(scene: StoreScene) -> None:
    draft = scene.store.presets.draft("kara_stormwind")
    draft.name = "Kara Smith"
    scene.store.profiles.save(draft)
    scene.acknowledge()


def update_profile(scene: StoreScene) -> None:
    for colour in ("red", "blue"):
        scene.store.profiles.update(KARA, attire=f"A {colour} cloak")
        scene.acknowledge()


def update_literal_colon(scene: StoreScene) -> None:
    """The profile's file has its name as older trees have it."""
    home = scene.root / "character_profiles/pc.kara_stormwind.json"
    files.move(home, home.with_name("pc:kara_stormwind.json"))
    scene.acknowledge()
    scene.store.profiles.update(KARA, attire="A red cloak")
    scene.acknowledge()


def add_pictures(scene: StoreScene) -> None:
    for picture, stem in ((OTHER_PNG, "imp"), (PNG, "again")):
        scene.store.images.add(picture, stem=stem)
        scene.acknowledge()


def portrait(scene: StoreScene) -> None:
    scene.store.profiles.portrait(KARA, picture=OTHER_PNG)
    scene.acknowledge()


def prune_pictures(scene: StoreScene) -> None:
    scene.store.images.prune()
    scene.acknowledge()


def create_campaign(scene: StoreScene) -> None:
    campaign = scene.store.campaigns.create("The Mine", characters=[KARA])
    scene.events[campaign.id] = 1
    scene.acknowledge()
    with campaign, campaign.turn("Down") as turn:
        turn.character(KARA).take_damage(1)


def play(scene: StoreScene) -> None:
    with scene.store.campaigns.open(scene.campaign_id) as campaign, campaign.turn("The goblin strikes back") as turn:
        turn.character(KARA).take_damage(1)
        turn.document("map/level1")["north"] = "open"
        turn.say(KARA, "Ouch!")


def remove_campaign(scene: StoreScene) -> None:
    campaign_id = scene.campaign_id
    scene.store.campaigns.remove(campaign_id)
    scene.removed.add(campaign_id)
    scene.acknowledge()


def begin(scene: StoreScene) -> None:
    """A store comes into being with its first profile and campaign."""
    scene.store.profiles.save(scene.store.presets.draft("kara_stormwind"))
    scene.acknowledge()
    create_campaign(scene)


def encounter(scene: StoreScene) -> None:
    """Rounds that nothing flushes, and the one commit that they come to."""
    with scene.store.campaigns.open(scene.campaign_id) as campaign, campaign.encounter("Ambush") as fight:
        for number in range(ROUNDS):
            with fight.round(f"Blow {number}") as turn:
                turn.character(KARA).take_damage(1)
                turn.document("map/level1")["blows"] = number


def import_bundle(scene: StoreScene) -> None:
    """A campaign comes from another store, with a profile and a picture."""
    done = scene.store.import_(_bundle(scene.root))
    scene.events[done.folder] = scene.whole[done.folder] = done.seq
    scene.acknowledge()


def archive_campaign(scene: StoreScene) -> None:
    campaign_id = scene.campaign_id
    scene.whole[campaign_id] = scene.events[campaign_id]
    scene.archived.add(campaign_id)
    scene.store.campaigns.archive(campaign_id)
    scene.removed.add(campaign_id)
    scene.acknowledge()


def unarchive_campaign(scene: StoreScene) -> None:
    done = scene.store.campaigns.unarchive(TITLE)
    scene.archived.add(done.folder)
    with scene.store.campaigns.open(done.folder, read_only=True) as campaign:
        scene.events[done.folder] = scene.whole[done.folder] = campaign.history()[-1].seq
    scene.acknowledge()


STORE_STEPS: dict[str, Callable[[StoreScene], None]] = {
    step.__name__: step
    for step in (
        save_profile,
        update_profile,
        update_literal_colon,
        add_pictures,
        portrait,
        prune_pictures,
        create_campaign,
        play,
        remove_campaign,
        begin,
        encounter,
        import_bundle,
        archive_campaign,
        unarchive_campaign,
        *WORLD_STEPS,
    )
}


# What is there before


def _bundle(root: Path) -> Path:
    return root.with_name("mine.zip")


def _nothing(_root: Path) -> None:
    """The store is yet to come into being."""


def _with_bundle(root: Path) -> None:
    """Beside the store there is a bundle of a campaign from another one."""
    prepare_store(root)
    elsewhere = root.with_name("elsewhere")
    shutil.rmtree(elsewhere, ignore_errors=True)
    _bundle(root).unlink(missing_ok=True)
    with opened(elsewhere, 9) as store:
        store.presets.draft("theron_gearwright")
        with store.campaigns.create("The Mine", characters=["theron_gearwright"]) as campaign:
            who = next(iter(campaign.characters))
            store.profiles.portrait(who, picture=OTHER_PNG)
            with campaign.turn("Down") as turn:
                turn.character(who).take_damage(1)
        store.export(campaign.id, _bundle(root))


def _with_archive(root: Path) -> None:
    prepare_store(root)
    with opened(root, 9) as store:
        store.campaigns.archive(TITLE)


_PREPARED = {
    "begin": _nothing,
    "import_bundle": _with_bundle,
    "unarchive_campaign": _with_archive,
    **{step.__name__: with_universe for step in WORLD_STEPS},
}


def store_step(root: Path, name: str) -> StoreRecording:
    """Record one of the steps in an empty folder."""
    return record_store(name, root, STORE_STEPS[name], _PREPARED.get(name, prepare_store))
