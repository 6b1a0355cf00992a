"""Crashes, damage and lost files: what is there again when the campaign is opened."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.errors import Damaged, FileProblem, NewerFormat, SavesError
from tests.integration.stores import (
    KARA,
    PNG,
    Clock,
    Mortal,
    Quick,
    Sealed,
    abandon,
    bytes_in,
    child,
    codes,
    document_of,
    kept,
    read,
    state_of,
)
from tests.unit.systems import Faulty

LOG = "log.jsonl"


def play(campaign: Campaign, turns: int) -> None:
    for number in range(turns):
        with campaign.turn(f"Turn {number}") as turn:
            turn.document("count")["n"] = number
            if number % 10 == 0:
                turn.character(KARA).gain_experience(1)
                turn.say("narrator", f"It is turn {number}.")


@pytest.fixture
def long(store: SaveStore, quick: Quick) -> tuple[Campaign, dict[str, Any]]:
    """A closed campaign of 250 turns with two snapshots and the one of its end, and its state."""
    with store.campaigns.create("Long", characters=["kara_stormwind", "zombie"]) as campaign:
        campaign.add_scene("Cave")
        play(campaign, 250)
        state = state_of(campaign)
    assert quick.count("flush_data") >= 250
    return campaign, state


# Long campaigns


def test_a_campaign_of_ten_thousand_turns_opens_from_its_last_snapshot(root: Path) -> None:
    system = Mortal()
    with files.using(system), SaveStore(root) as store:
        with store.campaigns.create("Ten thousand") as campaign:
            for number in range(9_999):
                with campaign.turn() as turn:
                    turn.put("count", {"n": number})
        newest = max((campaign.folder / "snapshots").glob("*.json"))
        seq, offset = (json.loads(newest.read_text())[name] for name in ("seq", "offset"))
        # Killed soon after the snapshot of the end, so that there is something to replay.
        campaign = store.campaigns.open(campaign.id)
        for number in range(9_999, 10_010):
            with campaign.turn() as turn:
                turn.put("count", {"n": number})
        abandon(campaign, system)
    watching = Watching(campaign.folder / LOG)
    with files.using(watching), SaveStore(root) as store, store.campaigns.open(campaign.id) as again:
        assert again.replayed_events == 10_011 - seq <= 100
        assert again.document("count")["n"] == 10_009
        assert again.data.total_turns == 10_010
        assert again.problems == []
        assert watching.earliest_read >= offset - 200, "only the end of the line before is looked at"
    snapshots = sorted(int(path.name.partition("-")[0]) for path in (campaign.folder / "snapshots").glob("*.json"))
    assert len(snapshots) <= 16, "the newest five, and one for each thousand"


class Watching(Faulty):
    """A system that notes where in one file was read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._watched = str(path)
        self._position: dict[int, int] = {}
        self.earliest_read = 1 << 62

    def open(self, path: str, flags: int) -> int:
        fd = super().open(path, flags)
        if path == self._watched:
            self._position[fd] = 0
        return fd

    def seek(self, fd: int, position: int) -> int:
        if fd in self._position:
            self._position[fd] = position
        return super().seek(fd, position)

    def read(self, fd: int, size: int) -> bytes:
        # The first bytes tell the encoding of the log; the history in them is not looked at.
        if fd in self._position and size > 3:
            self.earliest_read = min(self.earliest_read, self._position[fd])
        return super().read(fd, size)

    def close(self, fd: int) -> None:
        self._position.pop(fd, None)
        super().close(fd)


def test_at_most_a_hundred_events_are_replayed_wherever_the_game_was_killed(root: Path) -> None:
    system = Mortal()
    with files.using(system), SaveStore(root) as store:
        campaign = store.campaigns.create("Killed")
        for number in range(1, 331):
            with campaign.turn() as turn:
                turn.put("count", {"n": number})
            if number in (99, 130, 199, 330):
                campaign.flush()
                abandon(campaign, system)
                system.dead = False
                campaign = store.campaigns.open(campaign.id)
                assert campaign.replayed_events <= 100
                assert campaign.document("count")["n"] == number
        campaign.close()


@pytest.mark.parametrize("lost", ["snapshots", "documents", "both", "everything but the log"])
def test_deleting_what_follows_from_the_log_loses_nothing(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]], lost: str
) -> None:
    closed, expected = long
    if lost in ("snapshots", "both"):
        shutil.rmtree(closed.folder / "snapshots")
    if lost in ("documents", "both"):
        for path in [*closed.folder.glob("*.json"), *closed.folder.glob("[cds]*/**/pc.*.json")]:
            path.unlink()
        for folder in ("documents", "scenes", "chat_history"):
            shutil.rmtree(closed.folder / folder)
    if lost == "everything but the log":
        for path in closed.folder.iterdir():
            if path.name != LOG:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    with store.campaigns.open(closed.id) as campaign:
        assert state_of(campaign) == expected
        assert set(codes(campaign.problems)) <= {"document_missing"}
        play(campaign, 1)
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
        assert state_of(campaign)["documents"] == {"count": {"n": 0, "schema_version": 1}}
    assert document_of(closed, "characters/pc.kara_stormwind").is_file()


