"""Views: rows of the log in a file of their own."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from tests.unit.ledgers import World, codes
from tests.unit.systems import Faulty


def say(ledger: Ledger, *texts: str) -> None:
    first = ledger.head.seq
    rows = [{"id": f"m{first}-{number}", "text": text} for number, text in enumerate(texts)]
    ledger.commit("message", {}, data={"messages": rows})


def texts(ledger: Ledger) -> list[str]:
    return [row["text"] for row in ledger.rows("messages")]


def listed(world: World) -> list[str]:
    """What a person reads in the file."""
    return [json.loads(line)["text"] for line in view(world).read_bytes().splitlines()]


def view(world: World) -> Path:
    return world.folder / "chat_history/messages.jsonl"


@pytest.fixture
def ledger(world: World) -> Ledger:
    ledger = world.created()
    say(ledger, "one")
    say(ledger, "two", "three")
    return ledger


def test_rows_are_listed_in_a_file_one_a_line(world: World, ledger: Ledger) -> None:
    assert texts(ledger) == listed(world) == ["one", "two", "three"]


def test_an_event_without_rows_changes_no_view(world: World, ledger: Ledger) -> None:
    before = view(world).read_bytes()
    ledger.commit("turn", {}, turn_taken=True)
    assert view(world).read_bytes() == before


def test_a_ledger_without_rows_has_an_empty_view_and_no_file(world: World) -> None:
    ledger = world.created()
    assert ledger.rows("messages") == []
    assert not view(world).exists()


def test_the_newest_rows_are_read_from_the_end_of_the_file(world: World, ledger: Ledger) -> None:
    newest = {number: [row["text"] for row in ledger.rows("messages", number)] for number in (1, 2, 3, 9)}
    assert newest == {1: ["three"], 2: ["two", "three"], 3: ["one", "two", "three"], 9: ["one", "two", "three"]}
    say(ledger, *(f"{number}-{'x' * 9_000}" for number in range(30)))
    for number in (3, 15):
        assert [row["text"] for row in ledger.rows("messages", number)] == texts(ledger)[-number:]
    view(world).unlink()
    assert [row["text"][:2] for row in ledger.rows("messages", 2)] == ["28", "29"]
    assert len(listed(world)) == 33


def test_an_intact_view_is_read_without_the_log(ledger: Ledger, faulty: Faulty) -> None:
    faulty.fail("open", "log.jsonl")
    assert texts(ledger) == ["one", "two", "three"]


def lose_nothing(path: Path) -> None:
    pass


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def lose_newline(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lose_last(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def end_in_another_row(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"id":"x","text":"x"}\n')


def end_in_no_row(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"[1]\n")


def damage_the_middle(path: Path) -> None:
    path.write_bytes(b"{" + path.read_bytes())


DAMAGES = [
    lose_nothing,
    delete,
    empty,
    cut,
    lose_newline,
    lose_last,
    fill_with_zeros,
    end_in_another_row,
    end_in_no_row,
    damage_the_middle,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_view_that_is_not_as_it_was_is_built_again_from_the_log(world: World, ledger: Ledger, damage: Any) -> None:
    damage(view(world))
    assert texts(ledger) == listed(world) == ["one", "two", "three"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_that_come_after_do_not_hide_those_that_were_lost(world: World, ledger: Ledger, damage: Any) -> None:
    damage(view(world))
    say(ledger, "four")
    say(ledger, "five")
    assert texts(ledger) == listed(world) == ["one", "two", "three", "four", "five"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_that_a_crash_lost_are_there_after_the_next_one(world: World, ledger: Ledger, damage: Any) -> None:
    world.kill()
    damage(view(world))
    ledger = world.open()
    say(ledger, "four")
    assert texts(ledger) == listed(world) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_whoever_only_reads_builds_nothing_and_sees_every_row(world: World, ledger: Ledger, damage: Any) -> None:
    ledger.close()
    damage(view(world))
    before = view(world).read_bytes() if view(world).exists() else None
    assert texts(world.open(writing=False)) == ["one", "two", "three"]
    assert (view(world).read_bytes() if view(world).exists() else None) == before


def test_a_row_that_cannot_be_listed_is_told_and_is_there_later(world: World, ledger: Ledger, faulty: Faulty) -> None:
    faulty.fail("write", "messages.jsonl", errno.ENOSPC)
    say(ledger, "four")
    assert codes(ledger.problems) == ["no_space"]
    assert ledger.problems[0].severity == "warning"
    assert texts(ledger) == ["one", "two", "three", "four"]
    faulty.mend()
    say(ledger, "five")
    assert texts(ledger) == listed(world) == ["one", "two", "three", "four", "five"]


def test_half_a_row_that_a_full_disk_left_is_no_obstacle(world: World, ledger: Ledger, faulty: Faulty) -> None:
    faulty.largest_write = 5
    faulty.fail("write", "messages.jsonl", errno.ENOSPC, skip=2)
    say(ledger, "four")
    faulty.mend()
    say(ledger, "five")
    say(ledger, "six")
    assert texts(ledger) == listed(world) == ["one", "two", "three", "four", "five", "six"]


def test_a_row_that_is_longer_than_what_is_looked_at_is_read(world: World, ledger: Ledger) -> None:
    say(ledger, "x" * 200_000)
    assert texts(ledger) == listed(world) == ["one", "two", "three", "x" * 200_000]


def test_a_view_is_known_to_the_snapshot(world: World, ledger: Ledger) -> None:
    ledger.write_snapshot()
    ledger.close()
    ledger = world.open()
    assert ledger.replayed == 0
    assert texts(ledger) == ["one", "two", "three"]
    view(world).unlink()
    assert texts(ledger) == ["one", "two", "three"]


@pytest.mark.parametrize("rows", [5, "x", {"a": 1}, [1], ["x"], [{}], [{"text": "no id"}], [{"id": 5}], [[]]])
def test_rows_without_an_id_are_not_committed(world: World, rows: Any) -> None:
    ledger = world.created()
    data: Tree = {"messages": rows}
    with pytest.raises(ValueError, match="messages"):
        ledger.commit("message", {}, data=data)
    assert len(world.events()) == 1
