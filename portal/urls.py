"""Every address of the portal. What may be seen without signing in is listed in tests/architecture/test_urls.py."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("portal.oversight.urls")),
    path("", include("portal.casework.urls")),
    path("", include("portal.workflow.urls")),
    path("accounts/", include("portal.accounts.urls")),
    path("districts/", include("districts.urls")),
    path("parcels/", include("portal.parcels.urls")),
    path("inquiries/", include("inquiries.urls")),
    path("certificates/", include("portal.documents.urls")),
    path("", include("portal.verification.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
]
if settings.DEMO:
    urlpatterns += [path("demo/", include("portal.demo.urls"))]