@pytest.mark.parametrize("spoil", [lambda data: data[: len(data) // 2], lambda data: data.replace(b"Kara", b"Cara")])
def test_a_damaged_snapshot_is_passed_over_and_reported(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]], spoil: Any
) -> None:
    closed, expected = long
    newest = max((closed.folder / "snapshots").iterdir())
    newest.write_bytes(spoil(newest.read_bytes()))
    with store.campaigns.open(closed.id, read_only=True) as campaign:
        assert state_of(campaign) == expected
        assert [(one.severity, one.path) for one in campaign.problems] == [("warning", str(newest))]


# The log


def cut(closed: Campaign, size: int) -> None:
    log = closed.folder / LOG
    log.write_bytes(log.read_bytes()[:size])


@pytest.fixture
def four(store: SaveStore, quick: Quick) -> tuple[Campaign, list[dict[str, Any]], list[int]]:
    """A closed campaign of four turns, the state after each, and where its line ends in the log."""
    states: list[dict[str, Any]] = []
    ends: list[int] = []
    with store.campaigns.create("Cut", characters=["zombie"]) as campaign:
        for number in range(4):
            with campaign.turn() as turn:
                turn.character("npc:zombie").take_damage(number)
                turn.document("count")["n"] = number
            states.append(_but_derived(campaign))
            ends.append((campaign.folder / LOG).stat().st_size)
    assert quick.count("write", LOG) >= 4
    return campaign, states, ends


def _but_derived(campaign: Campaign) -> dict[str, Any]:
    return {**state_of(campaign), "data": None}


def test_a_log_cut_at_any_byte_is_read_to_its_last_whole_event(
    store: SaveStore, four: tuple[Campaign, list[dict[str, Any]], list[int]]
) -> None:
    closed, states, ends = four
    whole = (closed.folder / LOG).read_bytes()
    shutil.rmtree(closed.folder / "characters")
    shutil.rmtree(closed.folder / "documents")
    for size in range(ends[2] - 2, ends[3] + 1):
        (closed.folder / LOG).write_bytes(whole[:size])
        with store.campaigns.open(closed.id, read_only=True) as reading:
            events = 3 if size < ends[3] - 1 else 4  # without its newline a line is whole too
            events = 2 if size < ends[2] - 1 else events
            assert _but_derived(reading) == states[events - 1], size


def test_what_is_cut_off_is_set_aside_and_the_game_goes_on(
    store: SaveStore, four: tuple[Campaign, list[dict[str, Any]], list[int]], tmp_path: Path
) -> None:
    closed, states, ends = four
    whole = (closed.folder / LOG).read_bytes()
    for size in (ends[2] + 1, (ends[2] + ends[3]) // 2, ends[3] - 2):
        root = tmp_path / str(size)
        shutil.copytree(store.root, root, ignore=shutil.ignore_patterns(".saves", "characters", "documents"))
        (root / closed.id / LOG).write_bytes(whole[:size])
        with SaveStore(root) as copy, copy.campaigns.open(closed.id) as campaign:
            assert "torn_line" in codes(campaign.problems)
            assert _but_derived(campaign) == states[2]
            assert kept(copy) == {LOG: whole[ends[2] : size]}
            with campaign.turn() as turn:
                turn.document("count")["n"] = "again"
        with SaveStore(root) as copy, copy.campaigns.open(closed.id) as campaign:
            assert campaign.document("count")["n"] == "again"
            assert campaign.problems == []


def test_a_last_line_that_only_lacks_its_newline_is_whole(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]]
) -> None:
    closed, expected = long
    cut(closed, -1)
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
        assert state_of(campaign) == expected
        play(campaign, 1)
    assert (closed.folder / LOG).read_bytes().count(b"\n") == len(closed.history())


def test_a_last_line_that_a_power_cut_filled_with_nul_is_set_aside(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]]
) -> None:
    closed, expected = long
    with (closed.folder / LOG).open("ab") as log:
        log.write(b"\0" * 100)
    with store.campaigns.open(closed.id) as campaign:
        assert codes(campaign.problems) == ["torn_line"]
        assert state_of(campaign) == expected
    assert kept(store) == {LOG: b"\0" * 100}


def damage(closed: Campaign, line: int) -> None:
    log = closed.folder / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"seq"', b'"sew"')
    log.write_bytes(b"".join(lines))


