"""The signed file for those it concerns, and the root certificate for everybody."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.test import Client
from django.urls import reverse

from portal.casework.models import CaseView
from portal.documents.models import Certificate


@pytest.fixture
def certificate(case_at) -> Certificate:
    """Maryam's, addressed to notary office 12, of district 1."""
    return case_at("issued").certificates.get()


def url_of(certificate: Certificate) -> str:
    return reverse("documents:pdf", args=[certificate.serial])


def test_the_applicant_receives_exactly_the_stored_file(client_of, maryam, certificate):
    response = client_of(maryam).get(url_of(certificate))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{certificate.serial}.pdf"'
    assert response.headers["Cache-Control"] == "no-store"
    assert hashlib.sha256(response.content).hexdigest() == certificate.pdf_sha256


def test_the_applicants_own_download_is_no_opening_by_others(client_of, maryam, certificate):
    client_of(maryam).get(url_of(certificate))
    assert not CaseView.objects.filter(case=certificate.case, purpose="certificate").exists()


@pytest.mark.parametrize("person", ["notary_clerk", "reviewer", "auditor"])
def test_office_and_staff_receive_it_and_their_opening_is_logged(client_of, certificate, person, request):
    user = request.getfixturevalue(person)
    response = client_of(user).get(url_of(certificate))
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == certificate.pdf_sha256
    assert CaseView.objects.filter(case=certificate.case, purpose="certificate", user=user).count() == 1


@pytest.mark.parametrize("person", ["reza", "other_reviewer", "counter_clerk"])
def test_for_everybody_else_it_does_not_exist(client_of, certificate, person, request):
    user = request.getfixturevalue(person)
    assert client_of(user).get(url_of(certificate)).status_code == 404
    assert not CaseView.objects.filter(case=certificate.case, user=user, purpose="certificate").exists()


def test_nobody_receives_it_without_signing_in(certificate):
    response = Client().get(url_of(certificate))
    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response.headers["Location"]


def test_an_unknown_serial_is_not_found(client_of, maryam):
    assert client_of(maryam).get(reverse("documents:pdf", args=["U1405-1-999999-9"])).status_code == 404


def test_an_intent_has_no_file_yet(client_of, maryam, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(state="intended", pdf_sha256="")
    assert client_of(maryam).get(url_of(certificate)).status_code == 404


def test_everybody_gets_the_root_certificate_and_its_fingerprint(client, db, settings):
    pem = client.get(reverse("documents:root_pem")).content
    root = x509.load_pem_x509_certificate(pem)
    assert pem == (settings.PKI_DIR / "root.pem").read_bytes()
    assert b"PRIVATE" not in pem
    page = client.get(reverse("documents:root")).content.decode()
    assert root.fingerprint(hashes.SHA256()).hex().upper() in page.replace(" ", "")


def test_without_a_root_certificate_its_pages_are_not_found(client, db, settings, tmp_path):
    settings.PKI_DIR = tmp_path
    assert client.get(reverse("documents:root_pem")).status_code == 404
    assert client.get(reverse("documents:root")).status_code == 404
