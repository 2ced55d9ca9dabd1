"""The certificate as this project renders it, and as others would: the variants that the benchmarks compare.

N1, the naive call, is documents.md's honest baseline: ``HTML(string=…).write_pdf()`` for each document, the style
sheet and @font-face in the page, pictures as SVG, tables laid out by their content.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from portal.documents import engine  # noqa: E402
from tests.portal.documents.samples import sample  # noqa: E402

KEY = b"the benchmarks' stamp key"
BASE = "HTTPS://VERIFY.URMIA.EXAMPLE/V"
_PRIVATE_FONTS = "FONTCONFIG_FILE"


def ours(seed: int) -> bytes:
    return engine.render_certificate(sample(seed), seal_key=KEY, verify_base=BASE)


def naive(seed: int, *, fixed_tables: bool = False, with_ornament: bool = True) -> bytes:
    """The plain call. Without ornament (frame and band), it has less to paint than ours: the hardest comparison."""
    from weasyprint import HTML

    private = os.environ.pop(_PRIVATE_FONTS, None)
    try:
        page = naive_page(seed, fixed_tables=fixed_tables)
        if not with_ornament:
            page = re.sub(r'<img class="(frame|field)"[^>]*>', "", page)
        return HTML(string=page).write_pdf()
    finally:
        if private:
            os.environ[_PRIVATE_FONTS] = private


def naive_page(seed: int, *, fixed_tables: bool = False) -> str:
    html, _ = engine.certificate_page(sample(seed), seal_key=KEY, verify_base=BASE, as_svg=True)
    css = (engine.TEMPLATES / "certificate.css").read_text("utf-8")
    if not fixed_tables:
        css = css.replace("table-layout: fixed", "table-layout: auto")
    faces = "".join(
        f'@font-face {{ font-family: Vazirmatn; font-weight: {weight}; src: url("{path.as_uri()}") }}'
        for weight, path in ((400, engine.FONTS / "Vazirmatn-Regular.ttf"), (700, engine.FONTS / "Vazirmatn-Bold.ttf"))
    )
    return html.replace("</head>", f"<style>{faces}{css}</style></head>")


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def cold_chromium(seed: int) -> bytes:
    """A new browser process for the document, as a web service without WeasyPrint would start it."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page, paper = folder / "page.html", folder / "paper.pdf"
        page.write_text(naive_page(seed, fixed_tables=True), "utf-8")
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--disable-extensions", "--disable-background-networking", "--disable-component-update"]
        subprocess.run(
            [program, *flags, f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer",
             f"--print-to-pdf={paper}", page.as_uri()],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        return paper.read_bytes()
