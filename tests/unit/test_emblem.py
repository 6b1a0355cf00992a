"""The shield of arms that stands in for a portrait."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves.errors import InvalidValue
from gamesaves.rules.emblem import emblem_png
from gamesaves.rules.emblem.blazon import COLOURS, DESIGNS, METALS, RIMS, SHIELDS
from gamesaves.rules.emblem.charges import CHARGES
from gamesaves.rules.emblem.drawing import Canvas, png, runs_of, shading
from gamesaves.rules.emblem.outlines import circle, outlines_of, widened


def pixels_of(data: bytes) -> tuple[int, list[bytes]]:
    """The width and the RGBA rows of a PNG without filters; every checksum is verified."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        chunks[kind] = body
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (width, rest) == (height, [8, 6, 0, 0, 0])
    raw = zlib.decompress(chunks[b"IDAT"])
    line = 1 + 4 * width
    assert len(raw) == height * line
    rows = [raw[start : start + line] for start in range(0, len(raw), line)]
    assert all(row[0] == 0 for row in rows)
    return width, [row[1:] for row in rows]


def pixel(rows: list[bytes], x: int, y: int) -> tuple[int, ...]:
    return tuple(rows[y][4 * x : 4 * x + 4])


@given(st.text(), st.integers(16, 48))
@settings(max_examples=40)
def test_any_words_give_a_shield_on_a_transparent_ground(seed: str, size: int) -> None:
    data = emblem_png(seed, size=size)
    width, rows = pixels_of(data)
    assert width == size
    assert pixel(rows, size // 2, size // 2)[3] == 255
    assert pixel(rows, 0, size - 1)[3] == pixel(rows, size - 1, size - 1)[3] == 0
    assert emblem_png(seed, size=size) == data


def test_the_default_size_is_192() -> None:
    assert pixels_of(emblem_png("pc:kara_smith"))[0] == 192


def test_different_words_give_different_arms() -> None:
    assert len({emblem_png(f"pc:{number}", size=32) for number in range(60)}) >= 58


@pytest.mark.parametrize("size", [15, 1025, 0, -1])
def test_a_size_out_of_bounds_is_refused(size: int) -> None:
    with pytest.raises(InvalidValue):
        emblem_png("x", size=size)


def test_metal_and_colour_can_be_told_apart() -> None:
    def brightness(colour: tuple[int, int, int]) -> float:
        return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]

    darkest_metal = min(brightness(colour) for colour in METALS.values())
    assert darkest_metal - max(brightness(colour) for colour in COLOURS.values()) > 80


@pytest.mark.parametrize("name", CHARGES)
def test_a_figure_stays_in_its_box(name: str) -> None:
    charge = CHARGES[name]()
    points = [point for part in charge.parts for outline in part for point in outline]
    assert all(abs(value) <= 53 for point in points for value in point)
    assert max(y for _, y in points) - min(y for _, y in points) >= 70
    assert all(-1 < amount < 1 for _, amount in charge.shades)


def test_designs_and_shields_are_drawn() -> None:
    assert all(design.spots for design in DESIGNS.values())
    assert len(RIMS) >= 2
    for shield in SHIELDS:
        (outline,) = outlines_of(shield)
        assert all(-50 <= x <= 50 and 0 <= y <= 100 for x, y in outline)


def covered(runs: list[tuple[int, int, int, float]]) -> float:
    return sum((end - start) * share for _, start, end, share in runs)


@given(*[st.floats(-3, 23)] * 4)
def test_a_rectangle_covers_its_area(x: float, y: float, width: float, height: float) -> None:
    # Quarter rows are sampled in their middle: heights that are multiples of a quarter are exact.
    top, bottom = sorted((round(y * 4) / 4, round(height * 4) / 4))
    left, right = sorted((x, width))
    runs = runs_of([[(left, top), (right, top), (right, bottom), (left, bottom)]], 20)
    inside = max(0.0, min(right, 20) - max(left, 0)) * max(0.0, min(bottom, 20) - max(top, 0))
    assert covered(runs) == pytest.approx(inside, abs=0.15)
    assert all(0 <= start < end <= 20 and 0 < share <= 1 for _, start, end, share in runs)


def test_an_outline_within_another_is_a_hole() -> None:
    ring = [circle(20, 20, 15), circle(20, 20, 5)]
    assert covered(runs_of(ring, 40)) == pytest.approx(3.1416 * (225 - 25), rel=0.02)


def test_widening_moves_every_edge() -> None:
    square = [(10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0)]
    for outline in (square, square[::-1]):
        assert covered(runs_of([widened(outline, 2)], 40)) == pytest.approx(14 * 14, abs=0.1)
        assert covered(runs_of([widened(outline, -2)], 40)) == pytest.approx(6 * 6, abs=0.1)


def test_the_text_of_an_outline() -> None:
    assert outlines_of("0 0 4 0 4 4") == [[(0, 0), (4, 0), (4, 4)]]
    assert outlines_of("= 0 0 4 2 0 4")[0] == [(0, 0), (4, 2), (0, 4), (0, 4), (-4, 2), (0, 0)]
    assert len(outlines_of("O 0 0 5 | 1 1 2 2 3 1")) == 2
    assert outlines_of("0 0 C 1 0 2 0 3 0")[0][-1] == (3, 0)
    assert outlines_of("") == []


def test_shades_go_towards_black_and_white() -> None:
    assert (shading(-1)[200], shading(1)[200], shading(0)[200]) == (0, 255, 200)
    assert shading(-0.5)[200] < 200 < shading(0.5)[200]


def test_paint_mixes_by_what_is_covered() -> None:
    canvas, other = Canvas(2, (0, 0, 0)), Canvas(2, (200, 100, 50))
    canvas.paint([(0, 0, 1, 0.5)], (200, 100, 50))
    canvas.paint_from([(1, 0, 2, 0.5)], other)
    canvas.paint_from([(0, 1, 2, 1.0)], other)
    rows = pixels_of(png(canvas, [(0, 0, 2, 1.0), (1, 0, 1, 0.5)]))[1]
    assert pixel(rows, 0, 0) == (100, 50, 25, 255)
    assert pixel(rows, 1, 0) == (200, 100, 50, 255)
    assert pixel(rows, 0, 1) == (100, 50, 25, 128)
    assert pixel(rows, 1, 1) == (100, 50, 25, 0)
