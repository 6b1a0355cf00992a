"""A universe is repaired as a campaign is: what its log had is found again, or how the world stood is kept."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.errors import SavesError
from tests.integration.damage import KINDS
from tests.integration.stores import Mortal, Quick, bytes_in

FILES = {"log": "log.jsonl", "universe": "universe.json", "world": "world_state.json"}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()), SaveStore(root) as store:
        universe = store.universes.create("Aldra", world={"locations": {"gate": {"open": 0}}})
        for tick in range(12):
            effect = Effect(set="/locations/gate/open", value=tick)
            universe.publish(TimelineEvent(timeline_position=tick, kind="gate", scope="major", effects=[effect]))
        universe.close()
        return root, universe.folder.relative_to(root)


def world_of(store: SaveStore) -> dict[str, Any]:
    universe = store.universes.open("Aldra")
    try:
        return universe.world.model_dump(mode="json")
    finally:
        universe.close()


@pytest.mark.no_cover
@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", FILES)
def test_a_damaged_universe_is_mended_and_taken_back(
    original: tuple[Path, Path], root: Path, quick: Quick, what: str, kind: str, remembered: bool
) -> None:
    shutil.copytree(original[0], root)
    with SaveStore(root) as store:
        before = world_of(store)
    if not remembered:
        shutil.rmtree(root / ".saves")
    folder = root / original[1]
    KINDS[kind](folder / FILES[what])
    spoilt = bytes_in(root)
    with SaveStore(root) as store:
        named = [one for one in store.check() if one.path.startswith(str(folder))]
        assert named or (what != "log" and kind.startswith("flipped"))
        assert not any(f"saves repair {folder.name}" in (one.hint or "") for one in named)
        plan = store.repair(dry_run=True)
        assert bytes_in(root) == spoilt
        done = store.repair()
        assert done.steps == plan.steps
        assert store.repair().steps == ()
        assert [one for one in store.check() if one.severity != "note"] == []
        if what == "log" and (remembered or kind.startswith("flipped")):
            assert not any(one.lost for one in done.steps)
        if not (what != "log" and kind.startswith("flipped")):
            assert world_of(store) == before
            again = store.universes.open("Aldra")
            assert again.world_at(again.timeline_position).locations == before["locations"]
            again.close()
        for kept in reversed(done.kept_in):
            store.undo(kept.parent.name)
    if done.kept_in:
        assert bytes_in(root) == spoilt
    assert quick is not None


def test_a_repair_of_a_universe_that_did_not_come_to_its_end_is_told(
    original: tuple[Path, Path], root: Path, quick: Quick
) -> None:
    shutil.copytree(original[0], root)
    folder = root / original[1]
    (folder / "log.jsonl").write_bytes(b"")
    mortal = Mortal()

    def kill(call: str, path: str) -> None:
        mortal.dead = mortal.dead or (call == "replace" and path == str(folder))

    mortal.before = kill
    with files.using(mortal), suppress(SavesError):
        SaveStore(root).repair()
    with SaveStore(root) as store:
        (problem,) = [one for one in store.check() if one.code == "unfinished_repair"]
        assert (problem.path, "this universe" in problem.message) == (str(folder), True)
    assert quick is not None
