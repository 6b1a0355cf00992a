"""All events that a ledger knows of: looked up, replayed, and joined with those of another copy."""

import errno
import shutil
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk import jsontext, log, views
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event, LineFault
from gamesaves.disk.state import State
from gamesaves.errors import Ambiguous, Damaged, FlushFailed, NotFound
from gamesaves.rules.patch import PatchError
from tests.unit.ledgers import KARA, World, hit
from tests.unit.systems import Faulty


def sealed(event: Event) -> Event:
    return replace(event, hash=log.encode_event(event)[1])


def branched(world: World, tmp_path: Path) -> tuple[Ledger, list[Event]]:
    """Play two copies of a ledger; return one, and the events of the other, which it does not know."""
    world.created().close()
    other = World(tmp_path / "other")
    shutil.copytree(world.folder, other.folder)
    theirs = other.open()
    events = [hit(theirs, 7), hit(theirs, 6)]
    theirs.close()
    ledger = world.open()
    hit(ledger, 3)
    return ledger, events


def test_events_of_a_branch_are_found_and_replayed(world: World, tmp_path: Path) -> None:
    ledger, theirs = branched(world, tmp_path)
    ledger.keep_branch(theirs)
    ancestry = ledger.ancestry
    assert ancestry.event(theirs[1].hash[:10]) == theirs[1]
    assert ancestry.state_at(theirs[1]).trees[KARA]["hp"] == 6
    assert ancestry.state_at(ancestry.event(1)).trees[KARA]["hp"] == 10
    assert [event.seq for event in ancestry.events.values()] == [1, 2, 2, 3]
    assert ancestry.parents[theirs[1].hash] == (theirs[0].hash,)
    (ledger.folder / "branches" / "broken.jsonl").write_bytes(b'{"seq":\n')
    assert len(ledger.ancestry.events) == 4


def test_the_log_is_not_read_for_each_event_of_another_copy(world: World, tmp_path: Path, faulty: Faulty) -> None:
    ledger, theirs = branched(world, tmp_path)
    other = World(tmp_path / "other").open()
    theirs += [hit(other, hp) for hp in range(100, 130)]
    other.close()
    ancestry = Ancestry(ledger.folder, world.contract, {one.hash: one for one in theirs})
    assert len(ancestry.events) == 34
    faulty.calls.clear()
    assert ancestry.state_at(theirs[-1]).trees[KARA]["hp"] == 129
    assert faulty.count("open", str(world.log)) < 5


def test_eight_digits_that_two_events_have_name_neither(world: World, tmp_path: Path) -> None:
    ledger, theirs = branched(world, tmp_path)
    hashes = ["abcdef01" + digit * 24 for digit in "01"]
    ancestry = Ancestry(ledger.folder, world.contract, {one: replace(theirs[0], hash=one) for one in hashes})
    with pytest.raises(Ambiguous):
        ancestry.event("abcdef01")
    assert ancestry.event("abcdef010").hash == hashes[0]
    with pytest.raises(NotFound):
        ancestry.event("abcdef")


def test_a_history_of_its_own_can_be_replayed_too(world: World, tmp_path: Path) -> None:
    ledger, _ = branched(world, tmp_path)
    alien = sealed(
        Event(
            1,
            "2026-11-21T10:00:00.000000Z",
            "created",
            0,
            changes={KARA: [{"op": "add", "path": "", "value": {"hp": 1}}]},
        )
    )
    ancestry = Ancestry(ledger.folder, world.contract, {alien.hash: alien})
    assert ancestry.state_at(alien).trees == {KARA: {"hp": 1}}


def test_a_damaged_way_is_told(world: World, tmp_path: Path) -> None:
    ledger, theirs = branched(world, tmp_path)
    wrong = sealed(replace(theirs[0], changes={KARA: [{"op": "replace", "path": "/nothing/there", "value": 1}]}))
    with pytest.raises(Damaged, match="cannot be replayed"):
        Ancestry(ledger.folder, world.contract, {wrong.hash: wrong}).state_at(wrong)
    last = hit(ledger, 2)
    ledger.close()
    lines = world.lines()
    world.log.write_bytes(b"".join([lines[0], lines[1].replace(b'"turn"', b'"turm"', 1), *lines[2:]]))
    for snapshot in world.snapshots:
        snapshot.unlink()
    with pytest.raises(Damaged, match="damaged before event 3"):
        Ancestry(world.folder, world.contract).state_at(last)


def test_only_what_follows_is_adopted(world: World, tmp_path: Path) -> None:
    ledger, theirs = branched(world, tmp_path)
    before = world.log.read_bytes()
    with pytest.raises(Damaged, match="of the other copy"):
        ledger.adopt(theirs)
    assert world.log.read_bytes() == before
    assert hit(ledger, 2).seq == 3


def test_a_log_that_is_not_durable_is_not_built_on(world: World, faulty: Faulty) -> None:
    world.created().close()
    world.edit(KARA, hp=4)
    faulty.fail("flush", "log.jsonl", errno.EIO)
    with pytest.raises(FlushFailed):
        world.open()
    faulty.mend()
    assert world.open().tree(KARA)["hp"] == 4


@pytest.mark.parametrize("parents", ["x", ["a" * 32], ["a" * 32, "b"], [1, 2], {}])
def test_the_parents_of_a_merge_are_two_hashes(parents: Any) -> None:
    line = jsontext.encode_line(
        {"seq": 1, "at": "", "kind": "merge", "turn": 0, "session": None, "note": None, "data": {}, "changes": {}}
        | {"other_changes": {}, "parents": parents}
    )
    body = line[:-1]
    digest = blake2b(body, digest_size=16).hexdigest().encode()
    with pytest.raises(LineFault, match="not two hashes"):
        log.decode_event(body + b',"hash":"' + digest + b'"}')


@pytest.mark.parametrize("told", ["x", {"messages": 1}])
def test_a_restore_says_where_the_views_end(told: Any) -> None:
    event = Event(1, "", "restore", 0, data={"restored": "a" * 32, "views": told})
    with pytest.raises(PatchError, match="where the views end"):
        State().fold(event, 10, {})


def test_the_chat_of_a_history_that_has_holes_is_not_made_up(world: World) -> None:
    ledger = world.created()
    ledger.commit("message", {}, data={"messages": [{"id": "m", "text": "x"}]})
    hole = sealed(Event(9, "", "turn", 0, prev="f" * 32))
    lost = views.Views(world.folder, {"messages": "nowhere.jsonl"}, lambda: [hole])
    with pytest.raises(Damaged):
        lost.rows("messages", ledger.state, writing=False)
