"""Snapshot to PDF, one engine per process.

WeasyPrint's plain call costs four times as much: it loads fonts and parses CSS for every document, and draws pictures
through SVG. The engine keeps the fonts' configuration and the parsed CSS, replaces the user-agent stylesheet by the
few rules our templates use, hands pictures over as PDF operators, remembers measured text, and keeps the cyclic
garbage collector out of a document. The page is the same as the plain call's, pixel for pixel (a test says so).

Equal snapshots give equal bytes, in any process: every date comes from the record.
"""

import functools
import gc
import logging
import os
import threading
import zlib
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.core.canonical import canonical_bytes, digest
from portal.documents.canonical import printed_digest
from portal.documents.drawing import Painter, svg_data_url
from portal.documents.qr import verify_url
from portal.documents.snapshot import Snapshot

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
TEMPLATES = HERE.parents[1] / "templates" / "pdf"
FACES = frozenset({"Vazirmatn", "Vazirmatn-Bold"})

log = logging.getLogger(__name__)


class EngineUnfit(RuntimeError):
    """The self-test failed: this process must not issue papers."""


def render_certificate(snapshot: Snapshot, *, seal_key: bytes, verify_base: str) -> bytes:
    """PDF/A-3u of a transfer certificate with its canonical JSON attached.

    `seal_key` keys the stamp's inner band; `verify_base` is what the QR begins with, ``HTTPS://HOST/V``.
    """
    return engine().certificate(snapshot, seal_key=seal_key, verify_base=verify_base)


def self_test() -> None:
    """Warm the process's engine and prove its fonts; to be called when a worker starts. Raises EngineUnfit."""
    engine().self_test()


@functools.cache
def engine() -> "Engine":
    """The process's engine. Call it when a worker starts, so that the first paper finds it warm."""
    return Engine()


class Engine:
    def __init__(self) -> None:
        # An absolute path: a relative or missing one silently falls back to whatever the system has.
        os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
        # Without libharfbuzz-subset fontTools makes the subsets and dates them; the date must not be the clock's.
        os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
        # Imported here: Fontconfig reads its file once, when Pango is first asked for a font.
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher

        self._lock = threading.Lock()
        self._fonts = FontConfiguration()
        self._fetcher = URLFetcher(allowed_protocols=())  # pictures come from the cache, nothing from elsewhere
        self._css = [CSS(string=(TEMPLATES / "certificate.css").read_text("utf-8"), font_config=self._fonts)]
        self._html = _html_class(CSS(string=(TEMPLATES / "agent.css").read_text("utf-8")))

    def certificate(self, snapshot: Snapshot, *, seal_key: bytes, verify_base: str) -> bytes:
        record = canonical_bytes(snapshot)
        html, pictures = certificate_page(snapshot, seal_key=seal_key, verify_base=verify_base)
        return self.pdf(html, pictures, record=record, issued_at=datetime.fromisoformat(snapshot["issued_at"]))

    def pdf(self, html: str, pictures: Mapping[str, Any], *, record: bytes, issued_at: datetime) -> bytes:
        """PDF/A-3u of a page. `record` is attached as ``record.json``; `issued_at` dates the file and it."""
        from weasyprint import Attachment

        from portal.documents.text_layer import FontDict

        attachment = Attachment(
            string=record,
            name="record.json",
            description="Canonical JSON of this certificate; its SHA-256 is the printed digest",
            created=issued_at,
            modified=issued_at,
            relationship="Source",
            url_fetcher=self._fetcher,
        )
        options: dict[str, Any] = {"pdf_variant": "pdf/a-3u", "pdf_identifier": digest_identifier(record)}
        with self._lock, _without_collector(), _remembered_measures():
            document = self._html(string=html, url_fetcher=self._fetcher).render(
                font_config=self._fonts, stylesheets=self._css, cache=dict(pictures), **options
            )
            document.fonts = FontDict()
            return document.write_pdf(finisher=_finish, attachments=[attachment], **options)

    def self_test(self) -> None:
        """Render a line and look at the fonts. Raises EngineUnfit when Pango took any face but ours."""
        html = '<html lang="fa" dir="rtl"><body><p>استعلام <b>پلاک ۱۲۳۴/۵۶</b> A-1</p></body></html>'
        with self._lock, _remembered_measures():
            document = self._html(string=html, url_fetcher=self._fetcher).render(
                font_config=self._fonts, stylesheets=self._css, cache={}
            )
            document.write_pdf()
        faces = {font.name.decode().partition("+")[2] for font in document.fonts.values()}
        if faces != FACES:
            raise EngineUnfit(f"the paper's fonts are {sorted(FACES)}, Pango chose {sorted(faces)}")


