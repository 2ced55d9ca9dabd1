from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from portal.core.identifiers import RenovationCode
from portal.parcels.models import CodeHistory, Level, Parcel

SQUARE = [[50_700_000, 415_700_000], [50_702_000, 415_700_000], [50_702_000, 415_701_000], [50_700_000, 415_701_000]]


@pytest.fixture
def make_parcel(db: None) -> Callable[..., Parcel]:
    """`make_parcel("3-9-1-1")`: a node outside the demo city, its parent found by code; `at` gives land an outline."""

    def make(code: str, *, at: int | None = None, **facts: Any) -> Parcel:
        from districts import geometry

        parsed = RenovationCode.parse(code)
        parents = Parcel.objects.current().filter(code__in=[str(above) for above in parsed.ancestors])
        parcel = Parcel(
            level=Level(parsed.level), parent=parents.order_by("-building_no", "-apartment_no").first(), **facts
        )
        parcel.rename_to(parsed)
        if at is not None:
            outline = [[x + at * 2_000, y] for x, y in SQUARE]
            parcel.draw_outline(outline, geometry.to_wgs84(outline))
        parcel.save()
        CodeHistory.objects.create(
            parcel=parcel, code=parcel.code, valid_from=date(2020, 1, 1), act=CodeHistory.Act.FIRST
        )
        return parcel

    return make
