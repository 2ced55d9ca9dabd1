"""Real files against the real worker: each acceptance, each refusal."""

import hashlib
import io
import struct
import subprocess
import sys
import zipfile
import zlib

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils import translation
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw

from portal.casework import uploads
from portal.core.errors import Refusal

RED, BLUE = (200, 30, 30), (30, 30, 200)


# --- files --------------------------------------------------------------------------------------------------------


def picture(size=(300, 200), mode="RGB"):
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill=BLUE)
    return image.convert(mode)


def encoded(image, image_format="JPEG", **options):
    answer = io.BytesIO()
    image.save(answer, image_format, **options)
    return answer.getvalue()


def jpeg(size=(300, 200), **options):
    return encoded(picture(size), **options)


def png(size=(300, 200), mode="RGB"):
    return encoded(picture(size, mode), "PNG")


def png_claiming(width, height):
    """A PNG of a few hundred bytes whose header promises width × height pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf(change=None, pages=1, **options):
    """A plain PDF, after `change` has had its way with it."""
    document = pikepdf.new()
    for _number in range(pages):
        document.add_blank_page(page_size=(595, 842))
    if change:
        change(document)
    answer = io.BytesIO()
    document.save(answer, **options)
    return answer.getvalue()


def zipped():
    answer = io.BytesIO()
    with zipfile.ZipFile(answer, "w") as archive:
        archive.writestr("program.js", "alert(1)")
    return answer.getvalue()


TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}


def clean(data, name="deed.jpg", declared_type=None):
    declared = TYPES[name.rpartition(".")[2]] if declared_type is None else declared_type
    return uploads.clean(io.BytesIO(data), declared_type=declared, name=name)


def refusal(data, name="deed.jpg", declared_type=None):
    with pytest.raises(uploads.UploadRefused) as caught:
        clean(data, name, declared_type)
    return caught.value.code


def opened(upload):
    return Image.open(io.BytesIO(upload.cleaned))


def is_about(pixel, colour):
    return all(abs(one - other) < 25 for one, other in zip(pixel, colour, strict=True))


# --- pictures -----------------------------------------------------------------------------------------------------


def test_a_photo_is_kept_as_a_jpeg_with_both_digests():
    data = jpeg()
    upload = clean(data)
    assert (upload.kind, upload.media_type, upload.pages) == ("image", "image/jpeg", 1)
    assert upload.received_sha256 == hashlib.sha256(data).hexdigest()
    assert upload.cleaned_sha256 == hashlib.sha256(upload.cleaned).hexdigest()
    assert upload.size == len(upload.cleaned)
    assert opened(upload).size == (300, 200)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16"])
def test_a_png_of_any_mode_becomes_a_jpeg(mode):
    image = Image.new("I;16", (300, 200), 0xFFFF) if mode == "I;16" else picture(mode=mode)
    upload = clean(encoded(image, "PNG"), "scan.png")
    assert upload.media_type == "image/jpeg"
    assert upload.shown_name == "scan.jpg"
    assert (opened(upload).format, opened(upload).size) == ("JPEG", (300, 200))


def test_sixteen_bit_grey_keeps_its_tones():
    upload = clean(encoded(Image.new("I;16", (64, 64), 0x8000), "PNG"), "scan.png")
    assert is_about(opened(upload).getpixel((9, 9)), (128, 128, 128))


def test_what_is_transparent_becomes_white_paper():
    upload = clean(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"), "stamp.png")
    assert is_about(opened(upload).getpixel((9, 9)), (255, 255, 255))


def test_a_see_through_palette_becomes_white_paper():
    image = picture().quantize(8)
    upload = clean(encoded(image, "PNG", transparency=image.getpixel((299, 9))), "stamp.png")
    assert is_about(opened(upload).getpixel((9, 9)), RED)
    assert is_about(opened(upload).getpixel((290, 9)), (255, 255, 255))


def test_a_cmyk_jpeg_is_kept_in_rgb():
    upload = clean(encoded(picture(mode="CMYK")))
    assert opened(upload).mode == "RGB"
    assert is_about(opened(upload).getpixel((10, 10)), RED)


@pytest.mark.parametrize("declared", ["image/jpeg", "IMAGE/JPEG", "image/jpg", "image/jpeg; charset=binary"])
@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.jfif"])
def test_devices_call_a_jpeg_by_several_names(declared, name):
    assert uploads.clean(io.BytesIO(jpeg((9, 9))), declared_type=declared, name=name).shown_name == "a.jpg"


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom")],
)
def test_the_turn_in_exif_is_applied_and_then_forgotten(orientation, red_at):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "camera of Mr Marker"
    upload = clean(jpeg(exif=exif))
    image = opened(upload)
    middle, width, height = 20, *image.size
    corner = {
        "left": (middle, height // 2),
        "right": (width - middle, height // 2),
        "top": (width // 2, middle),
        "bottom": (width // 2, height - middle),
    }[red_at]
    assert (width > height) == (red_at in ("left", "right"))
    assert is_about(image.getpixel(corner), RED)
    assert not image.getexif()
    assert b"Marker" not in upload.cleaned


def test_a_photo_with_a_second_one_for_3d_screens_is_kept_without_it():
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture((64, 64))])
    assert opened(clean(data)).size == (300, 200)


def test_exif_profile_and_comment_do_not_survive():
    data = jpeg(comment=b"marker-comment", icc_profile=b"marker-profile" * 20, exif=b"Exif\0\0broken marker-exif")
    assert data.count(b"marker") > 2
    upload = clean(data)
    assert b"marker" not in upload.cleaned
    assert not {"icc_profile", "comment", "exif"} & opened(upload).info.keys()


@pytest.mark.parametrize(("size", "kept"), [((5000, 1000), (2400, 480)), ((900, 3600), (600, 2400))])
def test_the_longest_side_is_brought_down_to_2400_px(size, kept):
    assert opened(clean(jpeg(size))).size == kept
    assert opened(clean(png(size), "a.png")).size == kept


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "I;16"])
def test_the_largest_picture_allowed_fits_into_the_worker(mode):
    upload = clean(encoded(Image.new(mode, (8000, 5000)), "PNG", compress_level=1), "plan.png")
    assert opened(upload).size == (2400, 1500)


def test_a_progressive_jpeg_of_forty_megapixels_fits_into_the_worker():
    upload = clean(encoded(Image.new("RGB", (8000, 5000), "white"), progressive=True))
    assert opened(upload).size == (2400, 1500)


def test_more_than_forty_megapixels_are_refused():
    assert refusal(encoded(Image.new("L", (8000, 5001)))) == "image_too_large"


@pytest.mark.parametrize("size", [(60_000, 60_000), (20_000, 10), (7000, 7000)])
def test_a_small_file_that_promises_a_huge_picture_is_refused(size):
    assert refusal(png_claiming(*size), "a.png") == "image_too_large"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_picture_cut_short_is_refused(kept):
    noisy = Image.effect_noise((400, 400), 90)
    for data, name in ((encoded(noisy), "a.jpg"), (encoded(noisy, "PNG"), "a.png")):
        assert refusal(data[: int(len(data) * kept)], name) == "image_broken"


def test_a_picture_of_which_only_the_beginning_is_real_is_refused():
    assert refusal(b"\xff\xd8\xff" + b"A" * 5000) == "image_broken"
    assert refusal(png()[:8] + b"A" * 5000, "a.png") == "image_broken"


def test_what_is_glued_to_a_photo_does_not_survive():
    for tail in (zipped(), b"<?php system('id'); ?>", b"<script>alert(1)</script>", pdf()):
        upload = clean(jpeg() + tail)
        assert tail not in upload.cleaned
        assert not zipfile.is_zipfile(io.BytesIO(upload.cleaned))
        assert b"%PDF-" not in upload.cleaned


def test_what_hides_in_the_comment_of_a_photo_does_not_survive():
    upload = clean(jpeg(comment=b"*/=alert(1)/*<script>alert(1)</script>"))
    assert b"alert" not in upload.cleaned


def test_a_photo_that_a_pdf_reader_would_open_is_refused():
    assert refusal(jpeg(comment=b"\n%PDF-1.4\n1 0 obj")) == "hidden_content"


# --- types, names, sizes ------------------------------------------------------------------------------------------


def test_an_empty_file_is_refused():
    assert refusal(b"") == "empty_file"


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\0" + bytes(500),
        b"\x7fELF" + bytes(500),
        b"#!/bin/sh\nid\n",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"GIF89a" + bytes(500),
        b"\0\0\0\x18ftypheic" + bytes(500),
        b"%!PS-Adobe-3.0",
        b" %PDF-1.4",
        b"\n\xff\xd8\xff",
        zipped(),
    ],
    ids=["exe", "elf", "script", "html", "svg", "gif", "heic", "postscript", "pdf at 1", "jpeg at 1", "zip"],
)
@pytest.mark.parametrize("name", ["deed.jpg", "deed.png", "deed.pdf"])
def test_a_renamed_file_of_another_type_is_refused(data, name):
    assert refusal(data, name) == "unknown_type"


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("deed.png", "image/jpeg"),
        ("deed.jpg", "image/png"),
        ("deed.jpg", "application/pdf"),
        ("deed.jpg", "text/html"),
        ("deed.jpg", ""),
        ("deed.jpg", "application/octet-stream"),
        ("deed.jpg.exe", "image/jpeg"),
        ("deed.html", "image/jpeg"),
        ("deed", "image/jpeg"),
        (".jpg", "image/jpeg"),
        ("", "image/jpeg"),
    ],
)
def test_content_extension_and_declared_type_must_agree(name, declared):
    assert refusal(jpeg(), name, declared) == "type_mismatch"


def test_a_pdf_under_the_name_of_a_photo_is_refused():
    assert refusal(pdf(), "deed.jpg") == "type_mismatch"


class Endless:
    """A stream that never ends and counts what was taken from it."""

    taken = 0

    def read(self, size):
        self.taken += size
        return bytes(size)


def test_a_file_that_does_not_end_is_read_one_byte_beyond_the_limit():
    stream = Endless()
    with pytest.raises(uploads.UploadRefused) as caught:
        uploads.clean(stream, declared_type="image/jpeg", name="a.jpg")
    assert caught.value.code == "file_too_large"
    assert stream.taken == uploads.FILE_BYTES + 1


def test_a_file_that_says_it_is_too_large_is_not_read_at_all():
    stream = Endless()
    stream.size = 20 * 1024**2
    with pytest.raises(uploads.UploadRefused):
        uploads.clean(stream, declared_type="image/jpeg", name="a.jpg")
    assert stream.taken == 0


def test_the_limit_itself_is_allowed():
    data = jpeg()
    assert clean(data + bytes(uploads.FILE_BYTES - len(data))).pages == 1
    assert refusal(data + bytes(uploads.FILE_BYTES - len(data) + 1)) == "file_too_large"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("سند مالکیت.jpg", "سند مالکیت.jpg"),
        ("نامه\u200cی دفترخانه.jpg", "نامه\u200cی دفترخانه.jpg"),
        ("deed\u202egpj.exe.jpg", "deedgpj.exe.jpg"),
        ("\u2066a\u2069\u200fb\u061c\ufeff.jpg", "ab.jpg"),
        ("C:\\papers\\deed.jpg", "deed.jpg"),
        ("../../etc/deed.jpg", "deed.jpg"),
        ("deed\r\nSet-Cookie: a.jpg", "deed Set-Cookie: a.jpg"),
        ("a\0b\x1b.jpg", "ab.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("\u202e.jpg", "file.jpg"),
        ("ا" * 200 + ".jpg", "ا" * 76 + ".jpg"),
    ],
)
def test_the_shown_name_is_one_clean_line(name, shown):
    assert uploads.clean_name(name, extension="jpg") == shown
    assert clean(jpeg((9, 9)), name).shown_name == shown


# --- PDF ----------------------------------------------------------------------------------------------------------


def test_a_plain_pdf_is_kept_as_it_came():
    data = pdf(pages=3)
    upload = clean(data, "نامه.pdf")
    assert (upload.kind, upload.media_type, upload.pages) == ("pdf", "application/pdf", 3)
    assert upload.cleaned == data
    assert upload.received_sha256 == upload.cleaned_sha256
    assert upload.shown_name == "نامه.pdf"


def test_a_scan_in_a_pdf_is_kept():
    answer = io.BytesIO()
    picture((1200, 1700)).save(answer, "PDF")
    assert clean(answer.getvalue(), "scan.pdf").pages == 1


@pytest.mark.parametrize(
    "option", [{"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}, {"qdf": True}]
)
def test_a_pdf_may_be_written_in_any_of_the_usual_ways(option):
    assert clean(pdf(pages=2, **option), "a.pdf").pages == 2


def test_a_pdf_may_open_at_a_page_of_its_own():
    def place(document):
        document.Root.OpenAction = Array([document.pages[0].obj, Name.XYZ, None, None, 0])

    def jump(document):
        document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]))

    assert clean(pdf(place), "a.pdf").pages == 1
    assert clean(pdf(jump), "a.pdf").pages == 1


@pytest.mark.parametrize(
    "encryption",
    [pikepdf.Encryption(owner="o", user="u"), pikepdf.Encryption(owner="o", user=""), pikepdf.Encryption("", "", R=4)],
    ids=["password", "restriction", "old"],
)
def test_a_locked_pdf_is_refused(encryption):
    assert refusal(pdf(encryption=encryption), "a.pdf") == "pdf_encrypted"


def open_action(**entries):
    def change(document):
        document.Root.OpenAction = document.make_indirect(Dictionary(**entries))

    return change


def annotation(**entries):
    def change(document):
        note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 99, 99]), **entries)
        document.pages[0].obj.Annots = Array([document.make_indirect(note)])

    return change


def link(**action):
    return annotation(Subtype=Name.Link, A=Dictionary(**action))


def attached(document):
    document.attachments["salaries.xlsx"] = b"spreadsheet"


def form(document):
    document.Root.AcroForm = Dictionary(Fields=Array(), XFA=document.make_stream(b"<xdp/>"))


def script_by_name(document):
    action = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), action])))


def page_action(document):
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Named, N=Name.Print))


def deep_script(document):
    """The action stands several arrays and dictionaries deep, in a next action."""
    last = Dictionary(S=Name.JavaScript, JS=document.make_stream(b"app.alert(1)"))
    document.Root.PieceInfo = Dictionary(A=Array([1, Array([Dictionary(Next=Array([last]))])]))


def external_stream(document):
    document.Root.Data = document.make_stream(b"", F=String("http://example.org/data"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (open_action(S=Name.JavaScript, JS=String("app.alert(1)")), "pdf_script"),
        (script_by_name, "pdf_script"),
        (deep_script, "pdf_script"),
        (link(S=Name.JavaScript, JS=String("app.alert(1)")), "pdf_script"),
        (open_action(S=Name.Launch, F=String("cmd.exe")), "pdf_action"),
        (open_action(S=Name.Named, N=Name.Print), "pdf_action"),
        (link(S=Name.Launch, F=String("cmd.exe")), "pdf_action"),
        (link(S=Name.SubmitForm, F=String("http://example.org")), "pdf_action"),
        (page_action, "pdf_action"),
        (attached, "pdf_attachment"),
        (annotation(Subtype=Name.FileAttachment), "pdf_attachment"),
        (form, "pdf_form"),
        (annotation(Subtype=Name.RichMedia), "pdf_media"),
        (annotation(Subtype=Name.Movie), "pdf_media"),
        (link(S=Name.URI, URI=String("http://example.org")), "pdf_link"),
        (link(S=Name.GoToR, F=String("other.pdf"), D=Array([0, Name.Fit])), "pdf_link"),
        (external_stream, "pdf_link"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_pdf_that_does_more_than_show_pages_is_refused(change, code, packed):
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert refusal(pdf(change, object_stream_mode=mode), "a.pdf") == code


def test_a_name_written_in_hexadecimal_is_still_understood():
    data = pdf(link(S=Name.Launch, F=String("cmd.exe"))).replace(b"/Launch", b"/L#61unch")
    assert refusal(data, "a.pdf") == "pdf_action"


def test_an_object_that_the_cross_reference_table_hides_is_found():
    hidden = b"\n99 0 obj\n<< /S /JavaScript /JS (app.alert) >>\nendobj\n"
    data = pdf()
    assert refusal(data[:-6] + hidden + data[-6:], "a.pdf") == "pdf_script"


def test_sixty_pages_are_allowed_and_not_one_more():
    assert clean(pdf(pages=60), "a.pdf").pages == 60
    assert refusal(pdf(pages=61), "a.pdf") == "pdf_too_many_pages"


def test_more_than_five_thousand_objects_are_refused():
    def change(document):
        document.Root.Many = Array([document.make_indirect(Dictionary(A=number)) for number in range(5000)])

    assert refusal(pdf(change), "a.pdf") == "pdf_too_complex"


def test_one_endless_object_is_refused():
    def change(document):
        document.Root.Many = Array([0] * 600_000)

    assert refusal(pdf(change), "a.pdf") == "pdf_too_complex"


def deflated(size):
    return zlib.compress(bytes(size), 9)


def stream_of(raw, *filters):
    def change(document):
        content = Stream(document, raw)
        content.Filter = Array([Name(name) for name in filters])
        document.Root.Data = document.make_indirect(content)

    return change


def raw_pdf(change):
    """Saved as it is, so that qpdf does not tidy the streams."""
    return pdf(change, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def test_a_line_break_after_the_end_of_a_stream_is_no_reason_to_refuse():
    """Many programs write one; asking the inflater for it again and again took all of the worker's time."""
    assert clean(raw_pdf(stream_of(deflated(10_000) + b"\r\n", "/FlateDecode")), "a.pdf").pages == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (stream_of(deflated(201 * 1024**2), "/FlateDecode"), "pdf_bomb"),
        (stream_of(zlib.compress(deflated(900 * 1024**2)), "/FlateDecode", "/FlateDecode"), "pdf_bomb"),
        (stream_of(b"\x81\0" * 2_000_000, "/RunLengthDecode"), "pdf_too_complex"),
        (stream_of(b"\x81\0" * 100_000, "/RunLengthDecode", "/RunLengthDecode", "/Unheard"), "pdf_too_complex"),
    ],
    ids=["deflate", "twice", "run length", "unknown"],
)
def test_a_pdf_that_unpacks_to_too_much_is_refused(change, code):
    data = raw_pdf(change)
    assert len(data) < uploads.FILE_BYTES
    assert refusal(data, "a.pdf") == code


