"""An import is taken back: all that it brought is set aside, but for what has changed since, or is used."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import FileProblem, Locked, NotUndoable, OutsideStore
from tests.integration.bundles import KINGDOM, exported, told
from tests.integration.oldtrees import KARA, MINE_ID, VALE, old_tree, put
from tests.integration.stores import PNG, Clock, Quick, bytes_in, codes, die, edit, profile_of, tree_hash

PLAYED = "campaign_gunowuyu_zvbg"


@pytest.fixture(autouse=True)
def _quick(quick: Quick) -> None:
    """What is here is not about power cuts."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_tree(tmp_path / "old")


@pytest.fixture
def moved_in(old: Path, root: Path) -> Iterator[SaveStore]:
    """A store with two campaigns of an older version, nothing else, and what else there was before."""
    with SaveStore(root, clock=Clock()) as store:
        store.profiles.save(store.presets.draft("zombie"))
        store.import_(old)
        yield store


def ours(store: SaveStore) -> list[str]:
    """Return the verbs of what can be undone, the newest first."""
    return [str(one.verb) for one in store.recovered() if one.undoable]


def play(store: SaveStore, name: str) -> None:
    with store.campaigns.open(name) as campaign, campaign.turn("It goes on") as turn:
        turn.document("map")["door"] = "open"


def left(store: SaveStore, identifier: str | None = None) -> dict[str, str]:
    """Take the import back; return what stays, each with the code of why."""
    would = store.undo(identifier, dry_run=True)
    done = store.undo(identifier)
    assert (done.paths, done.problems) == (would.paths, would.problems)
    assert not [one for one in done.paths if (store.root / one).exists()]
    assert all((store.root / str(one.path)).exists() for one in done.problems)
    return {str(one.path): one.code for one in done.problems}


def test_what_an_older_version_brought_is_taken_away_and_comes_again(old: Path, root: Path) -> None:
    tree = tree_hash(old)
    with SaveStore(root, clock=Clock()) as store:
        store.profiles.save(store.presets.draft("zombie"))
        before = bytes_in(root)
        store.import_(old)
        with_it = bytes_in(root)
        brought = {path.partition("/")[0] if path.startswith("campaign_") else path for path in with_it.keys() - before}
        (entry,) = (one for one in store.recovered() if one.undoable)
        assert (entry.verb, entry.reason, entry.size) == ("import", f"it was imported from {old}", 0)
        assert set(entry.brought) == brought
        would = store.undo(dry_run=True)
        assert (would.entry, set(would.paths), would.kept_in, would.problems) == (entry, brought, None, ())
        assert bytes_in(root) == with_it
        for _ in range(2):
            done = store.undo()
            assert (done.paths, done.problems) == (would.paths, ())
            assert done.kept_in is not None
            assert {path: done.kept_in.joinpath(path).exists() for path in done.paths} == dict.fromkeys(brought, True)
            assert bytes_in(root) == before
            assert ([one.title for one in store.campaigns.list()], ours(store)) == ([], ["undo"])
            again = store.undo()
            assert (again.paths, again.kept_in) == (would.paths, None)
            assert (bytes_in(root), ours(store)) == (with_it, ["import"])
        assert {one.code for one in store.check()} <= {"stale_copies"}
        store.undo()
        assert store.import_(old).present is False
        assert bytes_in(root) == with_it
    assert tree_hash(old) == tree


def test_what_brings_nothing_leaves_nothing_to_undo(moved_in: SaveStore, old: Path) -> None:
    before = moved_in.recovered()
    assert moved_in.import_(old).present
    assert moved_in.recovered() == before


def test_looking_at_a_campaign_is_no_change(moved_in: SaveStore) -> None:
    for one in (MINE_ID, PLAYED):
        moved_in.campaigns.open(one).close()
    assert moved_in.campaigns.open(MINE_ID, read_only=True).head.kind == "sync"
    assert left(moved_in) == {}


def test_a_campaign_that_was_played_stays_with_whom_it_has(moved_in: SaveStore) -> None:
    play(moved_in, PLAYED)
    stays = left(moved_in)
    assert stays.pop(PLAYED) == "changed_since"
    assert stays.pop("character_profiles/pc.kara_smith.json") == "in_use"
    assert [path.partition("-")[0] for path in stays] == ["images/kara", "images/map"]
    assert [one.path.name for one in moved_in.campaigns.list()] == [PLAYED]
    assert {one.character_id for one in moved_in.profiles.list()} == {KARA, "npc:zombie"}
    assert {one.code for one in moved_in.check()} <= {"stale_copies"}
    # It is the campaign alone that keeps them.
    moved_in.campaigns.remove(PLAYED)
    rest = next(one for one in moved_in.recovered() if one.verb == "import")
    assert set(rest.brought) == {"character_profiles/pc.kara_smith.json", *stays}
    assert left(moved_in, identifier=rest.id) == {}


