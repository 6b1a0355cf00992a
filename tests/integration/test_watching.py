"""A store that is watched: what others change is told, and the game has it; a real watcher, real files."""

import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import Campaign, Commit, DiskChange, SaveStore, Watcher
from gamesaves.errors import InvalidValue
from tests.integration.editors import delete_and_create
from tests.integration.stores import KARA, PNG, Quick, bytes_in, in_child, profile_of
from tests.integration.watched import Told, saved

KARAS_FILE = "characters/pc.kara_stormwind.json"


@pytest.fixture
def store(root: Path, tmp_path: Path) -> Iterator[SaveStore]:
    with SaveStore(root, presets=tmp_path / "game") as store:
        yield store


@pytest.fixture
def campaign(store: SaveStore) -> Iterator[Campaign]:
    """A campaign that is open, and on the disk as it is in memory."""
    (store.root.parent / "game" / "monsters").mkdir(parents=True)
    with store.campaigns.create("Watched", characters=["kara_stormwind", "zombie"]) as campaign:
        with campaign.turn() as turn:
            turn.document("map/level1")["door"] = "shut"
        campaign.flush()
        yield campaign


@pytest.fixture
def told(store: SaveStore, campaign: Campaign) -> Told:  # noqa: ARG001 - it is there before
    told = Told()
    store.watch(told)
    return told


def require_nothing(told: Told, store: SaveStore, *, since: int = 0) -> None:
    """Change something else: that is all that is told, and nothing of what came before it."""
    path = store.root / "players" / "sentinel.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"at": time.monotonic_ns()}))
    assert told.until(lambda: bool(told.changes) and told.changes[-1].path == path)
    assert told.changes[since:-1] == []


# What is told, and what the game has


def test_an_edit_of_a_world_is_in_its_history_before_it_is_told(store: SaveStore, told: Told) -> None:
    universe = store.universes.create("World", world={"locations": {"forest": {"trees": 1}}})
    saved(universe.folder / "world_state.json", locations={"forest": {"trees": 2}})
    change = told.one()
    assert (change.what, change.id, change.fields) == ("document", "world_state", ("locations",))
    assert (universe.world.locations, universe.seq) == ({"forest": {"trees": 2}}, 2)
    assert universe.world_at(0).locations == universe.world.locations


def test_an_edited_profile_is_read_again_before_it_is_told(store: SaveStore, campaign: Campaign) -> None:
    assert campaign.enriched(KARA).attire != "a grey cloak"
    seen: list[str | None] = []
    told = Told()

    def look(change: DiskChange) -> None:
        seen.append(store.profiles.get(change.id).attire)
        told(change)

    store.watch(look)
    saved(profile_of(store, KARA), attire="a grey cloak", pose="leaning")
    assert told.one() == DiskChange("profile", KARA, profile_of(store, KARA), fields=("attire", "pose"))
    assert seen == ["a grey cloak"]
    assert campaign.enriched(KARA).attire == "a grey cloak"


def test_an_edited_document_is_in_the_running_game_and_its_history(campaign: Campaign, told: Told) -> None:
    saved(campaign.folder / KARAS_FILE, location="the mill")
    change = told.one()
    assert (change.what, change.id, change.campaign_id) == ("document", f"characters/{KARA}", campaign.id)
    assert change.fields == ("location",)
    assert campaign.characters[KARA].location == "the mill"
    assert campaign.head.kind == "external_edit"
    with campaign.turn() as turn:
        turn.character(KARA).take_damage(1)
    assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]


def test_a_document_made_by_hand_is_in_the_running_game(campaign: Campaign, told: Told) -> None:
    (campaign.folder / "documents" / "weather.json").write_text('{"rain": true}')
    change = told.one()
    assert (change.id, change.new, change.fields) == ("documents/weather", True, ())
    assert campaign.document("weather")["rain"] is True


def test_an_edit_waits_for_the_turn_that_is_open_and_nobody_waits_for_it(campaign: Campaign, told: Told) -> None:
    turn = campaign.begin_turn("Slow")
    turn.character("npc:zombie").take_damage(1)
    saved(campaign.folder / KARAS_FILE, location="the mill")
    told.one()
    assert campaign.characters[KARA].location is None
    assert campaign.take_in_edits() is False
    turn.commit()
    deadline = time.monotonic() + 10
    while campaign.characters[KARA].location is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert [event.kind for event in campaign.history(limit=2)] == ["turn", "external_edit"]


