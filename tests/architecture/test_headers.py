"""The headers of every address, not of one page (reliability.md 4.7)."""

import pytest
from django.conf import settings

from tests.architecture.routes import routes

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REFERRER = {"same-origin", "no-referrer"}  # where a form is sent, "no-referrer" alone would make "Origin: null" of it
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "frame-ancestors": "'none'",
    "base-uri": "'none'", "form-action": "'self'", "require-trusted-types-for": "'script'",
}  # fmt: skip


def policy_of(response) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts if part.strip())


def faults_of(response) -> list[str]:
    faults = [name for name, value in ALWAYS.items() if response.headers.get(name) != value]
    policy = policy_of(response) if "Content-Security-Policy" in response.headers else {}
    if any("unsafe" in sources or "*" in sources for sources in policy.values()):
        faults.append("the policy lets in what it should keep out")
    if "sandbox" in policy:  # a stored file: nothing in it may run, load or be framed
        faults += [] if policy["default-src"] == "'none'" else ["sandbox without default-src 'none'"]
    else:
        faults += [name for name, sources in POLICY.items() if policy.get(name) != sources]
    if "geolocation=(self)" not in response.headers.get("Permissions-Policy", ""):
        faults.append("Permissions-Policy")
    if response.headers.get("Referrer-Policy") not in REFERRER:
        faults.append("Referrer-Policy")
    if {"Server", "X-Powered-By"} & set(response.headers):
        faults.append("a banner")
    return faults


@pytest.mark.parametrize("person", ["anonymous", "maryam", "reviewer"])
def test_every_answer_has_its_headers(samples, client, client_of, request, person):
    faults = []
    for route in routes():
        for values in (samples.of(route.name), samples.absent.get(route.name)):
            if values is None:
                continue
            browser = client if person == "anonymous" else client_of(request.getfixturevalue(person))
            response = browser.get(route.url(values))
            found = faults_of(response)
            if person != "anonymous" and "no-store" not in response.headers.get("Cache-Control", ""):
                found.append("may be cached")
            faults += [(route.name, response.status_code, fault) for fault in found]
    assert faults == []


def test_the_cookies_are_kept_from_scripts_and_other_sites(client_of, maryam):
    from django.urls import reverse

    page = client_of(maryam).get(reverse("inquiries:start"))
    for cookie in page.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Lax", cookie.key
    assert settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_a_public_page_sets_no_session(client, db):
    from django.urls import reverse

    for name in ("oversight:home", "oversight:statistics", "districts:coverage"):
        assert settings.SESSION_COOKIE_NAME not in client.get(reverse(name)).cookies


def test_over_https_everything_is_strict():
    """Read in a process of its own, because settings are made once."""
    import os
    import subprocess
    import sys

    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "assert s.SESSION_COOKIE_NAME.startswith('__Host-') and s.CSRF_COOKIE_NAME.startswith('__Host-');"
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_SSL_REDIRECT;"
        "assert s.SECURE_HSTS_SECONDS >= 31536000 and s.DEBUG is False"
    )
    environment = {
        **os.environ, "PUBLIC_URL": "https://example.ir", "DEMO": "0", "ALLOWED_HOSTS": "example.ir",
        "CODE_DELIVERY": "portal.demo.inbox.deliver", "IDENTITY_CHECK": "portal.demo.identity.believe",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