def test_what_was_edited_stays_with_what_it_shows(moved_in: SaveStore) -> None:
    moved_in.profiles.update(KARA, attire="A cloak")
    (moved_in.root / MINE_ID / "diary.txt").write_text("Another day")
    stays = left(moved_in)
    assert {path: code for path, code in stays.items() if code == "changed_since"} == {
        "character_profiles/pc.kara_smith.json": "changed_since",
        MINE_ID: "changed_since",
    }
    assert len([path for path in stays if path.startswith("images/")]) == 2
    assert [one.path.name for one in moved_in.campaigns.list()] == [MINE_ID]


@pytest.mark.parametrize("how", ["document", "refreshed document", "link", "damaged log", "slot"])
def test_any_change_of_a_campaign_counts(moved_in: SaveStore, how: str) -> None:
    folder = moved_in.root / MINE_ID
    if how == "refreshed document":
        moved_in.campaigns.open(MINE_ID).close()
    if how.endswith("document"):
        edit(folder / "characters/pc.kara_smith.json", level=9)
    elif how == "link":
        (folder / "diary.txt").rename(folder.parent / "elsewhere.txt")
        (folder / "diary.txt").symlink_to(folder.parent / "elsewhere.txt")
    elif how == "slot":
        with moved_in.campaigns.open(MINE_ID) as campaign:
            campaign.save_as("Here")
    else:
        (folder / "log.jsonl").write_bytes(b"{}\n")
    stays = left(moved_in)
    assert stays[MINE_ID] == "changed_since"
    assert PLAYED not in stays


def test_somebody_whom_another_campaign_has_stays(moved_in: SaveStore, old: Path) -> None:
    copies = moved_in.import_(old, as_copy=True).campaigns
    *_, first = (one.id for one in moved_in.recovered() if one.takes_away)
    for archived in (False, True):
        if archived:
            for one in copies:
                moved_in.campaigns.archive(one.folder)
        stays = left(moved_in, identifier=first)
        people = ["npc.old_tom", "pc.kara_smith", "pc.mira"]
        assert list(stays)[:3] == [f"character_profiles/{one}.json" for one in people]
        assert [path.partition("-")[0] for path in list(stays)[3:]] == ["images/kara", "images/map"]
        assert set(stays.values()) == {"in_use"}
        moved_in.undo()


def test_where_nobody_knows_who_uses_it_people_and_pictures_stay(moved_in: SaveStore) -> None:
    with moved_in.campaigns.create("Another") as campaign:
        pass
    (campaign.folder / "log.jsonl").write_bytes(b"{}\n")
    profile_of(moved_in, "npc:zombie").write_text("{")
    stays = left(moved_in)
    assert set(stays.values()) == {"in_use"}
    assert {path.partition("/")[0] for path in stays} == {"character_profiles", "images"}
    assert len(stays) == 6


def test_nothing_is_done_where_all_of_it_has_to_stay(moved_in: SaveStore) -> None:
    for one in (MINE_ID, PLAYED):
        play(moved_in, one)
    for person in moved_in.profiles.list() + moved_in.profiles.list(templates=True):
        moved_in.profiles.update(person.character_id, attire="A cloak")
    before, listed = bytes_in(moved_in.root), moved_in.recovered()
    for dry_run in (True, False):
        with pytest.raises(NotUndoable) as refused:
            moved_in.undo(dry_run=dry_run)
        assert "nothing of this import can be taken back" in str(refused.value)
        assert "saves undo --list" in str(refused.value.hint)
    assert (bytes_in(moved_in.root), moved_in.recovered()) == (before, listed)


def test_what_is_open_stays_until_it_is_closed(moved_in: SaveStore) -> None:
    before = bytes_in(moved_in.root)
    with moved_in.campaigns.open(PLAYED, read_only=True), moved_in.campaigns.open(MINE_ID), pytest.raises(Locked):
        moved_in.undo()
    assert bytes_in(moved_in.root).keys() == before.keys()
    assert left(moved_in) == {}


def test_what_has_taken_a_place_meanwhile_stays_there(moved_in: SaveStore, old: Path) -> None:
    kept = moved_in.undo().kept_in
    assert kept is not None
    shutil.rmtree(old / "campaigns" / "My Mine!")
    moved_in.import_(old)
    done = moved_in.undo(kept.name)
    assert {one.code for one in done.problems} == {"place_taken"}
    assert MINE_ID in done.paths
    assert PLAYED not in done.paths
    assert (kept / PLAYED).is_dir()
    with pytest.raises(NotUndoable) as refused:
        moved_in.undo(kept.name)
    assert "there is something in its place now" in str(refused.value)


def test_what_is_gone_is_not_missed(moved_in: SaveStore) -> None:
    for one in (MINE_ID, PLAYED):
        shutil.rmtree(moved_in.root / one)
    assert left(moved_in) == {}
    shutil.rmtree(next(moved_in.root.glob(".saves/*/recovered/*-import*")))
    assert ours(moved_in) == []


