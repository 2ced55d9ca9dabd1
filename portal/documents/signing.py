"""The city's electronic seal on a PDF (PAdES B-B), and the inspection of a sealed one.

A paper is genuine only if the signature's bottom line holds *and* the signature covers the whole file: common viewers
still say "valid" of a file to which a revision was appended after sealing.
"""

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError, ValueErrorWithMessage
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.documents.pki import ISSUING, ROOT, SEAL, make_pki

__all__ = ["Inspection", "Seal", "attachment_bytes", "inspect", "make_pki", "root_certificate"]

FIELD = "Seal"
RECORD = "record.json"
_RESERVED = 12_288  # hex digits for the CMS with its chain; stating them saves a trial signature

logging.getLogger("pyhanko_certvalidator").setLevel(logging.WARNING)


class Seal:
    """The loaded seal. pyHanko's own signer parses and checks the key again for every signature: 190 ms against 10."""

    def __init__(self, certificate: asn1_x509.Certificate, key: rsa.RSAPrivateKey, chain: Sequence[Any]) -> None:
        self._signer = _LoadedKeySigner(certificate, key, chain)
        self.organisation = str(certificate.subject.native.get("organization_name", ""))

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The seal made by `make_pki` in `directory`."""
        key = load_pem_private_key((directory / f"{SEAL}.key").read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the seal's key must be RSA: other kinds raise the file above PDF 1.7, out of PDF/A-3")
        certificate = load_cert_from_pemder(str(directory / f"{SEAL}.pem"))
        return cls(certificate, key, [load_cert_from_pemder(str(directory / f"{ISSUING}.pem"))])

    def seal(self, pdf: bytes, *, signed_at: datetime) -> bytes:
        """The PDF with an invisible certification signature that allows no later change."""
        return asyncio.run(self._seal(pdf, signed_at))

    async def _seal(self, pdf: bytes, signed_at: datetime) -> bytes:
        metadata = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            name=self.organisation,
            reason="صدور گواهی پاسخ استعلام",
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        session = PdfSigner(metadata, self._signer).init_signing_session(writer)
        session.system_time = signed_at
        unsigned = session.prepare_tbs_document(validation_info=None, bytes_reserved=_RESERVED)
        output = io.BytesIO()
        prepared, _ = unsigned.digest_tbs_document(output=output)
        attributes = PdfCMSSignedAttributes(signing_time=signed_at)
        signed = await unsigned.perform_signature(
            document_digest=prepared.document_digest, pdf_cms_signed_attrs=attributes
        )
        await signed.post_signature_processing(output)
        return output.getvalue()


class _LoadedKeySigner(SimpleSigner):
    def __init__(self, certificate: asn1_x509.Certificate, key: rsa.RSAPrivateKey, chain: Sequence[Any]) -> None:
        # The root stays out: a verifier has it already, or has no reason to trust ours.
        super().__init__(
            signing_cert=certificate,
            signing_key=None,
            cert_registry=SimpleCertificateStore.from_certs(chain),
            embed_roots=False,
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(self._key.key_size // 8)
        if digest_algorithm != "sha256":
            raise ValueError(f"unexpected digest algorithm: {digest_algorithm}")
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look at a PDF found. Trust `is_genuine` only; the other fields explain it."""

    is_sealed: bool = False
    is_ours: bool = False  # the signer's certificate leads to the city's root
    is_intact: bool = False  # the signed bytes are those that were signed
    bottom_line: bool = False  # intact, trusted, and no change that the certification forbids
    whole_file: bool = False  # nothing follows the signed bytes
    signer: str = ""
    signed_at: datetime | None = None
    attached_json: bytes | None = None
    fault: str = ""  # code: no_signature, several_signatures, not_a_pdf, not_certified

    @property
    def is_genuine(self) -> bool:
        return self.is_sealed and self.bottom_line and self.whole_file and not self.fault


def inspect(pdf: bytes, root: asn1_x509.Certificate, *, crls: Sequence[asn1_crl.CertificateList] = ()) -> Inspection:
    """Examine a PDF of unknown origin against the city's root. Never raises on a malformed file."""
    # pyHanko answers malformed input with many kinds of error: all of them mean "not our paper".
    try:
        return _inspect(PdfFileReader(io.BytesIO(pdf)), root, crls)
    except (PdfError, SigningError, ValueErrorWithMessage):
        return Inspection(fault="not_a_pdf")
    except Exception:
        logging.getLogger(__name__).info("unreadable PDF", exc_info=True)
        return Inspection(fault="not_a_pdf")


def root_certificate(directory: Path) -> asn1_x509.Certificate:
    """The root that papers are checked against."""
    return load_cert_from_pemder(str(directory / f"{ROOT}.pem"))


def revocation_lists(directory: Path) -> list[asn1_crl.CertificateList]:
    return [asn1_crl.CertificateList.load(path.read_bytes()) for path in sorted(directory.glob("*.crl"))]


def attachment_bytes(pdf: bytes) -> bytes | None:
    """The canonical JSON attached to a paper; None when there is none. Raises PdfError on a malformed file."""
    return _attached(PdfFileReader(io.BytesIO(pdf)))


def _inspect(reader: PdfFileReader, root: asn1_x509.Certificate, crls: Sequence[Any]) -> Inspection:
    attached = _attached(reader)
    signatures = reader.embedded_signatures
    if len(signatures) != 1:
        return Inspection(
            attached_json=attached,
            is_sealed=bool(signatures),
            fault="several_signatures" if signatures else "no_signature",
        )
    signature = signatures[0]
    context = ValidationContext(trust_roots=[root], crls=list(crls), allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    certified = signature.docmdp_level is MDPPerm.NO_CHANGES and _entry(reader.root, "/Perms", "/DocMDP") is not None
    subject = signature.signer_cert.subject.native
    return Inspection(
        is_sealed=True,
        is_ours=bool(status.trusted) or _leads_to(context, signature),
        is_intact=bool(status.intact and status.valid),
        bottom_line=status.bottom_line,
        whole_file=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        signer=str(subject.get("common_name", "")),
        signed_at=signature.self_reported_timestamp,
        attached_json=attached,
        fault="" if certified else "not_certified",
    )


def _leads_to(context: ValidationContext, signature: EmbeddedPdfSignature) -> bool:
    """Whether the signer's certificate leads to the root; pyHanko does not ask it of a signature that does not fit."""
    validator = CertificateValidator(signature.signer_cert, signature.other_embedded_certs, context)
    try:
        asyncio.run(validator.async_validate_usage({"digital_signature"}))
    except (PathError, ValidationError):
        return False
    return True


def _attached(reader: PdfFileReader) -> bytes | None:
    names = _entry(reader.root, "/Names", "/EmbeddedFiles", "/Names") or ()
    for index in range(1, len(names), 2):
        if _entry(names[index], "/UF") == RECORD:
            return bytes(names[index]["/EF"]["/F"].data)
    return None


def _entry(value: Any, *path: str) -> Any:
    """A nested dictionary entry, or None. `get` of pyHanko's dictionaries does not follow references."""
    for key in path:
        if key not in value:
            return None
        value = value[key]
    return value
