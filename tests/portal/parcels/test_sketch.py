from xml.etree import ElementTree

import pytest

from portal.parcels.sketch import sketch_of, svg

pytestmark = pytest.mark.django_db


def test_the_sketch_of_an_apartment_is_that_of_its_land(apartment):
    assert sketch_of(apartment) == sketch_of(apartment.land())


def test_sides_close_the_outline_and_lengths_are_theirs(apartment):
    sketch = sketch_of(apartment)
    assert [side["from"] for side in sketch["sides"]] == sketch["outline"]
    assert [side["to"] for side in sketch["sides"]] == [*sketch["outline"][1:], sketch["outline"][0]]
    assert all(side["length_cm"] > 0 for side in sketch["sides"])


def test_coordinates_are_small_whole_centimetres_from_the_lower_left(apartment):
    sketch = sketch_of(apartment)
    xs, ys = zip(*sketch["outline"], strict=True)
    assert (min(xs), min(ys)) == (0, 0)
    points = [p for shape in [*sketch["neighbours"], *(s["line"] for s in sketch["streets"])] for p in shape]
    assert all(isinstance(value, int) and abs(value) < 20_000 for point in points for value in point)


def test_a_street_with_its_width_and_a_neighbour_are_drawn(apartment):
    sketch = sketch_of(apartment)
    assert sketch["neighbours"]
    assert sketch["streets"]
    assert all(street["name"] and street["width_cm"] >= 800 for street in sketch["streets"])


def test_a_neighbour_beyond_25_metres_is_left_out(make_parcel):
    here, _near, _far = (make_parcel(f"3-9-1-{place + 1}", at=place) for place in (0, 1, 3))
    assert len(sketch_of(here)["neighbours"]) == 1  # 20 m wide: the third one begins 40 m away


def test_land_without_an_outline_has_no_sketch(make_parcel):
    assert sketch_of(make_parcel("3-9-1-1")) == {}
    assert svg({}) == ""


def test_the_picture_is_well_formed_and_escapes_names(apartment):
    sketch = sketch_of(apartment)
    sketch["streets"][0]["name"] = "<script>"
    picture = ElementTree.fromstring(svg(sketch))  # noqa: S314 - our own picture
    assert picture.tag.endswith("svg")
    assert "<script>" not in svg(sketch)
