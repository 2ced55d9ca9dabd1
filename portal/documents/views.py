"""The paper for those it concerns, and the root certificate for everybody who wants to check one by himself."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from portal.accounts.middleware import PortalRequest
from portal.casework import storage
from portal.casework.models import opened
from portal.core.shortcuts import visible_or_404
from portal.documents.models import Certificate
from portal.documents.pki import ROOT
from portal.workflow.registry import state_label
from portal.workflow.views import offered


@require_GET
def certificate(request: PortalRequest, serial: str) -> HttpResponse:
    found = visible_or_404(Certificate.objects.select_related("case__district"), request.actor, serial=serial)
    return certificate_page(request, found)


def certificate_page(
    request: PortalRequest, certificate: Certificate, *, action: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    """How the certificate stands, and what may be done with it; `form` is the bound form of `action`."""
    opened(certificate.case, actor=request.actor, purpose="certificate")
    context = {
        "certificate": certificate,
        "case": certificate.case,
        "state": state_label(certificate),
        "steps": offered(certificate, request.actor, action=action, form=form),
        "is_applicant": request.actor.user_id == certificate.applicant_id,
    }
    return render(request, "documents/certificate.html", context, status=status)


@require_GET
def pdf(request: PortalRequest, serial: str) -> HttpResponse:
    """The signed file, for applicant, addressed office and staff of the case; the opening is logged first."""
    certificate = visible_or_404(Certificate.objects.select_related("case"), request.actor, serial=serial)
    if not certificate.pdf_sha256:
        raise Http404  # still an intent
    opened(certificate.case, actor=request.actor, purpose="certificate")
    response = HttpResponse(storage.open(certificate.pdf_sha256), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{certificate.serial}.pdf"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Fingerprint of the city's root certificate, and how to check a paper without this portal."""
    certificate = x509.load_pem_x509_certificate(_root_pem())
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex().upper()
    name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    context = {
        "name": name,
        "fingerprint": " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4)),
        "since": certificate.not_valid_before_utc,
        "until": certificate.not_valid_after_utc,
    }
    return render(request, "documents/root.html", context)


@login_not_required
@require_safe
def root_pem(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_root_pem(), content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = 'attachment; filename="urmia-root.pem"'
    return response


def _root_pem() -> bytes:
    try:
        return (settings.PKI_DIR / f"{ROOT}.pem").read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error  # before `make_pki`
