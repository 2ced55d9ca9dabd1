"""The plan of a synthetic city: districts, neighbourhoods, streets and plots, in UTM centimetres.

A centre and four sectors, each cut into three neighbourhoods with a grid of their own angle; one smooth
displacement bends everything together, so neighbouring plots keep their common corners. Equal seed, equal plan.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Polygon
from shapely.geometry.polygon import orient

from portal.demo import names

CENTRE_M = (506_180.0, 4_155_900.0)  # UTM 38N, near 37.55 N, 45.07 E
PER_PLOT_M2 = 520  # streets and left-over land included; generous, the surplus becomes open space
SMALLEST_RADIUS_M = 420
BOULEVARD_M, RING_M = 24, 30
CENTRAL_DISTRICT = 4
SECTORS = (1, 2, 3, 5)
BEND_M, BEND_LENGTH_M = 20, 190
Bend = Callable[[Any], np.ndarray]
DISTRICT_SHARE = {1: 0.23, 2: 0.215, 3: 0.23, 4: 0.11, 5: 0.215}


@dataclass(frozen=True)
class Road:
    """A street: centre line in centimetres, widths in metres."""

    name: str
    line_cm: list[list[int]]
    width_m: int
    planned_width_m: int


@dataclass(frozen=True)
class Plot:
    """One piece of land; (district, neighbourhood, block, house) are the first four parts of its code."""

    district: int
    neighbourhood: int
    block: int
    house: int
    outline_cm: list[list[int]]


@dataclass(frozen=True)
class Quarter:
    """A neighbourhood: number within its district, name and outline in centimetres."""

    district: int
    number: int
    name: str
    outline_cm: list[list[int]]


@dataclass
class Plan:
    districts: dict[int, list[list[int]]] = field(default_factory=dict)
    quarters: list[Quarter] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


def draw(seed: int, plots: int) -> Plan:
    """The plan with exactly ``plots`` plots; raises ``ValueError`` when fewer than five are asked for."""
    if plots < 5:
        raise ValueError("a city needs a plot in each of its five districts")
    radius_m = max(SMALLEST_RADIUS_M, math.sqrt(plots * PER_PLOT_M2 / math.pi))
    while True:
        random = Random(f"layout-{seed}")
        plan, blocks = _sketch_out(random, radius_m)
        quotas = _quotas(plots)
        if all(sum(map(len, blocks[district])) >= quota for district, quota in quotas.items()):
            break
        radius_m *= 1.04  # this seed's blocks came out large: a slightly wider town holds them
    for district, quota in quotas.items():
        plan.plots.extend(_thin_out(random, blocks[district], quota))
    return plan


def _sketch_out(random: Random, radius_m: float) -> tuple[Plan, dict[int, list[list[Plot]]]]:
    """A plan without plots, and the blocks of each district with all the plots they could have."""
    plan, bend, regions = Plan(), _bend(random), _regions(radius_m)
    plan.roads.extend(_boulevards(radius_m, bend))
    blocks: dict[int, list[list[Plot]]] = {district: [] for district in regions}
    for district, pieces in regions.items():
        plan.districts[district] = _cm(bend(_densify(_rim_of(pieces))))
        for number, piece in enumerate(pieces, start=1):
            name = names.NEIGHBOURHOODS[district][number - 1]
            plan.quarters.append(Quarter(district, number, name, _cm(bend(_densify(piece.exterior.coords)))))
            grid = _Grid(random, piece.buffer(-BOULEVARD_M / 2 - 3, join_style="mitre"))
            plan.roads.extend(_side_streets(random, grid, bend))
            blocks[district].extend(_blocks(random, grid, district, number, bend))
    return plan, blocks


def _quotas(plots: int) -> dict[int, int]:
    quotas = {district: max(1, int(plots * share)) for district, share in DISTRICT_SHARE.items()}
    quotas[1] += plots - sum(quotas.values())
    return quotas


def _thin_out(random: Random, blocks: list[list[Plot]], quota: int) -> Iterator[Plot]:
    """Keep ``quota`` plots: whole blocks become parks and squares, the last one is cut short."""
    surplus = sum(map(len, blocks)) - quota
    parks = set()
    for index in random.sample(range(len(blocks)), len(blocks)):
        if len(blocks[index]) <= surplus:
            parks.add(index)
            surplus -= len(blocks[index])
    for index, block in enumerate(blocks):
        if index not in parks:
            kept = max(0, len(block) - surplus)
            surplus -= len(block) - kept
            yield from block[:kept]


def _rim(angle: float, radius_m: float) -> tuple[float, float]:
    """A point of the city's edge, which swells and shrinks like a grown town."""
    reach = radius_m * (1 + 0.1 * math.sin(3 * angle + 1) + 0.05 * math.sin(5 * angle))
    return CENTRE_M[0] + reach * math.cos(angle), CENTRE_M[1] + reach * math.sin(angle)


