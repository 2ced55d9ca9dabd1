"""Where a service is live: the list and the little map of the home page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from shapely.geometry import Polygon

from districts.geometry import bounds_cm_of
from districts.models import District, Rollout
from portal.core.templatetags.ui import fa

WIDTH = 240
"""Of the map, in its own units; the height follows the city's shape."""


@dataclass(frozen=True)
class Covered:
    """One district: what a person must know, and its shape for the map ("" while the city has no outlines)."""

    number: int
    name: str
    state: str
    live_on: date | None
    planned_on: date | None
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Coverage:
    """Districts in the order of going live; `height` is 0 when there is no map to draw."""

    districts: tuple[Covered, ...]
    height: int

    @property
    def live(self) -> int:
        return sum(district.state == "live" for district in self.districts)

    @property
    def by_number(self) -> list[Covered]:
        return sorted(self.districts, key=lambda district: district.number)


def name_of(number: int) -> str:
    """«منطقهٔ ۱», "District 1"."""
    return _("District %(number)s") % {"number": fa(number)}


def coverage_of(service_code: str) -> Coverage:
    """Every district with the rollout of this service; a district without one counts as planned."""
    rollouts = {rollout.district_id: rollout for rollout in Rollout.objects.filter(service__code=service_code)}
    districts = list(District.objects.order_by("number"))
    corners = [corner for district in districts for corner in district.outline_cm or ()]
    west, south, east, north = bounds_cm_of(corners) if corners else (0, 0, 1, 1)
    scale = WIDTH / (east - west)
    covered = []
    for district in districts:
        rollout = rollouts.get(district.number)
        # The map's y grows downwards, the city's northwards.
        outline = [((x - west) * scale, (north - y) * scale) for x, y in district.outline_cm or ()]
        label = _label_place(outline)
        covered.append(
            Covered(
                number=district.number,
                name=name_of(district.number),
                state=rollout.state if rollout else "planned",
                live_on=rollout.live_on if rollout else None,
                planned_on=rollout.planned_on if rollout else None,
                path=_path(outline),
                label_x=label[0],
                label_y=label[1],
            )
        )
    covered.sort(key=lambda one: (one.live_on or date.max, one.number))
    return Coverage(tuple(covered), round((north - south) * scale) if corners else 0)


def _path(outline: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in outline) + "Z" if outline else ""


def _label_place(outline: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if not outline:
        return 0, 0
    polygon = Polygon(outline)
    # The middle of a bent district may lie outside it; then any point inside will do.
    middle = polygon.centroid if polygon.contains(polygon.centroid) else polygon.representative_point()
    return round(middle.x, 1), round(middle.y + 7, 1)
