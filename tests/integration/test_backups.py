"""Backups: whole, shared where nothing changed, and rotated."""

import errno
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import InvalidValue, Locked, ReadOnly, StoreNotFound
from tests.integration.backingup import blow, complete, content, story
from tests.integration.stores import KARA, PNG, Clock, child, codes, edit, in_child
from tests.unit.systems import Faulty


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_a_backup_is_the_store_as_plain_files(store: SaveStore, folder: Path) -> None:
    story(store)
    store.images.add(PNG, stem="alone")
    store.images.prune()
    store.campaigns.list()
    made = store.backup(folder)
    assert made.backup.path == folder / made.backup.name
    assert made.backup.name.startswith("saves-20261121T1000")
    assert made.backup.complete
    assert (made.removed, made.problems) == ((), ())
    assert content(made.backup.path) == content(store.root)
    assert any("recovered" in name for name in content(made.backup.path))
    assert any("heads" in name for name in content(made.backup.path))
    manifest = json.loads((made.backup.path / "backup.json").read_bytes())
    assert manifest["files"].keys() == content(store.root).keys()
    assert made.copied == made.backup.size == sum(map(len, content(store.root).values()))
    assert store.backups(folder) == [made.backup]
    assert {path.name for path in folder.iterdir()} == {made.backup.name}


def test_what_has_not_changed_is_not_stored_twice(store: SaveStore, folder: Path) -> None:
    first = story(store, "First")
    story(store, "Second")
    before = store.backup(folder).backup
    with store.campaigns.open(first) as campaign:
        blow(campaign)
    made = store.backup(folder)
    shared = changed = 0
    for name in content(store.root):
        one, other = before.path / name, made.backup.path / name
        if one.exists() and one.stat().st_ino == other.stat().st_ino:
            shared += 1
        else:
            changed += other.stat().st_size
    assert shared >= len(content(store.root)) - 6
    assert made.copied == changed
    assert content(made.backup.path) == content(store.root)
    assert (before.path / first / "log.jsonl").read_bytes() != (made.backup.path / first / "log.jsonl").read_bytes()


def test_without_links_everything_is_copied(store: SaveStore, folder: Path, faulty: Faulty) -> None:
    story(store)
    store.backup(folder)
    faulty.fail("link", error=errno.EPERM)
    made = store.backup(folder)
    assert made.copied == made.backup.size
    assert content(made.backup.path) == content(store.root)
    assert faulty.count("link") == 1


def test_a_file_that_goes_while_it_is_backed_up_is_not_missed(store: SaveStore, folder: Path, faulty: Faulty) -> None:
    story(store)
    passing = store.root / "notes.txt"
    passing.write_bytes(b"Buy bread")

    def take_away(call: str, path: str) -> None:
        if (call, path) == ("open", str(passing)):
            passing.unlink()

    faulty.before = take_away
    made = store.backup(folder)
    assert not passing.exists()
    assert (made.backup.complete, made.problems) == (True, ())
    assert content(made.backup.path) == content(store.root)


def test_what_was_changed_in_the_backup_before_is_copied_anew(store: SaveStore, folder: Path) -> None:
    name = story(store)
    before = store.backup(folder).backup
    (before.path / name / "campaign_data.json").write_bytes(b"{}")
    made = store.backup(folder)
    assert content(made.backup.path) == content(store.root)


PLAYING = (
    "store = SaveStore(sys.argv[1])\n"
    "campaign = store.campaigns.open(sys.argv[2])\n"
    "print('playing', flush=True)\n"
    "while True:\n"
    "    with campaign.turn('A blow') as turn:\n"
    "        turn.character('pc:kara_stormwind').gain_experience(1)\n"
    "        turn.document('world')['turns'] = turn.document('world').get('turns', 0) + 1\n"
)


def test_a_campaign_that_is_being_played_is_backed_up_as_far_as_it_has_got(store: SaveStore, folder: Path) -> None:
    name = story(store)
    with child(PLAYING, store.root, name):
        backups = [store.backup(folder, keep_last=9) for _ in range(5)]
        with pytest.raises(Locked):
            store.campaigns.open(name)
    turns = []
    for made in backups:
        assert made.problems == ()
        copy = made.backup.path.parent / "restored"
        os.rename(made.backup.path, copy)
        (copy / "backup.json").unlink()
        with SaveStore(copy) as restored, restored.campaigns.open(name) as campaign:
            assert not [one for one in campaign.problems if one.severity == "error"], campaign.problems
            events = campaign.history()
            assert campaign.characters[KARA].experience == sum(event.turn > 1 for event in events)
            turns.append(len(events))
        os.rename(copy, made.backup.path)
    assert turns == sorted(turns)


def test_an_open_campaign_of_the_same_program_is_backed_up(store: SaveStore, folder: Path) -> None:
    with store.campaigns.open(story(store)) as campaign:
        blow(campaign)
        campaign.flush()
        made = store.backup(folder)
        blow(campaign)
    with SaveStore(made.backup.path) as copy, copy.campaigns.open("The Mine", read_only=True) as campaign:
        assert len(campaign.history()) == 3


