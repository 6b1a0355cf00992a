"""Text for a terminal: safe, measured, laid out."""

import pytest

from gamesaves.cli.text import Piece, clean, columns, counted, fields, moment, rendered, shortened, size, table


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("李小龍", 6),
        ("Ægir", 4),
        ("e\u0301", 1),
        ("\uac00", 2),
        ("\u1112\u1161\u11ab", 2),
        ("\uff21", 2),
        ("🐉", 2),
        ("👍🏽", 2),
        ("👩‍👩‍👧‍👦", 2),
        ("a\u200bb", 2),
    ],
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("plain", "plain"),
        ("李小龍", "李小龍"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202eevil", "\\u202eevil"),
        ("half \ud800", "half \\ud800"),
        ("\u2028", "\\u2028"),
        ("👩‍👧", "👩‍👧"),
    ],
)
def test_clean(raw: str, safe: str) -> None:
    assert clean(raw) == safe


def test_shortened() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
    assert shortened("李小龍", 5) == "李小…"
    assert shortened("李小龍", 4) == "李…"


def lines_of(*args: object, width: int | None = None) -> list[str]:
    headings, *rows = args
    return [rendered(line, None) for line in table(headings, rows, width=width)]  # type: ignore[arg-type]


def test_a_table_is_aligned_and_numbers_stand_right() -> None:
    assert lines_of(["NAME", "N", "ID"], ["李小龍", "1", "x"], ["ab", "20", "yy"]) == [
        "NAME     N  ID",
        "李小龍   1  x",
        "ab      20  yy",
    ]


def test_a_table_fits_the_terminal_as_far_as_it_can() -> None:
    lines = lines_of(["TITLE", "ID"], ["x" * 300, "campaign_x"], ["short", "campaign_y"], width=40)
    assert [columns(line) for line in lines[1:]] == [40, 40]
    assert lines[1].startswith("x" * 27 + "…  campaign_x")
    assert columns(lines_of(["TITLE"], ["x" * 300], width=3)[1]) == 12


def test_colour_is_added_after_everything_is_safe() -> None:
    line = [Piece("\x1b[2J", "red"), " plain"]
    assert rendered(line, lambda text, style: f"<{style}>{text}</{style}>") == "<red>\\x1b[2J</red> plain"


def test_fields_leave_out_what_has_no_value() -> None:
    lines = [rendered(line, None) for line in fields([("a", 1), ("bcd", "x"), ("none", None), ("empty", [])])]
    assert lines == ["  a    1", "  bcd  x"]


def test_numbers() -> None:
    assert (counted(1, "turn"), counted(2000, "turn"), counted(2, "foot", "feet")) == (
        "1 turn",
        "2,000 turns",
        "2 feet",
    )
    assert (size(0), size(999), size(1500), size(25_000_000)) == ("0 bytes", "999 bytes", "1.5 kB", "25.0 MB")


def test_moments() -> None:
    assert moment(None) == "never"
    assert moment("not a time") == "not a time"
    assert moment("2026-11-21T10:00:00Z").startswith("2026-11-2")
