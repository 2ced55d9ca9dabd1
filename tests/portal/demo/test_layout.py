import pytest
import shapely

from districts import geometry
from portal.demo import layout


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_plan_has_exactly_the_plots_asked_for_and_none_overlap(seed):
    plan = layout.draw(seed, 400)
    shapes = [geometry.polygon_of(plot.outline_cm) for plot in plan.plots]
    assert len(shapes) == 400
    assert all(shape.is_valid for shape in shapes)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert pairs.size == 0


def test_every_plot_lies_in_its_district():
    plan = layout.draw(1, 300)
    districts = {number: geometry.polygon_of(outline) for number, outline in plan.districts.items()}
    assert set(districts) == {1, 2, 3, 4, 5}
    for plot in plan.plots:
        assert districts[plot.district].buffer(100).covers(geometry.polygon_of(plot.outline_cm).centroid)


def test_codes_are_not_given_twice():
    plan = layout.draw(1, 400)
    codes = {(plot.district, plot.neighbourhood, plot.block, plot.house) for plot in plan.plots}
    assert len(codes) == 400


def test_equal_seeds_draw_equal_plans_and_others_do_not():
    assert layout.draw(5, 200) == layout.draw(5, 200)
    assert layout.draw(5, 200) != layout.draw(6, 200)


def test_a_city_of_four_plots_is_none():
    with pytest.raises(ValueError, match="five districts"):
        layout.draw(1, 4)
