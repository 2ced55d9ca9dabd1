"""The public plan of a neighbourhood as SVG: a picture whose parcels are links, so it works without JavaScript.

It shows outline, code and use only (2.5): no owner, no debt, no violation.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from districts import geometry
from districts.models import Neighbourhood
from portal.core.persian import fa_digits
from portal.parcels.models import Parcel, Street, Use

METRE = 100
MARGIN_CM = 1_500


@dataclass(frozen=True)
class Frame:
    """The shown box in centimetres; the picture's y grows downwards."""

    west: int
    south: int
    east: int
    north: int

    def points(self, outline_cm: Any) -> str:
        return " ".join(f"{(x - self.west) / METRE:.1f},{(self.north - y) / METRE:.1f}" for x, y in outline_cm)

    @property
    def view_box(self) -> str:
        return f"0 0 {(self.east - self.west) / METRE:.0f} {(self.north - self.south) / METRE:.0f}"


def frame_of(outlines: list[Any]) -> Frame:
    west, south, east, north = geometry.bounds_cm_of(point for outline in outlines for point in outline)
    return Frame(west - MARGIN_CM, south - MARGIN_CM, east + MARGIN_CM, north + MARGIN_CM)


def neighbourhood_plan(area: Neighbourhood, *, label: str, url_pattern: str) -> SafeString | str:
    """The SVG; `url_pattern` holds `{code}` where a parcel's code goes. Empty for an area without parcels."""
    land = Parcel.objects.current().land().filter(district=area.district_id, region=area.number)
    parcels = list(land.exclude(outline_cm=None).order_by("block", "house").values_list("code", "use", "outline_cm"))
    if not parcels:
        return ""
    frame = frame_of([outline for _, _, outline in parcels])
    streets = Street.objects.filter(
        x_span__overlap=(frame.west, frame.east), y_span__overlap=(frame.south, frame.north)
    ).order_by("-width_m", "pk")
    return format_html(
        '<svg class="plan" viewBox="{}" role="group" aria-label="{}" xmlns="http://www.w3.org/2000/svg">{}{}</svg>',
        frame.view_box,
        label,
        format_html_join(
            "",
            '<polyline class="plan-street" points="{}" stroke-width="{}" fill="none"><title>{}</title></polyline>',
            ((frame.points(street.line_cm), street.width_m, street.name) for street in streets),
        ),
        format_html_join(
            "",
            '<a href="{}" aria-label="{}"><polygon class="plan-parcel plan-{}" points="{}">'
            "<title>{}</title></polygon></a>",
            (
                (
                    url_pattern.replace("{code}", code),
                    fa_digits(code),
                    use,
                    frame.points(outline),
                    f"{fa_digits(code)} — {Use(use).label if use else ''}",
                )
                for code, use, outline in parcels
            ),
        ),
    )