def test_an_edit_waits_for_the_encounter_that_goes_on(campaign: Campaign, told: Told) -> None:
    with campaign.encounter("Ambush") as fight:
        saved(campaign.folder / KARAS_FILE, location="the mill")
        told.one()
        with fight.round("Ouch") as turn:
            turn.character(KARA).take_damage(2)
        assert campaign.take_in_edits() is False
    campaign.close()
    assert {event.kind for event in campaign.history(limit=2)} == {"encounter", "external_edit"}


def test_an_edit_of_a_campaign_that_is_closed_is_only_told(store: SaveStore, campaign: Campaign, told: Told) -> None:
    campaign.close()
    saved(campaign.folder / KARAS_FILE, location="the mill")
    before = bytes_in(campaign.folder)
    assert told.one().fields == ("location",)
    assert bytes_in(campaign.folder) == before
    with store.campaigns.open(campaign.id) as again:
        assert again.characters[KARA].location == "the mill"
        require_nothing(told, store, since=1)


PLACES = [
    # file, what, id, kind, campaign_id, universe_id; `CAMPAIGN` stands for its folder
    ("presets/characters/mira.json", "preset", "mira", "characters", None, None),
    ("presets/monsters/troll.yaml", "preset", "troll", "monsters", None, None),
    ("../game/monsters/orc.json", "preset", "orc", "monsters", None, None),
    ("CAMPAIGN/presets/items/rope.json", "preset", "rope", "items", "CAMPAIGN", None),
    ("CAMPAIGN/campaign_data.json", "campaign", "CAMPAIGN", None, "CAMPAIGN", None),
    ("CAMPAIGN/documents/map/level1.json", "document", "documents/map/level1", None, "CAMPAIGN", None),
    ("CAMPAIGN/scenes/cave.json", "document", "scenes/cave", None, "CAMPAIGN", None),
    ("players/alex.json", "player", "alex", None, None, None),
    ("images/map.png", "image", "images/map.png", None, None, None),
    ("character_profiles/prof_pc.kara_stormwind.json", "profile", "prof_pc:kara_stormwind", None, None, None),
    ("universes/old/universe.json", "universe", "old", None, None, "old"),
    ("universes/old/world_state.json", "document", "world_state", None, None, "old"),
    ("universes/old/presets/items/a.json", "preset", "a", "items", None, "old"),
]


@pytest.mark.parametrize("poll", [None, 0.2], ids=["events", "polling"])
def test_every_place_is_watched(store: SaveStore, campaign: Campaign, poll: float | None) -> None:
    (store.root / "universes" / "old").mkdir(parents=True)
    campaign.close()
    told = Told()
    store.watch(told, poll=poll)
    expected = set()
    for place, *rest in PLACES:
        path = Path(os.path.normpath(store.root / place.replace("CAMPAIGN", campaign.id)))
        path.parent.mkdir(parents=True, exist_ok=True)
        fields = ("zeal",) if path.exists() else ()
        if fields:
            saved(path, zeal=1)
        else:
            path.write_bytes(PNG if path.suffix == ".png" else b'{"scene_id": "cave", "title": "Cave"}')
        expected.add((path, fields, not fields, *(campaign.id if one == "CAMPAIGN" else one for one in rest)))
    assert told.until(lambda: len(told.changes) >= len(PLACES))
    assert {
        (one.path, one.fields, one.new, one.what, one.id, one.kind, one.campaign_id, one.universe_id)
        for one in told.changes
    } == expected
    assert len(told.changes) == len(PLACES)


def test_what_is_no_change_of_content_is_not_told(store: SaveStore, campaign: Campaign, told: Told) -> None:
    for path in (profile_of(store, KARA), campaign.folder / KARAS_FILE):
        os.utime(path)
        data = path.read_bytes()
        path.write_bytes(data)
        delete_and_create(path, data)
        path.write_text(json.dumps(json.loads(data), indent=8))
        os.chmod(path, 0o600)
    require_nothing(told, store)


