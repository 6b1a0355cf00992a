"""The store's writer thread: commits that are not waited for, and documents that follow their log."""

import atexit
import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

PAUSE_SECONDS = 0.02
"""How long documents may lag behind their log, so that a burst of commits replaces each of them once."""

Job = Callable[[], None]


class Worker:
    """One thread that does what it is given, the earliest first; it begins with the first job.

    What is waiting when the program ends is still done.
    """

    def __init__(self) -> None:
        self._jobs: list[tuple[float, int, Job, Future[None]]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def soon(self, job: Job) -> "Future[None]":
        """Do `job` as soon as what was given before is done."""
        return self._add(time.monotonic(), job)

    def later(self, job: Job, pause: float = PAUSE_SECONDS) -> "Future[None]":
        """Do `job` after a pause, in seconds, so that what comes meanwhile can be done with it."""
        return self._add(time.monotonic() + pause, job)

    def _add(self, due: float, job: Job) -> "Future[None]":
        from concurrent.futures import Future

        done: Future[None] = Future()
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gamesaves-writer", daemon=True)
                self._thread.start()
                atexit.register(self.stop)
            heapq.heappush(self._jobs, (due, next(self._numbers), job, done))
            if self._jobs[0][3] is done:
                self._wake.notify()
        return done

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._due():
                    if self._stopping and not self._jobs:
                        self._thread, self._stopping = None, False
                        return
                    self._wake.wait(self._jobs[0][0] - time.monotonic() if self._jobs else None)
                _, _, job, done = heapq.heappop(self._jobs)
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(job())
            except BaseException as error:  # noqa: BLE001 - it goes to whoever asks for the result
                done.set_exception(error)

    def _due(self) -> bool:
        return bool(self._jobs) and (self._stopping or self._jobs[0][0] <= time.monotonic())

    def is_current(self) -> bool:
        """Whether this is asked on the thread itself, which must not wait for its own jobs."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Do at once what is waiting, and what that asks for, and end the thread; a later job begins a new one."""
        atexit.unregister(self.stop)
        with self._wake:
            thread = self._thread
            self._stopping = thread is not None
            self._wake.notify()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
