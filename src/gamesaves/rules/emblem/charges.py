"""The figures that an emblem's shield bears, in a box from -50 to 50.

Each is a list of parts, painted one over the other, and of shades that lie upon them: darker below 0, lighter above.
"""

from collections.abc import Callable
from typing import NamedTuple

from gamesaves.rules.emblem.drawing import Point
from gamesaves.rules.emblem.outlines import arc, circle, outlines_of, star

Outlines = list[list[Point]]


class Charge(NamedTuple):
    """A figure: its parts (each one or more outlines, holes included), and its shades with their amounts."""

    parts: list[Outlines]
    shades: list[tuple[Outlines, float]]


def _drawn(parts: list[str], shades: dict[str, float]) -> Callable[[], Charge]:
    def draw() -> Charge:
        return Charge(
            [outlines_of(text) for text in parts], [(outlines_of(text), amount) for text, amount in shades.items()]
        )

    return draw


def _mirrored(text: str) -> str:
    """A text of points and curves, with right and left exchanged."""
    words = text.split()
    numbers = [place for place, word in enumerate(words) if word != "C"]
    for place in numbers[::2]:
        words[place] = str(-float(words[place]))
    return " ".join(words)


def _mullet(tips: int, inner: float) -> Callable[[], Charge]:
    def draw() -> Charge:
        points = star(tips, 50, inner)
        facets = [[(0.0, 0.0), points[number], points[number + 1]] for number in range(0, 2 * tips, 2)]
        return Charge([[points]], [(facets, -0.28)])

    return draw


def _sun() -> Charge:
    rays, disc = star(16, 50, 27), star(16, 23, 23)
    facets = [[disc[at], rays[at], rays[at + 1], disc[at + 1]] for at in range(0, 32, 2)]
    return Charge([[rays]], [(facets, -0.28), ([circle(0, 0, 23), circle(0, 0, 20)], -0.45)])


def _crescent() -> Charge:
    # The horns are where the circle of 46 around 0, 4 meets the one of 36 around 0, -11.
    outer, inner = arc(0, 4, 46, -0.1367, 0.6367), arc(0, -11, 36, 0.5928, -0.0928)
    lower = arc(0, 4, 46, 0.0, 0.5), arc(0, -2, 41, 0.5, 0.0)
    return Charge([[outer + inner]], [([[*lower[0], *lower[1]]], -0.22)])


def _gear() -> Charge:
    points: list[Point] = []
    for tooth in range(10):
        turn = tooth / 10
        points += arc(0, 0, 50, turn - 0.021, turn + 0.021, 3) + arc(0, 0, 38, turn + 0.034, turn + 0.066, 3)
    ring = [circle(0, 0, 31), circle(0, 0, 16)]
    return Charge([[points, circle(0, 0, 13)]], [(ring, -0.2)])


def _rose() -> Charge:
    def around(radius: float, turn: float) -> Point:
        return arc(0, 0, radius, turn - 0.25, turn)[0]

    fifths = [number / 5 for number in range(5)]
    petals = [[circle(*around(26, turn), 21)] for turn in fifths]
    sepals = [[[around(26, turn + 0.05), around(48, turn + 0.1), around(26, turn + 0.15)]] for turn in fifths]
    heart = [[circle(*around(12, turn + 0.1), 9.5)] for turn in fifths]
    seams = [[around(18, turn + 0.1), around(35, turn + 0.092), around(35, turn + 0.108)] for turn in fifths]
    shades = [(petal, -0.22) for petal in heart]
    return Charge([*sepals, *petals, [circle(0, 0, 9)]], [(seams, -0.6), *shades, ([circle(0, 0, 8)], 0.5)])


