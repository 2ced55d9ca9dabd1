import hashlib
import io
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops
from weasyprint import CSS, HTML

from portal.core.canonical import canonical_bytes
from portal.documents import engine
from portal.documents.templatetags import paper as paper_filters
from portal.documents.text_layer import normalise
from tests.portal.documents.conftest import BASE, KEY
from tests.portal.documents.samples import sample
from tests.portal.documents.test_text_layer import text_of

ROOT = Path(engine.__file__).parents[2]
AT = datetime(2026, 11, 21, tzinfo=UTC)


def rasters(pdf: bytes, dpi: int) -> list[Image.Image]:
    return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def render(snapshot) -> bytes:
    return engine.render_certificate(snapshot, seal_key=KEY, verify_base=BASE)


def assert_rim_is_clear(pdf: bytes) -> None:
    """Nothing dark in the outer 8 mm to the left, right and top."""
    for picture in rasters(pdf, 60):
        width, height = picture.size
        rim = round(8 / 25.4 * 60)
        for box in ((0, 0, rim, height), (width - rim, 0, width, height), (0, 0, width, rim)):
            assert picture.crop(box).getextrema()[0] > 200


# --- What the file is ----------------------------------------------------------------------------------------------


def test_only_the_two_faces_are_embedded_as_subsets(paper):
    with pikepdf.open(io.BytesIO(paper(1))) as pdf:
        fonts = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Type0"]
        assert {str(font.BaseFont).partition("+")[2] for font in fonts} == engine.FACES
        for font in fonts:
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
            assert len(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()) < 60_000


def test_it_is_written_as_pdf_a_3u(paper):
    raw = paper(2)
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        root = pdf.Root
        xmp = root.Metadata.read_bytes().decode()
        assert 'part="3"' in xmp and 'conformance="U"' in xmp
        assert root.OutputIntents[0].S == "/GTS_PDFA1" and "/DestOutputProfile" in root.OutputIntents[0]
        assert raw.startswith(b"%PDF-1.7") and str(root.get("/Version", "/1.7")) == "/1.7"
        assert "/ID" in pdf.trailer and not pdf.is_encrypted
        assert not {"/JavaScript", "/OpenAction", "/AA"} & set(root.keys())
        assert glyphs_without_text(pdf) == []


def glyphs_without_text(pdf: pikepdf.Pdf) -> list[str]:
    missing = []
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Type0":
            table = one.ToUnicode.read_bytes().decode("latin1").split("endcodespacerange")[1]
            pairs = re.findall(r"<([0-9a-f]{4})> <([0-9a-f]*)>", table)
            assert pairs
            missing += [glyph for glyph, text in pairs if not text or text in ("0000", "feff", "fffe")]
    return missing


def test_the_canonical_record_is_attached_once_and_dated_by_the_record(paper):
    with pikepdf.open(io.BytesIO(paper(1))) as pdf:
        assert len(pdf.Root.AF) == 1
        specification = pdf.Root.AF[0]
        file = specification.EF.F
        assert file.read_bytes() == canonical_bytes(sample(1))
        assert str(specification.AFRelationship) == "/Source"
        assert str(file.Subtype) == "/application/json"
        issued = datetime.fromisoformat(sample(1)["issued_at"])
        assert str(file.Params.ModDate) == str(pdf.docinfo.ModDate) == f"D:{issued:%Y%m%d%H%M%S}Z"


def test_the_same_record_gives_the_same_bytes_in_any_process(paper):
    program = (
        "import hashlib; from tests.portal.documents.samples import sample; from portal.documents import engine;"
        f"made = engine.render_certificate(sample(1), seal_key={KEY!r}, verify_base={BASE!r});"
        "print(hashlib.sha256(made).hexdigest())"
    )
    for hash_seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert run.stdout.strip() == hashlib.sha256(paper(1)).hexdigest()


def test_remembered_measures_do_not_change_a_byte(paper):
    warm = paper(3)
    engine._MEASURES.clear()
    assert render(sample(3)) == warm
    assert engine._MEASURES