def _ring(angle: float, radius_m: float) -> tuple[float, float]:
    reach = 0.37 * radius_m
    return CENTRE_M[0] + reach * math.cos(angle), CENTRE_M[1] + reach * math.sin(angle)


def _angles(start: float, stop: float) -> list[float]:
    return list(np.linspace(start, stop, 13))


SECTOR_START = math.radians(24)


def _regions(radius_m: float) -> dict[int, list[Polygon]]:
    """District number to its three neighbourhoods, before bending."""
    third = 2 * math.pi / 3
    regions = {
        CENTRAL_DISTRICT: [
            Polygon([CENTRE_M, *(_ring(a, radius_m) for a in _angles(i * third, (i + 1) * third))]) for i in range(3)
        ]
    }
    slice_ = math.pi / 6
    for index, district in enumerate(SECTORS):
        starts = [SECTOR_START + index * math.pi / 2 + i * slice_ for i in range(3)]
        regions[district] = [
            Polygon(
                [_ring(a, radius_m) for a in _angles(start, start + slice_)]
                + [_rim(a, radius_m) for a in reversed(_angles(start, start + slice_))]
            )
            for start in starts
        ]
    return dict(sorted(regions.items()))


def _boulevards(radius_m: float, bend: Bend) -> Iterator[Road]:
    ring = [_ring(a, radius_m) for a in np.linspace(0, 2 * math.pi, 73)]
    yield Road(names.RING_BOULEVARD, _cm(bend(ring)), RING_M, RING_M)
    for i in range(12):
        angle = SECTOR_START + i * math.pi / 6
        line = _densify([_ring(angle, radius_m), _rim(angle, radius_m)])
        yield Road(names.BOULEVARDS[i], _cm(bend(line)), BOULEVARD_M, BOULEVARD_M + 6 * (i % 3 == 0))
    for i in range(3):
        line = _densify([CENTRE_M, _ring(i * 2 * math.pi / 3, radius_m)])
        yield Road(names.BOULEVARDS[12 + i], _cm(bend(line)), BOULEVARD_M, BOULEVARD_M)


class _Grid:
    """Rows and columns of blocks over one neighbourhood, in a frame turned by the neighbourhood's own angle."""

    def __init__(self, random: Random, land: Polygon):
        self.land = land
        self.pivot = land.centroid
        self.angle = random.uniform(-28, 28)
        self.turned = affinity.rotate(land, -self.angle, origin=self.pivot)
        west, south, east, north = self.turned.bounds
        self.columns = list(self._cuts(random, west, east, (78, 112), (9, 12)))
        self.rows = list(self._cuts(random, south, north, (38, 48), (8, 10)))
        shapely.prepare(self.land)

    @staticmethod
    def _cuts(
        random: Random, start: float, stop: float, sizes: tuple[int, int], widths: tuple[int, int]
    ) -> Iterator[tuple[float, float, int]]:
        """(from, to, width of the street after it), until the side is full."""
        position = start - random.uniform(0, sizes[0] / 2)
        while position < stop:
            size, width = random.uniform(*sizes), random.randint(*widths)
            yield position, position + size, width
            position += size + width

    def back(self, shape: Any) -> Any:
        return affinity.rotate(shape, self.angle, origin=self.pivot)


