"""Coordinates: UTM zone 38N in whole centimetres for measuring, WGS84 degrees for web maps.

Deeds and cadastral plans give UTM metres; a whole number of centimetres is exact in the database and in a digest.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from pyproj import Transformer
from shapely.geometry import Polygon

UTM_38N = "EPSG:32638"
WGS84 = "EPSG:4326"

PointCm = list[int]
Degrees = list[float]


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_wgs84(points_cm: Sequence[Sequence[int]]) -> list[Degrees]:
    """UTM centimetres to ``[longitude, latitude]`` degrees with seven decimals (about one centimetre)."""
    if not len(points_cm):
        return []
    xy = np.asarray(points_cm, dtype=float) / 100
    longitude, latitude = _transformer(UTM_38N, WGS84).transform(xy[:, 0], xy[:, 1])
    return np.column_stack((longitude, latitude)).round(7).tolist()


def to_utm_cm(points: Sequence[Sequence[float]]) -> list[PointCm]:
    """``[longitude, latitude]`` degrees to UTM centimetres; raises ``ValueError`` outside the zone's reach."""
    degrees = np.asarray(points, dtype=float)
    x, y = _transformer(WGS84, UTM_38N).transform(degrees[:, 0], degrees[:, 1])
    xy = np.column_stack((x, y))
    if not np.isfinite(xy).all():
        raise ValueError("a point lies outside UTM zone 38N")
    return np.rint(xy * 100).astype(np.int64).tolist()


def many_to_wgs84(outlines_cm: Sequence[Sequence[Sequence[int]]]) -> list[list[Degrees]]:
    """Convert many outlines with one call of the projection library."""
    flat = to_wgs84([point for outline in outlines_cm for point in outline])
    result, start = [], 0
    for outline in outlines_cm:
        result.append(flat[start : start + len(outline)])
        start += len(outline)
    return result


def polygon_of(outline_cm: Any) -> Polygon:
    """The polygon of an outline, still in centimetres; takes the value of a JSON column as it is."""
    return Polygon(outline_cm)


def area_m2_of(outline_cm: Sequence[Sequence[int]]) -> float:
    return polygon_of(outline_cm).area / 10_000


def bounds_cm_of(points_cm: Iterable[Sequence[int]]) -> tuple[int, int, int, int]:
    """West, south, east, north."""
    points = list(points_cm)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)