def test_without_harfbuzz_subset_papers_are_slower_and_otherwise_the_same(paper, monkeypatch):
    from weasyprint.pdf import fonts

    monkeypatch.setattr(fonts, "harfbuzz_subset", None)
    made = render(sample(1))
    assert made == render(sample(1))
    assert text_of(made) == text_of(paper(1))
    for slow, fast in zip(rasters(made, 60), rasters(paper(1), 60), strict=True):
        assert ImageChops.difference(slow, fast).getbbox() is None


# --- What is printed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_usual_certificate_is_one_page_with_a_clear_rim(paper, seed):
    assert len(pypdfium2.PdfDocument(paper(seed))) == 1
    assert_rim_is_clear(paper(seed))


def test_many_owners_and_floors_flow_to_more_pages_and_lose_nothing():
    snapshot = sample(7, owners=34, floors=14)
    for i, owner in enumerate(snapshot["owners"]):
        owner["name"] = f"سیدمحمدرضا موسوی‌تبار خراسانی {i} و همهٔ ورثهٔ مرحوم حاج علی‌اکبر احمدی‌نسب قره‌باغی"
    pdf = render(snapshot)
    assert len(pypdfium2.PdfDocument(pdf)) == 3
    assert_rim_is_clear(pdf)
    text = text_of(pdf)
    assert text.count(normalise("سیدمحمدرضا موسوی‌تبار")) == 34
    assert normalise("طبقهٔ ۱۲") in text and "۳ از ۳" in text


def test_a_word_longer_than_its_cell_stays_within_the_frame():
    snapshot = sample(8)
    snapshot["address"] = "الف" * 300
    snapshot["owners"][0]["name"] = "ب" * 200
    assert_rim_is_clear(render(snapshot))


def test_bare_land_and_empty_lists_are_said_in_words():
    snapshot = sample(4)
    for name in ("buildings", "setbacks", "violations", "holds"):
        snapshot[name] = []
    for name in ("unit", "permit", "completion", "clearance74_until", "renovation_until"):
        del snapshot[name]
    snapshot["sketch"] = {}
    snapshot["plan"] = {"name": "", "date": "", "use": "", "density": "", "coverage": "", "floors": 0}
    snapshot["land"] |= {"measured_m2": "", "after_m2": ""}
    snapshot["addressee"] |= {"letter_no": "", "letter_date": ""}
    snapshot["plate"] = {"bakhsh": "", "asli": "", "fari": ""}
    text = text_of(render(snapshot))
    for words in (
        "کروکی این ملک در پرونده نیست",
        "طرح مصوبی ثبت نشده",
        "ملک فاقد اعیانی است",
        "ملک عقبنشینی ندارد",
        "تخلفی در پرونده ثبت نشده",
    ):
        assert words in text


def test_every_code_of_the_page_is_set_apart_from_the_prose():
    html, _ = engine.certificate_page(sample(3), seal_key=KEY, verify_base=BASE)
    prose = re.sub(r"<(span|div)[^>]*dir=\"ltr\"[^>]*>.*?</\1>", " ", html.partition("<body>")[2])
    prose = re.sub(r"<[^>]*>", " ", prose)
    assert re.findall(r"[\d۰-۹][-/][\d۰-۹]", prose) == []


def code_as_seen(code_html: str, width_mm: int) -> str:
    """The code's characters from left to right, as they stand on a page whose paragraph has this width."""
    style = f"width:{width_mm}mm;font-size:14pt"
    html = f'<html lang="fa" dir="rtl"><body><p style="{style}">ملک با کد نوسازی {code_html} است</p></body></html>'
    page = pypdfium2.PdfDocument(engine.engine().pdf(html, {}, record=b"{}", issued_at=AT))[0]
    text = page.get_textpage()
    letters = [(text.get_text_range(i, 1), text.get_charbox(i)) for i in range(text.count_chars())]
    printed = [(box[0], letter) for letter, box in letters if letter in "-۰۱۲۳۴۵۶۷۸۹" and box[1] > 100]
    return "".join(letter for _, letter in sorted(printed))