def certificate_page(
    snapshot: Snapshot, *, seal_key: bytes, verify_base: str, as_svg: bool = False
) -> tuple[str, dict[str, Any]]:
    """The certificate's HTML and its pictures by URL.

    With `as_svg` the pictures are SVG in data URLs instead: the page as a browser or the plain call can read it.
    """
    from portal.documents import ornament, qr, sketch, stamp
    from portal.documents.raw import Raw

    full = digest(snapshot)
    url = verify_url(verify_base, snapshot["serial"], full)
    spec = stamp.spec_of(snapshot["serial"], full, seal_key)
    plot = sketch.Plot(snapshot["sketch"]) if snapshot["sketch"].get("outline") else None
    modules = qr.matrix(url, full)
    own: dict[str, tuple[float, float, Painter]] = {
        "stamp": (stamp.SIZE, stamp.SIZE, functools.partial(stamp.paint, spec)),
        "qr": (qr.side(modules), qr.side(modules), functools.partial(qr.paint, modules)),
    }
    if plot:
        own["sketch"] = (plot.width, plot.height, plot.paint)
    if as_svg:
        sources = {name: svg_data_url(*drawing, prefix=name) for name, drawing in (ornament.DRAWINGS | own).items()}
        pictures = {}
    else:
        sources = {name: f"raw:{name}" for name in ornament.DRAWINGS | own}
        pictures = ornament.pictures() | {f"raw:{name}": Raw(*drawing) for name, drawing in own.items()}
    half = printed_digest(full)
    page = {
        "s": snapshot,
        "src": sources,
        "labels": plot.labels() if plot else [],
        "serial_core": max(snapshot["serial"].split("-"), key=len),
        "digest_halves": f"{half[:8]} {half[8:]}",
        "verify_url": url,
        "typed_address": verify_base.partition("://")[2].rstrip("/").lower(),
    }
    return _template().render(_context(page)), pictures


def digest_identifier(record: bytes) -> bytes:
    """The PDF's permanent identifier, from its content."""
    import hashlib

    return hashlib.sha256(record).hexdigest()[:32].encode("ascii")


@functools.cache
def _template() -> Any:
    from django.template import Engine as Templates

    # An engine of its own: the paper takes no context processor, loader or language from the site.
    return Templates(
        dirs=[str(TEMPLATES)], builtins=["portal.documents.templatetags.paper"], autoescape=True
    ).get_template("certificate.html")


def _context(values: dict[str, Any]) -> Any:
    from django.template import Context

    return Context(values, use_l10n=False, use_tz=False)


def _html_class(agent: Any) -> type:
    from weasyprint import HTML

    class Page(HTML):
        """HTML with the trimmed user-agent stylesheet."""

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [agent]

    return Page


def _finish(document: Any, pdf: Any) -> None:
    """Deflate at level 6 (a tenth of the time for 0.4 % of size), and name each attachment once."""
    import pydyf

    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.compress:
            data = b"\n".join(part if isinstance(part, bytes) else pydyf._to_bytes(part) for part in item.stream)
            item.stream = [zlib.compress(data, 6)]
            item.extra = pydyf.Dictionary({**item.extra, "Filter": "/FlateDecode"})
            item.compress = False
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


@contextmanager
def _without_collector() -> Any:
    """No cyclic collection inside a document; box trees are cyclic, so afterwards it must run again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_MEASURES: dict[tuple[Any, ...], Any] = {}
_MEASURES_LIMIT = 20_000
_STYLE_KEYS: dict[str, int] = {}
_MEASURED_BY = """
    font_family font_style font_stretch font_weight font_size font_kerning font_variant_ligatures
    font_variant_position font_variant_caps font_variant_numeric font_variant_alternates font_variant_east_asian
    font_feature_settings font_variation_settings font_language_override lang direction white_space letter_spacing
    word_spacing overflow_wrap word_break hyphens hyphenate_character hyphenate_limit_chars hyphenate_limit_zone
    tab_size
""".split()  # noqa: SIM905


@contextmanager
def _remembered_measures() -> Any:
    """Within: a line of text once measured in a style is not measured again. The bytes stay the same (tested)."""
    from weasyprint.layout import inline, preferred
    from weasyprint.text import line_break

    modules = [module for module in (line_break, inline, preferred) if hasattr(module, "split_first_line")]
    original = line_break.split_first_line
    measured = functools.partial(_split_first_line, original, line_break.Layout)
    for module in modules:
        module.split_first_line = measured
    try:
        yield
    finally:
        for module in modules:
            module.split_first_line = original


def _split_first_line(
    original: Any, layout_class: Any, text: Any, style: Any, context: Any, max_width: Any, spacing: Any,
    is_line_start: bool = True, minimum: bool = False,
) -> Any:  # fmt: skip
    key = (text, _style_key(style), max_width, spacing, is_line_start, minimum)
    known = _MEASURES.get(key)
    if known is not None:
        layout = object.__new__(layout_class)
        layout.text, layout.justification_spacing, layout.max_width, layout.first_line_direction = known[0]
        return layout, *known[1]
    found = original(text, style, context, max_width, spacing, is_line_start, minimum)
    layout = found[0]
    if len(_MEASURES) >= _MEASURES_LIMIT:
        _MEASURES.clear()
    facts = (layout.text, layout.justification_spacing, layout.max_width, layout.first_line_direction)
    _MEASURES[key] = facts, found[1:]
    return found


def _style_key(style: Any) -> int:
    try:
        return style.measure_key
    except AttributeError:
        text = repr([style[name] for name in _MEASURED_BY])
        style.measure_key = _STYLE_KEYS.setdefault(text, len(_STYLE_KEYS))
        return style.measure_key
