"""A ledger that several programs append to: each takes in what the others did, and nothing is lost."""

import errno
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk.ledger import Surroundings
from gamesaves.disk.locks import Lock
from gamesaves.disk.log import Event
from gamesaves.disk.sharedledger import SharedLedger
from gamesaves.disk.worker import Worker
from gamesaves.errors import Closed, Damaged, Diverged, FlushFailed, Locked, NewerFormat, NoSpace, NotFound
from tests.unit.ledgers import DATA, KARA, Jobs, Plain, World, codes, hit
from tests.unit.systems import Faulty

PATIENCE = 0.05


class Program:
    """One of several programs that have the ledger open; the documents follow when a test says so."""

    def __init__(self, world: World, contract: Plain | None = None, *, worker: Worker | None = None) -> None:
        self.jobs = Jobs()
        self.told: list[int] = []
        self.lock = Lock(world.around.places.lock("shared"), "the ledger", "host")
        around = Surroundings(world.around.places, world.clock, self.jobs.later, self._tell)
        later = self.jobs.later if worker is None else worker.soon
        self.ledger = SharedLedger(world.folder, contract or world.contract, around, later, self.lock, PATIENCE)

    def _tell(self, _: str, event: Event) -> None:
        # Whoever is told may want to have a look, or to commit something.
        with self.lock.held(PATIENCE):
            self.told.append(event.seq)

    def hit(self, hp: int) -> Event:
        with self.ledger.held() as held:
            return hit(held, hp)

    @property
    def hp(self) -> Any:
        return self.ledger.tree(KARA)["hp"]


@pytest.fixture
def programs(world: World) -> Iterator[list[Program]]:
    world.name = "universes/shared"
    world.create()
    programs = [Program(world) for _ in range(2)]
    yield programs
    for one in programs:
        one.ledger.close()


@pytest.fixture
def first(programs: list[Program]) -> Program:
    return programs[0]


@pytest.fixture
def second(programs: list[Program]) -> Program:
    return programs[1]


def another_log(world: World, folder: Path, *hps: int) -> Path:
    """Return the log of a copy of the ledger, taken now, that went on by itself."""
    shutil.copytree(world.folder, folder / "copy")
    copy = World(folder, name="copy")
    copy.clock.seconds = 1000
    ledger = copy.open()
    for hp in hps:
        hit(ledger, hp)
    ledger.close()
    return copy.log


def half_of(event: Event, world: World) -> bytes:
    """Take the newest line out of the log; return it."""
    line = world.lines()[-1]
    with world.log.open("r+b") as file:
        file.truncate(world.log.stat().st_size - len(line))
    assert event.hash.encode() in line
    return line


# Several programs


def test_each_builds_on_what_the_others_have_appended(world: World, first: Program, second: Program) -> None:
    assert (first.hit(9).seq, second.hit(8).seq, first.hit(7).seq) == (2, 3, 4)
    assert (first.hp, second.hp) == (7, 7)
    assert [event.seq for event in world.events()] == [1, 2, 3, 4]
    assert (first.told, second.told) == ([2, 4], [3])
    assert first.ledger.problems == second.ledger.problems == []


def test_what_is_read_again_and_again_is_not_opened_again(first: Program, second: Program, faulty: Faulty) -> None:
    second.hit(9)
    assert first.hp == 9
    assert first.hp == 9
    faulty.calls.clear()
    assert first.hp == 9
    assert {call for call, _ in faulty.calls} == {"stat"}


def test_what_is_appended_while_somebody_opens_it_is_seen(first: Program, second: Program, faulty: Faulty) -> None:
    def append(call: str, path: str) -> None:
        if call == "read" and path.endswith("pc.kara.json"):
            faulty.before = None
            second.hit(9)

    faulty.before = append
    assert first.hp == 10
    assert first.hp == 9


def test_whoever_subscribes_is_told_of_what_was_committed_before_a_failure(first: Program) -> None:
    def fail() -> None:
        with first.ledger.held() as held:
            hit(held, 9)
            held.tree("characters/npc:nobody")

    with pytest.raises(NotFound):
        fail()
    assert first.told == [2]
    assert first.hp == 9


def test_a_line_that_is_just_being_written_does_not_count_yet(world: World, first: Program, second: Program) -> None:
    assert first.hp == 10
    line = half_of(second.hit(9), world)
    for start, end, hp in ((0, 40, 10), (40, len(line) - 1, 10), (len(line) - 1, len(line), 9)):
        with world.log.open("ab") as file:
            file.write(line[start:end])
        assert first.hp == hp
    assert first.ledger.problems == []