_PETAL = "6 13 C 9 -8 16 -23 28 -25 C 41 -27 47 -13 41 -4 C 38 1 32 2 29 -2 C 32 -4 33 -10 28 -11 C 21 -12 17 -2 16 13"
_LEAF = (
    "= 0 -50 C 8 -44 12 -36 10 -28 C 18 -32 28 -26 24 -14 "
    "C 32 -16 38 -6 30 4 C 36 6 36 18 24 20 C 20 28 10 30 3 30 3 50 0 50"
)
_FLAME = (
    "0 50 C -22 50 -36 36 -34 14 C -33 2 -26 -4 -24 -16 C -19 -12 -16 -7 -15 -1 "
    "C -8 -14 -12 -32 2 -50 C 3 -34 14 -26 16 -10 C 20 -14 21 -19 21 -24 C 30 -12 36 0 35 16 C 34 36 22 50 0 50"
)
_FLAME_WITHIN = (
    "0 46 C -14 46 -20 38 -18 27 C -16 19 -11 15 -9 7 C -6 11 -4 13 -4 18 "
    "C 2 11 1 1 4 -7 C 8 3 14 7 14 17 C 17 15 18 11 18 8 C 22 17 22 25 20 32 C 18 41 10 46 0 46"
)

CHARGES: dict[str, Callable[[], Charge]] = {
    "mullet": _mullet(5, 20),
    "estoile": _mullet(8, 21),
    "sun": _sun,
    "crescent": _crescent,
    "gear": _gear,
    "rose": _rose,
    "sword": _drawn(
        [
            "= 0 20 4 20 4 39 0 39",
            "O 0 43 7",
            "= 0 -50 7.5 -40 6 18 0 18",
            "= 0 14 17 14 C 20 10 27 11 27 17 C 27 22 21 24 16 22 0 23",
        ],
        {"0 -50 7.5 -40 6 14 0 14": -0.3, "= 0 22 4 22 4 37 0 37": -0.4},
    ),
    "cross": _drawn(
        ["= 0 -48 21 -48 C 13 -34 8 -20 8 -8 C 20 -8 34 -13 48 -21 48 21 C 34 13 20 8 8 8 C 8 20 13 34 21 48 0 48"],
        {
            "0 -48 21 -48 C 13 -34 8 -20 8 -8 0 0": -0.25,
            "48 0 48 21 C 34 13 20 8 8 8 0 0": -0.25,
            "0 48 21 48 C 13 34 8 20 8 8 0 0": -0.25,
            "-48 0 -48 21 C -34 13 -20 8 -8 8 0 0": -0.25,
        },
    ),
    "tower": _drawn(
        ["= 0 -22 21 -22 19 42 26 42 26 50 0 50", "= 0 -48 6.5 -48 6.5 -39 14 -39 14 -48 28 -48 28 -28 22 -20 0 -20"],
        {
            "= 0 18 C 6 18 9.5 24 9.5 30 9.5 50 0 50": -0.8,
            "= 0 -10 2.5 -10 2.5 4 0 4": -0.8,
            "11 -20 21 -20 19 42 26 42 26 50 11 50": -0.22,
            "= 0 -28 28 -28 22 -20 0 -20": -0.3,
        },
    ),
    "tree": _drawn(
        [
            "= 0 4 5 6 C 5 26 7 40 19 47 C 12 49 8 47 5 45 C 4 48 2 50 0 50",
            "O 0 -28 21",
            "O -21 -15 18",
            "O 21 -15 18",
            "O -13 3 17",
            "O 13 3 17",
            "O 0 -10 22",
        ],
        {
            "O 5 -22 11": -0.2,
            "O -17 -10 9": -0.2,
            "O 26 -10 9": -0.2,
            "O -8 8 8": -0.2,
            "O 18 8 8": -0.2,
            "0 20 5 20 C 5 26 7 40 19 47 C 12 49 8 47 5 45 C 4 48 2 50 0 50": -0.3,
        },
    ),
    "fleur": _drawn(
        [
            "= 0 -50 C 6 -38 15 -30 15 -17 C 15 -6 8 0 6 12 0 12",
            _PETAL,
            _mirrored(_PETAL),
            "= 0 19 6 19 C 7 28 12 33 22 33 C 20 40 11 42 6 37 C 5 43 3 47 0 50",
            "= 0 11 20 11 20 20 0 20",
        ],
        {
            "0 -50 C 6 -38 15 -30 15 -17 C 15 -6 8 0 6 11 0 11": -0.22,
            "= 0 16 20 16 20 20 0 20": -0.3,
            "0 20 6 20 C 7 28 12 33 22 33 C 20 40 11 42 6 37 C 5 43 3 47 0 50": -0.22,
        },
    ),
    "key": _drawn(
        [
            "-5 -49 5 -49 5 12 -5 12",
            "4 -48 25 -48 25 -39 16 -39 16 -32 25 -32 25 -22 4 -22",
            "-9 8 9 8 9 15 -9 15",
            "O 0 31 18.5 | O 0 31 9",
        ],
        {
            "0 -49 5 -49 5 8 0 8": -0.3,
            "4 -26 25 -26 25 -22 4 -22": -0.3,
            "-9 12 9 12 9 15 -9 15": -0.3,
            "O 0 31 14.5 | O 0 31 9": -0.2,
        },
    ),
    "crown": _drawn(
        [
            "= 0 -28 9 4 C 16 2 20 -6 20 -20 C 26 -6 30 0 46 -16 36 30 0 30",
            "= 0 30 36 30 36 40 0 40",
            "O 0 -34 7",
            "O 46 -21 6",
            "O -46 -21 6",
            "O 20.5 -25 6",
            "O -20.5 -25 6",
        ],
        {"= 0 28 36 28 36 32 0 32": -0.4, "O 0 14 5": -0.4, "O 18 14 4": -0.4, "O -18 14 4": -0.4, "O -2 -36 2.5": 0.4},
    ),
    "flame": _drawn([_FLAME], {f"{_FLAME} | {_FLAME_WITHIN}": -0.24}),
    "anchor": _drawn(
        [
            "O 0 -40 9.5 | O 0 -40 4.5",
            "= 0 -26 22 -26 22 -19 0 -19",
            "= 0 -31 4 -31 4 34 C 16 33 26 26 30 15 24 19 21 9 36 -2 44 16 C 39 17 38 17 37 17 C 33 36 18 45 0 50",
        ],
        {"0 -31 4 -31 4 34 C 16 33 26 26 30 15 37 17 C 33 36 18 45 0 50": -0.25, "= 0 -22 22 -22 22 -19 0 -19": -0.3},
    ),
    "hammer": _drawn(
        ["= 0 -20 4.5 -20 4.5 50 0 50", "-30 -44 26 -44 34 -36 34 -22 26 -14 -30 -14"],
        {
            "0 -14 4.5 -14 4.5 50 0 50": -0.3,
            "-30 -28 34 -28 34 -22 26 -14 -30 -14": -0.25,
            "-22 -44 -17 -44 -17 -14 -22 -14": -0.3,
            "15 -44 20 -44 20 -14 15 -14": -0.3,
        },
    ),
    "chalice": _drawn(
        ["= 0 -42 27 -42 C 27 -14 20 0 5 4 5 26 C 10 32 24 34 25 44 0 44", "O 0 15 8"],
        {
            "8 -36 27 -42 C 27 -14 20 0 5 4 C 8 -6 10 -20 8 -36": -0.25,
            "= 0 -42 27 -42 26.6 -36 0 -36": 0.3,
            "1 26 5 26 C 10 32 24 34 25 44 1 44": -0.25,
            "O -2 13 3": 0.4,
        },
    ),
    "leaf": _drawn(
        [_LEAF],
        {
            "= 0 -40 1.5 -40 1.5 30 0 30": -0.35,
            "0 -16 12 -26 13 -24 0 -13": -0.35,
            "0 -16 -12 -26 -13 -24 0 -13": -0.35,
            "0 2 20 -8 21 -5.5 0 5": -0.35,
            "0 2 -20 -8 -21 -5.5 0 5": -0.35,
            "0 19 20 10 21 12.5 0 22": -0.35,
            "0 19 -20 10 -21 12.5 0 22": -0.35,
        },
    ),
    "bolt": _drawn(
        ["10 -50 -26 6 -4 6 -14 50 28 -10 4 -10 22 -50"],
        {"22 -50 4 -10 28 -10 -14 50 10 -4 -10 -4": -0.25},
    ),
}
"""The figures by name; each is drawn when it is asked for."""
