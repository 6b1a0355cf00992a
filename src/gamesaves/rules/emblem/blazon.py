"""What an emblem's shield is made of: tinctures, the shapes of shields, and the ways to lay one out."""

from typing import NamedTuple

from gamesaves.rules.emblem.drawing import Colour

METALS: dict[str, Colour] = {"or": (238, 188, 64), "argent": (238, 238, 234)}
COLOURS: dict[str, Colour] = {
    "gules": (176, 30, 44),
    "azure": (32, 78, 156),
    "vert": (26, 110, 66),
    "purpure": (106, 48, 130),
    "sable": (46, 44, 54),
}
RIMS: tuple[tuple[Colour, Colour], ...] = (
    ((190, 142, 46), (255, 228, 146)),
    ((132, 138, 150), (238, 241, 248)),
    ((140, 88, 50), (226, 174, 124)),
)
SHIELDS = (
    "= 0 2 45 2 C 46 40 43 62 28 80 C 18 91 8 96 0 98.5",
    "= 0 5 C 16 5 32 4 43 0.5 C 47 30 46 58 32 77 C 22 89 10 94 0 98.5",
    "= 0 2 44 2 44 56 C 44 82 24 93 0 98.5",
)


class Spot(NamedTuple):
    """A place for a figure: its middle, its size (1 is the whole emblem), and whether it is on the ordinary."""

    x: float
    y: float
    scale: float
    on_second: bool = False


class Design(NamedTuple):
    """A way to lay out a shield: what has the second tincture, and where figures go.

    On the ordinary a figure has the first tincture, elsewhere the second; in a counterchanged design the one that is
    not below it. With a roundel the figure lies on a disc of its own. A bordure follows the edge.
    Places and outlines are in hundredths of the emblem's width and height.
    """

    second: str
    spots: tuple[Spot, ...]
    counterchanged: bool = False
    roundel: bool = False
    bordure: bool = False


_MIDDLE = (Spot(50, 46, 0.58),)
_DISC = (Spot(50, 45, 0.34),)

DESIGNS: dict[str, Design] = {
    "plain": Design("", (Spot(50, 46, 0.62),)),
    "per pale": Design("50 0 100 0 100 100 50 100", _MIDDLE, counterchanged=True),
    "per fess": Design("0 46 100 46 100 100 0 100", _MIDDLE, counterchanged=True),
    "per bend": Design("4 0 96 92 96 100 0 100 0 0", _MIDDLE, counterchanged=True),
    "per bend sinister": Design("96 0 4 92 0 100 100 100 100 0", _MIDDLE, counterchanged=True),
    "per chevron": Design("50 34 100 78 100 100 0 100 0 78", _MIDDLE, counterchanged=True),
    "per saltire": Design("50 46 100 -4 100 96 50 46 0 96 0 -4", _MIDDLE, counterchanged=True),
    "quarterly": Design("50 0 100 0 100 46 0 46 0 100 50 100", _MIDDLE, counterchanged=True),
    "gyronny": Design(
        "50 46 50 -40 -40 -40 50 46 -40 46 -40 136 50 46 50 136 140 136 50 46 140 46 140 -40", _DISC, roundel=True
    ),
    "barry": Design("0 17 100 17 100 32 0 32 0 47 100 47 100 62 0 62 0 77 100 77 100 100 0 100", _DISC, roundel=True),
    "paly": Design("18 0 34 0 34 100 50 100 50 0 66 0 66 100 82 100 82 0 100 0 100 100 18 100", _DISC, roundel=True),
    "chief": Design(
        "0 0 100 0 100 28 0 28",
        (Spot(50, 57, 0.46), Spot(23, 16, 0.18, True), Spot(50, 16, 0.18, True), Spot(77, 16, 0.18, True)),
    ),
    "fess": Design(
        "0 32 100 32 100 60 0 60",
        (Spot(24, 46, 0.21, True), Spot(50, 46, 0.21, True), Spot(76, 46, 0.21, True)),
    ),
    "pale": Design(
        "34 0 66 0 66 100 34 100", (Spot(50, 21, 0.2, True), Spot(50, 46, 0.2, True), Spot(50, 71, 0.2, True))
    ),
    "bend": Design("8 -10 112 94 88 118 -16 14", (Spot(70, 25, 0.28), Spot(30, 61, 0.28))),
    "bend sinister": Design("92 -10 -12 94 12 118 116 14", (Spot(30, 25, 0.28), Spot(70, 61, 0.28))),
    "chevron": Design(
        "50 28 104 76 104 104 50 56 -4 104 -4 76", (Spot(26, 25, 0.26), Spot(74, 25, 0.26), Spot(50, 75, 0.26))
    ),
    "cross": Design(
        "40 0 60 0 60 36 100 36 100 56 60 56 60 100 40 100 40 56 0 56 0 36 40 36",
        (Spot(24, 20, 0.22), Spot(76, 20, 0.22), Spot(28, 68, 0.22), Spot(72, 68, 0.22)),
    ),
    "pile": Design("10 -4 90 -4 50 84", (Spot(50, 27, 0.38, True),)),
    "bordure": Design("", (Spot(50, 45, 0.46),), bordure=True),
}
