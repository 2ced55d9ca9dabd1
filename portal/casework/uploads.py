"""Uploaded papers: what is accepted, what is kept of it, and what a person reads when it is refused.

A photo is rebuilt from its pixels; a PDF is kept as it came, sealed, and shown to staff as pictures of its pages.
The parsing is done by `uploads_worker`, a process of its own behind hard limits, so a hostile file hurts nobody but
itself. Rules: reliability.md 4.4 and inquiries.md 1.3.
"""

import hashlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from portal.casework import quarantine, scanning
from portal.core.errors import Refusal

log = logging.getLogger(__name__)

FILE_BYTES = 5 * 1024**2
NAME_LENGTH = 80
PREVIEW_PAGES = 10

WORKER = Path(__file__).with_name("uploads_worker.py")
WORKER_TIME_S = 30  # by the wall clock; the worker itself may use 20 s of CPU
# Of the four threads of a web process two stay free, whatever anybody sends: a small PDF can take its whole 20 s.
WORKERS = threading.BoundedSemaphore(2)
TURN_S = 3  # how long one waits for a worker; usually it is done in a tenth of that


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is accepted: how it begins, and how its owner's device may call it."""

    code: str
    magic: bytes
    extensions: tuple[str, ...]
    declared: tuple[str, ...]


KINDS = (
    Kind("jpeg", b"\xff\xd8\xff", ("jpg", "jpeg", "jpe", "jfif"), ("image/jpeg", "image/jpg", "image/pjpeg")),
    Kind("png", b"\x89PNG\r\n\x1a\n", ("png",), ("image/png", "image/x-png")),
    Kind("pdf", b"%PDF-", ("pdf",), ("application/pdf", "application/x-pdf")),
)

REFUSALS = {
    "empty_file": _("This file is empty. Choose it again, or take a new photo of the paper."),
    "file_too_large": _(
        "This file is larger than 5 MB. Take a photo of each page separately, or scan it in black and white, and "
        "choose that."
    ),
    "unknown_type": _(
        "This is not a JPEG or PNG picture or a PDF file. Take a photo of the paper, or save it as PDF, and choose "
        "that."
    ),
    "type_mismatch": _(
        "The name of this file does not fit what is inside it. Open it, save it again as JPEG, PNG or PDF, and choose "
        "the new file."
    ),
    "hidden_content": _("Another file is hidden inside this one. Take a photo of the paper itself, and choose that."),
    "image_broken": _("This picture is damaged or did not arrive whole. Choose it again, or take a new photo."),
    "image_too_large": _(
        "This picture has more than 40 megapixels. Take the photo at a smaller size, in your camera's settings, and "
        "choose that."
    ),
    "pdf_broken": _(
        "This PDF is damaged or did not arrive whole. Save or scan it again, or take a photo of each page, and choose "
        "that."
    ),
    "pdf_encrypted": _(
        "This PDF is locked with a password or a restriction. Open it, print it to a new PDF without a password, and "
        "choose that."
    ),
    "pdf_too_many_pages": _("This PDF has more than 60 pages. Split it, and send only the pages that are asked for."),
    "pdf_too_complex": _(
        "This PDF is too complicated to be checked. Print it to a new PDF, or take a photo of each page, and choose "
        "that."
    ),
    "pdf_bomb": _(
        "This PDF unpacks to far more data than its pages need. Scan the paper again, or take a photo of each page, "
        "and choose that."
    ),
    "pdf_script": _("This PDF carries a program (JavaScript). Print it to a new PDF, and choose that."),
    "pdf_action": _(
        "This PDF does something by itself when it is opened or clicked. Print it to a new PDF, and choose that."
    ),
    "pdf_attachment": _(
        "This PDF has other files attached. Print it to a new PDF, choose that, and send each attached paper "
        "separately."
    ),
    "pdf_form": _("This PDF is an interactive form (XFA). Fill it in, print it to a new PDF, and choose that."),
    "pdf_media": _("This PDF contains sound, video or a 3D model. Print its pages to a new PDF, and choose that."),
    "pdf_link": _(
        "This PDF has links to web pages or to other files. Scan the paper, or take a photo of each page, and choose "
        "that."
    ),
    "unreadable": _("This file could not be read. Take a photo of the paper, and choose that."),
    "infected": _(
        "The virus scanner found something harmful in this file, and it was not taken. Take a photo of the paper, and "
        "choose that; and have your device checked."
    ),
    "not_scanned": _("Papers cannot be checked at this moment. What you entered is kept; try again in some minutes."),
    "busy": _("Many papers are being checked at this moment. Wait a minute and send this one again."),
    "too_heavy": _(
        "Checking this file took too long. Scan the paper again at a smaller size, or take a photo of each page, and "
        "choose that."
    ),
}


