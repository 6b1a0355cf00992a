"""What is left of a damaged history: found by its hashes, in whatever file it lies."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gamesaves.disk import log, salvage, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from gamesaves.disk.salvage import Remains
from tests.unit.ledgers import DATA, KARA, World, hit


def played(world: World, turns: int = 6, snapshot_at: tuple[int, ...] = ()) -> Ledger:
    ledger = world.created()
    for hp in range(turns):
        hit(ledger, hp)
        if ledger.head.seq in snapshot_at:
            ledger.write_snapshot()
    ledger.close()
    return ledger


def look(world: World, **more: object) -> Remains:
    return salvage.look(world.folder, world.contract, **more)  # type: ignore[arg-type]


def seqs(found: Remains) -> list[int]:
    return [one.event.seq for one in found.way]


def spoil(world: World, number: int) -> bytes:
    """Damage a line of the log beyond a single bit; return the log as it was."""
    before = world.log.read_bytes()
    lines = world.lines()
    lines[number] = lines[number].replace(b'"turn"', b'"torn!"')
    world.log.write_bytes(b"".join(lines))
    return before


def test_of_a_log_that_is_whole_everything_is_left(world: World) -> None:
    ledger = played(world)
    found = look(world)
    assert found.intact
    assert found.text == found.data == world.log.read_bytes()
    assert (found.state.trees, found.stations, found.beyond) == (ledger.state.trees, [], [])
    assert found.state.head is not None
    assert found.state.head.offset == len(found.text)


@pytest.mark.parametrize("ending", [b"", b"\0", b"\0\0\0"])
def test_a_last_line_that_only_lacks_its_newline_is_whole(world: World, ending: bytes) -> None:
    played(world)
    whole = world.log.read_bytes()
    world.log.write_bytes(whole[:-1] + ending)
    assert look(world).text == whole


def test_without_a_log_nothing_is_left(world: World) -> None:
    played(world)
    world.log.unlink()
    found = look(world)
    assert (found.data, found.way, found.state.head, found.intact, found.text) == (b"", [], None, False, b"")


def test_the_log_of_another_ledger_is_not_looked_at(world: World) -> None:
    played(world)
    assert look(world, foreign=True).way == []


def test_a_log_that_was_saved_as_other_text_is_read_and_one_that_is_no_text_has_nothing(world: World) -> None:
    played(world)
    whole = world.log.read_bytes()
    world.log.write_bytes(whole.decode().encode("utf-16"))
    assert look(world).text == whole
    world.log.write_bytes(b"\xff\xfe\x00")
    assert look(world).way == []


@pytest.mark.parametrize("line", [0, 3, 6])
@pytest.mark.parametrize("where", [0.0, 0.4, 0.999])
@pytest.mark.parametrize("bit", [0, 6])
def test_a_bit_that_has_flipped_is_found_by_the_hash(world: World, line: int, where: float, bit: int) -> None:
    played(world)
    whole = world.log.read_bytes()
    lines = world.lines()
    place = sum(map(len, lines[:line])) + int(where * len(lines[line]))
    data = bytearray(whole)
    data[place] ^= 1 << bit
    world.log.write_bytes(data)
    found = look(world)
    assert found.text == whole
    assert not found.intact


def test_more_than_a_bit_is_not_searched_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    played(world)
    whole = world.log.read_bytes()
    world.log.write_bytes(whole.replace(b'"seq":4', b'"seq":\0\0', 1))
    assert seqs(look(world)) == [1, 2, 3]
    spoil(world, 2)
    assert seqs(look(world)) == [1, 2]
    world.log.write_bytes(whole.replace(b'"seq":4', b'"seq":5', 1))
    assert len(look(world).way) == 7
    monkeypatch.setattr(salvage, "_MOST", 10)
    assert seqs(look(world)) == [1, 2, 3]


def test_lines_that_are_gone_are_found_in_other_files(world: World) -> None:
    played(world)
    whole = spoil(world, 2)
    assert seqs(look(world)) == [1, 2]
    assert [event.seq for event in look(world).beyond] == [4, 5, 6, 7]
    found = look(world, more=[b"nothing\n", whole])
    assert found.text == whole
    assert found.beyond == []


def test_the_log_is_carried_on_to_what_is_known_to_have_been_in_it(world: World) -> None:
    ledger = played(world)
    whole = world.log.read_bytes()
    lines = world.lines()
    world.log.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    assert seqs(look(world, more=[whole])) == [1, 2, 3]
    assert look(world, more=[whole], tips=["0" * 32, ledger.head.hash]).text == whole
    world.log.unlink()
    assert look(world, more=[whole], tips=[ledger.head.hash]).text == whole


def test_it_is_not_carried_on_to_what_does_not_stand_on_it(world: World, tmp_path: Path) -> None:
    world.created().close()
    other = World(tmp_path / "other")
    shutil.copytree(world.folder, other.folder)
    theirs = other.open()
    event = hit(theirs, 1)
    theirs.close()
    ours = world.open()
    hit(ours, 2)
    ours.close()
    found = look(world, more=[other.log.read_bytes()], tips=[event.hash])
    assert found.text == world.log.read_bytes()


def test_the_way_through_a_merge_goes_along_the_log(world: World, tmp_path: Path) -> None:
    world.created().close()
    other = World(tmp_path / "other")
    shutil.copytree(world.folder, other.folder)
    theirs, ours = other.open(), world.open()
    sides = [hit(ours, 2), hit(theirs, 1)]
    first, second = sorted(sides, key=lambda one: one.hash)
    merge = Event(
        3, first.at, "merge", 2, data={"views": {}}, parents=(first.hash, second.hash), changes={}, other_changes={}
    )
    merge = replace(merge, hash=log.encode_event(merge)[1])
    ours.keep_branch([sides[1]])
    ours.adopt([merge])
    ours.close()
    theirs.close()
    branch = (world.folder / "branches" / f"{sides[1].hash}.jsonl").read_bytes()
    assert look(world, more=[branch]).intact
    spoil(world, 1)
    assert [one.event.hash for one in look(world, more=[branch]).way][1:] == [sides[1].hash, merge.hash]


def test_an_event_that_does_not_fit_ends_the_way(world: World) -> None:
    played(world)
    last = world.events()[-1]
    bad = Event(8, last.at, "turn", 7, prev=last.hash, changes={KARA: [{"op": "remove", "path": "/nothing"}]})
    whole = world.log.read_bytes()
    world.log.write_bytes(whole + log.encode_event(bad)[0])
    found = look(world)
    assert (seqs(found)[-1], found.intact, found.text) == (7, False, whole)


def test_snapshots_behind_the_damage_and_the_lines_behind_them_say_how_things_stood(world: World) -> None:
    ledger = played(world, 6, (3, 5))
    spoil(world, 2)
    found = look(world)
    (newest,) = found.stations
    assert newest.head is not None
    assert (newest.head.hash, newest.trees) == (ledger.head.hash, ledger.state.trees)
    wanted = [event.hash for event in found.beyond if event.seq in (4, 6)]
    found = look(world, wanted=wanted)
    assert [one.head.seq for one in found.stations if one.head] == [4, 6, 7]
    assert found.stations[0].trees[KARA]["hp"] == 2
    assert look(world, belongs=lambda snapshot: snapshot.seq == 99).stations == []


def test_a_snapshot_that_is_damaged_says_nothing(world: World) -> None:
    played(world, 6, (3, 5))
    spoil(world, 2)
    for path in world.snapshots:
        path.write_bytes(path.read_bytes()[:-9])
    assert look(world).stations == []


def test_a_line_behind_a_snapshot_that_does_not_fit_ends_what_is_known(world: World) -> None:
    played(world, 4, (4,))
    last = world.events()[-1]
    bad = Event(6, last.at, "turn", 7, prev=last.hash, changes={DATA: [{"op": "remove", "path": "/nothing"}]})
    spoil(world, 1)
    with world.log.open("ab") as file:
        file.write(log.encode_event(bad)[0])
    (newest,) = look(world).stations
    assert newest.head is not None
    assert newest.head.seq == 5


def test_a_history_can_be_read_from_text_that_is_in_no_file(world: World) -> None:
    ledger = played(world, 3, (2,))
    text = world.log.read_bytes()
    world.log.unlink()
    chain = Chain(world.folder, world.contract, text)
    assert chain.read().state.trees == ledger.state.trees
    assert not chain.ends_line(len(text), ledger.head.hash)
    assert [one.seq for one in salvage.usable_snapshots(world.folder)] == [
        one.seq for one in reversed(snapshots.listed(world.folder / "snapshots"))
    ]


def test_what_a_machine_has_seen_of_a_ledger(world: World) -> None:
    seen = SeenHead(world.around.places.heads, world.name)
    assert seen.known() == ([], [])
    ledger = played(world)
    heads = world.around.places.heads
    (heads / f"{world.name}-01234567.jsonl").write_bytes(b"older\n")
    (heads / f"{world.name}_2.jsonl").write_bytes(b"another\n")
    tips, lines = seen.known()
    assert tips == [ledger.head.hash]
    assert sorted(lines) == sorted([b"older\n", world.log.read_bytes()])
