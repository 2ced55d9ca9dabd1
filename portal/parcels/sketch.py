"""The location sketch (کروکی): geometry for paper and screen, and an SVG for web pages.

Coordinates are whole centimetres of a local system: x to the east, y to the north, origin at the lower left corner of
the land's bounding box, so the numbers stay small and the same land always gives the same sketch.
"""

import math
from typing import Any

import shapely
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from shapely.geometry import LineString

from districts import geometry
from portal.core.persian import fa_digits
from portal.parcels.models import Parcel, Street

Sketch = dict[str, Any]
AROUND_CM = 2_500
MARGIN_CM = 700
LABELLED_SIDE_CM = 300
SHORTEST_NAMED_CM = 600
INSET_CM = 150
Place = tuple[float, float]


def sketch_of(parcel: Parcel) -> Sketch:
    """The land of `parcel` with neighbours within 25 m, streets, sides with their lengths. Empty without an outline."""
    land = parcel.land()
    if not land.outline_cm:
        return {}
    west, south, east, north = geometry.bounds_cm_of(land.outline_cm)
    frame = (west - AROUND_CM, south - AROUND_CM, east + AROUND_CM, north + AROUND_CM)
    outline = _local(land.outline_cm, west, south)
    plate = land.registryplates.order_by("pk").first()
    return {
        "outline": outline,
        "sides": _sides(outline),
        "neighbours": [_local(outline_cm, west, south) for outline_cm in _neighbours(land, frame)],
        "streets": [street | {"line": _local(street["line"], west, south)} for street in _streets(frame)],
        "north_deg": 0,  # grid north and true north differ by less than a tenth of a degree here
        "plate": f"{plate.asli}/{plate.fari}" if plate else "",
    }


def _local(points: list[Any], west: int, south: int) -> list[list[int]]:
    return [[round(x) - west, round(y) - south] for x, y in points]


def _sides(outline: list[list[int]]) -> list[Sketch]:
    following = [*outline[1:], outline[0]]
    return [
        {"from": a, "to": b, "length_cm": round(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)}
        for a, b in zip(outline, following, strict=True)
    ]


def _neighbours(land: Parcel, frame: tuple[int, int, int, int]) -> list[Any]:
    shape = geometry.polygon_of(land.outline_cm)
    near = Parcel.objects.current().land().within(*frame).exclude(pk=land.pk).order_by("code")
    outlines = near.values_list("outline_cm", flat=True)
    return [outline for outline in outlines if shape.distance(geometry.polygon_of(outline)) <= AROUND_CM]


def _streets(frame: tuple[int, int, int, int]) -> list[Sketch]:
    """Streets that cross the frame, each cut to the frame and straightened where it hardly bends."""
    west, south, east, north = frame
    box = shapely.box(*frame)
    crossing = Street.objects.filter(x_span__overlap=(west, east + 1), y_span__overlap=(south, north + 1))
    streets = []
    for street in crossing.order_by("name", "pk"):
        inside = shapely.intersection(LineString(street.line_cm), box)
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString" and part.length]
        if parts:
            line = max(parts, key=lambda part: part.length).simplify(20)
            streets.append({"name": street.name, "width_cm": int(street.width_m * 100), "line": list(line.coords)})
    return streets


# --- for web pages ------------------------------------------------------------------------------------------------


def svg(sketch: Sketch) -> SafeString | str:
    """The sketch as an SVG element, y down; colours come from the style sheet by class. Empty for no outline."""
    if not sketch:
        return ""
    xs, ys = zip(*sketch["outline"], strict=True)
    left, top = min(xs) - MARGIN_CM - 800, -max(ys) - MARGIN_CM - 800
    width, height = max(xs) - min(xs) + 2 * (MARGIN_CM + 800), max(ys) - min(ys) + 2 * (MARGIN_CM + 800)
    return format_html(
        '<svg class="sketch" viewBox="{} {} {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "{}{}{}{}{}{}</svg>",
        left,
        top,
        width,
        height,
        _("Location sketch of plate %(plate)s") % {"plate": fa_digits(sketch["plate"])},
        _street_lines(sketch),
        format_html_join(
            "",
            '<polygon class="sketch-neighbour" points="{}"/>',
            ((_points(outline),) for outline in sketch["neighbours"]),
        ),
        format_html('<polygon class="sketch-parcel" points="{}"/>', _points(sketch["outline"])),
        _street_names(sketch, (left, top, left + width, top + height)),
        _lengths(sketch),
        _north_and_scale(left, top, width, height),
    )


