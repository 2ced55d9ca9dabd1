"""The location sketch (کروکی) as a drawing with labels.

Takes the geometry of ``snapshot["sketch"]`` (whole centimetres, y to the north) and fits it into a box of the page.
Lines go through a pen; names and dimensions are returned as labels, which the template lays over the picture as HTML,
so that Persian is shaped and stays text.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from portal.core.persian import fa_digits, fa_number
from portal.documents.drawing import XY, Pen, circle, polygon, polyline, rectangle
from portal.documents.ornament import LAPIS, TURQUOISE
from portal.documents.snapshot import Sketch

WIDTH, HEIGHT = 326.0, 206.0  # CSS pixels
_LABEL_WIDTH = 200.0
_BAR_METRES = (2, 5, 10, 20, 50, 100, 200)
_FURNITURE = ((0.0, 0.0, 40.0, 52.0), (0.0, HEIGHT - 24.0, 166.0, HEIGHT))  # north arrow; scale and unit


@dataclass(frozen=True, slots=True)
class Label:
    """Text centred on (x, y), turned by `angle` degrees. `code` is a machine identifier, set apart left to right."""

    text: str
    x: float
    y: float
    angle: float = 0
    size: float = 7
    kind: str = "dim"
    code: str = ""

    @property
    def style(self) -> str:
        turn = f";transform:rotate({self.angle:.1f}deg)" if self.angle else ""
        left, top = self.x - _LABEL_WIDTH / 2, self.y - self.size / 2
        return f"left:{left:.1f}px;top:{top:.1f}px;font-size:{self.size:g}px{turn}"


class Plot:
    """One sketch, fitted into the box."""

    def __init__(self, sketch: Sketch, width: float = WIDTH, height: float = HEIGHT) -> None:
        self.sketch, self.width, self.height = sketch, width, height
        xs, ys = zip(*sketch["outline"], strict=True)
        self.scale = min(0.46 * width / max(max(xs) - min(xs), 1), 0.52 * height / max(max(ys) - min(ys), 1))  # px a cm
        self._cx, self._cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        self.outline = [self.at(point) for point in sketch["outline"]]
        self.bar_m = self._bar_metres()

    def at(self, point: list[int]) -> XY:
        return (
            self.width / 2 + (point[0] - self._cx) * self.scale,
            self.height / 2 - (point[1] - self._cy) * self.scale,
        )

    def paint(self, pen: Pen) -> None:
        box = rectangle(0, 0, self.width, self.height)
        with pen.clipped(box):
            pen.fill(box, "#fbfaf6")
            # All edges before all surfaces, so that streets open into one another where they meet.
            for colour, rim in (("#c3ccd3", 1), ("#e6eaed", 0)):
                for street in self.sketch["streets"]:
                    width = max(street["width_cm"] * self.scale, 5) + rim
                    pen.stroke(polyline(map(self.at, street["line"])), colour, width)
            for neighbour in self.sketch["neighbours"]:
                shape = polygon(map(self.at, neighbour))
                pen.fill(shape, "#f1ece0")
                pen.stroke(shape, "#c9bfa6", 0.6)
            pen.fill(polygon(self.outline), "#cfe9e8")
            pen.stroke(polygon(self.outline), TURQUOISE, 2.6, alpha=0.35)
            pen.stroke(polygon(self.outline), LAPIS, 1.3)
        self._north(pen)
        self._bar(pen)
        pen.stroke(rectangle(0.4, 0.4, self.width - 0.8, self.height - 0.8), "#9fb0bf", 0.8)

    def labels(self) -> list[Label]:
        out = [
            Label("شمال", 20, 44, size=6.6, kind="note"),
            Label(f"{fa_digits(self.bar_m)} متر", 10 + self._bar_px + 15, self.height - 11.4, size=6.6, kind="note"),
            Label("اندازه‌ها به متر", 10 + self._bar_px + 58, self.height - 11.4, size=6.6, kind="note"),
        ]
        out += [self._dimension(side["from"], side["to"], side["length_cm"]) for side in self.sketch["sides"]]
        for street in self.sketch["streets"]:
            out += self._street_name(street["name"], street["width_cm"], street["line"])
        return out + self._plate()

    def _north(self, pen: Pen) -> None:
        turn = math.radians(self.sketch["north_deg"])
        c, s = math.cos(turn), math.sin(turn)
        with pen.moved((c, s, -s, c, 20, 21)):
            pen.fill(circle(14.5), "#ffffff")
            pen.stroke(circle(14.5), LAPIS, 0.7)
            pen.fill("0 -12.5 m 4.6 8 l 0 4.4 l h", LAPIS)
            pen.fill("0 -12.5 m -4.6 8 l 0 4.4 l h", TURQUOISE)

    def _bar(self, pen: Pen) -> None:
        top, half = self.height - 13, self._bar_px / 2
        pen.fill(rectangle(4, top - 5, self._bar_px + 90, 14), "#ffffff", alpha=0.85)
        pen.fill(rectangle(10, top, half, 3.6), LAPIS)
        pen.fill(rectangle(10 + half, top, half, 3.6), "#ffffff")
        pen.stroke(rectangle(10, top, self._bar_px, 3.6), LAPIS, 0.6)

    @property
    def _bar_px(self) -> float:
        return self.bar_m * 100 * self.scale

    def _bar_metres(self) -> int:
        """The longest round length that takes at most 62 px."""
        return max((m for m in _BAR_METRES if m * 100 * self.scale <= 62), default=_BAR_METRES[0])

    def _dimension(self, start: list[int], end: list[int], length_cm: int) -> Label:
        """Inside the parcel along its side; a side shorter than its number gets it outside, upright."""
        (x0, y0), (x1, y1) = self.at(start), self.at(end)
        text = metres(length_cm)
        length = math.hypot(x1 - x0, y1 - y0) or 1
        inward = self._inward((x0, y0), (x1, y1), length)
        depth = self._depth((x0, y0), inward)
        # In a narrow parcel the middle belongs to the plate: the numbers of the long sides make room for it.
        share = 0.24 if 0 < depth < 32 and length > 60 else 0.5
        x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
        if length < len(text) * 3.6 + 3:
            return Label(text, x - 13 * inward[0], y - 9 * inward[1], size=6.4)
        angle = (math.degrees(math.atan2(y1 - y0, x1 - x0)) + 90) % 180 - 90
        return Label(text, x + 6.4 * inward[0], y + 6.4 * inward[1], angle=angle, size=7)

    def _plate(self) -> list[Label]:
        """The registry plate in the middle, smaller in a narrow parcel."""
        code = self.sketch["plate"]
        if not code:
            return []
        (x, y), edges = self._centroid(), _edges(self.outline)
        depth = min(self._depth(a, self._inward(a, b, math.dist(a, b) or 1)) for a, b in edges)
        size = min(8, max(5.4, 2.8 * depth / len(code)))
        return [
            Label("پلاک", x, y - 5, size=size - 1, kind="plate"),
            Label("", x, y + 5, size=size, kind="plate", code=code),
        ]

    def _depth(self, on_side: XY, inward: XY) -> float:
        """Distance from the middle of the parcel to the line of a side."""
        x, y = self._centroid()
        return (x - on_side[0]) * inward[0] + (y - on_side[1]) * inward[1]

    def _inward(self, start: XY, end: XY, length: float) -> XY:
        turn = 1 if _area(self.outline) > 0 else -1
        return -(end[1] - start[1]) / length * turn, (end[0] - start[0]) / length * turn

    def _street_name(self, name: str, width_cm: int, line: list[list[int]]) -> list[Label]:
        """The name along the longest visible piece; beside the centre line when that lies outside the box.

        No label where a street shows only under the furniture.
        """
        points = [self.at(point) for point in line]
        for share in (0, 0.25, -0.25, 0.4, -0.4):
            aside = share * width_cm * self.scale
            pieces = [piece for a, b in pairwise(points) if (piece := self._visible(*_moved_aside(a, b, aside)))]
            for piece in sorted(pieces, key=lambda piece: -math.dist(*piece)):
                if label := self._along(piece, name, width_cm):
                    return [label]
        return []

    def _along(self, piece: tuple[XY, XY], name: str, width_cm: int) -> Label | None:
        """The name at the free place nearest to the middle of a piece."""
        (x0, y0), (x1, y1) = piece
        length = math.dist(*piece)
        full = f"{name} — {metres(width_cm, trim=True)} متری"
        size = 7.6
        text = full if len(full) * size * 0.46 < length * 0.9 else name
        size = min(size, max(5.2, length * 0.9 / (len(text) * 0.46)))
        angle = (math.degrees(math.atan2(y1 - y0, x1 - x0)) + 90) % 180 - 90
        half = len(text) * size * 0.23 / length
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
            x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
            ends = ((x + (x1 - x0) * d, y + (y1 - y0) * d) for d in (-half, -half / 2, 0, half / 2, half))
            if not any(_inside(point, box) for point in ends for box in _FURNITURE):
                return Label(text, x, y, angle=angle, size=size, kind="street")
        return None

    def _visible(self, a: XY, b: XY, inset: float = 5) -> tuple[XY, XY] | None:
        """The part of a segment inside the box (Liang and Barsky); None when shorter than 24 px."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        enter, leave = 0.0, 1.0
        for p, q in (
            (-dx, a[0] - inset),
            (dx, self.width - inset - a[0]),
            (-dy, a[1] - inset),
            (dy, self.height - inset - a[1]),
        ):
            if p == 0:
                if q < 0:
                    return None
            elif p < 0:
                enter = max(enter, q / p)
            else:
                leave = min(leave, q / p)
        if (leave - enter) * math.hypot(dx, dy) < 24:
            return None
        return (a[0] + dx * enter, a[1] + dy * enter), (a[0] + dx * leave, a[1] + dy * leave)

    def _centroid(self) -> XY:
        area = _area(self.outline)
        if abs(area) < 1:
            return self.outline[0]
        x = y = 0.0
        for (x0, y0), (x1, y1) in _edges(self.outline):
            cross = x0 * y1 - x1 * y0
            x, y = x + (x0 + x1) * cross, y + (y0 + y1) * cross
        return x / (6 * area), y / (6 * area)


def metres(length_cm: int, *, trim: bool = False) -> str:
    """«۱۲٫۵۰»; trimmed, «۱۲» or «۱۲٫۵»."""
    text = str(Decimal(length_cm).scaleb(-2))
    if trim:
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return fa_digits(text.replace(".", "٫"))
    whole, cm = divmod(length_cm, 100)
    return f"{fa_number(whole)}٫{fa_digits(f'{cm:02d}')}"


def _moved_aside(a: XY, b: XY, distance: float) -> tuple[XY, XY]:
    """The segment, moved sideways."""
    length = math.dist(a, b) or 1
    dx, dy = -(b[1] - a[1]) / length * distance, (b[0] - a[0]) / length * distance
    return (a[0] + dx, a[1] + dy), (b[0] + dx, b[1] + dy)


def _edges(points: list[XY]) -> list[tuple[XY, XY]]:
    return list(pairwise([*points, points[0]]))


def _area(points: list[XY]) -> float:
    """Signed; positive when the points run clockwise on the page (y down)."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _edges(points)) / 2


def _inside(point: XY, box: tuple[float, float, float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
