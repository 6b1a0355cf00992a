"""Bugs put into the core on purpose: text of a function is replaced, and the function runs the new text at once.

As a plugin of pytest (`-p tests.torture.planting`) it plants the bug that GAMESAVES_PLANTED names, so that a test can
show that it sees it.
"""

import importlib
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

NAME = "GAMESAVES_PLANTED"


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug, and what sees it.

    Attributes:
        where: `module:function`, the module below `gamesaves`.
        right, wrong: text of the function, and what stands there instead.
        seen_by: the name of a recording, or `tests/…::test` for what is no matter of power cuts.
    """

    name: str
    where: str
    right: str
    wrong: str
    seen_by: str


def _function(where: str) -> tuple[FunctionType, str, str]:
    """Return a function, its name as its code has it, and the text of its module."""
    module_name, _, qualified = where.partition(":")
    module = importlib.import_module(f"gamesaves.{module_name}")
    found: Any = module
    for step in qualified.split("."):
        found = inspect.getattr_static(found, step)
    found = getattr(found, "__wrapped__", found)
    assert isinstance(found, FunctionType), where
    return found, qualified, inspect.getsource(module)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Let the core have a bug for a while."""
    function, qualified, source = _function(bug.where)
    text = inspect.getsource(function)
    assert text.count(bug.right) == 1, f"{bug.where} does not have this once: {bug.right!r}"
    assert source.count(text) == 1
    changed = source.replace(text, text.replace(bug.right, bug.wrong))
    before = function.__code__
    codes = _codes(compile(changed, "<planted>", "exec"))
    function.__code__ = next(code for code in codes if code.co_qualname == qualified)
    try:
        yield
    finally:
        function.__code__ = before


def pytest_configure(config: Any) -> None:
    """Plant the bug that the environment names until the end of the run."""
    from tests.torture.planted import BUGS

    if name := os.environ.get(NAME):
        bug = planted(next(bug for bug in BUGS if bug.name == name))
        bug.__enter__()
        config.add_cleanup(lambda: bug.__exit__(None, None, None))
