"""Names that bundles do not have; most are shown by the hostile bundles."""

import pytest

from gamesaves.disk.bundlenames import fault_of


@pytest.mark.parametrize("name", ["", "\0", "a\x07"])
def test_some_names_are_none(name: str) -> None:
    assert fault_of(name) is not None


@pytest.mark.parametrize("name", ["log.jsonl", "characters/pc.kara.json", "images/李.png"])
def test_others_are_fine(name: str) -> None:
    assert fault_of(name) is None
