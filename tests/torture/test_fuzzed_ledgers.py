"""Ledgers with a mutated file are refused or opened, and go on; what cannot be used is in its place or set aside.

GAMESAVES_FUZZ multiplies the number of mutations.
"""

import contextlib
import shutil
from pathlib import Path

import pytest

from gamesaves.disk import jsontext, layout
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.errors import Damaged, SavesError
from gamesaves.rules import patch
from tests.torture.fuzzed import files_in, made_ledger, resealed_log, resealed_snapshot, tries
from tests.torture.mutations import Mutator
from tests.unit.ledgers import World, hit

pytestmark = pytest.mark.usefixtures("unflushed")


@pytest.fixture
def template(scratch: Path) -> World:
    return made_ledger(scratch / "template")


def fresh(template: World, number: int) -> World:
    root = template.root.with_name(str(number))
    shutil.copytree(template.root, root)
    return World(root)


def used(world: World) -> dict[str, Tree] | None:
    """Open a ledger, look at all of it, commit, close it, and open it again; what it held, None where it is refused."""
    try:
        ledger = world.open()
    except SavesError as error:
        assert error.message
        assert error.path
        return None
    refusal, trees = ledger.refusal, dict(ledger.state.trees)
    look_at(ledger)
    if refusal is None:
        hit(ledger, 5)
    ledger.close()
    again = world.open()
    assert again.state.trees == ledger.state.trees
    assert (again.refusal is None) is (refusal is None)
    again.close()
    return trees


def look_at(ledger: Ledger) -> None:
    assert all(isinstance(ledger.tree(key), dict) for key in ledger.state.trees)
    assert isinstance(ledger.newest(3), list)
    with contextlib.suppress(Damaged):
        # What is older than the damage is not there to be looked at.
        assert isinstance(list(ledger.events()), list)
    with contextlib.suppress(Damaged):
        assert isinstance(ledger.rows("messages"), list)


def test_every_file_of_a_ledger_may_be_mutated(template: World) -> None:
    mutate = Mutator("files")
    victims = [path.relative_to(template.root).as_posix().encode() for path in files_in(template.root)]
    for number in tries(1_600):
        world = fresh(template, number)
        victim = world.root / mutate.pick(victims).decode()
        before = {path: path.read_bytes() for path in files_in(world.root)}
        before[victim] = mutate(before[victim] or b"{}")
        victim.write_bytes(before[victim])
        try:
            trees = used(world)
            if trees is None:
                assert {path: path.read_bytes() for path in files_in(world.root)} == before
            else:
                assert is_kept(world, victim, before[victim], trees)
        except BaseException as error:
            error.add_note(f"mutation {number}, {victim.relative_to(world.root)}: {before[victim]!r}")
            raise
        shutil.rmtree(world.root)


def is_kept(world: World, victim: Path, data: bytes, trees: dict[str, Tree]) -> bool:
    """Whether the bytes of a mutated file are where they were, set aside, or what the ledger held."""
    now = victim.read_bytes() if victim.exists() else b""
    kept = list(world.kept.values())
    if now.startswith(data) or data in kept:
        return True
    if victim == world.log:
        return any(data.endswith(end) and now.startswith(data.removesuffix(end)) for end in kept)
    inside = victim.relative_to(world.root).parts
    if inside[0] == ".saves" or "chat_history" in inside or not data.strip(b"\0"):
        return True  # it says nothing that the log does not say
    return patch.same(meant(data, victim), trees[str(layout.document_key("/".join(inside[1:])))])


def meant(data: bytes, path: Path) -> Tree:
    """Return what a document's file says, without what follows from the log."""
    tree = {"schema_version": 1, **jsontext.parse(data, path)}
    tree.pop("revision", None)
    return {**tree, "turns": 0} if path.name == "data.json" else tree


@pytest.mark.parametrize("seed", range(2))
def test_a_log_that_nobody_wrote_is_refused_or_opened(seed: int, template: World) -> None:
    mutate = Mutator(f"chains {seed}")
    lines = template.log.read_bytes().splitlines()
    for number in tries(800):
        world = fresh(template, number)
        mutant = resealed_log(lines, number % len(lines), mutate.tree)
        world.log.write_bytes(mutant)
        if number % 3:
            shutil.rmtree(world.folder / "snapshots")
            (world.folder / "chat_history/messages.jsonl").unlink()
        try:
            if used(world) is None:
                assert world.log.read_bytes() == mutant
        except BaseException as error:
            error.add_note(f"mutation {number}: {mutant!r}")
            raise
        shutil.rmtree(world.root)


def test_a_snapshot_that_nobody_wrote_is_passed_over_or_used(template: World) -> None:
    mutate = Mutator("snapshots")
    for number in tries(800):
        world = fresh(template, number)
        mutant = resealed_snapshot(world.snapshots[-1].read_bytes(), mutate.tree)
        world.snapshots[-1].write_bytes(mutant)
        try:
            used(world)
        except BaseException as error:
            error.add_note(f"mutation {number}: {mutant!r}")
            raise
        shutil.rmtree(world.root)
