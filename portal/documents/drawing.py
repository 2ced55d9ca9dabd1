"""Vector drawing with two pens: one description becomes PDF operators (the paper) or SVG (a web page).

A path is a string of PDF path operators (``m l c h re``); coordinates are CSS pixels with y down. Persian text never
goes through a pen: it is HTML placed over the picture, since neither pen shapes letters.
"""

import base64
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from html import escape

Matrix = tuple[float, float, float, float, float, float]
XY = tuple[float, float]

_KAPPA = 0.5522847498  # control distance of a quarter circle


def polygon(points: Iterable[XY]) -> str:
    return f"{polyline(points)} h"


def polyline(points: Iterable[XY]) -> str:
    return " ".join(f"{x:.2f} {y:.2f} {'l' if i else 'm'}" for i, (x, y) in enumerate(points))


def rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re"


def circle(r: float, cx: float = 0, cy: float = 0) -> str:
    k = _KAPPA * r
    quarters = ((r, k, k, r, 0, r), (-k, r, -r, k, -r, 0), (-r, -k, -k, -r, 0, -r), (k, -r, r, -k, r, 0))
    curves = " ".join(
        f"{cx + a:.3f} {cy + b:.3f} {cx + c:.3f} {cy + d:.3f} {cx + e:.3f} {cy + f:.3f} c"
        for a, b, c, d, e, f in quarters
    )
    return f"{cx + r:.3f} {cy:.3f} m {curves} h"


def polar(r: float, angle: float, cx: float = 0, cy: float = 0) -> XY:
    return cx + r * math.cos(angle), cy + r * math.sin(angle)


def star(points: int, step: int, r: float, turn: float = 0, cx: float = 0, cy: float = 0) -> str:
    """The lines of the star polygon {points/step}: the girih strapwork of a shamseh."""
    ends = [polar(r, turn + 2 * math.pi * i / points, cx, cy) for i in range(points)]
    return " ".join(polyline((ends[i], ends[(i + step) % points])) for i in range(points))


def khatam(r: float, cx: float = 0, cy: float = 0, turn: float = math.pi / 8) -> str:
    """Outline of the eight-pointed star, two squares laid over one another."""
    inner = r * math.cos(math.pi / 4) / math.cos(math.pi / 8)
    return polygon(polar(inner if i % 2 else r, turn + math.pi * i / 8, cx, cy) for i in range(16))


def rotation(angle: float) -> Matrix:
    c, s = math.cos(angle), math.sin(angle)
    return c, s, -s, c, 0, 0


