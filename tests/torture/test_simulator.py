"""The harness itself: the recorder notes what happens; the simulator builds what its model says, no more or less."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gamesaves.disk import files, folders
from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout
from tests.torture.recorder import Killed, Recorder
from tests.torture.simulator import Effort, crash_states
from tests.torture.storesteps import STORE_STEPS, store_step
from tests.torture.workloads import STEPS, sequence

EVERYTHING = Effort(whole=100_000, torn=None, renamed=None, drawn=0)
OLD, NEW = b"old", b"new!"

States = set[frozenset[tuple[str, bytes]]]


def after(root: Path, act: Callable[[Path], object], **before: bytes) -> tuple[States, States]:
    """Return all states that a power cut leaves at some time, and those after the last operation, without folders."""
    for name, data in before.items():
        (root / name).write_bytes(data)
    recorder = Recorder(root)
    with files.using(recorder):
        act(root)
    assert recorder.disk.layout() == Layout.of(root)
    cuts = list(crash_states(recorder.base, recorder.ops, EVERYTHING, random.Random(1)))
    recorder.mark("the end")
    last = crash_states(recorder.base, recorder.ops, EVERYTHING, random.Random(1), first=len(recorder.ops) - 1)
    return {frozenset(cut.layout.files.items()) for cut in cuts}, {frozenset(cut.layout.files.items()) for cut in last}


def named(states: States, name: str) -> set[bytes | None]:
    """Return what may be in one file; None where it may be missing."""
    return {dict(state).get(name) for state in states}


def torn(data: bytes, before: bytes = b"") -> set[bytes]:
    """Return what may be in a file to which bytes were added and not flushed."""
    cut = {before + data[:at] for at in range(len(data) + 1)}
    return cut | {before + data[:at] + bytes(len(data) - at) for at in range(len(data))}


def test_what_was_replaced_durably_is_old_or_new_and_then_new(scratch: Path) -> None:
    during, afterwards = after(scratch, lambda root: files.replace(root / "a", NEW, durable=True), a=OLD)
    assert named(during, "a") == {OLD, NEW}
    assert afterwards == {frozenset({("a", NEW)})}


def test_what_was_replaced_without_a_flush_is_old_or_torn_or_empty(scratch: Path) -> None:
    _, afterwards = after(scratch, lambda root: files.replace(root / "a", NEW, durable=False), a=OLD)
    assert named(afterwards, "a") == {OLD} | torn(NEW)
    (temporary,) = {name for state in afterwards for name, _ in state} - {"a"}
    assert temporary.endswith(files.TEMPORARY)
    assert named(afterwards, temporary) == {None} | torn(NEW)


def test_what_was_appended_is_torn_at_each_byte_until_it_is_flushed(scratch: Path) -> None:
    def append(root: Path) -> None:
        fd = files.system.open(str(root / "a"), os.O_WRONLY | os.O_APPEND)
        files.write_all(fd, NEW)
        files.system.flush_data(fd)
        files.system.close(fd)

    during, afterwards = after(scratch, append, a=OLD)
    assert named(during, "a") == torn(NEW, OLD)
    assert named(afterwards, "a") == {OLD + NEW}


def test_any_of_several_writes_may_be_lost_and_any_sector_of_a_long_one(scratch: Path) -> None:
    long = b"x" * 1200

    def write(root: Path) -> None:
        for data in (b"one", b"two", long):
            files.append_plain(root / "a", data)

    _, afterwards = after(scratch, write, a=b"")
    found = named(afterwards, "a")
    assert {b"one", b"onetwo", b"\0\0\0two", b"one\0\0\0" + long, b"onetwo" + bytes(506) + b"x" * 694} <= found
    assert b"two" not in found


def test_a_flush_of_a_file_does_not_make_its_name_safe(scratch: Path) -> None:
    def make(root: Path) -> None:
        fd = files.system.open(str(root / "a"), os.O_WRONLY | os.O_CREAT)
        files.write_all(fd, NEW)
        files.system.flush(fd)
        files.system.close(fd)

    _, afterwards = after(scratch, make)
    assert named(afterwards, "a") == {None, NEW}


def test_what_was_removed_may_be_there_until_the_folder_is_flushed(scratch: Path) -> None:
    _, afterwards = after(scratch, lambda root: files.remove(root / "a"), a=OLD, b=OLD)
    assert named(afterwards, "a") == {None, OLD}

    def remove(root: Path) -> None:
        files.remove(root / "b")
        folders.flush(root)

    _, flushed = after(scratch, remove)
    assert named(flushed, "b") == {None}


@pytest.mark.parametrize(
    ("flushed", "left"),
    [
        ("", {(OLD, None), (None, OLD)}),
        ("to", {(OLD, OLD), (None, OLD)}),
        ("from", {(None, OLD), (None, None)}),
        ("from to", {(None, OLD)}),
    ],
)
def test_a_rename_between_folders_is_whole_until_one_of_them_is_flushed(
    scratch: Path, flushed: str, left: set[tuple[bytes | None, bytes | None]]
) -> None:
    for name in ("from", "to"):
        (scratch / name).mkdir()
    (scratch / "from/a").write_bytes(OLD)

    def move(root: Path) -> None:
        files.system.replace(str(root / "from/a"), str(root / "to/a"))
        for name in flushed.split():
            folders.flush(root / name)

    _, afterwards = after(scratch, move)
    assert {(dict(state).get("from/a"), dict(state).get("to/a")) for state in afterwards} == left


def test_what_is_in_a_folder_comes_and_goes_with_its_name(scratch: Path) -> None:
    (scratch / "staging/x").mkdir(parents=True)
    (scratch / "staging/x/a").write_bytes(OLD)
    _, afterwards = after(scratch, lambda root: files.system.replace(str(root / "staging/x"), str(root / "x")))
    assert {tuple(dict(state)) for state in afterwards} == {("staging/x/a",), ("x/a",)}
    _, moved = after(scratch, lambda root: files.move(root / "x", root / "y"))
    assert {tuple(dict(state)) for state in moved} == {("y/a",)}
    _, made = after(scratch, lambda root: folders.make(root / "deep/er"))
    assert len(made) == 1


def test_a_name_may_survive_without_what_it_was_renamed_from(scratch: Path) -> None:
    def twice(root: Path) -> None:
        for data in (NEW, b"newer"):
            files.replace(root / "a", data, durable=False)

    _, afterwards = after(scratch, twice, a=OLD)
    assert {OLD, NEW, b"newer", b"", bytes(5)} <= named(afterwards, "a")


def test_a_sample_is_part_of_all_and_the_same_for_the_same_seed(scratch: Path) -> None:
    recording = sequence(scratch, ["remove"])
    few = Effort(whole=1, torn=3, renamed=3, drawn=3)

    def keys(effort: Effort, seed: int) -> set[bytes]:
        cuts = crash_states(recording.base, recording.ops, effort, random.Random(seed), first=recording.first)
        return {cut.layout.key for cut in cuts}

    assert keys(few, 1) == keys(few, 1)
    assert keys(few, 1) != keys(few, 2)
    assert len(keys(few, 1)) < len(keys(Effort(whole=1, torn=None, renamed=None, drawn=3), 1))


@pytest.mark.parametrize("name", STEPS)
def test_the_recorder_sees_what_happens(scratch: Path, name: str) -> None:
    recording = sequence(scratch, [name])
    recorder = Recorder(scratch, recording.base)
    for op in recording.ops:
        recorder.disk.apply(op)
    assert recorder.disk.layout() == Layout.of(scratch)
    assert recording.ops


@pytest.mark.parametrize("name", STORE_STEPS)
def test_the_recorder_sees_what_happens_in_a_store(scratch: Path, name: str) -> None:
    root = scratch / "saves"
    root.mkdir()
    recording = store_step(root, name)
    recorder = Recorder(root, recording.base)
    for op in recording.ops:
        recorder.disk.apply(op)
    assert recorder.disk.layout() == Layout.of(root)


def test_a_killed_process_does_nothing_more(scratch: Path) -> None:
    recorder = Recorder(scratch)
    recorder.last = 2
    with files.using(recorder), pytest.raises(Killed):
        files.replace(scratch / "a", NEW, durable=True)
    assert len(recorder.ops) == 2
    assert not (scratch / "a").exists()


def test_a_bench_shows_each_state_as_it_is(scratch: Path) -> None:
    bench = Bench(scratch / "bench")
    states = [
        Layout({"a": OLD, "deep/er/b": NEW}, frozenset({"deep", "deep/er"})),
        Layout({"deep/b": NEW}, frozenset({"deep"})),
        Layout({}, frozenset({"deep"})),
        Layout({"deep": OLD}, frozenset()),
    ]
    for state in [*states, *reversed(states)]:
        bench.show(state)
        assert Layout.of(bench.root) == state
        with files.using(bench.watcher):
            folders.make(bench.root / "mine")
            files.replace(bench.root / "mine/c", OLD, durable=True)
            files.move(bench.root / "mine/c", bench.root / "a")
            files.replace(bench.root / "e", OLD, durable=False)
            files.remove(bench.root / "e")
