"""A line of a file with a mark under the place that is meant."""

import pytest

from gamesaves.cli.excerpts import WIDEST, excerpt
from gamesaves.cli.text import columns, rendered


def shown(source: str, line: int, column: int) -> tuple[str, str]:
    above, below = (rendered(one, None) for one in excerpt(source, line, column, "red"))
    return above, below


@pytest.mark.parametrize(
    ("source", "column", "under"),
    [
        ('  "level": "three",', 12, '"three"'),
        ('"name": "カラ", "level": 0', 24, "0"),
        ('\t\t"level": 0', 12, "0"),
        ('"a": "\x07\u202e", "b": 0', 17, "0"),
        ('"e\u0301": 0', 7, "0"),
        ('{"a": 1', 8, ""),
        ("", 1, ""),
        ("x" * 500 + "!" + "y" * 500, 501, "!"),
        ("x" * 80 + "!", 81, "!"),
    ],
)
def test_the_mark_stands_under_the_place(source: str, column: int, under: str) -> None:
    above, below = shown(source, 6, column)
    assert above.startswith("    6 | ")
    assert below.strip("^").strip() == "|"
    left = columns(below) - 1
    at = next(end for end in range(len(above) + 1) if columns(above[:end]) >= left)
    assert above[at:].startswith(under)
    assert bool(above[at:]) is bool(under)


def test_a_long_line_is_cut_on_both_sides() -> None:
    above, below = shown("x" * 500 + "!" + "y" * 500, 123456, 501)
    assert above[below.index("^")] == "!"
    assert above.startswith("123456 | …x")
    assert above.endswith("y…")
    assert len(above) < WIDEST + 15