class PdfPen:
    """Collects operators and names the resources they use; ``Raw`` registers them in a document."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.forms: dict[str, tuple[str, float]] = {}
        self.alphas: set[float] = set()
        self.sheens: dict[str, tuple[float, float, tuple[str, ...]]] = {}
        self._alpha = 1.0

    def fill(self, path: str, colour: str, *, alpha: float = 1, even_odd: bool = False) -> None:
        self._set_alpha(alpha)
        self.out.append(f"{rgb(colour)} rg {path} {'f*' if even_odd else 'f'}")

    def stroke(self, path: str, colour: str, width: float, *, dash: str = "", alpha: float = 1) -> None:
        self._set_alpha(alpha)
        line = f"{rgb(colour)} RG {width:g} w {path} S"
        self.out.append(f"[{dash}] 0 d {line} [] 0 d" if dash else line)

    def define(self, name: str, path: str, *, reach: float) -> None:
        """A shape drawn many times; `reach` bounds its coordinates."""
        self.forms[name] = (path, reach)

    def use(self, name: str, matrix: Matrix, *, fill: str = "", stroke: str = "", width: float = 0) -> None:
        self._set_alpha(1)
        colours = f"{rgb(fill)} rg " if fill else f"{rgb(stroke)} RG {width:g} w "
        self.out.append(f"q {_numbers(matrix)} cm {colours}/{name} Do Q")

    def sheen(
        self, name: str, path: str, angle: float, reach: float, colours: tuple[str, ...], *, alpha: float
    ) -> None:
        """Fill `path` (even-odd) with a gradient through `colours` across the circle of radius `reach`."""
        self.sheens[name] = (angle, reach, colours)
        self.out.append(f"q {path} W* n")
        self._set_alpha(alpha)
        self.out.append(f"/{name} sh Q")
        self._alpha = -1

    @contextmanager
    def moved(self, matrix: Matrix) -> Iterator[None]:
        with self._saved(f"{_numbers(matrix)} cm"):
            yield

    @contextmanager
    def clipped(self, path: str) -> Iterator[None]:
        with self._saved(f"{path} W n"):
            yield

    @contextmanager
    def _saved(self, start: str) -> Iterator[None]:
        self.out.append(f"q {start}")
        yield
        self.out.append("Q")
        self._alpha = -1

    def _set_alpha(self, alpha: float) -> None:
        if alpha != self._alpha:
            self._alpha = alpha
            self.alphas.add(alpha)
            self.out.append(f"/{alpha_name(alpha)} gs")


class SvgPen:
    """Writes the same shapes as SVG elements, without text, style attributes or script."""

    def __init__(self, prefix: str = "p") -> None:
        self.out: list[str] = []
        self.defs: list[str] = []
        self._prefix = prefix
        self._filled: dict[str, bool] = {}

    def fill(self, path: str, colour: str, *, alpha: float = 1, even_odd: bool = False) -> None:
        rule = ' fill-rule="evenodd"' if even_odd else ""
        self.out.append(f'<path d="{svg_path(path)}" fill="{colour}"{_opacity("fill", alpha)}{rule}/>')

    def stroke(self, path: str, colour: str, width: float, *, dash: str = "", alpha: float = 1) -> None:
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.out.append(
            f'<path d="{svg_path(path)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
            f"{_opacity('stroke', alpha)}{dashes}/>"
        )

    def define(self, name: str, path: str, *, reach: float) -> None:
        del reach
        self._filled[name] = path.endswith("f")
        drawn = path.removesuffix(" f").removesuffix(" S")
        self.defs.append(f'<path id="{self._prefix}{name}" d="{svg_path(drawn)}"/>')

    def use(self, name: str, matrix: Matrix, *, fill: str = "", stroke: str = "", width: float = 0) -> None:
        paint = f'fill="{fill}"' if fill else f'fill="none" stroke="{stroke}" stroke-width="{width:g}"'
        self.out.append(f'<use href="#{self._prefix}{name}" transform="matrix({_numbers(matrix)})" {paint}/>')

    def sheen(
        self, name: str, path: str, angle: float, reach: float, colours: tuple[str, ...], *, alpha: float
    ) -> None:
        identifier = f"{self._prefix}{name}{len(self.defs)}"
        x, y = polar(reach, angle)
        stops = "".join(
            f'<stop offset="{i / (len(colours) - 1):.3f}" stop-color="{colour}"/>' for i, colour in enumerate(colours)
        )
        self.defs.append(
            f'<linearGradient id="{identifier}" gradientUnits="userSpaceOnUse" '
            f'x1="{-x:.2f}" y1="{-y:.2f}" x2="{x:.2f}" y2="{y:.2f}">{stops}</linearGradient>'
        )
        self.out.append(
            f'<path d="{svg_path(path)}" fill="url(#{identifier})" fill-rule="evenodd"{_opacity("fill", alpha)}/>'
        )

    @contextmanager
    def moved(self, matrix: Matrix) -> Iterator[None]:
        self.out.append(f'<g transform="matrix({_numbers(matrix)})">')
        yield
        self.out.append("</g>")

    @contextmanager
    def clipped(self, path: str) -> Iterator[None]:
        identifier = f"{self._prefix}clip{len(self.defs)}"
        self.defs.append(f'<clipPath id="{identifier}"><path d="{svg_path(path)}"/></clipPath>')
        self.out.append(f'<g clip-path="url(#{identifier})">')
        yield
        self.out.append("</g>")


Pen = PdfPen | SvgPen
Painter = Callable[[Pen], None]


def svg(width: float, height: float, paint: Painter, *, prefix: str = "p", title: str = "") -> str:
    """A standalone SVG document of `paint`. `prefix` keeps ids apart when several stand in one page."""
    pen = SvgPen(prefix)
    paint(pen)
    name = f' role="img" aria-label="{escape(title)}"' if title else ' aria-hidden="true"'
    defs = f"<defs>{''.join(pen.defs)}</defs>" if pen.defs else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}"{name}>{defs}{"".join(pen.out)}</svg>'
    )


def svg_data_url(width: float, height: float, paint: Painter, *, prefix: str = "p") -> str:
    encoded = base64.b64encode(svg(width, height, paint, prefix=prefix).encode()).decode("ascii")
    return f"data:image/svg+xml;base64,{encoded}"


def rgb(colour: str) -> str:
    """``#rrggbb`` as three PDF numbers."""
    return " ".join(f"{int(colour[i : i + 2], 16) / 255:.3f}" for i in (1, 3, 5))


def alpha_name(alpha: float) -> str:
    return f"alpha{round(alpha * 1000)}"


def svg_path(path: str) -> str:
    """PDF path operators as the ``d`` of an SVG path."""
    out: list[str] = []
    numbers: list[str] = []
    for token in path.split():
        match token:
            case "m" | "l" | "c":
                out.append(f"{token.upper()}{' '.join(numbers)}")
            case "h":
                out.append("Z")
            case "re":
                x, y, width, height = numbers
                out.append(f"M{x} {y}h{width}v{height}h-{width}Z")
            case _:
                numbers.append(token)
                continue
        numbers = []
    return "".join(out)


def _numbers(matrix: Matrix) -> str:
    return " ".join(f"{number:.5f}" for number in matrix)


def _opacity(kind: str, alpha: float) -> str:
    return "" if alpha == 1 else f' {kind}-opacity="{alpha:g}"'