def test_damage_before_a_snapshot_leaves_the_present_as_it_is(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]]
) -> None:
    closed, expected = long
    damage(closed, 30)
    before = (closed.folder / LOG).read_bytes()
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.data.model_dump(mode="json") == expected["data"]
        assert campaign.read_only is None
        play(campaign, 1)
    assert (closed.folder / LOG).read_bytes().startswith(before), "no byte is dropped"
    assert "damaged" in codes(store.check())


def test_damage_behind_the_last_snapshot_leaves_what_is_before_it_to_be_read(store: SaveStore, quick: Quick) -> None:
    with store.campaigns.create("Short", characters=["kara_stormwind"]) as closed:
        play(closed, 10)
    damage(closed, 5)
    before = bytes_in(closed.folder)
    with store.campaigns.open(closed.id) as campaign:
        assert isinstance(campaign.read_only, Damaged)
        assert campaign.document("count")["n"] == 3
        assert campaign.characters[KARA].name == "Kara Stormwind"
        with pytest.raises(Damaged):
            play(campaign, 1)
    assert bytes_in(closed.folder) == before
    assert quick.count("truncate", LOG) == 0


def test_a_log_without_a_beginning_is_refused_with_its_path(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]]
) -> None:
    closed, _ = long
    (closed.folder / LOG).write_bytes(b"")
    shutil.rmtree(closed.folder / "snapshots")
    before = bytes_in(closed.folder)
    with pytest.raises(Damaged) as refused:
        store.campaigns.open(closed.id)
    assert refused.value.path == str(closed.folder / LOG)
    assert refused.value.hint is not None
    assert bytes_in(closed.folder) == before
    store.campaigns.create("Another").close()
    assert len(store.campaigns.list()) == 2


def test_an_older_log_in_its_place_is_noticed_and_never_written_over(
    store: SaveStore, long: tuple[Campaign, dict[str, Any]]
) -> None:
    closed, _ = long
    log = closed.folder / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:240]))
    before = bytes_in(closed.folder)
    with store.campaigns.open(closed.id) as campaign:
        assert isinstance(campaign.read_only, Damaged)
        with pytest.raises(Damaged):
            play(campaign, 1)
    assert bytes_in(closed.folder) == before


def test_an_older_copy_of_the_whole_folder_is_reported_and_can_be_played(store: SaveStore, tmp_path: Path) -> None:
    with store.campaigns.create("Old", characters=["kara_stormwind"]) as campaign:
        play(campaign, 3)
    shutil.copytree(campaign.folder, tmp_path / "old")
    with store.campaigns.open(campaign.id) as campaign:
        play(campaign, 3)
        newest = campaign.head
    shutil.rmtree(campaign.folder)
    shutil.copytree(tmp_path / "old", campaign.folder)
    with store.campaigns.open(campaign.id) as again:
        assert codes(again.problems) == ["older_copy"]
        assert f"event {newest.seq}" in again.problems[0].message
        play(again, 1)
    seen = b"".join(path.read_bytes() for path in (store.root / ".saves").glob("*/heads/*.jsonl"))
    assert newest.hash.encode() in seen, "what was played there is kept"


def all_but_the_index(root: Path) -> dict[str, bytes]:
    """Return every file of a store but what can be made anew at any time, and the files that are locks."""
    derived = ("/index/", "/locks/")
    return {path: data for path, data in bytes_in(root, besides=()).items() if not any(one in path for one in derived)}


def test_a_store_made_by_a_newer_program_is_not_written(store: SaveStore, root: Path) -> None:
    store.campaigns.create("Now", characters=["kara_stormwind"]).close()
    store.presets.customise("characters", "ogre")
    store.images.add(PNG)
    info = read(root / "store.json")
    (root / "store.json").write_text(json.dumps(info | {"schema_version": 2}))
    before = all_but_the_index(root)
    newer = SaveStore(root)
    for change in (
        lambda: newer.campaigns.create("Then"),
        lambda: newer.campaigns.open("Now"),
        lambda: newer.profiles.update(KARA, pose="x"),
        lambda: newer.images.add(PNG),
        lambda: newer.presets.customise("characters", "zombie"),
        lambda: newer.presets.draft("zombie"),
        lambda: newer.campaigns.remove("Now"),
        lambda: newer.presets.revert("characters", "ogre"),
        lambda: newer.images.prune(),
    ):
        with pytest.raises(NewerFormat):
            change()
    assert all_but_the_index(root) == before
    assert newer.profiles.get(KARA).name == "Kara Stormwind"
    with newer.campaigns.open("Now", read_only=True) as reading:
        assert reading.characters[KARA].hit_points_current == 26
    assert "newer_format" in codes(newer.check())


# Killed


