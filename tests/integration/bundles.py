"""Stories to export, and bundles taken apart and put together again: what the tests of export and import share."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from gamesaves import Campaign, SaveStore
from tests.integration.stores import KARA, OTHER_PNG, PNG, Clock, edit

KINGDOM = "The Lost Kingdom"
MANIFEST = "manifest.json"


def told(root: Path, turns: int = 3, title: str = KINGDOM) -> Campaign:
    """Make a store with a campaign that has something of everything; return it, closed."""
    with SaveStore(root, clock=Clock()) as store:
        store.presets.draft("kara_stormwind")
        universe = store.universes.create("Highmere").id
        with store.campaigns.create(title, characters=["kara_stormwind"], universe=universe) as campaign:
            store.profiles.portrait(KARA, picture=PNG)
            other = store.images.add(OTHER_PNG, stem="map")
            store.profiles.update(KARA, additional_images=[other])
            campaign.add_character("zombie")
            campaign.add_scene("Cave")
            campaign.tag("stars", 5)
            campaign.say("narrator", "Once, far away – 遠く…")
            for number in range(turns):
                with campaign.turn(f"Blow {number}") as turn:
                    turn.advance_timeline()
                    turn.publish("blow", f"Blow {number}", by=KARA, location="cave")
                    turn.character(KARA).gain_experience(1)
                    turn.document("map/level1")["n"] = number
        presets = campaign.folder / "presets" / "characters"
        presets.mkdir(parents=True)
        (presets / "imp.json").write_text('{"id": "imp", "name": "Imp"}')
        items = store.root / "universes" / universe / "presets" / "items"
        items.mkdir(parents=True)
        (items / "moon_apple.json").write_text('{"name": "Moon apple"}')
        return campaign


def plain(root: Path, title: str = "Slot 1") -> Campaign:
    """Make a campaign of a game that is no role-playing game."""
    with SaveStore(root, clock=Clock()) as store, store.campaigns.create(title) as campaign:
        for number in range(25):
            with campaign.turn() as turn:
                turn.document("settings")["volume"] = number
        return campaign


def exported(root: Path, target: Path, name: str = KINGDOM, *, folder: bool = False) -> Path:
    with SaveStore(root, clock=Clock()) as store:
        return store.export(name, target, folder=folder).path


def entries_of(bundle: Path) -> dict[str, bytes]:
    """Return what is in a bundle, without the manifest."""
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}


def manifest_of(bundle: Path) -> dict[str, Any]:
    with zipfile.ZipFile(bundle) as archive:
        tree: dict[str, Any] = json.loads(archive.read(MANIFEST))
        return tree


def listed(entries: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [{"path": path, "size": len(data), "sha256": sha256(data).hexdigest()} for path, data in entries]


def zipped(
    target: Path,
    entries: Iterable[tuple[str, bytes]],
    manifest: bytes | None,
    change: Callable[[zipfile.ZipInfo], None] = lambda _info: None,
) -> Path:
    """Write a zip file with just these entries, whatever they are called."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in [*entries, *([] if manifest is None else [(MANIFEST, manifest)])]:
            info = zipfile.ZipInfo("x")
            # Not by the constructor, which mends names.
            info.filename = info.orig_filename = path
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    target.write_bytes(data.getvalue())
    return target


def eventful(root: Path) -> Campaign:
    """Make a campaign that was saved, played in sittings, wound back, edited by hand, and fought in."""
    campaign = told(root)
    edit(campaign.folder / "characters" / "pc.kara_stormwind.json", location="the inn")
    with SaveStore(root, clock=Clock()) as store, store.campaigns.open(campaign.id) as campaign:
        campaign.start_session()
        campaign.save_as("Before the fight", thumbnail=OTHER_PNG)
        with campaign.encounter("Ambush") as fight, fight.campaign.turn("A blow") as turn:
            turn.character(KARA).take_damage(2)
        campaign.quicksave()
        campaign.say("narrator", "All is lost.")
        campaign.rollback(turns=1)
        campaign.end_session()
    return campaign


def joined(root: Path) -> Campaign:
    """Make a campaign that was played in two copies, and joined again."""
    campaign = told(root)
    other = root.parent / "other"
    shutil.copytree(root, other)
    for place, words in ((root, "Here"), (other, "There")):
        with SaveStore(place, clock=Clock()) as store, store.campaigns.open(campaign.id) as copy:
            copy.say("narrator", words)
            copy.tag(words)
    with SaveStore(root, clock=Clock()) as store, store.campaigns.open(campaign.id) as campaign:
        campaign.merge(other / campaign.id, prefer="ours")
    return campaign
