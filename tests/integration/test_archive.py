"""Putting campaigns away and bringing them back: smaller, and the same."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.errors import AlreadyExists, BadBundle, Conflict, Locked, NotFound, SavesError
from tests.integration.bundles import KINGDOM, entries_of, eventful, exported, joined, told
from tests.integration.stores import KARA, Clock, bytes_in, codes, state_of
from tests.unit.systems import Faulty

STORIES = {str(turns): partial(told, turns=turns) for turns in (0, 3, 15, 40, 130)}


@pytest.mark.no_cover
@pytest.mark.parametrize("make", [*STORIES.values(), eventful, joined], ids=[*STORIES, "eventful", "joined"])
def test_a_campaign_is_put_away_and_comes_back_the_same(root: Path, make: Callable[[Path], Campaign]) -> None:
    campaign = make(root)
    with SaveStore(root, clock=Clock()) as store:
        with store.campaigns.open(KINGDOM) as opened:
            state = state_of(opened)
        before, people = bytes_in(campaign.folder), bytes_in(root / "character_profiles")
        done = store.campaigns.archive(KINGDOM)
        assert done.path == root / "archive" / f"{campaign.id}.zip"
        assert done.before >= 2.5 * done.after
        assert (done.before, done.after) == (sum(map(len, before.values())), done.path.stat().st_size)
        assert bytes_in(done.kept_in) == before
        assert store.campaigns.list() == []
        assert store.check() == []

        back = store.campaigns.unarchive(KINGDOM)
        assert back.path == campaign.folder
        after = bytes_in(campaign.folder)
        assert all(name.startswith("snapshots/") for name in before.keys() - after.keys())
        views = {name for name in after if name.startswith("published/")}
        assert all(before[name] == after[name] for name in after.keys() - (views - before.keys()))
        assert bytes_in(root / "character_profiles") == people
        assert list((root / "archive").iterdir()) == []
        assert back.kept_in.exists()
        with store.campaigns.open(KINGDOM) as opened:
            assert state_of(opened) == state
            assert opened.enriched(KARA).portrait_file is not None
        assert store.campaigns.archive(KINGDOM).path.read_bytes() == back.kept_in.read_bytes()


def test_those_put_away_are_listed_when_that_is_wanted(root: Path) -> None:
    campaign = told(root)
    told(root, title="Another")
    with SaveStore(root, clock=Clock()) as store:
        (listed,) = (one for one in store.campaigns.list() if one.title == KINGDOM)
        store.campaigns.archive(KINGDOM)
        assert [one.title for one in store.campaigns.list()] == ["Another"]
        both = {one.title: one for one in store.campaigns.list(archived=True)}
        found = both[KINGDOM]
        assert (found.archived, both["Another"].archived, listed.archived) == (True, False, False)
        for field in ("campaign_id", "title", "total_turns", "characters", "tags", "last_played"):
            assert getattr(found, field) == getattr(listed, field)
        assert found.path == root / "archive" / f"{campaign.id}.zip"
        assert store.campaigns.find(KINGDOM) is None


def test_only_the_manifest_is_read_for_a_listing(root: Path, faulty: Faulty) -> None:
    told(root, turns=2000 // 10)
    with SaveStore(root, clock=Clock()) as store:
        done = store.campaigns.archive(KINGDOM)
        whole = done.path.read_bytes()
        done.path.write_bytes(bytes(2000) + whole[2000:])
        assert [one.problems for one in store.campaigns.list(archived=True)] == [()]
        faulty.calls.clear()
        assert store.campaigns.list(archived=True)[0].title == KINGDOM
        assert faulty.count("read", str(done.path)) == 0


def test_what_cannot_be_put_away_stays(root: Path, faulty: Faulty) -> None:
    campaign = told(root)
    before = bytes_in(campaign.folder)
    with SaveStore(root, clock=Clock()) as store:
        with pytest.raises(NotFound):
            store.campaigns.archive("nothing")
        with store.campaigns.open(KINGDOM), SaveStore(root) as other, pytest.raises(Locked):
            other.campaigns.archive(KINGDOM)
        for call, on in (("write", "archive"), ("replace", "archive"), ("replace", "recovered"), ("flush", "archive")):
            faulty.fail(call, on)
            with pytest.raises(SavesError):
                store.campaigns.archive(KINGDOM)
            faulty.mend()
            assert bytes_in(campaign.folder) == before
            assert bytes_in(root / "archive") == {}


def test_what_cannot_be_brought_back_stays_in_the_archive(root: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        done = store.campaigns.archive(KINGDOM)
        with pytest.raises(NotFound):
            store.campaigns.unarchive("nothing")
        whole = done.path.read_bytes()
        done.path.write_bytes(whole[:-400] + bytes(300) + whole[-100:])
        with pytest.raises(BadBundle):
            store.campaigns.unarchive(campaign.id)
        (problem,) = store.check()
        assert problem.code == "bad_bundle"
        assert str(problem.hint).endswith(f"saves undo {done.kept_in.parent.name}")
        repaired = store.repair()
        assert (repaired.steps, repaired.remaining) == ((), (problem,))
        (listed,) = store.campaigns.list(archived=True)
        assert codes(listed.problems) == ["bad_bundle"]
        assert not campaign.folder.exists()
        done.path.write_bytes(whole)
        shutil.copytree(done.kept_in, campaign.folder)
        with pytest.raises(AlreadyExists):
            store.campaigns.unarchive(campaign.id)
        assert done.path.read_bytes() == whole


def test_an_archived_campaign_can_be_taken_elsewhere(root: Path, tmp_path: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        path = store.campaigns.archive(KINGDOM).path
        assert all(name.startswith(f"{campaign.id}/") for name in entries_of(path))
        assert store.undo().place == campaign.folder
        again = store.campaigns.archive(KINGDOM)
        assert again.path == path
    with SaveStore(tmp_path / "b", clock=Clock()) as other:
        done = other.import_(path)
        assert "profile_rebuilt" in codes(done.problems)
        assert other.profiles.get(KARA).name == "Kara Stormwind"


def test_pictures_that_saves_in_the_archive_show_are_not_pruned(root: Path) -> None:
    campaign = eventful(root)
    with SaveStore(root, clock=Clock()) as store:
        store.profiles.update(KARA, additional_images=[])
        store.campaigns.archive(KINGDOM)
        assert [one.used_by for one in store.images.list() if one.path.startswith("images/map")] == [(campaign.id,)]
        assert store.images.prune() == []


def _played_on_and_archived(root: Path, target: Path) -> tuple[Campaign, Path]:
    """Make a campaign that is played further than its export, and put away; return it and the export."""
    campaign = told(root)
    older = exported(root, target)
    with SaveStore(root, clock=Clock()) as store:
        with store.campaigns.open(KINGDOM) as opened:
            opened.save_as("Precious")
        store.campaigns.archive(KINGDOM)
    return campaign, older


def test_what_is_in_the_archive_is_not_taken_in_again(root: Path, tmp_path: Path) -> None:
    campaign, older = _played_on_and_archived(root, tmp_path / "older.zip")
    newest = root / "archive" / f"{campaign.id}.zip"
    before = bytes_in(root)
    with SaveStore(root, clock=Clock()) as store:
        for source in (older, newest):
            with pytest.raises(Conflict, match="is put away in the archive") as refused:
                store.plan_import(source)
            with pytest.raises(Conflict):
                store.import_(source)
            assert refused.value.path == str(newest)
            assert f"saves campaign unarchive {campaign.id}\n" in str(refused.value.hint)
        assert bytes_in(root) == before
        copy = store.import_(older, as_copy=True).folder
        store.campaigns.archive(copy)
        assert len(store.campaigns.list(archived=True)) == 2


def test_nothing_newer_is_pushed_out_of_the_archive(root: Path, tmp_path: Path) -> None:
    campaign, older = _played_on_and_archived(root, tmp_path / "older.zip")
    with SaveStore(root.parent / "other", clock=Clock()) as other:
        other.import_(older)
    # By hand, as nothing but a file manager does it.
    shutil.copytree(root.parent / "other" / campaign.id, campaign.folder)
    with SaveStore(root, clock=Clock()) as store:
        before = bytes_in(root)
        with pytest.raises(Conflict, match="has what this one has not") as refused:
            store.campaigns.archive(campaign.id)
        newest = root / "archive" / f"{campaign.id}.zip"
        assert refused.value.path == str(newest)
        assert f"saves campaign merge {campaign.id} {newest}" in str(refused.value.hint)
        assert bytes_in(root) == before
        with store.campaigns.open(campaign.id) as opened:
            opened.merge(newest)
        done = store.campaigns.archive(campaign.id)
        assert done.replaced is not None
        assert done.replaced.name == newest.name
        store.campaigns.unarchive(campaign.id)
        assert [one.name for one in store.campaigns.slots(campaign.id).values()] == ["Precious"]


def test_another_campaign_of_the_same_folder_stays_in_the_archive(root: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        path = store.campaigns.archive(KINGDOM).path
        with store.campaigns.create("Another") as another:
            pass
        shutil.move(another.folder, campaign.folder)
        before = bytes_in(root)
        with pytest.raises(Conflict, match="another campaign") as refused:
            store.campaigns.archive(campaign.folder.name)
        assert f"saves import --as-copy {path}" in str(refused.value.hint)
        assert bytes_in(root) == before


def test_a_damaged_one_in_the_archive_gives_way_and_is_kept(root: Path) -> None:
    told(root)
    with SaveStore(root, clock=Clock()) as store:
        first = store.campaigns.archive(KINGDOM)
        first.path.write_bytes(b"damaged")
        shutil.copytree(first.kept_in, root / first.folder)
        done = store.campaigns.archive(KINGDOM)
        assert done.replaced is not None
        assert done.replaced.read_bytes() == b"damaged"


def test_whoever_asks_for_one_that_is_put_away_is_told_so(root: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        store.campaigns.archive(KINGDOM)
        for name in (KINGDOM, "the lost kingdom", campaign.id):
            with pytest.raises(NotFound) as missing:
                store.campaigns.open(name)
            assert missing.value.hint == f"It is put away. Bring it back: saves campaign unarchive {campaign.id}"
        with pytest.raises(NotFound) as missing:
            store.campaigns.open("Nothing of the kind")
        assert "unarchive" not in str(missing.value.hint)


def test_what_is_in_the_way_of_one_that_comes_back_can_be_joined_or_removed(root: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as store:
        done = store.campaigns.archive(KINGDOM)
        shutil.copytree(done.kept_in, campaign.folder)
        with pytest.raises(AlreadyExists) as refused:
            store.campaigns.unarchive(campaign.id)
        ways = [line.partition(": ")[2] for line in str(refused.value.hint).splitlines()]
        assert ways == [
            f"saves campaign compare {campaign.id} {done.path}",
            f"saves campaign merge {campaign.id} {done.path}",
            f"saves campaign remove {campaign.id}",
        ]
        store.campaigns.remove(campaign.id)
        assert store.campaigns.unarchive(campaign.id).path == campaign.folder