def test_half_a_line_that_a_crash_has_left_is_set_aside_by_the_next_commit(
    world: World, first: Program, second: Program
) -> None:
    first.hit(9)
    with world.log.open("ab") as file:
        file.write(b'{"seq":3,')
    assert second.hp == 9
    assert first.hit(8).seq == 3
    assert codes(first.ledger.problems) == ["torn_line"]
    assert list(world.kept.values()) == [b'{"seq":3,']
    assert second.hp == 8


def test_a_line_that_is_whole_and_makes_no_sense_is_damage_for_everybody(
    world: World, first: Program, second: Program
) -> None:
    first.hit(9)
    assert second.hp == 9
    with world.log.open("ab") as file:
        file.write(b'{"seq":3}\n{"seq":4}\n')
    before = world.log.read_bytes()
    assert second.hp == 9
    assert isinstance(second.ledger.read_only, Damaged)
    with pytest.raises(Damaged):
        first.hit(8)
    assert first.hp == 9
    assert world.log.read_bytes() == before


def test_a_line_that_follows_on_another_one_is_damage(world: World, first: Program, second: Program) -> None:
    first.hit(9)
    assert second.hp == 9
    lines = world.lines()
    with world.log.open("ab") as file:
        file.write(lines[1])
    assert isinstance(second.ledger.read_only, Damaged)
    with pytest.raises(Damaged):
        first.hit(8)


# The log is another file


def test_a_log_that_a_copy_has_taken_further_is_taken_over(
    world: World, first: Program, second: Program, tmp_path: Path
) -> None:
    first.hit(9)
    assert second.hp == 9
    another_log(world, tmp_path, 8, 7).replace(world.log)
    assert (first.hp, second.hp) == (7, 7)
    assert second.hit(6).seq == first.hit(5).seq - 1 == 5
    assert world.branches == []


def test_lines_that_the_log_in_the_place_of_ours_does_not_have_are_kept(
    world: World, first: Program, second: Program, tmp_path: Path
) -> None:
    other = another_log(world, tmp_path, 8)
    line = world.lines()[0]
    event = first.hit(9)
    own = world.log.read_bytes().removeprefix(line)
    other.replace(world.log)
    assert first.hit(3).seq == 3
    assert second.hp == 3
    assert {path.name: path.read_bytes() for path in world.branches} == {f"{event.hash}.jsonl": own}


def test_an_older_copy_written_over_the_log_stops_whoever_would_append(
    world: World, first: Program, second: Program
) -> None:
    older = world.log.read_bytes()
    first.hit(9)
    first.jobs.run()
    assert second.hp == 9
    world.log.write_bytes(older)
    with pytest.raises(Damaged, match="older copy"):
        first.hit(8)
    assert second.hp == 10
    assert isinstance(second.ledger.read_only, Damaged)
    assert world.log.read_bytes() == older


def test_another_log_of_the_same_length_written_over_it_is_noticed(
    world: World, first: Program, second: Program, tmp_path: Path
) -> None:
    other = another_log(world, tmp_path, 8).read_bytes()
    first.hit(9)
    assert second.hp == 9
    assert len(other) == world.log.stat().st_size
    world.log.write_bytes(other)
    assert second.hp == 8
    assert first.hit(7).seq == 3


def test_a_ledger_that_is_deleted_while_it_is_open_stays_deleted(world: World, first: Program, second: Program) -> None:
    first.hit(9)
    assert second.hp == 9
    shutil.rmtree(world.folder)
    for one in (first, second):
        with pytest.raises(Damaged):
            one.hit(8)
        with pytest.raises(Damaged):
            one.hp  # noqa: B018
    first.jobs.run()
    assert not world.folder.exists()


def test_a_log_that_was_replaced_since_it_was_last_looked_at_takes_no_commit(
    world: World, first: Program, faulty: Faulty, tmp_path: Path
) -> None:
    first.hit(9)
    other = another_log(world, tmp_path)

    def replace(call: str, path: str) -> None:
        if call == "fstat" and path.endswith("log.jsonl"):
            faulty.before = None
            shutil.copy(other, tmp_path / "theirs")
            (tmp_path / "theirs").replace(world.log)

    faulty.before = replace
    with pytest.raises(Diverged):
        first.hit(8)
    assert first.hit(7).seq == 3


# Disks that fail


@pytest.mark.parametrize(("call", "error"), [("flush_data", FlushFailed), ("write", NoSpace), ("open", NoSpace)])
def test_a_commit_that_fails_leaves_the_old_state_and_the_next_one_works(
    first: Program, second: Program, faulty: Faulty, call: str, error: type[Exception]
) -> None:
    if call != "open":
        first.hit(9)
    faulty.fail(call, "log.jsonl", errno.ENOSPC)
    with pytest.raises(error):
        first.hit(8)
    faulty.mend()
    before = second.hp
    assert before in ((9, 8) if call == "flush_data" else (9, 10))
    assert first.hit(7).seq == second.ledger.state.head.seq  # type: ignore[union-attr]
    assert (first.hp, second.hp) == (7, 7)


