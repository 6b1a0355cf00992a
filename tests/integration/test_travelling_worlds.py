"""Universes in bundles and in backups: they come along, and never take the place of one that is there."""

import errno
import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.documents import TimelineEvent
from gamesaves.errors import Conflict, NotFound, SavesError
from gamesaves.services.importing import ImportPlan
from tests.integration.bundles import KINGDOM, entries_of, exported, listed, manifest_of, told, zipped
from tests.integration.stores import KARA, Clock, Quick, bytes_in, codes
from tests.unit.systems import Faulty

WORLD = "Highmere"
BLOWS = ["Blow 0", "Blow 1", "Blow 2"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that no test changes."""
    root = tmp_path_factory.mktemp("home") / "saves"
    told(root)
    return root


@pytest.fixture(scope="module")
def bundle(home: Path) -> Path:
    return exported(home, home.parent / "kingdom.zip")


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with files.using(Quick()):
        yield


def worlds_in(plan: ImportPlan) -> list[tuple[str, str | None]]:
    return [(one.action, one.note) for one in plan.steps if one.what == "universe"]


def tell(root: Path, words: str, tick: int = 9) -> None:
    """Let something happen in the universe of a store."""
    with SaveStore(root, clock=Clock()) as store:
        store.universes.open(WORLD).publish(TimelineEvent(timeline_position=tick, kind="heard", description=words))


def events(store: SaveStore) -> list[str]:
    return [event.description for event in store.universes.open(WORLD).events()]


def without_world(bundle: Path, target: Path) -> Path:
    """Write a bundle as one that knows of no universe was written."""
    entries = {name: data for name, data in entries_of(bundle).items() if not name.startswith("universes/")}
    manifest = manifest_of(bundle)
    del manifest["universe"]
    rows = listed(sorted(entries.items()))
    return zipped(target, entries.items(), json.dumps({**manifest, "entries": rows}).encode())


def test_a_world_comes_along_whole(home: Path, bundle: Path, root: Path) -> None:
    (world,) = (home / "universes").iterdir()
    about = manifest_of(bundle)["universe"]
    assert (about["universe_id"], about["title"]) == (world.name, WORLD)
    with SaveStore(root, clock=Clock()) as store:
        plan = store.plan_import(bundle)
        assert worlds_in(plan) == [("add", None)]
        assert not root.exists()
        done = store.import_(bundle)
        assert (done.steps, done.problems) == (plan.steps, ())
        assert done.size == sum(map(len, entries_of(bundle).values()))
        with store.campaigns.open(KINGDOM) as campaign:
            assert (campaign.problems, campaign.universe) == ([], store.universes.open(WORLD))
            assert [one.description for one in campaign.known_to(KARA)] == BLOWS
            assert campaign.presets.tree("items", "moon_apple")[0]["name"] == "Moon apple"
    assert bytes_in(root / "universes" / world.name) == bytes_in(world)


def test_a_world_that_is_here_stays(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        first = store.import_(bundle)
        assert worlds_in(store.import_(bundle)) == []
        copy = store.import_(bundle, as_copy=True)
        assert (worlds_in(copy), copy.problems) == ([("keep", None)], ())
        for one in (first, copy):
            shutil.rmtree(root / one.folder)
    tell(root, "Thunder")
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(bundle)
        assert (worlds_in(done), done.problems) == ([("keep", "the store's is ahead of it")], ())
        assert events(store) == [*BLOWS, "Thunder"]


@pytest.mark.parametrize("here", [None, "A song"])
def test_another_version_of_a_world_is_told_with_how_to_join_it(
    here: str | None, home: Path, root: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    shutil.copytree(home, away)
    tell(away, "Thunder")
    later = exported(away, tmp_path / "later.zip")
    shutil.copytree(home / "universes", root / "universes")
    if here is not None:
        tell(root, here, tick=8)
    before = bytes_in(root / "universes")
    with SaveStore(root, clock=Clock()) as store:
        how = "it is ahead of the store's" if here is None else "the two have gone different ways"
        plan = store.plan_import(later)
        assert worlds_in(plan) == [("keep", how)]
        done = store.import_(later)
        assert codes(done.problems) == ["other_universe"]
        assert bytes_in(root / "universes") == before
        _, *words = shlex.split(str(done.problems[0].hint).splitlines()[-1].partition(": ")[2])
        assert words == ["universe", "merge", store.universes.open(WORLD).id, str(later)]
        world = store.universes.open(WORLD)
        assert world.compare(later).kind == ("behind" if here is None else "diverged")
        world.merge(later)
        assert events(store) == [*BLOWS, *([here] if here else []), "Thunder"]
        assert world.compare(later).kind == ("identical" if here is None else "ahead")


def test_a_world_that_was_missing_comes_with_a_later_bundle(bundle: Path, root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        old = store.import_(without_world(bundle, tmp_path / "old.zip"))
        assert (worlds_in(old), codes(old.problems)) == ([("missing", None)], ["missing_universe"])
        with pytest.raises(NotFound):
            store.universes.open(WORLD)
        plan = store.plan_import(bundle)
        assert (plan.present, worlds_in(plan)) == (True, [("add", None)])
        done = store.import_(bundle)
        assert (done.steps, done.size) == (plan.steps, plan.size)
        assert done.size > 0
        assert events(store) == BLOWS
        with store.campaigns.open(KINGDOM) as campaign:
            assert campaign.problems == []
        again = store.import_(bundle)
        assert (again.present, again.steps, again.size) == (True, (), 0)


def test_a_campaign_that_waited_for_its_world_delivers_what_happened(
    bundle: Path, home: Path, root: Path, tmp_path: Path
) -> None:
    with SaveStore(root, clock=Clock()) as store:
        store.import_(without_world(bundle, tmp_path / "old.zip"))
        with store.campaigns.open(KINGDOM) as campaign, campaign.turn("Alone") as turn:
            turn.publish("blow", "Alone", by=KARA, location="cave")
        with pytest.raises(Conflict):
            store.import_(bundle)
    with SaveStore(tmp_path / "other", clock=Clock()) as other:
        shutil.copytree(home / "universes", other.root / "universes")
        with other.campaigns.create("Another story", universe=WORLD):
            pass
    another = exported(tmp_path / "other", tmp_path / "another.zip", "Another story")
    with SaveStore(root, clock=Clock()) as store:
        assert worlds_in(store.import_(another)) == [("add", None)]
        with store.campaigns.open(KINGDOM) as campaign:
            assert campaign.problems == []
        assert events(store) == [*BLOWS, "Alone"]


def test_a_world_that_cannot_come_along_is_told(home: Path, tmp_path: Path) -> None:
    for name, harm in (("gone", None), ("spoilt", b"{}\n")):
        root = tmp_path / name
        shutil.copytree(home, root)
        (world,) = (root / "universes").iterdir()
        if harm is None:
            shutil.rmtree(world)
        else:
            (world / "log.jsonl").write_bytes(harm)
        with SaveStore(root, clock=Clock()) as store:
            made = store.export(KINGDOM, tmp_path / f"{name}.zip")
        assert len(made.problems) == 1
        assert manifest_of(made.path)["universe"] is None
        with SaveStore(tmp_path / f"{name}-there", clock=Clock()) as there:
            assert codes(there.import_(made.path).problems) == ["missing_universe"]


def test_a_bundle_of_no_universe_has_none_to_compare_with(bundle: Path, root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        store.import_(bundle)
        with pytest.raises(NotFound):
            store.universes.open(WORLD).compare(without_world(bundle, tmp_path / "old.zip"))


def test_what_fails_at_the_last_step_leaves_no_world(bundle: Path, root: Path, faulty: Faulty) -> None:
    with SaveStore(root, clock=Clock()) as store:
        folder = store.plan_import(bundle).folder
        faulty.fail("replace", str(root / folder), errno.EIO)
        with pytest.raises(SavesError):
            store.import_(bundle)
        faulty.mend()
        assert (store.universes.list(), store.campaigns.list()) == ([], [])
        assert worlds_in(store.import_(bundle)) == [("add", None)]


def test_a_world_is_in_the_backup_whatever_happens_meanwhile(home: Path, root: Path, faulty: Faulty) -> None:
    shutil.copytree(home, root)
    backups = root.parent / "backups"
    with SaveStore(root, clock=Clock()) as store, store.campaigns.open(KINGDOM) as campaign:
        waiting = ["Thunder"]

        def play(call: str, path: str) -> None:
            if call == "open" and path.endswith("campaign_data.json") and path.startswith(str(root)) and waiting:
                with campaign.turn(waiting.pop()) as turn:
                    turn.publish("heard", "Thunder", by=KARA)

        faulty.before = play
        made = store.backup(backups)
        faulty.before = None
        assert waiting == []
        assert events(store) == [*BLOWS, "Thunder"]
        assert made.problems == ()
    with SaveStore.from_backup(made.backup.path, root.parent / "back", clock=Clock()) as back:
        with back.campaigns.open(KINGDOM) as campaign:
            assert campaign.problems == []
        assert [one.code for one in back.check() if one.severity == "error"] == []
        happened = campaign.head.note == "Thunder"
        assert events(back) == [*BLOWS, "Thunder"][: 4 if happened else 3]
    with SaveStore(root, clock=Clock()) as store:
        tell(root, "Rain")
        store.restore_backup(None, backups)
        assert "Rain" not in events(store)