@pytest.mark.parametrize("width_mm", [28, 45, 60, 90, 160])
def test_a_code_reads_the_same_wherever_the_line_breaks(width_mm):
    assert code_as_seen(str(paper_filters.ltr("4-1-12-34-5")), width_mm) == "۴-۱-۱۲-۳۴-۵"


def test_a_bare_code_after_a_persian_word_would_print_in_reverse():
    assert code_as_seen("۴-۱-۱۲-۳۴-۵", 160) == "۵-۳۴-۱۲-۱-۴"


def test_the_trimmed_agent_style_sheet_shows_the_same_page_as_weasyprints_own():
    machine = engine.engine()
    html, pictures = engine.certificate_page(sample(3), seal_key=KEY, verify_base=BASE)
    pages = [
        page_class(string=html, url_fetcher=machine._fetcher).write_pdf(
            font_config=machine._fonts, stylesheets=machine._css, cache=dict(pictures)
        )
        for page_class in (machine._html, HTML)
    ]
    for ours, stock in zip(*(rasters(page, 100) for page in pages), strict=True):
        assert ImageChops.difference(ours, stock).getbbox() is None


def test_the_page_looks_as_the_plain_call_with_svg_pictures_draws_it(paper):
    html, _ = engine.certificate_page(sample(3), seal_key=KEY, verify_base=BASE, as_svg=True)
    machine = engine.engine()
    css = CSS(string=(engine.TEMPLATES / "certificate.css").read_text("utf-8"), font_config=machine._fonts)
    plain = HTML(string=html).write_pdf(stylesheets=[css], font_config=machine._fonts)
    for ours, stock in zip(rasters(paper(3), 100), rasters(plain, 100), strict=True):
        histogram = ImageChops.difference(ours, stock).histogram()
        # Two painters round hairlines differently; a moved line of text or a missing picture is thousands of pixels.
        assert sum(histogram[64:]) < 0.001 * ours.width * ours.height


# --- What it refuses -----------------------------------------------------------------------------------------------


def test_markup_in_a_name_is_printed_and_not_obeyed():
    snapshot = sample(5)
    snapshot["applicant"]["name"] = '<img src="file:///etc/hostname">'
    snapshot["address"] = 'http://127.0.0.1/x <link rel="attachment" href="file:///etc/passwd">'
    pdf = render(snapshot)
    assert "hostname" in text_of(pdf) and "rel=" in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.Root.AF) == 1
        assert not [one for one in opened.objects if getattr(one, "get", {}.get)("/Subtype") == "/Image"]


def test_an_address_in_the_markup_itself_is_never_opened(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        urls = (f"http://127.0.0.1:{server.getsockname()[1]}/x.svg", secret.as_uri(), "data:image/svg+xml,<svg/>")
        pictures = "".join(f'<img src="{url}">' for url in urls)
        html = f'<html lang="fa" dir="rtl"><body><p>متن {pictures}</p></body></html>'
        empty = html.replace(pictures, "".join('<img src="">' for _ in urls))
        made, expected = (engine.engine().pdf(page, {}, record=b"{}", issued_at=AT) for page in (html, empty))
        with pytest.raises(TimeoutError):
            server.accept()
    assert made == expected


def test_the_self_test_passes_here_and_fails_for_other_fonts(monkeypatch):
    engine.engine().self_test()
    monkeypatch.setattr(engine, "FACES", frozenset({"DejaVu-Sans"}))
    with pytest.raises(engine.EngineUnfit, match="Vazirmatn"):
        engine.engine().self_test()


def test_the_fonts_are_the_published_ones():
    for line in (engine.FONTS / "SHA256SUMS").read_text().splitlines():
        expected, name = line.split()
        assert hashlib.sha256((engine.FONTS / name).read_bytes()).hexdigest() == expected
