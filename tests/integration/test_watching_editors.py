"""However a program saves, it arrives once: its system calls one by one, programs themselves, and many at a time.

GAMESAVES_EDITS is the number of the many.
"""

import json
import logging
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from tests.integration.editors import ALL, Save
from tests.integration.stores import KARA, profile_of
from tests.integration.watched import QUEUE, Told, saved, storm

KARAS_FILE = "characters/pc.kara_stormwind.json"
EDITS = int(os.environ.get("GAMESAVES_EDITS", "200"))


@pytest.fixture
def store(root: Path, tmp_path: Path) -> Iterator[SaveStore]:
    with SaveStore(root, presets=tmp_path / "game" / "presets") as store:
        yield store


@pytest.fixture
def campaign(store: SaveStore) -> Iterator[Campaign]:
    with store.campaigns.create("Edited", characters=["kara_stormwind", "giant_spider"]) as campaign:
        with campaign.turn() as turn:
            turn.document("map")["door"] = "shut"
        campaign.flush()
        yield campaign


@pytest.mark.parametrize("poll", [None, 0.2], ids=["events", "polling"])
def test_every_way_of_saving_arrives_once(store: SaveStore, campaign: Campaign, poll: float | None) -> None:
    told = Told()
    store.watch(told, poll=poll)
    # What leaves no trace but in the content cannot be seen from outside without events.
    for number, save in enumerate(one for one in ALL if poll is None or one.__name__ != "time_kept"):
        for file, field in ((profile_of(store, KARA), "attire"), (campaign.folder / KARAS_FILE, "location")):
            campaign.flush()
            saved(file, save, **{field: f"{save.__name__} …"})
        assert told.until(lambda count=2 * number + 2: len(told.changes) >= count), save  # type: ignore[misc]
        assert len(told.changes) == 2 * number + 2, save
        assert store.profiles.get(KARA).attire == campaign.characters[KARA].location == f"{save.__name__} …"


@pytest.mark.timeout(120 + EDITS)
def test_many_edits_while_a_game_plays_and_the_system_forgets_events(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if not QUEUE.exists():
        pytest.skip("only Linux can be made to forget events in this way")
    with caplog.at_level(logging.WARNING, logger="watchdog"):
        report = storm(tmp_path, EDITS, flood=True)
    assert "overflow" in caplog.text, "the system has forgotten nothing"
    assert (report.missed, report.more, report.astray) == ([], [], [])
    assert report.own_writes > 20


# Programs themselves


def run(*command: str | Path, cwd: Path | None = None) -> None:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"there is no {command[0]}")
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    "settings", ["set backupcopy=auto backup", "set backupcopy=yes", "set backupcopy=no nowritebackup"]
)
@pytest.mark.usefixtures("campaign")
def test_vim(store: SaveStore, settings: str) -> None:
    told = Told()
    store.watch(told)
    path = profile_of(store, KARA)
    run("vim", "-Nu", "NONE", "-es", "-c", settings, "-c", '%s/"attire": .*/"attire": "by vim",/', "-c", "wq", path)
    assert told.one().fields == ("attire",)
    assert store.profiles.get(KARA).attire == "by vim"


def test_a_checkout_of_git(store: SaveStore, campaign: Campaign) -> None:
    git = ("git", "-c", "user.name=Kara", "-c", "user.email=kara@example.org", "-c", "core.fsync=none")
    run(*git, "init", "-q", cwd=store.root)
    run(*git, "add", "-A", cwd=store.root)
    run(*git, "commit", "-qm", "before", cwd=store.root)
    saved(profile_of(store, KARA), attire="a grey cloak")
    campaign.flush()
    saved(campaign.folder / KARAS_FILE, location="the mill")
    assert campaign.take_in_edits()
    campaign.flush()
    told = Told()
    store.watch(told)
    run(*git, "checkout", "-q", "--", "character_profiles", f"{campaign.id}/{KARAS_FILE}", cwd=store.root)
    assert told.until(lambda: len(told.changes) >= 2)
    assert {change.id: change.fields for change in told.changes} == {
        KARA: ("attire",),
        f"characters/{KARA}": ("location",),
    }
    assert store.profiles.get(KARA).attire != "a grey cloak"


def test_an_unpacked_archive(store: SaveStore, campaign: Campaign, tmp_path: Path) -> None:
    campaign.close()
    archive = tmp_path / "presents.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in campaign.folder.rglob("*"):
            packed.write(path, f"campaign_unpacked_aaaa/{path.relative_to(campaign.folder)}")
        for name in ("troll", "orc"):
            packed.writestr(f"presets/monsters/{name}.json", "{}")
        tree = json.loads(profile_of(store, KARA).read_bytes()) | {"attire": "a grey cloak"}
        packed.writestr(f"character_profiles/{profile_of(store, KARA).name}", json.dumps(tree))
    told = Told()
    store.watch(told)
    run("unzip", "-oq", archive, cwd=store.root)
    assert told.until(lambda: len(told.changes) >= 4)
    assert sorted((change.what, change.id, change.new) for change in told.changes) == [
        ("campaign", "campaign_unpacked_aaaa", True),
        ("preset", "orc", True),
        ("preset", "troll", True),
        ("profile", KARA, False),
    ]


def test_the_patterns_are_many_and_leave_what_was_to_be_saved(tmp_path: Path) -> None:
    assert len(ALL) >= 12

    def left_by(save: Save) -> bytes:
        path = tmp_path / save.__name__ / "store" / "folder" / "file.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"before\nand more\n")
        save(path, b"after\nand more\n")
        return path.read_bytes()

    assert {left_by(save) for save in ALL} == {b"after\nand more\n"}
