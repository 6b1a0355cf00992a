"""Mutated documents, logs and snapshots: the reader refuses or recovers; never another error, a hang or a lost byte.

GAMESAVES_FUZZ multiplies the number of mutations.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.disk import jsontext, log, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.log import LineFault
from gamesaves.disk.state import State
from gamesaves.errors import Damaged, InvalidDocument
from gamesaves.rules import patch
from gamesaves.rules.patch import PatchError
from tests.torture.fuzzed import body_of, documents, events, snapshot, tries
from tests.torture.mutations import Mutator, sealed_line, sealed_snapshot
from tests.unit.ledgers import Plain
from tests.unit.trees import trees

SEEDS = range(4)
VIEWS = Plain.views


def read_or_refused(data: bytes) -> None:
    """A document is refused with its place and a hint, or it can be written and read again as the same."""
    try:
        tree = jsontext.parse(data, "d.json")
    except InvalidDocument as error:
        assert error.path == "d.json"
        assert error.line is not None
        assert error.column is not None
        assert error.hint
        return
    jsontext.require_storable(tree)
    assert patch.same(jsontext.parse(jsontext.encode(tree), "d.json"), tree)
    assert patch.same(jsontext.parse(jsontext.encode_line(tree), "d.json"), tree)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_document_is_read_as_it_stands_or_refused_with_its_place(seed: int) -> None:
    mutate = Mutator(f"documents {seed}")
    for _ in tries(16_000):
        read_or_refused(mutate(mutate.pick(documents())))


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_as_a_document_or_refused_with_their_place(data: bytes) -> None:
    read_or_refused(data)


@given(trees, st.integers(0, 2**32))
def test_any_mutated_tree_is_read_or_refused_with_its_place(tree: jsontext.Tree, seed: int) -> None:
    mutate = Mutator(seed)
    data = jsontext.encode(tree)
    read_or_refused(data)
    read_or_refused(mutate(data))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_line_of_a_log_is_never_taken_for_what_was_written(seed: int) -> None:
    mutate = Mutator(f"lines {seed}")
    for _ in tries(3_000):
        line = mutate.pick(events())
        mutant = mutate(line)
        try:
            event = log.decode_event(mutant)
        except LineFault as fault:
            assert str(fault)
        else:
            assert log.encode_event(event)[0] == line + b"\n"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_whose_hash_fits_follows_on_the_state_before_or_is_refused(seed: int) -> None:
    mutate = Mutator(f"sealed {seed}")
    before = [State()]
    for line in events():
        state = before[-1].copy()
        state.fold(log.decode_event(line), 0, VIEWS)
        before.append(state)
    for number in tries(4_000):
        place = number % len(events())
        body = body_of(events()[place], b"hash")
        sense = json.dumps(mutate.tree(json.loads(body + b"}"))).encode()[:-1]
        try:
            event = log.decode_event(sealed_line(sense if number % 2 else mutate(body)))
            before[place].copy().fold(event, 0, VIEWS)
        except (LineFault, PatchError) as fault:
            assert str(fault)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_byte_of_a_mutated_log_is_in_a_line_and_what_was_whole_before_it_is_read(seed: int) -> None:
    mutate = Mutator(f"logs {seed}")
    text = b"\n".join(events()) + b"\n"
    for _ in tries(1_500):
        mutant = mutate(text)
        lines = list(log.lines_of(mutant))
        end = 0
        for line in lines:
            assert not mutant[end : line.start].strip()
            assert mutant[line.start : line.end] == line.raw
            end = line.end
        assert not mutant[end:].strip(b" \t\r\n\0")
        same = next((at for at, pair in enumerate(zip(text, mutant, strict=False)) if pair[0] != pair[1]), len(mutant))
        whole = text[:same].count(b"\n")
        assert [line.event is not None for line in lines[:whole]] == [True] * whole


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_snapshot_is_the_one_that_was_written_or_refused(seed: int, tmp_path: Path) -> None:
    mutate = Mutator(f"snapshots {seed}")
    path = tmp_path / "000000004-41414141.json"
    path.write_bytes(snapshot())
    written = snapshots.load(path)
    for _ in tries(700):
        path.write_bytes(mutate(snapshot()))
        try:
            assert snapshots.load(path) == written
        except Damaged as error:
            assert error.path == str(path)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_snapshot_whose_digest_fits_holds_a_state_or_is_refused(seed: int, tmp_path: Path) -> None:
    mutate = Mutator(f"sealed snapshots {seed}")
    path = tmp_path / "000000004-41414141.json"
    chain = Chain(tmp_path, Plain())
    for _ in tries(700):
        path.write_bytes(sealed_snapshot(mutate(body_of(snapshot(), b"digest"))))
        snapshots.prune(tmp_path, lambda offset, digest: chain.ends_line(offset, digest))
        try:
            state = chain.state_of(snapshots.load(path))
        except Damaged as error:
            assert error.path == str(path)
        else:
            assert all(isinstance(tree, dict) for tree in state.trees.values())
