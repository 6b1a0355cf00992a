"""Text for a terminal: made safe, measured in columns, laid out.

What is shown is made of lines, a line of pieces. Nothing in a piece reaches the terminal as a control character: names
come from files that anybody may have written. Colour is added afterwards.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

GAP = "  "
_ZERO_WIDTH_JOINER = "\u200d"
_TURNS_TEXT_AROUND = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSAFE = frozenset(("Cc", "Cs", "Zl", "Zp"))
_NO_WIDTH = frozenset(("Mn", "Me", "Cf"))


class Piece(str):
    """A part of a line in a style of its own: bold, dim, red, green, yellow or cyan."""

    style: str

    def __new__(cls, text: str, style: str = "") -> Self:
        """Return a text with a style."""
        piece = super().__new__(cls, text)
        piece.style = style
        return piece


class _Clean(Piece):
    """A piece that has been made safe."""


Line = str | Sequence[str]
"""A line: a text, or the parts of one."""


def pieces(line: Line) -> list[Piece]:
    """Return the pieces of a line, none of which can do anything to a terminal but show itself."""
    return [_cleaned(part) for part in ([line] if isinstance(line, str) else line)]


def _cleaned(text: str) -> Piece:
    if isinstance(text, _Clean):
        return text
    return _Clean(clean(text), text.style if isinstance(text, Piece) else "")


def clean(text: str) -> str:
    """Return `text` with everything escaped that moves a cursor, breaks a line or turns the text around it."""
    return text if _is_plain(text) else "".join(_escaped(char) for char in text)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _escaped(char: str) -> str:
    if char in _TURNS_TEXT_AROUND or unicodedata.category(char) in _UNSAFE:
        return char.encode("unicode_escape").decode("ascii")
    return char


def columns(text: str) -> int:
    """Return how many columns a terminal needs for `text`: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    width, joined = 0, False
    for char in text:
        # Joined emoji are one picture; so is one with a skin tone, which is a character behind it.
        width += 0 if joined or "\U0001f3fb" <= char <= "\U0001f3ff" else _columns(char)
        joined = char == _ZERO_WIDTH_JOINER
    return width


def _columns(char: str) -> int:
    if unicodedata.category(char) in _NO_WIDTH or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, with an ellipsis where something is left out."""
    text = clean(text)
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[:-1]
    return text + "…"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> list[Line]:
    """Lay rows out in columns under headings; numbers go to the right.

    Args:
        width: how wide the table may be, None for as wide as it needs; the first column is shortened to fit.
    """
    # Column by column, as a listing may have thousands of rows and mostly plain names.
    cells = [list(row) for row in rows]
    by_column = [_column(heading, [row[at] for row in cells]) for at, heading in enumerate(headings)]
    widths = [max(map(columns, column)) for column in by_column]
    if width is not None and (excess := sum(widths) + len(GAP) * (len(widths) - 1) - width) > 0:
        widths[0] = max(min(widths[0], 12), widths[0] - excess)
        by_column[0] = [shortened(text, widths[0]) for text in by_column[0]]
    padded = [_padded(*column) for column in zip(by_column, widths, strict=True)]
    styled: list[Sequence[str]] = [[Piece(heading, "dim") for heading in headings], *cells]
    return list(map(_laid_out, styled, zip(*by_column, strict=True), zip(*padded, strict=True)))


def _column(heading: str, cells: Sequence[str]) -> list[str]:
    """Return the texts of a column, made safe."""
    texts = [heading, *cells]
    return texts if _is_plain("".join(texts)) else [clean(text) for text in texts]


def _padded(texts: Sequence[str], width: int) -> list[str]:
    to_the_right = len(texts) > 1 and all(text.lstrip("-").isdecimal() for text in texts[1:])
    missing = [" " * (width - columns(text)) for text in texts]
    pairs = zip(missing, texts, strict=True) if to_the_right else zip(texts, missing, strict=True)
    return [before + after for before, after in pairs]


def _laid_out(row: Sequence[str], texts: Sequence[str], padded: Sequence[str]) -> Line:
    line: list[str] = []
    plain = ""
    for cell, text, whole in zip(row, texts, padded, strict=True):
        if text and isinstance(cell, Piece) and cell.style:
            before, _, after = whole.partition(text)
            line += [_Clean(plain + before), _Clean(text, cell.style)]
            plain = after + GAP
        else:
            plain += whole + GAP
    return [*line, _Clean(plain.rstrip(" "))]


def fields(rows: Iterable[tuple[str, object]], *, indent: str = GAP) -> list[Line]:
    """Lay out names and values, one pair a line; what has no value is left out."""
    shown = [(name, value) for name, value in rows if value not in (None, "", (), [], {})]
    width = max((columns(name) for name, _ in shown), default=0)
    return [
        [indent, Piece(name + " " * (width - columns(name)), "dim"), GAP, Piece(str(value))] for name, value in shown
    ]


def changes_shown(changed: Mapping[str, object]) -> list[Line]:
    """Lay out fields that have changed, with their new values."""
    rows = ((path, "(empty)" if value in (None, "") else value) for path, value in changed.items())
    return fields(rows) or ["  Nothing has changed."]


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 turn`, `2 turns`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    amount, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        del units[0]
    return f"{count} bytes" if units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def moment(stamp: str | None) -> str:
    """Return a time of a document in the local time zone, to the minute."""
    if stamp is None:
        return "never"
    from datetime import datetime

    try:
        return datetime.fromisoformat(stamp).astimezone().isoformat(" ", "minutes")[:16]
    except (ValueError, TypeError, OverflowError):
        return str(stamp)


Styler = Callable[[str, str], str]


def rendered(line: Line, styled: Styler | None) -> str:
    """Return a line as text; `styled` adds the colour to a text of a style."""
    if styled is None:
        return "".join(pieces(line))
    return "".join(styled(piece, piece.style) if piece.style else piece for piece in pieces(line))