class UploadRefused(Refusal):
    """The file was not taken; `code` is one of `REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


class WorkerFailedError(Exception):
    """The checking process could not start: an installation fault, never the file's."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class CleanUpload:
    """A file fit to be kept. `cleaned` is what is stored, `size` its bytes; both digests are lower-case hex.

    `received_sha256` is the evidence of what arrived. For a PDF both digests are equal: it is stored as received, for
    two roles to download, and everybody else sees `preview_pages`.
    """

    kind: str  # "image" or "pdf"
    media_type: str
    cleaned: bytes
    received_sha256: str
    cleaned_sha256: str
    size: int
    shown_name: str
    pages: int


def clean(file: Readable, *, declared_type: str, name: str, sender: str = "") -> CleanUpload:
    """Checks one uploaded file and returns what to keep of it.

    `declared_type` and `name` are what the browser said; `sender` is the id of who sends it, for the limit on what
    the quarantine keeps of one person. Raises UploadRefused with the reason and the way forward.
    It asks the virus scanner, so keep it out of transactions.
    """
    received = read_limited(file)
    kind = _kind_of(received, declared_type=declared_type, name=name)
    _refuse_infected(received, sender)
    pages, blobs = _in_worker(kind.code, data=received)
    is_pdf = kind.code == "pdf"
    cleaned = received if is_pdf else blobs[0]
    return CleanUpload(
        kind="pdf" if is_pdf else "image",
        media_type="application/pdf" if is_pdf else "image/jpeg",
        cleaned=cleaned,
        received_sha256=hashlib.sha256(received).hexdigest(),
        cleaned_sha256=hashlib.sha256(cleaned).hexdigest(),
        size=len(cleaned),
        shown_name=clean_name(name, extension="pdf" if is_pdf else "jpg"),
        pages=pages,
    )


def preview_pages(pdf_bytes: bytes, limit: int = PREVIEW_PAGES, *, first: int = 0) -> list[bytes]:
    """The pages [first, first + limit) of a PDF as JPEG pictures, longest side 1,600 px. Raises UploadRefused."""
    _pages, pictures = _in_worker("preview", str(first), str(limit), data=pdf_bytes)
    return pictures


def read_limited(file: Readable) -> bytes:
    """The whole file, of which never more than the limit and one byte is read. Raises UploadRefused."""
    if (getattr(file, "size", None) or 0) > FILE_BYTES:
        raise UploadRefused("file_too_large")
    data = bytearray()
    while chunk := file.read(FILE_BYTES + 1 - len(data)):
        data += chunk
        if len(data) > FILE_BYTES:
            raise UploadRefused("file_too_large")
    if not data:
        raise UploadRefused("empty_file")
    return bytes(data)


def _kind_of(data: bytes, *, declared_type: str, name: str) -> Kind:
    """The kind by the first bytes; the extension and the declared type must say the same."""
    kind = next((kind for kind in KINDS if data.startswith(kind.magic)), None)
    if kind is None:
        raise UploadRefused("unknown_type")
    extension = PurePosixPath(name.strip().lower()).suffix.removeprefix(".")
    declared = declared_type.partition(";")[0].strip().lower()
    if extension not in kind.extensions or declared not in kind.declared:
        raise UploadRefused("type_mismatch")
    return kind


def _refuse_infected(data: bytes, sender: str) -> None:
    """Without a scanner's word no file is taken; an infected one is locked away as it came."""
    try:
        with _a_turn():
            found = scanning.scan(data)
    except scanning.ScannerAwayError as error:
        log.error("scanner: %s", error)
        raise UploadRefused("not_scanned") from error
    if found:
        quarantine.keep(data, found, sender=sender)
        raise UploadRefused("infected")