def _points(points: list[list[int]]) -> str:
    return " ".join(f"{x},{-y}" for x, y in points)


def _street_lines(sketch: Sketch) -> SafeString:
    return format_html_join(
        "",
        '<polyline class="sketch-street" points="{}" stroke-width="{}" fill="none"/>',
        ((_points(street["line"]), street["width_cm"]) for street in sketch["streets"]),
    )


def _street_names(sketch: Sketch, frame: tuple[int, int, int, int]) -> SafeString:
    """Each name along its street, at the middle of the part that the picture shows."""
    box = shapely.box(frame[0] + 200, -frame[3] + 200, frame[2] - 200, -frame[1] - 200)
    rows = []
    for street in sketch["streets"]:
        seen = shapely.intersection(LineString(street["line"]), box)
        part = max(shapely.get_parts(seen), key=lambda piece: piece.length, default=None)
        if part is None or part.length < SHORTEST_NAMED_CM:
            continue
        before, middle, after = (part.interpolate(place, normalized=True) for place in (0.4, 0.5, 0.6))
        rows.append((*_along((before.x, before.y), (after.x, after.y), (middle.x, middle.y)), street["name"]))
    return format_html_join(
        "",
        '<text class="sketch-name" transform="translate({} {}) rotate({})" dy="60" font-size="190" '
        'text-anchor="middle">{}</text>',
        rows,
    )


def _lengths(sketch: Sketch) -> SafeString:
    """Each length inside the land, along its side."""
    centre = geometry.polygon_of(sketch["outline"]).centroid
    rows = []
    for side in sketch["sides"]:
        if side["length_cm"] < LABELLED_SIDE_CM:
            continue
        (x1, y1), (x2, y2) = side["from"], side["to"]
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        reach = math.hypot(centre.x - x, centre.y - y) or 1
        inside = x + (centre.x - x) * INSET_CM / reach, y + (centre.y - y) * INSET_CM / reach
        rows.append((*_along((x1, y1), (x2, y2), inside), _metres(side["length_cm"])))
    return format_html_join(
        "",
        '<text class="sketch-length" transform="translate({} {}) rotate({})" dy="60" font-size="170" '
        'text-anchor="middle">{}</text>',
        rows,
    )


def _along(start: Place, end: Place, at: Place) -> tuple[int, int, int]:
    """x, y (down) and the turn in degrees of a text that runs beside a line without standing on its head."""
    turn = round(-math.degrees(math.atan2(end[1] - start[1], end[0] - start[0])))
    if turn > 90 or turn <= -90:
        turn += 180 if turn <= -90 else -180
    return round(at[0]), -round(at[1]), turn


def _metres(length_cm: int) -> str:
    return fa_digits(f"{length_cm / 100:.2f}".replace(".", "٫"))


def _north_and_scale(left: int, top: int, width: int, height: int) -> SafeString:
    x, y = left + width - 350, top + 300
    bar_x, bar_y = left + 300, top + height - 250
    return format_html(
        '<g class="sketch-north"><path d="M{} {}l150 450l-150 -110l-150 110z"/>'
        '<text x="{}" y="{}" font-size="200" text-anchor="middle">{}</text></g>'
        '<g class="sketch-scale"><path d="M{} {}v-80m0 80h1000v-80" fill="none" stroke-width="30"/>'
        '<text x="{}" y="{}" font-size="170" text-anchor="middle">{}</text></g>',
        x,
        y,
        x,
        y + 650,
        _("N"),
        bar_x,
        bar_y,
        bar_x + 500,
        bar_y - 130,
        _("10 metres"),
    )
