"""Pictures for WeasyPrint that are PDF operators from the start.

Drawing a stamp through SVG costs fifty times more than writing its operators. WeasyPrint asks an image for its size
and tells it to draw; ``Raw`` answers both. This rests on three internals of WeasyPrint 70 (the two methods below, and
the image cache being looked up before any fetching) and is held by a contract test.
"""

from typing import Any

import pydyf

from portal.documents.drawing import Painter, PdfPen, alpha_name, polar


class Raw:
    """An image of `width` x `height` CSS pixels. `paint` runs once; the result may serve many documents."""

    def __init__(self, width: float, height: float, paint: Painter) -> None:
        self.width, self.height = width, height
        pen = PdfPen()
        paint(pen)
        self.operators = "\n".join(pen.out).encode("ascii")
        self.forms = pen.forms
        self._alphas, self._sheens = pen.alphas, pen.sheens

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        return self.width, self.height, self.width / self.height

    def draw(self, stream: Any, concrete_width: float, concrete_height: float, style: Any) -> None:
        self._register(stream)
        stream.push_state()
        stream.transform(a=concrete_width / self.width, d=concrete_height / self.height)
        stream.stream.append(self.operators)
        stream.pop_state()

    def _register(self, stream: Any) -> None:
        resources = stream._resources
        for alpha in sorted(self._alphas):
            state = pydyf.Dictionary({"CA": alpha, "ca": alpha})
            resources["ExtGState"].setdefault(alpha_name(alpha), state)
        for name, (path, reach) in self.forms.items():
            if name not in resources["XObject"]:
                resources["XObject"][name] = _form(path, reach)
        for name, sheen in self._sheens.items():
            if name not in resources["Shading"]:
                resources["Shading"][name] = _shading(stream, sheen)


def _form(path: str, reach: float) -> pydyf.Stream:
    box = pydyf.Array([-reach, -reach, reach, reach])
    extra = pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Form", "BBox": box})
    return pydyf.Stream([path.encode("ascii")], extra, compress=True)


def _shading(stream: Any, sheen: tuple[float, float, tuple[str, ...]]) -> pydyf.Dictionary:
    angle, reach, colours = sheen
    x, y = polar(reach, angle)
    stops = [tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)) for colour in colours]
    parts = [
        stream.create_interpolation_function((0, 1), before, after, 1)
        for before, after in zip(stops, stops[1:], strict=False)
    ]
    bounds = [i / len(parts) for i in range(1, len(parts))]
    function = stream.create_stitching_function((0, 1), (0, 1) * len(parts), bounds, parts)
    return pydyf.Dictionary(
        {
            "ShadingType": 2,
            "ColorSpace": "/DeviceRGB",
            "Domain": pydyf.Array((0, 1)),
            "Coords": pydyf.Array((round(-x, 3), round(-y, 3), round(x, 3), round(y, 3))),
            "Function": function,
            "Extend": pydyf.Array((b"true", b"true")),
        }
    )
