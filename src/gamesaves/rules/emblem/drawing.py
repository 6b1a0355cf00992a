"""Drawing in pure Python: anti-aliased outlines on a square of pixels, and PNG.

An outline is filled by scanlines: four to a row of pixels, each with exact ends, so that every edge has 4 × 256 steps.
Only the ends of a run are looked at pixel by pixel; what lies between is filled at once.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]
Outline = Sequence[Point]
Colour = tuple[int, int, int]
Run = tuple[int, int, int, float]
"""A row, the first column, the column behind the last, and how much of each pixel is covered (0 to 1)."""

_LINES = 4
_FULL = 0.998


def runs_of(outlines: Iterable[Outline], size: int) -> list[Run]:
    """Return the pixels of a square of `size` that closed outlines cover; where two overlap, there is a hole.

    Coordinates are pixels, with 0, 0 at the upper left. Coordinates are rounded to 1/1024 first, which makes the
    result the same on every machine, whatever its sine says in the last digit.
    """
    lines: list[list[float]] = [[] for _ in range(size * _LINES)]
    for outline in outlines:
        points = [(round(x * 1024) / 1024, round(y * 1024 * _LINES) / 1024) for x, y in outline]
        for one, other in zip(points, [*points[1:], points[0]], strict=True):
            _cross(lines, *((one, other) if one[1] < other[1] else (other, one)))
    runs: list[Run] = []
    for row in range(size):
        steps: dict[int, float] = {}
        for line in lines[row * _LINES : (row + 1) * _LINES]:
            _add_steps(steps, sorted(line), size)
        runs.extend(_runs_of_row(row, steps, size))
    return runs


def _cross(lines: list[list[float]], upper: Point, lower: Point) -> None:
    """Note where an edge crosses the middle of each scanline."""
    first, last = max(0, _ceil(upper[1] - 0.5)), min(len(lines), _ceil(lower[1] - 0.5))
    if first >= last:
        return
    slope = (lower[0] - upper[0]) / (lower[1] - upper[1])
    x = upper[0] + (first + 0.5 - upper[1]) * slope
    for number in range(first, last):
        lines[number].append(x)
        x += slope


def _ceil(value: float) -> int:
    return -int(-value // 1)


def _add_steps(steps: dict[int, float], crossings: list[float], size: int) -> None:
    """Add a scanline to the changes of coverage along a row: entering adds, leaving takes away."""
    for number, crossing in enumerate(crossings):
        x = min(max(crossing, 0.0), float(size))
        column = int(x)
        inside = x - column
        sign = (-1 if number % 2 else 1) / _LINES
        steps[column] = steps.get(column, 0.0) + sign * (1 - inside)
        steps[column + 1] = steps.get(column + 1, 0.0) + sign * inside


def _runs_of_row(row: int, steps: dict[int, float], size: int) -> Iterator[Run]:
    covered, start = 0.0, 0
    for column in sorted(steps):
        if covered > 0.002 and start < column:
            yield row, start, min(column, size), min(covered, 1.0)
        covered += steps[column]
        start = column


class Canvas:
    """A square of RGB pixels, `size` to a side."""

    def __init__(self, size: int, colour: Colour) -> None:
        self.size = size
        self.rows = [bytearray(bytes(colour) * size) for _ in range(size)]

    def paint(self, runs: Iterable[Run], colour: Colour) -> None:
        """Fill runs with a colour."""
        pixel = bytes(colour)
        for row, start, end, covered in runs:
            pixels = self.rows[row]
            if covered >= _FULL:
                pixels[3 * start : 3 * end] = pixel * (end - start)
            else:
                for place in range(3 * start, 3 * end):
                    pixels[place] += round((pixel[place % 3] - pixels[place]) * covered)

    def paint_from(self, runs: Iterable[Run], other: "Canvas") -> None:
        """Fill runs with what another canvas of the same size has there."""
        for row, start, end, covered in runs:
            pixels, source = self.rows[row], other.rows[row]
            if covered >= _FULL:
                pixels[3 * start : 3 * end] = source[3 * start : 3 * end]
            else:
                for place in range(3 * start, 3 * end):
                    pixels[place] += round((source[place] - pixels[place]) * covered)

    def shade(self, runs: Iterable[Run], amount: float) -> None:
        """Make runs darker (an amount from -1) or lighter (up to 1)."""
        full = shading(amount)
        for row, start, end, covered in runs:
            pixels = self.rows[row]
            table = full if covered >= _FULL else shading(amount * covered)
            pixels[3 * start : 3 * end] = pixels[3 * start : 3 * end].translate(table)

    def fade(self, top: float, bottom: float) -> None:
        """Shade row by row, from one amount at the top to another at the bottom."""
        for number, pixels in enumerate(self.rows):
            amount = top + (bottom - top) * number / self.size
            self.rows[number] = pixels.translate(shading(amount))


_SHADINGS: dict[int, bytes] = {}


def shading(amount: float) -> bytes:
    """Return the table that makes 256 levels darker (towards black, from -1) or lighter (towards white, to 1)."""
    step = round(amount * 255)
    table = _SHADINGS.get(step)
    if table is None:
        target = 255 if step > 0 else 0
        table = bytes(level + (target - level) * abs(step) // 255 for level in range(256))
        _SHADINGS[step] = table
    return table


def png(canvas: Canvas, opaque: Iterable[Run]) -> bytes:
    """Return a canvas as a PNG with an alpha channel (PNG specification, colour type 6): only runs are opaque."""
    size = canvas.size
    alpha = [bytearray(size) for _ in range(size)]
    for row, start, end, covered in opaque:
        alpha[row][start:end] = bytes([round(covered * 255)]) * (end - start)
    lines = bytearray()
    for number in range(size):
        line = bytearray(4 * size)
        pixels = canvas.rows[number]
        for channel in range(3):
            line[channel::4] = pixels[channel::3]
        line[3::4] = alpha[number]
        lines += b"\0" + line
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
