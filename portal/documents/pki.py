"""The city's own certificate authority: root, issuing and the seal that signs papers.

A municipality with certificates from the national authority puts those files in the same directory instead. Keys are
RSA-3072: it leaves a PDF/A-3 at version 1.7 and every verifier reads it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.utils import timezone

ROOT, ISSUING, SEAL = "root", "issuing", "seal"
_YEARS = {ROOT: 20, ISSUING: 10, SEAL: 5}
_KEY_BITS = 3072

Holder = tuple[x509.Certificate, rsa.RSAPrivateKey]


def make_pki(directory: Path, *, organisation: str = "شهرداری ارومیه") -> bool:
    """Create keys, certificates and empty revocation lists in `directory`; False when they are there already.

    Files: ``root.pem``, ``issuing.pem``, ``seal.pem``, ``*.key``, ``root.crl``, ``issuing.crl``; all 0600 in a 0700
    directory. Two processes may call this at once.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(directory):
        if (directory / "seal.pem").exists():  # written last
            return False
        now = timezone.now().replace(microsecond=0)
        root = _issue(ROOT, f"{organisation}، گواهی ریشه", organisation, None, now)
        issuing = _issue(ISSUING, f"{organisation}، صدور گواهی", organisation, root, now)
        seal = _issue(SEAL, f"مهر الکترونیکی {organisation}", organisation, issuing, now)
        for name, holder in ((ROOT, root), (ISSUING, issuing)):
            _write(directory / f"{name}.crl", _empty_crl(holder, now))
        for name, (certificate, key) in ((ROOT, root), (ISSUING, issuing), (SEAL, seal)):
            _write(directory / f"{name}.key", _key_pem(key))
            _write(directory / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
        return True


def _issue(role: str, common_name: str, organisation: str, issuer: Holder | None, now: datetime) -> Holder:
    key = rsa.generate_private_key(65537, _KEY_BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    issuer_name, issuer_key = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    is_authority = role != SEAL
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=365 * _YEARS[role]))
        .add_extension(x509.BasicConstraints(is_authority, {ROOT: 1, ISSUING: 0}.get(role)), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate, key


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _empty_crl(holder: Holder, now: datetime) -> bytes:
    certificate, key = holder
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=365))
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return crl.public_bytes(serialization.Encoding.DER)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