def test_the_streams_of_a_pdf_share_one_budget():
    def change(document):
        for number in range(3):
            content = Stream(document, deflated(80 * 1024**2))
            content.Filter = Name.FlateDecode
            document.Root[f"/Data{number}"] = document.make_indirect(content)

    assert refusal(raw_pdf(change), "a.pdf") == "pdf_bomb"


def test_a_picture_in_a_pdf_may_not_be_larger_than_a_photo():
    def change(document):
        content = Stream(document, jpeg())
        content.update(Dictionary(Subtype=Name.Image, Width=30_000, Height=30_000, Filter=Name.DCTDecode))
        document.Root.Data = document.make_indirect(content)

    assert refusal(raw_pdf(change), "a.pdf") == "image_too_large"


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_a_pdf_cut_short_is_refused(kept):
    data = pdf(pages=5)
    assert refusal(data[: int(len(data) * kept)], "a.pdf") == "pdf_broken"


def test_a_pdf_without_pages_is_refused():
    assert refusal(pdf(pages=0), "a.pdf") == "pdf_broken"
    assert refusal(b"%PDF-1.4\n%%EOF\n", "a.pdf") == "pdf_broken"


def test_a_pdf_that_is_an_archive_too_is_refused():
    data = pdf()
    assert refusal(data + zipped(), "a.pdf") == "hidden_content"
    assert refusal(data + bytes(2000), "a.pdf") == "pdf_broken"


