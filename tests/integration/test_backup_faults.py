"""Whatever fails while a backup is made, the older ones stay."""

import errno
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.errors import Damaged, FileProblem, Locked, NoSpace
from tests.integration.backingup import blow, complete, content, failures, story
from tests.integration.stores import Quick, bytes_in, codes, die
from tests.unit.systems import Faulty


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_a_damaged_backup_neither_counts_nor_goes(store: SaveStore, folder: Path) -> None:
    name = story(store)
    first, second = (store.backup(folder, keep_last=9).backup for _ in range(2))
    log = second.path / name / "log.jsonl"
    data = log.read_bytes()
    log.unlink()
    log.write_bytes(data.replace(b"A blow", b"A bird"))
    made = store.backup(folder, keep_last=2, keep_weekly=0, keep_monthly=0)
    assert codes(made.problems) == ["damaged"]
    assert made.removed == ()
    assert complete(store, folder) == [made.backup.name, second.name, first.name]
    assert (made.backup.path / name / "log.jsonl").read_bytes() == data
    (second.path / "backup.json").write_text("{")
    again = store.backup(folder, keep_last=2, keep_weekly=0, keep_monthly=0)
    assert again.removed == (first.name,)
    assert codes(again.problems) == ["invalid"]
    listed = {one.name: one for one in store.backups(folder)}
    assert not listed[second.name].complete
    assert listed[second.name].problem is not None


def test_while_something_is_damaged_no_backup_goes(store: SaveStore, folder: Path) -> None:
    name = story(store)
    with store.campaigns.open(name) as campaign:
        blow(campaign)
    old = store.backup(folder).backup
    log = store.root / name / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"x" + b"".join(lines[1:]))
    made = store.backup(folder, keep_last=1, keep_weekly=0, keep_monthly=0)
    assert "damaged" in codes(made.problems)
    assert made.removed == ()
    assert complete(store, folder) == [made.backup.name, old.name]
    assert content(made.backup.path) == content(store.root)


def test_a_full_disk_leaves_the_older_backups_whole(store: SaveStore, folder: Path, faulty: Faulty) -> None:
    name = story(store)
    old = store.backup(folder).backup
    before = bytes_in(folder)
    with store.campaigns.open(name) as campaign:
        blow(campaign)
    faulty.fail("write", str(folder), errno.ENOSPC, skip=2)
    with pytest.raises(NoSpace):
        store.backup(folder, keep_last=1)
    assert bytes_in(folder) == before
    assert complete(store, folder) == [old.name]


def test_a_store_whose_disk_is_full_is_backed_up_to_another_one_and_opened(
    store: SaveStore, folder: Path, faulty: Faulty
) -> None:
    name = story(store)
    faulty.fail("write", str(store.root), errno.ENOSPC)
    made = store.backup(folder)
    assert made.backup.complete
    assert (made.backup.path / name / "log.jsonl").read_bytes() == (store.root / name / "log.jsonl").read_bytes()
    with store.campaigns.open(name), pytest.raises(Locked) as kept_out:
        SaveStore(store.root).campaigns.open(name)
    assert kept_out.value.pid is None, "nobody could sign"


def test_stores_of_one_name_that_are_backed_up_at_the_same_moment_have_a_folder_each(
    tmp_path: Path, folder: Path, quick: Quick
) -> None:
    stores = [
        SaveStore(tmp_path / player / "saves", clock=lambda: datetime(2026, 11, 21, tzinfo=UTC)) for player in "ab"
    ]
    names = [story(one) for one in stores]
    others = []

    def interfere(call: str, path: str) -> None:
        if call == "mkdir" and path.startswith(f"{folder}/saves-"):
            quick.before = None
            others.append(stores[1].backup(folder).backup)

    quick.before = interfere
    ours = stores[0].backup(folder).backup
    (theirs,) = others
    assert (ours.name, theirs.name) == ("saves-20261121T000000Z_2", "saves-20261121T000000Z")
    for one, made, name in zip(stores, (ours, theirs), names, strict=True):
        assert complete(one, folder) == [made.name]
        assert content(made.path) == content(one.root)
        assert (made.path / name / "log.jsonl").read_bytes() == (one.root / name / "log.jsonl").read_bytes()


