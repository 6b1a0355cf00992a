"""Repairing whatever has happened: it never fails, it loses no byte, and what is mended stays as it is."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.errors import SavesError
from tests.integration.backingup import failures
from tests.integration.damage import KINDS, fill
from tests.integration.stores import Mortal, Quick, bytes_in, codes, die

EVERYWHERE: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()):
        return root, fill(root)[0]


DAMAGES = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(sorted(KINDS))), min_size=1, max_size=4)


@pytest.mark.no_cover
@settings(max_examples=40)
@given(damages=DAMAGES, remembered=st.booleans())
def test_whatever_is_damaged_no_byte_is_lost_and_a_second_repair_finds_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    original: tuple[Path, str],
    damages: list[tuple[int, str]],
    remembered: bool,
) -> None:
    root = tmp_path_factory.mktemp("any") / "saves"
    shutil.copytree(original[0], root)
    if not remembered:
        shutil.rmtree(root / ".saves")
    paths = sorted(root / path for path in bytes_in(root, besides=("README.txt",)))
    for place, kind in damages:
        if (path := paths[place % len(paths)]).exists():
            KINDS[kind](path)
    before = bytes_in(root)
    with files.using(Quick()), SaveStore(root) as store:
        named = {one.code for one in store.check()}
        plan = store.repair(dry_run=True)
        done = store.repair()
        assert [(one.what, one.path) for one in done.steps] == [(one.what, one.path) for one in plan.steps]
        assert "not_checked" not in named
        there = set(bytes_in(root, besides=EVERYWHERE).values())
        assert [path for path, data in before.items() if data not in there] == []
        assert store.repair().steps == ()
        for summary in store.campaigns.list():
            with suppress(SavesError), store.campaigns.open(summary.path.name) as campaign:
                assert campaign.read_only is None or done.remaining
        for kept in reversed(done.kept_in):
            store.undo(kept.parent.name)
    made = {one.path.relative_to(root).as_posix() for one in done.steps if one.action == "rebuild"}
    changed = {one.path.relative_to(root).parts[0] for one in done.steps}
    now = bytes_in(root)
    for name, data in before.items():
        if name.partition("/")[0] in changed:
            assert now.get(name) == data or name in made


def spoil(root: Path, name: str) -> None:
    folder = root / name
    KINDS["half zeroed"](folder / "log.jsonl")
    KINDS["cut"](folder / "characters/pc.kara_stormwind.json")
    KINDS["emptied"](root / "character_profiles/npc.zombie.json")


@pytest.mark.no_cover
def test_whatever_fails_on_the_way_the_next_repair_comes_to_its_end(
    original: tuple[Path, str], root: Path, quick: Quick
) -> None:
    name = original[1]

    def work() -> None:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(original[0], root)
        spoil(root, name)
        with SaveStore(root) as store:
            store.repair()

    for _ in failures(quick, work, step=41):
        with SaveStore(root) as store:
            assert (root / name).is_dir()
            store.repair()
            assert [one for one in store.check() if one.severity != "note"] == []
            assert store.repair().steps == ()


def test_whenever_the_program_dies_the_next_repair_comes_to_its_end(
    original: tuple[Path, str], root: Path, quick: Quick
) -> None:
    name = original[1]
    died, moment = True, 0
    while died:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(original[0], root)
        spoil(root, name)
        died = die(moment, lambda: SaveStore(root).repair(name))
        with SaveStore(root) as store:
            store.repair()
            assert [one for one in store.check() if one.severity != "note"] == []
        moment += 7
    assert quick is not None


@pytest.fixture
def spoilt(original: tuple[Path, str], root: Path, quick: Quick) -> tuple[str, dict[str, bytes]]:
    """Return the name of a campaign that has to be repaired, and its files."""
    assert quick is not None
    name = original[1]
    shutil.copytree(original[0], root)
    spoil(root, name)
    return name, bytes_in(root / name)


def test_a_program_that_dies_between_two_moves_leaves_a_campaign_that_can_be_brought_back(
    spoilt: tuple[str, dict[str, bytes]], root: Path
) -> None:
    name, before = spoilt
    mortal = Mortal()

    def kill(call: str, path: str) -> None:
        mortal.dead = mortal.dead or (call == "replace" and path == str(root / name))

    mortal.before = kill
    with files.using(mortal), suppress(SavesError):
        SaveStore(root).repair(name)
    assert not (root / name).exists()
    with SaveStore(root) as store:
        (problem,) = [one for one in store.check() if one.code == "unfinished_repair"]
        assert (problem.severity, problem.path) == ("error", str(root / name))
        store.undo(str(problem.hint).split()[-1])
        assert bytes_in(root / name) == before
        assert "unfinished_repair" not in codes(store.check())
        store.repair()
        store.campaigns.remove(name)
        assert "unfinished_repair" not in codes(store.check())


def test_what_is_moved_away_after_a_repair_was_not_lost_by_a_program(
    spoilt: tuple[str, dict[str, bytes]], root: Path
) -> None:
    name, before = spoilt
    with SaveStore(root) as store:
        assert len(store.repair(name).kept_in) == 1
        shutil.move(root / name, root.parent / "elsewhere")
        assert "unfinished_repair" not in codes(store.check())
        shutil.move(root.parent / "elsewhere", root / name)
        store.undo()
        assert bytes_in(root / name) == before
