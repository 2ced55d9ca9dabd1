"""The security stamp (هولوگرام): a guilloche that is different on every paper.

Two outer bands follow from serial and digest alone, so anyone can redraw and compare them. The innermost band follows
from an HMAC under the municipality's key: it can be redrawn only by the verifier, so a copied recipe gives the wrong
centre. Over the bands lies the strapwork of a girih star; around them runs microtext of serial and digest.
"""

import cmath
import colorsys
import functools
import hashlib
import hmac
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.documents.drawing import Pen, circle, polar, rotation, star, svg

SIZE = 220  # the stamp's own box; the page scales it
_CENTRE = SIZE / 2
_FONT = Path(__file__).parent / "fonts" / "Vazirmatn-Bold.ttf"
_IRIDESCENCE = ("#e0607e", "#f0a860", "#e8d870", "#5cc9a7", "#2fa8c4", "#4a6fd0", "#9a6fd8", "#e070b0")
_LAPIS = "#14365c"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-* "
_STARS = ((8, 3), (10, 3), (10, 4), (12, 4), (12, 5))


@dataclass(frozen=True, slots=True)
class Band:
    """Curves r(θ) = radius + swing·sin(lobes·θ) + ripple·sin(2·lobes·θ + phase), fanned in `copies` over a lobe."""

    radius: float
    swing: float
    ripple: float
    phase: float
    lobes: int
    copies: int


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything that varies. Equal inputs give equal specs; one changed digit changes all of it."""

    serial: str
    digest: str
    hue: float
    angle: float
    star: tuple[int, int]
    bands: tuple[Band, Band, Band]  # outer, middle, keyed


def spec_of(serial: str, digest: str, key: bytes) -> Spec:
    """`serial` in [A-Z0-9-], `digest` 64 hex digits, `key` the municipality's secret (at least 16 bytes)."""
    if len(key) < 16:
        raise ValueError("the stamp key must have at least 16 bytes")
    message = f"stamp/1|{serial}|{digest}".encode("ascii")
    public, keyed = _numbers(hashlib.sha256(message).digest()), _numbers(hmac.digest(key, message, "sha256"))
    return Spec(
        serial=serial,
        digest=digest.upper(),
        hue=next(public),
        angle=2 * math.pi * next(public),
        star=_STARS[int(next(public) * len(_STARS)) % len(_STARS)],
        bands=(
            _band(public, radius=77.5, swing=(6.2, 7.6), lobes=(14, 22), copies=(9, 12)),
            _band(public, radius=59.5, swing=(9.0, 11.5), lobes=(7, 11), copies=(13, 16)),
            _band(keyed, radius=38.0, swing=(10.5, 13.0), lobes=(5, 9), copies=(12, 16)),
        ),
    )


def form_names(serial: str) -> tuple[str, str, str]:
    """Names of the three bands' Form XObjects in the PDF's resources: outer, middle, keyed."""
    stem = serial.replace("-", "")
    return f"stamp{stem}a", f"stamp{stem}b", f"stamp{stem}k"


def curve(band: Band) -> str:
    """One curve of a band: six Béziers a lobe, tangents exact at their ends."""
    count = band.lobes * 6
    step = 2 * math.pi / count
    knots = [_knot(band, i * step) for i in range(count)]
    knots.append(knots[0])
    third = step / 3
    parts = [f"{knots[0][0]:.2f} {knots[0][1]:.2f} m"]
    parts += [
        f"{x0 + u0 * third:.2f} {y0 + v0 * third:.2f} {x1 - u1 * third:.2f} {y1 - v1 * third:.2f} {x1:.2f} {y1:.2f} c"
        for (x0, y0, u0, v0), (x1, y1, u1, v1) in zip(knots, knots[1:], strict=False)
    ]
    return "\n".join([*parts, "h"])


def paint(spec: Spec, pen: Pen) -> None:
    """Draw the stamp in its own box of SIZE x SIZE."""
    with pen.moved((1, 0, 0, 1, _CENTRE, _CENTRE)):
        pen.sheen("stampsheen", circle(104), spec.angle, 100, _IRIDESCENCE, alpha=0.15)
        _rays(spec, pen)
        _bands(spec, pen)
        _strapwork(spec, pen)
        _microtext(spec, pen)
        _rings(spec, pen)


def to_svg(spec: Spec, *, prefix: str = "stamp", title: str = "") -> str:
    """The stamp for a web page."""
    return svg(SIZE, SIZE, functools.partial(paint, spec), prefix=prefix, title=title)


def _numbers(seed: bytes) -> Iterator[float]:
    """Endless numbers in [0, 1): sixteen bits each, so that every band has room to differ."""
    block = seed
    while True:
        for i in range(0, len(block), 2):
            yield int.from_bytes(block[i : i + 2]) / 65536
        block = hashlib.sha256(block).digest()


def _band(
    numbers: Iterator[float],
    *,
    radius: float,
    swing: tuple[float, float],
    lobes: tuple[int, int],
    copies: tuple[int, int],
) -> Band:
    return Band(
        radius=radius,
        swing=swing[0] + (swing[1] - swing[0]) * next(numbers),
        ripple=0.3 + 1.7 * next(numbers),
        phase=2 * math.pi * next(numbers),
        lobes=lobes[0] + int((lobes[1] - lobes[0] + 1) * next(numbers)),
        copies=copies[0] + int((copies[1] - copies[0] + 1) * next(numbers)),
    )


def _knot(band: Band, angle: float) -> tuple[float, float, float, float]:
    """Point and derivative of the curve."""
    n = band.lobes
    r = band.radius + band.swing * math.sin(n * angle) + band.ripple * math.sin(2 * n * angle + band.phase)
    dr = n * (band.swing * math.cos(n * angle) + 2 * band.ripple * math.cos(2 * n * angle + band.phase))
    c, s = math.cos(angle), math.sin(angle)
    return r * c, r * s, dr * c - r * s, dr * s + r * c


