"""Opens one uploaded file inside a small cage and says what is in it.

`portal.casework.uploads` runs this file as a script, without Django, without environment and without the project on
the path. It is called `uploads_worker.py JOB [ARGUMENT…]` with the file on standard input, and answers on standard
output with one line of JSON, then the blobs whose lengths the line names:

    {"pages": 1, "lengths": [48211]}            cleaned, or previewed
    {"refused": "pdf_script"}                   the code of a refusal

The cage closes before the first byte is read (reliability.md 4.4): 20 s of CPU, 512 MB of memory, and no new file
descriptor, so that a file which takes the parser over finds neither disk nor network.
"""

import codecs
import contextlib
import io
import json
import os
import re
import resource
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NoReturn

import pikepdf
import pypdfium2
from PIL import Image, MpoImagePlugin, TiffImagePlugin  # noqa: F401 what JPEG calls for later

# In the cage no module can be loaded any more.
Image.preinit()
codecs.lookup("cp437")  # names in an archive

CPU_S = 20
MEMORY_BYTES = 512 * 1024**2
ANSWER_BYTES = 64 * 1024**2

IMAGE_PIXELS = 40_000_000
IMAGE_SIDE_PX = 16_000
CLEAN_SIDE_PX = 2_400
PREVIEW_SIDE_PX = 1_600
JPEG_QUALITY = 86

PDF_PAGES = 60
PDF_OBJECTS = 5_000
PDF_NODES = 500_000
PDF_DECODED_BYTES = 200 * 1024**2
INFLATE_STEP_BYTES = 1024**2

EXIF_ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# A key of any dictionary in the PDF → the refusal it causes.
FORBIDDEN_KEYS = {
    "/JS": "pdf_script",
    "/JavaScript": "pdf_script",
    "/AA": "pdf_action",
    "/EF": "pdf_attachment",
    "/EmbeddedFiles": "pdf_attachment",
    "/XFA": "pdf_form",
    "/RichMediaContent": "pdf_media",
    "/URI": "pdf_link",
}
# A name under /S, /Type or /Subtype → the refusal it causes.
FORBIDDEN_NAMES = {
    "/JavaScript": "pdf_script",
    "/Launch": "pdf_action",
    "/SubmitForm": "pdf_action",
    "/ImportData": "pdf_action",
    "/EmbeddedFile": "pdf_attachment",
    "/FileAttachment": "pdf_attachment",
    "/GoToR": "pdf_link",
    "/GoToE": "pdf_link",
    "/Thread": "pdf_link",
    "/URI": "pdf_link",
    "/RichMedia": "pdf_media",
    "/Rendition": "pdf_media",
    "/Screen": "pdf_media",
    "/Movie": "pdf_media",
    "/Sound": "pdf_media",
    "/3D": "pdf_media",
}
NAMING_KEYS = ("/S", "/Type", "/Subtype")
# Objects that the cross-reference table hides are still found by a reader that repairs the file, so the bare bytes
# are searched too. Only names too long to occur by chance.
HIDDEN_NAMES = re.compile(rb"/(JavaScript|Launch|SubmitForm|ImportData|EmbeddedFiles?|RichMedia|GoToR)\b")
ENCRYPTION = re.compile(rb"/Encrypt\b")  # stands in the trailer, which is never encrypted nor compressed

