"""What a verb has set aside is put back, and what stands in its place is set aside first."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import FileProblem, InvalidDocument, Locked, NotFound, NotUndoable, OutsideStore
from tests.integration.stores import KARA, PNG, bytes_in, die, read
from tests.unit.systems import Faulty


def story(store: SaveStore, title: str = "The Mine") -> str:
    with store.campaigns.create(title, characters=["kara_stormwind"]) as campaign:
        with campaign.turn("A blow") as turn:
            turn.character(KARA).take_damage(5)
        return campaign.id


def replaced_preset(store: SaveStore) -> Path:
    """Revert a preset of the store's own, and make another in its place; return its file."""
    file = store.presets.customise("characters", "zombie")
    file.write_text(json.dumps(json.loads(file.read_bytes()) | {"name": "Mine"}))
    store.presets.revert("characters", "zombie")
    return store.presets.customise("characters", "zombie")


def test_a_removed_campaign_comes_back_as_it_was(store: SaveStore) -> None:
    name = story(store)
    before = bytes_in(store.root)
    store.campaigns.remove(name)
    (entry,) = store.recovered()
    assert (entry.verb, entry.path, entry.reason) == ("campaign remove", name, "the campaign was removed")
    assert entry.undoable
    assert entry.size == sum(len(data) for path, data in before.items() if path.startswith(name))
    would = store.undo(dry_run=True)
    assert would.entry == entry
    assert store.campaigns.list() == []
    done = store.undo()
    assert (done.place, done.kept_in) == (store.root / name, None)
    assert bytes_in(store.root) == before
    assert store.recovered() == []
    with store.campaigns.open("The Mine") as campaign:
        assert campaign.problems == []


def test_a_second_call_goes_on_to_what_was_set_aside_before(store: SaveStore) -> None:
    first, second = story(store, "First"), story(store, "Second")
    store.campaigns.remove(first)
    store.campaigns.remove(second)
    assert [one.path for one in store.recovered()] == [second, first]
    assert store.undo().entry.path == second
    assert store.undo().entry.path == first
    assert {one.title for one in store.campaigns.list()} == {"First", "Second"}
    with pytest.raises(NotUndoable) as refused:
        store.undo()
    assert "saves history" in str(refused.value.hint)


def test_by_its_id_an_older_one_comes_back_first(store: SaveStore) -> None:
    first, second = story(store, "First"), story(store, "Second")
    store.campaigns.remove(first)
    store.campaigns.remove(second)
    older = store.recovered()[1]
    assert store.undo(older.id).entry == older
    assert [one.path for one in store.recovered()] == [second]
    with pytest.raises(NotFound) as refused:
        store.undo(older.id)
    assert refused.value.hint
    with pytest.raises(NotFound) as unknown:
        store.undo("nothing like it")
    assert "saves undo --list" in str(unknown.value.hint)


def test_what_is_in_the_place_is_set_aside_and_the_undo_can_be_undone(store: SaveStore) -> None:
    replaced_preset(store)
    assert store.presets.get("zombie").name == "Zombie"
    done = store.undo()
    assert done.kept_in is not None
    assert store.presets.get("zombie").name == "Mine"
    (entry,) = store.recovered()
    assert (entry.verb, entry.path) == ("undo", "presets/characters/zombie.json")
    store.undo()
    assert store.presets.get("zombie").name == "Zombie"
    store.undo()
    assert store.presets.get("zombie").name == "Mine"
    assert len(store.recovered()) == 1


def test_a_picture_comes_back_also_where_its_folder_is_gone(store: SaveStore) -> None:
    path = store.images.add(PNG, stem="alone")
    store.images.prune()
    (store.root / "images").rmdir()
    assert store.recovered()[0].verb == "image prune"
    store.undo()
    assert (store.root / path).read_bytes() == PNG