def test_an_import_of_which_nothing_is_there_is_passed_over(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "one", f"{VALE}/campaign_data.json", {"title": "One"})
    with SaveStore(root, clock=Clock()) as store:
        (campaign,) = store.import_(tmp_path / "one").campaigns
        store.campaigns.remove(campaign.folder)
        assert [one.problem and one.problem.code for one in store.recovered()] == [None, "nothing_brought"]
        assert store.undo().entry.verb == "campaign remove"
        assert store.undo().paths == (campaign.folder,)


def test_a_bundle_is_taken_back_with_its_world(root: Path, tmp_path: Path) -> None:
    told(tmp_path / "home")
    bundle = exported(tmp_path / "home", tmp_path / "kingdom.zip")
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(bundle)
        before = bytes_in(root)
        (world,) = (one.target for one in done.steps if one.what == "universe")
        assert left(store) == {}
        assert bytes_in(root).keys() == {"README.txt", "store.json"}
        store.undo()
        assert bytes_in(root) == before
        store.campaigns.create("Another", universe=store.universes.open("Highmere").id).close()
        assert left(store) == {world: "in_use"}
        store.undo()
        play_on = store.campaigns.open(KINGDOM)
        play_on.close()
        assert play_on.problems == []


def test_somebody_who_only_went_forward_goes_back_alone(root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        zombie = store.profiles.save(store.presets.draft("zombie")).character_id
        shutil.copytree(root, tmp_path / "later")
        with SaveStore(tmp_path / "later", clock=Clock()) as later:
            later.profiles.update(zombie, attire="A cloak")
        (tmp_path / "later/store.json").unlink()
        assert [one.action for one in store.import_(tmp_path / "later").steps] == ["forward"]
        (entry,) = store.recovered()
        assert (entry.brought, store.undo().kept_in is None) == ((), False)
        assert store.profiles.get(zombie).attire != "A cloak"


def test_an_archived_campaign_that_was_brought_back_is_no_import(root: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        store.campaigns.archive(campaign.id)
        store.campaigns.unarchive(campaign.id)
        assert ours(store) == ["campaign unarchive", "campaign archive"]


@pytest.mark.parametrize("on", ["character_profiles", "campaign_"])
def test_an_import_that_fails_notes_only_what_is_there(old: Path, root: Path, quick: Quick, on: str) -> None:
    quick.fail("replace", on, times=1)
    with SaveStore(root, clock=Clock()) as store:
        try:
            store.import_(old)
        except FileProblem:
            assert on == "character_profiles"
        for entry in store.recovered():
            assert entry.verb is None or set(entry.brought) == {
                path.partition("/")[0] if path.startswith("campaign_") else path
                for path in bytes_in(root).keys() - {"README.txt", "store.json"}
            }
        assert ours(store) == (["import"] if on == "campaign_" else [])


@pytest.mark.parametrize("back", [False, True])
def test_a_move_that_fails_leaves_all_as_it_was(moved_in: SaveStore, quick: Quick, back: bool) -> None:
    if back:
        moved_in.undo()
    before, listed = bytes_in(moved_in.root), moved_in.recovered()
    for place in ("recovered", "pc.mira.json", MINE_ID):
        quick.fail("replace", place, errno.EIO, times=1)
        with pytest.raises(FileProblem):
            moved_in.undo()
        assert bytes_in(moved_in.root) == before
        assert moved_in.recovered() == listed
    # Where even going back fails, all that has moved can be undone.
    quick.fail("replace", "pc.mira.json", errno.EIO)
    quick.fail("replace", "npc.old_tom.json", errno.EIO, skip=1)
    with pytest.raises(FileProblem):
        moved_in.undo()
    quick.mend()
    while any(one.undoable and one.verb == "undo" for one in moved_in.recovered()):
        moved_in.undo(next(one.id for one in moved_in.recovered() if one.undoable and one.verb == "undo"))
    with_it = bytes_in(moved_in.root)
    assert {MINE_ID, PLAYED} == {path.partition("/")[0] for path in with_it if path.startswith("campaign_")}


@pytest.mark.parametrize("moment", [0, 2, 3, 8, 16, 23])
def test_a_death_at_any_moment_loses_nothing(moved_in: SaveStore, moment: int) -> None:
    before = bytes_in(moved_in.root)
    die(moment, moved_in.undo)
    for entry in moved_in.recovered():
        if entry.undoable and entry.verb == "undo":
            moved_in.undo(entry.id)
    assert bytes_in(moved_in.root) == before
    assert moved_in.undo().entry.takes_away


def test_a_note_that_was_tampered_with_moves_nothing_outside(moved_in: SaveStore, tmp_path: Path) -> None:
    entry = next(one for one in moved_in.recovered() if one.takes_away)
    note = entry.file / "note.json"
    for brought in (["images"], {"../x": "0"}):
        edit(note, brought=brought)
        assert codes(one.problem for one in moved_in.recovered() if one.problem) == ["note_unreadable"]
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/picture.png").write_bytes(PNG)
    (moved_in.root / "link").symlink_to(tmp_path / "outside")
    edit(note, brought={"link/picture.png": "0"})
    with pytest.raises(OutsideStore):
        moved_in.undo(entry.id)
    assert (tmp_path / "outside/picture.png").read_bytes() == PNG