FLATE = {"/FlateDecode", "/Fl"}
OTHER_FILTERS = {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"}
IMAGE_FILTERS = {"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}
PDF_TRAILER_WINDOW = 1_024


class Refused(Exception):
    """The file is refused; the only argument is the code."""


# --- images -------------------------------------------------------------------------------------------------------


def clean_image(data: bytes, image_format: str) -> tuple[int, list[bytes]]:
    """One JPEG made from the bare pixels of a JPEG or PNG: upright, without metadata, at most 2,400 px a side."""
    if b"%PDF-" in data[:1024]:
        raise Refused("hidden_content")
    try:
        return 1, [_rebuilt(data, image_format)]
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused("image_too_large") from error
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
        raise Refused("image_broken") from error


def _rebuilt(data: bytes, image_format: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = IMAGE_PIXELS
        image: Image.Image = Image.open(io.BytesIO(data), formats=[image_format])
    if max(image.size) > IMAGE_SIDE_PX:
        raise Refused("image_too_large")
    turn = TURNS.get(_orientation(image))
    image.draft("RGB", (CLEAN_SIDE_PX, CLEAN_SIDE_PX))  # a JPEG is decoded at the nearest larger eighth: less memory
    image.load()
    image = _smooth(image)
    image.thumbnail((CLEAN_SIDE_PX, CLEAN_SIDE_PX), Image.Resampling.LANCZOS)
    image = _on_paper(image)
    if turn is not None:
        image = image.transpose(turn)
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    return _jpeg(bare)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, or 0 where the block is absent or damaged."""
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 0))
    except Exception:  # EXIF is whatever a camera wrote; a damaged block is no reason to refuse the photo
        return 0


def _smooth(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be made smaller smoothly: no palette, no bare bits, no 16-bit grey."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):  # Pillow's own way to 8 bits would cut the light tones off
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image


def _on_paper(image: Image.Image) -> Image.Image:
    """RGB; what was transparent is white."""
    if image.mode not in ("RGBA", "LA") and "transparency" not in image.info:
        return image.convert("RGB")
    image = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _jpeg(image: Image.Image) -> bytes:
    answer = io.BytesIO()
    image.save(answer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return answer.getvalue()


# --- PDF ----------------------------------------------------------------------------------------------------------


def check_pdf(data: bytes) -> tuple[int, list[bytes]]:
    """The number of pages of a PDF that carries nothing but pages. It is kept as it came, so there is no blob."""
    if b"%%EOF" not in data[-PDF_TRAILER_WINDOW:]:
        raise Refused("pdf_broken")  # cut short, or something else is glued to its end
    if _is_archive(data):
        raise Refused("hidden_content")
    if ENCRYPTION.search(data):  # qpdf would want random numbers to look closer, and the cage has no device
        raise Refused("pdf_encrypted")
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return _checked_pages(pdf, data), []
    except pikepdf.PasswordError as error:
        raise Refused("pdf_encrypted") from error
    except pikepdf.PdfError as error:
        raise Refused("pdf_broken") from error


def _is_archive(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return bool(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _checked_pages(pdf: pikepdf.Pdf, data: bytes) -> int:
    if pdf.is_encrypted:
        raise Refused("pdf_encrypted")
    if len(pdf.objects) > PDF_OBJECTS:
        raise Refused("pdf_too_complex")
    pages = len(pdf.pages)
    if pages > PDF_PAGES:
        raise Refused("pdf_too_many_pages")
    _check_parts(pdf)
    if found := HIDDEN_NAMES.search(data):
        name = "/" + found.group(1).decode()
        raise Refused(FORBIDDEN_KEYS.get(name) or FORBIDDEN_NAMES[name])
    if pages == 0 or pages != _pages_by_pdfium(data):
        raise Refused("pdf_broken")  # two unrelated parsers must see the same paper
    return pages


def _check_parts(pdf: pikepdf.Pdf) -> None:
    """Looks at each dictionary once and unpacks each stream within the budget that all streams share."""
    budget = PDF_DECODED_BYTES
    nodes = 0
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            budget -= _unpacked_size(thing, budget)
        for part in _parts(thing):
            nodes += 1
            if nodes > PDF_NODES:
                raise Refused("pdf_too_complex")
            if isinstance(part, (pikepdf.Dictionary, pikepdf.Stream)):
                _check_dictionary(part)


def _parts(thing: Any) -> Iterator[Any]:
    """`thing` and everything written directly inside it; what it merely refers to comes on its own."""
    waiting = [thing]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, pikepdf.Array):
            waiting.extend(child for child in part if not _is_reference(child))
        elif isinstance(part, (pikepdf.Dictionary, pikepdf.Stream)):
            waiting.extend(child for _key, child in part.items() if not _is_reference(child))


def _is_reference(child: Any) -> bool:
    return isinstance(child, pikepdf.Object) and child.is_indirect


def _check_dictionary(part: Any) -> None:
    for key in part.keys():  # noqa: SIM118 a stream iterates over nothing
        if key in FORBIDDEN_KEYS:
            raise Refused(FORBIDDEN_KEYS[key])
    for key in NAMING_KEYS:
        name = part.get(key)
        if isinstance(name, pikepdf.Name) and str(name) in FORBIDDEN_NAMES:
            raise Refused(FORBIDDEN_NAMES[str(name)])
    if isinstance(part, pikepdf.Stream) and "/F" in part:
        raise Refused("pdf_link")  # the content of the stream would come from another file
    opening = part.get("/OpenAction")
    # Office programs write "open at the top of page one" here. That is a place, not an act.
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != pikepdf.Name.GoTo:
        raise Refused(FORBIDDEN_NAMES.get(str(opening.get("/S")), "pdf_action"))


def _pages_by_pdfium(data: bytes) -> int:
    try:
        with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
            return len(document)
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error


# --- PDF streams --------------------------------------------------------------------------------------------------


def _unpacked_size(stream: Any, budget: int) -> int:
    """Bytes that the stream unpacks to, counted only as far as `budget`; images by their pixels."""
    filters = _filters(stream)
    if not set(filters) <= FLATE | OTHER_FILTERS | IMAGE_FILTERS:
        raise Refused("pdf_too_complex")
    data: bytes | bytearray = stream.read_raw_bytes()
    total = len(data)
    for position, name in enumerate(filters):
        if name in FLATE:
            data = _inflated(data, budget - total)
            total += len(data)
        elif name in IMAGE_FILTERS:
            _check_picture(stream)
            break
        elif not IMAGE_FILTERS.intersection(filters[position:]):
            total += _unpacked_by_qpdf(stream)
            break
    if total > budget:
        raise Refused("pdf_bomb")
    return total


def _unpacked_by_qpdf(stream: Any) -> int:
    """For the rare filters. qpdf unpacks at once, so here the memory limit is the stop."""
    try:
        return len(stream.read_bytes(pikepdf.StreamDecodeLevel.specialized))
    except (pikepdf.PdfError, MemoryError) as error:
        raise Refused("pdf_too_complex") from error


def _filters(stream: Any) -> list[str]:
    value = stream.get("/Filter")
    if value is None:
        return []
    return [str(name) for name in value] if isinstance(value, pikepdf.Array) else [str(value)]


def _inflated(data: bytes | bytearray, budget: int) -> bytearray:
    """Inflates step by step and stops as soon as the budget is spent."""
    inflater = zlib.decompressobj()
    answer = bytearray()
    while data and not inflater.eof:  # what stands after the end, often a line break, would be offered again for ever
        try:
            answer += inflater.decompress(data, INFLATE_STEP_BYTES)
        except zlib.error:
            break  # readers show what came before the damage
        if len(answer) > budget:
            raise Refused("pdf_bomb")
        data = inflater.unconsumed_tail
    return answer


def _check_picture(stream: Any) -> None:
    width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    if width * height > IMAGE_PIXELS or max(width, height) > IMAGE_SIDE_PX:
        raise Refused("image_too_large")


# --- previews -----------------------------------------------------------------------------------------------------


def preview_pdf(data: bytes, first: int, limit: int) -> tuple[int, list[bytes]]:
    """Number of pages and one JPEG for each of the pages [first, first + limit), longest side 1,600 px."""
    try:
        with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
            pages = len(document)
            return pages, [_pictured(document, index) for index in range(first, min(first + limit, pages))]
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken") from error


def _pictured(document: Any, index: int) -> bytes:
    page = document[index]
    longest = max(*page.get_size(), 1)
    bitmap = page.render(scale=PREVIEW_SIDE_PX / longest)
    picture = _jpeg(bitmap.to_pil().convert("RGB"))
    bitmap.close()
    page.close()
    return picture


# --- the cage -----------------------------------------------------------------------------------------------------


def enter_cage() -> None:
    """Takes away, for good, what a parser does not need. Standard error goes too: it may quote the file."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def run(job: str, arguments: list[str], data: bytes) -> tuple[int, list[bytes]]:
    if job in ("jpeg", "png"):
        return clean_image(data, job.upper())
    if job == "pdf":
        return check_pdf(data)
    if job == "preview":
        return preview_pdf(data, *map(int, arguments))
    raise ValueError(job)


def main(job: str, *arguments: str) -> NoReturn:
    enter_cage()
    blobs: list[bytes] = []
    try:
        pages, blobs = run(job, list(arguments), sys.stdin.buffer.read())
        answer: dict[str, object] = {"pages": pages, "lengths": [len(blob) for blob in blobs]}
    except Refused as refusal:
        answer = {"refused": refusal.args[0]}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_heavy"}
    except Exception:  # whatever a hostile file makes a parser raise, the answer to its owner is the same
        answer = {"refused": "unreadable"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(blobs))
    sys.stdout.flush()
    os._exit(0)  # no finalisers: the libraries' own may stumble over the limits


if __name__ == "__main__":
    main(*sys.argv[1:])