def test_a_commit_stands_although_its_log_cannot_be_looked_at_afterwards(first: Program, faulty: Faulty) -> None:
    first.hit(9)

    def fail(call: str, _: str) -> None:
        if call == "flush_data":
            # The log is looked at to see that it is in its place, and once more behind that.
            faulty.before = None
            faulty.fail("stat", "log.jsonl", skip=1, times=1)

    faulty.before = fail
    assert first.hit(8).seq == 3
    assert first.hp == 8
    assert first.hit(7).seq == 4


def test_what_a_killed_program_has_appended_is_durable_before_anything_follows_from_it(
    first: Program, second: Program, faulty: Faulty
) -> None:
    first.hit(9)
    first.jobs.run()
    faulty.fail("flush_data", "log.jsonl", times=1)
    with pytest.raises(FlushFailed):
        second.hit(8)
    faulty.calls.clear()
    first.hit(7)
    calls = [call for call, path in faulty.calls if path.endswith("log.jsonl") and call in ("flush", "write")]
    assert calls == ["flush", "write"]
    assert first.hit(6).seq == 5
    assert faulty.count("flush", "log.jsonl") == 1


def test_documents_are_not_written_before_what_others_have_appended_is_durable(
    world: World, first: Program, second: Program, faulty: Faulty
) -> None:
    first.hit(9)
    second.hit(8)
    faulty.fail("flush", "log.jsonl")
    first.jobs.run()
    assert world.read(KARA)["hp"] == 10
    faulty.mend()
    first.hit(7)
    first.jobs.run()
    assert world.read(KARA)["hp"] == 7


# The lock


def test_a_lock_that_others_keep_for_too_long_is_told_and_nothing_is_lost(
    world: World, first: Program, second: Program
) -> None:
    first.hit(9)
    with second.lock.held(1):
        with pytest.raises(Locked):
            first.hit(8)
        with pytest.raises(Locked):
            first.ledger.flush()
        assert first.hp == 9
        first.jobs.run()
        first.ledger.close()
    assert codes(first.ledger.problems) == ["locked"]
    assert world.read(KARA)["hp"] == 10
    assert second.hit(8).seq == 3
    second.ledger.close()
    assert world.read(KARA)["hp"] == 8


def test_a_reader_needs_no_lock(first: Program, second: Program) -> None:
    with second.ledger.held() as held:
        assert first.hp == 10
        hit(held, 9)
        assert first.hp == 9
    assert first.ledger.read_only is None


# Documents


def test_documents_follow_and_no_program_wipes_out_what_another_wrote(
    world: World, first: Program, second: Program
) -> None:
    first.hit(9)
    assert world.read(KARA)["hp"] == 10
    second.hit(8)
    second.jobs.run()
    assert world.read(KARA)["hp"] == 8
    first.jobs.run()
    first.ledger.flush()
    assert world.read(KARA)["hp"] == 8
    assert [event.kind for event in world.events()] == ["created", "turn", "turn"]
    assert first.ledger.problems == second.ledger.problems == []


def test_flushing_writes_what_is_behind_and_needs_nothing_open(world: World, first: Program) -> None:
    first.ledger.flush()
    first.hit(9)
    first.ledger.flush()
    assert world.read(KARA)["hp"] == 9
    first.ledger.close()
    first.ledger.flush()


def test_an_edit_by_hand_goes_into_the_log_when_documents_are_written(
    world: World, first: Program, second: Program
) -> None:
    second.hit(9)
    first.hit(8)
    first.jobs.run()
    world.edit(DATA, title="By hand")
    first.hit(7)
    assert [event.kind for event in world.events()][-1] == "turn"
    first.jobs.run()
    assert [event.kind for event in world.events()][-1] == "external_edit"
    assert (first.ledger.tree(DATA)["title"], second.ledger.tree(DATA)["title"]) == ("By hand", "By hand")
    assert (world.read(DATA)["title"], world.read(KARA)["hp"]) == ("By hand", 7)
    assert first.told == [3, 4, 5]


def test_an_edit_by_hand_goes_into_the_log_at_the_end(world: World, first: Program, second: Program) -> None:
    first.hit(9)
    first.jobs.run()
    world.edit(KARA, name="Edited")
    first.ledger.close()
    assert first.ledger.problems == []
    assert second.ledger.tree(KARA) | {"name": "Edited"} == second.ledger.tree(KARA)
    assert first.told == [2, 3]


