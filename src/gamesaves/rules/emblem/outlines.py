"""Outlines: written as text, curved, mirrored, moved, made wider.

An outline's text is a list of points, `x y x y …`, closed at its end; `|` begins another. `C` before three points
makes a curve (a cubic Bézier, as in SVG) that ends at the third. `O x y r` is a circle. A text that begins with `=` is
the right half, from the top of the middle line to its bottom, and the left half follows from it.
"""

from math import cos, hypot, pi, sin

from gamesaves.rules.emblem.drawing import Outline, Point

_CURVE_STEPS = 10
_CIRCLE_STEPS = 36


def outlines_of(text: str) -> list[list[Point]]:
    """Return the outlines that a text describes."""
    return [_outline(words.split()) for words in text.split("|") if words.strip()]


def _outline(words: list[str]) -> list[Point]:
    mirrored = words[0] == "="
    path: list[Point] = []
    place = 1 if mirrored else 0

    def number(at: int) -> float:
        return float(words[place + at])

    while place < len(words):
        if words[place] == "O":
            path += circle(number(1), number(2), number(3))
            place += 4
        elif words[place] == "C":
            path += _curve(path[-1], (number(1), number(2)), (number(3), number(4)), (number(5), number(6)))
            place += 7
        else:
            path.append((number(0), number(1)))
            place += 2
    return path + [(-x, y) for x, y in reversed(path)] if mirrored else path


def _curve(start: Point, one: Point, two: Point, end: Point) -> list[Point]:
    points = []
    for step in range(1, _CURVE_STEPS + 1):
        t = step / _CURVE_STEPS
        u = 1 - t
        weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
        corners = (start, one, two, end)
        points.append(
            (
                sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
                sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
            )
        )
    return points


def arc(x: float, y: float, radius: float, start: float, end: float, steps: int = _CIRCLE_STEPS) -> list[Point]:
    """Return points on a circle between two angles: in turns, 0 to the right, clockwise."""
    angles = (2 * pi * (start + (end - start) * step / steps) for step in range(steps + 1))
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]


def circle(x: float, y: float, radius: float) -> list[Point]:
    """Return a circle."""
    return arc(x, y, radius, 0, 1)[:-1]


def star(tips: int, outer: float, inner: float) -> list[Point]:
    """Return a star around 0, 0 with one tip upwards: tips and notches in turn."""
    turns = ((number / (2 * tips) - 0.25, inner if number % 2 else outer) for number in range(2 * tips))
    return [(radius * cos(2 * pi * turn), radius * sin(2 * pi * turn)) for turn, radius in turns]


def placed(outline: Outline, x: float, y: float, scale: float) -> list[Point]:
    """Return an outline scaled around 0, 0, then moved there."""
    return [(x + scale * px, y + scale * py) for px, py in outline]


def widened(outline: Outline, by: float) -> list[Point]:
    """Return an outline moved outwards (or, where `by` is negative, inwards) along its edges; corners stay corners."""
    points = [point for point, before in zip(outline, [outline[-1], *outline[:-1]], strict=True) if point != before]
    area = sum(one[0] * two[1] - two[0] * one[1] for one, two in zip(points, [*points[1:], points[0]], strict=True))
    by = by if area > 0 else -by
    moved = []
    for before, point, after in zip([points[-1], *points[:-1]], points, [*points[1:], points[0]], strict=True):
        first, second = _normal(before, point), _normal(point, after)
        # A sharp corner would shoot far out: 0.3 bounds it to about twice the width.
        reach = by / max(0.3, 1 + first[0] * second[0] + first[1] * second[1])
        moved.append((point[0] + (first[0] + second[0]) * reach, point[1] + (first[1] + second[1]) * reach))
    return moved


def _normal(one: Point, two: Point) -> Point:
    dx, dy = two[0] - one[0], two[1] - one[1]
    length = hypot(dx, dy)
    return dy / length, -dx / length
