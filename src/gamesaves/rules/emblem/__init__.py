"""A shield of arms for a character without a portrait, made from words alone: the same words, the same arms.

Tinctures follow heraldry's rule: metal (gold, silver) only on colour, colour only on metal, so that an emblem can be
told from afar. Where a shield is divided, its figure is counterchanged: on each part it takes the tincture of the
other.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

from gamesaves.errors import InvalidValue
from gamesaves.rules.emblem.blazon import COLOURS, DESIGNS, METALS, RIMS, SHIELDS, Design, Spot
from gamesaves.rules.emblem.charges import CHARGES, Charge
from gamesaves.rules.emblem.drawing import Canvas, Colour, Outline, png, runs_of
from gamesaves.rules.emblem.outlines import circle, outlines_of, placed, widened

_T = TypeVar("_T")
_INK: Colour = (20, 17, 20)


def emblem_png(seed_text: str, *, size: int = 192) -> bytes:
    """Return a shield of arms as a PNG with a transparent ground.

    The same words give the same pixels on every machine, without a network or a model.

    Args:
        seed_text: what the arms stand for: a character's id, or uid.
        size: width and height, in pixels, from 16 to 1024.

    Raises:
        InvalidValue: the size is out of bounds.
    """
    if not 16 <= size <= 1024:
        raise InvalidValue(f"an emblem cannot be {size} pixels wide", hint="Give a size from 16 to 1024.")
    lots = _Lots(seed_text)
    metal, colour = lots.one_of(METALS.values()), lots.one_of(COLOURS.values())
    first, second = lots.one_of(((metal, colour), (colour, metal)))
    design = lots.one_of(DESIGNS.values())
    charge = lots.one_of(CHARGES.values())()
    rim = lots.one_of(RIMS)
    edge = placed(outlines_of(lots.one_of(SHIELDS))[0], size / 2, 0, size / 100)
    face = _Face(size, first, second, design, edge)
    for spot in design.spots:
        face.bear(charge, spot)
    face.light(edge)
    return _rimmed(face.canvas, edge, rim)


class _Lots:
    """Draws lots from the hash of a text: the same lots for the same text."""

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest(), "big")

    def one_of(self, choices: Iterable[_T]) -> _T:
        options = list(choices)
        self._left, lot = divmod(self._left, len(options))
        return options[lot]


class _Face:
    """The face of a shield, before it is cut to its edge.

    Beside the canvas another is kept whose tinctures are exchanged: what a counterchanged figure is painted from.
    """

    def __init__(self, size: int, first: Colour, second: Colour, design: Design, edge: Outline) -> None:
        self.size = size
        self.canvas, self._exchanged = Canvas(size, first), Canvas(size, second)
        self._first, self._second, self._design = first, second, design
        if design.bordure:
            area = [edge, placed(edge, 0.15 * size, 0.135 * size, 0.7)]
        else:
            area = [placed(outline, 0, 0, size / 100) for outline in outlines_of(design.second)]
        runs = runs_of(area, size)
        self.canvas.paint(runs, second)
        self._exchanged.paint(runs, first)
        seams = [line for outline in area for line in (widened(outline, 0.004 * size), widened(outline, -0.004 * size))]
        self.canvas.shade(runs_of(seams, size), -0.55)

    def bear(self, charge: Charge, spot: Spot) -> None:
        """Paint a figure at a place: its shadow, its contour, its parts, its shades."""
        x, y, scale = (value * self.size / 100 for value in (spot.x, spot.y, spot.scale))
        below, above = (self._second, self._first) if spot.on_second else (self._first, self._second)
        if self._design.roundel:
            self._disc(x, y, scale * 76, below)
        parts = [[placed(outline, x, y, scale) for outline in part] for part in charge.parts]
        self._cast(parts)
        for part in parts:
            runs = runs_of(part, self.size)
            if self._design.counterchanged:
                self.canvas.paint_from(runs, self._exchanged)
            else:
                self.canvas.paint(runs, above)
        for outlines, amount in charge.shades:
            self.canvas.shade(runs_of([placed(outline, x, y, scale) for outline in outlines], self.size), amount)

    def _disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        disc = [circle(x, y, radius)]
        self._cast([disc])
        self.canvas.paint(runs_of(disc, self.size), colour)

    def _cast(self, parts: Sequence[Sequence[Outline]]) -> None:
        """Paint the shadow of a figure, then its contour; a hole is an outline behind the first of its part."""
        width, offset = 0.009 * self.size, 0.016 * self.size
        wide = [
            [widened(outline, -width if number else width) for number, outline in enumerate(part)] for part in parts
        ]
        for part in wide:
            shadow = [placed(outline, offset * 0.7, offset, 1) for outline in part]
            self.canvas.shade(runs_of(shadow, self.size), -0.3)
        for part in wide:
            self.canvas.paint(runs_of(part, self.size), _INK)

    def light(self, edge: Outline) -> None:
        """Let light fall from the upper left: a gradient, a gleam, and the shadow of the rim."""
        size = self.size
        self.canvas.fade(0.1, -0.22)
        gleam = placed(outlines_of("-60 -10 30 -10 C 20 30 0 62 -40 84 -60 84")[0], size / 2, 0, size / 100)
        self.canvas.shade(runs_of([gleam], size), 0.09)
        for step in range(1, 5):
            ring = [edge, widened(edge, -(0.045 + 0.011 * step) * size)]
            self.canvas.shade(runs_of(ring, size), -0.09)


def _rimmed(face: Canvas, edge: Outline, rim: tuple[Colour, Colour]) -> bytes:
    """Cut a face to the edge of the shield and give it a rim, rounded like a moulding."""
    size, (dark, bright) = face.size, rim
    whole = Canvas(size, _INK)
    rings = ((0.008, dark), (0.016, bright), (0.027, dark), (0.037, _INK))
    for inset, colour in rings:
        whole.paint(runs_of([widened(edge, -inset * size)], size), colour)
    whole.fade(0.15, -0.3)
    whole.paint_from(runs_of([widened(edge, -0.044 * size)], size), face)
    return png(whole, runs_of([edge], size))
