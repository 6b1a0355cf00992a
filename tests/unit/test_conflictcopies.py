"""Names that synchronisers and file managers give to second copies."""

import pytest

from gamesaves.rules.conflictcopies import original_of


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("log.sync-conflict-20261121-101500-ABCDEFG.jsonl", "log.jsonl"),
        ("log (Ann's conflicted copy 2026-11-21).jsonl", "log.jsonl"),
        ("pc.kara_smith (conflicted copy 2026-11-21 101500).json", "pc.kara_smith.json"),
        ("log (1).jsonl", "log.jsonl"),
        ("log - Copy.jsonl", "log.jsonl"),
        ("log - Copy (2).jsonl", "log.jsonl"),
        ("log copy.jsonl", "log.jsonl"),
        ("log (copy).jsonl", "log.jsonl"),
        ("log (3rd copy).jsonl", "log.jsonl"),
        ("log_conflict-20261121-101500.jsonl", "log.jsonl"),
        ("campaign_trip_abcd - Copy", "campaign_trip_abcd"),
        ("campaign_trip_abcd (2)", "campaign_trip_abcd"),
    ],
)
def test_second_copies_are_known_by_their_names(name: str, original: str) -> None:
    assert original_of(name) == original


@pytest.mark.parametrize(
    "name",
    ["log.jsonl", "pc.kara_smith.json", "campaign_copy_abcd", "photocopy.json", "the_conflict.json", "x(1).json", ""],
)
def test_other_names_are_those_of_originals(name: str) -> None:
    assert original_of(name) is None