NOISE = [
    *(".pc.kara_stormwind.json.swp", "4913", "pc.kara_stormwind.json~", ".#pc.kara_stormwind.json", "#x.json#"),
    *(".goutputstream-ABCDEF", "pc.kara_stormwind.json.tmp", ".syncthing.pc.kara_stormwind.json.tmp", "~$x.json"),
    *("pc.kara_stormwind.sync-conflict-20261121-101010-ABCDEFG.json", "pc.kara_stormwind (1).json", "Thumbs.db"),
    *(
        "pc.kara_stormwind (conflicted copy 2026-11-21).json",
        "pc.kara_stormwind - Copy.json",
        "notes.txt",
        "x.json.bak",
    ),
]


def test_what_editors_and_synchronisers_leave_is_never_a_document(
    store: SaveStore, campaign: Campaign, told: Told
) -> None:
    (store.root / "images").mkdir(exist_ok=True)
    presets = store.root / "presets" / "monsters"
    presets.mkdir(parents=True)
    for folder in (profile_of(store, KARA).parent, campaign.folder / "characters", presets, store.root / "images"):
        for name in NOISE:
            (folder / name).write_text('{"name": "noise"}')
    (campaign.folder / ".git").mkdir()
    (campaign.folder / ".git" / "x.json").write_text("{}")
    require_nothing(told, store)


# What this program does itself


def test_what_this_store_writes_never_comes_back(
    store: SaveStore, campaign: Campaign, told: Told, tmp_path: Path
) -> None:
    for number in range(10):
        with campaign.turn() as turn:
            turn.character(KARA).gain_experience(1)
            turn.document(f"made/{number}")["by"] = "the game"
        store.profiles.update(KARA, attire=f"cloak {number}")
    campaign.quicksave()
    store.presets.customise("characters", "wolf")
    store.presets.revert("characters", "wolf")
    store.images.add(PNG)
    store.images.prune()
    store.profiles.portrait(KARA)
    with store.campaigns.create("Second", characters=["kara_stormwind"]) as second:
        second.rename("Renamed")
    store.export(second.id, tmp_path / "second.zip")
    store.campaigns.remove(second.id)
    store.undo()
    store.campaigns.fork(second.id).close()
    store.campaigns.remove(second.id)
    store.import_(tmp_path / "second.zip")
    store.campaigns.archive(second.id)
    store.campaigns.unarchive(second.id)
    campaign.close()
    require_nothing(told, store)
    # What is away is only told once it could have come back.
    begun = len(told.changes)
    assert not told.until(lambda: len(told.changes) > begun, 1.3)


def test_a_backup_that_is_restored_is_nothing_new_and_is_watched(
    store: SaveStore, campaign: Campaign, told: Told, tmp_path: Path
) -> None:
    campaign.close()
    store.backup(tmp_path / "backups")
    store.profiles.update(KARA, attire="a grey cloak")
    store.restore_backup(None, tmp_path / "backups")
    store.undo()
    saved(profile_of(store, KARA), pose="leaning")
    assert told.one().fields == ("pose",)
    begun = len(told.changes)
    assert not told.until(lambda: len(told.changes) > begun, 1.3)


def test_an_edit_that_the_game_writes_over_before_anybody_looked_is_told(
    store: SaveStore, campaign: Campaign, told: Told
) -> None:
    saved(profile_of(store, KARA), attire="a grey cloak")
    store.profiles.update(KARA, pose="leaning")
    saved(campaign.folder / KARAS_FILE, location="the mill")
    with campaign.turn() as turn:
        turn.character(KARA).gain_experience(1)
    campaign.flush()
    assert told.until(lambda: len(told.changes) >= 2)
    assert sorted((change.id, change.fields) for change in told.changes) == [
        (f"characters/{KARA}", ("location",)),
        (KARA, ("attire",)),
    ]
    assert store.profiles.get(KARA).attire == "a grey cloak"
    assert campaign.characters[KARA].location == "the mill"