def test_what_was_archived_is_the_folder_again_and_never_both(store: SaveStore) -> None:
    name = story(store)
    before = bytes_in(store.root)
    bundle = store.campaigns.archive(name).path
    archived = bytes_in(store.root)
    for _ in range(2):
        assert store.undo(dry_run=True).entry.replaced_by == f"archive/{name}.zip"
        done = store.undo()
        assert done.place == store.root / name
        assert done.kept_in is not None
        assert done.kept_in.name == bundle.name
        assert bytes_in(store.root) == before
        assert [one.archived for one in store.campaigns.list(archived=True)] == [False]
        assert store.undo().place == bundle
        assert bytes_in(store.root) == archived
        assert [one.archived for one in store.campaigns.list(archived=True)] == [True]
    assert len(store.recovered()) == 1
    assert store.check() == []


def test_what_was_brought_back_from_the_archive_is_archived_again(store: SaveStore) -> None:
    name = story(store)
    bundle = store.campaigns.archive(name).path
    archived = bytes_in(store.root)
    store.campaigns.unarchive(name)
    back = bytes_in(store.root)
    assert [one.verb for one in store.recovered()] == ["campaign unarchive", "campaign archive"]
    with store.campaigns.open(name) as campaign, pytest.raises(Locked):
        store.undo()
    campaign.close()
    assert store.undo().place == bundle
    assert bytes_in(store.root) == archived
    store.undo()
    assert bytes_in(store.root) == back


@pytest.mark.parametrize("place", ["recovered", "campaign_", "archive"])
def test_an_archived_campaign_stays_archived_where_it_cannot_be_brought_back(
    store: SaveStore, faulty: Faulty, place: str
) -> None:
    name = story(store)
    store.campaigns.archive(name)
    archived, listed = bytes_in(store.root), store.recovered()
    faulty.fail("replace", place, errno.EIO, times=1)
    with pytest.raises(FileProblem):
        store.undo()
    assert bytes_in(store.root) == archived
    assert store.recovered() == listed
    assert store.undo().place == store.root / name


def test_an_archived_campaign_whose_bundle_is_gone_comes_back_too(store: SaveStore) -> None:
    name = story(store)
    store.campaigns.archive(name).path.unlink()
    assert store.undo().kept_in is None
    assert [one.title for one in store.campaigns.list(archived=True)] == ["The Mine"]
    assert store.recovered() == []


def test_an_encounter_that_was_dropped_is_offered_again(store: SaveStore) -> None:
    name = story(store)
    with store.campaigns.open(name) as campaign, campaign.encounter("Ambush").round() as turn:
        turn.character(KARA).take_damage(2)
    with store.campaigns.open(name) as campaign:
        campaign.encounters[0].drop()
        assert campaign.encounters == []
    assert store.recovered()[0].verb == "encounter drop"
    store.undo()
    with store.campaigns.open(name) as campaign:
        assert [(one.name, one.rounds) for one in campaign.encounters] == [("Ambush", 1)]
        campaign.encounters[0].merge()
        assert campaign.characters[KARA].hit_points_current == 19


def test_a_save_that_was_deleted_comes_back_with_all_it_told(store: SaveStore) -> None:
    name = story(store)
    with store.campaigns.open(name) as campaign:
        slot = campaign.save_as("Bridge", note="Mind the troll", thumbnail=PNG)
        campaign.quicksave()
        campaign.delete_slot("Bridge")
        with pytest.raises(Locked):
            store.undo()
    assert [one.reason for one in store.recovered()] == ["the save 'Bridge' was deleted"]
    done = store.undo()
    assert (done.place, done.kept_in) == (store.root / name / "slots.json", None)
    assert store.recovered() == []
    assert store.campaigns.slots(name)["bridge"] == slot
    assert len(store.campaigns.slots(name)) == 2
    with store.campaigns.open(name) as campaign:
        campaign.delete_slot("Bridge")
        newer = campaign.save_as("Bridge")
        assert campaign.problems == []
    assert store.undo().kept_in is not None
    assert store.campaigns.slots(name)["bridge"] == slot
    store.undo()
    assert store.campaigns.slots(name)["bridge"] == newer
    entry = store.recovered()[0]
    entry.file.write_text('{"slots": {"bridge": {}}}')
    with pytest.raises(InvalidDocument):
        store.undo()
    assert store.campaigns.slots(name)["bridge"] == newer


