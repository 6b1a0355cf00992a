"""What a machine remembers of a ledger outside its folder."""

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gamesaves.disk import log
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.log import Event
from tests.unit.ledgers import KARA, World, codes, hit
from tests.unit.systems import Faulty

MORE = {"lines": "campaign_x_1.jsonl", "lost": []}


def heads(world: World) -> Path:
    return world.root / ".saves/host/heads"


def note(world: World) -> dict[str, object]:
    tree: dict[str, object] = json.loads((heads(world) / f"{world.name}.json").read_text())
    return tree


def mirrored(world: World, name: str = "campaign_x_1.jsonl") -> list[int]:
    return [line.event.seq for line in log.read_lines(heads(world) / name) if line.event]


def played(world: World, turns: int) -> Ledger:
    ledger = world.created()
    for hp in range(turns):
        hit(ledger, hp)
    ledger.close()
    return ledger


def put_older_copy(world: World, turns: int) -> list[bytes]:
    """Let the folder be as it was some turns ago; return the lines that are gone."""
    lines = world.lines()
    shutil.rmtree(world.folder / "characters")
    shutil.rmtree(world.folder / "snapshots", ignore_errors=True)
    world.document("data").unlink()
    world.log.write_bytes(b"".join(lines[:-turns]))
    return lines[-turns:]


def play_on_an_older_copy(world: World) -> list[bytes]:
    """Play, put an older copy in the place, and play on that; return the lines that it lacks."""
    played(world, 5)
    gone = put_older_copy(world, 2)
    ledger = world.open()
    hit(ledger, 50)
    ledger.close()
    return gone


def test_closing_remembers_the_head_and_the_lines(world: World) -> None:
    ledger = played(world, 3)
    assert mirrored(world) == [1, 2, 3, 4]
    assert (heads(world) / "campaign_x_1.jsonl").read_bytes() == world.log.read_bytes()
    size = world.log.stat().st_size
    assert note(world) == {"seq": 4, "hash": ledger.head.hash, "at": ledger.head.at, "offset": size} | MORE


def test_the_lines_are_durable_before_the_note_that_names_them(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 1)
    faulty.calls.clear()
    ledger.close()
    calls = [(call, Path(path).name) for call, path in faulty.calls if "heads" in path]
    note = calls.index(("replace", "campaign_x_1.json"))
    assert ("flush", "campaign_x_1.jsonl") in calls[:note]
    assert ("flush_folder", "heads") in calls[:note]


def test_closing_without_a_commit_writes_nothing(world: World, faulty: Faulty) -> None:
    played(world, 1)
    ledger = world.open()
    faulty.calls.clear()
    ledger.close()
    assert faulty.count("open", "heads") == faulty.count("open", "campaign_x_1.json")
    assert faulty.count("write", "heads") == 0


def test_only_new_lines_are_written(world: World, faulty: Faulty) -> None:
    played(world, 3)
    before = (heads(world) / "campaign_x_1.jsonl").stat().st_ino
    ledger = world.open()
    hit(ledger, 99)
    written: list[int] = []

    def count(call: str, path: str) -> None:
        if call == "truncate" and path.endswith("heads/campaign_x_1.jsonl"):
            written.append(1)

    faulty.before = count
    ledger.close()
    assert written == [1]
    assert mirrored(world) == [1, 2, 3, 4, 5]
    assert (heads(world) / "campaign_x_1.jsonl").stat().st_ino == before


def test_an_older_copy_put_over_a_newer_one_is_reported(world: World) -> None:
    played(world, 5)
    put_older_copy(world, 2)
    ledger = world.open()
    (problem,) = [one for one in ledger.problems if one.code == "older_copy"]
    assert problem.message == (
        "an older or another copy: event 6 was seen here and is not in its log, which ends with event 4"
    )
    assert str(heads(world) / "campaign_x_1.jsonl") in str(problem.hint)
    assert ledger.read_only is None


def test_the_lines_that_an_older_copy_lacks_outlive_what_is_played_on_it(world: World) -> None:
    gone = play_on_an_older_copy(world)
    assert (heads(world) / "campaign_x_1.jsonl").read_bytes().endswith(b"".join(gone))
    assert mirrored(world, str(note(world)["lines"])) == [1, 2, 3, 4, 5]


def joined(ledger: Ledger, theirs: Event) -> Event:
    """Return the event that joins the head of a ledger with one of another copy."""
    parents = tuple(sorted((ledger.head.hash, theirs.hash)))
    views: dict[str, object] = {"views": {}}
    seq = max(ledger.head.seq, theirs.seq) + 1
    event = Event(seq, theirs.at, "merge", theirs.turn, data=views, parents=parents, changes={}, other_changes={})
    return replace(event, hash=log.encode_event(event)[1])


def test_what_an_older_copy_lacks_is_told_until_it_is_there(world: World) -> None:
    played(world, 5)
    lines = world.log.read_bytes()
    put_older_copy(world, 2)
    hints = set()
    for hp in range(50, 53):
        ledger = world.open()
        (problem,) = [one for one in ledger.problems if one.code == "older_copy"]
        hints.add(problem.hint)
        assert problem.message.startswith("an older or another copy: event 6 was seen here")
        hit(ledger, hp)
        ledger.close()
    assert len(hints) == 1, "the file that it names stays where it is"
    branch = world.folder / "branches/other.jsonl"
    branch.parent.mkdir()
    branch.write_bytes(lines)
    ledger = world.open()
    assert codes(ledger.problems) == ["older_copy"], "they are there, but not part of its history"
    ledger.adopt([joined(ledger, log.decode_event(lines.splitlines()[-1]))])
    ledger.close()
    ledger = world.open()
    assert codes(ledger.problems) == []
    hit(ledger, 60)
    ledger.close()
    assert note(world)["lost"] == []


