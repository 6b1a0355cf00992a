"""A backup comes back whole or not at all, and the store that was there is kept."""

import errno
import json
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import AlreadyExists, Damaged, InvalidDocument, Locked, NoSpace, NotFound, NotUndoable, SavesError
from tests.integration.backingup import failures
from tests.integration.stores import KARA, PNG, Clock, Quick, bytes_in, codes, die, edit
from tests.unit.systems import Faulty

LATER = Clock(datetime(2026, 11, 22, 10, tzinfo=UTC))


def played(store: SaveStore, title: str, turns: int = 1) -> str:
    with store.campaigns.create(title, characters=["kara_stormwind"]) as campaign:
        for _ in range(turns):
            with campaign.turn("A blow") as turn:
                turn.character(KARA).take_damage(1)
        return campaign.id


@pytest.fixture
def folder(store: SaveStore, tmp_path: Path) -> Path:
    """Backups: one of a store with a campaign, which has since lost it, got another and a picture."""
    first = played(store, "First", turns=25)
    store.backup(tmp_path / "backups")
    with store.campaigns.open(first) as campaign, campaign.turn("Later") as turn:
        turn.character(KARA).take_damage(1)
    store.campaigns.remove(first)
    played(store, "Second")
    store.images.add(PNG, stem="alone")
    return tmp_path / "backups"


def in_use(store: SaveStore) -> dict[str, bytes]:
    """Return all that a store consists of, but for what was set aside, what is derived, and locks."""
    every = bytes_in(store.root, besides=())
    return {name: data for name, data in every.items() if name[0] != "." or name.split("/")[2] == "heads"}


def backed_up(backup: Path) -> dict[str, bytes]:
    return {name: data for name, data in in_use(SaveStore(backup)).items() if name != "backup.json"}


def titles(store: SaveStore) -> list[str]:
    return sorted(one.title for one in store.campaigns.list())


def test_to_a_new_place(store: SaveStore, folder: Path, tmp_path: Path) -> None:
    (made,) = store.backups(folder)
    before = bytes_in(folder)
    with SaveStore.from_backup(made.path, tmp_path / "deep" / "new") as restored:
        assert in_use(restored) == backed_up(made.path)
        with restored.campaigns.open("First") as campaign:
            assert campaign.problems == []
            with campaign.turn("On") as turn:
                turn.character(KARA).heal(1)
        assert restored.check() == []
    assert bytes_in(folder) == before, "nothing of the backup is shared with what is played"
    (tmp_path / "empty").mkdir()
    SaveStore.from_backup(made.path, tmp_path / "empty")
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"new"}