def test_an_edit_that_a_reader_shows_is_not_done_twice(world: World, first: Program, second: Program) -> None:
    with first.ledger.held() as held:
        held.commit("turn", {DATA: {**held.tree(DATA), "list": [1, 2]}}, turn_taken=True)
    first.jobs.run()
    world.edit(DATA, list=[0, 1, 2])
    assert second.ledger.tree(DATA)["list"] == [0, 1, 2]
    first.ledger.close()
    assert second.ledger.tree(DATA)["list"] == [0, 1, 2]
    assert world.read(DATA)["list"] == [0, 1, 2]


# Versions


def test_documents_of_an_older_version_are_brought_up_to_date_once(world: World, first: Program) -> None:
    newer, other = Program(world, Plain(newest=2)), Program(world, Plain(newest=2))
    assert other.ledger.tree(KARA)["health"] == 10
    with newer.ledger.held() as held:
        held.commit("turn", {KARA: {**held.tree(KARA), "health": 9}}, turn_taken=True)
    assert other.ledger.tree(KARA)["health"] == 9
    with other.ledger.held() as held:
        held.commit("turn", {KARA: {**held.tree(KARA), "health": 8}}, turn_taken=True)
    assert [event.kind for event in world.events()] == ["created", "migrate", "turn", "turn"]
    with pytest.raises(NewerFormat):
        first.hit(7)
    for one in (newer, other):
        one.ledger.close()


def test_a_newer_program_that_comes_while_it_is_open_ends_the_writing(world: World, first: Program) -> None:
    first.hit(9)
    newer = Program(world, Plain(newest=2))
    with newer.ledger.held() as held:
        held.commit("turn", {KARA: {**held.tree(KARA), "health": 8}}, turn_taken=True)
    newer.ledger.close()
    before = world.log.read_bytes()
    with pytest.raises(NewerFormat):
        first.hit(7)
    first.ledger.close()
    assert world.log.read_bytes() == before


# The end


def test_what_is_closed_is_closed_for_good(first: Program) -> None:
    first.hit(9)
    first.ledger.close()
    first.ledger.close()
    with pytest.raises(Closed):
        first.hit(8)
    with pytest.raises(Closed):
        first.hp  # noqa: B018
    first.jobs.run()
    assert first.ledger.problems == []


def test_one_that_was_never_used_or_only_read_can_be_closed(world: World, first: Program, second: Program) -> None:
    assert first.hp == 10
    before = world.log.read_bytes()
    first.ledger.close()
    second.ledger.close()
    assert world.log.read_bytes() == before


def test_closing_after_the_log_was_replaced_writes_nothing_over_it(
    world: World, first: Program, tmp_path: Path
) -> None:
    other = another_log(world, tmp_path, 8, 7)
    first.hit(9)
    other.replace(world.log)
    before = world.log.read_bytes()
    first.ledger.close()
    assert world.log.read_bytes() == before
    assert world.read(KARA)["hp"] == 10
    assert len(world.branches) == 1


def test_it_may_be_closed_from_several_threads_while_documents_are_written(world: World) -> None:
    world.create()
    worker = Worker()
    program = Program(world, worker=worker)
    for hp in range(9, 5, -1):
        program.hit(hp)
    threads = [threading.Thread(target=program.ledger.close) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    worker.stop()
    assert world.read(KARA)["hp"] == 6
    assert program.ledger.problems == []


def test_whoever_closes_it_waits_for_documents_that_are_being_written(world: World, faulty: Faulty) -> None:
    world.create()
    worker = Worker()
    program = Program(world, worker=worker)
    begun, go_on = threading.Event(), threading.Event()

    def wait(call: str, path: str) -> None:
        if call == "replace" and path.endswith("pc.kara.json"):
            begun.set()
            assert go_on.wait(30)

    faulty.before = wait
    program.hit(9)
    assert begun.wait(30)
    closing = threading.Thread(target=program.ledger.close)
    closing.start()
    go_on.set()
    closing.join()
    worker.stop()
    assert world.read(KARA)["hp"] == 9
    assert program.ledger.problems == []


def test_several_threads_append_to_it_at_once(world: World, first: Program, second: Program) -> None:
    def append(program: Program) -> None:
        for _ in range(10):
            with program.ledger.held() as held:
                hit(held, held.tree(KARA)["hp"] + 1)

    for one in (first, second):
        one.ledger._patience = 10
    threads = [threading.Thread(target=append, args=(one,)) for one in (first, second) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (first.hp, second.hp) == (50, 50)
    assert len(world.events()) == 41
    assert json.loads(world.lines()[-1])["seq"] == 41
