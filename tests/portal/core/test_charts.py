"""Charts: the picture and its table say the same, and nothing leaves the drawing."""

from hypothesis import given
from hypothesis import strategies as st

from portal.core import charts

COUNTS = st.integers(min_value=0, max_value=10**7)


def test_bars_are_as_long_as_their_values_demand():
    chart = charts.bars("t", [charts.Bar("a", 100), charts.Bar("b", 50)], unit="u")
    assert chart.bars[0].length == 2 * chart.bars[1].length


def test_the_table_of_bars_holds_every_figure():
    chart = charts.bars("t", [charts.Bar("a", 8427), charts.Bar("b", 656)], unit="u")
    assert [(row.label, tuple(row.values)) for row in chart.rows] == [("a", (8427,)), ("b", (656,))]


def test_a_small_bar_stays_visible_and_an_empty_one_is_not_drawn():
    chart = charts.bars("t", [charts.Bar("a", 10**6), charts.Bar("b", 1), charts.Bar("c", 0)], unit="u")
    assert chart.bars[1].length > 0
    assert chart.bars[2].length == 0


def test_charts_without_data_are_empty_and_not_an_error():
    assert charts.bars("t", [], unit="u").bars == ()
    assert charts.bars("t", [charts.Bar("a", 0)], unit="u").bars[0].length == 0
    assert charts.lines("t", [], [], unit="u").lines == ()


def test_a_line_begins_with_the_last_zero_before_its_first_value():
    chart = charts.lines("t", list("abcd"), [charts.Series("s", [0, 0, 3, 4])], unit="u")
    assert chart.lines[0].path.count(" ") == 3


def test_a_line_is_broken_where_there_are_no_figures():
    chart = charts.lines("t", list("abcde"), [charts.Series("s", [5, 4, None, None, 3])], unit="u")
    stretches = chart.lines[0].path.split("M")[1:]
    assert [stretch.count(" ") for stretch in stretches] == [2, 2]
    assert len(set(stretches[1].split("L"))) == 1  # one figure by itself is a dot
    assert [row.values[0] for row in chart.rows] == [5, 4, None, None, 3]


def test_the_table_of_lines_has_a_row_for_each_label_and_a_column_for_each_line():
    chart = charts.lines("t", ["x", "y"], [charts.Series("s", [1, 2]), charts.Series("r", [3, 4])], unit="u")
    assert chart.columns == ("s", "r")
    assert [tuple(row.values) for row in chart.rows] == [(1, 3), (2, 4)]


def test_labels_of_the_time_axis_never_cover_one_another():
    chart = charts.lines("t", [str(place) for place in range(75)], [charts.Series("s", [1] * 75)], unit="u")
    places = [tick.at for tick in chart.across]
    assert 2 <= len(places) <= charts.LABELS_AT_MOST
    assert min(after - before for before, after in zip(places, places[1:], strict=False)) > 110
    assert places[-1] + charts.MARGIN <= chart.width


@given(st.lists(COUNTS, min_size=1, max_size=40))
def test_lines_stay_inside_the_drawing_and_quarters_of_the_axis_are_whole(values):
    chart = charts.lines("t", ["x"] * len(values), [charts.Series("s", values)], unit="u")
    points = [tuple(map(float, point.split())) for line in chart.lines for point in line.path[1:].split("L")]
    assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y in points)
    top = chart.upwards[-1].text
    assert top >= max(values)
    assert [tick.text for tick in chart.upwards] == [top * part // 4 for part in range(5)]