def test_room_is_looked_for_before_anything_is_written(
    store: SaveStore, folder: Path, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    story(store)
    monkeypatch.setattr(quick, "free_space", lambda _: 1000)
    with pytest.raises(NoSpace) as refused:
        store.backup(folder)
    assert "1,000 are free" in refused.value.message
    assert not folder.exists()


def test_a_file_that_cannot_be_read_is_named_and_not_its_copy(store: SaveStore, folder: Path, faulty: Faulty) -> None:
    story(store)
    log = next(store.root.glob("campaign_*/log.jsonl"))
    faulty.fail("read", str(log), errno.EIO)
    with pytest.raises(FileProblem) as refused:
        store.backup(folder)
    assert refused.value.path == str(log)
    assert complete(store, folder) == []


def test_a_disk_that_does_not_give_back_what_was_written_makes_no_backup(store: SaveStore, folder: Path) -> None:
    name = story(store)

    class Lying(Quick):
        def read(self, fd: int, size: int) -> bytes:
            path, data = self._paths.get(fd, ""), super().read(fd, size)
            return data.replace(b"A blow", b"A bird") if str(folder) in path and name in path else data

    with files.using(Lying()), pytest.raises(Damaged):
        store.backup(folder)
    assert store.backups(folder) == []


def deaths(store: SaveStore, folder: Path, **keeping: int) -> Iterator[None]:
    """Make backups, in a program that dies one change of the disk later each time, until one is made."""
    moment = 0
    while die(moment, partial(store.backup, folder, **keeping)):
        yield
        moment += 1
    yield


@pytest.mark.usefixtures("quick")
def test_a_death_at_any_moment_leaves_the_older_backups_complete(store: SaveStore, folder: Path) -> None:
    name = story(store)
    old = store.backup(folder, keep_last=99).backup
    whole = bytes_in(old.path, besides=())
    with store.campaigns.open(name) as campaign:
        blow(campaign)
    for _ in deaths(store, folder, keep_last=99):
        assert bytes_in(old.path, besides=()) == whole
        assert old.name in complete(store, folder)
        for one in store.backups(folder):
            assert one.complete or not (one.path / "backup.json").exists()
    made = store.backup(folder, keep_last=99)
    assert made.problems == ()
    assert all(one.complete for one in store.backups(folder)), "what was begun is set right"
    assert {path.name for path in folder.iterdir()} == {one.name for one in store.backups(folder)}
    assert content(made.backup.path) == content(store.root)


@pytest.mark.usefixtures("quick")
def test_a_death_while_older_ones_go_leaves_the_rest_complete(store: SaveStore, folder: Path) -> None:
    story(store)
    for _ in range(3):
        store.backup(folder)
    newest = store.backups(folder)[0]
    for _ in deaths(store, folder, keep_last=1, keep_weekly=0, keep_monthly=0):
        there = complete(store, folder)
        assert there
        assert there[0] >= newest.name
        for name in there:
            assert content(folder / name) == content(store.root)
    assert len(store.backups(folder)) == 1


def test_an_unfinished_one_is_listed_and_set_right(store: SaveStore, folder: Path, quick: Quick) -> None:
    story(store)
    quick.fail("replace", "backup.json", errno.EIO)
    quick.fail("unlink", str(folder), errno.EIO)
    with pytest.raises(FileProblem):
        store.backup(folder)
    (begun,) = store.backups(folder)
    assert not begun.complete
    quick.mend()
    made = store.backup(folder)
    assert [one.name for one in store.backups(folder)] == [made.backup.name]


def test_what_only_looks_like_an_unfinished_backup_stays(store: SaveStore, folder: Path) -> None:
    story(store)
    for number, marker in enumerate((b"{", b'{"kind": "mine"}')):
        (folder / f"saves-2020010{number}T000000Z").mkdir(parents=True)
        (folder / f"saves-2020010{number}T000000Z" / "backup-incomplete.json").write_bytes(marker)
    (folder / "old-saves-20200101T000000Z").mkdir()
    (folder / "saves-20200105T000000Z").mkdir()
    before = bytes_in(folder)
    store.backup(folder)
    assert bytes_in(folder).items() >= before.items()
    assert (folder / "old-saves-20200101T000000Z").is_dir()
    assert not (folder / "saves-20200105T000000Z").exists(), "it is empty, and is called as one that was begun"


def test_whichever_operation_fails_the_older_backups_stay_complete(
    store: SaveStore, folder: Path, quick: Quick
) -> None:
    name = story(store)
    old = store.backup(folder).backup
    whole = bytes_in(old.path, besides=())
    with store.campaigns.open(name) as campaign:
        blow(campaign)
    number = 0
    for number in failures(quick, partial(store.backup, folder, keep_last=99)):
        assert bytes_in(old.path, besides=()) == whole, f"operation {number} failed"
        for one in store.backups(folder):
            assert one.problem is None
            if one.path != old.path:
                assert not one.complete or content(one.path) == content(store.root)
                shutil.rmtree(one.path)
    assert number > 200
