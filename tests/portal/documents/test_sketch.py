import math
import random

import pytest

from portal.documents import sketch
from portal.documents.drawing import PdfPen
from tests.portal.documents import samples

CASES = [samples.sketch(random.Random(seed), "1234/56") for seed in range(40)]


@pytest.mark.parametrize("geometry", CASES[:12])
def test_each_side_has_its_dimension_and_each_visible_street_its_name(geometry):
    labels = sketch.Plot(geometry).labels()
    dimensions = [label.text for label in labels if label.kind == "dim"]
    assert dimensions == [sketch.metres(side["length_cm"]) for side in geometry["sides"]]
    assert len([label for label in labels if label.kind == "street"]) == len(geometry["streets"])
    assert [label.code for label in labels if label.code] == ["1234/56"]


def test_every_label_stands_inside_the_box_and_reads_upright():
    for geometry in CASES:
        for label in sketch.Plot(geometry).labels():
            assert 0 <= label.x <= sketch.WIDTH and 0 <= label.y <= sketch.HEIGHT
            assert -90 <= label.angle <= 90


def test_the_parcel_lies_inside_the_box_whatever_its_shape():
    for outline in ([[0, 0], [100, 0], [100, 90000]], [[0, 0], [90000, 10], [90000, 300], [0, 300]], [[5, 5]]):
        geometry = {**CASES[0], "outline": outline, "sides": [], "streets": [], "neighbours": []}
        plot = sketch.Plot(geometry)
        assert all(0 < x < sketch.WIDTH and 0 < y < sketch.HEIGHT for x, y in plot.outline)
        plot.paint(PdfPen())


def test_dimensions_of_a_square_stand_inside_it_in_either_direction():
    ring = [[0, 0], [2000, 0], [2000, 2000], [0, 2000]]
    for points in (ring, ring[::-1]):
        sides = [{"from": a, "to": b, "length_cm": 2000} for a, b in zip(points, [*points[1:], points[0]], strict=True)]
        plot = sketch.Plot({**CASES[0], "outline": points, "sides": sides})
        xs, ys = zip(*plot.outline, strict=True)
        for label in (label for label in plot.labels() if label.kind == "dim"):
            assert min(xs) < label.x < max(xs) and min(ys) < label.y < max(ys)


def test_the_north_arrow_turns_with_the_record():
    pens = [PdfPen(), PdfPen()]
    for pen, north in zip(pens, (0, 30), strict=True):
        sketch.Plot({**CASES[0], "north_deg": north}).paint(pen)
    assert f"{math.cos(math.radians(30)):.5f} {math.sin(math.radians(30)):.5f}" in "\n".join(pens[1].out)
    assert pens[0].out != pens[1].out


@pytest.mark.parametrize(
    ("cm", "shown", "trimmed"), [(1200, "۱۲٫۰۰", "۱۲"), (805, "۸٫۰۵", "۸٫۰۵"), (1250, "۱۲٫۵۰", "۱۲٫۵")]
)
def test_lengths_are_metres_with_two_decimals_or_trimmed(cm, shown, trimmed):
    assert (sketch.metres(cm), sketch.metres(cm, trim=True)) == (shown, trimmed)
