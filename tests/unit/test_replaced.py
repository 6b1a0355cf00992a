"""A log that another file takes the place of, or that goes, while its ledger is open and nothing is committed."""

import errno
import shutil
from collections.abc import Callable

import pytest

from gamesaves.disk.ledger import Ledger
from gamesaves.errors import Diverged, ReadOnly
from tests.unit.ledgers import DATA, KARA, Plain, World, codes, hit
from tests.unit.systems import Faulty

TURNS = 3


def replaced(world: World) -> tuple[Ledger, bytes]:
    """Play some turns, and let an older copy take the place of the log; return what is open, and that copy."""
    ledger = world.created()
    older = world.log.read_bytes()
    for hp in range(TURNS):
        hit(ledger, hp)
    other = world.log.with_name("older")
    other.write_bytes(older)
    other.replace(world.log)
    return ledger, older


def closed(ledger: Ledger) -> list[str]:
    """Close it; return all that is told of it."""
    besides = ledger.close()
    return codes([*ledger.problems, *besides])


def close(ledger: Ledger) -> None:
    assert closed(ledger) == ["diverged"]


def flush(ledger: Ledger) -> None:
    ledger.flush()
    assert codes(ledger.problems) == ["diverged"]
    assert ledger.close() == []


def snapshot(ledger: Ledger) -> None:
    with pytest.raises(Diverged):
        ledger.write_snapshot()
    assert ledger.close() == []


@pytest.mark.parametrize("end", [close, flush, snapshot])
def test_nothing_is_written_to_it_and_what_was_acknowledged_is_kept(
    world: World, end: Callable[[Ledger], None]
) -> None:
    ledger, older = replaced(world)
    last = ledger.head
    end(ledger)
    assert world.log.read_bytes() == older
    assert world.read(KARA)["hp"] == 10
    assert [path.name for path in world.branches] == [f"{last.hash}.jsonl"]
    assert [path for path in world.folder.rglob("*.json") if "snapshots" in path.parts] == []
    again = world.open()
    (problem,) = again.problems
    assert problem.code == "older_copy"
    assert f"event {last.seq} was seen here" in problem.message
    name = str(problem.hint).splitlines()[0].rpartition("/")[2]
    lines = (world.root / ".saves/host/heads" / name).read_bytes()
    assert [lines.count(b'"kind":"turn"'), lines.startswith(older)] == [TURNS, True]
    hit(again, 50)
    assert again.close() == []
    assert codes(world.open().problems) == ["older_copy"]


def test_documents_that_wait_for_the_writer_thread_are_not_written_either(world: World) -> None:
    ledger, _ = replaced(world)
    world.jobs.run()
    assert world.read(KARA)["hp"] == 10
    assert codes(ledger.problems) == ["diverged"]
    with pytest.raises(Diverged):
        hit(ledger, 50)


def test_what_is_lost_is_remembered_when_it_happens_again(world: World) -> None:
    ledger, older = replaced(world)
    last = ledger.head.hash
    close(ledger)
    again = world.open()
    world.log.unlink()
    assert closed(again) == ["older_copy", "diverged"]
    world.log.write_bytes(older)
    again = world.open()
    assert codes(again.problems) == ["older_copy"]
    hit(again, 50)
    head = again.head.hash
    world.log.unlink()
    closed(again)
    world.log.write_bytes(older)
    heads = world.root / ".saves/host/heads"
    hints = [str(one.hint) for one in world.open().problems]
    kept = [(heads / hint.splitlines()[0].rpartition("/")[2]).read_bytes() for hint in hints]
    assert [last.encode() in lines for lines in kept] == [True, False]
    assert [head.encode() in lines for lines in kept] == [False, True]


def test_a_folder_that_was_moved_away_is_not_made_again(world: World) -> None:
    ledger = world.created()
    hit(ledger, 1)
    world.folder.rename(world.root / "moved")
    assert closed(ledger) == ["diverged"]
    assert not world.folder.exists()
    world.name = "moved"
    assert world.open().tree(KARA)["hp"] == 1


def test_a_disk_without_room_for_the_lines_is_told(world: World, faulty: Faulty) -> None:
    ledger, older = replaced(world)
    faulty.fail("write", "heads", errno.ENOSPC)
    assert closed(ledger) == ["no_space", "diverged"]
    faulty.mend()
    assert world.log.read_bytes() == older
    assert len(world.branches) == 1


def test_a_log_that_cannot_be_looked_at_keeps_documents_waiting(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 1)
    faulty.fail("stat", "log.jsonl", errno.EIO)
    world.jobs.run()
    assert world.read(KARA)["hp"] == 10
    faulty.mend()
    assert closed(ledger) == []
    assert world.read(KARA)["hp"] == 1


def test_a_log_that_can_never_be_looked_at_is_told_at_the_end(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 1)
    faulty.fail("stat", "log.jsonl", errno.EIO)
    assert closed(ledger) == ["io_error"]
    faulty.mend()
    assert world.open().tree(KARA)["hp"] == 1


def test_ctrl_c_between_the_log_and_the_memory_damages_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = world.created()
    append = Ledger._append

    def interrupted(self: Ledger, data: bytes) -> None:
        append(self, data)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "_append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            hit(ledger, 1)
    assert ledger.tree(KARA)["hp"] == 1
    hit(ledger, 2)
    assert ledger.close() == []
    again = world.open()
    assert (again.tree(KARA)["hp"], again.read_only, len(world.events())) == (2, None, 3)


def test_what_another_copy_brings_is_not_migrated_back(world: World) -> None:
    ledger = world.created()
    base = ledger.head.seq
    ledger.close()
    other = World(world.root.with_name("other"), Plain(newest=2))
    shutil.copytree(world.folder, other.folder)
    theirs = other.open()
    theirs.commit("rest", {KARA: {**theirs.tree(KARA), "health": 500}})
    theirs.close()
    world.contract = Plain(newest=2)
    ledger = world.open()
    assert ledger.tree(KARA)["health"] == 10
    ledger.adopt([event for event in other.events() if event.seq > base])
    assert ledger.tree(KARA)["health"] == 500
    ledger.commit("rest", {DATA: {**ledger.tree(DATA), "title": "y"}})
    assert ledger.tree(KARA)["health"] == 500
    assert [event.kind for event in world.events()].count("migrate") == 1


def test_an_edit_that_is_saved_while_another_is_taken_in_is_kept(world: World) -> None:
    ledger = world.created()
    text = world.document(KARA).read_bytes()
    world.edit(KARA, mood="bold")
    assert ledger.take_in(KARA, text.replace(b'"hp": 10', b'"hp": 5'))
    assert ledger.close() == []
    assert {"hp": 5, "mood": "bold"}.items() <= world.read(KARA).items()


def test_once_closed_it_looks_at_no_file_and_writes_none(world: World) -> None:
    ledger = world.created()
    ledger.close()
    with world.log.open("ab") as other:  # which may well have the number that the log had
        other.write(b"x")
        ledger.flush()
    assert (ledger.problems, world.branches) == ([], [])


def test_a_process_that_was_forked_off_writes_nothing(world: World) -> None:
    ledger = world.created()
    hit(ledger, 1)
    before = world.log.read_bytes()
    ledger._process = -1  # as it is for a child
    with pytest.raises(ReadOnly, match="forked"):
        hit(ledger, 2)
    ledger.flush()
    assert ledger.close() == []
    assert (world.log.read_bytes(), world.read(KARA)["hp"]) == (before, 10)
