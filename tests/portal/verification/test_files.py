"""Forgeries of a really issued paper: each is caught, and the report says by what."""

import io
import re
import zlib
from datetime import UTC, datetime

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal.casework import storage
from portal.documents import engine, issue, signing
from portal.verification import files
from tests.portal.documents.samples import sample

SEAL, CONTENT, END, RECORD, BYTES = range(5)


@pytest.fixture
def paper(certificate) -> bytes:
    return storage.open(certificate.pdf_sha256)


def held(examination: files.Examination) -> list[bool]:
    return [check.holds for check in examination.checks]


def refused(examination: files.Examination, verdict: str) -> list[bool]:
    assert examination.certificate is None
    assert examination.verdict.code == verdict
    return held(examination)


def signature_span(pdf: bytes) -> tuple[int, int]:
    """Where the hex digits of the CMS stand."""
    found = re.search(rb"/Contents\s*<([0-9a-fA-F]{2000,})>", pdf)
    return found.span(1)


def test_the_paper_itself_passes(paper, certificate):
    examination = files.examine(paper)
    assert held(examination) == [True] * 5
    assert examination.certificate == certificate
    assert examination.verdict is None


def test_a_flipped_byte_breaks_the_seal(paper):
    place = paper.index(b"stream\n") + 60
    forged = paper[:place] + bytes([paper[place] ^ 1]) + paper[place + 1 :]
    checks = refused(files.examine(forged), "altered")
    assert not checks[CONTENT]
    assert not checks[BYTES]


def test_an_appended_revision_is_seen_though_the_signature_still_fits(paper):
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    writer.root["/Lang"] = generic.pdf_string("de")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    checks = refused(files.examine(output.getvalue()), "altered")
    assert checks[SEAL]
    assert not checks[END]
    assert not checks[BYTES]
    assert checks[RECORD]


def test_bytes_after_the_end_are_seen(paper):
    checks = refused(files.examine(paper + b"\n% one more line\n"), "altered")
    assert not checks[BYTES]


def test_a_swapped_page_breaks_the_seal(paper, issued):
    other = storage.open(issued(2).pdf_sha256)
    with pikepdf.open(io.BytesIO(paper)) as mine, pikepdf.open(io.BytesIO(other)) as theirs:
        mine.pages[0] = theirs.pages[0]
        output = io.BytesIO()
        mine.save(output)
    checks = refused(files.examine(output.getvalue()), "altered")
    assert not checks[CONTENT]
    assert not checks[BYTES]


def test_a_signature_copied_to_another_paper_does_not_fit(paper):
    unsigned = engine.render_certificate(sample(7), seal_key=b"0" * 32, verify_base=issue.verify_base())
    target = issue.seal().seal(unsigned, signed_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    (start, end), (here, there) = signature_span(paper), signature_span(target)
    assert end - start == there - here
    forged = target[:here] + paper[start:end] + target[there:]
    checks = refused(files.examine(forged), "altered")
    assert not checks[CONTENT]
    assert not checks[RECORD]


def test_our_seal_on_a_paper_that_was_never_issued_is_not_enough(city):
    unsigned = engine.render_certificate(sample(7), seal_key=b"0" * 32, verify_base=issue.verify_base())
    stray = issue.seal().seal(unsigned, signed_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    checks = refused(files.examine(stray), "altered")
    assert checks == [True, True, True, False, False]


def test_the_same_record_sealed_by_another_city_is_not_ours(certificate, tmp_path):
    signing.make_pki(tmp_path / "elsewhere", organisation="شهرداری دیگری")
    unsigned = engine.render_certificate(certificate.frozen(), seal_key=b"0" * 32, verify_base=issue.verify_base())
    foreign = signing.Seal.load(tmp_path / "elsewhere").seal(unsigned, signed_at=certificate.issued_at)
    checks = refused(files.examine(foreign), "altered")
    assert not checks[SEAL]
    assert checks[END]
    assert checks[RECORD]


def test_the_unsigned_page_of_a_genuine_record_is_not_genuine(certificate):
    unsigned = engine.render_certificate(certificate.frozen(), seal_key=b"0" * 32, verify_base=issue.verify_base())
    checks = refused(files.examine(unsigned), "altered")
    assert checks == [False, False, False, True, False]


def test_a_truncated_paper_is_not_genuine(paper):
    assert not any(refused(files.examine(paper[: len(paper) // 2]), "foreign"))


@pytest.mark.parametrize("data", [b"a letter", b"%PDF-1.7\n%%EOF", b"\xff\xd8\xff\xe0 picture", bytes(1000)])
def test_a_random_file_is_foreign(city, data):
    assert not any(refused(files.examine(data), "foreign"))


def test_another_pdf_is_foreign(city):
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(output)
    assert not any(refused(files.examine(output.getvalue()), "foreign"))


def test_a_pdf_that_unpacks_to_gigabytes_ends_in_the_cage(city):
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        bomb = pikepdf.Stream(pdf, zeros(2**30), Filter=pikepdf.Name.FlateDecode)
        specification = pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec, UF="record.json", EF=pikepdf.Dictionary(F=pdf.make_indirect(bomb))
        )
        pdf.Root.Names = pikepdf.Dictionary(
            EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["record.json", pdf.make_indirect(specification)]))
        )
        pdf.save(output, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert len(output.getvalue()) < 8 * 1024**2
    assert files.inspected(output.getvalue()).fault in {"unreadable", "not_a_pdf"}
    assert not any(refused(files.examine(output.getvalue()), "foreign"))


def zeros(count: int) -> bytes:
    """So many zero bytes, deflated."""
    deflate, block = zlib.compressobj(1), bytes(2**20)
    return b"".join([*(deflate.compress(block) for _ in range(count // len(block))), deflate.flush()])