def test_a_wounded_zombie_stays_wounded(store: SaveStore) -> None:
    store.campaigns.create("Crypt", characters=["kara_stormwind"]).close()
    script = (
        "campaign = SaveStore(sys.argv[1]).campaigns.open('Crypt')\n"
        "zombie = campaign.add_character('zombie')\n"
        "with campaign.turn('A blow') as turn: turn.character(zombie).take_damage(7)\n"
        "print(campaign.head.hash, flush=True); wait()\n"
    )
    with child(script, store.root) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with store.campaigns.open("Crypt") as campaign:
        assert campaign.characters["npc:zombie"].hit_points_current == 15
        assert campaign.head.note == "A blow"
        assert [one for one in campaign.problems if one.severity == "error"] == []
    assert codes(store.check()) == []


@pytest.mark.parametrize("survives", range(0, 42, 3))
def test_a_process_that_dies_at_any_moment_leaves_the_state_before_or_after(root: Path, survives: int) -> None:
    system = Dying()
    with files.using(system), SaveStore(root, clock=Clock()) as store:
        campaign = store.campaigns.create("Dies", characters=["kara_stormwind"])
        campaign.flush()
        states = [{**state_of(campaign), "head": None}]
        system.left = survives
        try:
            for number in range(4):
                with campaign.turn() as turn:
                    turn.character(KARA).take_damage(1)
                    turn.document("count")["n"] = number
                    turn.say("narrator", str(number))
                states.append({**state_of(campaign), "head": None})
                campaign.flush()
        except SavesError:
            states.append({})
        abandon(campaign, system)
    acknowledged = [state for state in states if state]
    with SaveStore(root) as store, store.campaigns.open("Dies") as again:
        found = state_of(again)
        hit_points = 26 - found["characters"][KARA]["hit_points_current"]
        assert hit_points >= len(acknowledged) - 1, "what was acknowledged is there"
        assert len(found["messages"]) == hit_points
        assert found["documents"].get("count", {"n": -1})["n"] == hit_points - 1
        if hit_points < len(acknowledged):
            assert found["characters"] == acknowledged[hit_points]["characters"]
        with again.turn() as turn:
            turn.character(KARA).take_damage(1)
    with SaveStore(root) as store:
        assert [one for one in store.check() if one.severity == "error"] == []


class Dying(Mortal):
    """A system on which a process dies after so many more operations that change the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None

    def _note(self, call: str, path: str) -> None:
        if call in self.CHANGES and self.left is not None:
            self.dead = self.dead or self.left <= 0
            self.left -= 1
        super()._note(call, path)


# Nothing can be written


def test_a_store_that_cannot_be_written_is_listed_and_read_and_refuses_clearly(root: Path) -> None:
    with SaveStore(root) as store:
        store.profiles.portrait(store.profiles.save(store.presets.draft("kara_stormwind")), picture=PNG)
        store.presets.customise("characters", "zombie")
        store.campaigns.create("Sealed", characters=["kara_stormwind"]).close()
    before = all_but_the_index(root)
    with files.using(Sealed(root)), SaveStore(root) as store:
        assert [one.title for one in store.campaigns.list()] == ["Sealed"]
        assert [one.character_id for one in store.profiles.list()] == [KARA]
        assert [one.used_by for one in store.images.list()] == [(KARA,)]
        assert "zombie" in {entry.id for entry in store.presets.list()}
        assert store.check() == []
        with store.campaigns.open("Sealed", read_only=True) as campaign:
            assert campaign.enriched(KARA).portrait_file is not None
            assert campaign.messages == []
        for change in (
            lambda: store.campaigns.open("Sealed"),
            lambda: store.campaigns.create("More"),
            lambda: store.campaigns.remove("Sealed"),
            lambda: store.profiles.update(KARA, pose="x"),
            lambda: store.presets.draft("ogre"),
            lambda: store.presets.revert("characters", "zombie"),
            lambda: store.images.add(PNG + b"more"),
        ):
            with pytest.raises(FileProblem) as refused:
                change()
            assert refused.value.hint is not None
            assert "permissions" in refused.value.hint
            assert refused.value.path is not None
        assert store.profiles.get(KARA).pose is not None
    assert all_but_the_index(root) == before


def test_a_folder_that_only_the_owner_may_write_is_read_by_others(store: SaveStore, root: Path) -> None:
    import os

    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("an administrator can write everywhere, and Windows has other permissions")
    store.campaigns.create("Mine", characters=["kara_stormwind"]).close()
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        other = SaveStore(root)
        assert [one.title for one in other.campaigns.list()] == ["Mine"]
        with other.campaigns.open("Mine", read_only=True) as campaign:
            assert campaign.enriched(KARA).name == "Kara Stormwind"
        with pytest.raises(FileProblem):
            other.profiles.update(KARA, pose="x")
    finally:
        for folder in folders:
            folder.chmod(0o755)
