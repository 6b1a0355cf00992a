"""Putting campaigns away and bringing them back: smaller, and the same."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.errors import AlreadyExists, BadBundle, Locked, NotFound, SavesError
from tests.integration.bundles import KINGDOM, entries_of, eventful, joined, told
from tests.integration.stores import KARA, Clock, bytes_in, codes, state_of
from tests.unit.systems import Faulty

STORIES = {str(turns): partial(told, turns=turns) for turns in (0, 3, 15, 40, 130)}


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
