import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from districts import geometry
from portal.parcels import importing, lookup
from portal.parcels.models import Parcel

pytestmark = pytest.mark.django_db
SAMPLE = "docs/import_parcels.csv"


def ring(place=0, size=2_000):
    """A square of 20 m in the north-west corner of district 1's bounding box, where the demo city has no plot."""
    from districts.models import District

    outline = District.objects.get(number=1).outline_cm
    x, y = outline[0]
    corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    return geometry.to_wgs84([[x + place * 3_000 + dx, y + dy] for dx, dy in corners])


@pytest.fixture(autouse=True)
def empty_ground(db):
    """Retire the demo plots, so that the drawn ones cover nothing."""
    from django.utils import timezone

    Parcel.objects.update(retired_on=timezone.localdate())


@pytest.fixture
def write_csv(tmp_path):
    def write(*rows):
        path = tmp_path / "parcels.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, importing.COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def wkt(points):
    return f"POLYGON (({', '.join(f'{x} {y}' for x, y in points)}))"


def good(code="1-50-1-1", place=0, **more):
    return {"code": code, "outline": wkt(ring(place)), "deed_area_m2": "400"} | more


def run(path, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_parcels", str(path), stdout=out, stderr=err, **options)
    except CommandError as error:
        return str(error), err.getvalue()
    return out.getvalue(), err.getvalue()


def test_good_rows_come_in_with_building_apartment_and_plate(write_csv):
    path = write_csv(
        good(code="۱-۵۰-۱-۱", bakhsh="۱", asli="777", fari="3", postal_code="5716615463", use="residential"),
        {"code": "1-50-1-1-1"},
        {"code": "1-50-1-1-1-2", "bakhsh": "1", "asli": "777", "fari": "3", "qate": "2"},
    )
    run(path)
    apartment = lookup.find("1-50-1-1-1-2").parcel
    assert [node.level for node in apartment.lineage()] == ["apartment", "building", "parcel"]
    land = apartment.land()
    assert land.postal_code == "5716615463"
    assert abs(land.measured_area_m2 - 400) < 2
    assert lookup.by_plate(bakhsh=1, asli=777, fari=3).parcel == land
    assert land.code_history.get().valid_to is None


def test_one_bad_row_keeps_all_out_and_each_is_named_in_persian(write_csv):
    path = write_csv(
        good(),
        good(code="9-1-1-1", place=1),
        good(code="1-50-1-3", place=2, deed_area_m2="900"),
    )
    before = Parcel.objects.count()
    message, faults = run(path)
    assert Parcel.objects.count() == before
    lines = faults.strip().splitlines()
    assert len(lines) == 2
    assert "۳" in lines[0]
    assert "۴" in lines[1]
    assert "۲" in message


@pytest.fixture
def reasons():
    """`reasons(path)`: the faults in English by row."""

    def check(path):
        with translation.override("en"):
            return {fault.row: fault.reason for fault in importing.check(importing.read(path)).faults}

    return check


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"code": "کد"}, "renovation code"),
        ({"code": "1-50-1"}, "names no land"),
        ({"code": "9-1-1-1"}, "no district"),
        ({"outline": ""}, "needs an outline"),
        ({"outline": "POINT (45 37)"}, "one polygon"),
        ({"outline": "POLYGON ((45 37"}, "WKT"),
        ({"outline": "POLYGON ((51.3 35.7, 51.4 35.7, 51.4 35.8, 51.3 35.7))"}, "outside the city"),
        ({"outline": "POLYGON ((45.1 37.6, 45.2 37.7, 45.2 37.6, 45.1 37.7, 45.1 37.6))"}, "crosses itself"),
        (
            {"outline": "POLYGON ((44.5 37.2, 44.5002 37.2, 44.5002 37.2002, 44.5 37.2))", "deed_area_m2": ""},
            "outside its district",
        ),
        ({"deed_area_m2": "900"}, "more than a fifth"),
        ({"deed_area_m2": "بزرگ"}, "not an area"),
        ({"use": "castle"}, "not known"),
        ({"postal_code": "123"}, "10 digits"),
        ({"bakhsh": "1"}, "at least"),
        ({"bakhsh": "1", "asli": "-4"}, "whole number"),
    ],
)
def test_each_kind_of_fault_has_its_reason(write_csv, reasons, row, reason):
    found = reasons(write_csv(good() | row))
    assert list(found) == [2]
    assert reason in found[2]


def test_rows_are_checked_against_each_other(write_csv, reasons):
    plate = {"bakhsh": "1", "asli": "777", "fari": "3"}
    found = reasons(
        write_csv(
            good(**plate),
            good(place=1),
            good(code="1-50-1-2", place=0),
            good(code="1-50-1-3", place=2, **plate),
            {"code": "1-50-1-9-1"},
        )
    )
    assert "Row ۲ has the same" in found[3]
    assert "covers part of ۱-۵۰-۱-۱" in found[4]
    assert "plate" in found[5]
    assert "parent ۱-۵۰-۱-۹-۰-۰-۰" in found[6]


def test_a_code_of_the_register_is_not_taken_twice(write_csv, reasons):
    run(write_csv(good()))
    assert "in the register already" in reasons(write_csv(good(place=1)))[2]
    assert "covers part" in reasons(write_csv(good(code="1-50-1-2")))[2]


def test_geojson_comes_in_too(tmp_path):
    path = tmp_path / "parcels.geojson"
    feature = {
        "type": "Feature",
        "properties": {"code": "1-50-1-1", "asli": 777, "bakhsh": 1},
        "geometry": {"type": "Polygon", "coordinates": [ring()]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    run(path)
    assert lookup.by_plate(bakhsh=1, asli=777).parcel.code == "1-50-1-1-0-0-0"


def test_a_dry_run_writes_nothing(write_csv):
    before = Parcel.objects.count()
    run(write_csv(good()), dry_run=True)
    assert Parcel.objects.count() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", b"kod,outline\n"),
        ("a.csv", b"code,colour\n1-1-1-1,red\n"),
        ("a.geojson", b"{"),
        ("a.geojson", b"[]"),
        ("a.geojson", b'{"features": [null]}'),
    ],
)
def test_a_file_of_another_shape_is_refused_with_a_sentence(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(importing.UnreadableFile, match=r"\w+"):
        importing.read(path)


def test_the_sample_in_the_papers_has_exactly_the_documented_columns():
    with Path(SAMPLE).open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == list(importing.COLUMNS)


def test_the_sample_is_right_for_the_demo_city_without_its_outlines():
    from districts.models import District

    District.objects.update(outline_cm=None)  # the tests' city is smaller than the demo's
    assert importing.check(importing.read(Path(SAMPLE))).faults == []
