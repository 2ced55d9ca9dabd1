import xml.etree.ElementTree as ElementTree

import pytest

from portal.documents import drawing, ornament, stamp
from portal.documents.drawing import SvgPen, svg, svg_path

SPEC = stamp.spec_of("URM-T-0000001", "ab" * 32, b"k" * 32)


def test_operators_become_an_svg_path():
    assert svg_path("1 2 m 3 4 l 1 2 3 4 5 6 c h 0 0 2 3 re") == "M1 2L3 4C1 2 3 4 5 6ZM0 0h2v3h-2Z"


def test_a_circle_closes_where_it_begins():
    numbers = drawing.circle(10, 5, 5).split()
    assert numbers[:2] == ["15.000", "5.000"] == numbers[-4:-2]


@pytest.mark.parametrize("name", ornament.DRAWINGS)
def test_each_ornament_is_well_formed_svg_without_text_style_or_script(name):
    written = svg(*ornament.DRAWINGS[name])
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(written).iter()}  # noqa: S314
    assert tags <= {"svg", "defs", "g", "path", "use", "clipPath", "linearGradient", "stop"}
    assert "style=" not in written


def test_every_reference_in_the_stamp_has_its_definition():
    root = ElementTree.fromstring(stamp.to_svg(SPEC))  # noqa: S314
    identifiers = {element.get("id") for element in root.iter()}
    wanted = {element.get("href", "")[1:] for element in root.iter() if element.tag.endswith("use")}
    assert wanted and wanted <= identifiers


def test_pictures_on_one_page_do_not_share_ids():
    pens = SvgPen("a"), SvgPen("b")
    for pen in pens:
        stamp.paint(SPEC, pen)
    first, second = ({part.split('id="')[1].split('"')[0] for part in pen.defs} for pen in pens)
    assert first.isdisjoint(second)
