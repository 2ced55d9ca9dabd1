"""The fixed ornament of the paper: emblem, page frame and the girih field behind the title.

The emblem is this product's own (a shamseh around an arch over water); a municipality replaces it by its arms. All of
it is the same on every paper, so each picture is drawn once per process.
"""

import functools
import math

from portal.documents.drawing import Painter, Pen, circle, khatam, polar, polygon, rectangle, star
from portal.documents.raw import Raw

LAPIS, TURQUOISE, GOLD, PALE = "#14365c", "#148a94", "#b08d3c", "#eef5f6"
MM = 96 / 25.4  # CSS pixels

PAGE = (210 * MM, 297 * MM)
BAND = (181 * MM, 23 * MM)
_EDGE = 10 * MM  # nothing is printed beyond it: printers lose the rim
_FOOT = 14 * MM  # below the frame stand serial and page number


def paint_emblem(pen: Pen) -> None:
    """In a box of 64 x 64."""
    with pen.moved((1, 0, 0, 1, 32, 32)):
        petals = [polar(31 if i % 2 == 0 else 27.2, math.pi * i / 16) for i in range(32)]
        pen.fill(polygon(petals), LAPIS)
        pen.stroke(circle(25.4), GOLD, 0.7)
        pen.stroke(star(16, 6, 24.6), TURQUOISE, 0.8)
        pen.fill(circle(17.4), "#ffffff")
        pen.stroke(circle(17.4), GOLD, 0.7)
        arch = "-8.6 6 m -8.6 -2 l -8.6 -7.5 -3.6 -9.6 0 -13.6 c 3.6 -9.6 8.6 -7.5 8.6 -2 c 8.6 6 l h"
        door = "-4.6 6 m -4.6 -0.6 l -4.6 -4 -2 -5.6 0 -8 c 2 -5.6 4.6 -4 4.6 -0.6 c 4.6 6 l h"
        pen.fill(f"{arch} {door}", LAPIS, even_odd=True)
        for y, half in ((8.6, 11.6), (11.6, 8.8)):
            pen.stroke(_wave(y, half), TURQUOISE, 1.3)


def paint_frame(pen: Pen) -> None:
    """Border of a whole A4 page: a chain of stars between two rules, a khatam at each corner."""
    width, height = PAGE
    height -= _FOOT - _EDGE
    inset, gap = _EDGE + 0.6, 9.0
    with pen.moved((1, 0, 0, 1, 0, 0)):
        pen.stroke(rectangle(inset, inset, width - 2 * inset, height - 2 * inset), LAPIS, 1.1)
        inner = inset + gap
        pen.stroke(rectangle(inner, inner, width - 2 * inner, height - 2 * inner), LAPIS, 0.4)
        middle = inset + gap / 2
        pen.define("framelink", f"{khatam(2.7)} S", reach=4)
        for x, y in _along(middle, width - middle, middle, height - middle):
            pen.use("framelink", (1, 0, 0, 1, x, y), stroke="#7fbcc1", width=0.38)
        for x in (middle, width - middle):
            for y in (middle, height - middle):
                pen.fill(khatam(11, x, y), "#ffffff")
                pen.stroke(khatam(11, x, y), LAPIS, 0.9)
                pen.fill(khatam(8.2, x, y), PALE)
                pen.stroke(khatam(8.2, x, y), TURQUOISE, 0.5)
                pen.stroke(star(8, 3, 8.2, math.pi / 8, x, y), GOLD, 0.45)
                pen.fill(circle(1.5, x, y), LAPIS)


def paint_band(pen: Pen) -> None:
    """The field behind the title: star and cross, fading by being nearly white."""
    width, height = BAND
    cell = height / 3
    with pen.clipped(rectangle(0, 0, width, height)):
        pen.fill(rectangle(0, 0, width, height), PALE)
        r = cell / 2 * 0.98
        pen.define("bandcell", f"{khatam(r)} {star(8, 3, r, math.pi / 8)} S", reach=cell)
        for column in range(math.ceil(width / cell)):
            for row in range(3):
                at = (1, 0, 0, 1, (column + 0.5) * cell, (row + 0.5) * cell)
                pen.use("bandcell", at, stroke="#d5e8ea", width=0.7)
        pen.fill(rectangle(0, height - 1.6, width, 1.6), TURQUOISE)
        pen.fill(rectangle(0, height - 2.6, width, 0.5), GOLD)


DRAWINGS: dict[str, tuple[float, float, Painter]] = {
    "emblem": (64.0, 64.0, paint_emblem),
    "frame": (*PAGE, paint_frame),
    "band": (*BAND, paint_band),
}


@functools.cache
def pictures() -> dict[str, Raw]:
    """The fixed pictures by the URL the template uses."""
    return {f"raw:{name}": Raw(*drawing) for name, drawing in DRAWINGS.items()}


def _wave(y: float, half: float) -> str:
    third = half / 3
    parts = [f"{-half:.2f} {y:.2f} m"]
    for i in range(3):
        x = -half + 2 * third * i
        parts.append(
            f"{x + third * 0.5:.2f} {y - 2:.2f} {x + third * 1.5:.2f} {y + 2:.2f} {x + third * 2:.2f} {y:.2f} c"
        )
    return " ".join(parts)


def _along(left: float, right: float, top: float, bottom: float) -> list[tuple[float, float]]:
    """Evenly spaced points on the frame's middle line, leaving room for the corner stars."""
    room, pitch = 16.0, 9.0
    out: list[tuple[float, float]] = []
    for start, end, fixed, is_row in (
        (left, right, top, True),
        (left, right, bottom, True),
        (top, bottom, left, False),
        (top, bottom, right, False),
    ):
        length = end - start - 2 * room
        count = round(length / pitch)
        for i in range(count + 1):
            along = start + room + length * i / count
            out.append((along, fixed) if is_row else (fixed, along))
    return out