def clean_name(name: str, *, extension: str) -> str:
    """A name fit to be shown: NFC, one line, no path, no control or bidi characters, at most 80 characters.

    The extension becomes that of the kept file. The two joiners of Persian script stay.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if char.isspace() else char for char in name)
    name = "".join(char for char in name if char in "\u200c\u200d" or unicodedata.category(char)[0] != "C")
    stem = " ".join((name.rpartition(".")[0] if "." in name else name).split()).strip(". \u200c\u200d")
    return f"{stem[: NAME_LENGTH - len(extension) - 1].rstrip() or 'file'}.{extension}"


# --- the worker ---------------------------------------------------------------------------------------------------


def _in_worker(job: str, *arguments: str, data: bytes) -> tuple[int, list[bytes]]:
    """Number of pages and blobs, as `uploads_worker` answers. Raises UploadRefused, or WorkerFailedError.

    The script runs isolated (-I) and with an empty environment: it has neither our code nor our secrets. Its answer
    comes through memory, not a pipe, so the kernel bounds it by the worker's own limit on file sizes.
    """
    command = [sys.executable, "-I", str(WORKER), job, *arguments]
    with _a_turn(), os.fdopen(os.memfd_create("answer"), "w+b") as answer:
        try:
            # S603: fixed program, no shell, and the file itself goes through standard input.
            result = subprocess.run(command, input=data, stdout=answer, env={}, cwd="/", timeout=WORKER_TIME_S)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise UploadRefused("too_heavy") from error
        if result.returncode < 0:  # ended by a signal: out of CPU time, out of memory, or the parser crashed
            raise UploadRefused("too_heavy")
        if result.returncode > 0:
            raise WorkerFailedError(f"{job}: exit {result.returncode}")
        answer.seek(0)
        return _answer(answer)


@contextmanager
def _a_turn() -> Iterator[None]:
    if not WORKERS.acquire(timeout=TURN_S):
        raise UploadRefused("busy")
    try:
        yield
    finally:
        WORKERS.release()


def _answer(answer: IO[bytes]) -> tuple[int, list[bytes]]:
    header = json.loads(answer.readline())
    if refused := header.get("refused"):
        raise UploadRefused(refused)
    return header["pages"], [answer.read(length) for length in header["lengths"]]


# --- receiving ----------------------------------------------------------------------------------------------------


class BoundedUploadHandler(FileUploadHandler):
    """Keeps a file in memory up to the limit and lets the rest of it pass by.

    Django's own handlers write large files to a temporary directory, unsealed; here nothing touches the disk. The
    size of the upload stays the true one, so `read_limited` refuses the file without reading it.
    """

    def new_file(
        self,
        field_name: str,
        file_name: str,
        content_type: str,
        content_length: int | None,
        charset: str | None = None,
        content_type_extra: dict[str, bytes] | None = None,
    ) -> None:
        super().new_file(field_name, file_name, content_type, content_length, charset, content_type_extra)
        self.kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start < FILE_BYTES:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size,
            self.charset,
            self.content_type_extra,
        )


# --- the field ----------------------------------------------------------------------------------------------------

# Attributes of a file widget for static/js/upload.js; {name}, {size} and {percent} are filled in there. What the
# input accepts is written by components/upload.html.
INPUT_ATTRIBUTES = {
    "data-upload": "",
    "data-max-bytes": str(FILE_BYTES),
    "data-text-choose": _("Choose a photo or file"),
    "data-text-chosen": _("{name}, {size} MB"),
    "data-text-preview": _("Preview of the chosen picture"),
    "data-text-shrinking": _("Making the picture smaller…"),
    "data-text-too-large": REFUSALS["file_too_large"],
    "data-text-wrong-type": REFUSALS["unknown_type"],
    "data-text-sending": _("Sending: {percent}"),
    "data-text-checking": _("Sent. The file is being checked…"),
    "data-text-failed": _("The connection was lost. The file is still chosen: try again when you are online."),
    "data-text-retry": _("Try again"),
}