# --- previews -----------------------------------------------------------------------------------------------------


def numbered(document):
    for number, page in enumerate(document.pages):
        page.mediabox = Array([0, 0, 400 + 100 * number, 800])


def test_the_pages_of_a_pdf_become_pictures():
    pictures = uploads.preview_pages(pdf(numbered, pages=3))
    sizes = [Image.open(io.BytesIO(data)).size for data in pictures]
    assert sizes == [(800, 1600), (1000, 1600), (1200, 1600)]


def test_slow_papers_leave_threads_to_everybody_else(monkeypatch):
    monkeypatch.setattr(uploads, "TURN_S", 0)
    with uploads.WORKERS, uploads.WORKERS:
        assert refusal(jpeg(), "a.jpg") == "busy"
    assert clean(jpeg(), "a.jpg").pages == 1


def test_a_part_of_the_pages_can_be_asked_for():
    data = pdf(numbered, pages=3)
    assert uploads.preview_pages(data, 1, first=1) == uploads.preview_pages(data, 3)[1:2]
    assert uploads.preview_pages(data, 5, first=3) == []


def test_a_page_shows_what_is_on_it():
    answer = io.BytesIO()
    picture((600, 400)).save(answer, "PDF")
    (page,) = uploads.preview_pages(answer.getvalue(), 1)
    image = Image.open(io.BytesIO(page))
    assert is_about(image.getpixel((100, 500)), RED)
    assert is_about(image.getpixel((1500, 500)), BLUE)


