"""Locks between programs and threads."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from gamesaves.disk.locks import Lock
from gamesaves.errors import FileProblem, Locked, LockUnavailable

HOLDER = """
import sys
from pathlib import Path
from gamesaves.disk.locks import Lock
lock = Lock(Path(sys.argv[1]), "campaign x", "desk")
lock.acquire(5)
lock.sign()
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
"""

Hold = Callable[[], "Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".saves/locks/x.lock"


@pytest.fixture
def hold(path: Path) -> Iterator[Hold]:
    """Start another process that holds the lock."""
    started = []

    def start() -> "Popen[str]":
        holder = Popen([sys.executable, "-c", HOLDER, str(path)], stdin=PIPE, stdout=PIPE, text=True)
        started.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start
    for holder in started:
        holder.kill()
        holder.communicate()


def test_another_process_is_kept_out_and_told_who_is_there(path: Path, hold: Hold) -> None:
    holder = hold()
    with pytest.raises(Locked) as caught:
        Lock(path, "campaign x", "here").acquire(0.05)
    error = caught.value
    assert (error.pid, error.host, error.program) == (holder.pid, "desk", "-c")
    assert error.since is not None
    assert error.since.endswith("Z")
    assert error.message == f"campaign x is open in -c (process {holder.pid} on desk, since {error.since})"
    assert error.path == str(path)


def test_a_process_that_is_killed_lets_go_at_once(path: Path, hold: Hold) -> None:
    holder = hold()
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    lock = Lock(path, "campaign x", "here")
    lock.acquire(0)
    lock.release()


def test_whoever_waits_gets_the_lock_when_it_is_given_back(path: Path, hold: Hold) -> None:
    holder = hold()
    lock = Lock(path, "campaign x", "here")
    with pytest.raises(Locked):
        lock.acquire(0)
    assert holder.stdin is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    lock.acquire(10)
    lock.release()


def test_the_lock_file_stays(path: Path) -> None:
    lock = Lock(path, "campaign x", "here")
    with lock.held(0):
        before = path.stat().st_ino
    assert path.stat().st_ino == before
    with lock.held(0):
        assert path.stat().st_ino == before


def test_a_block_that_fails_gives_the_lock_back(path: Path) -> None:
    lock = Lock(path, "campaign x", "here")
    with pytest.raises(KeyError), lock.held(0):
        raise KeyError
    with lock.held(0):
        pass


def test_two_locks_on_one_path_keep_each_other_out(path: Path) -> None:
    with Lock(path, "campaign x", "here").held(0), pytest.raises(Locked):
        Lock(path, "campaign x", "here").acquire(0)


def test_another_thread_is_kept_out_and_may_give_the_lock_back(path: Path) -> None:
    lock = Lock(path, "campaign x", "here")
    lock.acquire(0)
    caught: list[BaseException] = []

    def attempt() -> None:
        try:
            lock.acquire(0)
        except Locked as error:
            caught.append(error)
        lock.release()

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(caught) == 1
    lock.acquire(0)
    lock.release()


@pytest.mark.parametrize("note", [None, "", "{", "[]", '{"pid": "many", "host": null}', "{}"])
def test_a_note_that_says_nothing_is_no_obstacle(path: Path, note: str | None) -> None:
    lock = Lock(path, "campaign x", "here")
    with lock.held(0):
        if note is not None:
            path.with_suffix(".json").write_text(note)
        with pytest.raises(Locked) as caught:
            Lock(path, "campaign x", "here").acquire(0)
    error = caught.value
    assert error.message == "campaign x is open in another program"
    assert (error.pid, error.host, error.program, error.since) == (None, None, None, None)


def test_the_note_says_who_holds_the_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [""])
    lock = Lock(path, "campaign x", "here")
    with lock.held(0):
        lock.sign()
        note = json.loads(path.with_suffix(".json").read_text())
    assert not path.with_suffix(".json").exists()
    assert note.keys() == {"pid", "host", "program", "since"}
    assert (note["pid"], note["host"], note["program"]) == (os.getpid(), "here", "python")


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def flock(_fd: int, _operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = Lock(path, "campaign x", "here")
    with pytest.raises(LockUnavailable) as caught:
        lock.acquire(0)
    assert caught.value.hint == "Keep the store on a local disk."
    monkeypatch.undo()
    with lock.held(0):
        pass


def test_a_lock_file_that_cannot_be_opened_is_told_and_keeps_nobody_out(path: Path) -> None:
    path.mkdir(parents=True)
    lock = Lock(path, "campaign x", "here")
    with pytest.raises(FileProblem, match="could not lock it"):
        lock.acquire(0)
    path.rmdir()
    with lock.held(0):
        pass


def test_eight_processes_that_count_under_a_lock_lose_no_number(path: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    program = """
import sys
from pathlib import Path
from gamesaves.disk.locks import Lock
count = Path(sys.argv[2])
lock = Lock(Path(sys.argv[1]), "the counter", "here")
for _ in range(5):
    with lock.held(60):
        count.write_text(str(int(count.read_text()) + 1))
"""
    counters = [subprocess.Popen([sys.executable, "-c", program, str(path), str(count)]) for _ in range(8)]
    assert [one.wait() for one in counters] == [0] * 8
    assert count.read_text() == "40"
