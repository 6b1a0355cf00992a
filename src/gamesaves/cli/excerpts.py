"""A line of a file with a mark under the place that is meant, as compilers show it."""

from collections.abc import Sequence

from gamesaves.cli.text import Line, Piece, clean, columns

WIDEST = 100
_TAB = "    "


def excerpt(source: str, line: int, column: int, style: str) -> Sequence[Line]:
    """Return the lines that show a place.

    Args:
        source: the line as it stands in the file.
        column: counted from 1, in characters; it may be the one behind the end.
    """
    start = max(0, column - 1 - WIDEST * 2 // 3) if len(source) > WIDEST else 0
    before, shown = (_flat(source[start:end]) for end in (column - 1, start + WIDEST))
    dots = "…" if start else ""
    rest = "…" if len(source) > start + WIDEST else ""
    gutter = f"{line:>5} | "
    mark = " " * columns(dots + before)
    return [
        [Piece(gutter, "dim"), dots, shown, rest],
        [Piece(" " * len(gutter[:-2]) + "| ", "dim"), mark, Piece("^", style)],
    ]


def _flat(text: str) -> str:
    return clean(text.replace("\t", _TAB))
