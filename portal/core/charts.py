"""Charts as server-drawn SVG with a table beside them: nothing to download, readable by ear, printable.

A chart is data for `components/chart.html`; colours are classes of components.css, since pages allow no inline style.
Lines differ by dash as well as by colour. Bars grow from the side where reading begins; time runs from left to right in
both languages, as in Iranian print too. Names stand above the lines, each with a sample, and above their bar.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH = 720
BAR_STEP = 66
LINE_HEIGHT = 300
TOP, BOTTOM, SIDE = 16, 40, 58
END = 96  # beyond the longest bar: room for its value
MARGIN = 40  # beyond the last point of a line: room for half a label
LABELS_AT_MOST = 5  # as many names of months as stand side by side in the longer of the two languages


@dataclass(frozen=True)
class Bar:
    label: str
    value: int


@dataclass(frozen=True)
class Series:
    """One line; `values` stand in the order of the chart's labels, None where there are no figures."""

    label: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Tick:
    """A grid line: its place along the axis and what it says (a number or a label)."""

    at: float
    text: str | int

    @property
    def text_y(self) -> float:
        return round(self.at + 4, 1)


@dataclass(frozen=True)
class DrawnBar:
    label: str
    value: int
    y: float
    text_y: float
    x: float
    length: float

    @property
    def value_y(self) -> float:
        return self.y + 18

    @property
    def mirrored_start(self) -> float:
        """Where the bar begins when it grows from the right, as the eye reads Persian."""
        return round(WIDTH - self.length, 1)

    @property
    def mirrored_x(self) -> float:
        return round(WIDTH - self.x, 1)


@dataclass(frozen=True)
class DrawnLine:
    """`number`, from 1, chooses colour and dash."""

    label: str
    number: int
    path: str


@dataclass(frozen=True)
class Row:
    label: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Chart:
    """What components/chart.html draws: the picture's parts and the same figures as a table."""

    title: str
    unit: str
    width: int
    height: int
    plot_bottom: float
    plot_start: float
    plot_end: float
    bars: tuple[DrawnBar, ...] = ()
    lines: tuple[DrawnLine, ...] = ()
    across: tuple[Tick, ...] = ()
    upwards: tuple[Tick, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def tick_x(self) -> float:
        return self.plot_start - 8

    @property
    def label_y(self) -> float:
        return self.plot_bottom + 24


def bars(title: str, data: Sequence[Bar], *, unit: str) -> Chart:
    """Horizontal bars from zero, each with its name above and its value at the end; `unit` names the table's column."""
    room = WIDTH - END
    scale = room / max((bar.value for bar in data), default=0) if any(bar.value for bar in data) else 0
    drawn = []
    for place, bar in enumerate(data):
        y = TOP + place * BAR_STEP + 24
        # A bar that is not empty is never invisible.
        length = max(bar.value * scale, 2) if bar.value else 0
        drawn.append(DrawnBar(bar.label, bar.value, y, y - 7, round(length + 10, 1), round(length, 1)))
    height = TOP + len(data) * BAR_STEP
    rows = tuple(Row(bar.label, (bar.value,)) for bar in data)
    return Chart(title, unit, WIDTH, height, height, 0, room, bars=tuple(drawn), columns=(unit,), rows=rows)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], *, unit: str) -> Chart:
    """One line a series over the same labels, the axis from zero; no figures, no line."""
    end, floor_y = WIDTH - MARGIN, LINE_HEIGHT - BOTTOM
    top = _round_up(max((value or 0 for one in series for value in one.values), default=0))
    step_x = (end - SIDE) / max(len(labels) - 1, 1)

    def x_of(place: int) -> float:
        return round(SIDE + place * step_x, 1)

    def y_of(value: float) -> float:
        return round(floor_y - (floor_y - TOP) * value / top, 1)

    drawn = tuple(
        DrawnLine(one.label, number, _path(_begun(one), x_of, y_of))
        for number, one in enumerate(series, start=1)
        if one.values
    )
    every = ceil(len(labels) / LABELS_AT_MOST) or 1
    across = tuple(Tick(x_of(place), labels[place]) for place in range(0, len(labels), every))
    upwards = tuple(Tick(y_of(top * part / 4), round(top * part / 4)) for part in range(5))
    rows = tuple(Row(label, tuple(one.values[place] for one in series)) for place, label in enumerate(labels))
    columns = tuple(one.label for one in series)
    return Chart(
        title, unit, WIDTH, LINE_HEIGHT, floor_y, SIDE, end,
        lines=drawn, across=across, upwards=upwards, columns=columns, rows=rows,
    )  # fmt: skip


def _begun(one: Series) -> list[tuple[int, int | None]]:
    """(place, value) from the last zero before the first value on: lines of zeros would hide one another."""
    first = next((place for place, value in enumerate(one.values) if value), 0)
    return [(place, value) for place, value in enumerate(one.values) if place >= first - 1]


def _path(points: Sequence[tuple[int, int | None]], x_of: Callable[[int], float], y_of: Callable[[int], float]) -> str:
    """One stretch for each run of figures; a single one is a stretch to itself, drawn as a dot."""
    stretches: list[list[str]] = [[]]
    for place, value in points:
        if value is not None:
            stretches[-1].append(f"{x_of(place)} {y_of(value)}")
        elif stretches[-1]:
            stretches.append([])
    return "".join("M" + "L".join(one if len(one) > 1 else one * 2) for one in stretches if one)


def _round_up(value: int) -> int:
    """The next of 4, 8, 20, 40, 80, 200, …, so that quarters of the axis are whole numbers."""
    if value <= 4:
        return 4
    size = 10 ** floor(log10(value))
    steps = [step * size // 10 for step in (12, 16, 20, 24, 32, 40, 60, 80, 100, 120)]
    return next(step for step in steps if step >= value and step % 4 == 0)
