"""The writer thread."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future

import pytest

from gamesaves.disk import worker as worker_module
from gamesaves.disk.worker import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


class Gate:
    """A job that waits until the test lets it go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.open.wait(30)


def test_jobs_are_done_in_the_order_they_were_given(worker: Worker) -> None:
    done: list[int] = []
    for number in range(50):
        last = worker.soon(lambda number=number: done.append(number))  # type: ignore[misc]
    last.result(30)
    assert done == list(range(50))


def test_one_thread_does_all_jobs_and_it_is_not_the_callers(worker: Worker) -> None:
    threads: list[int] = []
    for _ in range(3):
        worker.soon(lambda: threads.append(threading.get_ident())).result(30)
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


def test_a_job_can_tell_that_it_is_done_by_the_worker(worker: Worker) -> None:
    told: list[bool] = []
    worker.soon(lambda: told.append(worker.is_current())).result(30)
    assert told == [True]
    assert not worker.is_current()
    assert not Worker().is_current()


def test_what_is_for_later_waits_for_what_is_for_soon(worker: Worker) -> None:
    done: list[str] = []
    gate = Gate()
    worker.soon(gate)
    gate.reached.wait(30)
    later = worker.later(lambda: done.append("later"))
    worker.soon(lambda: done.append("soon"))
    gate.open.set()
    later.result(30)
    assert done == ["soon", "later"]


def test_a_job_for_soon_wakes_a_thread_that_waits_for_a_later_one(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 3600.0)
    later = worker.later(lambda: None)
    worker.soon(lambda: None).result(30)
    assert not later.done()


def test_an_error_goes_to_whoever_asks_and_the_next_job_is_done(worker: Worker) -> None:
    def fail() -> None:
        raise KeyError("lost")

    def leave() -> None:
        raise SystemExit

    with pytest.raises(KeyError, match="lost"):
        worker.soon(fail).result(30)
    with pytest.raises(SystemExit):
        worker.soon(leave).result(30)
    worker.soon(lambda: None).result(30)


def test_a_job_that_was_cancelled_is_passed_over_and_the_next_is_done(worker: Worker) -> None:
    done: list[str] = []
    gate = Gate()
    worker.soon(gate)
    gate.reached.wait(30)
    cancelled = worker.soon(lambda: done.append("cancelled"))
    following = worker.soon(lambda: done.append("following"))
    assert cancelled.cancel()
    gate.open.set()
    following.result(30)
    assert done == ["following"]
    with pytest.raises(CancelledError):
        cancelled.result(30)


def test_stopping_does_what_is_waiting_at_once(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 3600.0)
    done: list[int] = []
    for number in range(3):
        worker.later(lambda number=number: done.append(number))  # type: ignore[misc]
    worker.stop()
    assert done == [0, 1, 2]


def test_a_worker_that_never_worked_and_one_that_was_stopped_can_be_stopped(worker: Worker) -> None:
    worker.stop()
    worker.soon(lambda: None)
    worker.stop()
    worker.stop()


def test_a_job_after_the_stop_begins_a_new_thread(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.soon(lambda: None)
    worker.stop()
    worker.stop()
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 3600.0)
    later = worker.later(lambda: None)
    worker.soon(lambda: None).result(30)
    assert not later.done()


def test_a_job_that_gives_another_one_while_the_worker_stops_has_it_done(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PAUSE_SECONDS", 3600.0)
    done: list[str] = []

    def give() -> None:
        done.append("first")
        worker.later(lambda: done.append("second"))

    worker.later(give)
    stopping = threading.Thread(target=worker.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    assert done == ["first", "second"]


def test_two_stops_at_once_both_return(worker: Worker) -> None:
    gate = Gate()
    worker.soon(gate)
    gate.reached.wait(30)
    stops = [threading.Thread(target=worker.stop, daemon=True) for _ in range(2)]
    for one in stops:
        one.start()
    gate.open.set()
    for one in stops:
        one.join(30)
        assert not one.is_alive()


def test_a_job_may_stop_the_worker(worker: Worker) -> None:
    worker.soon(worker.stop).result(30)
    worker.soon(lambda: None).result(30)


def test_many_threads_may_give_jobs(worker: Worker) -> None:
    done: list[int] = []
    results: list[Future[None]] = []

    def give() -> None:
        results.extend(worker.soon(lambda: done.append(1)) for _ in range(50))

    givers = [threading.Thread(target=give) for _ in range(4)]
    for one in givers:
        one.start()
    for one in givers:
        one.join()
    for result in results:
        result.result(30)
    assert len(done) == 200


@pytest.mark.parametrize("given", ["worker.later(write)", "worker.soon(lambda: worker.later(write))"])
def test_what_is_waiting_when_the_program_ends_is_done(given: str) -> None:
    program = f"""
from gamesaves.disk.worker import Worker
worker = Worker()
def write():
    print("written", flush=True)
{given}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "written\n", "")