@pytest.mark.no_cover
@pytest.mark.usefixtures("quick")
def test_four_hundred_days(store: SaveStore, folder: Path) -> None:
    store.campaigns.create("The Mine").close()
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    clock = Clock(begin)
    days = {}
    with SaveStore(store.root, clock=clock) as daily:
        for day in range(400):
            clock.now = begin + timedelta(days=day)
            made = daily.backup(folder)
            days[made.backup.name] = begin + timedelta(days=day)
            if day > 40:
                left = {days[path.name] for path in folder.iterdir()}
                assert {begin + timedelta(days=day - back) for back in range(7)} <= left
        left = {days[name] for name in complete(daily, folder)}
        ends = {(one.year, one.month): one for one in days.values()}
        weeks = {one.isocalendar()[:2]: one for one in days.values()}
        promised = {*list(days.values())[-7:], *list(ends.values())[-12:], *list(weeks.values())[-4:]}
        assert left == promised
        assert {path.name for path in folder.iterdir()} == {name for name, day in days.items() if day in promised}


def test_only_its_own_backups_make_room(store: SaveStore, folder: Path, tmp_path: Path) -> None:
    story(store)
    with SaveStore(tmp_path / "other" / "saves") as other:
        story(other)
        theirs = other.backup(folder).backup
    (folder / "saves-mine").mkdir()
    (folder / "saves-20200101T000000Z").mkdir()
    (folder / "saves-20200101T000000Z" / "mine.txt").write_text("mine")
    (folder / "notes.txt").write_text("mine")
    names = [store.backup(folder, keep_last=1, keep_weekly=0, keep_monthly=0).backup.name for _ in range(3)]
    assert [one.name for one in store.backups(folder)] == names[-1:]
    assert {path.name for path in folder.iterdir()} == {
        *("saves-mine", "saves-20200101T000000Z", "notes.txt"),
        *(theirs.name, names[-1]),
    }
    assert len(store.backup(folder, keep_last=0, keep_weekly=0, keep_monthly=0).removed) == 1
    assert len(complete(store, folder)) == 1


def test_where_a_backup_cannot_be(store: SaveStore, folder: Path) -> None:
    with pytest.raises(StoreNotFound):
        store.backup(folder)
    story(store)
    with pytest.raises(InvalidValue):
        store.backup(store.root / "backups")
    with pytest.raises(InvalidValue):
        store.backup(folder, keep_last=-1)
    assert store.backups(folder) == []


def test_one_backup_at_a_time(store: SaveStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gamesaves.services import backups

    story(store)
    monkeypatch.setattr(backups, "LOCK_PATIENCE_SECONDS", 0.1)
    with SaveStore(store.root)._context.lock("backup", "a backup").held(1), pytest.raises(Locked):
        store.backup(folder)


def test_a_link_is_named_and_not_followed(store: SaveStore, folder: Path, tmp_path: Path) -> None:
    story(store)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("x")
    (store.root / "images").symlink_to(tmp_path / "elsewhere")
    made = store.backup(folder)
    assert codes(made.problems) == ["not_backed_up"]
    assert not (made.backup.path / "images").exists()


def test_a_backup_is_not_played(store: SaveStore, folder: Path) -> None:
    name = story(store)
    made = store.backup(folder)
    before = content(made.backup.path)
    with SaveStore(made.backup.path) as copy:
        assert [one.path.name for one in copy.campaigns.list()] == [name]
        with pytest.raises(ReadOnly) as refused:
            copy.campaigns.open(name)
    assert "saves backup restore" in str(refused.value.hint)
    assert content(made.backup.path) == before


def test_a_store_without_its_file_is_backed_up(store: SaveStore, folder: Path) -> None:
    story(store)
    (store.root / "store.json").unlink()
    made = store.backup(folder)
    assert made.backup.store_id is None
    with SaveStore(made.backup.path) as copy, pytest.raises(ReadOnly):
        copy.create()
    assert content(made.backup.path) == content(store.root)
    assert store.backup(folder).copied == 0


@pytest.mark.skipif(sys.platform != "linux", reason="paths are text here")
def test_a_store_whose_path_is_no_text_is_backed_up(tmp_path: Path, folder: Path) -> None:
    with SaveStore(tmp_path / os.fsdecode(b"st\xffre")) as store:
        store.create()
        made = store.backup(folder)
        assert made.problems == ()
        assert [one.path for one in store.backups(folder)] == [made.backup.path]
        assert store.backup(folder).copied == 0


def test_an_edited_manifest_cannot_lead_elsewhere(store: SaveStore, folder: Path) -> None:
    story(store)
    made = store.backup(folder).backup
    rows = json.loads((made.path / "backup.json").read_bytes())["files"]
    some = next(iter(rows.values()))
    broken: tuple[object, ...] = ({"../x": some}, {"/x": some}, {"x": 3}, {"x": {**some, "size": "1"}}, [], {"x": {}})
    for files_of in broken:
        edit(made.path / "backup.json", files=files_of)
        (found,) = store.backups(folder)
        assert (found.complete, found.problem is not None) == (False, True)
    edit(made.path / "backup.json", files=rows)
    assert store.backups(folder)[0].complete
    for moment in ("yesterday", "2026-11-21T10:00:00", 5):
        edit(made.path / "backup.json", at=moment)
        assert not store.backups(folder)[0].complete
    assert in_child("print(len(SaveStore(sys.argv[1]).backups(sys.argv[2])))", store.root, folder) == "1"


def test_a_file_of_the_games_own_that_is_called_as_the_manifest_is_named(store: SaveStore, folder: Path) -> None:
    name = story(store)
    (store.root / "backup.json").write_text('{"mine": true}')
    with SaveStore(store.root) as again:
        again.campaigns.open(name).close()
        made = again.backup(folder)
    assert codes(made.problems) == ["not_backed_up"]
    assert content(made.backup.path) == content(store.root)