def test_not_over_something_else(store: SaveStore, folder: Path, tmp_path: Path) -> None:
    (made,) = store.backups(folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for target in (tmp_path / "full", tmp_path / "full" / "mine.txt"):
        with pytest.raises(AlreadyExists):
            SaveStore.from_backup(made.path, target)
    with pytest.raises(NotFound):
        SaveStore.from_backup(folder, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_in_place_and_back_and_forth(store: SaveStore, folder: Path) -> None:
    (made,) = store.backups(folder)
    before = in_use(store)
    would = store.restore_backup(None, folder, dry_run=True)
    assert (would.backup, would.kept_in) == (made.path, None)
    assert in_use(store) == before

    done = store.restore_backup(made.name, folder)
    assert done.kept_in is not None
    assert in_use(store) == backed_up(made.path)
    assert titles(store) == ["First"]
    with store.campaigns.open("First", read_only=True) as campaign:
        assert campaign.problems == []
    assert store.check() == []
    entry = store.recovered()[0]
    assert (entry.verb, entry.path) == ("backup restore", ".")
    assert {one.verb for one in store.recovered()} == {"backup restore", "campaign remove"}, "what was set aside stays"

    store.undo()
    assert in_use(store) == before
    assert titles(store) == ["Second"]
    store.undo()
    assert in_use(store) == backed_up(made.path)
    store.undo()
    assert in_use(store) == before
    assert len(store.recovered()) == 2


def test_what_was_played_since_is_kept_when_a_restore_is_undone(store: SaveStore, folder: Path) -> None:
    store.restore_backup(None, folder)
    played(store, "Third")
    store.undo()
    assert titles(store) == ["Second"]
    store.undo()
    assert titles(store) == ["First", "Third"]


def test_a_store_that_is_gone_comes_back(store: SaveStore, folder: Path) -> None:
    (made,) = store.backups(folder)
    shutil.rmtree(store.root)
    with SaveStore(store.root) as fresh:
        assert [one.name for one in fresh.backups(folder)] == [made.name]
        assert fresh.restore_backup(None, folder).kept_in is None
        assert in_use(fresh) == backed_up(made.path)
        assert fresh.recovered() == []
        assert [one.name for one in fresh.backups(folder)] == [made.name]


def test_what_had_been_set_aside_comes_back_where_it_is_gone(store: SaveStore, folder: Path) -> None:
    store.backup(folder)
    shutil.rmtree(store.root / ".saves")
    store.restore_backup(None, folder)
    assert {one.verb for one in store.recovered()} == {"backup restore", "campaign remove"}


@pytest.mark.parametrize("name", ["log.jsonl", "campaign_data.json"])
def test_a_damaged_backup_is_not_restored(store: SaveStore, folder: Path, tmp_path: Path, name: str) -> None:
    (made,) = store.backups(folder)
    damaged = next(made.path.glob(f"campaign_*/{name}"))
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    before = in_use(store)
    with pytest.raises(Damaged) as refused:
        store.restore_backup(made.name, folder)
    assert refused.value.path == str(damaged)
    with pytest.raises(Damaged):
        SaveStore.from_backup(made.path, tmp_path / "new")
    damaged.unlink()
    with pytest.raises(Damaged):
        store.restore_backup(made.name, folder)
    assert in_use(store) == before
    assert not (tmp_path / "new").exists()


def test_a_backup_that_changes_while_it_is_restored_is_not_taken(
    store: SaveStore, folder: Path, tmp_path: Path, faulty: Faulty
) -> None:
    (made,) = store.backups(folder)
    log = str(next(made.path.glob("campaign_*/log.jsonl")))
    opened: list[str] = []

    def change(call: str, path: str) -> None:
        if (call, path) == ("open", log):
            opened.append(path)
            if len(opened) == 2:
                Path(log).write_bytes(b"other bytes")

    faulty.before = change
    with pytest.raises(Damaged, match="changed while it was restored"):
        SaveStore.from_backup(made.path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_one_that_was_not_finished_is_not_restored(store: SaveStore, folder: Path) -> None:
    (made,) = store.backups(folder)
    (made.path / "backup.json").rename(made.path / "backup-incomplete.json")
    with pytest.raises(Damaged):
        store.restore_backup(made.name, folder)
    with pytest.raises(NotFound):
        store.restore_backup(None, folder)
    with pytest.raises(NotFound) as refused:
        store.restore_backup(made.name[:-1], folder)
    assert refused.value.nearest == (made.name,)
    (made.path / "backup.json").write_text(json.dumps({"kind": "gamesaves backup", "files": []}))
    with pytest.raises(InvalidDocument):
        SaveStore.from_backup(made.path, folder / "new")


def test_not_while_somebody_plays(store: SaveStore, folder: Path) -> None:
    before = in_use(store)
    with store.campaigns.open("Second"), pytest.raises(Locked):
        store.restore_backup(None, folder)
    assert in_use(store).keys() >= before.keys()
    store.restore_backup(None, folder)
    with store.campaigns.open("First"), pytest.raises(Locked):
        store.undo()
    assert titles(store) == ["First"]


def test_a_full_disk_leaves_the_store_as_it_was(store: SaveStore, folder: Path, faulty: Faulty) -> None:
    before, listed = in_use(store), store.recovered()
    for skip in (0, 3):
        faulty.fail("write", str(store.root), errno.ENOSPC, skip=skip)
        with pytest.raises(NoSpace):
            store.restore_backup(None, folder)
        faulty.mend()
        assert in_use(store) == before
        assert store.recovered() == listed
        assert list((store.root / ".saves/staging").iterdir()) == []


@pytest.mark.parametrize("skip", range(16))
def test_a_move_that_fails_is_taken_back(store: SaveStore, folder: Path, quick: Quick, skip: int) -> None:
    (made,) = store.backups(folder)
    before, listed = in_use(store), store.recovered()
    quick.fail("replace", error=errno.EIO, skip=skip, times=1)
    try:
        store.restore_backup(None, folder)
    except SavesError:
        assert in_use(store) == before
        assert store.recovered() == listed
    else:
        assert in_use(store) == backed_up(made.path)


@pytest.mark.parametrize("undoing", [False, True])
@pytest.mark.usefixtures("quick")
def test_after_a_death_at_any_moment_all_of_it_is_there(
    store: SaveStore, folder: Path, tmp_path: Path, undoing: bool
) -> None:
    if undoing:
        store.restore_backup(None, folder)
        after = in_use(store)
        store.undo()
        before = in_use(store)
    else:
        before, after = in_use(store), backed_up(store.backups(folder)[0].path)
    shutil.copytree(store.root, tmp_path / "as_it_was", symlinks=True)
    moment, seen = 0, set()
    while True:
        with SaveStore(store.root, clock=LATER) as dying:
            died = die(moment, dying.undo if undoing else partial(dying.restore_backup, None, folder))
        with SaveStore(store.root, clock=LATER) as again:
            state = in_use(again)
            half = "unfinished_restore" in codes(again.check())
            assert half or state in (before, after)
            seen.add("half" if half else "before" if state == before else "after")
            if half:
                again.undo()
                assert in_use(again) == before
                assert "unfinished_restore" not in codes(again.check())
        if not died:
            break
        shutil.rmtree(store.root)
        shutil.copytree(tmp_path / "as_it_was", store.root, symlinks=True)
        moment += 1
    assert seen == {"before", "half", "after"}


@pytest.mark.usefixtures("quick")
def test_what_is_made_while_half_of_it_is_there_is_kept(store: SaveStore, folder: Path) -> None:
    before = in_use(store)
    moment = 10
    while "unfinished_restore" not in codes(store.check()):
        assert die(moment, lambda: store.restore_backup(None, folder))
        moment += 1
    made = store.backup(folder)
    assert "unfinished_restore" in codes(made.problems)
    with SaveStore(store.root, clock=LATER) as unaware:
        third = played(unaware, "Third")
        unaware.undo()
        now = in_use(unaware)
        assert {name for name in now if name.startswith(third)}
        assert {name: now.get(name) for name in before if name.startswith("campaign_")} == {
            name: data for name, data in before.items() if name.startswith("campaign_")
        }


def test_a_restore_after_one_that_did_not_end_begins_anew(store: SaveStore, folder: Path) -> None:
    (made,) = store.backups(folder)
    moment = 10
    while "unfinished_restore" not in codes(store.check()):
        assert die(moment, lambda: store.restore_backup(None, folder))
        moment += 1
    store.restore_backup(made.name, folder)
    assert in_use(store) == backed_up(made.path)
    assert "unfinished_restore" not in codes(store.check())
    store.undo()
    assert titles(store) == ["Second"]


def test_a_note_that_was_edited_does_not_empty_the_store(store: SaveStore, folder: Path) -> None:
    done = store.restore_backup(None, folder)
    assert done.kept_in is not None
    edit(done.kept_in.parent / "note.json", name="nothing")
    before = in_use(store)
    entry = store.recovered()[0]
    with pytest.raises(NotUndoable):
        store.undo(entry.id)
    assert in_use(store) == before


def test_whichever_operation_fails_the_store_is_the_one_or_the_other(
    store: SaveStore, folder: Path, quick: Quick
) -> None:
    before, after = in_use(store), backed_up(store.backups(folder)[0].path)
    listed = store.recovered()
    number = 0
    for number in failures(quick, partial(store.restore_backup, None, folder), step=3):
        if in_use(store) == after:
            store.undo()
        assert in_use(store) == before, f"operation {number} failed"
        more = [one for one in store.recovered() if one not in listed]
        assert len(store.recovered()) == len(listed) + len(more)
        for one in more:
            shutil.rmtree(one.file.parent)
    assert number > 200