def test_a_page_of_absurd_size_is_only_a_picture_of_1600_px():
    def change(document):
        document.pages[0].mediabox = Array([0, 0, 14_400, 14_400])

    (page,) = uploads.preview_pages(pdf(change), 1)
    assert Image.open(io.BytesIO(page)).size == (1600, 1600)


def test_what_is_no_pdf_has_no_preview():
    with pytest.raises(uploads.UploadRefused) as caught:
        uploads.preview_pages(b"not a PDF", 1)
    assert caught.value.code == "pdf_broken"


# --- the cage -----------------------------------------------------------------------------------------------------


def in_cage(code):
    """Runs `code` in a process that has entered the worker's cage; returns how it ended."""
    program = f"import os, runpy, socket\nrunpy.run_path({str(uploads.WORKER)!r})['enter_cage']()\n{code}"
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/hostname')",
        "socket.socket()",
        "bytearray(600 * 1024**2)",
        "os.pipe()",
    ],
)
def test_in_the_cage_there_is_no_disk_no_network_and_little_memory(act):
    ended = in_cage(f"try:\n    {act}\nexcept (OSError, MemoryError):\n    print('denied')")
    assert ended.stdout == "denied\n"


def test_in_the_cage_endless_work_is_ended_by_the_kernel():
    ended = in_cage("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    assert ended.returncode < 0


def test_a_worker_that_takes_too_long_is_ended_and_the_file_refused(monkeypatch):
    monkeypatch.setattr(uploads, "WORKER_TIME_S", 0.01)
    assert refusal(jpeg()) == "too_heavy"


def test_a_worker_that_crashes_refuses_the_file(monkeypatch, tmp_path):
    crashing = tmp_path / "worker.py"
    crashing.write_text("import os\nos.abort()")
    monkeypatch.setattr(uploads, "WORKER", crashing)
    assert refusal(jpeg()) == "too_heavy"


def test_a_worker_that_cannot_start_is_our_fault_and_not_the_files(monkeypatch, tmp_path):
    monkeypatch.setattr(uploads, "WORKER", tmp_path / "absent.py")
    with pytest.raises(uploads.WorkerFailedError):
        clean(jpeg())


def test_the_worker_has_neither_our_environment_nor_our_code(monkeypatch, tmp_path):
    curious = tmp_path / "worker.py"
    curious.write_text(
        "import os, sys, json\n"
        "found = [name for name in ('SECRET_KEY', 'DATABASE_URL', 'PYTHONPATH') if name in os.environ]\n"
        "try:\n    import portal; found.append('portal')\nexcept ImportError: pass\n"
        "print(json.dumps({'pages': len(found), 'lengths': []}))"
    )
    monkeypatch.setenv("SECRET_KEY", "marker")
    monkeypatch.setattr(uploads, "WORKER", curious)
    assert uploads.preview_pages(b"", 1) == []
    assert uploads._in_worker("preview", data=b"") == (0, [])


# --- receiving ----------------------------------------------------------------------------------------------------


def received(data, settings):
    settings.FILE_UPLOAD_HANDLERS = ["portal.casework.uploads.BoundedUploadHandler"]
    upload = SimpleUploadedFile("deed.jpg", data, content_type="image/jpeg")
    return RequestFactory().post("/", {"note": "after", "paper": upload}).FILES["paper"]


def test_a_file_is_received_into_memory(settings):
    data = jpeg((900, 900))
    file = received(data, settings)
    assert (file.size, file.name, file.content_type) == (len(data), "deed.jpg", "image/jpeg")
    assert uploads.clean(file, declared_type=file.content_type, name=file.name).pages == 1


def test_of_a_file_of_20_mb_only_the_limit_is_kept_and_it_is_refused(settings):
    file = received(bytes(20 * 1024**2), settings)
    assert file.size == 20 * 1024**2
    assert file.file.getbuffer().nbytes <= uploads.FILE_BYTES + 64 * 1024
    with pytest.raises(uploads.UploadRefused) as caught:
        uploads.clean(file, declared_type="image/jpeg", name="deed.jpg")
    assert caught.value.code == "file_too_large"


def test_an_empty_upload_is_received_and_refused(settings):
    file = received(b"", settings)
    with pytest.raises(uploads.UploadRefused) as caught:
        uploads.clean(file, declared_type="image/jpeg", name="deed.jpg")
    assert caught.value.code == "empty_file"


# --- words --------------------------------------------------------------------------------------------------------


def test_a_refusal_is_a_refusal_of_the_portal_and_says_what_to_do():
    with pytest.raises(Refusal) as caught:
        clean(b"")
    with translation.override("en"):
        assert str(caught.value) == "This file is empty. Choose it again, or take a new photo of the paper."


def test_every_code_of_the_worker_has_its_words():
    source = uploads.WORKER.read_text()
    worker = {part.split('"')[0] for part in source.split('Refused("')[1:]}
    worker |= {part.split('"')[0] for part in source.split('{"refused": "')[1:]} - {"pdf_script"}
    assert worker <= uploads.REFUSALS.keys()
    assert {"too_heavy", "unreadable"} <= worker