def test_what_another_process_writes_is_told(store: SaveStore, campaign: Campaign, told: Told) -> None:
    in_child("SaveStore(sys.argv[1]).profiles.update(sys.argv[2], attire='a grey cloak')", store.root, KARA)
    assert told.one().fields == ("attire",)
    campaign.close()
    script = (
        "with SaveStore(sys.argv[1]).campaigns.open(sys.argv[2]) as campaign, campaign.turn() as turn:\n"
        "    turn.character('npc:zombie').take_damage(1)\n"
    )
    in_child(script, store.root, campaign.id)
    assert told.until(lambda: any(change.id == "characters/npc:zombie" for change in told.changes))


# Being away, being broken, coming whole


def test_what_is_gone_is_told_once_it_has_had_time_to_come_back(store: SaveStore, told: Told) -> None:
    path = profile_of(store, KARA)
    data = path.read_bytes()
    path.unlink()
    begun = time.monotonic()
    assert told.one() == DiskChange("profile", KARA, path, gone=True)
    assert time.monotonic() - begun >= 1
    path.write_bytes(data)
    assert told.one(2) == DiskChange("profile", KARA, path, new=True)


def test_a_broken_edit_is_told_with_its_place_and_again_once_it_is_mended(
    store: SaveStore, campaign: Campaign, told: Told
) -> None:
    for number, path in enumerate((profile_of(store, KARA), campaign.folder / KARAS_FILE)):
        good = path.read_text()
        path.write_text(good.replace('"name": "Kara Stormwind",', '"name": "Kara Stormwind",,'))
        broken = told.one(2 * number + 1)
        assert broken.problem is not None
        assert (broken.problem.code, broken.problem.path) == ("invalid", str(path))
        assert broken.problem.line == good[: good.index('"name"')].count("\n") + 1
        assert campaign.characters[KARA].name == "Kara Stormwind"
        path.write_text(good.replace('"name": "Kara Stormwind",', '"name": "Kara the Grey",'))
        assert told.one(2 * number + 2).fields == ("name",)
    assert campaign.characters[KARA].name == store.profiles.get(KARA).name == "Kara the Grey"


def test_a_preset_whose_values_make_no_sense_is_told_with_the_place_and_again_once_it_is_mended(
    store: SaveStore, told: Told
) -> None:
    path = store.presets.customise("characters", "wolf")
    good = path.read_text()
    path.write_text(good.replace('"level": 2', '"level": "x"'))
    broken = told.one().problem
    assert broken is not None
    assert (broken.path, broken.line) == (str(path), good[: good.index('"level"')].count("\n") + 1)
    path.write_text(good.replace('"level": 2', '"level": 3'))
    assert told.one(2).fields == ("level",)
    assert store.presets.get("wolf").level == 3


def test_a_folder_that_is_copied_in_is_one_change_and_so_is_one_that_goes(
    store: SaveStore, campaign: Campaign, told: Told
) -> None:
    campaign.close()
    copy, moved = store.root / "campaign_copied_aaaa", store.root / "campaign_moved_bbbb"
    shutil.copytree(campaign.folder, copy)
    assert told.one() == DiskChange("campaign", copy.name, copy, new=True, campaign_id=copy.name)
    saved(copy / KARAS_FILE, location="the mill")
    assert told.one(2).campaign_id == copy.name
    copy.rename(moved)
    assert told.until(lambda: len(told.changes) >= 4)
    assert {(change.id, change.new, change.gone) for change in told.changes[2:]} == {
        (copy.name, False, True),
        (moved.name, True, False),
    }
    shutil.rmtree(moved)
    assert told.one(5).gone
    universe = store.root / "universes" / "old_world"
    universe.mkdir(parents=True)
    (universe / "universe.json").write_text('{"title": "Old"}')
    assert told.one(6) == DiskChange("universe", "old_world", universe, new=True, universe_id="old_world")