def _side_streets(random: Random, grid: _Grid, bend: Bend) -> Iterator[Road]:
    west, south, east, north = grid.turned.bounds
    used = random.sample(names.STREETS, len(names.STREETS))
    lines = [((right + width / 2, south), (right + width / 2, north), width) for _, right, width in grid.columns]
    lines += [((west, top + width / 2), (east, top + width / 2), width) for _, top, width in grid.rows]
    for number, (start, stop, width) in enumerate(lines):
        inside = shapely.intersection(grid.back(LineString([start, stop])), grid.land)
        parts = [part for part in shapely.get_parts(inside) if part.length > 25]
        kind = "خیابان" if number < len(grid.columns) else "کوچه"
        planned = width + random.choice((0, 0, 0, 2))
        for part in parts:
            yield Road(f"{kind} {used[number % len(used)]}", _cm(bend(_densify(part.coords))), width, planned)


def _blocks(random: Random, grid: _Grid, district: int, quarter: int, bend: Bend) -> Iterator[list[Plot]]:
    """The blocks of a neighbourhood with their plots: two rows, back to back, numbered along the street."""
    number = 0
    for bottom, top, _ in grid.rows:
        for left, right, _ in grid.columns:
            shapes = _plots_of_block(random, grid, left, bottom, right, top)
            if len(shapes) < 4:
                continue
            number += 1
            yield [
                Plot(district, quarter, number, house, _cm(bend(shape.exterior.coords[:-1])))
                for house, shape in enumerate(shapes, start=1)
            ]


def _plots_of_block(random: Random, grid: _Grid, left: float, bottom: float, right: float, top: float) -> list[Polygon]:
    middle = bottom + (top - bottom) * random.uniform(0.46, 0.54)
    count = max(4, round((right - left) / random.uniform(9.5, 15)))
    cuts = np.linspace(left, right, count + 1)
    cuts[1:-1] += [random.uniform(-1.2, 1.2) for _ in range(count - 1)]
    boxes = [shapely.box(a, bottom, b, middle) for a, b in zip(cuts, cuts[1:], strict=False)]
    boxes += [shapely.box(a, middle, b, top) for a, b in zip(cuts[::-1][1:], cuts[::-1], strict=False)]
    turned = [grid.back(box) for box in boxes]
    inside = shapely.covers(grid.land, turned)
    return [
        shapely.remove_repeated_points(piece)
        for whole, shape in zip(inside, turned, strict=True)
        for piece in ([shape] if whole else _cut_to(shape, grid.land))
    ]


def _cut_to(shape: Polygon, land: Polygon) -> list[Polygon]:
    """The plot as far as the neighbourhood reaches; slivers are left to the street."""
    piece = shapely.intersection(shape, land)
    if not isinstance(piece, Polygon) or piece.area < 0.55 * shape.area:
        return []
    return [orient(piece)]


def _bend(random: Random) -> Bend:
    """A smooth displacement of the whole plane; common corners stay common."""
    phase_x, phase_y = random.uniform(0, 6), random.uniform(0, 6)

    def bend(points: Any) -> np.ndarray:
        xy = np.asarray(points, dtype=float)[:, :2]
        x, y = xy[:, 0] - CENTRE_M[0], xy[:, 1] - CENTRE_M[1]
        return np.column_stack(
            (
                xy[:, 0] + BEND_M * np.sin(y / BEND_LENGTH_M + phase_x),
                xy[:, 1] + BEND_M * np.sin(x / BEND_LENGTH_M + phase_y),
            )
        )

    return bend


def _rim_of(pieces: list[Polygon]) -> Any:
    """The outer edge of neighbourhoods that lie side by side."""
    whole = shapely.union_all(pieces)
    return whole.exterior.coords if isinstance(whole, Polygon) else whole.convex_hull.boundary.coords


def _densify(coordinates: Any) -> list[tuple[float, ...]]:
    return list(shapely.segmentize(LineString(coordinates), 25).coords)


def _cm(points: np.ndarray) -> list[list[int]]:
    """Whole centimetres; a ring's repeated last point is dropped."""
    cm = np.rint(np.asarray(points) * 100).astype(np.int64).tolist()
    return cm[:-1] if len(cm) > 3 and cm[0] == cm[-1] else cm