def _tone(spec: Spec, turn: float, light: float = 0.47, saturation: float = 0.6) -> str:
    return "#" + "".join(
        f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb((spec.hue + turn) % 1, light, saturation)
    )


def _rays(spec: Spec, pen: Pen) -> None:
    """Wedges that imitate diffraction."""
    count = 24
    half = math.pi / count
    for i in range(count):
        start = 2 * half * i + spec.angle
        (x0, y0), (x1, y1) = polar(87, start), polar(87, start + half)
        path = f"0 0 m {x0:.2f} {y0:.2f} l {x1:.2f} {y1:.2f} l h"
        pen.fill(path, _tone(spec, 2 * i / count, 0.7, 0.8), alpha=0.12)


def _bands(spec: Spec, pen: Pen) -> None:
    for index, (name, band) in enumerate(zip(form_names(spec.serial), spec.bands, strict=True)):
        pen.define(name, f"{curve(band)} S", reach=110)
        for copy in range(band.copies):
            share = copy / band.copies
            turned = rotation(2 * math.pi / band.lobes * share)
            pen.use(name, turned, stroke=_tone(spec, index * 0.13 + share * 0.42), width=0.24)


def _strapwork(spec: Spec, pen: Pen) -> None:
    """The girih star: a dark line with a light core reads as a woven strap."""
    points, step = spec.star
    lines = star(points, step, 83.5, spec.angle)
    pen.stroke(lines, _LAPIS, 2.0, alpha=0.6)
    pen.stroke(lines, "#ffffff", 1.3, alpha=0.94)
    pen.fill(circle(23.5), "#ffffff")


def _rings(spec: Spec, pen: Pen) -> None:
    ring = " ".join(
        f"{circle(r + width / 2)} {circle(r - width / 2)}"
        for r, width in ((104, 1.1), (102.4, 0.35), (87.8, 0.5), (23.3, 0.6), (21.9, 0.25))
    )
    pen.sheen("stampsheen", ring, spec.angle, 100, _IRIDESCENCE, alpha=1)


def _microtext(spec: Spec, pen: Pen) -> None:
    stem = spec.serial.replace("-", "")
    halves = f"{spec.digest[:8]} {spec.digest[8:16]}"
    for ring, (text, radius, size, colour) in enumerate(
        ((f"{spec.serial} * {halves} * ", 96.4, 5.2, _LAPIS), (f"{spec.digest} ", 90.2, 2.9, "#3d4b78"))
    ):
        unit, repeats = _microtext_unit(text, radius, size)
        name = f"micro{stem}{ring}"
        pen.define(name, f"{unit} f", reach=110)
        for i in range(repeats):
            pen.use(name, rotation(2 * math.pi * i / repeats), fill=colour)


def _microtext_unit(text: str, radius: float, size: float) -> tuple[str, int]:
    """Outlines of `text` along the circle, and how often it fits; the last one closes the ring exactly."""
    glyphs = _glyphs()
    scale = size / 1000
    length = sum(glyphs[letter].advance for letter in text) * scale
    repeats = max(1, int(2 * math.pi * radius / length))
    stretch = 2 * math.pi * radius / (length * repeats)
    out: list[str] = []
    x = 0.0
    for letter in text:
        glyph = glyphs[letter]
        width = glyph.advance * scale
        outward = cmath.exp(1j * ((x + width * stretch / 2) / radius - math.pi / 2))
        # The glyph stands radially: its x runs along the circle, its y (up in the font) away from the centre.
        origin = radius * outward - 1j * outward * width / 2
        placed = [outward * scale * (point.imag + 1j * point.real) + origin for point in glyph.points]
        out.append(glyph.operators % tuple(number for point in placed for number in (point.real, point.imag)))
        x += width * stretch
    return "\n".join(out), repeats


@dataclass(frozen=True, slots=True)
class _Glyph:
    advance: float  # thousandths of an em, as the points
    operators: str  # PDF operators with a %-place for each number: one formatting call a glyph
    points: tuple[complex, ...]


@functools.cache
def _glyphs() -> dict[str, _Glyph]:
    """The letters of serials and digests."""
    from fontTools.ttLib import TTFont

    font = TTFont(_FONT)
    names, shapes = font.getBestCmap(), font.getGlyphSet()
    scale = 1000 / font["head"].unitsPerEm
    return {letter: _glyph(shapes, names[ord(letter)], scale) for letter in _LETTERS}


def _glyph(shapes: Any, name: str, scale: float) -> _Glyph:
    from fontTools.pens.basePen import decomposeQuadraticSegment
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    pen = DecomposingRecordingPen(shapes)
    shapes[name].draw(pen)
    operators: list[str] = []
    points: list[complex] = []
    for command, raw in pen.value:
        ends = [tuple(point) for point in raw]
        match command:
            case "moveTo" | "lineTo":
                operators.append("%.2f %.2f m" if command == "moveTo" else "%.2f %.2f l")
                points.append(complex(*ends[0]) * scale)
            case "qCurveTo":
                for control, end in decomposeQuadraticSegment(ends):
                    before, handle, after = points[-1], complex(*control) * scale, complex(*end) * scale
                    # A quadratic curve as the cubic that PDF knows.
                    points += (before + 2 / 3 * (handle - before), after + 2 / 3 * (handle - after), after)
                    operators.append("%.2f %.2f %.2f %.2f %.2f %.2f c")
            case "closePath":
                operators.append("h")
    return _Glyph(shapes[name].width * scale, "\n".join(operators), tuple(points))
