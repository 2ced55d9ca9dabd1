import io
import shutil
import subprocess

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal.core.canonical import canonical_bytes
from portal.documents import signing
from tests.portal.documents.conftest import SIGNED_AT
from tests.portal.documents.samples import sample

# --- The sealed paper ----------------------------------------------------------------------------------------------


def test_a_sealed_paper_is_genuine_and_names_the_city(sealed, root):
    found = signing.inspect(sealed, root)
    assert found.is_genuine and found.bottom_line and found.whole_file
    assert found.signer == "مهر الکترونیکی شهرداری ارومیه"
    assert found.signed_at == SIGNED_AT
    assert found.attached_json == canonical_bytes(sample(1))


def test_sealing_keeps_the_unsigned_bytes_as_its_beginning(sealed, paper):
    assert sealed.startswith(paper(1).rstrip(b"\n"))


def test_sealing_keeps_pdf_a_and_adds_no_visible_mark(sealed):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert str(pdf.Root.get("/Version", "/1.7")) == "/1.7"
        (widget,) = pdf.pages[0].Annots
        assert int(widget.F) & 4 and [float(edge) for edge in widget.Rect] == [0, 0, 0, 0]
        assert pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1


def test_the_revocation_lists_are_accepted(sealed, root, pki):
    assert signing.inspect(sealed, root, crls=signing.revocation_lists(pki)).is_genuine


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault(sealed, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(sealed)
    assert "No syntax or stream encoding errors" in subprocess.check_output(["qpdf", "--check", file], text=True)


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler is not installed")
def test_poppler_agrees_that_the_whole_document_is_signed(sealed, tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(sealed)
    said = subprocess.run(["pdfsig", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said and "Total document signed" in said and "ETSI.CAdES.detached" in said


def test_a_key_that_would_break_pdf_a_is_refused(pki, tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    shutil.copytree(pki, tmp_path / "pki")
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "pki" / "seal.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(TypeError, match="RSA"):
        signing.Seal.load(tmp_path / "pki")


# --- Attacks -------------------------------------------------------------------------------------------------------


def flipped(sealed: bytes, at: int) -> bytes:
    changed = bytearray(sealed)
    changed[at] ^= 1
    return bytes(changed)


def incremental(sealed: bytes, change) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rotate_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page)


def add_overlay(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    overlay = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 100 100 200 200 re f"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), overlay])
    writer.update_container(page)


def change_title(writer: IncrementalPdfFileWriter) -> None:
    writer.set_info(writer.add_object(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("x")})))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.995])
def test_one_flipped_byte_is_found(sealed, root, share):
    assert not signing.inspect(flipped(sealed, int(len(sealed) * share)), root).is_genuine


@pytest.mark.parametrize("change", [rotate_page, add_overlay, change_title])
def test_an_appended_revision_is_found(sealed, root, change):
    found = signing.inspect(incremental(sealed, change), root)
    assert found.is_sealed and not found.whole_file and not found.is_genuine


def test_bytes_after_the_end_are_found(sealed, root):
    assert not signing.inspect(sealed + b"\n% something more\n%%EOF\n", root).is_genuine


def test_a_swapped_page_is_found(sealed, paper, root):
    with pikepdf.open(io.BytesIO(sealed)) as pdf, pikepdf.open(io.BytesIO(paper(2))) as other:
        pdf.pages[0].Contents = pdf.copy_foreign(other.pages[0].Contents)
        out = io.BytesIO()
        pdf.save(out)
    found = signing.inspect(out.getvalue(), root)
    assert found.is_sealed and not found.bottom_line and not found.is_genuine


def test_a_signature_copied_to_another_paper_is_found(sealed, paper, seal, root):
    """The whole signed tail of one paper behind the body of another, its byte range moved along."""
    other = seal.seal(paper(2), signed_at=SIGNED_AT)
    mine, theirs = (one[one.index(b"/Contents <") :].partition(b">")[0] for one in (sealed, other))
    assert len(mine) == len(theirs)
    assert not signing.inspect(other.replace(theirs, mine), root).is_genuine


def test_a_seal_of_the_same_name_from_another_authority_is_found(paper, tmp_path, root):
    signing.make_pki(tmp_path / "forger")
    forged = signing.Seal.load(tmp_path / "forger").seal(paper(1), signed_at=SIGNED_AT)
    found = signing.inspect(forged, root)
    assert found.whole_file and not found.bottom_line and not found.is_genuine


def test_a_second_signature_is_found(sealed, seal, root, monkeypatch):
    monkeypatch.setattr(signing, "FIELD", "Second")
    with pytest.raises(signing.SigningError):
        seal.seal(sealed, signed_at=SIGNED_AT)


def test_a_truncated_paper_is_found(sealed, root):
    assert not signing.inspect(sealed[: len(sealed) // 2], root).is_genuine


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"not a pdf", b"\x00" * 5000, b"%PDF-1.7\ntrailer<</Root 1 0 R>>"]
)
def test_what_is_no_pdf_gets_an_answer_and_no_error(content, root):
    assert signing.inspect(content, root).fault == "not_a_pdf"


def test_an_unsigned_paper_is_not_genuine(paper, root):
    found = signing.inspect(paper(1), root)
    assert (found.is_sealed, found.is_genuine, found.fault) == (False, False, "no_signature")