def test_what_an_older_copy_lacks_is_told_no_more_once_the_lines_are_deleted(world: World) -> None:
    play_on_an_older_copy(world)
    assert codes(world.open(writing=False).problems) == ["older_copy"]
    (heads(world) / "campaign_x_1.jsonl").unlink()
    assert codes(world.open(writing=False).problems) == []


def test_two_older_copies_in_turn_are_told_one_by_one(world: World) -> None:
    play_on_an_older_copy(world)
    put_older_copy(world, 2)
    found = [one for one in world.open().problems if one.code == "older_copy"]
    assert len({one.hint for one in found}) == 2
    assert [one.message.partition(" was")[0] for one in found] == [
        "an older or another copy: event 6",
        "an older or another copy: event 5",
    ]


def test_a_crash_while_other_lines_are_begun_loses_none(world: World, faulty: Faulty) -> None:
    played(world, 5)
    gone = put_older_copy(world, 2)
    ledger = world.open()
    hit(ledger, 50)
    faulty.fail("replace", "heads")
    ledger.close()
    faulty.mend()
    ledger = world.open()
    assert codes(ledger.problems) == ["older_copy"]
    hit(ledger, 51)
    ledger.close()
    assert (heads(world) / "campaign_x_1.jsonl").read_bytes().endswith(b"".join(gone))
    assert mirrored(world, str(note(world)["lines"])) == [1, 2, 3, 4, 5, 6]


def test_a_newer_copy_is_nothing_to_report(world: World) -> None:
    played(world, 3)
    shutil.copytree(heads(world), world.root / "before")
    ledger = world.open()
    hit(ledger, 50)
    ledger.close()
    shutil.rmtree(heads(world))
    (world.root / "before").rename(heads(world))
    assert codes(world.open().problems) == []


def test_a_head_that_moved_in_its_file_is_found(world: World) -> None:
    played(world, 3)
    hit(world.open(), 50)
    world.kill()
    world.log.write_bytes(b"\n\n" + world.log.read_bytes())
    ledger = world.open()
    assert ledger.head.seq == 5
    assert codes(ledger.problems) == []
    ledger.close()
    assert mirrored(world) == [1, 2, 3, 4, 5]
    assert codes(world.open().problems) == []


UNREADABLE = ["", "{", "[]", "{}", '{"seq":1,"hash":"x"}', '{"seq":"x","hash":"x","offset":1}']
OUTSIDE = f'{{"seq":1,"hash":"{"0" * 32}","offset":0,"lines":"../note.jsonl","lost":[3]}}'


@pytest.mark.parametrize("text", [*UNREADABLE, OUTSIDE])
def test_a_memory_that_cannot_be_read_is_none(world: World, text: str) -> None:
    played(world, 3)
    (heads(world) / "campaign_x_1.json").write_text(text)
    ledger = world.open()
    assert codes(ledger.problems) == []
    hit(ledger, 50)
    ledger.close()
    assert mirrored(world) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("text", [None, *UNREADABLE])
def test_without_its_note_what_an_older_copy_lacks_is_kept(world: World, text: str | None) -> None:
    played(world, 5)
    put_older_copy(world, 2)
    lines = heads(world) / "campaign_x_1.jsonl"
    newer = lines.read_bytes()
    path = lines.with_suffix(".json")
    path.unlink() if text is None else path.write_text(text)
    ledger = world.open()
    hit(ledger, 60)
    ledger.close()
    assert lines.read_bytes() == newer
    assert [one.read_bytes() for one in heads(world).glob("campaign_x_1-*.jsonl")] == [world.log.read_bytes()]


@pytest.mark.parametrize("damage", ["missing", "short", "long"])
def test_lines_that_are_not_as_they_were_kept_are_written_again(world: World, damage: str) -> None:
    played(world, 3)
    lines = heads(world) / "campaign_x_1.jsonl"
    if damage == "missing":
        lines.unlink()
    elif damage == "short":
        lines.write_bytes(lines.read_bytes()[:100])
    else:
        lines.write_bytes(lines.read_bytes() + b'{"seq":')
    ledger = world.open()
    hit(ledger, 50)
    ledger.close()
    assert lines.read_bytes() == world.log.read_bytes()


def test_a_memory_that_cannot_be_written_is_told_at_closing(world: World, faulty: Faulty) -> None:
    ledger = world.created()
    hit(ledger, 1)
    faulty.fail("write", "heads", errno.ENOSPC)
    assert codes(ledger.close()) == ["no_space"]


def test_a_crash_between_lines_and_note_is_made_good(world: World, faulty: Faulty) -> None:
    played(world, 3)
    ledger = world.open()
    hit(ledger, 50)
    faulty.fail("replace", "heads")
    ledger.close()
    faulty.mend()
    assert note(world)["seq"] == 4
    ledger = world.open()
    assert codes(ledger.problems) == []
    hit(ledger, 60)
    ledger.close()
    assert mirrored(world) == [1, 2, 3, 4, 5, 6]


def test_keeping_the_same_head_again_does_nothing(world: World, faulty: Faulty) -> None:
    played(world, 1)
    ledger = world.open(writing=False)
    faulty.calls.clear()
    SeenHead(heads(world), world.name).keep(ledger.head, world.log)
    assert faulty.count("write") == 0
    assert world.read(KARA)["hp"] == 0