def test_a_copy_that_takes_long_is_told_when_it_is_whole(store: SaveStore, campaign: Campaign, told: Told) -> None:
    campaign.close()
    copy = store.root / "campaign_slow_aaaa"
    for path in sorted(campaign.folder.rglob("*")):
        if path.is_file():
            target = copy / path.relative_to(campaign.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
            time.sleep(0.03)
    assert told.one().path == copy
    require_nothing(told, store, since=1)


def test_what_cannot_be_read_is_told_once_and_again_when_it_can(store: SaveStore, told: Told) -> None:
    path = profile_of(store, "pc:nobody")
    path.mkdir()
    unreadable = told.one()
    assert unreadable.problem is not None
    assert (unreadable.id, unreadable.problem.code) == ("pc:nobody", "io_error")
    os.utime(path)
    path.rmdir()
    path.write_bytes(profile_of(store, KARA).read_bytes().replace(KARA.encode(), b"pc:nobody"))
    assert told.one(2).problem is None


def test_an_edit_that_cannot_be_recorded_now_is_by_the_next_turn(
    quick: Quick, campaign: Campaign, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    quick.fail("write", "log.jsonl", 28, times=1)
    saved(campaign.folder / KARAS_FILE, location="the mill")
    told.one()
    assert "cannot be taken in now" in caplog.text
    assert campaign.characters[KARA].location is None
    with campaign.turn() as turn:
        turn.character(KARA).gain_experience(1)
    assert campaign.characters[KARA].location == "the mill"


# What nothing tells of


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look over everything as soon as tests have patience for."""
    monkeypatch.setattr("gamesaves.services.watching.watcher.RESCAN_SECONDS", 0.2)


@pytest.mark.usefixtures("often")
def test_what_the_system_does_not_tell_is_found_at_intervals(store: SaveStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (store.root / "presets").mkdir(parents=True)
    (store.root / "presets" / "monsters").symlink_to(tmp_path / "elsewhere")
    told = Told()
    store.watch(told)
    (tmp_path / "elsewhere" / "troll.json").write_text("{}")
    assert told.one().id == "troll"


@pytest.mark.usefixtures("often", "campaign")
def test_a_store_that_another_folder_takes_the_place_of_is_watched_on(
    store: SaveStore, told: Told, tmp_path: Path
) -> None:
    before = set(ours())
    os.rename(store.root, tmp_path / "away")
    shutil.copytree(tmp_path / "away", store.root, dirs_exist_ok=True)
    saved(profile_of(store, KARA), attire="a grey cloak")
    assert told.until(lambda: any(change.fields == ("attire",) for change in told.changes))
    saved(profile_of(store, KARA), attire="a green cloak")
    assert told.until(lambda: [change.fields for change in told.changes].count(("attire",)) == 2)
    assert len(ours()) == len(before)


def test_a_game_folder_of_presets_that_comes_later_is_watched(store: SaveStore, tmp_path: Path) -> None:
    store.create()
    told = Told()
    store.watch(told, poll=0.1)
    (tmp_path / "game" / "monsters").mkdir(parents=True)
    (tmp_path / "game" / "monsters" / "troll.json").write_text("{}")
    assert told.one().id == "troll"


# Who is told


def test_subscribers_are_told_if_they_ask_for_it_and_one_that_raises_harms_nobody(
    store: SaveStore, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    commits: list[Commit] = []
    both: list[Commit | DiskChange] = []
    last = Told()

    def broken(_: DiskChange) -> None:
        raise RuntimeError("no user interface today")

    store.subscribe(commits.append)
    end = store.subscribe(both.append, changes=True)
    store.watch(broken)
    store.subscribe(lambda one: last(one) if isinstance(one, DiskChange) else None, changes=True)
    with caplog.at_level(logging.ERROR, logger="gamesaves"):
        saved(campaign.folder / KARAS_FILE, location="the mill")
        last.one()
    assert "no user interface today" in caplog.text
    assert [type(one).__name__ for one in both] == ["Commit", "DiskChange"]
    assert [one.event.kind for one in commits] == ["external_edit"]
    end()
    end()
    saved(profile_of(store, KARA), attire="a grey cloak")
    last.one(2)
    assert len(both) == 2


def test_who_is_told_may_change_the_campaign(store: SaveStore, campaign: Campaign) -> None:
    told = Told()

    def react(change: DiskChange) -> None:
        campaign.say("narrator", f"{change.id} has changed")
        told(change)

    store.watch(react)
    saved(campaign.folder / KARAS_FILE, location="the mill")
    told.one()
    assert [message.text for message in campaign.messages] == [f"characters/{KARA} has changed"]


# Beginning and ending


def ours() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one is not threading.main_thread() and "execnet" not in repr(one)]


@pytest.mark.parametrize("poll", [None, 0.1])
def test_no_thread_is_left(store: SaveStore, campaign: Campaign, poll: float | None) -> None:
    campaign.close()
    store.close()
    before = set(ours())
    told = Told()
    with store.watch(told, poll=poll) as watcher:
        assert set(ours()) > before
        saved(profile_of(store, KARA), attire="a grey cloak")
        told.one()
    assert set(ours()) == before
    watcher.close()
    assert watcher.closed
    saved(profile_of(store, KARA), attire="another")
    store.watch(poll=poll)
    store.close()
    assert set(ours()) == before
    assert len(told.changes) == 1


@pytest.mark.usefixtures("campaign")
def test_who_is_told_may_close_the_watcher(store: SaveStore) -> None:
    ended = threading.Event()
    watchers: list[Watcher] = []

    def close(_: DiskChange) -> None:
        watchers[0].close()
        ended.set()

    before = set(ours())
    watchers.append(store.watch(close))
    saved(profile_of(store, KARA), attire="a grey cloak")
    assert ended.wait(10)
    deadline = time.monotonic() + 10
    while set(ours()) - before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    store.watch().close()


def test_what_cannot_be_watched_is_refused(store: SaveStore) -> None:
    for poll in (0, -1.0, float("nan")):
        with pytest.raises(InvalidValue, match="more than 0"):
            store.watch(poll=poll)
    with store.watch(), pytest.raises(InvalidValue, match="watched already"):
        store.watch()


def test_a_store_that_is_not_there_yet_comes_into_being(store: SaveStore) -> None:
    told = Told()
    watcher = store.watch(told)
    assert (watcher.poll, watcher.problems) == (None, [])
    store.campaigns.create("First", characters=["kara_stormwind"]).close()
    saved(profile_of(store, KARA), attire="a grey cloak")
    assert told.one().id == KARA


# Without events


@pytest.mark.usefixtures("campaign")
def test_polling_finds_what_has_the_time_and_size_that_it_had(store: SaveStore) -> None:
    path = profile_of(store, KARA)
    saved(path, attire="cloak 1")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    told = Told()
    store.watch(told, poll=0.1)
    for number in (2, 3):
        saved(path, attire=f"cloak {number}")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert told.one(number - 1).fields == ("attire",), "a file system that counts in seconds shows no difference"


LIMITED = """
store = SaveStore(sys.argv[1])
open("/proc/sys/user/max_inotify_" + sys.argv[2], "w").write("3")
told = threading.Event()
with store.watch(lambda change: told.set()) as watcher:
    path = store.root / "character_profiles" / "pc.kara_stormwind.json"
    path.write_text(path.read_text().replace("Kara", "Kira"))
    assert told.wait(20)
    print(json.dumps([watcher.poll, [str(one) for one in watcher.problems], [one.hint for one in watcher.problems]]))
"""


@pytest.mark.parametrize("limit", ["watches", "instances"])
def test_where_linux_watches_no_more_files_are_looked_at_instead(
    store: SaveStore, campaign: Campaign, limit: str
) -> None:
    campaign.close()
    script = "import threading\n" + LIMITED.replace('"3"', '"0"' if limit == "instances" else '"3"')
    done = in_namespace(script, store.root, limit)
    poll, problems, hints = json.loads(done)
    assert poll == 2
    assert "limit reached" in problems[0]
    assert f"fs.inotify.max_user_{limit}" in hints[0]


def in_namespace(script: str, *arguments: str | Path) -> str:
    """Run Python where the limits of this user are its own to set."""
    import subprocess
    import sys

    beginning = "import sys, json\nfrom gamesaves import *\n"
    command = [sys.executable, "-c", beginning + script, *map(str, arguments)]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    probe = subprocess.run(["unshare", "-Ur", "test", "-w", "/proc/sys/user/max_inotify_watches"], check=False)
    if probe.returncode != 0:
        pytest.skip("this user cannot have limits of its own")
    done = subprocess.run(["unshare", "-Ur", *command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