def test_as_long_as_the_campaign_is_open_it_stays_where_it_is(store: SaveStore) -> None:
    name = story(store)
    kept = store.campaigns.remove(name)
    shutil.copytree(kept, store.root / name)
    with store.campaigns.open(name), pytest.raises(Locked):
        store.undo()
    assert kept.is_dir()
    assert store.undo().place == store.root / name


def test_bytes_that_could_not_be_used_are_listed_and_not_put_back(store: SaveStore) -> None:
    name = story(store)
    (store.root / name / "characters/pc.kara_stormwind.json").write_text("{bad")
    store.campaigns.open(name).close()
    (entry,) = store.recovered()
    assert (entry.verb, entry.undoable, entry.size) == (None, False, 4)
    with pytest.raises(NotUndoable) as refused:
        store.undo(entry.id)
    assert refused.value.path == str(entry.file)
    assert f"{name}/characters/pc.kara_stormwind.json" in str(refused.value.hint)
    with pytest.raises(NotUndoable):
        store.undo()
    assert entry.file.read_bytes() == b"{bad"


@pytest.mark.parametrize(
    "note",
    [
        b"{",
        b"{}",
        b'{"name": "x", "home": 3}',
        b'{"name": "x", "home": "../x"}',
        None,
        b'{"name": "x", "home": "x", "replaced_by": "/x"}',
    ],
)
def test_what_has_no_note_that_can_be_read_is_listed_with_its_problem(store: SaveStore, note: bytes | None) -> None:
    kept = store.campaigns.remove(story(store))
    path = kept.parent / "note.json"
    if note is None:
        path.unlink()
    else:
        path.write_bytes(note)
    (entry,) = store.recovered()
    assert entry.problem is not None
    assert (entry.problem.code, entry.path, entry.verb) == ("note_unreadable", None, None)
    assert entry.at.startswith("2026-11-21T10:")
    assert entry.size > 0
    with pytest.raises(NotUndoable) as refused:
        store.undo(entry.id)
    assert refused.value.hint
    assert kept.is_dir()


def test_a_note_cannot_lead_out_of_the_store(store: SaveStore, tmp_path: Path) -> None:
    kept = store.campaigns.remove(story(store))
    (tmp_path / "outside").mkdir()
    (store.root / "link").symlink_to(tmp_path / "outside")
    note = read(kept.parent / "note.json") | {"home": "link/here"}
    (kept.parent / "note.json").write_text(json.dumps(note))
    with pytest.raises(OutsideStore):
        store.undo()
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_move_that_fails_leaves_both_where_they_were(store: SaveStore, faulty: Faulty) -> None:
    file = replaced_preset(store)
    before, listed = bytes_in(store.root), store.recovered()
    faulty.fail("replace", "presets/characters/zombie.json", errno.EIO, times=1)
    with pytest.raises(FileProblem):
        store.undo()
    assert bytes_in(store.root) == before
    assert store.recovered() == listed
    store.undo()
    assert file.is_file()


def test_a_move_to_where_nothing_is_can_fail_and_be_done_again(store: SaveStore, faulty: Faulty) -> None:
    name = story(store)
    store.campaigns.remove(name)
    listed = store.recovered()
    faulty.fail("replace", name, errno.EIO, times=1)
    with pytest.raises(FileProblem):
        store.undo()
    assert (store.recovered(), store.campaigns.list()) == (listed, [])
    store.undo()
    assert [one.path.name for one in store.campaigns.list()] == [name]


@pytest.mark.parametrize("moment", range(9))
def test_a_death_at_any_moment_loses_neither(store: SaveStore, moment: int) -> None:
    file = replaced_preset(store)
    wanted = {file.read_bytes(), store.recovered()[0].file.read_bytes()}
    die(moment, store.undo)
    assert {path.read_bytes() for path in store.root.rglob("zombie.json")} == wanted
    for entry in store.recovered():
        if entry.undoable and not file.exists():
            store.undo(entry.id)
    assert file.is_file()


def test_a_folder_of_another_name_is_listed_without_a_time(store: SaveStore) -> None:
    kept = store.campaigns.remove(story(store))
    stray = kept.parent.parent / "my things"
    stray.mkdir()
    (stray / "x").write_bytes(b"x")
    (entry,) = (one for one in store.recovered() if one.id == "my things")
    assert (entry.at, entry.path) == ("", None)
