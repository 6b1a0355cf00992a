"""Adds up the distinct states that the tests of power cuts have looked at, and tells the sum at the end of a run.

Tests run in several processes, so each hands over the hashes of its states; counting numbers would count some twice.
"""

from base64 import b85decode, b85encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

CUTS = "power cuts"
SECOND_CUTS = "power cuts during the recovery"
WANTED = {CUTS: 50_000, SECOND_CUTS: 5_000}
"""How many of each there must be where all these tests are run."""

_BYTES = 8


def packed(keys: Iterable[bytes]) -> str:
    """Return the beginnings of hashes as text."""
    return b85encode(b"".join(key[:_BYTES] for key in keys)).decode()


@dataclass
class Count:
    """What has been looked at so far.

    Attributes:
        tests: how many tests of power cuts have passed.
        planned: how many there are, where one has said so.
    """

    keys: dict[str, set[bytes]] = field(default_factory=lambda: {name: set() for name in WANTED})
    tests: int = 0
    planned: int = 0

    def add(self, properties: Iterable[tuple[str, Any]]) -> None:
        """Take in what a test hands over."""
        for name, value in properties:
            if name in self.keys:
                data = b85decode(value)
                self.keys[name].update(data[at : at + _BYTES] for at in range(0, len(data), _BYTES))
            elif name == "tests of power cuts":
                self.tests += 1
                self.planned = value

    @property
    def too_few(self) -> bool:
        """Whether all tests were run, and yet have not seen enough."""
        complete = 0 < self.planned == self.tests
        return complete and any(len(self.keys[name]) < least for name, least in WANTED.items())


_count = Count()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        _count.add(report.user_properties)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _count.too_few and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _count.tests:
        return
    terminalreporter.section("states after power cuts")
    for name, keys in _count.keys.items():
        terminalreporter.write_line(f"{len(keys):>8,} distinct states after {name}; {WANTED[name]:,} are wanted")
